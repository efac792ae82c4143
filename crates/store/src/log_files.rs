//! The ledger's files on a local disk: what `sudare_ledger::storage` promises, kept with `fsync` and rename.
//!
//! What it is not for: knowing what the files mean.
//! Invariant: a method that ends in `durable` returns after the bytes and the names above them are on disk.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sudare_ledger::storage::{LogLock, LogStorage, ReadLog, StorageError};

use crate::files;
use crate::lock::Lock;

/// Name of the lock file. Auditors are given the folder as it is; it is empty and harmless.
const LOCK: &str = ".lock";

/// A log in a folder.
#[derive(Debug, Clone)]
pub struct LogFiles {
    root: PathBuf,
}

impl LogFiles {
    /// A log to write and read. The folder is made with the first file.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Where a path of the log lies. Nothing but plain names below the folder is a path of the log.
    fn at(&self, path: &str, act: &'static str) -> Result<PathBuf, StorageError> {
        let plain = |name: &str| !name.is_empty() && name != "." && name != ".." && name != LOCK;
        if path.split('/').all(plain) && !path.contains('\0') {
            Ok(self.root.join(path))
        } else {
            let source = io::ErrorKind::InvalidInput.into();
            Err(StorageError::Io { path: path.to_owned(), act, source })
        }
    }

    /// Makes the folders above a file; gives the deepest that was there before.
    fn make_folders(&self, file: &Path) -> io::Result<PathBuf> {
        let above: Vec<&Path> = file.ancestors().skip(1).collect();
        let there = above.iter().find(|folder| folder.is_dir()).copied();
        if let Some(folder) = above.first() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(there.unwrap_or(&self.root).to_path_buf())
    }

    /// Makes the names from a file up to the folder that was there before durable.
    fn sync_folders(file: &Path, there: &Path) -> io::Result<()> {
        for folder in file.ancestors().skip(1) {
            File::open(folder)?.sync_all()?;
            if folder == there {
                break;
            }
        }
        Ok(())
    }
}

fn failed(path: &str, act: &'static str) -> impl FnOnce(io::Error) -> StorageError {
    let path = path.to_owned();
    move |source| StorageError::Io { path, act, source }
}

impl ReadLog for LogFiles {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match std::fs::read(self.at(path, "read")?) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            read => read.map(Some).map_err(failed(path, "read")),
        }
    }
}

impl LogStorage for LogFiles {
    fn lock(&self) -> Result<Box<dyn LogLock>, StorageError> {
        match Lock::take(&self.root.join(LOCK)) {
            Ok(Some(lock)) => Ok(Box::new(Held { _lock: lock })),
            Ok(None) => Err(StorageError::Locked),
            Err(error) => Err(failed(LOCK, "locked")(io::Error::other(error))),
        }
    }

    fn write_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let file = self.at(path, "written")?;
        let written = self.make_folders(&file).and_then(|there| {
            let mut out = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&file)?;
            out.write_all(bytes)?;
            out.sync_all()?;
            Self::sync_folders(&file, &there)
        });
        written.map_err(failed(path, "written"))
    }

    fn replace_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let file = self.at(path, "replaced")?;
        let replaced = self.make_folders(&file).and_then(|there| {
            files::write_atomically(&file, bytes).map_err(io::Error::other)?;
            Self::sync_folders(&file, &there)
        });
        replaced.map_err(failed(path, "replaced"))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        match std::fs::remove_file(self.at(path, "removed")?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(failed(path, "removed")),
        }
    }
}

struct Held {
    _lock: Lock,
}

impl LogLock for Held {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_paths_stay_inside() {
        let home = tempfile::tempdir().unwrap();
        let log = LogFiles::new(&home.path().join("ledger"));
        assert_eq!(log.read("checkpoint").unwrap(), None);
        log.write_durable("tile/0/x001/234", b"one").unwrap();
        log.write_durable("tile/0/x001/234", b"1").unwrap();
        log.replace_durable("checkpoint", b"two").unwrap();
        log.replace_durable("checkpoint", b"three").unwrap();
        assert_eq!(log.read("tile/0/x001/234").unwrap().unwrap(), b"1");
        assert_eq!(log.read("checkpoint").unwrap().unwrap(), b"three");
        assert_eq!(log.read("checkpoint/5").unwrap(), None);
        log.remove("checkpoint").unwrap();
        log.remove("checkpoint").unwrap();
        assert_eq!(log.read("checkpoint").unwrap(), None);
        for path in ["../x", "/x", "a//b", "", "a/./b", ".lock"] {
            assert!(log.write_durable(path, b"").is_err(), "{path}");
        }
    }

    #[test]
    fn one_writer_at_a_time_also_between_two_openings() {
        let home = tempfile::tempdir().unwrap();
        let log = LogFiles::new(home.path());
        let guard = log.lock().unwrap();
        assert!(matches!(LogFiles::new(home.path()).lock(), Err(StorageError::Locked)));
        drop(guard);
        assert!(log.lock().is_ok());
    }
}
