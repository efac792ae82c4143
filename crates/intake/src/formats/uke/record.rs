//! Lines, fields and texts of a claim file.
//!
//! Splitting by comma on bytes is safe: the second byte of a Shift_JIS character is never a comma, CR or LF.

use encoding_rs::SHIFT_JIS;

/// The most columns any record has (TO: 48); further ones are counted and dropped.
pub(super) const COLUMNS_MAX: usize = 48;

/// One line of a claim file, without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// First byte and the byte behind the line's end, in the buffer.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Number in the file, from 1.
    pub(super) number: u32,
    /// Whether the line has an end.
    pub(super) ended: bool,
}

impl<'a> Line<'a> {
    /// The two characters of the record name, if a comma follows.
    #[inline]
    pub(super) fn name(&self) -> Option<[u8; 2]> {
        match self.bytes {
            [a, b, b',', ..] => Some([*a, *b]),
            _ => None,
        }
    }

    /// Whether there is nothing in it, or the end-of-file mark alone.
    #[inline]
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.bytes, [] | [0x1a])
    }
}

/// The byte that ends lines: LF, or CR where a file has no LF at all in its first 64 KiB.
pub(super) fn line_end(head: &[u8]) -> u8 {
    let head = head.get(..super::LINE_MAX).unwrap_or(head);
    if memchr::memchr(b'\n', head).is_none() && memchr::memchr(b'\r', head).is_some() {
        b'\r'
    } else {
        b'\n'
    }
}

/// The lines of a buffer.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: u32,
    end: u8,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8], first: u32, end: u8) -> Self {
        Self { bytes, at: 0, number: first, end }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let found = memchr::memchr(self.end, rest);
        let length = found.unwrap_or(rest.len());
        let bytes = rest.get(..length).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let start = self.at;
        self.at += length + usize::from(found.is_some());
        let number = self.number;
        self.number = self.number.saturating_add(1);
        Some(Line { bytes, start, end: self.at, number, ended: found.is_some() })
    }
}

/// The columns of one record; position 0 is the record name.
///
/// Records of care end in 31 columns of days that are nearly all empty: those are left unsplit until they are asked
/// for, which is what makes the difference between one and two passes over most of a file.
pub(super) struct Fields<'a> {
    list: [&'a [u8]; COLUMNS_MAX],
    /// How many columns are split.
    split: usize,
    /// What follows them, without the comma between.
    tail: &'a [u8],
    count: usize,
}

impl<'a> Fields<'a> {
    /// Splits a record.
    pub(super) fn split(record: &'a [u8]) -> Self {
        let mut fields = Self { list: [&[]; COLUMNS_MAX], split: 0, tail: &[], count: 0 };
        fields.refill(record, COLUMNS_MAX);
        fields
    }

    /// Splits the first columns of another record into the same place: on the way through a file nothing is copied
    /// or cleared.
    #[inline]
    pub(super) fn refill(&mut self, record: &'a [u8], columns: usize) {
        let (mut from, mut split) = (0, 0);
        self.tail = &[];
        let mut slots = self.list.iter_mut().take(columns);
        for (at, byte) in record.iter().enumerate() {
            if *byte != b',' {
                continue;
            }
            let Some(slot) = slots.next() else { break };
            *slot = record.get(from..at).unwrap_or_default();
            from = at + 1;
            split += 1;
        }
        self.split = split;
        self.count = split;
        let rest = record.get(from..).unwrap_or_default();
        if let Some(slot) = slots.next() {
            *slot = rest;
            self.split += 1;
            self.count += 1;
        } else {
            self.tail = rest;
            self.count += 1 + memchr::memchr_iter(b',', rest).count();
        }
    }

    /// How many columns there are, the record name among them.
    #[inline]
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// A column; empty where there is none.
    #[inline]
    pub(super) fn get(&self, column: usize) -> &'a [u8] {
        if column < self.split {
            return self.list.get(column).copied().unwrap_or_default();
        }
        self.tail.split(|byte| *byte == b',').nth(column - self.split).unwrap_or_default()
    }

    /// A column of ASCII; empty where it holds anything else.
    #[inline]
    pub(super) fn ascii(&self, column: usize) -> &'a str {
        ascii(self.get(column))
    }

    /// The days of a record that are not empty, as day 0 to 30 and its column; `first` is the column of day 0, and
    /// nothing of it or behind it is split.
    #[inline]
    pub(super) fn days(&self, first: usize) -> Days<'a> {
        let days = if first == self.split { self.tail } else { &[] };
        Days { rest: days, day: 0 }
    }
}

