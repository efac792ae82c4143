//! Digests and signatures of releases: SHA-256, and Ed25519 by whoever holds the key.
//!
//! What it is not for: keeping keys. The signer is given by the composition; this module only says
//! what is signed.

use aws_lc_rs::{digest, signature};
use sudare_model::Digest;

/// Signs bytes with the site's certificate key.
pub trait Sign: Send + Sync {
    /// Name of the key, as verifiers know it.
    fn key_id(&self) -> String;
    /// The Ed25519 signature, 64 bytes.
    ///
    /// # Errors
    /// [`SignError`] if the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The key could not be used.
#[derive(Debug, thiserror::Error)]
#[error("the signing key could not be used")]
pub struct SignError;

/// A public key that a verifier trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its name.
    pub key_id: String,
    /// The Ed25519 public key, 32 bytes.
    pub public: Vec<u8>,
}

impl TrustedKey {
    /// Whether the signature of the message is this key's.
    #[must_use]
    pub fn accepts(&self, message: &[u8], signed: &[u8]) -> bool {
        signature::UnparsedPublicKey::new(&signature::ED25519, &self.public)
            .verify(message, signed)
            .is_ok()
    }
}

/// SHA-256 of bytes at hand.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of bytes as they come.
#[derive(Clone)]
pub struct Hasher(digest::Context);

impl Default for Hasher {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        let mut bytes = [0u8; 32];
        for (slot, byte) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *slot = *byte;
        }
        Digest::from_bytes(bytes)
    }
}
