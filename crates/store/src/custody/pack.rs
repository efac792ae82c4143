//! Writing packs: each packer has its own packs and index, so several threads pack one delivery.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamWriter;
use sudare_model::DeliveryId;

use super::kept::KeptFile;
use super::{
    Custody, CustodyCounts, CustodyError, FORMAT, MANIFEST, Manifest, index_name, pack_name, place,
};
use crate::files::{self, FileError, Sha256};
use crate::lock::Lock;
use crate::seal::DataKey;

/// A pack is closed once it holds so many bytes; a file is never divided.
const PACK_BYTES: u64 = 64 << 20;
/// Bytes of ciphertext handed to the file system at once.
const WRITE_BYTES: usize = 1 << 20;
/// Bytes read of a provider's file at once.
const READ_BYTES: usize = 64 * 1024;

type SealedWriter = StreamWriter<BufWriter<File>>;

/// A delivery being taken into custody. Dropped without a commit it is gone, key and all.
#[derive(Debug)]
pub struct CustodyDraft {
    custody: Custody,
    delivery: DeliveryId,
    key: Arc<DataKey>,
    packers: AtomicU32,
    done: Arc<Mutex<Done>>,
    committed: bool,
    _lock: Lock,
}

#[derive(Debug, Default)]
struct Done {
    counts: CustodyCounts,
    unfinished: u32,
}

impl CustodyDraft {
    pub(super) fn new(
        custody: Custody,
        delivery: DeliveryId,
        key: Arc<DataKey>,
        lock: Lock,
    ) -> Self {
        let (packers, done) = (AtomicU32::new(0), Arc::default());
        Self { custody, delivery, key, packers, done, committed: false, _lock: lock }
    }

    /// One more packer. Several may pack at once, each on its own thread.
    ///
    /// # Errors
    /// [`CustodyError::File`].
    pub fn packer(&self) -> Result<Packer, CustodyError> {
        let number = self.packers.fetch_add(1, Ordering::Relaxed);
        self.done.lock().unwrap_or_else(PoisonError::into_inner).unfinished += 1;
        let sealer = Sealer {
            custody: self.custody.clone(),
            delivery: self.delivery.clone(),
            key: Arc::clone(&self.key),
        };
        let index = sealer.create(&index_name(number))?;
        Ok(Packer {
            sealer,
            number,
            index,
            pack: None,
            packs: 0,
            counts: CustodyCounts::default(),
            piece: vec![0; READ_BYTES],
            done: Arc::clone(&self.done),
        })
    }

    /// Makes all durable, then the delivery part of custody.
    ///
    /// # Errors
    /// [`CustodyError::Unfinished`] if a packer was not finished, [`CustodyError::File`]. The draft is then gone.
    pub fn commit(mut self) -> Result<CustodyCounts, CustodyError> {
        let done = std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
        if done.unfinished != 0 {
            return Err(CustodyError::Unfinished { packers: done.unfinished });
        }
        let folder = self.custody.folder(&self.delivery);
        files::sync_tree(&folder)?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            packers: self.packers.load(Ordering::Relaxed),
            counts: done.counts,
        };
        let json = serde_json::to_vec(&manifest).unwrap_or_default();
        let sealed = self
            .key
            .seal_bytes(&place(&self.delivery, MANIFEST), std::iter::once(json.as_slice()))
            .map_err(FileError::at(&folder, "sealed"))?;
        files::write_atomically(&folder.join(MANIFEST), &sealed)?;
        self.committed = true;
        Ok(done.counts)
    }
}

impl Drop for CustodyDraft {
    fn drop(&mut self) {
        if !self.committed {
            // What cannot be removed now is swept at the next opening.
            let _ = self.custody.discard(&self.delivery);
        }
    }
}

/// Makes sealed files of one delivery.
#[derive(Debug)]
struct Sealer {
    custody: Custody,
    delivery: DeliveryId,
    key: Arc<DataKey>,
}

impl Sealer {
    fn create(&self, name: &str) -> Result<SealedWriter, CustodyError> {
        let path = self.custody.folder(&self.delivery).join(name);
        let made = files::create_private(&path).and_then(|file| {
            let out = BufWriter::with_capacity(WRITE_BYTES, file);
            self.key.seal(&place(&self.delivery, name), out)
        });
        Ok(made.map_err(FileError::at(&path, "created"))?)
    }

