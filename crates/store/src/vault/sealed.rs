//! One sealed file on disk, read by ranges of its content.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use age::stream::StreamReader;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::seal::{self, DataKey};

/// Bytes read at once while the header is parsed; chunks go past this buffer.
const HEADER_READ: usize = 1024;

/// A sealed file: where it lies, where it belongs, its key, and the length of its content.
#[derive(Debug, Clone)]
pub(crate) struct SealedFile {
    path: PathBuf,
    place: String,
    key: Arc<DataKey>,
    length: u64,
}

impl SealedFile {
    pub(crate) fn open(path: PathBuf, place: String, key: Arc<DataKey>) -> io::Result<Self> {
        let length = content_length(&path)?;
        Ok(Self { path, place, key, length })
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// The content of these ranges. Reading the last byte proves the length.
    pub(crate) fn ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let mut reader = self.reader()?;
        let mut all = Vec::with_capacity(ranges.len());
        for range in ranges {
            let length = range.end.saturating_sub(range.start);
            let length = usize::try_from(length).map_err(io::Error::other)?;
            seal::seek(&mut reader, range.start)?;
            let mut bytes = Vec::with_capacity(length);
            (&mut reader).take(length as u64).read_to_end(&mut bytes)?;
            if bytes.len() != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            all.push(Bytes::from(bytes));
        }
        Ok(all)
    }

    fn reader(&self) -> io::Result<StreamReader<BufReader<File>>> {
        let file = BufReader::with_capacity(HEADER_READ, File::open(&self.path)?);
        self.key.open(&self.place, file)
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
    type T = StreamReader<BufReader<File>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut reader = self.reader()?;
        seal::seek(&mut reader, start)?;
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let range = start..start.saturating_add(length as u64);
        Ok(self.ranges(std::slice::from_ref(&range))?.pop().unwrap_or_default())
    }
}
