//! What a committed dataset holds: tables, files, rows, digests. Sealed like all else in the vault.

use serde::{Deserialize, Serialize};
use sudare_model::Digest;

use crate::files::Sha256;

/// First field of the stored form.
const FORMAT: &str = "sudare-vault-1";

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileFacts {
    /// Table.
    pub table: String,
    /// File in the table's folder.
    pub file: String,
    /// SHA-256 of the Parquet file in clear.
    pub sha256: Digest,
    /// Rows.
    pub rows: u64,
    /// Bytes in clear.
    pub bytes: u64,
}

/// What a committed dataset holds, in order of table and file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    files: Vec<FileFacts>,
}

impl Manifest {
    pub(super) fn new(mut files: Vec<FileFacts>) -> Self {
        files.sort_unstable();
        Self { files }
    }

    /// The files, sorted by table and name.
    #[must_use]
    pub fn files(&self) -> &[FileFacts] {
        &self.files
    }

    /// The tables, sorted, each with its rows.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, u64)> {
        let mut tables: Vec<(String, u64)> = Vec::new();
        for one in &self.files {
            match tables.last_mut() {
                Some((table, rows)) if *table == one.table => *rows += one.rows,
                _ => tables.push((one.table.clone(), one.rows)),
            }
        }
        tables
    }

    /// SHA-256 over one line `table \t file \t sha256 \t rows \n` for each file, sorted: what the ledger records.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        for one in &self.files {
            let line = format!("{}\t{}\t{}\t{}\n", one.table, one.file, one.sha256, one.rows);
            hash.update(line.as_bytes());
        }
        hash.finish()
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        let files = self.files.iter().map(StoredFile::from).collect();
        serde_json::to_vec(&Stored { format: FORMAT.to_owned(), files }).unwrap_or_default()
    }

    pub(super) fn from_json(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        if stored.format != FORMAT {
            return None;
        }
        let files = stored.files.into_iter().map(StoredFile::facts).collect::<Option<_>>()?;
        Some(Self::new(files))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    files: Vec<StoredFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFile {
    table: String,
    file: String,
    sha256: String,
    rows: u64,
    bytes: u64,
}

impl From<&FileFacts> for StoredFile {
    fn from(one: &FileFacts) -> Self {
        Self {
            table: one.table.clone(),
            file: one.file.clone(),
            sha256: one.sha256.to_string(),
            rows: one.rows,
            bytes: one.bytes,
        }
    }
}

impl StoredFile {
    fn facts(self) -> Option<FileFacts> {
        let sha256 = Digest::parse(&self.sha256)?;
        Some(FileFacts {
            table: self.table,
            file: self.file,
            sha256,
            rows: self.rows,
            bytes: self.bytes,
        })
    }
}
