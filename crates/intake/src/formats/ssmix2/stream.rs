//! HL7 messages outside a storage: single files, batches (`FHS`, `BHS`) and streams as they went over a line (MLLP).
//!
//! No path names the patient and no flag the valid version: PID-3 is believed, MSH-9 says what kind of message it is,
//! and a message that comes twice, byte for byte, counts once. What takes another back: `cancel`.
//!
//! The survey reads `MSH` and `PID` alone. Memory: one block, one message, and some 80 bytes for each message.

use hashbrown::HashSet;
use sudare_model::Place;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::cancel::CANCEL;
use super::letter::{Home, Survey};
use super::message::{Message, decode};
use super::{FILE_MAX, codes, requests};
use crate::findings;
use crate::plan::{BLOCK_BYTES, Planner};

/// A message whose path does not say whose and what it is.
pub(super) struct Piece {
    pub(super) file_no: u32,
    pub(super) start: u64,
    pub(super) end: u64,
    /// Number in the file of its first segment.
    pub(super) first: u32,
    pub(super) patient: Box<str>,
    pub(super) data_type: &'static str,
    pub(super) home: Home,
    /// 診療日, where the line before it says it.
    pub(super) care: Option<Day>,
}

/// Kinds of messages by MSH-9, as the storage has them.
const KINDS: [(&str, &str); 30] = [
    ("ADT^A08", "ADT-00"),
    ("ADT^A28", "ADT-00"),
    ("ADT^A31", "ADT-00"),
    ("ADT^A54", "ADT-01"),
    ("ADT^A04", "ADT-12"),
    ("ADT^A14", "ADT-21"),
    ("ADT^A01", "ADT-22"),
    ("ADT^A21", "ADT-31"),
    ("ADT^A22", "ADT-32"),
    ("ADT^A15", "ADT-41"),
    ("ADT^A02", "ADT-42"),
    ("ADT^A16", "ADT-51"),
    ("ADT^A03", "ADT-52"),
    ("ADT^A60", "ADT-61"),
    ("OMD^O03", "OMD"),
    ("OMG^O19", "OMG"),
    ("OMI^Z23", "OMG-11"),
    ("OML^O21", "OML-01"),
    ("OML^O33", "OML-01"),
    ("OML^O35", "OML-01"),
    ("OUL^R21", "OML-11"),
    ("OUL^R22", "OML-11"),
    ("OUL^R23", "OML-11"),
    ("OUL^R24", "OML-11"),
    ("ORU^R01", "ORU"),
    ("ORU^R30", "ORU"),
    ("MDM^T02", "MDM"),
    ("RDE^O11", "OMP-01"),
    ("RAS^O17", "OMP-11"),
    ("PPR^ZD1", "PPR-01"),
];

/// Triggers of ADT that take back what one message said.
const CANCELS: [&str; 9] = ["A11", "A12", "A13", "A25", "A26", "A27", "A52", "A53", "A55"];
/// Those that take back a patient with everything: told, not applied.
const DELETIONS: [&str; 2] = ["A23", "A29"];

/// What kind of message it is, or why it is none that is read.
fn kind(message: &str, trigger: &str) -> Result<&'static str, &'static FindingCode> {
    let found = KINDS.iter().find(|(one, _)| one.split_once('^') == Some((message, trigger)));
    match found {
        Some((_, kind)) => Ok(kind),
        None if message == "ADT" && CANCELS.contains(&trigger) => Ok(CANCEL),
        None if message == "ADT" && DELETIONS.contains(&trigger) => Err(&codes::CANCEL),
        None => Err(&codes::TRIGGER),
    }
}

/// Whether a file begins like a message, a batch or a file of batches.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let head = head.trim_ascii_start();
    let head = head.strip_prefix(b"\x0b").unwrap_or(head);
    matches!(head, [b'M', b'S', b'H', mark, ..] | [b'F' | b'B', b'H', b'S', mark, ..]
        if mark.is_ascii_punctuation())
}

/// What begins at a line start that ends a message: the next one, or the frame of a batch.
fn is_border(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\x0b").unwrap_or(line);
    matches!(line, [b'M', b'S', b'H', mark, ..]
        | [b'F' | b'B', b'H' | b'T', b'S', mark, ..] if mark.is_ascii_punctuation())
        || matches!(line.get(..3), Some(b"BTS" | b"FTS")) && line.len() == 3
}

/// The messages met in all files, to know those that come twice.
pub(super) type Met = HashSet<(u64, u64), foldhash::fast::RandomState>;

