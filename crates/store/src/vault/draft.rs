//! A dataset in the making. Nobody sees it before [`Draft::commit`]; a killed one is swept at the next opening.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamWriter;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sudare_model::DatasetId;

use super::manifest::{FileFacts, Manifest};
use super::{MANIFEST, Shelf, Vault, VaultError, delta};
use crate::files::{self, FileError, Sha256};
use crate::lock::Lock;

/// Rows of a row group: what a writer holds in memory, and the unit of reading.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Bytes of ciphertext handed to the file system at once.
const WRITE_BYTES: usize = 1 << 20;

/// A dataset in the making. Dropped without a commit it is gone, key and all.
#[derive(Debug)]
pub struct Draft {
    vault: Vault,
    shelf: Shelf,
    dataset: DatasetId,
    parts: AtomicU32,
    written: Arc<Mutex<Written>>,
    committed: bool,
    lock: Option<Lock>,
}

#[derive(Debug, Default)]
struct Written {
    schemas: BTreeMap<String, SchemaRef>,
    files: Vec<FileFacts>,
    unfinished: u32,
}

impl Draft {
    pub(super) fn new(vault: Vault, shelf: Shelf, dataset: DatasetId, lock: Lock) -> Self {
        let (parts, written) = (AtomicU32::new(0), Arc::default());
        Self { vault, shelf, dataset, parts, written, committed: false, lock: Some(lock) }
    }

    /// A writer of one more Parquet file of a table. Several may write at once, each on its own thread.
    ///
    /// # Errors
    /// [`VaultError::Name`], [`VaultError::SchemaDiffers`] if the table has files of another schema,
    /// [`VaultError::File`], [`VaultError::Parquet`].
    pub fn writer(&self, table: &str, schema: &SchemaRef) -> Result<TableWriter, VaultError> {
        // A table name becomes a folder and a URL segment: the alphabet of ids fits both.
        DatasetId::parse(table).map_err(|_| VaultError::Name { table: table.to_owned() })?;
        {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            let known = written.schemas.entry(table.to_owned()).or_insert_with(|| schema.clone());
            if known != schema {
                return Err(VaultError::SchemaDiffers { table: table.to_owned() });
            }
            written.unfinished += 1;
        }
        let name = format!("part-{:05}.parquet", self.parts.fetch_add(1, Ordering::Relaxed));
        let location = format!("{}/{table}/{name}", owner(self.shelf, &self.dataset));
        let path = self.vault.root.join(&location);
        if let Some(folder) = path.parent() {
            files::create_private_dir(folder)?;
        }
        let file = files::create_private(&path).map_err(FileError::at(&path, "created"))?;
        let key = self.vault.keys.data_key(&owner(self.shelf, &self.dataset))?;
        let sealed = key
            .seal(&location, BufWriter::with_capacity(WRITE_BYTES, file))
            .map_err(FileError::at(&path, "sealed"))?;
        let tee = Tee { out: sealed, hash: Sha256::new(), bytes: 0 };
        let writer = ArrowWriter::try_new(tee, Arc::clone(schema), Some(properties()))?;
        let (table, written) = (table.to_owned(), Arc::clone(&self.written));
        Ok(TableWriter { writer, table, name, rows: 0, path, written })
    }

    /// Writes all batches as one more file of a table, one batch in memory at a time beside the row group.
    ///
    /// # Errors
    /// As [`Draft::writer`] and [`TableWriter::write`]; those of `batches` come through.
    pub fn append<E: From<VaultError>>(
        &self,
        table: &str,
        schema: &SchemaRef,
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    ) -> Result<(), E> {
        let mut writer = self.writer(table, schema)?;
        for batch in batches {
            writer.write(&batch?)?;
        }
        Ok(writer.finish()?)
    }

    /// Makes all durable, then visible: Delta commits, `fsync` of every file and folder, and last the manifest, whose
    /// rename is the moment of commit.
    ///
    /// # Errors
    /// [`VaultError::Unfinished`] if a writer was not finished, [`VaultError::Delta`], [`VaultError::File`]. The
    /// draft is then gone.
    pub async fn commit(mut self) -> Result<Manifest, VaultError> {
        let written =
            std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        if written.unfinished != 0 {
            return Err(VaultError::Unfinished { writers: written.unfinished });
        }
        let owner = owner(self.shelf, &self.dataset);
        let manifest = Manifest::new(written.files);
        for (table, schema) in &written.schemas {
            let files: Vec<FileFacts> =
                manifest.files().iter().filter(|one| one.table == *table).cloned().collect();
            let location = format!("{owner}/{table}");
            delta::create(self.vault.object_store(), &location, schema, &files)
                .await
                .map_err(|_| VaultError::Delta { table: table.clone(), act: "committed" })?;
        }
        let folder = self.vault.root.join(&owner);
        files::sync_tree(&folder)?;
        let place = format!("{owner}/{MANIFEST}");
        let json = manifest.to_json();
        let sealed = self
            .vault
            .keys
            .data_key(&owner)?
            .seal_bytes(&place, std::iter::once(json.as_slice()))
            .map_err(FileError::at(&folder, "sealed"))?;
        files::write_atomically(&folder.join(MANIFEST), &sealed)?;
        self.committed = true;
        Ok(manifest)
    }
}

#[cfg(test)]
impl Draft {
    /// Leaves everything as a killed process does.
    pub(super) fn into_lock_as_if_killed(mut self) -> Option<Lock> {
        self.committed = true;
        self.lock.take()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.committed {
            // What cannot be removed now is swept at the next opening.
            let _ = self.vault.discard(self.shelf, &self.dataset);
        }
        // Only now may another process begin a draft of this name.
        drop(self.lock.take());
    }
}

pub(super) fn owner(shelf: Shelf, dataset: &DatasetId) -> String {
    format!("{}/{dataset}", shelf.word())
}

/// Zstandard at its fastest, dictionaries on, statistics by row group: read back by our own engines alone.
fn properties() -> WriterProperties {
    let zstd = ZstdLevel::try_new(1).map_or(Compression::UNCOMPRESSED, Compression::ZSTD);
    WriterProperties::builder()
        .set_compression(zstd)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build()
}

/// Writes one Parquet file of a draft. Must be finished; the draft does not commit otherwise.
pub struct TableWriter {
    writer: ArrowWriter<Tee>,
    table: String,
    name: String,
    rows: u64,
    path: std::path::PathBuf,
    written: Arc<Mutex<Written>>,
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter").field("table", &self.table).finish_non_exhaustive()
    }
}

impl TableWriter {
    /// Takes a batch of the table's schema.
    ///
    /// # Errors
    /// [`VaultError::Parquet`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), VaultError> {
        self.writer.write(batch)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows taken so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`VaultError::Parquet`], [`VaultError::File`].
    pub fn finish(self) -> Result<(), VaultError> {
        let tee = self.writer.into_inner()?;
        let (sha256, bytes) = (tee.hash.finish(), tee.bytes);
        tee.out
            .finish()
            .and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file: File| file.sync_data())
            .map_err(FileError::at(&self.path, "written"))?;
        let facts =
            FileFacts { table: self.table, file: self.name, sha256, rows: self.rows, bytes };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.files.push(facts);
        written.unfinished = written.unfinished.saturating_sub(1);
        Ok(())
    }
}

impl From<ParquetError> for VaultError {
    /// The library's text may quote a value, so it is not kept.
    fn from(_: ParquetError) -> Self {
        Self::Parquet
    }
}

/// Counts and hashes what is in clear on its way to the cipher.
struct Tee {
    out: StreamWriter<BufWriter<File>>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or_default());
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
