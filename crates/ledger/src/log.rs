//! The writer of the log: one entry at a time, durable before [`Log::append`] returns.
//!
//! Order of writing: the bundle, the tiles, then the checkpoint, atomically. What lies beyond the
//! checkpoint is unacknowledged: a later writer goes over it. Entries are appended one at a time,
//! so every partial file below the width of the current one was once under a checkpoint, and is
//! kept until its tile is full, as `tlog-tiles` asks.
//!
//! Invariant: a file that a checkpoint covers is never written again.

use crate::note::{KeyError, Signer};
use crate::read::{self, ReadError, Whole};
use crate::storage::{LogLock, LogStorage, StorageError};
use crate::tile::{CHECKPOINT, ENTRY_BYTES_MAX, bundle_path, bundled, tile_path};
use crate::tree::{Rows, TILE_WIDTH, leaf_hash};

/// Why an entry could not be made durable.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The storage failed; whether the entry stands is known after the log is opened again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The entry is longer than a bundle can hold.
    #[error("the ledger entry has {0} bytes, more than 65535")]
    Long(usize),
    /// The checkpoint could not be signed.
    #[error("the ledger's checkpoint could not be signed")]
    Key(#[from] KeyError),
    /// An earlier append failed; the log must be opened again.
    #[error("an earlier write to the ledger failed; open it again")]
    Broken,
}

pub(crate) struct Log {
    storage: Box<dyn LogStorage>,
    signer: Signer,
    rows: Rows,
    bundle: Vec<u8>,
    note: Vec<u8>,
    broken: bool,
    _lock: Box<dyn LogLock>,
}

impl Log {
    /// Takes an empty storage for a new log. Nothing is written before the first entry.
    pub(crate) fn create(
        storage: Box<dyn LogStorage>,
        signer: Signer,
    ) -> Result<Option<Self>, StorageError> {
        let lock = storage.lock()?;
        if storage.read(CHECKPOINT)?.is_some() {
            return Ok(None);
        }
        let (rows, bundle, note) = (Rows::new(), Vec::new(), Vec::new());
        Ok(Some(Self { storage, signer, rows, bundle, note, broken: false, _lock: lock }))
    }

    /// Opens a log for writing and gives the entries under its checkpoint.
    pub(crate) fn open(
        storage: Box<dyn LogStorage>,
        signer: Signer,
    ) -> Result<(Self, Vec<Vec<u8>>), ReadError> {
        let lock = storage.lock()?;
        let Whole { note, rows, entries } = read::everything(storage.as_ref(), signer.verifier())?;
        let mut bundle = Vec::new();
        let full = entries.len() - entries.len() % 256;
        for entry in entries.iter().skip(full) {
            bundled(&mut bundle, entry).ok_or(ReadError::Root)?;
        }
        Ok((Self { storage, signer, rows, bundle, note, broken: false, _lock: lock }, entries))
    }

    /// The number of entries, which is the index of the next one.
    pub(crate) fn size(&self) -> u64 {
        self.rows.size()
    }

    pub(crate) const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The signed checkpoint as it stands.
    pub(crate) fn note(&self) -> &[u8] {
        &self.note
    }

    pub(crate) const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The bytes of an entry, from the storage.
    pub(crate) fn entry(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        let bundle = read::bundle(self.storage.as_ref(), index / TILE_WIDTH, self.size())?;
        let at = usize::try_from(index % TILE_WIDTH).unwrap_or(usize::MAX);
        bundle.into_iter().nth(at).ok_or(ReadError::Index(index))
    }

    /// Makes an entry durable and gives its index.
    pub(crate) fn append(&mut self, entry: &[u8]) -> Result<u64, AppendError> {
        if self.broken {
            return Err(AppendError::Broken);
        }
        if entry.len() > ENTRY_BYTES_MAX {
            return Err(AppendError::Long(entry.len()));
        }
        let index = self.size();
        self.broken = true;
        self.write(entry)?;
        self.broken = false;
        if self.size().is_multiple_of(TILE_WIDTH) {
            self.bundle.clear();
            self.prune();
        }
        Ok(index)
    }

    fn write(&mut self, entry: &[u8]) -> Result<(), AppendError> {
        bundled(&mut self.bundle, entry).ok_or(AppendError::Long(entry.len()))?;
        let before: Vec<usize> = (0..8).map(|row| self.rows.row(row).len()).collect();
        self.rows.push(leaf_hash(entry));
        let size = self.size();
        let (number, width) = place(size);
        self.storage.write_durable(&bundle_path(number, width), &self.bundle)?;
        for (row, before) in before.into_iter().enumerate() {
            let hashes = self.rows.row(row);
            if hashes.len() == before {
                break;
            }
            let (number, width) = place(hashes.len() as u64);
            let kept = usize::try_from(width).unwrap_or(usize::MAX);
            let tile: Vec<u8> = hashes
                .iter()
                .skip(hashes.len() - kept)
                .flat_map(|hash| hash.as_bytes())
                .copied()
                .collect();
            self.storage.write_durable(&tile_path(row, number, width), &tile)?;
        }
        let root = self.rows.root(size).ok_or(AppendError::Broken)?;
        let note = self.signer.checkpoint(size, &root)?;
        self.storage.replace_durable(CHECKPOINT, &note)?;
        self.note = note;
        Ok(())
    }

    /// Removes the partial files of tiles that have just become full. One that stays does no harm,
    /// so a failure to remove is not a failure of the append.
    fn prune(&self) {
        let remove = |path: String| self.storage.remove(&path).is_ok();
        let (number, _) = place(self.size());
        let mut gone = (1..TILE_WIDTH).all(|width| remove(bundle_path(number, width)));
        for row in 0..self.rows.height() {
            let count = self.rows.row(row).len() as u64;
            let (number, width) = place(count);
            if !gone || width < TILE_WIDTH {
                break;
            }
            gone = (1..TILE_WIDTH).all(|width| remove(tile_path(row, number, width)));
        }
    }
}

/// The tile that the last of `count` hashes is in, and how many of them are in it.
const fn place(count: u64) -> (u64, u64) {
    let number = count.saturating_sub(1) / TILE_WIDTH;
    (number, count - number * TILE_WIDTH)
}
