//! Reading a unit of a claim file: claim by claim, the gate before the content.
//!
//! A claim is the records from one `RE` to the next. Its head (`RE`, `HO`, `KO`, `SN`) is looked at first: patient
//! number, then the gate, then individual numbers; only then are rows made. A claim that is refused or set aside
//! contributes no row.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;

use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place, Tracks};

use super::record::{Fields, Line, Lines, columns, line_end, segment};
use super::rows::{Claim, relation};
use super::survey::patient_hash;
use super::{LINE_MAX, codes};
use crate::checks::is_my_number;
use crate::columns::Origin;
use crate::findings;
use crate::gate::Life;
use crate::plan::{Facts, WorkUnit};
use crate::shift_jis::decode;
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;

/// Reads the spans of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut buffer = Vec::new();
    let mut said = Said::default();
    for span in &unit.spans {
        if !reading.load(span, &mut buffer) {
            continue;
        }
        let mut claims = Claims {
            reading,
            said: &mut said,
            facts: &unit.facts,
            file_no: span.file_no,
            offset: span.start,
            words: Words::default(),
            kept: Vec::new(),
        };
        claims.read(&buffer, span.first_record);
    }
}

/// Decoded texts of a claim's head, reused from claim to claim.
#[derive(Default)]
struct Words {
    patient: String,
    name: String,
    kana: String,
    symbol: String,
    number: String,
    scratch: String,
}

struct Claims<'r, 'a> {
    reading: &'r mut Reading<'a>,
    said: &'r mut Said,
    facts: &'r Facts,
    file_no: u32,
    offset: u64,
    words: Words,
    /// Bytes of the claim at hand that are kept.
    kept: Vec<(usize, usize)>,
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
            match line.name().as_ref() {
                Some(b"RE") => {
                    self.claim(&claim);
                    claim.clear();
                    claim.push(line);
                }
                Some(b"IR" | b"GO") => {
                    self.claim(&claim);
                    claim.clear();
                    self.check_columns(&line);
                    self.keep(&line, false);
                }
                _ if claim.is_empty() => self.add(&codes::ORPHAN, &line, "?", None),
                _ => claim.push(line),
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

    /// Reports a wrong number of columns; gives the record, or nothing where its end is missing.
    fn check_columns<'l>(&mut self, line: &Line<'l>) -> Option<([u8; 2], Fields<'l>)> {
        let Some((name, expected)) = line.name().and_then(|name| Some((name, columns(name)?)))
        else {
            self.add(&codes::RECORD_UNKNOWN, line, "?", None);
            return None;
        };
        let fields = Fields::split(line.bytes);
        if fields.count() == expected {
            return Some((name, fields));
        }
        if fields.count() < expected && !line.ended {
            self.add(&codes::TRUNCATED, line, segment(name), None);
            return None;
        }
        self.add(&codes::COLUMNS, line, segment(name), None);
        Some((name, fields))
    }

