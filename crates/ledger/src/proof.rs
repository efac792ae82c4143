//! Proofs that travel: an entry is in the log, and an older log is a prefix of a newer one.
//!
//! What it is for: whoever holds an entry, a [`Proof`] and the log's [`Verifier`] can check offline
//! that the entry is in the log. The checks are written after RFC 9162 sections 2.1.3.2 and
//! 2.1.4.2, as loops over the path, and share nothing with [`crate::tree`] that made the path but
//! the two hash functions.

use serde_json::{Map, Value};
use sudare_model::Digest;

use crate::note::{Checkpoint, NoteError, Verifier};
use crate::tree::{leaf_hash, node_hash};

/// The longest path that is read: a tree of 2^64 leaves needs no more.
const HASHES_MAX: usize = 64;

/// Why a proof does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not the JSON object of a proof.
    #[error("the ledger proof is not written as one")]
    Shape,
    /// The checkpoint inside is not believed.
    #[error("the checkpoint in the ledger proof is not believed: {0}")]
    Note(NoteError),
    /// The checkpoint inside is of another size.
    #[error("the checkpoint in the ledger proof is of another size than the proof")]
    Size,
    /// The path does not lead from the entry to the root.
    #[error("the ledger proof does not lead from the entry to the signed root")]
    Root,
}

/// The place of one entry under a signed root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The index of the entry, from 0.
    pub index: u64,
    /// The number of entries in the tree.
    pub size: u64,
    /// The audit path, from the leaf up.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint of that tree, as text.
    pub checkpoint: String,
}

impl Proof {
    /// The proof as a JSON object, for certificates: `checkpoint` (text), `hashes` (hex), `index`,
    /// `size`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let hashes = self.hashes.iter().map(|hash| Value::from(hash.to_string())).collect();
        Value::Object(Map::from_iter([
            ("checkpoint".to_owned(), Value::from(self.checkpoint.as_str())),
            ("hashes".to_owned(), Value::Array(hashes)),
            ("index".to_owned(), Value::from(self.index)),
            ("size".to_owned(), Value::from(self.size)),
        ]))
    }

    /// Reads the JSON object back.
    ///
    /// # Errors
    /// [`ProofError::Shape`] if a field is missing, unknown or of another kind.
    pub fn from_json(value: &Value) -> Result<Self, ProofError> {
        let read = || {
            let object = value.as_object().filter(|object| object.len() == 4)?;
            let hashes = object.get("hashes")?.as_array()?;
            if hashes.len() > HASHES_MAX {
                return None;
            }
            Some(Self {
                index: object.get("index")?.as_u64()?,
                size: object.get("size")?.as_u64()?,
                hashes: hashes
                    .iter()
                    .map(|hash| Digest::parse(hash.as_str()?))
                    .collect::<Option<Vec<_>>>()?,
                checkpoint: object.get("checkpoint")?.as_str()?.to_owned(),
            })
        };
        read().ok_or(ProofError::Shape)
    }
}

/// Checks offline that an entry is in the log that the verifier knows, and gives the checkpoint it
/// is under.
///
/// # Errors
/// [`ProofError`] says what does not fit.
pub fn verify_inclusion(
    entry: &[u8],
    proof: &Proof,
    verifier: &Verifier,
) -> Result<Checkpoint, ProofError> {
    let checkpoint = verifier.open(proof.checkpoint.as_bytes()).map_err(ProofError::Note)?;
    if checkpoint.size != proof.size {
        return Err(ProofError::Size);
    }
    let root = root_of_path(leaf_hash(entry), proof.index, proof.size, &proof.hashes);
    if root == Some(checkpoint.root) { Ok(checkpoint) } else { Err(ProofError::Root) }
}

/// The root that an audit path leads to (RFC 9162 section 2.1.3.2); `None` if the path has not the
/// right length.
#[must_use]
pub fn root_of_path(leaf: Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    let (mut node, mut last) = (index, size.checked_sub(1)?);
    if node > last {
        return None;
    }
    let mut root = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            root = node_hash(sibling, &root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// Checks that a tree of `old` leaves is a prefix of one of `size` (RFC 9162 section 2.1.4.2).
///
/// # Errors
/// [`ProofError::Root`] if the path does not lead to both roots.
pub fn verify_consistency(
    (old, old_root): (u64, Digest),
    (size, root): (u64, Digest),
    path: &[Digest],
) -> Result<(), ProofError> {
    if consistent((old, old_root), (size, root), path) == Some(true) {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

fn consistent(
    (old, old_root): (u64, Digest),
    (size, root): (u64, Digest),
    path: &[Digest],
) -> Option<bool> {
    if old == 0 || old > size {
        return None;
    }
    if old == size {
        return Some(path.is_empty() && old_root == root);
    }
    let mut hashes = path.iter();
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let first = if old.is_power_of_two() { old_root } else { *hashes.next()? };
    let (mut to_old, mut to_new) = (first, first);
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            to_old = node_hash(hash, &to_old);
            to_new = node_hash(hash, &to_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            to_new = node_hash(&to_new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    Some(last == 0 && to_old == old_root && to_new == root)
}