/// Cuts a file into messages; `None`, with a finding, where it cannot be read.
pub(super) fn survey(file_no: u32, planner: &mut Planner<'_>, met: &mut Met) -> Option<Vec<Piece>> {
    let mut cutter = Cutter { file_no, offset: 0, segment: 1, pieces: Vec::new() };
    planner.blocks(file_no, BLOCK_BYTES, |planner, block, last| {
        let mut used = 0;
        while let Some(length) = message_end(block.get(used..).unwrap_or_default(), last) {
            cutter.message(block.get(used..used + length).unwrap_or_default(), planner, met);
            used += length;
        }
        let rest = block.len() - used;
        if rest as u64 > FILE_MAX {
            // No real message is so long: what there is of it is left out.
            planner.findings.add(&findings::TOO_LARGE, cutter.place());
            cutter.skip(block.get(used..).unwrap_or_default());
            used = block.len();
        }
        Some(used)
    })?;
    if cutter.offset != planner.files.len(file_no) {
        planner.findings.add(&findings::CHANGED, Place::file(file_no));
        return None;
    }
    Some(cutter.pieces)
}

/// The byte behind the message that begins here: where the next border is, or the end of the last block.
fn message_end(bytes: &[u8], last: bool) -> Option<usize> {
    if bytes.is_empty() {
        return None;
    }
    let borders = memchr::memchr2_iter(b'\r', b'\n', bytes).map(|end| end + 1);
    for at in borders {
        let line = bytes.get(at..).unwrap_or_default();
        let line = line.get(..line.len().min(8)).unwrap_or_default();
        // Where a block ends a border may be cut; more bytes will show.
        if line.len() < 8 && !last {
            return None;
        }
        if is_border(line.split(|one| matches!(one, b'\r' | b'\n')).next().unwrap_or_default()) {
            return Some(at);
        }
    }
    last.then_some(bytes.len())
}

struct Cutter {
    file_no: u32,
    offset: u64,
    segment: u32,
    pieces: Vec<Piece>,
}

impl Cutter {
    fn place(&self) -> Place {
        Place::record(self.file_no, self.segment, "MSH").byte(self.offset)
    }

    fn skip(&mut self, bytes: &[u8]) {
        let full = |line: &&[u8]| !line.trim_ascii_end().is_empty();
        let count = bytes.split(|one| matches!(one, b'\r' | b'\n')).filter(full).count();
        self.offset += bytes.len() as u64;
        self.segment = self.segment.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// One message, or the frame of a batch, which is nobody's.
    fn message(&mut self, bytes: &[u8], planner: &mut Planner<'_>, met: &mut Met) {
        match self.piece(bytes) {
            Ok(Some(piece)) => {
                let hash = |seed: &str| {
                    u64::from_le_bytes(crate::key::visit_key(seed, &[bytes]).to_le_bytes())
                };
                if met.insert((hash("message"), bytes.len() as u64)) {
                    self.pieces.push(piece);
                } else {
                    planner.counts.superseded += 1;
                }
            }
            Ok(None) => {}
            Err(code) => planner.findings.add(code, self.place()),
        }
        self.skip(bytes);
    }

    fn piece(&self, bytes: &[u8]) -> Result<Option<Piece>, &'static FindingCode> {
        let start = bytes.trim_ascii_start();
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let start = start.strip_prefix(b"\x0b").unwrap_or(start);
        let blank = |one: &u8| one.is_ascii_whitespace() || matches!(one, 0x1a | 0x1c);
        let frame = matches!(start, [b'F' | b'B', b'H', b'S', ..] | [b'F' | b'B', b'T', b'S', ..]);
        if frame || start.iter().all(blank) {
            return Ok(None);
        }
        // MSH and PID are at the beginning; the rest is looked at when the message is read.
        let mut ends = memchr::memchr2_iter(b'\r', b'\n', bytes);
        let mut before = 0;
        let head = ends.find(|end| {
            let line = bytes.get(before..*end).unwrap_or_default();
            before = end + 1;
            line.starts_with(b"PID")
        });
        let mut text = String::new();
        decode(bytes.get(..head.unwrap_or(bytes.len())).unwrap_or(bytes), &mut text);
        let message = Message::parse(&text)?;
        let survey = Survey::of(&message, &mut None);
        let data_type = survey.kind.map_or(Err(&codes::TRIGGER), |(message, trigger)| {
            let requested = requests::kind(message, trigger, bytes);
            requested.unwrap_or_else(|| kind(message, trigger))
        })?;
        let pid = survey.pid.ok_or(&codes::PID_MISSING)?;
        let number = pid.person.number;
        if number.is_empty() {
            return Err(&codes::PID_NUMBER);
        }
        if crate::checks::is_my_number(number) {
            return Err(&findings::MY_NUMBER);
        }
        Ok(Some(Piece {
            file_no: self.file_no,
            start: self.offset,
            end: self.offset + bytes.len() as u64,
            first: self.segment,
            patient: number.into(),
            data_type,
            home: Home::Stream,
            care: None,
        }))
    }
}
