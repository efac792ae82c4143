//! A provider's files as they lie on a disk: found, numbered, opened, and watched while they are read.
//!
//! What it is for: the one way by which bytes of a provider come in. What it is not for: knowing what they mean.
//!
//! Invariants: a symbolic link is never followed; nothing but a regular file is opened; what is read is the file that
//! was numbered, at the length it had then, or an error. A path may hold a patient number, so no `Debug` and no error
//! here shows one; they say the file's number. Start at [`Inbox::walk`].

use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sheets::{Sheet, Sheets, put_name};

mod aside;
mod sheets;

/// What comes from outside is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files in one delivery.
    pub files_max: u32,
    /// Folders below a given path.
    pub depth_max: usize,
    /// Bytes of one file.
    pub file_bytes_max: u64,
}

impl Limits {
    /// 16 million files, 32 folders deep, 1 TiB a file: an SS-MIX2 storage of a large hospital fits.
    pub const DEFAULT: Self =
        Self { files_max: 16_000_000, depth_max: 32, file_bytes_max: 1 << 40 };
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file: may be opened.
    File,
    /// A symbolic link: never followed.
    Link,
    /// A device, socket or pipe: never opened.
    Special,
    /// A file larger than [`Limits::file_bytes_max`].
    TooLarge,
    /// A folder deeper than [`Limits::depth_max`]: not walked.
    TooDeep,
    /// A file or folder that could not be looked at.
    Unreadable,
}

impl EntryKind {
    const ALL: [Self; 6] =
        [Self::File, Self::Link, Self::Special, Self::TooLarge, Self::TooDeep, Self::Unreadable];
}

/// One path of a delivery.
#[derive(Clone)]
pub struct Entry {
    sheet: Arc<Sheet>,
    at: usize,
}

/// What must not change while a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Entry {
    /// What lies there.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        self.sheet.kind(self.at)
    }

    /// Path inside the delivery with `/`, as bytes: file names of old systems are not always UTF-8. Begins with the
    /// last name of the path that was given. May hold a patient number.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.sheet.name(self.at)
    }

    /// Bytes of the file when it was found; 0 for what is not a file.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.sheet.length(self.at)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// A path that was given, and the first entry found at or below it.
#[derive(Clone)]
struct Given {
    path: PathBuf,
    /// Bytes of its last name, with which the names of its entries begin.
    last: usize,
    first: usize,
}

/// Why a delivery cannot be read. Names a path only where the operator typed it.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// A path that was given is not there or cannot be looked at.
    #[error("`{}` cannot be read", path.display())]
    Given {
        /// The path as given.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// More files than one delivery may hold.
    #[error("more than {files_max} files in one delivery")]
    TooMany {
        /// The limit.
        files_max: u32,
    },
    /// There is no file of this number, or it is not a regular file.
    #[error("file {file_no} is not a regular file")]
    NotAFile {
        /// Its number.
        file_no: u32,
    },
    /// The file is not the one that was numbered, or grew, shrank or was written to while it was read.
    #[error("file {file_no} changed while it was read")]
    Changed {
        /// Its number.
        file_no: u32,
    },
    /// The file system failed.
    #[error("file {file_no} cannot be read")]
    Io {
        /// Its number.
        file_no: u32,
        /// The reason.
        source: io::Error,
    },
}

/// The files of one delivery in path order. Memory: some 25 bytes for each of the first half million; the others lie
/// sealed in a file without a name in the system's folder for temporary files.
#[derive(Default)]
pub struct Inbox {
    given: Vec<Given>,
    sheets: Sheets,
    /// Numbers of what is no file, ascending.
    others: Vec<u32>,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("entries", &self.count()).finish_non_exhaustive()
    }
}

impl Inbox {
    /// Finds all that lies at and below the paths given. Order: the paths as given, below each by file name.
    ///
    /// # Errors
    /// [`InboxError::Given`] for a path that is not there, [`InboxError::TooMany`].
    pub fn walk(paths: &[PathBuf], limits: &Limits) -> Result<Self, InboxError> {
        let mut inbox = Self::default();
        for path in paths {
            inbox.walk_one(path, limits, &mut |_, _| ())?;
        }
        Ok(inbox)
    }

