//! A lock that a killed process cannot leave behind: the operating system's own, on a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::files::{self, FileError};

/// Held while it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or `None` if another holds it.
    pub(crate) fn take(path: &Path) -> Result<Option<Self>, FileError> {
        if let Some(folder) = path.parent() {
            files::create_private_dir(folder)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(FileError::at(path, "opened"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => {
                Err(FileError::Io { path: path.to_path_buf(), act: "locked", source })
            }
        }
    }
}