    fn close(&self, name: &str, writer: SealedWriter) -> Result<(), CustodyError> {
        let closed = writer
            .finish()
            .and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file: File| file.sync_data());
        let path = self.custody.folder(&self.delivery).join(name);
        Ok(closed.map_err(FileError::at(&path, "written"))?)
    }

    fn failed(&self, name: &str, source: io::Error) -> CustodyError {
        let path = self.custody.folder(&self.delivery).join(name);
        FileError::Io { path, act: "written", source }.into()
    }
}

/// Packs files one after the other. Must be finished; the draft does not commit otherwise.
pub struct Packer {
    sealer: Sealer,
    number: u32,
    index: SealedWriter,
    pack: Option<(SealedWriter, u64)>,
    packs: u32,
    counts: CustodyCounts,
    piece: Vec<u8>,
    done: Arc<Mutex<Done>>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Packer {
    /// Packs a file: all that `content` gives but what lies in `cuts` (ranges of its bytes, ascending, disjoint).
    /// `path` is its path inside the delivery.
    ///
    /// # Errors
    /// [`CustodyError::Source`] if `content` fails, as a file that changes while read does; the delivery cannot be
    /// committed then, since the packer cannot be finished truthfully: drop the draft. [`CustodyError::File`].
    pub fn add(
        &mut self,
        file_no: u32,
        path: &[u8],
        content: &mut dyn Read,
        cuts: &[Range<u64>],
    ) -> Result<(), CustodyError> {
        let name = pack_name(self.number, self.packs);
        let (mut pack, offset) = match self.pack.take() {
            Some(pack) => pack,
            None => (self.sealer.create(&name)?, 0),
        };
        let mut hash = Sha256::new();
        let (mut bytes, mut bytes_kept) = (0u64, 0u64);
        loop {
            let read = match content.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|source| CustodyError::Source { file_no, source })?,
            };
            if read == 0 {
                break;
            }
            let piece = self.piece.get(..read).unwrap_or_default();
            for kept in outside(piece, bytes, cuts) {
                pack.write_all(kept).map_err(|source| self.sealer.failed(&name, source))?;
                hash.update(kept);
                bytes_kept += kept.len() as u64;
            }
            bytes += read as u64;
        }
        let kept = KeptFile {
            file_no,
            path: path.to_vec(),
            bytes,
            bytes_kept,
            sha256: hash.finish(),
            cuts: cuts.to_vec(),
            packer: self.number,
            pack: self.packs,
            offset,
        };
        let line = kept.line().map_err(io::Error::other);
        line.and_then(|line| self.index.write_all(&line))
            .map_err(|source| self.sealer.failed(&index_name(self.number), source))?;
        self.counts.files += 1;
        self.counts.bytes += bytes;
        self.counts.bytes_kept += bytes_kept;
        if offset + bytes_kept >= PACK_BYTES {
            self.sealer.close(&name, pack)?;
            self.packs += 1;
        } else {
            self.pack = Some((pack, offset + bytes_kept));
        }
        Ok(())
    }

    /// Ends the packer's packs and index.
    ///
    /// # Errors
    /// [`CustodyError::File`].
    pub fn finish(self) -> Result<(), CustodyError> {
        if let Some((pack, _)) = self.pack {
            self.sealer.close(&pack_name(self.number, self.packs), pack)?;
        }
        self.sealer.close(&index_name(self.number), self.index)?;
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.counts.files += self.counts.files;
        done.counts.bytes += self.counts.bytes;
        done.counts.bytes_kept += self.counts.bytes_kept;
        done.unfinished = done.unfinished.saturating_sub(1);
        Ok(())
    }
}

/// The parts of a piece, which begins at byte `start` of its file, that lie in no cut.
fn outside<'p>(
    piece: &'p [u8],
    start: u64,
    cuts: &'p [Range<u64>],
) -> impl Iterator<Item = &'p [u8]> {
    let end = start + piece.len() as u64;
    let within = move |at: u64| usize::try_from(at.clamp(start, end) - start).unwrap_or(usize::MAX);
    let first = cuts.partition_point(|cut| cut.end <= start);
    let near = cuts.get(first..).unwrap_or_default().iter().take_while(move |cut| cut.start < end);
    let mut from = 0;
    near.map(Some).chain([None]).filter_map(move |cut| {
        let (until, next) = match cut {
            Some(cut) => (within(cut.start), within(cut.end)),
            None => (piece.len(), piece.len()),
        };
        let kept = piece.get(from..until);
        from = next;
        kept.filter(|kept| !kept.is_empty())
    })
}
