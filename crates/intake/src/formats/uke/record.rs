//! Lines and fields of a claim file.
//!
//! Splitting by comma on bytes is safe: the second byte of a Shift_JIS character is never a comma, CR or LF.

use crate::version::Version;

/// The most columns any record has (KI of a pharmacy: 114); further ones are counted, and split when asked for.
pub(super) const COLUMNS_MAX: usize = 114;

/// The three columns a payer puts before each record: データ識別, 行番号, 枝番号. A claim that comes back has them, and
/// an insurer's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// None: the record is as the provider wrote it.
    Absent,
    /// データ識別 1: the claim as the provider sent it.
    Sent,
    /// Another データ識別: what the payer corrected or added.
    Added,
}

impl Mark {
    /// The mark of a line, and how many bytes it takes.
    #[inline]
    fn of(line: &[u8]) -> (Self, usize) {
        if !line.first().is_some_and(u8::is_ascii_digit) {
            return (Self::Absent, 0);
        }
        let mut at = 0;
        for most in [2, 6, 3] {
            let digits = line.get(at..).unwrap_or_default();
            let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if count == 0 || count > most || digits.get(count) != Some(&b',') {
                return (Self::Absent, 0);
            }
            at += count + 1;
        }
        let sent = matches!(line, [b'1', b',', ..] | [b'0', b'1', b',', ..]);
        (if sent { Self::Sent } else { Self::Added }, at)
    }
}

/// Whether a file begins as an insurer's or a returned one: a mark, and a record that stands before a claim.
pub(super) fn payer_begins(head: &[u8]) -> bool {
    let (mark, at) = Mark::of(head);
    let begins = [&b"MN,"[..], b"IR,", b"YK,", b"RE,"];
    let record = head.get(at..).unwrap_or_default();
    mark != Mark::Absent && begins.iter().any(|name| record.starts_with(name))
}

/// One line of a claim file, without its end and without what a payer put before the record.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// What a payer put before the record.
    pub(super) mark: Mark,
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

/// What a claim file is a version of: its path, and who claims from whom for which month, since the file is called the
/// same every month. IR and YK have payer, prefecture, points table, institution, month and volume; a file without
/// either the month of its first claim.
pub(super) fn version(path: &str, head: &[u8]) -> Version {
    fn says(line: Line<'_>) -> Option<(Fields<'_>, &'static [usize])> {
        let columns: &[usize] = match &line.name()? {
            b"IR" => &[0, 1, 2, 3, 4, 7, 8],
            b"YK" => &[0, 1, 2, 3, 4, 6, 7],
            b"RE" => &[0, 3],
            _ => return None,
        };
        Some((Fields::split(line.bytes), columns))
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut parts = vec!["uke", path];
    if let Some((fields, columns)) = Lines::new(head, 1, line_end(head)).find_map(says) {
        parts.extend(columns.iter().map(|column| fields.ascii(*column)));
    }
    Version::named(&parts)
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
        let (mark, before) = Mark::of(bytes);
        let bytes = bytes.get(before..).unwrap_or_default();
        let start = self.at;
        self.at += length + usize::from(found.is_some());
        let number = self.number;
        self.number = self.number.saturating_add(1);
        Some(Line { bytes, mark, start, end: self.at, number, ended: found.is_some() })
    }
}

/// The columns of one record; position 0 is the record name.
///
/// Records of care end in 31 columns of days that are nearly all empty: those are left unsplit until they are asked
/// for. Commas are found eight bytes at a time and kept as places, so that a column nobody asks for costs nothing.
pub(super) struct Fields<'a> {
    record: &'a [u8],
    /// The byte behind each column that is split.
    ends: [u32; COLUMNS_MAX],
    /// How many columns are split.
    split: usize,
    count: usize,
}

impl<'a> Fields<'a> {
    /// Splits a record.
    pub(super) fn split(record: &'a [u8]) -> Self {
        let mut fields = Self { record: &[], ends: [0; COLUMNS_MAX], split: 0, count: 0 };
        fields.refill(record, COLUMNS_MAX);
        fields
    }

    /// Splits the first columns of another record into the same place: on the way through a file nothing is copied
    /// or cleared.
    #[inline]
    pub(super) fn refill(&mut self, record: &'a [u8], columns: usize) {
        self.record = record;
        let (mut split, mut count, mut base) = (0, 1, 0);
        let mut slots = self.ends.iter_mut().take(columns);
        for chunk in record.chunks(64) {
            let mut commas = commas(chunk);
            count += commas.count_ones() as usize;
            while commas != 0 {
                let Some(slot) = slots.next() else { break };
                *slot = base + commas.trailing_zeros();
                commas &= commas - 1;
                split += 1;
            }
            base += 64;
        }
        if let Some(slot) = slots.next() {
            *slot = u32::try_from(record.len()).unwrap_or(u32::MAX);
            split += 1;
        }
        (self.split, self.count) = (split, count);
    }

    /// How many columns there are, the record name among them.
    #[inline]
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The byte behind a split column.
    #[inline]
    fn end(&self, column: usize) -> usize {
        self.ends.get(column).map_or(usize::MAX, |end| *end as usize)
    }

    /// The first byte of a column up to the first that is not split.
    #[inline]
    fn start(&self, column: usize) -> usize {
        column.checked_sub(1).map_or(0, |before| self.end(before).saturating_add(1))
    }

