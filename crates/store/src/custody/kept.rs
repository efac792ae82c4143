//! What the index says of one file kept: one JSON line.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sudare_model::Digest;

/// A file in custody. Its path may hold a patient number, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Number of the file in its delivery.
    pub file_no: u32,
    /// Path inside the delivery, as bytes.
    pub path: Vec<u8>,
    /// Bytes the file had.
    pub bytes: u64,
    /// Bytes kept.
    pub bytes_kept: u64,
    /// SHA-256 of the bytes kept.
    pub sha256: Digest,
    /// Ranges of the file as it came that were cut out, ascending.
    pub cuts: Vec<Range<u64>>,
    pub(super) packer: u32,
    pub(super) pack: u32,
    pub(super) offset: u64,
}

impl fmt::Debug for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFile").field("file_no", &self.file_no).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    file_no: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Where the path is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<Vec<u8>>,
    bytes: u64,
    bytes_kept: u64,
    sha256: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cuts: Vec<(u64, u64)>,
    packer: u32,
    pack: u32,
    offset: u64,
}

impl KeptFile {
    /// The JSON line, with its end.
    pub(super) fn line(&self) -> serde_json::Result<Vec<u8>> {
        let (path, path_bytes) = match std::str::from_utf8(&self.path) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(self.path.clone())),
        };
        let mut line = serde_json::to_vec(&Line {
            file_no: self.file_no,
            path,
            path_bytes,
            bytes: self.bytes,
            bytes_kept: self.bytes_kept,
            sha256: self.sha256.to_string(),
            cuts: self.cuts.iter().map(|cut| (cut.start, cut.end)).collect(),
            packer: self.packer,
            pack: self.pack,
            offset: self.offset,
        })?;
        line.push(b'\n');
        Ok(line)
    }

    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(line).ok()?;
        Some(Self {
            file_no: line.file_no,
            path: line.path.map(String::into_bytes).or(line.path_bytes)?,
            bytes: line.bytes,
            bytes_kept: line.bytes_kept,
            sha256: Digest::parse(&line.sha256)?,
            cuts: line.cuts.into_iter().map(|(start, end)| start..end).collect(),
            packer: line.packer,
            pack: line.pack,
            offset: line.offset,
        })
    }
}