/// Walks over the days of a record.
pub(super) struct Days<'a> {
    rest: &'a [u8],
    day: u32,
}

impl<'a> Iterator for Days<'a> {
    type Item = (u32, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let empty = self.rest.iter().take_while(|byte| **byte == b',').count();
        self.rest = self.rest.get(empty..)?;
        self.day += u32::try_from(empty).unwrap_or(u32::MAX);
        if self.rest.is_empty() || self.day > 30 {
            return None;
        }
        let length = self.rest.iter().take_while(|byte| **byte != b',').count();
        let (count, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some((self.day, count))
    }
}

/// Printable ASCII as text, trimmed of blanks; empty for anything else.
#[inline]
pub(super) fn ascii(bytes: &[u8]) -> &str {
    if !bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return "";
    }
    std::str::from_utf8(bytes).unwrap_or_default().trim_matches(' ')
}

/// What decoding met.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Met {
    /// Bytes that are not Shift_JIS, now U+FFFD.
    pub(super) bad: bool,
    /// A character outside JIS X 0208.
    pub(super) outside: bool,
    /// NUL or another control character; the text is empty.
    pub(super) control: bool,
}

/// Decodes CP932 into a buffer (cleared first), with blanks at both ends taken off.
pub(super) fn decode(bytes: &[u8], into: &mut String) -> Met {
    into.clear();
    let mut met = Met::default();
    if bytes.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        met.control = true;
        return met;
    }
    if bytes.is_ascii() {
        into.push_str(ascii(bytes));
        return met;
    }
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    into.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3));
    let (_, _, bad) = decoder.decode_to_string(bytes, into, true);
    met.bad = bad;
    met.outside = outside_jis_x_0208(bytes);
    let blank = |character: char| character == ' ' || character == '\u{3000}';
    into.truncate(into.trim_end_matches(blank).len());
    let leading = into.len() - into.trim_start_matches(blank).len();
    into.drain(..leading);
    met
}

/// Whether Shift_JIS bytes hold a double-byte character beyond row 84 of JIS X 0208, or in its empty rows 9 to 15.
fn outside_jis_x_0208(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    while let Some(lead) = bytes.next() {
        if matches!(lead, 0x81..=0x9f | 0xe0..=0xfc) {
            let trail = bytes.next().copied().unwrap_or_default();
            let outside = match lead {
                0x85..=0x87 | 0xeb..=0xfc => true,
                0x88 => trail < 0x9f,
                0xea => trail > 0xa4,
                _ => false,
            };
            if outside {
                return true;
            }
        }
    }
    false
}

/// How many columns a record has, the name among them; `None` for a record that medical claims do not have.
pub(super) const fn columns(name: [u8; 2]) -> Option<usize> {
    Some(match &name {
        b"IR" => 10,
        b"RE" => 38,
        b"HO" => 15,
        b"KO" => 12,
        b"SN" => 9,
        b"JD" | b"MF" => 33,
        b"GR" | b"SJ" => 3,
        b"SY" => 8,
        b"SI" | b"IY" => 44,
        b"TO" => 48,
        b"CO" => 5,
        b"GO" => 4,
        _ => return None,
    })
}

/// The column of the first day, in records that have days.
pub(super) const fn first_day(name: [u8; 2]) -> usize {
    match &name {
        b"SI" | b"IY" => 13,
        b"TO" => 17,
        b"JD" => 2,
        _ => COLUMNS_MAX,
    }
}

/// The record name as places have it.
pub(super) const fn segment(name: [u8; 2]) -> &'static str {
    match &name {
        b"IR" => "IR",
        b"RE" => "RE",
        b"HO" => "HO",
        b"KO" => "KO",
        b"SN" => "SN",
        b"JD" => "JD",
        b"MF" => "MF",
        b"GR" => "GR",
        b"SY" => "SY",
        b"SI" => "SI",
        b"IY" => "IY",
        b"TO" => "TO",
        b"CO" => "CO",
        b"SJ" => "SJ",
        b"TI" => "TI",
        b"TR" => "TR",
        b"TS" => "TS",
        b"GO" => "GO",
        _ => "?",
    }
}
