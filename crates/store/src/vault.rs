//! Vaults: tables by level, each dataset under a data key of its own, as Delta tables of Parquet files.
//!
//! `HOME/vault/<shelf>/<dataset>/<table>/`: Parquet files and `_delta_log`, every one a sealed file
//! ([`crate::seal`]) bound to that very path; beside the tables, `manifest` (sealed too) whose arrival is the commit.
//! What it is not for: knowing whether a dataset *has* its level; the ledger says that.
//!
//! Invariants: a dataset is whole or not there; a key destroyed is a dataset gone; nothing in clear on disk.
//! Start at [`Vault::create`] (writing) and [`Vault::table`] (reading).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use object_store::ObjectStore;
use object_store::path::Path as Location;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sudare_model::{DatasetId, LevelName};

use crate::compute::TableRef;
use crate::files::{self, FileError, Sha256};
use crate::keys::{KeyError, SiteKeys};
use crate::lock::Lock;

mod delta;
mod draft;
mod manifest;
mod object;
mod sealed;

pub use draft::{Draft, TableWriter};
pub use manifest::{FileFacts, Manifest};

use draft::owner;

use object::VaultStore;

/// Name of the file whose arrival is the commit.
const MANIFEST: &str = "manifest";
/// Bytes of a manifest at most: some 500,000 files.
const MANIFEST_BYTES_MAX: u64 = 128 << 20;
/// What a vault's URLs begin with.
pub const URL_PREFIX: &str = "vault:///";
/// Rows of a batch when a table is read here.
const BATCH_ROWS: usize = 8192;

/// A vault: one folder and one set of keys for each level of content, one for identity, one for books of releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// Clinical content at a level.
    Content(LevelName),
    /// What names people. Its datasets have keys of their own.
    Identity,
    /// Who was in which release and in which class of persons (R-ANON-08).
    Cohorts,
}

impl Shelf {
    /// The folder.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Content(level) => level.word(),
            Self::Identity => "identity",
            Self::Cohorts => "cohorts",
        }
    }

    /// All vaults.
    pub fn all() -> impl Iterator<Item = Self> {
        LevelName::ALL.iter().copied().map(Self::Content).chain([Self::Identity, Self::Cohorts])
    }
}

/// Why a vault could not do its work. Holds no value of a row.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key could not be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The dataset is there already.
    #[error("dataset `{dataset}` is in vault `{}` already", shelf.word())]
    Exists {
        /// The vault.
        shelf: Shelf,
        /// The dataset.
        dataset: DatasetId,
    },
    /// Another process is writing the dataset.
    #[error("another process is writing dataset `{dataset}`")]
    Busy {
        /// The dataset.
        dataset: DatasetId,
    },
    /// The dataset or its table is not there.
    #[error("vault `{}` has no table `{table}` of dataset `{dataset}`", shelf.word())]
    Absent {
        /// The vault.
        shelf: Shelf,
        /// The dataset.
        dataset: DatasetId,
        /// The table, or `manifest` for the whole.
        table: String,
    },
    /// What lies there is not what was committed.
    #[error("`{file}` is not what was committed")]
    Altered {
        /// The file inside the vault.
        file: String,
    },
    /// A table name is not of the id alphabet.
    #[error("`{table}` is not a table name")]
    Name {
        /// The name.
        table: String,
    },
    /// Two files of one table with two schemas.
    #[error("table `{table}` has files of another schema")]
    SchemaDiffers {
        /// The table.
        table: String,
    },
    /// Writers that were not finished.
    #[error("{writers} table writers were not finished")]
    Unfinished {
        /// How many.
        writers: u32,
    },
    /// A Parquet file could not be written or read.
    #[error("a Parquet file could not be written or read")]
    Parquet,
    /// The Delta log could not be written or read.
    #[error("the Delta log of table `{table}` could not be {act}")]
    Delta {
        /// The table.
        table: String,
        /// What was tried.
        act: &'static str,
    },
    /// The folder cannot be used as an object store.
    #[error("the vault cannot be opened as an object store")]
    ObjectStore,
}

/// All vaults of a site.
#[derive(Debug, Clone)]
pub struct Vault {
    root: PathBuf,
    locks: PathBuf,
    keys: Arc<SiteKeys>,
    store: Arc<VaultStore>,
}

impl Vault {
    /// Opens the vaults of a home and sweeps what a killed process left: drafts that nobody writes any more, and
    /// files whose key was destroyed.
    ///
    /// # Errors
    /// [`VaultError::File`].
    pub fn open(home: &Path, keys: Arc<SiteKeys>) -> Result<Self, VaultError> {
        let vault = Self::look(home, keys)?;
        for shelf in Shelf::all() {
            for name in files::names_in(&vault.root.join(shelf.word()))? {
                if let Ok(dataset) = DatasetId::parse(&name) {
                    vault.sweep(shelf, &dataset)?;
                }
            }
        }
        Ok(vault)
    }

