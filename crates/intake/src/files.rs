//! The files of a delivery as intake sees them: numbered, named, measured, and opened by someone else.
//!
//! Intake never touches the file system. Whoever implements [`Files`] walks the tree, refuses links that lead out of
//! it, and fixes the order of files, which numbers them.

use std::borrow::Cow;
use std::io::{self, Read};

/// The files of one delivery, numbered from 0 in path order.
pub trait Files: Sync {
    /// How many there are.
    fn count(&self) -> u32;

    /// The path of a file inside the delivery, with `/` between parts. Empty for a number out of range.
    fn path(&self, file_no: u32) -> Cow<'_, str>;

    /// The size of a file in bytes when the delivery was listed.
    fn len(&self, file_no: u32) -> u64;

    /// Whether the list itself could be read back wherever it was asked so far. Where it could not, a path was given
    /// empty and a length as 0, so nothing that was made of them may be kept.
    fn is_whole(&self) -> bool;

    /// Opens a file for reading from its first byte. A reader that meets another file than was listed fails with
    /// [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::UnexpectedEof`].
    ///
    /// # Errors
    /// [`OpenError`] says why it cannot be read; it holds no path.
    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError>;

    /// Opens a file for reading from a byte. An implementation that can seek should do so.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Files::open`], also where the file is shorter.
    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        let mut file = self.open(file_no)?;
        let skipped = io::copy(&mut (&mut file).take(byte), &mut io::sink())
            .map_err(|error| OpenError::Io(error.kind()))?;
        if skipped == byte { Ok(file) } else { Err(OpenError::Changed) }
    }

    /// Reads at most so many bytes from a byte on, behind what a buffer holds; gives how many they are. What holds its
    /// files in memory should copy them from there.
    ///
    /// # Errors
    /// [`ReadError`] as for [`Files::open_at`] and its reader.
    fn read_at(
        &self,
        file_no: u32,
        byte: u64,
        most: u64,
        into: &mut Vec<u8>,
    ) -> Result<usize, ReadError> {
        let file = self.open_at(file_no, byte)?;
        Ok(file.take(most).read_to_end(into)?)
    }

    /// Whether there is no file at all.
    fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// Why a file of a delivery cannot be opened. Names no file: the place of the finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A folder, a device or another thing that is not a file stands at the path.
    #[error("it is not a plain file")]
    NotAFile,
    /// A link leads out of the delivery.
    #[error("it is a link that leads out of the delivery")]
    Outside,
    /// The file is not what it was when the delivery was listed.
    #[error("it changed since the delivery was listed")]
    Changed,
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// The system refused.
    #[error("the system refused: {0}")]
    Io(io::ErrorKind),
}

/// Why bytes of a file of a delivery cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be read to its end.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
}

/// Files held in memory: for tests, for fuzzing and for measuring.
#[derive(Clone, Default)]
pub struct MemoryFiles {
    files: Vec<(String, std::sync::Arc<[u8]>)>,
}

impl std::fmt::Debug for MemoryFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryFiles({})", self.files.len())
    }
}

impl MemoryFiles {
    /// Files by path; they are numbered in path order.
    #[must_use]
    pub fn new(files: Vec<(String, Vec<u8>)>) -> Self {
        let mut files: Vec<_> =
            files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
        files.sort_by(|left: &(String, std::sync::Arc<[u8]>), right| left.0.cmp(&right.0));
        Self { files }
    }

    fn at(&self, file_no: u32) -> Option<&(String, std::sync::Arc<[u8]>)> {
        self.files.get(usize::try_from(file_no).ok()?)
    }
}

/// A reader over shared bytes.
struct Shared(std::sync::Arc<[u8]>, usize);

impl Read for Shared {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.0.get(self.1..).unwrap_or_default();
        let taken = rest.len().min(into.len());
        if let (Some(target), Some(source)) = (into.get_mut(..taken), rest.get(..taken)) {
            target.copy_from_slice(source);
        }
        self.1 += taken;
        Ok(taken)
    }
}

impl Files for MemoryFiles {
    fn count(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, file_no: u32) -> Cow<'_, str> {
        self.at(file_no).map_or("", |(path, _)| path).into()
    }

    fn len(&self, file_no: u32) -> u64 {
        self.at(file_no).map_or(0, |(_, bytes)| bytes.len() as u64)
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError> {
        self.open_at(file_no, 0)
    }

    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        let (_, bytes) = self.at(file_no).ok_or(OpenError::Missing)?;
        let start = usize::try_from(byte).map_err(|_| OpenError::Changed)?;
        if start > bytes.len() {
            return Err(OpenError::Changed);
        }
        Ok(Box::new(Shared(bytes.clone(), start)))
    }

    fn read_at(
        &self,
        file_no: u32,
        byte: u64,
        most: u64,
        into: &mut Vec<u8>,
    ) -> Result<usize, ReadError> {
        let (_, bytes) = self.at(file_no).ok_or(OpenError::Missing)?;
        let start = usize::try_from(byte).map_err(|_| OpenError::Changed)?;
        let rest = bytes.get(start..).ok_or(OpenError::Changed)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len());
        into.extend_from_slice(rest.get(..most).unwrap_or_default());
        Ok(most)
    }
}
