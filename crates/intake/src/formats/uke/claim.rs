//! Reading a unit of a claim file: claim by claim, the gate before the content.
//!
//! A claim is the records from one `RE` to the next. Its head (`RE`, `HO`, `KO`, `SN`) is looked at first: patient
//! number, then the gate, then individual numbers; only then are rows made. A claim that is refused or set aside
//! contributes no row.

use sudare_model::finding::FindingCode;
use sudare_model::{Admission, DataItem, Place, Tracks};

use super::layout::{Dialect, Role, fits_between, segment};
use super::record::{Fields, Line, Lines, Mark, line_end};
use super::rows::Claim;
use super::survey::death;
use super::who::{Who, Words};
use super::{LINE_MAX, codes};
use crate::checks::is_my_number;
use crate::columns::Origin;
use crate::findings;
use crate::gate::Life;
use crate::patients::patient_hash;
use crate::plan::{Facts, WorkUnit};
use crate::shift_jis::decode;
use crate::statement::Said;
use crate::unit::Reading;

/// Reads the spans of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut buffer = Vec::new();
    let mut said = Said::default();
    for span in &unit.spans.to_vec() {
        if !reading.load(span, &mut buffer) {
            continue;
        }
        let mut claims = Claims {
            reading,
            said: &mut said,
            facts: &unit.facts,
            file_no: span.file_no,
            offset: span.start,
            by_insured: span.group == super::BY_INSURED,
            words: Words::default(),
            kept: Vec::new(),
        };
        claims.read(&buffer, span.first_record);
    }
}

struct Claims<'r, 'a> {
    reading: &'r mut Reading<'a>,
    said: &'r mut Said,
    facts: &'r Facts,
    file_no: u32,
    offset: u64,
    /// Whether patients are known by their insurance and not by `RE`: the file is an insurer's.
    by_insured: bool,
    words: Words,
    /// Bytes of the claim at hand that are kept.
    kept: Vec<(usize, usize)>,
}

/// One claim: its head and its other records.
#[derive(Clone, Copy)]
struct Records<'l, 'b> {
    head: &'l Line<'b>,
    rest: &'l [Line<'b>],
    re: &'l Fields<'b>,
    dialect: Dialect,
}

impl Claims<'_, '_> {
    fn read(&mut self, buffer: &[u8], first: u32) {
        let mut claim: Vec<Line<'_>> = Vec::new();
        for line in Lines::new(buffer, first, line_end(buffer)) {
            if line.bytes.len() > LINE_MAX {
                self.add(&codes::LINE_LENGTH, &line, "?", None);
                continue;
            }
            if line.is_blank() {
                self.keep(&line, false);
                continue;
            }
            self.reading.counts.records += 1;
            match Role::of(&line) {
                Role::Inside if claim.is_empty() => self.add(&codes::ORPHAN, &line, "?", None),
                Role::Inside => claim.push(line),
                Role::Head => {
                    self.claim(&claim);
                    claim.clear();
                    claim.push(line);
                }
                Role::Before | Role::File => {
                    self.claim(&claim);
                    claim.clear();
                    self.between(&line);
                }
            }
        }
        self.claim(&claim);
    }

    fn add(
        &mut self,
        code: &'static FindingCode,
        line: &Line<'_>,
        segment: &'static str,
        field: Option<u16>,
    ) {
        let mut place =
            Place::record(self.file_no, line.number, segment).byte(self.offset + line.start as u64);
        place.field = field;
        self.reading.findings.add(code, place);
    }

    fn keep(&mut self, line: &Line<'_>, quarantined: bool) {
        let range = self.offset + line.start as u64..self.offset + line.end as u64;
        self.reading.keep(self.file_no, range, quarantined);
    }

    /// A record between claims: kept, for it is about no patient.
    fn between(&mut self, line: &Line<'_>) {
        let name = line.name().unwrap_or_default();
        if !fits_between(name, Fields::split(line.bytes).count()) {
            let code = if line.ended { &codes::COLUMNS } else { &codes::TRUNCATED };
            self.add(code, line, segment(name), None);
        }
        self.keep(line, false);
    }

