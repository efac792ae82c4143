//! The file system for the site's own files: private folders, atomic writes, bounded reads, digests.
//!
//! What it is for: releases, registers, specifications, keys, the ledger. What it is not for: providers' files, whose
//! paths may hold patient numbers (that is [`crate::inbox`]).
//!
//! Invariant: a file written here is wholly there or not at all, also after a loss of power, and nobody but its owner
//! may read it. Start at [`write_atomically`].

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use sudare_model::Digest;

/// Why a file of the site could not be used. Shows the path: the site's own paths hold ids and nothing personal.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system refused.
    #[error("`{}` could not be {act}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `opened`, `read`, `written`, …
        act: &'static str,
        /// The reason.
        source: std::io::Error,
    },
    /// A pipe, a device or a folder stands where a file should.
    #[error("`{}` could not be opened, because it is no plain file", path.display())]
    NotPlain {
        /// What stands there.
        path: PathBuf,
    },
    /// The file is larger than its reader takes.
    #[error("`{}` is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// The file should be UTF-8 text.
    #[error("`{}` is not UTF-8 text; the first byte that does not fit is {byte}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first byte that does not fit.
        byte: usize,
    },
}

impl FileError {
    /// For `map_err`: an I/O error at a path.
    pub(crate) fn at(path: &Path, act: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, act, source }
    }

    /// Whether the file simply is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }
}

/// Makes a folder and those above it, each for its owner alone (0700). One that is there stays as it is.
///
/// # Errors
/// [`FileError::Io`].
pub fn create_private_dir(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(FileError::at(path, "created"))
}

/// Writes a whole file atomically and durably: a new file beside it (0600), `fsync`, rename, `fsync` of the folder.
///
/// # Errors
/// [`FileError::Io`]; the old file, if any, is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let fresh = fresh_beside(path);
    let written = (|| {
        let mut file = create_private(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    })();
    if written.is_err() {
        // The error to report is the first one; a file left behind has a name of its own.
        let _ = std::fs::remove_file(&fresh);
    }
    written.map_err(FileError::at(path, "written"))?;
    sync_dir(folder)
}

/// Opens a new file for writing by its owner alone (0600); one that is there is an error.
///
/// # Errors
/// The file system's.
pub fn create_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a file that another program will fill, empty if it is new, and its owner's alone (0600) in any case.
///
/// # Errors
/// The file system's.
pub fn keep_private(path: &Path) -> std::io::Result<()> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Opens a new file (0600) beside a path, under a name that no user's file has; rename it to the path when it is whole.
///
/// # Errors
/// [`FileError::Io`].
pub fn create_beside(path: &Path) -> Result<(PathBuf, File), FileError> {
    loop {
        let fresh = fresh_beside(path);
        match create_private(&fresh) {
            // An earlier process of this number was killed; its file is not written over.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                return made
                    .map(|file| (fresh.clone(), file))
                    .map_err(FileError::at(&fresh, "created"));
            }
        }
    }
}

/// What [`create_beside`] made for a path and a killed process left there.
///
/// # Errors
/// [`FileError::Io`].
pub fn left_beside(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Ok(Vec::new());
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let left = |other: &String| unfinished(other) == Some(name);
    Ok(names_in(folder)?.into_iter().filter(left).map(|other| path.with_file_name(other)).collect())
}

/// Makes the names in a folder durable.
///
/// # Errors
/// [`FileError::Io`].
pub fn sync_dir(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(FileError::at(path, "synced"))
}

/// Makes a folder, all in it and its own name durable.
///
/// # Errors
/// [`FileError::Io`].
pub fn sync_tree(path: &Path) -> Result<(), FileError> {
    for entry in walkdir::WalkDir::new(path).contents_first(true) {
        let entry = entry.map_err(std::io::Error::from).map_err(FileError::at(path, "walked"))?;
        if !entry.file_type().is_symlink() {
            sync_dir(entry.path())?;
        }
    }
    path.parent().map_or(Ok(()), sync_dir)
}

/// Reads a whole file of at most `bytes_max` bytes.
///
/// # Errors
/// [`FileError::NotPlain`], [`FileError::TooLarge`], [`FileError::Io`].
pub fn read_bytes(path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    plain(path)?;
    read_stream(path, bytes_max)
}

/// Reads a file or a pipe to its end, at most `bytes_max` bytes. Whoever names a pipe waits for whoever fills it: for
/// what a person gives on purpose, and never for what came from elsewhere.
///
/// # Errors
/// [`FileError::TooLarge`], [`FileError::Io`].
pub fn read_stream(path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(FileError::at(path, "read"))?;
    if bytes.len() as u64 > bytes_max {
        return Err(FileError::TooLarge { path: path.to_path_buf(), bytes_max });
    }
    Ok(bytes)
}

/// Reads the beginning of a file, at most `bytes_max` bytes.
///
/// # Errors
/// [`FileError::Io`].
pub fn read_head(path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(bytes_max).read_to_end(&mut bytes))
        .map_err(FileError::at(path, "read"))?;
    Ok(bytes)
}

/// A pipe or a device may never end, and to open a pipe may wait for ever.
fn plain(path: &Path) -> Result<(), FileError> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => Err(FileError::NotPlain { path: path.to_path_buf() }),
        _ => Ok(()),
    }
}

