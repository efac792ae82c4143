//! The two ids that name a person.

use std::fmt;

use sudare_model::ProviderId;

use crate::text::Revealing;

/// A patient as one provider knows them: provider *and* patient number; there is no way to build it without both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePatientId {
    provider: ProviderId,
    number: Revealing,
}

impl SourcePatientId {
    /// A patient number at a provider.
    #[must_use]
    pub const fn new(provider: ProviderId, number: Revealing) -> Self {
        Self { provider, number }
    }

    /// The provider.
    #[must_use]
    pub const fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The patient number as the provider wrote it.
    #[must_use]
    pub const fn number(&self) -> &Revealing {
        &self.number
    }
}

impl fmt::Debug for SourcePatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourcePatientId(..)")
    }
}

/// A person as we know them, across providers: 16 bytes without meaning. Minted only by linkage (tidy: mint).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId([u8; 16]);

impl PersonId {
    /// Mints a person from 16 bytes of randomness or of a keyed digest. Called in `linkage` only.
    #[must_use]
    pub const fn mint(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes. Every caller is on the list that tidy holds.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonId(..)")
    }
}
