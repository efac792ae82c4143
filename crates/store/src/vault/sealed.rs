//! One sealed file on disk, read by ranges of its content.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamReader;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::seal::{self, DataKey};

/// Bytes read at once while the header is parsed; chunks go past this buffer.
const HEADER_READ: usize = 1024;
/// Bytes read at once where a Parquet reader looks for a page's header.
const PAGE_HEADER_READ: usize = 256;

type Opened = StreamReader<BufReader<File>>;

/// A sealed file: where it lies, where it belongs, its key, and the length of its content. Clones share one opened
/// reader: opening costs a key agreement, and a reader holds the chunk it decrypted last.
#[derive(Clone)]
pub(crate) struct SealedFile {
    path: PathBuf,
    place: String,
    key: Arc<DataKey>,
    length: u64,
    opened: Arc<Mutex<Option<Opened>>>,
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFile").field("place", &self.place).finish_non_exhaustive()
    }
}

impl SealedFile {
    pub(crate) fn open(path: PathBuf, place: String, key: Arc<DataKey>) -> io::Result<Self> {
        let length = content_length(&path)?;
        Ok(Self { path, place, key, length, opened: Arc::default() })
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// The content of these ranges. Reading the last byte proves the length.
    pub(crate) fn ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let read = |range: &Range<u64>| {
            let length = range.end.saturating_sub(range.start);
            let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            let mut filled = 0;
            while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match self.read_at(range.start + filled as u64, rest)? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    read => filled += read,
                }
            }
            Ok(Bytes::from(bytes))
        };
        ranges.iter().map(read).collect()
    }

    /// Reads some of what lies at an offset of the content; 0 bytes at its end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length {
            return Ok(0);
        }
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        // Put back only after success: a reader that failed may stand anywhere.
        let mut reader = match opened.take() {
            Some(reader) => reader,
            None => {
                let file = BufReader::with_capacity(HEADER_READ, File::open(&self.path)?);
                self.key.open(&self.place, file)?
            }
        };
        seal::seek(&mut reader, offset)?;
        let read = reader.read(into)?;
        *opened = Some(reader);
        Ok(read)
    }
}

/// Reads a sealed file from an offset on.
#[derive(Debug)]
pub(crate) struct Tail {
    file: SealedFile,
    offset: u64,
}

impl Read for Tail {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.offset, into)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Bytes of content of the sealed file at a path.
pub(crate) fn content_length(path: &std::path::Path) -> io::Result<u64> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    seal::content_length(BufReader::with_capacity(HEADER_READ, file), length)
}

impl Length for SealedFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for SealedFile {
    type T = BufReader<Tail>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let from = Tail { file: self.clone(), offset: start };
        Ok(BufReader::with_capacity(PAGE_HEADER_READ, from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let range = start..start.saturating_add(length as u64);
        Ok(self.ranges(std::slice::from_ref(&range))?.pop().unwrap_or_default())
    }
}
