//! What a walk found, kept small: a storage of SS-MIX2 has millions of files, and most of a path is that of its
//! neighbour.
//!
//! What it is for: the list of [`super::Inbox`]. Some hundred entries are a sheet; a full sheet is compressed, and
//! decompressed when one of its entries is asked for. A few stay open, because files are read about in the order of the
//! list. The first sheets stay in memory; those of a longer list are put [`aside`](super::aside), sealed, because they
//! name patients.
//!
//! Memory: some 25 bytes an entry, measured on storages of SS-MIX2, of the first [`SHEETS_KEPT`] sheets, and
//! [`SHEETS_OPEN`] sheets.

use std::collections::VecDeque;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::aside::{Aside, Piece};
use super::{EntryKind, Stamp};

/// Entries of a sheet: enough to be worth compressing, few enough to be opened for one of them.
const SHEET_ENTRIES: usize = 512;
/// Sheets that stay open: some for each thread that reads.
const SHEETS_OPEN: usize = 16;
/// Sheets that stay in memory, compressed: half a million entries, some 12 MB.
const SHEETS_KEPT: usize = if cfg!(test) { 3 } else { 1024 };
/// The fastest level: paths of storages take no more by it than by the next ones.
const LEVEL: i32 = 1;

/// All entries, by number.
#[derive(Default)]
pub(super) struct Sheets {
    full: Vec<Packed>,
    /// Where those beyond [`SHEETS_KEPT`] are, once there is one.
    aside: Option<Aside>,
    /// Whether a sheet was asked for and did not open.
    lost: AtomicBool,
    last: Arc<Sheet>,
    open: Mutex<VecDeque<(usize, Arc<Sheet>)>>,
}

impl Sheets {
    /// How many entries there are.
    pub(super) fn count(&self) -> usize {
        self.full.len() * SHEET_ENTRIES + self.last.ends.len()
    }

    /// Adds an entry: the last name of the path that was given, then the way down.
    pub(super) fn push(&mut self, last: &[u8], below: &Path, kind: EntryKind, stamp: &Stamp) {
        // One that cannot be compressed stays the last one, and grows.
        if self.last.ends.len() == SHEET_ENTRIES
            && let Ok(packed) = self.last.pack()
        {
            let packed = self.put_aside(packed);
            self.full.push(packed);
            self.last = Arc::default();
        }
        // Nobody else holds it: entries are asked for when the walk is over.
        Arc::make_mut(&mut self.last).push(last, below, kind, stamp);
    }

    /// Puts a sheet aside where enough of them are kept. Without room for it the list stays in memory.
    fn put_aside(&mut self, packed: Packed) -> Packed {
        let Lies::Here(bytes) = &packed.bytes else { return packed };
        if self.full.len() < SHEETS_KEPT {
            return packed;
        }
        if self.aside.is_none() {
            self.aside = Aside::new().ok();
        }
        let piece = self.aside.as_mut().and_then(|aside| aside.put(bytes).ok());
        match piece {
            Some(piece) => Packed { bytes: Lies::Aside(piece), ..packed },
            None => packed,
        }
    }

    /// Whether every sheet that was asked for opened.
    pub(super) fn is_whole(&self) -> bool {
        !self.lost.load(Ordering::Acquire)
    }

    /// The sheet of an entry, and where it stands there.
    pub(super) fn find(&self, at: usize) -> Option<(Arc<Sheet>, usize)> {
        let number = at / SHEET_ENTRIES;
        if let Some(packed) = self.full.get(number) {
            return Some((self.opened(number, packed)?, at % SHEET_ENTRIES));
        }
        let within = at - self.full.len() * SHEET_ENTRIES;
        self.last.ends.get(within).map(|_| (Arc::clone(&self.last), within))
    }