    /// Finds all that lies at and below one path, and the folders walked, named as entries are.
    ///
    /// # Errors
    /// As [`Inbox::walk`].
    pub fn with_folders(path: &Path, limits: &Limits) -> Result<(Self, Vec<Vec<u8>>), InboxError> {
        let (mut inbox, mut folders) = (Self::default(), Vec::new());
        inbox.walk_one(path, limits, &mut |last, below| {
            let mut name = Vec::new();
            put_name(last, below, &mut name);
            folders.push(name);
        })?;
        Ok((inbox, folders))
    }

    fn walk_one(
        &mut self,
        given: &Path,
        limits: &Limits,
        folder: &mut dyn FnMut(&[u8], &Path),
    ) -> Result<(), InboxError> {
        let refused = |source| InboxError::Given { path: given.to_path_buf(), source };
        std::fs::symlink_metadata(given).map_err(refused)?;
        // `/data/h1/` and `.` have a last name only once resolved; a link that was given is not resolved.
        let last = match given.file_name() {
            Some(name) => name.to_os_string(),
            None => given
                .canonicalize()
                .map_err(refused)?
                .file_name()
                .unwrap_or_default()
                .to_os_string(),
        };
        let (path, first) = (given.to_path_buf(), self.count());
        self.given.push(Given { path, last: last.len(), first });
        let walk = walkdir::WalkDir::new(given)
            .follow_links(false)
            .follow_root_links(false)
            .sort_by_file_name()
            .max_depth(limits.depth_max.saturating_add(1));
        for found in walk {
            let path = found.as_ref().map_or_else(walkdir::Error::path, |one| Some(one.path()));
            let below = path.unwrap_or(given).strip_prefix(given).unwrap_or(Path::new(""));
            let (kind, stamp) = match &found {
                Ok(one) if one.file_type().is_dir() && one.depth() <= limits.depth_max => {
                    folder(last.as_bytes(), below);
                    continue;
                }
                Ok(one) => kind_of(one, limits),
                Err(_) => (EntryKind::Unreadable, Stamp::default()),
            };
            if self.count() >= limits.files_max as usize {
                return Err(InboxError::TooMany { files_max: limits.files_max });
            }
            if kind != EntryKind::File {
                self.others.push(u32::try_from(self.count()).unwrap_or(u32::MAX));
            }
            self.sheets.push(last.as_bytes(), below, kind, &stamp);
        }
        Ok(())
    }

    /// How many paths were found, folders apart.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sheets.count()
    }

    /// Whether what was asked of the list could be read back so far: what is put aside can be damaged. Where it could
    /// not, an entry was given as none.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.sheets.is_whole()
    }

    /// What was found under a number.
    #[must_use]
    pub fn entry(&self, file_no: u32) -> Option<Entry> {
        let (sheet, at) = self.sheets.find(usize::try_from(file_no).ok()?)?;
        Some(Entry { sheet, at })
    }

    /// All that was found, folders apart, each with its number.
    pub fn entries(&self) -> impl Iterator<Item = (u32, Entry)> {
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        (0..count).filter_map(|file_no| Some((file_no, self.entry(file_no)?)))
    }

    /// What was found and is no file that may be opened, each with its number.
    pub fn others(&self) -> impl Iterator<Item = (u32, Entry)> {
        self.others.iter().filter_map(|file_no| Some((*file_no, self.entry(*file_no)?)))
    }

    /// Where an entry lies: the path it was found by.
    fn path(&self, file_no: u32, name: &[u8]) -> Option<PathBuf> {
        let at = usize::try_from(file_no).ok()?;
        let after = self.given.partition_point(|given| given.first <= at);
        let given = self.given.get(after.checked_sub(1)?)?;
        let below = name.get(given.last..)?;
        Some(match below.strip_prefix(b"/") {
            Some(below) => given.path.join(OsStr::from_bytes(below)),
            None => given.path.clone(),
        })
    }

    /// Opens a file. Reading it to its end and no error means: exactly the bytes that lay there when it was found.
    ///
    /// # Errors
    /// [`InboxError::NotAFile`], [`InboxError::Changed`], [`InboxError::Io`].
    pub fn open(&self, file_no: u32) -> Result<Steady, InboxError> {
        let entry = self.entry(file_no).filter(|entry| entry.kind() == EntryKind::File);
        let (path, stamp) = entry
            .and_then(|entry| {
                Some((self.path(file_no, entry.name())?, entry.sheet.stamp(entry.at)?))
            })
            .ok_or(InboxError::NotAFile { file_no })?;
        let failed = |source| InboxError::Io { file_no, source };
        // Between here and `open` the path could become something else; the stamp of what was opened tells.
        let lies = std::fs::symlink_metadata(&path).map_err(failed)?;
        if Stamp::of(&lies) != stamp {
            return Err(InboxError::Changed { file_no });
        }
        let file = File::open(&path).map_err(failed)?;
        let steady = Steady { file, stamp, file_no, read: 0 };
        steady.check()?;
        Ok(steady)
    }
}

