//! Rows and fields of a table as RFC 4180 has them: separated by commas or tabs, quoted where they hold one.
//!
//! A row ends at a line end outside quotes. A quotation mark that is never closed would swallow the rest of the table,
//! so a row ends at the latest after [`ROW_MAX`] bytes, and a mark closes at the end of a field or not at all: else its
//! first line is broken, and the next line a row again.

use memchr::{memchr, memchr2};

use crate::shift_jis::Met;

/// No real row is longer.
pub(super) const ROW_MAX: usize = 64 << 10;

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'b> {
    /// Without its line end.
    pub(super) bytes: &'b [u8],
    /// First byte, and the byte behind the line end.
    pub(super) start: usize,
    pub(super) end: usize,
    /// From 1, as a spreadsheet counts.
    pub(super) number: u32,
    /// Whether a quotation mark stays open, or the row is too long: it cannot be read.
    pub(super) broken: bool,
}

/// Where a row ends.
enum End {
    /// At this line end.
    At(usize),
    /// There is no line end.
    None,
    /// A quotation mark stays open, or one that was open closes inside a text.
    Open,
}

fn end_of(bytes: &[u8], separator: u8) -> End {
    let mut at = 0;
    while let Some(found) = memchr2(b'\n', b'"', bytes.get(at..).unwrap_or_default()) {
        let found = at + found;
        if bytes.get(found) == Some(&b'\n') {
            return End::At(found);
        }
        let before = found.checked_sub(1).and_then(|before| bytes.get(before));
        at = found + 1;
        if before.is_some_and(|before| *before != separator) {
            continue;
        }
        loop {
            let Some(close) = memchr(b'"', bytes.get(at..).unwrap_or_default()) else {
                return End::Open;
            };
            at += close + 1;
            if bytes.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
        // Behind a mark that closes there is nothing else: what closed here is the mark that opens another field.
        match bytes.get(at) {
            None | Some(b'\r' | b'\n') => {}
            Some(next) if *next == separator => {}
            Some(_) => return End::Open,
        }
    }
    End::None
}

/// Walks over the rows of a buffer.
pub(super) struct Rows<'b> {
    buffer: &'b [u8],
    separator: u8,
    at: usize,
    number: u32,
    /// Whether nothing follows the buffer.
    last: bool,
}

impl<'b> Rows<'b> {
    pub(super) const fn new(buffer: &'b [u8], separator: u8, number: u32, last: bool) -> Self {
        Self { buffer, separator, at: 0, number, last }
    }
}

impl<'b> Iterator for Rows<'b> {
    type Item = Row<'b>;

    fn next(&mut self) -> Option<Row<'b>> {
        let rest = self.buffer.get(self.at..).filter(|rest| !rest.is_empty())?;
        // The end mark of DOS belongs to no value.
        let text = rest.strip_suffix(b"\x1a").filter(|_| self.last).unwrap_or(rest);
        let window = text.get(..ROW_MAX).unwrap_or(text);
        let (length, behind, broken) = match end_of(window, self.separator) {
            End::At(end) => (end, end + 1, false),
            // What is missing may follow.
            _ if window.len() < ROW_MAX && !self.last => return None,
            End::None if window.len() < ROW_MAX => (text.len(), rest.len(), false),
            End::Open | End::None => {
                let line = memchr(b'\n', rest);
                (line.unwrap_or(rest.len()), line.map_or(rest.len(), |line| line + 1), true)
            }
        };
        let whole = rest.get(..length).unwrap_or_default();
        let mut bytes = whole.strip_suffix(b"\r").unwrap_or(whole);
        if self.number == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        let row = Row { bytes, start: self.at, end: self.at + behind, number: self.number, broken };
        self.at = row.end;
        self.number = self.number.saturating_add(1);
        Some(row)
    }
}

/// The fields of one row.
#[derive(Default)]
pub(super) struct Fields<'b> {
    fields: Vec<&'b [u8]>,
}

