//! Checkpoints: the signed head of the log, as C2SP `tlog-checkpoint` in a C2SP `signed-note`, by
//! Ed25519.
//!
//! ```text
//! example.org/ledger            origin: the name of the log
//! 7                             entries
//! qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=   root
//!
//! — example.org/ledger <base64 of key id (4 bytes) and signature (64 bytes)>
//! ```
//!
//! What it is for: making, writing and reading them. Whoever holds the [`Verifier`]'s text needs
//! nothing else. Other signatures (of witnesses) may follow; a name or key that is not ours is
//! passed over, as the standard says.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_model::Digest;
use zeroize::Zeroizing;

use crate::tree::sha256;

/// The algorithm byte of Ed25519 in a signed note.
const ED25519_BYTE: u8 = 0x01;
/// The longest checkpoint that is read, bytes.
const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Why a signing key or a verifier cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty or holds white space or `+`.
    #[error("the name of a ledger key must not be empty and holds neither white space nor `+`")]
    Name,
    /// The text is not `name+hash+base64`.
    #[error("a verifier is written as `name+hash+base64`")]
    Shape,
    /// The hash in the text is not that of name and key.
    #[error("the hash in the verifier does not belong to its name and key")]
    Hash,
    /// The key is not an Ed25519 key.
    #[error("the verifier holds no Ed25519 key")]
    Algorithm,
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a signed note with a checkpoint in it.
    #[error("it is not written as a checkpoint")]
    Shape,
    /// It is of another log.
    #[error("it names another ledger")]
    Origin,
    /// No signature by the expected key.
    #[error("it is not signed by the expected key")]
    Unsigned,
    /// The signature does not fit the text.
    #[error("its signature does not fit")]
    Signature,
}

/// The key that signs checkpoints. It never prints itself.
pub struct Signer {
    seed: Zeroizing<[u8; 32]>,
    verifier: Verifier,
}

impl Signer {
    /// Makes the key of a log from its name and 32 secret bytes.
    ///
    /// # Errors
    /// [`KeyError::Name`] if a signed note could not hold the name, [`KeyError::Algorithm`] if the
    /// seed is refused.
    pub fn from_seed(name: &str, seed: Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .map_err(|_refused| KeyError::Algorithm)?;
        let public = <[u8; 32]>::try_from(pair.public_key().as_ref())
            .map_err(|_length| KeyError::Algorithm)?;
        Ok(Self { seed, verifier: Verifier::new(name, public)? })
    }

    /// What others need to check this key's signatures.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs bytes; 64 bytes of Ed25519.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`] if the library refuses the seed, which was tried when this signer
    /// was made.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(self.seed.as_slice())
            .map_err(|_refused| KeyError::Algorithm)?;
        <[u8; 64]>::try_from(pair.sign(message).as_ref()).map_err(|_length| KeyError::Algorithm)
    }

    /// Writes and signs the checkpoint of a tree.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn checkpoint(&self, size: u64, root: &Digest) -> Result<Vec<u8>, KeyError> {
        let body =
            format!("{}\n{size}\n{}\n", self.verifier.name, STANDARD.encode(root.as_bytes()));
        let mut blob = self.verifier.key_id().to_vec();
        blob.extend_from_slice(&self.sign(body.as_bytes())?);
        let line = format!("\n\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(blob));
        Ok((body + &line).into_bytes())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, ..)", self.verifier)
    }
}

/// The public half of a [`Signer`]: name and key of a log. Written as `name+hash+base64` (a
/// "vkey").
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: Box<str>,
    public: [u8; 32],
}

impl Verifier {
    fn new(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.into(), public })
    }

    /// Reads `name+hash+base64`.
    ///
    /// # Errors
    /// [`KeyError`] says which part does not fit.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Shape);
        };
        let key = STANDARD.decode(key).map_err(|_text| KeyError::Shape)?;
        let Some((&ED25519_BYTE, public)) = key.split_first() else {
            return Err(KeyError::Algorithm);
        };
        let public = <[u8; 32]>::try_from(public).map_err(|_length| KeyError::Algorithm)?;
        let verifier = Self::new(name, public)?;
        if hash == verifier.key_hash() { Ok(verifier) } else { Err(KeyError::Hash) }
    }

    /// The name of the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Ed25519 public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The key id of the signed-note specification: the first 4 bytes of SHA-256 over name,
    /// newline, algorithm and key.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let mut bytes = self.name.as_bytes().to_vec();
        bytes.extend_from_slice(&[b'\n', ED25519_BYTE]);
        bytes.extend_from_slice(&self.public);
        let [a, b, c, d, ..] = *sha256(&bytes).as_bytes();
        [a, b, c, d]
    }

    /// Whether the signature of bytes is this key's.
    #[must_use]
    pub fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).is_ok()
    }

    /// Reads a checkpoint and believes it only if this key signed it.
    ///
    /// # Errors
    /// [`NoteError`] says why it is not believed.
    pub fn open(&self, note: &[u8]) -> Result<Checkpoint, NoteError> {
        let text = std::str::from_utf8(note).map_err(|_bytes| NoteError::Shape)?;
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Shape);
        }
        let (body, signatures) = text.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let signed = text.get(..=body.len()).ok_or(NoteError::Shape)?;
        let checkpoint = Checkpoint::parse(body)?;
        if checkpoint.origin.as_ref() != self.name.as_ref() {
            return Err(NoteError::Origin);
        }
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let mut found = false;
        for line in signatures.split('\n') {
            let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Shape)?;
            let (name, blob) = rest.split_once(' ').ok_or(NoteError::Shape)?;
            let blob = STANDARD.decode(blob).map_err(|_text| NoteError::Shape)?;
            let (id, signature) = blob.split_first_chunk::<4>().ok_or(NoteError::Shape)?;
            if name != self.name.as_ref() || *id != self.key_id() {
                continue;
            }
            if !self.fits(signed.as_bytes(), signature) {
                return Err(NoteError::Signature);
            }
            found = true;
        }
        if found { Ok(checkpoint) } else { Err(NoteError::Unsigned) }
    }

    fn key_hash(&self) -> String {
        self.key_id().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_BYTE];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, self.key_hash(), STANDARD.encode(key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

/// What a checkpoint says: this log had so many entries, and this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: Box<str>,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    fn parse(body: &str) -> Result<Self, NoteError> {
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Shape);
        };
        let number = size.parse::<u64>().map_err(|_text| NoteError::Shape)?;
        let root = STANDARD.decode(root).map_err(|_text| NoteError::Shape)?;
        let root = <[u8; 32]>::try_from(root.as_slice()).map_err(|_length| NoteError::Shape)?;
        if origin.is_empty() || number.to_string() != size || lines.any(str::is_empty) {
            return Err(NoteError::Shape);
        }
        Ok(Self { origin: origin.into(), size: number, root: Digest::from_bytes(root) })
    }
}

#[cfg(test)]
mod tests;
