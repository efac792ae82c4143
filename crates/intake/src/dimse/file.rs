//! The beginning of the file that a data set becomes (PS3.10 section 7.1).

use super::Uid;

/// Who wrote the group 0002: a UID of a UUID (PS3.5 annex B.2), drawn once for this project.
pub const IMPLEMENTATION_CLASS: &str = "2.25.33966757158056735069123401048271935153";
/// The name beside it. It holds no version, so that the same object makes the same bytes after an update.
pub const IMPLEMENTATION_VERSION: &str = "SUDARE";

/// Preamble, prefix and group 0002. Nothing in it says when or from whom the object came, so that the same object that
/// is sent again is the same file.
#[must_use]
pub fn file_head(class: &Uid, instance: &Uid, transfer_syntax: &Uid) -> Vec<u8> {
    let mut group = Vec::with_capacity(256);
    // Two bytes 0 and 1, with a length of four bytes after two that are reserved.
    group.extend([2, 0, 1, 0, b'O', b'B', 0, 0, 2, 0, 0, 0, 0, 1]);
    put(&mut group, 0x02, *b"UI", class.as_str(), 0);
    put(&mut group, 0x03, *b"UI", instance.as_str(), 0);
    put(&mut group, 0x10, *b"UI", transfer_syntax.as_str(), 0);
    put(&mut group, 0x12, *b"UI", IMPLEMENTATION_CLASS, 0);
    put(&mut group, 0x13, *b"SH", IMPLEMENTATION_VERSION, b' ');
    let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
    let mut head = vec![0; 128];
    head.extend(b"DICM");
    head.extend([2, 0, 0, 0, b'U', b'L', 4, 0]);
    head.extend(length.to_le_bytes());
    head.extend(group);
    head
}

/// An element of group 0002: explicit, little-endian, of at most 64 characters.
fn put(group: &mut Vec<u8>, element: u8, kind: [u8; 2], value: &str, padding: u8) {
    let odd = value.len() % 2;
    let length = u16::try_from(value.len() + odd).unwrap_or(u16::MAX);
    group.extend([2, 0, element, 0]);
    group.extend(kind);
    group.extend(length.to_le_bytes());
    group.extend(value.as_bytes());
    group.extend(std::iter::repeat_n(padding, odd));
}