/// Reads a whole UTF-8 file of at most `bytes_max` bytes.
///
/// # Errors
/// [`FileError::NotText`], [`FileError::NotPlain`], [`FileError::TooLarge`], [`FileError::Io`].
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, FileError> {
    text_of(path, read_bytes(path, bytes_max)?)
}

/// Bytes read from a path as UTF-8 text.
///
/// # Errors
/// [`FileError::NotText`].
pub fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| FileError::NotText {
        path: path.to_path_buf(),
        byte: error.utf8_error().valid_up_to(),
    })
}

/// SHA-256 and length of a file, read in pieces.
///
/// # Errors
/// [`FileError::Io`].
pub fn sha256_file(path: &Path) -> Result<(Digest, u64), FileError> {
    let mut hash = Sha256::new();
    let mut length = 0u64;
    let mut piece = vec![0u8; 1 << 16];
    let mut file = File::open(path).map_err(FileError::at(path, "opened"))?;
    loop {
        let read = file.read(&mut piece).map_err(FileError::at(path, "read"))?;
        if read == 0 {
            return Ok((hash.finish(), length));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        length += read as u64;
    }
}

/// Writes a file that is there as [`write_atomically`] does, where a link leads if it is one, then overwrites with
/// zeros what was there before, unless it has another name still. What [`wipe`] says of disks holds here too.
///
/// # Errors
/// [`FileError::Io`]; the file is then whole, as it was or as it is to be.
pub fn replace_wiping(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let path = std::fs::canonicalize(path).map_err(FileError::at(path, "found"))?;
    let opened = OpenOptions::new().write(true).open(&path);
    let mut old = opened.map_err(FileError::at(&path, "opened"))?;
    write_atomically(&path, bytes)?;
    let nameless = old.metadata().map(|about| about.nlink() == 0);
    let wiped = nameless.and_then(|yes| if yes { wipe_open(&mut old) } else { Ok(()) });
    wiped.map_err(FileError::at(&path, "wiped"))
}

fn wipe_open(file: &mut File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    std::io::copy(&mut std::io::repeat(0).take(length), file)?;
    file.sync_all()
}

/// Overwrites a file with zeros, makes that durable, then removes it. On a file system that copies on write or a disk
/// that remaps blocks the old bytes may survive: what is wiped this way is always itself encrypted.
///
/// # Errors
/// [`FileError::Io`]; a file that is not there is no error.
pub fn wipe(path: &Path) -> Result<(), FileError> {
    let wiped = (|| {
        let mut file = OpenOptions::new().write(true).open(path)?;
        wipe_open(&mut file)?;
        std::fs::remove_file(path)
    })();
    match wiped {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        wiped => {
            wiped.map_err(FileError::at(path, "wiped"))?;
            path.parent().map_or(Ok(()), sync_dir)
        }
    }
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// [`FileError::Io`].
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(FileError::at(path, "removed")),
    }
}

/// Renames a file or folder inside one folder and makes the new name durable: the atomic moment of a commit.
///
/// # Errors
/// [`FileError::Io`].
pub fn rename_durably(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::rename(from, to).map_err(FileError::at(to, "renamed"))?;
    // A bare file name lies in the folder one stands in.
    to.parent().map_or(Ok(()), |above| {
        sync_dir(if above.as_os_str().is_empty() { Path::new(".") } else { above })
    })
}

/// Removes a folder and all in it; one that is not there is no error.
///
/// # Errors
/// [`FileError::Io`].
pub fn remove_tree(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => {
            removed.map_err(FileError::at(path, "removed"))?;
            path.parent().map_or(Ok(()), sync_dir)
        }
    }
}

/// Removes what [`write_atomically`] of a process that was killed left beside its files, so many folders deep. Only
/// for whoever alone may write there: a file of a living process would go too.
///
/// # Errors
/// [`FileError::Io`].
pub fn sweep_unfinished(path: &Path, depth: usize) -> Result<(), FileError> {
    for entry in walkdir::WalkDir::new(path).max_depth(depth).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() && unfinished(&entry.file_name().to_string_lossy()).is_some()
        {
            remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Names in a folder, sorted; none where there is no folder. Names that are not UTF-8 are left out.
///
/// # Errors
/// [`FileError::Io`].
pub fn names_in(path: &Path) -> Result<Vec<String>, FileError> {
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(FileError::at(path, "listed"))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(FileError::at(path, "listed"))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// SHA-256 as bytes come.
pub struct Sha256(Context);

impl Sha256 {
    /// Nothing hashed yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a hash has no default value")]
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> Digest {
        let mut bytes = [0u8; 32];
        // SHA-256 gives 32 bytes; zip keeps that free of indexing.
        for (slot, byte) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *slot = *byte;
        }
        Digest::from_bytes(bytes)
    }

    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.finish()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256(..)")
    }
}

/// A name beside `path` that no other call gives.
fn fresh_beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{count}.new", std::process::id()));
    path.with_file_name(name)
}

/// The name of the file that a name of [`fresh_beside`] is for: `NAME` of `.NAME.PROCESS-COUNT.new`.
fn unfinished(name: &str) -> Option<&str> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (of, numbers) = name.strip_prefix('.')?.strip_suffix(".new")?.rsplit_once('.')?;
    let (process, count) = numbers.split_once('-')?;
    (number(process) && number(count)).then_some(of)
}

#[cfg(test)]
mod tests;
