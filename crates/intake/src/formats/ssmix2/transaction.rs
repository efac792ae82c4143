//! The transaction store: one file for many messages, each behind a line that says whose and what it is.
//!
//! `#SSMIX,2.00,facility,patient,day or -,data type,order,INS or DEL,department or -,time`, and then the message (a
//! deletion may do without). The line says what a file's name says in the storage, so it is read as that name: `INS` a
//! valid version (flag 1), `DEL` a deletion (flag 0), and [`super::select`] finds the version that counts among files
//! and records alike. Sources: the JAMI mapping guide to FHIR (`040_usecases`), a published reader, and the National
//! Hospital Organization's support documents (`transaction_strage`).
//!
//! Invariant: of a record nothing but its line is read before the gate was asked for the patient it names, and bytes
//! that no line claims (before the first line, behind one that does not read, a second message behind one line) are
//! neither read nor kept.
//!
//! Memory: one block, one record, and some 250 bytes for each record while a delivery is planned; a file of more than
//! [`RECORDS_MAX`] records is left out whole, so one file holds at most 256 MiB so. The files of a delivery add up.

use sudare_model::Place;
use sudare_model::finding::FindingCode;

use super::path::{data_type, named};
use super::{FILE_MAX, codes};
use crate::findings;
use crate::plan::{BLOCK_BYTES, Planner, Span};

/// What a line begins with.
const MARK: &[u8] = b"#SSMIX,";
/// No real line is longer: the parts have at most 100 characters together.
const LINE_MAX: usize = 1 << 10;
/// No real file has more records: a large hospital writes some ten thousand messages a day.
const RECORDS_MAX: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };
/// The time of a version has at least seconds.
const TIME_MIN: usize = 14;

/// One record: the line and the message behind it.
pub(super) struct Record {
    /// The name that the storage gives the message, behind a `/`.
    pub(super) name: Box<str>,
    pub(super) span: Span,
}

/// Why a line does not read, and the part that is wrong (from 1; the mark is the first).
type Fault = (&'static FindingCode, u16);

/// Whether a file begins like one of the transaction store.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(MARK)
}

/// Where the message of a record begins: behind its line.
pub(super) fn message_at(record: &[u8]) -> usize {
    memchr::memchr2(b'\r', b'\n', record).map_or(record.len(), |end| end + 1)
}

/// A line's parts; `None` for a line of another shape.
fn parts(line: &[u8]) -> Option<[&str; 10]> {
    let line = std::str::from_utf8(Some(line).filter(|line| line.len() <= LINE_MAX)?).ok()?;
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let parts: [&str; 10] = parts.try_into().ok()?;
    let [mark, version, ..] = parts;
    (mark == "#SSMIX" && version.starts_with("2.")).then_some(parts)
}

/// The name that the storage gives the message of a line.
fn name(line: &[u8]) -> Result<String, Fault> {
    let wrong = |part| (&codes::STORE_HEADER, part);
    let all = parts(line).ok_or_else(|| wrong(1))?;
    let [_, _, _, patient, day, kind, order, action, department, time] = all;
    // These separate the parts of a name, and folders.
    let divided = |text: &str| text.contains(['_', '/']);
    if patient.is_empty() || patient.contains('/') {
        return Err(wrong(4));
    }
    if crate::checks::is_my_number(patient) {
        return Err((&findings::MY_NUMBER, 4));
    }
    // The extended storage has a transaction store of its own, whose records nobody publishes.
    if kind.contains('^') {
        return Err((&codes::NOT_READ_STORE, 6));
    }
    let kind = data_type(kind).ok_or((&codes::TYPE_UNKNOWN, 6))?;
    if order.is_empty() || divided(order) {
        return Err(wrong(7));
    }
    let flag = match action {
        "INS" => '1',
        "DEL" => '0',
        _ => return Err(wrong(8)),
    };
    if divided(department) {
        return Err(wrong(9));
    }
    if time.len() < TIME_MIN || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong(10));
    }
    let name = format!("/{patient}_{day}_{kind}_{order}_{time}_{department}_{flag}");
    // Read back, it says the same where the day is one.
    let read = named(&name).filter(|read| (read.patient, read.day) == (patient, day));
    read.is_some().then_some(name).ok_or_else(|| wrong(5))
}

