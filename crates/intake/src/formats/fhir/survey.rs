//! One pass over FHIR files before they are read: where to cut them, and which patients, drugs and insurers the other
//! resources refer to.
//!
//! Of a line that is not a Patient, a Medication, an Organization or a Bundle only the type is looked at. Memory: one
//! block (a whole text where a file is one), and what [`Known`] keeps.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;

use sudare_model::Place;
use sudare_model::finding::FindingCode;

use super::json::{Tape, Value};
use super::known::{Known, canonical};
use super::{TEXT_MAX, UNIT_FILES};
use crate::findings;
use crate::plan::{Facts, FileNumbers, Planner, Span, WorkUnit};

/// Bytes read at once.
const BLOCK: u64 = 1 << 20;
/// How deep Bundles may lie in Bundles.
pub(super) const DEPTH_MAX: usize = 3;

/// What reading needs to know.
pub(super) struct Learnt {
    pub(super) known: Known,
    /// Files that hold texts over several lines; the others hold one text a line.
    pub(super) documents: BTreeSet<u32>,
}

/// Surveys files and adds their units.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>, unit_bytes: u64) {
    let mut survey = Survey {
        learnt: Learnt { known: Known::default(), documents: BTreeSet::new() },
        tape: Tape::default(),
        spans: Vec::new(),
        unit_bytes,
    };
    for file_no in file_nos.iter() {
        survey.file(file_no, planner);
    }
    let facts = Facts { learnt: Some(Arc::new(survey.learnt)), ..Facts::default() };
    let mut unit: Vec<Span> = Vec::new();
    let mut bytes = 0;
    let mut close = |unit: &mut Vec<Span>, bytes: &mut u64| {
        if !unit.is_empty() {
            planner.units.push(WorkUnit {
                format: "fhir",
                spans: std::mem::take(unit).into_iter().collect(),
                bytes: *bytes,
                facts: facts.clone(),
            });
        }
        *bytes = 0;
    };
    for span in survey.spans {
        let size = span.end - span.start;
        if bytes + size > unit_bytes || unit.len() >= UNIT_FILES {
            close(&mut unit, &mut bytes);
        }
        bytes += size;
        unit.push(span);
    }
    close(&mut unit, &mut bytes);
}

struct Survey {
    learnt: Learnt,
    tape: Tape,
    spans: Vec<Span>,
    unit_bytes: u64,
}

/// A file of one text a line, being cut.
struct Lines {
    file_no: u32,
    /// Bytes and lines before the block.
    offset: u64,
    line: u32,
    span_start: u64,
    span_line: u32,
    /// Where a line began that is longer than any resource.
    overlong: Option<u64>,
}

impl Survey {
    fn file(&mut self, file_no: u32, planner: &mut Planner<'_>) {
        let opened = planner.files.open(file_no).map_err(findings::unopened);
        let read = opened.and_then(|mut reader| {
            let mut block = Vec::new();
            let read = reader.by_ref().take(BLOCK).read_to_end(&mut block);
            read.map_err(|error| findings::unread(&error))?;
            if is_lines(&block) {
                self.lines(file_no, reader, block, planner)
            } else {
                self.document(file_no, reader, block, planner)
            }
        });
        if let Err(code) = read {
            self.spans.retain(|span| span.file_no != file_no);
            planner.findings.add(code, Place::file(file_no));
        }
    }