    /// Opens the vaults of a home to read what is committed, beside whoever writes; sweeps nothing.
    ///
    /// # Errors
    /// [`VaultError::File`].
    pub fn look(home: &Path, keys: Arc<SiteKeys>) -> Result<Self, VaultError> {
        let root = home.join("vault");
        files::create_private_dir(&root)?;
        let store =
            VaultStore::new(&root, Arc::clone(&keys)).map_err(|_| VaultError::ObjectStore)?;
        Ok(Self { root, locks: home.join("locks"), keys, store: Arc::new(store) })
    }

    fn sweep(&self, shelf: Shelf, dataset: &DatasetId) -> Result<(), VaultError> {
        let whole =
            self.is_committed(shelf, dataset) && self.keys.has_data_key(&owner(shelf, dataset));
        if whole {
            return Ok(());
        }
        // Whoever holds the lock is writing it now. Under the lock, look again: it may just have been committed.
        match Lock::take(&self.lock_file(shelf, dataset))? {
            Some(_lock) if !self.is_committed(shelf, dataset) => self.discard(shelf, dataset),
            Some(_lock) if !self.keys.has_data_key(&owner(shelf, dataset)) => {
                self.discard(shelf, dataset)
            }
            _ => Ok(()),
        }
    }

    fn discard(&self, shelf: Shelf, dataset: &DatasetId) -> Result<(), VaultError> {
        let owner = owner(shelf, dataset);
        self.keys.destroy_data_key(&owner)?;
        Ok(files::remove_tree(&self.root.join(owner))?)
    }

    fn is_committed(&self, shelf: Shelf, dataset: &DatasetId) -> bool {
        self.root.join(owner(shelf, dataset)).join(MANIFEST).exists()
    }

    fn lock_file(&self, shelf: Shelf, dataset: &DatasetId) -> PathBuf {
        self.locks.join(format!("{}.{dataset}", shelf.word()))
    }

    /// Begins a dataset under a fresh data key. What a killed draft of the same name left is swept first.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::Busy`], [`VaultError::Key`], [`VaultError::File`].
    pub fn create(&self, shelf: Shelf, dataset: &DatasetId) -> Result<Draft, VaultError> {
        let lock = Lock::take(&self.lock_file(shelf, dataset))?
            .ok_or_else(|| VaultError::Busy { dataset: dataset.clone() })?;
        if self.is_committed(shelf, dataset) {
            return Err(VaultError::Exists { shelf, dataset: dataset.clone() });
        }
        self.discard(shelf, dataset)?;
        // The folder comes before the key, so that a key without a dataset is always found by its folder.
        files::create_private_dir(&self.root.join(owner(shelf, dataset)))?;
        self.keys.create_data_key(&owner(shelf, dataset))?;
        Ok(Draft::new(self.clone(), shelf, dataset.clone(), lock))
    }

    /// The committed datasets of a vault, sorted.
    ///
    /// # Errors
    /// [`VaultError::File`].
    pub fn datasets(&self, shelf: Shelf) -> Result<Vec<DatasetId>, VaultError> {
        let names = files::names_in(&self.root.join(shelf.word()))?;
        let ids = names.iter().filter_map(|name| DatasetId::parse(name).ok());
        Ok(ids.filter(|id| self.is_committed(shelf, id)).collect())
    }

    /// What a committed dataset holds.
    ///
    /// # Errors
    /// [`VaultError::Absent`], [`VaultError::Altered`], [`VaultError::Key`].
    pub fn manifest(&self, shelf: Shelf, dataset: &DatasetId) -> Result<Manifest, VaultError> {
        let place = format!("{}/{MANIFEST}", owner(shelf, dataset));
        let sealed = match files::read_bytes(&self.root.join(&place), MANIFEST_BYTES_MAX) {
            Err(error) if error.is_absent() => {
                let (dataset, table) = (dataset.clone(), MANIFEST.to_owned());
                return Err(VaultError::Absent { shelf, dataset, table });
            }
            sealed => sealed?,
        };
        let json = self.keys.data_key(&owner(shelf, dataset))?.open_bytes(&place, &sealed).ok();
        json.and_then(|json| Manifest::from_json(&json)).ok_or(VaultError::Altered { file: place })
    }

    /// A table to compute on: the files of its newest Delta snapshot, which must be those of the manifest.
    ///
    /// # Errors
    /// [`VaultError::Absent`], [`VaultError::Altered`], [`VaultError::Delta`], [`VaultError::Key`].
    pub async fn table(
        &self,
        shelf: Shelf,
        dataset: &DatasetId,
        table: &str,
    ) -> Result<TableRef, VaultError> {
        let manifest = self.manifest(shelf, dataset)?;
        let promised: Vec<&str> = manifest
            .files()
            .iter()
            .filter(|one| one.table == table)
            .map(|one| one.file.as_str())
            .collect();
        let Some(first) = promised.first() else {
            let (dataset, table) = (dataset.clone(), table.to_owned());
            return Err(VaultError::Absent { shelf, dataset, table });
        };
        let location = format!("{}/{table}", owner(shelf, dataset));
        let live = delta::live_files(self.object_store(), &location)
            .await
            .map_err(|_| VaultError::Delta { table: table.to_owned(), act: "read" })?;
        if live != promised {
            return Err(VaultError::Altered { file: location });
        }
        let schema = self.parquet(&format!("{location}/{first}"))?.schema().clone();
        let files = live.iter().map(|file| format!("{URL_PREFIX}{location}/{file}")).collect();
        Ok(TableRef { schema, files })
    }

