//! Keyed digests of the site: what each is for, and a key of its own for each.
//!
//! What was made under one key says nothing about what was made under another, and each can be destroyed by itself:
//! with the key of the ledger's digests gone, nothing can be told from those digests any more.

use std::fmt;
use std::path::Path;

use aws_lc_rs::hmac;
use sudare_model::Digest;

use super::{KeyError, Secret, secret};
use crate::seal::DataKey;

/// What a keyed digest of the site is for. Its word names the file that holds its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Digests that stand in the ledger for bytes that may not.
    Commitment,
    /// Files and deliveries that came before, known by digest.
    Token,
    /// Ids of stop requests.
    Request,
    /// The key of a rehearsed build, made again from its seed.
    Rehearsal,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Commitment, Self::Token, Self::Request, Self::Rehearsal];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commitment => "commitment",
            Self::Token => "token",
            Self::Request => "request",
            Self::Rehearsal => "rehearsal",
        }
    }
}

/// The keys of all purposes.
pub(super) struct PurposeKeys {
    commitment: hmac::Key,
    token: hmac::Key,
    request: hmac::Key,
    rehearsal: hmac::Key,
}

impl fmt::Debug for PurposeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PurposeKeys(..)")
    }
}

impl PurposeKeys {
    /// Unwraps them.
    pub(super) fn open(folder: &Path, site: &DataKey) -> Result<Self, KeyError> {
        let key = |purpose: Purpose| -> Result<hmac::Key, KeyError> {
            let bytes: Secret = secret(folder, site, purpose.word())?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
        };
        Ok(Self {
            commitment: key(Purpose::Commitment)?,
            token: key(Purpose::Token)?,
            request: key(Purpose::Request)?,
            rehearsal: key(Purpose::Rehearsal)?,
        })
    }

    /// HMAC-SHA256 of bytes under the key of a purpose.
    pub(super) fn digest(&self, purpose: Purpose, bytes: &[u8]) -> Digest {
        let key = match purpose {
            Purpose::Commitment => &self.commitment,
            Purpose::Token => &self.token,
            Purpose::Request => &self.request,
            Purpose::Rehearsal => &self.rehearsal,
        };
        let mut digest = [0u8; 32];
        // HMAC-SHA256 gives 32 bytes; zip keeps that free of indexing.
        for (slot, byte) in digest.iter_mut().zip(hmac::sign(key, bytes).as_ref()) {
            *slot = *byte;
        }
        Digest::from_bytes(digest)
    }
}