    fn opened(&self, number: usize, packed: &Packed) -> Option<Arc<Sheet>> {
        {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let known = open.iter().rev().find(|(known, _)| *known == number);
            if let Some((_, found)) = known {
                return Some(Arc::clone(found));
            }
        }
        // Others go on meanwhile; two may open the same sheet.
        let unpacked = match &packed.bytes {
            Lies::Here(bytes) => Sheet::unpack(bytes, packed.length),
            Lies::Aside(piece) => self
                .aside
                .as_ref()
                .and_then(|aside| aside.get(*piece).ok())
                .and_then(|bytes| Sheet::unpack(&bytes, packed.length)),
        };
        if unpacked.is_none() {
            self.lost.store(true, Ordering::Release);
        }
        let found = Arc::new(unpacked?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= SHEETS_OPEN {
            open.pop_front();
        }
        open.push_back((number, Arc::clone(&found)));
        Some(found)
    }
}

/// Some entries, in columns.
#[derive(Clone, Default)]
pub(super) struct Sheet {
    names: Vec<u8>,
    /// Where each name ends.
    ends: Vec<u32>,
    kinds: Vec<u8>,
    devices: Vec<u64>,
    inodes: Vec<u64>,
    lengths: Vec<u64>,
    seconds: Vec<u64>,
    nanoseconds: Vec<u64>,
}

impl Sheet {
    fn push(&mut self, last: &[u8], below: &Path, kind: EntryKind, stamp: &Stamp) {
        put_name(last, below, &mut self.names);
        // No system has paths of which some hundred would not fit.
        self.ends.push(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.kinds.push(kind as u8);
        self.devices.push(stamp.device);
        self.inodes.push(stamp.inode);
        self.lengths.push(stamp.length);
        self.seconds.push(stamp.modified.0.cast_unsigned());
        self.nanoseconds.push(stamp.modified.1.cast_unsigned());
    }

    /// The path of an entry inside the delivery.
    pub(super) fn name(&self, at: usize) -> &[u8] {
        let end_of = |at: usize| self.ends.get(at).map(|end| *end as usize);
        let start = at.checked_sub(1).and_then(end_of).unwrap_or_default();
        let name = end_of(at).and_then(|end| self.names.get(start..end));
        name.unwrap_or_default()
    }

    /// What lies there.
    pub(super) fn kind(&self, at: usize) -> EntryKind {
        let kind = self.kinds.get(at).and_then(|kind| EntryKind::ALL.get(usize::from(*kind)));
        kind.copied().unwrap_or(EntryKind::Unreadable)
    }

    /// Bytes of the file.
    pub(super) fn length(&self, at: usize) -> u64 {
        self.lengths.get(at).copied().unwrap_or_default()
    }

    /// What must not change while it is read.
    pub(super) fn stamp(&self, at: usize) -> Option<Stamp> {
        Some(Stamp {
            device: *self.devices.get(at)?,
            inode: *self.inodes.get(at)?,
            length: *self.lengths.get(at)?,
            modified: (
                self.seconds.get(at)?.cast_signed(),
                self.nanoseconds.get(at)?.cast_signed(),
            ),
        })
    }

    /// The columns one behind another, compressed.
    fn pack(&self) -> io::Result<Packed> {
        let mut bytes = Vec::with_capacity(self.names.len() + self.ends.len() * 45);
        for column in [&self.devices, &self.inodes, &self.lengths, &self.seconds, &self.nanoseconds]
        {
            put_planes(column, &mut bytes);
        }
        self.ends.iter().for_each(|end| bytes.extend(end.to_le_bytes()));
        bytes.extend(&self.kinds);
        bytes.extend(&self.names);
        let packed = zstd::bulk::compress(&bytes, LEVEL)?;
        Ok(Packed { length: bytes.len(), bytes: Lies::Here(packed.into()) })
    }

    /// What [`Sheet::pack`] packed: [`SHEET_ENTRIES`] of them.
    fn unpack(packed: &[u8], length: usize) -> Option<Self> {
        let bytes = zstd::bulk::decompress(packed, length).ok()?;
        let mut rest = bytes.as_slice();
        let [devices, inodes, lengths, seconds, nanoseconds] =
            [(); 5].map(|()| take_planes(&mut rest).unwrap_or_default());
        let ends = rest.split_off(..SHEET_ENTRIES * 4)?.chunks_exact(4);
        let ends = ends.filter_map(|end| Some(u32::from_le_bytes(end.try_into().ok()?))).collect();
        let kinds = rest.split_off(..SHEET_ENTRIES)?.to_vec();
        let names = rest.to_vec();
        Some(Self { names, ends, kinds, devices, inodes, lengths, seconds, nanoseconds })
    }
}

/// The name of what lies below a given path: the given one's own name, then the way down.
pub(super) fn put_name(last: &[u8], below: &Path, into: &mut Vec<u8>) {
    into.extend_from_slice(last);
    for part in below {
        into.push(b'/');
        into.extend_from_slice(part.as_bytes());
    }
}

/// A sheet, compressed.
struct Packed {
    bytes: Lies,
    /// Bytes of what was compressed.
    length: usize,
}

/// Where a compressed sheet is.
enum Lies {
    Here(Box<[u8]>),
    Aside(Piece),
}

/// Numbers by how much each is more than the one before: first the lowest bytes of all, then the next.
fn put_planes(numbers: &[u64], into: &mut Vec<u8>) {
    for plane in 0..8 {
        let mut before = 0;
        for number in numbers {
            into.push((number.wrapping_sub(before) >> (8 * plane) & 0xff) as u8);
            before = *number;
        }
    }
}

/// What [`put_planes`] put there.
fn take_planes(from: &mut &[u8]) -> Option<Vec<u64>> {
    let mut numbers = vec![0u64; SHEET_ENTRIES];
    for plane in 0..8 {
        let bytes = from.split_off(..SHEET_ENTRIES)?;
        for (number, byte) in numbers.iter_mut().zip(bytes) {
            *number |= u64::from(*byte) << (8 * plane);
        }
    }
    let mut before = 0u64;
    for number in &mut numbers {
        *number = number.wrapping_add(before);
        before = *number;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(at: usize) -> (String, EntryKind, Stamp) {
        let kind = EntryKind::ALL[at % EntryKind::ALL.len()];
        let at = at as u64;
        let stamp = Stamp {
            device: at / 700,
            inode: (1 << 40) + at * 7,
            length: at % 5000,
            modified: (-3 + (at / 9) as i64, (at * 7_919_111 % 1_000_000_000) as i64),
        };
        let name = format!("000/{:03}/{:010}/20240101/OML-11/{at}_\u{7c3e}", at / 400, at / 20);
        (name, kind, stamp)
    }

    fn listed(count: usize) -> Sheets {
        let mut sheets = Sheets::default();
        for at in 0..count {
            let (name, kind, stamp) = entry(at);
            sheets.push(b"in", Path::new(&name), kind, &stamp);
        }
        sheets
    }

    #[test]
    fn an_entry_is_what_was_put_in() {
        for count in [0, 1, SHEET_ENTRIES, SHEET_ENTRIES + 1, 20 * SHEET_ENTRIES + 77] {
            let sheets = listed(count);
            assert_eq!(sheets.count(), count);
            assert!(sheets.find(count).is_none());
            for at in (0..count).chain((0..count).rev().step_by(97)) {
                let (sheet, within) = sheets.find(at).unwrap();
                let (name, kind, stamp) = entry(at);
                assert_eq!(sheet.name(within), format!("in/{name}").as_bytes());
                assert_eq!((sheet.kind(within), sheet.length(within)), (kind, stamp.length));
                assert_eq!(sheet.stamp(within), Some(stamp));
            }
            assert_eq!(sheets.aside.is_some(), count > (SHEETS_KEPT + 1) * SHEET_ENTRIES);
        }
    }

    #[test]
    fn a_sheet_that_does_not_open_again_is_told() {
        let sheets = listed((SHEETS_KEPT + 2) * SHEET_ENTRIES + 1);
        let aside = (SHEETS_KEPT + 1) * SHEET_ENTRIES;
        sheets.aside.as_ref().unwrap().damage();
        assert!(sheets.find(0).is_some() && sheets.is_whole());
        assert!(sheets.find(aside).is_none() && !sheets.is_whole());
        assert!(sheets.find(0).is_some() && !sheets.is_whole());
    }

    #[test]
    fn the_given_path_itself_has_its_own_name() {
        let mut sheets = Sheets::default();
        sheets.push(b"in", Path::new(""), EntryKind::File, &Stamp::default());
        let (sheet, within) = sheets.find(0).unwrap();
        assert_eq!(sheet.name(within), b"in");
    }

    proptest! {
        #[test]
        fn numbers_of_any_size_come_back(few in prop::collection::vec(any::<u64>(), 1..9)) {
            let numbers: Vec<u64> = few.iter().copied().cycle().take(SHEET_ENTRIES).collect();
            let mut bytes = Vec::new();
            put_planes(&numbers, &mut bytes);
            prop_assert_eq!(take_planes(&mut bytes.as_slice()), Some(numbers));
        }
    }
}
