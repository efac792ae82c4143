//! Reading a log as the writer does when it opens one: checkpoint first, then the entries it
//! covers.
//!
//! What it is not for: judging a log that may have been tampered with. That is [`crate::fsck`].

use crate::note::{Checkpoint, NoteError, Verifier};
use crate::proof::Proof;
use crate::storage::{ReadLog, StorageError};
use crate::tile::{CHECKPOINT, bundle_path, tile_path, unbundled};
use crate::tree::{Rows, TILE_WIDTH, leaf_hash};
use sudare_model::Digest;

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no log.
    #[error("there is no ledger here: `checkpoint` is missing")]
    Missing,
    /// The checkpoint is not believed.
    #[error("`checkpoint` of the ledger is not believed: {0}")]
    Note(#[from] NoteError),
    /// A file that the checkpoint covers is missing or holds too little.
    #[error("`{0}` of the ledger is missing or cut short")]
    File(String),
    /// The entries do not make the signed root.
    #[error("the entries of the ledger do not make the signed root; `verify` names what is wrong")]
    Root,
    /// No entry has this index.
    #[error("the ledger has no entry {0}")]
    Index(u64),
}

/// The checkpoint, as bytes and as believed.
pub(crate) fn checkpoint(
    source: &dyn ReadLog,
    verifier: &Verifier,
) -> Result<(Vec<u8>, Checkpoint), ReadError> {
    let note = source.read(CHECKPOINT)?.ok_or(ReadError::Missing)?;
    let checkpoint = verifier.open(&note)?;
    Ok((note, checkpoint))
}

/// The entries of one bundle of a log of `size` entries.
pub(crate) fn bundle(
    source: &dyn ReadLog,
    number: u64,
    size: u64,
) -> Result<Vec<Vec<u8>>, ReadError> {
    let width = width(number, size);
    let path = bundle_path(number, width);
    let bytes = part_or_whole(source, &path, || bundle_path(number, TILE_WIDTH))?;
    let mut entries = unbundled(&bytes).map_err(|_at| ReadError::File(path.clone()))?;
    if (entries.len() as u64) < width {
        return Err(ReadError::File(path));
    }
    entries.truncate(usize::try_from(width).unwrap_or(usize::MAX));
    Ok(entries)
}

/// A log as it was read.
pub(crate) struct Whole {
    /// The checkpoint as it stands.
    pub(crate) note: Vec<u8>,
    /// The tree over the entries.
    pub(crate) rows: Rows,
    /// The entries, in order.
    pub(crate) entries: Vec<Vec<u8>>,
}

/// All that is under the checkpoint.
pub(crate) fn everything(source: &dyn ReadLog, verifier: &Verifier) -> Result<Whole, ReadError> {
    let (note, checkpoint) = checkpoint(source, verifier)?;
    let mut rows = Rows::new();
    let mut entries = Vec::new();
    for number in 0..checkpoint.size.div_ceil(TILE_WIDTH) {
        for entry in bundle(source, number, checkpoint.size)? {
            rows.push(leaf_hash(&entry));
            entries.push(entry);
        }
    }
    if rows.root(checkpoint.size) == Some(checkpoint.root) {
        Ok(Whole { note, rows, entries })
    } else {
        Err(ReadError::Root)
    }
}

/// Makes the proof of an entry from the public files alone: the tiles and the checkpoint.
///
/// # Errors
/// [`ReadError`] says which file fails.
pub fn prove(source: &dyn ReadLog, verifier: &Verifier, index: u64) -> Result<Proof, ReadError> {
    let (note, checkpoint) = checkpoint(source, verifier)?;
    let rows = tiles(source, checkpoint.size)?;
    if rows.root(checkpoint.size) != Some(checkpoint.root) {
        return Err(ReadError::Root);
    }
    let hashes = rows.inclusion(index, checkpoint.size).ok_or(ReadError::Index(index))?;
    let checkpoint_text = String::from_utf8_lossy(&note).into_owned();
    Ok(Proof { index, size: checkpoint.size, hashes, checkpoint: checkpoint_text })
}

/// The rows as the tiles of the lowest row give them.
fn tiles(source: &dyn ReadLog, size: u64) -> Result<Rows, ReadError> {
    let mut rows = Rows::new();
    for number in 0..size.div_ceil(TILE_WIDTH) {
        let width = width(number, size);
        let path = tile_path(0, number, width);
        let bytes = part_or_whole(source, &path, || tile_path(0, number, TILE_WIDTH))?;
        let (hashes, _rest) = bytes.as_chunks::<32>();
        if (hashes.len() as u64) < width {
            return Err(ReadError::File(path));
        }
        for hash in hashes.iter().take(usize::try_from(width).unwrap_or(usize::MAX)) {
            rows.push(Digest::from_bytes(*hash));
        }
    }
    Ok(rows)
}

const fn width(number: u64, size: u64) -> u64 {
    let rest = size.saturating_sub(number * TILE_WIDTH);
    if rest < TILE_WIDTH { rest } else { TILE_WIDTH }
}

/// A partial file may be gone once its tile is full: then the full one begins with it.
fn part_or_whole(
    source: &dyn ReadLog,
    part: &str,
    whole: impl FnOnce() -> String,
) -> Result<Vec<u8>, ReadError> {
    if let Some(bytes) = source.read(part)? {
        return Ok(bytes);
    }
    source.read(&whole())?.ok_or_else(|| ReadError::File(part.to_owned()))
}
