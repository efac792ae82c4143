//! Reading one patient's messages together: the gate, then who the messages say they are about, then their content.
//!
//! Invariant: a message that is set aside, and a patient who is refused, contribute no row.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::codes;
use super::message::{Message, decode};
use super::path::{data_type, fits, parse};
use super::person::{Pid, pid};
use super::visits::{Visits, event};
use super::walk::walk;
use crate::findings;
use crate::plan::{Span, WorkUnit};
use crate::statement::Said;
use crate::unit::Reading;

/// Reads a unit: group by group.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut said = Said::default();
    for group in unit.spans.chunk_by(|left, right| left.group == right.group) {
        let Some(number) = group.first().and_then(|span| patient_number(reading, span)) else {
            continue;
        };
        let admission = reading.admission(&number);
        if !admission.is_refused() {
            Patient { reading, admission: &admission, number: &number, said: &mut said }
                .read(group);
        }
    }
}

fn patient_number(reading: &Reading<'_>, span: &Span) -> Option<String> {
    parse(reading.path(span.file_no)).ok().map(|name| name.patient.to_owned())
}

/// A message that was loaded and whose patient is confirmed.
pub(super) struct Letter {
    pub(super) file_no: u32,
    size: u64,
    pub(super) data_type: &'static str,
    /// 診療日 of the file name.
    pub(super) care: Option<Day>,
    text: String,
    pub(super) pid: Pid,
}

struct Patient<'p, 'a> {
    reading: &'p mut Reading<'a>,
    admission: &'p Admission,
    number: &'p str,
    said: &'p mut Said,
}

impl Patient<'_, '_> {
    fn read(&mut self, group: &[Span]) {
        let mut letters = Vec::with_capacity(group.len());
        let mut buffer = Vec::new();
        for span in group {
            if self.reading.load(span, &mut buffer) {
                letters.extend(self.open(span, &buffer));
            }
        }
        let letters = self.without_conflicts(letters);
        let mut events = Vec::new();
        for letter in &letters {
            if let Ok(message) = Message::parse(&letter.text) {
                events.extend(event(letter.data_type, &message, letter.file_no));
            }
        }
        let visits = Visits::of(events);
        for letter in &letters {
            let Ok(message) = Message::parse(&letter.text) else { continue };
            self.reading.counts.messages += 1;
            let withheld = walk(self.reading, self.said, self.admission, &visits, letter, &message);
            if !withheld {
                self.reading.keep(letter.file_no, 0..letter.size, false);
            }
        }
    }

    /// Decodes a message and confirms whose it is; nothing where it is set aside.
    fn open(&mut self, span: &Span, buffer: &[u8]) -> Option<Letter> {
        let decoded = decode(buffer);
        let (data_type, care) = parse(self.reading.path(span.file_no)).ok().and_then(|name| {
            Some((data_type(name.data_type)?, Day::from_digits(name.day.as_bytes())))
        })?;
        let message = match Message::parse(&decoded.text) {
            Ok(message) => message,
            Err(code) => {
                self.set_aside(code, span, 0, None);
                return None;
            }
        };
        for code in decoded.met {
            self.reading.findings.add(code, Place::file(span.file_no));
        }
        if !decoded.text.ends_with(['\r', '\n']) {
            self.reading.findings.add(&codes::TRUNCATED, Place::file(span.file_no));
        }
        if message.ends_with_lf() {
            self.reading.findings.add(&codes::LINE_END, Place::file(span.file_no));
        }
        let Some(pid) = pid(&message) else {
            self.set_aside(&codes::PID_MISSING, span, 0, None);
            return None;
        };
        for (code, field) in &pid.faults {
            let place = Place::record(span.file_no, pid.record, "PID").field(*field);
            self.reading.findings.add(code, place);
        }
        if let Some(code) = self.doubt(&message, &pid, span) {
            self.set_aside(code, span, pid.record, Some(&pid));
            return None;
        }
        Some(Letter {
            file_no: span.file_no,
            size: span.end,
            data_type,
            care,
            text: decoded.text.into_owned(),
            pid,
        })
    }

