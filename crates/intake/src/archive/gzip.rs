//! Gzip: one member, whose length only unpacking tells. It is unpacked once to learn it, within the limits.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

use super::window::{Packing, Source};
use super::{BROKEN, Budget, LIMIT, Limits, Listing};
use crate::files::Files;

/// Lists the member of a gzip.
pub(super) fn list(files: &dyn Files, file_no: u32, layer: &mut Listing, budget: &mut Budget) {
    let path = files.path(file_no);
    let packed = files.len(file_no);
    let Ok(length) = length_of(files, file_no, packed, &budget.limits) else {
        return layer.refuse(path.into_owned(), &BROKEN);
    };
    match length {
        Some(length) if budget.take(packed, length) => {
            let source = Source { file_no, start: 0, packed, packing: Packing::Gzip };
            layer.add(without_suffix(&path).to_owned(), length, source);
        }
        _ => layer.refuse(path.into_owned(), &LIMIT),
    }
}

/// Bytes of the member; `None` if it does not fit the limits.
fn length_of(
    files: &dyn Files,
    file_no: u32,
    packed: u64,
    limits: &Limits,
) -> io::Result<Option<u64>> {
    let file = files.open(file_no).map_err(|_| super::broken())?;
    let mut member = MultiGzDecoder::new(io::BufReader::with_capacity(1 << 16, file));
    let mut piece = vec![0u8; 1 << 16];
    let mut length = 0u64;
    loop {
        let read = member.read(&mut piece)?;
        if read == 0 {
            return Ok(Some(length));
        }
        length += read as u64;
        if length > limits.bytes_max || !limits.allows_ratio(packed, length) {
            return Ok(None);
        }
    }
}

fn without_suffix(path: &str) -> &str {
    let cut = path.len().saturating_sub(3);
    match (path.get(..cut), path.get(cut..)) {
        (Some(stem), Some(end)) if end.eq_ignore_ascii_case(".gz") => stem,
        _ => path,
    }
}
