//! A provider's files as they came, minus the units that were refused, packed and sealed until their erasure.
//!
//! `HOME/custody/<delivery>/`: packs of about 64 MiB, an index for each packer (one JSON line a file), and
//! `manifest`, whose arrival is the commit; all sealed under the delivery's own data key and bound to their places.
//! Paths of files lie in the index alone: they may hold patient numbers.
//!
//! Invariants: as for a vault, a delivery is whole or not there, and a key destroyed is a delivery gone. Bytes inside
//! a cut are never written. Start at [`Custody::create`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sudare_model::{DeliveryId, Digest};

use crate::files::{self, FileError, Sha256};
use crate::keys::{KeyError, SiteKeys};
use crate::lock::Lock;
use crate::seal;

mod kept;
mod pack;

pub use kept::KeptFile;
pub use pack::{CustodyDraft, Packer};

const MANIFEST: &str = "manifest";
const FORMAT: &str = "sudare-custody-1";
/// Bytes of a manifest at most.
const MANIFEST_BYTES_MAX: u64 = 16 << 20;
/// Bytes of ciphertext read at once.
const READ_BYTES: usize = 64 * 1024;

/// Why custody could not do its work. Shows delivery, file numbers and the site's own paths; never a provider's.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key could not be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The delivery is there already.
    #[error("delivery `{delivery}` is in custody already")]
    Exists {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// Another process is writing the delivery.
    #[error("another process is writing delivery `{delivery}`")]
    Busy {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// The delivery is not in custody.
    #[error("delivery `{delivery}` is not in custody")]
    Absent {
        /// The delivery.
        delivery: DeliveryId,
    },
    /// What lies there is not what was packed.
    #[error("`{file}` of a delivery in custody is not what was packed")]
    Altered {
        /// The pack or index, inside the custody folder.
        file: String,
    },
    /// Packers that were not finished.
    #[error("{packers} packers were not finished")]
    Unfinished {
        /// How many.
        packers: u32,
    },
    /// The provider's file could not be read to its end.
    #[error("file {file_no} could not be read to its end")]
    Source {
        /// Its number.
        file_no: u32,
        /// The reason, as the reader of the file gave it.
        source: io::Error,
    },
}

/// What a delivery in custody holds, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyCounts {
    /// Files.
    pub files: u64,
    /// Bytes the files had.
    pub bytes: u64,
    /// Bytes kept: the rest was cut.
    pub bytes_kept: u64,
}

/// The sealed manifest: which packs and indexes belong to the delivery.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    packers: u32,
    counts: CustodyCounts,
}

/// All deliveries in custody of a site.
#[derive(Debug, Clone)]
pub struct Custody {
    root: PathBuf,
    locks: PathBuf,
    keys: Arc<SiteKeys>,
}

impl Custody {
    /// Opens the custody of a home and sweeps what a killed process left.
    ///
    /// # Errors
    /// [`CustodyError::File`].
    pub fn open(home: &Path, keys: Arc<SiteKeys>) -> Result<Self, CustodyError> {
        let root = home.join("custody");
        files::create_private_dir(&root)?;
        let custody = Self { root, locks: home.join("locks"), keys };
        for name in files::names_in(&custody.root)? {
            if let Ok(delivery) = DeliveryId::parse(&name) {
                custody.sweep(&delivery)?;
            }
        }
        Ok(custody)
    }

    fn sweep(&self, delivery: &DeliveryId) -> Result<(), CustodyError> {
        let whole = || self.is_committed(delivery) && self.keys.has_data_key(&owner(delivery));
        if whole() {
            return Ok(());
        }
        match Lock::take(&self.lock_file(delivery))? {
            Some(_lock) if !whole() => self.discard(delivery),
            _ => Ok(()),
        }
    }

    fn discard(&self, delivery: &DeliveryId) -> Result<(), CustodyError> {
        self.keys.destroy_data_key(&owner(delivery))?;
        Ok(files::remove_tree(&self.folder(delivery))?)
    }

    fn folder(&self, delivery: &DeliveryId) -> PathBuf {
        self.root.join(delivery.as_str())
    }

    fn is_committed(&self, delivery: &DeliveryId) -> bool {
        self.folder(delivery).join(MANIFEST).exists()
    }

    fn lock_file(&self, delivery: &DeliveryId) -> PathBuf {
        self.locks.join(format!("custody.{delivery}"))
    }

    /// Takes a delivery into custody, under a fresh data key.
    ///
    /// # Errors
    /// [`CustodyError::Exists`], [`CustodyError::Busy`], [`CustodyError::Key`], [`CustodyError::File`].
    pub fn create(&self, delivery: &DeliveryId) -> Result<CustodyDraft, CustodyError> {
        let lock = Lock::take(&self.lock_file(delivery))?
            .ok_or_else(|| CustodyError::Busy { delivery: delivery.clone() })?;
        if self.is_committed(delivery) {
            return Err(CustodyError::Exists { delivery: delivery.clone() });
        }
        self.discard(delivery)?;
        files::create_private_dir(&self.folder(delivery))?;
        let key = self.keys.create_data_key(&owner(delivery))?;
        Ok(CustodyDraft::new(self.clone(), delivery.clone(), key, lock))
    }