impl<'b> Fields<'b> {
    /// Splits a row into the same place.
    pub(super) fn refill(&mut self, mut rest: &'b [u8], separator: u8) {
        self.fields.clear();
        loop {
            let end = if rest.first() == Some(&b'"') {
                let mut at = 1;
                loop {
                    match memchr(b'"', rest.get(at..).unwrap_or_default()) {
                        Some(close) if rest.get(at + close + 1) == Some(&b'"') => at += close + 2,
                        Some(close) => break at + close + 1,
                        None => break rest.len(),
                    }
                }
            } else {
                0
            };
            let behind = rest.get(end..).unwrap_or_default();
            match memchr(separator, behind) {
                Some(next) => {
                    self.fields.push(rest.get(..end + next).unwrap_or_default());
                    rest = rest.get(end + next + 1..).unwrap_or_default();
                }
                None => {
                    self.fields.push(rest);
                    return;
                }
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    /// How many there are up to the last that holds anything.
    pub(super) fn filled(&self) -> usize {
        self.fields.len() - self.fields.iter().rev().take_while(|field| is_empty(field)).count()
    }

    /// How many of them hold anything.
    pub(super) fn holding(&self) -> usize {
        self.fields.iter().filter(|field| !is_empty(field)).count()
    }

    /// A field as it stands, quotes and all.
    pub(super) fn raw(&self, at: usize) -> &'b [u8] {
        self.fields.get(at).copied().unwrap_or_default()
    }

    /// Decodes a field into a cleared buffer, without quotes; line ends in it become blanks.
    pub(super) fn decode(&self, at: usize, utf8: bool, into: &mut String) -> Met {
        let raw = self.raw(at).trim_ascii();
        let quoted = raw.strip_prefix(b"\"").map(|rest| rest.strip_suffix(b"\"").unwrap_or(rest));
        let mut plain = Vec::new();
        let bytes = match quoted {
            None => raw,
            Some(inner) if memchr::memchr3(b'"', b'\n', b'\r', inner).is_none() => inner,
            Some(inner) => {
                let mut before = 0;
                for byte in inner {
                    match byte {
                        b'"' if before == b'"' => {
                            before = 0;
                            continue;
                        }
                        b'\n' | b'\r' => plain.push(b' '),
                        byte => plain.push(*byte),
                    }
                    before = *byte;
                }
                &plain
            }
        };
        if utf8 {
            crate::text::decode_utf8(bytes, into)
        } else {
            crate::shift_jis::decode(bytes, into)
        }
    }
}

fn is_empty(field: &[u8]) -> bool {
    field.trim_ascii().is_empty() || field == b"\"\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, bool)> {
        let mut fields = Fields::default();
        Rows::new(text.as_bytes(), b',', 1, true)
            .map(|row| {
                fields.refill(row.bytes, b',');
                let mut buffer = String::new();
                let mut decoded = |at| {
                    fields.decode(at, true, &mut buffer);
                    buffer.clone()
                };
                ((0..fields.count()).map(&mut decoded).collect::<Vec<_>>().join("|"), row.broken)
            })
            .collect()
    }

    #[test]
    fn rows_end_outside_quotes_and_an_open_quote_costs_one_line() {
        let check = |text: &str, expected: &[(&str, bool)]| {
            let expected: Vec<_> =
                expected.iter().map(|(row, broken)| ((*row).to_owned(), *broken)).collect();
            assert_eq!(rows(text), expected, "{text}");
        };
        check("a,b\r\n1,2\r\n", &[("a|b", false), ("1|2", false)]);
        check("\u{feff}a,\"b\"\n1,\"2,3\"", &[("a|b", false), ("1|2,3", false)]);
        check("a,b\n1,\"2\"\u{1a}", &[("a|b", false), ("1|2", false)]);
        check("a,b\r\n\u{1a}", &[("a|b", false), ("", false)]);
        check("\"a\nb\",\"c\"\"d\"\n", &[("a b|c\"d", false)]);
        check("5\"x,1\n2,3\n", &[("5\"x|1", false), ("2|3", false)]);
        check("a,\"b\n1,2\n", &[("a|b", true), ("1|2", false)]);
        check("a,\"b\n1,\"2\"\n", &[("a|b", true), ("1|2", false)]);
        check("a,\"b\"c\"\n1,2\n", &[("a|b\"c", true), ("1|2", false)]);
        check(",\n\n", &[("|", false), ("", false)]);
        let long = format!("1,\"{}\n2,3\n{}", "x".repeat(10), "4,5\n".repeat(ROW_MAX / 4));
        let found = rows(&long);
        assert_eq!((found[0].1, &*found[1].0, found.len()), (true, "2|3", 2 + ROW_MAX / 4));
    }

    #[test]
    fn a_row_that_goes_on_behind_the_buffer_waits() {
        assert_eq!(Rows::new(b"1,2\n3,", b',', 1, false).count(), 1);
        assert_eq!(Rows::new(b"1,2\n3,", b',', 1, true).count(), 2);
    }
}