    /// A column; empty where there is none.
    #[inline]
    pub(super) fn get(&self, column: usize) -> &'a [u8] {
        if column < self.split {
            return self.record.get(self.start(column)..self.end(column)).unwrap_or_default();
        }
        let tail = self.record.get(self.start(self.split)..).unwrap_or_default();
        tail.split(|byte| *byte == b',').nth(column - self.split).unwrap_or_default()
    }

    /// Whether the columns from the first to before the last, all split, are empty.
    #[inline]
    pub(super) fn are_empty(&self, columns: std::ops::Range<usize>) -> bool {
        let between = columns.len().saturating_sub(1);
        let end = self.end(columns.end.saturating_sub(1));
        columns.end <= self.split && end.saturating_sub(self.start(columns.start)) <= between
    }

    /// A column without blanks at its ends.
    #[inline]
    pub(super) fn bare(&self, column: usize) -> &'a [u8] {
        self.get(column).trim_ascii()
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
        let tail = if first == self.split { self.record.get(self.start(first)..) } else { None };
        let rest = tail.unwrap_or_default();
        Days { rest, at: 0, day: 0, commas: commas(rest) }
    }
}

/// Walks over the days of a record.
pub(super) struct Days<'a> {
    rest: &'a [u8],
    at: usize,
    day: u32,
    /// Where the commas of the 64 bytes from `at` on are.
    commas: u64,
}

impl<'a> Iterator for Days<'a> {
    type Item = (u32, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let empty = self.commas.trailing_ones();
            self.skip(empty);
            self.day += empty;
            if self.at >= self.rest.len() || self.day > 30 {
                return None;
            }
            if empty < 64 {
                break;
            }
        }
        let from = self.at;
        let length = self.commas.trailing_zeros().min(64);
        self.skip(length);
        if length == 64 {
            // No count of a day is so long; go on to the comma that ends it.
            let more = self.rest.get(self.at..).unwrap_or_default();
            let more = more.iter().take_while(|byte| **byte != b',').count();
            self.skip(u32::try_from(more).unwrap_or(u32::MAX));
        }
        let to = self.at.min(self.rest.len());
        Some((self.day, self.rest.get(from..to)?))
    }
}

impl Days<'_> {
    /// Goes on by some bytes, and looks at what comes next.
    #[inline]
    fn skip(&mut self, bytes: u32) {
        self.at += bytes as usize;
        self.commas = self.commas.checked_shr(bytes).unwrap_or(0);
        if self.rest.len() > 64 {
            self.commas = commas(self.rest.get(self.at..).unwrap_or_default());
        }
    }
}

/// Where the commas of the first 64 bytes are: bit 0 is the first byte.
#[inline]
fn commas(bytes: &[u8]) -> u64 {
    let bytes = bytes.get(..64).unwrap_or(bytes);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut mask = 0;
    let mut shift = 0;
    for word in words {
        mask |= eight(u64::from_le_bytes(*word)) << shift;
        shift += 8;
    }
    // What is left is looked at together with bytes before it: copying it out first costs more than all the rest.
    match bytes.last_chunk::<8>() {
        Some(last) => mask |= eight(u64::from_le_bytes(*last)) << (bytes.len() - 8),
        None => {
            for (at, byte) in rest.iter().enumerate() {
                mask |= u64::from(*byte == b',') << at;
            }
        }
    }
    mask
}

/// Where the commas of eight bytes are, without a branch: bytes that equal a comma become zero, zero bytes become
/// 0x80 and all others 0, and a product gathers the eight top bits.
#[inline]
const fn eight(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let other = word ^ 0x2c2c_2c2c_2c2c_2c2c;
    let comma = !(((other & LOW) + LOW) | other | LOW);
    (comma >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Printable ASCII as text, trimmed of blanks; empty for anything else.
#[inline]
pub(super) fn ascii(bytes: &[u8]) -> &str {
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() || !bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return "";
    }
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn columns_are_those_of_a_plain_split(
            record in "[A-Z]{2}(,[0-9a]{0,3}){0,130}",
            split in 1usize..=COLUMNS_MAX,
        ) {
            let expected: Vec<&[u8]> = record.as_bytes().split(|byte| *byte == b',').collect();
            let mut fields = Fields::split(b"");
            fields.refill(record.as_bytes(), split);
            prop_assert_eq!(fields.count(), expected.len());
            for column in 0..140 {
                let expected = expected.get(column).copied().unwrap_or_default();
                prop_assert_eq!(fields.get(column), expected, "column {}", column);
            }
            let days = fields.days(split);
            let plain = expected.iter().skip(split).take(31).enumerate();
            let plain = plain.filter(|(_, count)| !count.is_empty());
            let plain: Vec<_> = plain.map(|(day, count)| (day, *count)).collect();
            let days: Vec<_> = days.map(|(day, count)| (day as usize, count)).collect();
            prop_assert_eq!(days, plain);
            let four = expected.get(2..6).is_some_and(|list| list.concat().is_empty());
            prop_assert_eq!(fields.are_empty(2..6), four && split >= 6);
        }
    }

    #[test]
    fn what_a_payer_put_before_a_record_is_taken_off() {
        let check = |line: &str| {
            let (mark, at) = Mark::of(line.as_bytes());
            (mark, line.get(at..).unwrap_or_default().to_owned())
        };
        assert_eq!(check("1,2,0,RE,1"), (Mark::Sent, "RE,1".to_owned()));
        assert_eq!(check("2,12,1,SI,1"), (Mark::Added, "SI,1".to_owned()));
        for plain in ["RE,1", "1,2,RE", "1,2,3", "", "1234,1,1,RE", "1,,1,RE"] {
            assert_eq!(check(plain), (Mark::Absent, plain.to_owned()));
        }
    }
}
