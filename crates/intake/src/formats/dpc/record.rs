//! Lines and columns of a survey file. Splitting by TAB and LF on bytes is safe in Shift_JIS and in UTF-8.

/// The most columns any kind has (EF: 31), and one more to see that there are more.
pub(super) const COLUMNS_MAX: usize = 32;

/// One line, without its end.
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
    /// Whether that end is LF alone.
    pub(super) bare: bool,
}

impl Line<'_> {
    /// Whether there is nothing in it, or the end-of-file mark alone.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.bytes, [] | [0x1a])
    }
}

/// The lines of a buffer.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: u32,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(bytes: &'a [u8], first: u32) -> Self {
        Self { bytes, at: 0, number: first }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let found = memchr::memchr(b'\n', rest);
        let length = found.unwrap_or(rest.len());
        let whole = rest.get(..length).unwrap_or_default();
        let mut bytes = whole.strip_suffix(b"\r").unwrap_or(whole);
        let bare = found.is_some() && bytes.len() == whole.len();
        let (start, number) = (self.at, self.number);
        if number == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        self.at += length + usize::from(found.is_some());
        self.number = self.number.saturating_add(1);
        Some(Line { bytes, start, end: self.at, number, ended: found.is_some(), bare })
    }
}

/// The columns of one line, from 0.
pub(super) struct Fields<'a> {
    record: &'a [u8],
    /// The byte behind each column.
    ends: [u32; COLUMNS_MAX],
    count: usize,
}

impl<'a> Fields<'a> {
    pub(super) const fn new() -> Self {
        Self { record: &[], ends: [0; COLUMNS_MAX], count: 0 }
    }

    /// Splits a line into the same place: on the way through a file nothing is copied or cleared. Lines are shorter
    /// than 4 GiB.
    #[inline]
    pub(super) fn refill(&mut self, record: &'a [u8]) {
        self.record = record;
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut count = 0;
        for tab in memchr::memchr_iter(b'\t', record) {
            if let Some(slot) = self.ends.get_mut(count) {
                *slot = place(tab);
            }
            count += 1;
        }
        if let Some(slot) = self.ends.get_mut(count) {
            *slot = place(record.len());
        }
        self.count = count + 1;
    }

    /// How many columns there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// A column without blanks at its ends; empty where there is none.
    #[inline]
    pub(super) fn get(&self, column: usize) -> &'a [u8] {
        if column >= self.count {
            return b"";
        }
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = column.checked_sub(1).map_or(0, |before| end(before) + 1);
        self.record.get(start..end(column)).unwrap_or_default().trim_ascii()
    }

    /// A column of printable ASCII; empty where it holds anything else.
    pub(super) fn ascii(&self, column: usize) -> &'a str {
        ascii(self.get(column))
    }
}

/// Printable ASCII as text; empty for anything else.
pub(super) fn ascii(bytes: &[u8]) -> &str {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        std::str::from_utf8(bytes).unwrap_or_default()
    } else {
        ""
    }
}

/// Whether a column is so many digits.
#[inline]
pub(super) fn digits(bytes: &[u8], count: usize) -> bool {
    bytes.len() == count && bytes.iter().all(u8::is_ascii_digit)
}

/// Whether a date says that there is none.
pub(super) fn no_date(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"0" | b"00000000" | b"99999999")
}