    /// Deliveries in custody, sorted.
    ///
    /// # Errors
    /// [`CustodyError::File`].
    pub fn deliveries(&self) -> Result<Vec<DeliveryId>, CustodyError> {
        let names = files::names_in(&self.root)?;
        let ids = names.iter().filter_map(|name| DeliveryId::parse(name).ok());
        Ok(ids.filter(|id| self.is_committed(id)).collect())
    }

    fn manifest(&self, delivery: &DeliveryId) -> Result<Manifest, CustodyError> {
        let path = self.folder(delivery).join(MANIFEST);
        let sealed = match files::read_bytes(&path, MANIFEST_BYTES_MAX) {
            Err(error) if error.is_absent() => {
                return Err(CustodyError::Absent { delivery: delivery.clone() });
            }
            sealed => sealed?,
        };
        let place = place(delivery, MANIFEST);
        let json = self.keys.data_key(&owner(delivery))?.open_bytes(&place, &sealed).ok();
        json.and_then(|json| serde_json::from_slice::<Manifest>(&json).ok())
            .filter(|manifest| manifest.format == FORMAT)
            .ok_or(CustodyError::Altered { file: place })
    }

    /// What a delivery holds, in numbers.
    ///
    /// # Errors
    /// [`CustodyError::Absent`], [`CustodyError::Altered`], [`CustodyError::Key`].
    pub fn counts(&self, delivery: &DeliveryId) -> Result<CustodyCounts, CustodyError> {
        Ok(self.manifest(delivery)?.counts)
    }

    /// Calls `each` for every file kept, packer by packer. `each` gives `false` to stop.
    ///
    /// # Errors
    /// [`CustodyError::Absent`], [`CustodyError::Altered`], [`CustodyError::Key`].
    pub fn each_file(
        &self,
        delivery: &DeliveryId,
        each: &mut dyn FnMut(KeptFile) -> bool,
    ) -> Result<(), CustodyError> {
        for packer in 0..self.manifest(delivery)?.packers {
            let name = index_name(packer);
            let altered = || CustodyError::Altered { file: place(delivery, &name) };
            let lines = BufReader::new(self.sealed(delivery, &name, 0)?).split(b'\n');
            for line in lines {
                let line = line.map_err(|_| altered())?;
                let file = KeptFile::from_line(&line).ok_or_else(altered)?;
                if !each(file) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The file of this number, if it was kept.
    ///
    /// # Errors
    /// As [`Custody::each_file`].
    pub fn file(
        &self,
        delivery: &DeliveryId,
        file_no: u32,
    ) -> Result<Option<KeptFile>, CustodyError> {
        let mut found = None;
        self.each_file(delivery, &mut |file| {
            if file.file_no == file_no {
                found = Some(file);
            }
            found.is_none()
        })?;
        Ok(found)
    }

    /// The bytes kept of a file. Its end is an error if they are not those that were packed.
    ///
    /// # Errors
    /// [`CustodyError::Altered`], [`CustodyError::Key`].
    pub fn read(
        &self,
        delivery: &DeliveryId,
        file: &KeptFile,
    ) -> Result<impl Read + Send + use<>, CustodyError> {
        let pack = self.sealed(delivery, &pack_name(file.packer, file.pack), file.offset)?;
        let hash = Some(Sha256::new());
        Ok(Checked { inner: pack.take(file.bytes_kept), hash, sha256: file.sha256 })
    }

    fn sealed(
        &self,
        delivery: &DeliveryId,
        name: &str,
        offset: u64,
    ) -> Result<impl Read + Send + use<>, CustodyError> {
        let place = place(delivery, name);
        let key = self.keys.data_key(&owner(delivery))?;
        let opened = File::open(self.folder(delivery).join(name)).and_then(|file| {
            let mut reader = key.open(&place, BufReader::with_capacity(READ_BYTES, file))?;
            seal::seek(&mut reader, offset)?;
            Ok(reader)
        });
        opened.map_err(|_| CustodyError::Altered { file: place })
    }

    /// Erases a delivery: its key first, then its files. Nothing there is no error.
    ///
    /// # Errors
    /// [`CustodyError::Busy`], [`CustodyError::Key`], [`CustodyError::File`].
    pub fn erase(&self, delivery: &DeliveryId) -> Result<(), CustodyError> {
        let _lock = Lock::take(&self.lock_file(delivery))?
            .ok_or_else(|| CustodyError::Busy { delivery: delivery.clone() })?;
        self.discard(delivery)
    }
}

fn owner(delivery: &DeliveryId) -> String {
    format!("custody/{delivery}")
}

fn place(delivery: &DeliveryId, name: &str) -> String {
    format!("custody/{delivery}/{name}")
}

fn index_name(packer: u32) -> String {
    format!("index-{packer:03}")
}

fn pack_name(packer: u32, pack: u32) -> String {
    format!("pack-{packer:03}-{pack:05}")
}

/// Hashes what passes and compares at the end.
struct Checked<R> {
    inner: io::Take<R>,
    hash: Option<Sha256>,
    sha256: Digest,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        if let Some(hash) = &mut self.hash {
            hash.update(into.get(..read).unwrap_or_default());
        }
        if read == 0
            && !into.is_empty()
            && self.hash.take().is_some_and(|hash| hash.finish() != self.sha256)
        {
            let kind = io::ErrorKind::InvalidData;
            return Err(io::Error::new(kind, "a file in custody is not what was packed"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