    /// Why a message cannot be this patient's; also checks MSH-9 against the type.
    fn doubt(
        &mut self,
        message: &Message<'_>,
        pid: &Pid,
        span: &Span,
    ) -> Option<&'static FindingCode> {
        let mut individual = crate::checks::is_my_number(&pid.number);
        let mut type_fits = true;
        let name = parse(self.reading.path(span.file_no)).ok()?;
        message.each(|segment| match segment.name() {
            "MSH" => {
                type_fits = fits(name.data_type, segment.part(9, 1), segment.part(9, 2));
            }
            "PID" => {
                individual |=
                    segment.repetitions(3).any(|id| crate::checks::is_my_number(segment.of(id, 1)));
            }
            "IN1" | "ZI1" => {
                individual |= [2, 3, 10, 11]
                    .into_iter()
                    .any(|field| crate::checks::is_my_number(segment.part(field, 1)));
            }
            _ => {}
        });
        if !type_fits {
            let place = Place::record(span.file_no, 1, "MSH").field(9);
            self.reading.findings.add(&codes::MESSAGE_TYPE, place);
        }
        if individual {
            return Some(&findings::MY_NUMBER);
        }
        (pid.disputed || pid.number != self.number).then_some(&codes::PID_FOLDER)
    }

    /// Reports a message that is set aside, and keeps its bytes only where everybody it may be about is admitted in
    /// full.
    fn set_aside(
        &mut self,
        code: &'static FindingCode,
        span: &Span,
        record: u32,
        other: Option<&Pid>,
    ) {
        let place = match record {
            0 => Place::file(span.file_no),
            _ => Place::record(span.file_no, record, "PID").field(3),
        };
        self.reading.findings.add(code, place);
        let everything = |admission: &Admission| {
            DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty())
        };
        let other_admitted = match other {
            Some(pid) if pid.disputed => false,
            Some(pid) if pid.number != self.number => {
                !pid.number.is_empty() && everything(&self.reading.ask(&pid.number))
            }
            _ => true,
        };
        let rejected = code.code == findings::MY_NUMBER.code;
        if !rejected && other_admitted && everything(self.admission) {
            self.reading.keep(span.file_no, 0..span.end, true);
        }
    }

    /// Sets aside the messages whose birth date or sex contradicts the patient's ADT-00; where there is none, or
    /// where ADT-00 contradict each other, all of them if any two differ.
    fn without_conflicts(&mut self, letters: Vec<Letter>) -> Vec<Letter> {
        let masters: Vec<&Pid> = letters
            .iter()
            .filter(|letter| letter.data_type == "ADT-00")
            .map(|letter| &letter.pid)
            .collect();
        let everyone: Vec<&Pid> = letters.iter().map(|letter| &letter.pid).collect();
        let (reference, strict) = match agreed(&masters) {
            Some(reference) if !masters.is_empty() => (reference, false),
            _ => match agreed(&everyone) {
                Some(reference) => (reference, false),
                None => ((None, None), true),
            },
        };
        let mut passed = Vec::with_capacity(letters.len());
        for letter in letters {
            let contradicts = strict || !compatible(reference, stated(&letter.pid));
            if contradicts {
                let span = Span {
                    file_no: letter.file_no,
                    start: 0,
                    end: letter.size,
                    first_record: 1,
                    group: 0,
                };
                self.set_aside(&codes::PATIENT_CONFLICT, &span, letter.pid.record, None);
            } else {
                passed.push(letter);
            }
        }
        passed
    }
}

type Stated = (Option<Day>, Option<Sex>);

/// Birth date and sex where stated.
fn stated(pid: &Pid) -> Stated {
    (pid.birth, Some(pid.sex).filter(|sex| matches!(sex, Sex::Male | Sex::Female)))
}

/// Whether two statements can be about one person: what is not stated contradicts nothing.
fn compatible(left: Stated, right: Stated) -> bool {
    fn same<T: PartialEq + Copy>(left: Option<T>, right: Option<T>) -> bool {
        left.is_none() || right.is_none() || left == right
    }
    same(left.0, right.0) && same(left.1, right.1)
}

/// What all of them state together; `None` where they contradict each other.
fn agreed(pids: &[&Pid]) -> Option<Stated> {
    pids.iter().map(|pid| stated(pid)).try_fold((None, None), |sum: Stated, one| {
        compatible(sum, one).then_some((sum.0.or(one.0), sum.1.or(one.1)))
    })
}