fn kind_of(found: &walkdir::DirEntry, limits: &Limits) -> (EntryKind, Stamp) {
    let kind = found.file_type();
    if kind.is_dir() {
        return (EntryKind::TooDeep, Stamp::default());
    }
    if kind.is_symlink() {
        return (EntryKind::Link, Stamp::default());
    }
    if !kind.is_file() {
        return (EntryKind::Special, Stamp::default());
    }
    match found.metadata() {
        Err(_) => (EntryKind::Unreadable, Stamp::default()),
        Ok(metadata) if metadata.len() > limits.file_bytes_max => {
            (EntryKind::TooLarge, Stamp::of(&metadata))
        }
        Ok(metadata) => (EntryKind::File, Stamp::of(&metadata)),
    }
}

/// An open file that must stay as it was found. As a [`Read`] it fails at its end if it did not.
#[derive(Debug)]
pub struct Steady {
    file: File,
    stamp: Stamp,
    file_no: u32,
    read: u64,
}

impl Steady {
    /// Bytes of the file.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.stamp.length
    }

    /// Whether the file is still as it was found.
    ///
    /// # Errors
    /// [`InboxError::Changed`], [`InboxError::Io`].
    pub fn check(&self) -> Result<(), InboxError> {
        let file_no = self.file_no;
        let metadata = self.file.metadata().map_err(|source| InboxError::Io { file_no, source })?;
        if Stamp::of(&metadata) == self.stamp {
            Ok(())
        } else {
            Err(InboxError::Changed { file_no })
        }
    }

    /// Bytes `start..start + length`, without moving the reader.
    ///
    /// # Errors
    /// [`InboxError::Changed`] if the file is shorter than that or changed, [`InboxError::Io`].
    pub fn range(&self, start: u64, length: usize) -> Result<Vec<u8>, InboxError> {
        let file_no = self.file_no;
        if start.checked_add(length as u64).is_none_or(|end| end > self.stamp.length) {
            return Err(InboxError::Changed { file_no });
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => InboxError::Changed { file_no },
            _ => InboxError::Io { file_no, source },
        })?;
        self.check()?;
        Ok(bytes)
    }

    /// The whole file at once.
    ///
    /// # Errors
    /// [`InboxError::Changed`], [`InboxError::Io`].
    pub fn all(&self) -> Result<Vec<u8>, InboxError> {
        let length = usize::try_from(self.stamp.length)
            .map_err(|_| InboxError::Changed { file_no: self.file_no })?;
        self.range(0, length)
    }
}