    /// One claim, from its `RE` to the record before the next.
    fn claim(&mut self, lines: &[Line<'_>]) {
        let Some((head, rest)) = lines.split_first() else { return };
        self.reading.counts.messages += 1;
        let re = Fields::split(head.bytes);
        let dialect = Dialect::of(re.bare(2), re.count());
        let expected = dialect.head().columns;
        if re.count() != expected {
            let cut = re.count() < expected && !head.ended;
            let code = if cut { &codes::TRUNCATED } else { &codes::COLUMNS };
            self.add(code, head, "RE", None);
            if cut {
                return;
            }
        }
        let records = Records { head, rest, re: &re, dialect };
        let mut patient = std::mem::take(&mut self.words.patient);
        if self.by_insured {
            super::who::insured_number(&re, rest, &mut self.words, &mut patient);
        } else {
            decode(re.get(usize::from(dialect.head().patient)), &mut patient);
        }
        if let Some(admission) = self.gate(&patient, &records) {
            self.admitted(&patient, &admission, &records);
        }
        self.words.patient = patient;
    }

    /// Whether and how the claim may be read.
    fn gate(&mut self, patient: &str, records: &Records<'_, '_>) -> Option<Admission> {
        let Records { head, rest, re, dialect } = *records;
        let field = dialect.head().patient;
        if patient.is_empty() {
            self.add(&codes::PATIENT_MISSING, head, "RE", Some(field));
            return None;
        }
        if is_my_number(patient) {
            self.add(&findings::MY_NUMBER, head, "RE", Some(field));
            return None;
        }
        let known = !self.facts.is_empty() && !self.by_insured;
        let hash = if known { patient_hash(re.bare(usize::from(field))) } else { 0 };
        let birth = crate::date::day(re.get(6)).map(|dated| dated.day);
        // Of an insurer's patients planning knows nothing: only the claim itself can tell of a death.
        let death = if self.by_insured {
            let month = crate::date::month(re.get(3));
            rest.iter().find_map(|line| death(month, line))
        } else {
            None
        };
        let life = Life { birth, death }.or(self.facts.life(hash));
        let admission = self.reading.admission(patient, life, [self.file_no]);
        if admission.is_refused() {
            return None;
        }
        if let Some((line, name, field)) = self.individual_number(records) {
            self.add(&findings::MY_NUMBER, &line, name, Some(field));
            return None;
        }
        if self.facts.conflict(hash) || self.reading.is_disputed(&admission) {
            self.reading.dispute(&admission, [self.file_no]);
            self.add(&codes::PATIENT_CONFLICT, head, "RE", Some(6));
            if DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty()) {
                for line in std::iter::once(head).chain(rest) {
                    self.keep(line, true);
                }
            }
            return None;
        }
        Some(admission)
    }

    /// The first field for another number that holds an individual number.
    fn individual_number<'b>(
        &mut self,
        records: &Records<'_, 'b>,
    ) -> Option<(Line<'b>, &'static str, u16)> {
        let mut found = |bytes: &[u8]| {
            bytes.len() >= 12 && {
                decode(bytes, &mut self.words.scratch);
                is_my_number(&self.words.scratch)
            }
        };
        let head = records.dialect.head();
        for field in [head.patient, head.search] {
            if found(records.re.get(usize::from(field))) {
                return Some((*records.head, "RE", field));
            }
        }
        let mut fields = Fields::split(&[]);
        for line in records.rest {
            let name = match line.name() {
                Some(name) if matches!(&name, b"HO" | b"KO" | b"SN") => name,
                _ => continue,
            };
            fields.refill(line.bytes, 16);
            let held = (1u16..16).find(|field| found(fields.get(usize::from(*field))));
            if let Some(field) = held {
                return Some((*line, segment(name), field));
            }
        }
        None
    }

    fn admitted(&mut self, patient: &str, admission: &Admission, records: &Records<'_, '_>) {
        let Records { head, rest, re, dialect } = *records;
        if is_notice_of_return(head, rest) {
            self.add(&codes::RETURNED, head, "RE", None);
            if DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty()) {
                std::iter::once(head).chain(rest).for_each(|line| self.keep(line, false));
            }
            return;
        }
        let month = crate::date::month(re.get(3));
        let who = Who::of(re, rest, dialect);
        let origin = Origin {
            subject: admission.subject(),
            tracks: Tracks::NONE,
            file_no: self.file_no,
            record_no: head.number,
        };
        let visit = who.visit(re, dialect);
        let mut claim =
            Claim::new(&mut *self.reading, admission, origin, (dialect, re), (month, visit));
        claim.offset = self.offset;
        claim.masters = self.facts.masters.as_deref();
        claim.check_head(re, head);
        who.identity(patient, &mut self.words, self.said, &mut claim, head);
        claim.head_texts(re, head);
        let head_withheld = claim.withheld;
        let mut kept = std::mem::take(&mut self.kept);
        kept.clear();
        let mut fields = Fields::split(&[]);
        for line in rest {
            claim.withheld = false;
            claim.origin.record_no = line.number;
            if claim.record(line, &mut fields) && !claim.withheld {
                join(&mut kept, line);
            }
        }
        claim.origin.record_no = head.number;
        claim.withheld = head_withheld;
        claim.visit(re, head);
        let keep_head = !claim.withheld;
        self.keep_claim(head, keep_head, kept);
    }

    /// Keeps the bytes of a claim: its head or not, and ranges of its other records.
    fn keep_claim(&mut self, head: &Line<'_>, keep_head: bool, kept: Vec<(usize, usize)>) {
        if keep_head {
            self.keep(head, false);
        }
        for (start, end) in &kept {
            let range = self.offset + *start as u64..self.offset + *end as u64;
            self.reading.keep(self.file_no, range, false);
        }
        self.kept = kept;
    }
}

/// Whether a claim is only told of as returned, by `RE` and `HR`: the claim itself follows, with a payer's marks.
fn is_notice_of_return(head: &Line<'_>, rest: &[Line<'_>]) -> bool {
    head.mark == Mark::Absent
        && !rest.is_empty()
        && rest.iter().all(|line| matches!(line.name().as_ref(), Some(b"HR")))
}

/// Adds a line to ranges of bytes to keep; lines that adjoin make one range.
fn join(kept: &mut Vec<(usize, usize)>, line: &Line<'_>) {
    match kept.last_mut() {
        Some((_, end)) if *end == line.start => *end = line.end,
        _ => kept.push((line.start, line.end)),
    }
}
