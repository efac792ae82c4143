//! Zip: the central directory lists the members. What it says of them is checked against the limits before anything
//! is unpacked, and against the bytes when they are.

use std::collections::HashSet;
use std::io::{self, Read};

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipLocator};

use sudare_model::finding::FindingCode;

use super::window::{Packing, Source};
use super::{BROKEN, Budget, ENCRYPTED, LIMIT, Limits, Listing, METHOD, NAME};
use crate::files::Files;

/// A file that the directory is read from by ranges.
struct Ranges<'f> {
    files: &'f dyn Files,
    file_no: u32,
}

impl ReaderAt for Ranges<'_> {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.files.len(self.file_no) {
            return Ok(0);
        }
        let mut file = self.files.open_at(self.file_no, offset).map_err(|_| super::broken())?;
        file.read(into)
    }
}

/// Lists the members of a zip, or refuses it whole.
pub(super) fn list(files: &dyn Files, file_no: u32, layer: &mut Listing, budget: &mut Budget) {
    let before = (layer.members.len(), layer.refused.len());
    if let Err(code) = members(files, file_no, layer, budget) {
        layer.members.truncate(before.0);
        layer.refused.truncate(before.1);
        layer.refuse(files.path(file_no).into_owned(), code);
    }
}

/// Fails where the archive contradicts itself, or has more entries than a delivery can.
fn members(
    files: &dyn Files,
    file_no: u32,
    layer: &mut Listing,
    budget: &mut Budget,
) -> Result<(), &'static FindingCode> {
    let ranges = Ranges { files, file_no };
    let mut buffer = vec![0u8; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipLocator::new()
        .locate_in_reader(ranges, &mut buffer, files.len(file_no))
        .map_err(|_| &BROKEN)?;
    let mut entries = archive.entries(&mut buffer);
    let mut listed = Listed::default();
    let mut count = 0u64;
    while let Some(entry) = entries.next_entry().map_err(|_| &BROKEN)? {
        count += 1;
        if !budget.look() {
            return Err(&LIMIT);
        }
        if entry.is_dir() {
            continue;
        }
        let name = name(entry.file_path().as_bytes(), entry.flags().is_utf8());
        let path = format!("{}/{name}", files.path(file_no));
        if path.len() > Limits::PATH_MAX {
            layer.refuse(files.path(file_no).into_owned(), &NAME);
            continue;
        }
        let method = entry.compression_method();
        let packing = match method {
            CompressionMethod::STORE => Some(Packing::Stored(entry.crc32())),
            CompressionMethod::DEFLATE => Some(Packing::Deflated(entry.crc32())),
            _ => None,
        };
        let (packed, length) = (entry.compressed_size_hint(), entry.uncompressed_size_hint());
        let code = match packing {
            _ if entry.flags().is_encrypted() => &ENCRYPTED,
            None => &METHOD,
            _ if entry.mode().is_symlink() || !is_clean(&name) => &NAME,
            _ if !listed.names.insert(name) => &NAME,
            Some(packing) if budget.take(packed, length) => {
                let range = range(&archive, entry.wayfinder()).ok_or(&BROKEN)?;
                listed.ranges.push(range);
                let source = Source { file_no, start: range.0, packed, packing };
                layer.add(path, length, source);
                continue;
            }
            Some(_) => &LIMIT,
        };
        layer.refuse(path, code);
    }
    // Old tools write the count modulo 65,536.
    let hint = archive.entries_hint();
    let counted = hint == count || hint == count % (1 << 16);
    if counted && listed.are_apart() { Ok(()) } else { Err(&BROKEN) }
}

#[derive(Default)]
struct Listed {
    names: HashSet<String>,
    ranges: Vec<(u64, u64)>,
}

impl Listed {
    /// Whether no byte belongs to two members, as it does in the smallest of bombs (Fifield, WOOT 2019).
    fn are_apart(mut self) -> bool {
        self.ranges.sort_unstable();
        self.ranges.windows(2).all(|pair| match pair {
            [(_, end), (start, _)] => end <= start,
            _ => true,
        })
    }
}

fn range<R: ReaderAt>(
    archive: &ZipArchive<R>,
    wayfinder: rawzip::ZipArchiveEntryWayfinder,
) -> Option<(u64, u64)> {
    Some(archive.get_entry(wayfinder).ok()?.compressed_data_range())
}

/// The name as text: UTF-8 where the flag or the bytes say so, else the code page of Japanese systems.
fn name(bytes: &[u8], is_utf8: bool) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned(),
    };
    // Some packers of Windows write its own separator.
    text.replace('\\', "/")
}

/// Whether a name stays inside the archive.
fn is_clean(name: &str) -> bool {
    !name.is_empty()
        && !name.contains('\0')
        && name.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.ends_with(':'))
}