/// Cuts a file into records; `None`, with a finding, where it cannot be read or holds none.
pub(super) fn survey(file_no: u32, planner: &mut Planner<'_>) -> Option<Vec<Record>> {
    let place = Place::file(file_no);
    let (mut cutter, mut scan) =
        (Cutter { file_no, line: 1, ..Cutter::default() }, Scan::default());
    planner.blocks(file_no, BLOCK_BYTES, |planner, block, last| {
        let mut used = 0;
        while let Some(length) = scan.end(block.get(used..).unwrap_or_default(), last) {
            cutter.record(block.get(used..used + length).unwrap_or_default(), planner);
            used += length;
            if cutter.records.len() > RECORDS_MAX {
                // What stands behind may delete what stands before, so no part of it is read.
                planner.findings.add(&findings::TOO_LARGE, place.clone());
                return None;
            }
        }
        let rest = block.get(used..).unwrap_or_default();
        if rest.len() as u64 > FILE_MAX {
            // No real record is so long: what there is of it is left out, but for a line that may begin the next.
            let length = memchr::memrchr2(b'\r', b'\n', rest).map_or(rest.len(), |end| end + 1);
            cutter.leave_out(rest.get(..length).unwrap_or_default(), planner);
            used += length;
            scan = Scan::default();
        }
        Some(used)
    })?;
    if cutter.offset != planner.files.len(file_no) {
        planner.findings.add(&findings::CHANGED, place);
        return None;
    }
    cutter.finish(planner)
}

/// How far the record at hand was looked through, so that no byte is looked at again with the next block.
#[derive(Default)]
struct Scan {
    at: usize,
    /// Where the line that begins there ends, if known: of a line that is cut often the end is looked for once.
    end: Option<usize>,
    /// Whether it holds the beginning of a message.
    message: bool,
}

impl Scan {
    /// The byte behind the record that begins here: where the next line of the store is, or a message that has none, or
    /// the end of the last block. `None` where more bytes will show.
    fn end(&mut self, bytes: &[u8], last: bool) -> Option<usize> {
        while let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let border = || memchr::memchr2(b'\r', b'\n', rest).map(|length| self.at + length);
            let end = self.end.or_else(border).or_else(|| last.then_some(bytes.len()))?;
            let line = bytes.get(self.at..end).unwrap_or_default();
            let begins = is_message(line);
            let next = self.at > 0 && (is_of_store(line) || begins && self.message);
            if let Some(inside) = if next { Some(0) } else { inside(line) } {
                let cut = self.at + inside;
                *self = Self { end: Some(end - cut), ..Self::default() };
                return Some(cut);
            }
            self.message |= begins;
            (self.at, self.end) = (end + 1, None);
        }
        let end = last.then_some(bytes.len()).filter(|length| *length > 0)?;
        *self = Self::default();
        Some(end)
    }
}

/// Whether a line is one of the store, or one that was damaged: no segment begins so, and no text that was broken
/// into lines is taken apart like one.
fn is_of_store(line: &[u8]) -> bool {
    let line = bare(line);
    let commas = || memchr::memchr_iter(b',', line).count();
    let named = || {
        let name = line.get(..5).unwrap_or_default();
        line.starts_with(b"#") || name.eq_ignore_ascii_case(b"SSMIX")
    };
    // Nine separate the parts; one may be lost, or one too many.
    let acts = || {
        let holds = |word| memchr::memmem::find(line, word).is_some();
        (holds(b",INS,") || holds(b",DEL,")) && memchr::memchr(b'|', line).is_none()
    };
    line.starts_with(MARK) || commas() > 5 && (named() || (8..=10).contains(&commas()) && acts())
}

/// Whether a line begins a message.
fn is_message(line: &[u8]) -> bool {
    matches!(bare(line), [b'M', b'S', b'H', mark, ..] if mark.is_ascii_punctuation())
}