    /// The batches of a table, file by file, without an engine.
    ///
    /// # Errors
    /// Each batch: [`VaultError::Altered`], [`VaultError::Parquet`].
    pub fn read(
        &self,
        table: &TableRef,
    ) -> impl Iterator<Item = Result<RecordBatch, VaultError>> + Send + use<> {
        let (vault, files) = (self.clone(), table.files.clone());
        files.into_iter().flat_map(move |url| {
            let location = url.strip_prefix(URL_PREFIX).unwrap_or(&url);
            let opened = vault
                .parquet(location)
                .and_then(|builder| Ok(builder.with_batch_size(BATCH_ROWS).build()?));
            let (batches, failed) = match opened {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            let batches = batches.into_iter().flatten();
            batches.map(|batch| batch.map_err(|_| VaultError::Parquet)).chain(failed)
        })
    }

    /// One column of a table, file by file; nothing else of it is read. Batches are empty of columns where there is
    /// none of this name.
    ///
    /// # Errors
    /// Each batch: as [`Vault::read`].
    pub fn read_column(
        &self,
        table: &TableRef,
        column: &'static str,
    ) -> impl Iterator<Item = Result<RecordBatch, VaultError>> + Send + use<> {
        let (vault, files) = (self.clone(), table.files.clone());
        let open = move |url: &String| {
            let location = url.strip_prefix(URL_PREFIX).unwrap_or(url);
            let builder = vault.parquet(location)?;
            let only = ProjectionMask::columns(builder.parquet_schema(), [column]);
            Ok::<_, VaultError>(builder.with_projection(only).with_batch_size(BATCH_ROWS).build()?)
        };
        files.into_iter().flat_map(move |url| {
            let (batches, failed) = match open(&url) {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            let batches = batches.into_iter().flatten();
            batches.map(|batch| batch.map_err(|_| VaultError::Parquet)).chain(failed)
        })
    }

    fn parquet(
        &self,
        location: &str,
    ) -> Result<ParquetRecordBatchReaderBuilder<sealed::SealedFile>, VaultError> {
        let altered = |_| VaultError::Altered { file: location.to_owned() };
        let sealed = self.store.sealed(&Location::from(location)).map_err(altered)?;
        Ok(ParquetRecordBatchReaderBuilder::try_new(sealed)?)
    }

    /// Reads every file of a dataset and compares it with the manifest.
    ///
    /// # Errors
    /// [`VaultError::Altered`] naming the first file that differs, and as [`Vault::manifest`].
    pub fn verify(&self, shelf: Shelf, dataset: &DatasetId) -> Result<Manifest, VaultError> {
        let manifest = self.manifest(shelf, dataset)?;
        for one in manifest.files() {
            let file = format!("{}/{}/{}", owner(shelf, dataset), one.table, one.file);
            let matches =
                self.store.sealed(&Location::from(file.as_str())).ok().is_some_and(|sealed| {
                    sealed.length() == one.bytes
                        && Self::sha256(&sealed).is_ok_and(|digest| digest == one.sha256)
                });
            if !matches {
                return Err(VaultError::Altered { file });
            }
        }
        Ok(manifest)
    }

    fn sha256(sealed: &sealed::SealedFile) -> std::io::Result<sudare_model::Digest> {
        const PIECE: u64 = 1 << 20;
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < sealed.length() {
            let piece = at..sealed.length().min(at + PIECE);
            for bytes in sealed.ranges(std::slice::from_ref(&piece))? {
                hash.update(&bytes);
            }
            at = piece.end;
        }
        Ok(hash.finish())
    }

    /// Erases a dataset: its key first, then its files. Nothing there is no error, so a killed erasure can be done
    /// again.
    ///
    /// # Errors
    /// [`VaultError::Busy`], [`VaultError::Key`], [`VaultError::File`].
    pub fn erase(&self, shelf: Shelf, dataset: &DatasetId) -> Result<(), VaultError> {
        let _lock = Lock::take(&self.lock_file(shelf, dataset))?
            .ok_or_else(|| VaultError::Busy { dataset: dataset.clone() })?;
        self.discard(shelf, dataset)
    }

    /// The vaults as an object store in clear, for an engine to register under `vault://`.
    #[must_use]
    pub fn object_store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store) as Arc<dyn ObjectStore>
    }
}

#[cfg(test)]
mod tests;