    /// One claim, from its `RE` to the record before the next.
    fn claim(&mut self, lines: &[Line<'_>]) {
        let Some((head, rest)) = lines.split_first() else { return };
        self.reading.counts.messages += 1;
        let Some((_, re)) = self.check_columns(head) else { return };
        let mut patient = std::mem::take(&mut self.words.patient);
        decode(re.get(13), &mut patient);
        if let Some(admission) = self.gate(&patient, &re, head, rest) {
            self.admitted(&patient, &admission, &re, head, rest);
        }
        self.words.patient = patient;
    }

    /// Whether and how the claim may be read.
    fn gate(
        &mut self,
        patient: &str,
        re: &Fields<'_>,
        head: &Line<'_>,
        rest: &[Line<'_>],
    ) -> Option<Admission> {
        if patient.is_empty() {
            self.add(&codes::PATIENT_MISSING, head, "RE", Some(13));
            return None;
        }
        if is_my_number(patient) {
            self.add(&findings::MY_NUMBER, head, "RE", Some(13));
            return None;
        }
        let hash = if self.facts.is_empty() { 0 } else { patient_hash(re.bare(13)) };
        let life = Life { birth: crate::date::day(re.get(6)).map(|dated| dated.day), death: None };
        let admission = self.reading.admission(patient, life.or(self.facts.life(hash)));
        if admission.is_refused() {
            return None;
        }
        if let Some((line, name, field)) = self.individual_number(re, rest) {
            self.add(&findings::MY_NUMBER, &line, name, Some(field));
            return None;
        }
        if self.facts.conflict(hash) {
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
    fn individual_number<'l>(
        &mut self,
        re: &Fields<'_>,
        rest: &[Line<'l>],
    ) -> Option<(Line<'l>, &'static str, u16)> {
        let mut found = |bytes: &[u8]| {
            bytes.len() >= 12 && {
                decode(bytes, &mut self.words.scratch);
                is_my_number(&self.words.scratch)
            }
        };
        if found(re.get(18)) {
            return rest.first().map(|line| (*line, "RE", 18));
        }
        for line in rest {
            let name = match line.name() {
                Some(name) if matches!(&name, b"HO" | b"KO" | b"SN") => name,
                _ => continue,
            };
            let fields = Fields::split(line.bytes);
            let held = (1u16..8).find(|field| found(fields.get(usize::from(*field))));
            if let Some(field) = held {
                return Some((*line, segment(name), field));
            }
        }
        None
    }

    fn admitted(
        &mut self,
        patient: &str,
        admission: &Admission,
        re: &Fields<'_>,
        head: &Line<'_>,
        rest: &[Line<'_>],
    ) {
        let month = crate::date::month(re.get(3));
        let insurer = rest
            .iter()
            .find(|line| line.name() == Some(*b"HO"))
            .map(|line| Fields::split(line.bytes));
        let insurer_digits = insurer.as_ref().map_or(&b""[..], |ho| ho.get(1).trim_ascii());
        let origin = Origin {
            subject: admission.subject(),
            tracks: Tracks::NONE,
            file_no: self.file_no,
            record_no: head.number,
        };
        let mut claim = Claim {
            reading: &mut *self.reading,
            admission,
            origin,
            offset: self.offset,
            month,
            month_days: month.map_or(0, |first| crate::date::month_end(first).ymd().2),
            kind: re.ascii(2),
            visit: crate::key::visit_key("claim", &[re.get(3), re.get(2), insurer_digits]),
            category: b"",
            days: 0,
            actual_days: None,
            withheld: false,
            text: String::new(),
            narrow: String::new(),
        };
        claim.check_head(re, head);
        for (field, text) in [(4, &mut self.words.name), (36, &mut self.words.kana)] {
            let met = decode(re.get(usize::from(field)), text);
            claim.report_met(met, head, "RE", field);
        }
        let birth = claim.day(re, 6, head, "RE");
        let sex = claim.sex(re, head);
        let relation = relation(claim.kind);
        identity(
            &mut self.words,
            self.said,
            &mut claim,
            Head { patient, ho: insurer.as_ref(), rest, birth, sex, relation },
        );
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

/// Adds a line to ranges of bytes to keep; lines that adjoin make one range.
fn join(kept: &mut Vec<(usize, usize)>, line: &Line<'_>) {
    match kept.last_mut() {
        Some((_, end)) if *end == line.start => *end = line.end,
        _ => kept.push((line.start, line.end)),
    }
}

/// What identity is made of.
#[derive(Clone, Copy)]
struct Head<'h> {
    patient: &'h str,
    ho: Option<&'h Fields<'h>>,
    rest: &'h [Line<'h>],
    birth: Option<Day>,
    sex: Sex,
    relation: &'static str,
}

/// One statement for a claim: what `RE`, `HO` (or `KO`, where there is no `HO`) and `SN` say.
fn identity(words: &mut Words, said: &mut Said, claim: &mut Claim<'_, '_>, head: Head<'_>) {
    let payer = head.rest.iter().find(|line| line.name() == Some(*b"KO"));
    let payer = payer.map(|line| Fields::split(line.bytes));
    let mut insurer = "";
    words.symbol.clear();
    words.number.clear();
    if let Some(ho) = head.ho {
        insurer = ho.ascii(1);
        decode(ho.get(2), &mut words.symbol);
        decode(ho.get(3), &mut words.number);
    } else if let Some(ko) = payer.as_ref().filter(|ko| !all_zero(ko.get(2))) {
        insurer = ko.ascii(1);
        decode(ko.get(2), &mut words.number);
    }
    let qualified = head.rest.iter().filter(|line| line.name() == Some(*b"SN"));
    let branch = qualified
        .map(|line| Fields::split(line.bytes))
        .find(|sn| sn.get(1) == b"1")
        .filter(|_| head.ho.is_some())
        .map_or("", |sn| sn.ascii(6));
    // A name in kana alone is a reading, not a spelling, where there is no reading.
    let reading_only = words.kana.is_empty() && crate::text::is_kana(&words.name);
    let (kanji, kana) = if reading_only {
        ("", words.name.as_str())
    } else {
        (words.name.as_str(), words.kana.as_str())
    };
    let statement = Statement {
        patient_number: head.patient,
        name_kanji: kanji,
        name_kana: kana,
        birth: head.birth,
        sex: head.sex,
        insurer,
        symbol: &words.symbol,
        number: &words.number,
        branch,
        relation: head.relation,
        ..Statement::default()
    };
    said.identity(&mut claim.reading.batches, &statement, &claim.origin);
    if let Some(origin) = claim.origin(PERSON_ITEM) {
        said.person(&mut claim.reading.batches, &statement, &origin);
    }
}

fn all_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'0' | b' '))
}