impl Read for Steady {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.stamp.length.saturating_sub(self.read);
        let wanted = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.file.read(into.get_mut(..wanted).unwrap_or_default())?;
        self.read += read as u64;
        // The end, the promised one or an early one, is where the promise is checked.
        if read == 0 && !into.is_empty() && (left > 0 || self.check().is_err()) {
            let changed = InboxError::Changed { file_no: self.file_no };
            return Err(io::Error::new(io::ErrorKind::InvalidData, changed));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn region() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("in/b")).unwrap();
        std::fs::write(home.path().join("in/b/2"), b"two").unwrap();
        std::fs::write(home.path().join("in/a"), b"one").unwrap();
        std::fs::write(home.path().join("out"), b"secret").unwrap();
        std::os::unix::fs::symlink("../out", home.path().join("in/c")).unwrap();
        home
    }

    fn walk(home: &tempfile::TempDir) -> Inbox {
        Inbox::walk(&[home.path().join("in")], &Limits::DEFAULT).unwrap()
    }

    #[test]
    fn files_come_in_path_order_and_links_are_not_followed() {
        let inbox = walk(&region());
        let seen = inbox.entries().map(|(file_no, one)| (file_no, one.name().to_vec(), one.kind()));
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [
                (0, b"in/a".to_vec(), EntryKind::File),
                (1, b"in/b/2".to_vec(), EntryKind::File),
                (2, b"in/c".to_vec(), EntryKind::Link)
            ]
        );
        assert!(matches!(inbox.open(2), Err(InboxError::NotAFile { file_no: 2 })));
        assert!(matches!(inbox.open(9), Err(InboxError::NotAFile { file_no: 9 })));
    }

    #[test]
    fn a_given_link_is_not_followed_and_a_given_nothing_is_named() {
        let home = region();
        let inbox = Inbox::walk(&[home.path().join("in/c")], &Limits::DEFAULT).unwrap();
        assert_eq!(inbox.entry(0).unwrap().kind(), EntryKind::Link);
        let absent = Inbox::walk(&[home.path().join("nothing")], &Limits::DEFAULT).unwrap_err();
        assert!(matches!(absent, InboxError::Given { .. }));
    }

    #[test]
    fn folders_are_listed_where_they_are_asked_for() {
        let home = region();
        let (inbox, folders) =
            Inbox::with_folders(&home.path().join("in"), &Limits::DEFAULT).unwrap();
        assert_eq!(folders, [b"in".to_vec(), b"in/b".to_vec()]);
        assert_eq!(inbox.count(), 3);
    }

    #[test]
    fn each_file_is_opened_under_the_path_that_was_given_for_it() {
        let home = region();
        let given = ["in/b", "out", "in"].map(|path| home.path().join(path));
        let inbox = Inbox::walk(&given, &Limits::DEFAULT).unwrap();
        let names: Vec<_> = inbox.entries().map(|(_, one)| one.name().to_vec()).collect();
        assert_eq!(names.concat(), b"b/2outin/ain/b/2in/c");
        let texts = [0, 1, 2, 3].map(|file_no| inbox.open(file_no).unwrap().all().unwrap());
        assert_eq!(texts, [b"two".to_vec(), b"secret".to_vec(), b"one".to_vec(), b"two".to_vec()]);
    }

    #[test]
    fn a_file_swapped_for_a_link_is_not_opened() {
        let home = region();
        let inbox = walk(&home);
        std::fs::remove_file(home.path().join("in/a")).unwrap();
        std::os::unix::fs::symlink("../out", home.path().join("in/a")).unwrap();
        assert!(matches!(inbox.open(0), Err(InboxError::Changed { file_no: 0 })));
    }

    #[test]
    fn a_file_that_grows_or_shrinks_while_read_is_told() {
        let home = region();
        let path = home.path().join("in/a");
        for bytes in [b"one and more".as_slice(), b"o"] {
            std::fs::write(&path, b"one").unwrap();
            let inbox = walk(&home);
            let mut steady = inbox.open(0).unwrap();
            let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all(bytes).unwrap();
            file.set_len(bytes.len() as u64).unwrap();
            let error = steady.read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), "file 0 changed while it was read");
            assert!(matches!(steady.all(), Err(InboxError::Changed { .. })));
        }
    }

    #[test]
    fn a_steady_file_reads_whole_and_in_part() {
        let home = region();
        let inbox = walk(&home);
        let mut steady = inbox.open(1).unwrap();
        let mut text = String::new();
        steady.read_to_string(&mut text).unwrap();
        assert_eq!(text, "two");
        assert_eq!(steady.range(1, 2).unwrap(), b"wo");
        assert!(matches!(steady.range(2, 2), Err(InboxError::Changed { .. })));
    }

    #[test]
    fn no_path_is_printed() {
        let inbox = walk(&region());
        let printed = format!("{inbox:?} {:?} {:?}", inbox.entry(0), inbox.open(0));
        assert!(!printed.contains("in/"), "{printed}");
    }

    #[test]
    fn limits_hold() {
        let home = region();
        let limits = Limits { files_max: 2, ..Limits::DEFAULT };
        let walked = Inbox::walk(&[home.path().join("in")], &limits);
        assert!(matches!(walked, Err(InboxError::TooMany { files_max: 2 })));
        let limits = Limits { depth_max: 0, file_bytes_max: 2, ..Limits::DEFAULT };
        let inbox = Inbox::walk(&[home.path().join("in")], &limits).unwrap();
        let kinds: Vec<_> = inbox.entries().map(|(_, one)| one.kind()).collect();
        assert_eq!(kinds, [EntryKind::TooLarge, EntryKind::TooDeep, EntryKind::Link]);
    }
}