    /// A file that is one text, or texts over several lines behind each other.
    fn document(
        &mut self,
        file_no: u32,
        reader: impl Read,
        mut block: Vec<u8>,
        planner: &mut Planner<'_>,
    ) -> Result<(), &'static FindingCode> {
        let size = planner.files.len(file_no);
        if size > TEXT_MAX {
            return Err(&findings::TOO_LARGE);
        }
        let rest = reader.take(TEXT_MAX).read_to_end(&mut block);
        rest.map_err(|error| findings::unread(&error))?;
        if block.len() as u64 != size {
            return Err(&findings::CHANGED);
        }
        self.learnt.documents.insert(file_no);
        let start = if block.starts_with(BOM) { BOM.len() } else { 0 };
        let whole = block.get(start..).map_or(Err(()), |b| std::str::from_utf8(b).map_err(|_| ()));
        if whole.is_ok_and(|text| text.trim().is_empty()) {
            planner.findings.add(&findings::EMPTY, Place::file(file_no));
        }
        let Ok(text) = whole else {
            self.span(file_no, 0, size, 1);
            return Ok(());
        };
        let (mut begin, mut used) = (0, 0);
        let mut record = 1;
        for (end, part) in texts(text) {
            let Ok(root) = self.tape.read(part) else { break };
            learn(&mut self.learnt.known, root, 0);
            used = end;
            let end = (start + end) as u64;
            self.span(file_no, begin, end, record);
            begin = end;
            record += 1;
        }
        // What is no text, or nothing but space, is left for the reader to report.
        let rest = text.get(used..).unwrap_or_default();
        if begin == 0 || !rest.trim().is_empty() {
            self.span(file_no, begin, size, record);
        } else if let Some(last) = self.spans.last_mut() {
            last.end = size;
        }
        Ok(())
    }

    fn span(&mut self, file_no: u32, start: u64, end: u64, first_record: u32) {
        self.spans.push(Span { file_no, start, end, first_record, group: 0 });
    }

    /// A file of one text a line.
    fn lines(
        &mut self,
        file_no: u32,
        mut reader: impl Read,
        mut block: Vec<u8>,
        planner: &mut Planner<'_>,
    ) -> Result<(), &'static FindingCode> {
        let mut file =
            Lines { file_no, offset: 0, line: 1, span_start: 0, span_line: 1, overlong: None };
        let mut searched = 0;
        loop {
            let used = self.block(&mut file, &block, searched, planner);
            block.drain(..used);
            searched = block.len();
            let read = reader.by_ref().take(BLOCK).read_to_end(&mut block);
            if read.map_err(|error| findings::unread(&error))? == 0 {
                break;
            }
        }
        if !block.is_empty() {
            self.line(&mut file, &block, planner);
        }
        self.cut(&mut file);
        if file.offset != planner.files.len(file_no) {
            return Err(&findings::CHANGED);
        }
        Ok(())
    }

    /// Goes through the whole lines of a block; gives how many bytes were used.
    fn block(
        &mut self,
        file: &mut Lines,
        block: &[u8],
        searched: usize,
        planner: &mut Planner<'_>,
    ) -> usize {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', block.get(searched..).unwrap_or_default()) {
            let end = searched + end + 1;
            let line = block.get(start..end).unwrap_or_default();
            self.line(file, line, planner);
            start = end;
        }
        let rest = block.get(start..).unwrap_or_default();
        if rest.len() as u64 > TEXT_MAX {
            // No resource is so long: go on behind it.
            file.overlong.get_or_insert(file.offset + start as u64);
            file.offset += rest.len() as u64;
            return block.len();
        }
        start
    }

    fn line(&mut self, file: &mut Lines, line: &[u8], planner: &mut Planner<'_>) {
        file.offset += line.len() as u64;
        file.line = file.line.saturating_add(1);
        if let Some(begin) = file.overlong.take() {
            let number = file.line.saturating_sub(1);
            let place = Place::record(file.file_no, number, "?").byte(begin);
            planner.findings.add(&findings::TOO_LARGE, place);
            // The rows before and behind it stand; the line itself lies in no span.
            self.cut_at(file, begin, number);
            file.span_start = file.offset;
            file.span_line = file.line;
            return;
        }
        if !may_be_passed(line)
            && let Ok(text) = std::str::from_utf8(line)
            && let Ok(root) = self.tape.read(text.trim_start_matches('\u{feff}'))
        {
            learn(&mut self.learnt.known, root, 0);
        }
        if file.offset - file.span_start >= self.unit_bytes {
            self.cut(file);
        }
    }

    fn cut(&mut self, file: &mut Lines) {
        let (end, line) = (file.offset, file.line);
        self.cut_at(file, end, line);
    }

    fn cut_at(&mut self, file: &mut Lines, end: u64, line: u32) {
        if end > file.span_start {
            self.span(file.file_no, file.span_start, end, file.span_line);
        }
        file.span_start = end;
        file.span_line = line;
    }
}

