//! Where the bytes of the log lie: what a storage must promise, and one in memory for tests.
//!
//! What it is for: the log is a handful of static files (C2SP `tlog-tiles`) named by relative paths
//! with `/`, such as
//! `checkpoint`, `tile/0/x001/234`, `tile/entries/000.p/5`. Whoever reads needs [`ReadLog`] alone;
//! whoever writes needs [`LogStorage`]. What it is not for: knowing what the files mean, and
//! touching a file system (`sudare-store` does).
//!
//! Invariant: when a method that ends in `durable` returns, its bytes survive a loss of power.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why a storage could not do its work. Paths are those of the log; they hold nothing personal.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The medium failed.
    #[error("`{path}` of the ledger could not be {act}")]
    Io {
        /// The path inside the log.
        path: String,
        /// What was tried: `read`, `written`, `replaced`, `removed`.
        act: &'static str,
        /// The reason.
        source: std::io::Error,
    },
    /// Another writer holds the log.
    #[error("another process is writing this ledger")]
    Locked,
}

/// The reading side: all that an auditor needs.
pub trait ReadLog: Send + Sync {
    /// The bytes at a path, or `None` where there is no such file.
    ///
    /// # Errors
    /// [`StorageError::Io`] if the file is there and cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError>;
}

/// The writing side. One writer at a time, which [`LogStorage::lock`] must hold against other
/// processes too.
pub trait LogStorage: ReadLog {
    /// Takes the log for writing until the guard is dropped. A guard left by a killed process must
    /// not hold.
    ///
    /// # Errors
    /// [`StorageError::Locked`] if another writer has it, [`StorageError::Io`] if that cannot be
    /// told.
    fn lock(&self) -> Result<Box<dyn LogLock>, StorageError>;

    /// Writes a whole file, over an older one if there is one, and makes it and the folders above
    /// it durable (`fsync` of the file and of each folder that gained a name). Need not be atomic:
    /// the log never writes over a file that its checkpoint covers.
    ///
    /// # Errors
    /// [`StorageError::Io`] if the bytes are not known to be durable.
    fn write_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError>;

    /// Replaces a whole file atomically: at any moment a reader sees the old bytes or the new ones
    /// (a temporary file,
    /// `fsync`, rename, `fsync` of the folder).
    ///
    /// # Errors
    /// [`StorageError::Io`] if the bytes are not known to be durable. Either version may then be
    /// there.
    fn replace_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError>;

    /// Removes a file; one that is not there is no error. Used for partial tiles once the full tile
    /// is durable, so the removal itself need not be.
    ///
    /// # Errors
    /// [`StorageError::Io`] if the file is there and cannot be removed.
    fn remove(&self, path: &str) -> Result<(), StorageError>;
}

/// What [`LogStorage::lock`] gives: dropping it lets the next writer in.
pub trait LogLock: Send + Sync {}

/// A log in memory, for tests and dry runs. Clones share their files, as two processes share a
/// disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    held: Arc<Mutex<bool>>,
}

impl MemoryStorage {
    /// An empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All files by path: what an auditor would be given.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A storage with these files.
    #[must_use]
    pub fn with_files(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files: Arc::new(Mutex::new(files)), held: Arc::default() }
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), bytes.to_owned());
    }
}

impl ReadLog for MemoryStorage {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.files.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned())
    }
}

impl LogStorage for MemoryStorage {
    fn lock(&self) -> Result<Box<dyn LogLock>, StorageError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if *held {
            return Err(StorageError::Locked);
        }
        *held = true;
        Ok(Box::new(MemoryLock(Arc::clone(&self.held))))
    }

    fn write_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.put(path, bytes);
        Ok(())
    }

    fn replace_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.put(path, bytes);
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        Ok(())
    }
}

struct MemoryLock(Arc<Mutex<bool>>);

impl LogLock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_at_a_time() {
        let storage = MemoryStorage::new();
        let guard = storage.lock().unwrap();
        assert!(matches!(storage.clone().lock(), Err(StorageError::Locked)));
        drop(guard);
        assert!(storage.lock().is_ok());
    }
}
