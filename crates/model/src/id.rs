//! One page of ids that anyone may hold. What names a person is in `sudare-identity`.
//!
//! A text id is 1 to 64 characters of `a-z A-Z 0-9 . _ -`, beginning with a letter or digit, so that it can be a
//! folder name, a URL segment and a ledger field without escaping. Ids are parsed or minted, never converted.

use std::fmt;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty or longer than 64 bytes.
    #[error("an id has 1 to 64 characters, this one has {0}")]
    Length(usize),
    /// A character outside the alphabet, by its byte position (0-based).
    #[error(
        "an id holds only `a-z A-Z 0-9 . _ -` and begins with a letter or digit; byte {0} does not fit"
    )]
    Character(usize),
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() || text.len() > 64 {
        return Err(IdError::Length(text.len()));
    }
    let fits = |(at, byte): (usize, u8)| {
        byte.is_ascii_alphanumeric() || (at > 0 && matches!(byte, b'.' | b'_' | b'-'))
    };
    match text.bytes().enumerate().find(|&pair| !fits(pair)) {
        None => Ok(()),
        Some((at, _)) => Err(IdError::Character(at)),
    }
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads an id from text.
            ///
            /// # Errors
            /// [`IdError`] if the text is not 1 to 64 characters of the id alphabet.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The id as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_id! {
    /// A dataset at some level: what the ledger knows and a certificate certifies.
    DatasetId
    /// One delivery of files by one provider, named by the content it brought.
    DeliveryId
    /// A version of a provider's notice (通知) to its patients.
    NoticeId
    /// A project of a user, for which pseudonyms are made.
    ProjectId
    /// A provider of medical information (医療情報取扱事業者).
    ProviderId
    /// A user of anonymised or pseudonymised information.
    UserId
}

/// A patient at one provider, as content rows know them: a keyed digest of provider and patient number, 16 bytes.
///
/// It names nobody without the site's subject key; it is still an internal id and never leaves in a dataset
/// (R-ANON-03).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey([u8; 16]);

impl SubjectKey {
    /// Takes the 16 bytes that the site's subject key made.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_safe_folder_name() {
        assert!(ProviderId::parse("hospital-1").is_ok());
        assert_eq!(ProviderId::parse(""), Err(IdError::Length(0)));
        assert_eq!(ProviderId::parse("../x"), Err(IdError::Character(0)));
        assert_eq!(ProviderId::parse("a/b"), Err(IdError::Character(1)));
        assert_eq!(ProviderId::parse("病院"), Err(IdError::Character(0)));
    }

    #[test]
    fn a_subject_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", SubjectKey::from_bytes([7; 16])), "SubjectKey(..)");
    }
}