/// The mark that some systems write before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether a file that begins so holds one text a line: its first line ends as an object does, or its second begins as
/// one.
pub(super) fn is_lines(head: &[u8]) -> bool {
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    if head.first() != Some(&b'{') {
        return false;
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next().unwrap_or_default();
    let second = lines.find(|line| !line.is_empty()).unwrap_or_default();
    // A file of one line is one text either way; a first line longer than the head is one of many.
    let open = first.len() >= 64 << 10;
    first.len() > 1 && first.ends_with(b"}") || second.starts_with(b"{") || open
}

/// The texts that follow each other, with the byte behind each.
fn texts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let mut begin = 0;
    std::iter::from_fn(move || {
        stream.next()?.ok()?;
        let end = stream.byte_offset();
        let part = text.get(begin..end)?;
        begin = end;
        Some((end, part))
    })
}

/// Whether a line begins as a resource that nobody refers to. What is written otherwise is read.
fn may_be_passed(line: &[u8]) -> bool {
    let mut rest = line.trim_ascii_start();
    for part in [b"{".as_slice(), b"\"resourceType\"", b":", b"\""] {
        let Some(after) = rest.strip_prefix(part) else { return line.trim_ascii().is_empty() };
        rest = if part == b"\"" { after } else { after.trim_ascii_start() };
    }
    let kind = rest.split(|byte| *byte == b'"').next().unwrap_or_default();
    !matches!(kind, b"Patient" | b"Medication" | b"Organization" | b"Bundle")
}

/// Adds what a text says of patients, drugs and insurers.
fn learn(known: &mut Known, root: Value<'_>, depth: usize) {
    if !root.is_object() {
        root.items().for_each(|one| learn_entry(known, one, None, depth));
        return;
    }
    learn_entry(known, root, None, depth);
}

fn learn_entry(known: &mut Known, resource: Value<'_>, url: Option<&str>, depth: usize) {
    let kind = resource.text("resourceType");
    if kind == "Bundle" && depth < DEPTH_MAX {
        for entry in resource.get("entry").items() {
            let url = canonical(entry.text("fullUrl"));
            learn_entry(known, entry.get("resource"), Some(url), depth + 1);
        }
        return;
    }
    if !matches!(kind, "Patient" | "Medication" | "Organization") {
        return;
    }
    let own;
    let reference = match url {
        Some(url) => url,
        None if resource.text("id").is_empty() => "",
        None => {
            own = format!("{kind}/{}", resource.text("id"));
            &own
        }
    };
    match kind {
        "Patient" => known.add_patient(resource, reference),
        "Medication" => known.add_drug(resource, reference),
        _ => known.add_insurer(resource, reference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_a_text_over_several_lines() {
        assert!(is_lines(b"{\"a\":1}\n{\"a\":2}\n"));
        assert!(is_lines(b"\xef\xbb\xbf{\"a\":1}\r\n\r\n{\"a\":2}"));
        assert!(is_lines(b"{\"a\":\n{\"a\":2}\n"));
        assert!(is_lines(b"{\"a\":1}"));
        assert!(!is_lines(b"{\n  \"a\": 1\n}\n"));
        assert!(!is_lines(b"[{\"a\":1},\n{\"a\":2}]"));
        assert!(!is_lines(b"{\r\n\"a\": {\r\n}}"));
    }

    #[test]
    fn only_what_others_refer_to_is_read_before_the_gate() {
        assert!(may_be_passed(b" { \"resourceType\" : \"Observation\" }"));
        assert!(may_be_passed(b"\r\n"));
        for read in ["Patient", "Medication", "Organization", "Bundle"] {
            assert!(!may_be_passed(format!("{{\"resourceType\":\"{read}\"}}").as_bytes()));
        }
        assert!(!may_be_passed(b"{\"id\":\"1\",\"resourceType\":\"Observation\"}"));
        assert!(!may_be_passed(b"{\"resourceType\":"));
    }

    #[test]
    fn texts_that_follow_each_other_are_told_apart() {
        let ends: Vec<_> = texts("{\n}\n{ } [] x").map(|(end, _)| end).collect();
        assert_eq!(ends, [3, 7, 10]);
        assert_eq!(texts("{").count(), 0);
    }
}