/// Where a line of the store begins inside another, whether or not it reads: the writer of the one before left the end
/// of its last segment out. No text holds the mark.
fn inside(line: &[u8]) -> Option<usize> {
    let before = line.len() - bare(line).len();
    let mut marks = memchr::memchr_iter(b'#', line).filter(|at| *at > before);
    marks.find(|at| line.get(*at..).is_some_and(|rest| rest.starts_with(MARK)))
}

/// A line without the marks of a text's beginning, blanks and controls before it.
fn bare(mut line: &[u8]) -> &[u8] {
    // The mark, then the blanks U+00A0 and U+3000, in UTF-8 and in CP932.
    const WIDE: [&[u8]; 4] = [b"\xef\xbb\xbf", b"\xc2\xa0", b"\xe3\x80\x80", b"\x81\x40"];
    loop {
        line = match line {
            [0..=b' ' | 0x7f, rest @ ..] => rest,
            _ => match WIDE.iter().find_map(|one| line.strip_prefix(*one)) {
                Some(rest) => rest,
                None => return line,
            },
        };
    }
}

/// Whether there is nothing but blanks and marks of a text's beginning or end.
fn is_blank(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().all(|one| one.is_ascii_whitespace() || matches!(one, 0x1a | 0x1c))
}

#[derive(Default)]
struct Cutter {
    file_no: u32,
    offset: u64,
    /// Number of the next line that is not blank.
    line: u32,
    /// Whether a record that is too long goes on.
    overlong: bool,
    /// Whether a line was met.
    met: bool,
    /// Bytes before the first line.
    before: Option<Place>,
    records: Vec<Record>,
}

impl Cutter {
    fn place(&self) -> Place {
        Place::record(self.file_no, self.line, "#SSMIX").byte(self.offset)
    }

    fn skip(&mut self, bytes: &[u8]) {
        let full = |line: &&[u8]| !is_blank(line);
        let count = bytes.split(|one| matches!(one, b'\r' | b'\n')).filter(full).count();
        self.offset += bytes.len() as u64;
        self.line = self.line.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// The part of a record, or of what no line claims, that is too long.
    fn leave_out(&mut self, bytes: &[u8], planner: &mut Planner<'_>) {
        if !self.overlong {
            planner.findings.add(&findings::TOO_LARGE, self.place());
        }
        self.met |= bare(bytes).starts_with(MARK);
        self.overlong = true;
        self.skip(bytes);
    }

    /// One record, or what no line claims.
    fn record(&mut self, bytes: &[u8], planner: &mut Planner<'_>) {
        let line = bytes.get(..message_at(bytes)).unwrap_or_default().trim_ascii_end();
        if is_of_store(line) {
            let line = bare(line);
            self.met |= line.starts_with(MARK);
            self.overlong = false;
            if bytes.len() as u64 > FILE_MAX {
                return self.leave_out(bytes, planner);
            }
            match name(line) {
                Ok(name) => self.records.push(Record {
                    name: name.into(),
                    span: Span {
                        file_no: self.file_no,
                        start: self.offset,
                        end: self.offset + bytes.len() as u64,
                        first_record: self.line,
                        group: 0,
                    },
                }),
                Err((code, part)) => planner.findings.add(code, self.place().field(part)),
            }
        } else if !self.overlong && !is_blank(bytes) {
            if self.met {
                planner.findings.add(&codes::STORE_HEADER, self.place());
            } else if self.before.is_none() {
                self.before = Some(self.place());
            }
        }
        self.skip(bytes);
    }

    fn finish(self, planner: &mut Planner<'_>) -> Option<Vec<Record>> {
        if !self.met {
            planner.findings.add(&codes::NOT_READ_STORE, Place::file(self.file_no));
            return None;
        }
        if let Some(place) = self.before {
            planner.findings.add(&codes::STORE_HEADER, place);
        }
        if !self.records.is_empty() {
            planner.findings.add(&codes::STORE, Place::file(self.file_no));
        }
        Some(self.records)
    }
}
