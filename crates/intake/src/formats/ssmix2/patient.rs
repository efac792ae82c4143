//! Reading one patient's messages together: the gate, then who the messages say they are about, then their content.
//!
//! Invariant: a message that is set aside, and a patient who is refused, contribute no row.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::codes;
use super::ending::Ending;
use super::message::{Message, decode};
use super::path::{data_type, fits, parse};
use super::person::{Pid, pid};
use super::select::{EXTENDED, Learnt};
use super::visits::{Visits, event};
use super::walk::walk;
use crate::findings;
use crate::gate::Life;
use crate::plan::{Span, WorkUnit};
use crate::statement::Said;
use crate::unit::Reading;

/// Reads a unit: group by group. The number alone is asked for first: of a patient who is refused by it no file is
/// opened. Then heads are read for birth and death, and asked for with them, before a row is made.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut said = Said::default();
    let none = Learnt::default();
    let learnt = unit.facts.learnt.as_ref().and_then(|learnt| learnt.downcast_ref());
    let learnt: &Learnt = learnt.unwrap_or(&none);
    for group in unit.spans.chunk_by(|left, right| left.group == right.group) {
        let first = group.first();
        let Some(number) = first.and_then(|span| patient_number(reading, learnt, span)) else {
            continue;
        };
        if first.is_some_and(|span| learnt.kind(span) == Some(EXTENDED)) {
            documents(reading, &number, group);
            continue;
        }
        let files = || group.iter().map(|span| span.file_no);
        if reading.ask(&number, Life::UNKNOWN).is_refused() {
            reading.admission(&number, Life::UNKNOWN, files());
            continue;
        }
        let opened = open(reading, learnt, group);
        let admission = reading.admission(&number, life(&number, &opened), files());
        if !admission.is_refused() {
            Patient { reading, admission: &admission, number: &number, said: &mut said }
                .read(opened);
        }
    }
}

/// The number of a span's patient: a storage has it in the path, a stream in PID-3.
fn patient_number(reading: &Reading<'_>, learnt: &Learnt, span: &Span) -> Option<String> {
    if let Some(number) = learnt.patient(span) {
        return Some(number.to_owned());
    }
    parse(reading.path(span.file_no)).ok().map(|name| name.patient.to_owned())
}

/// Documents of the extended storage: listed, and kept whole where everything of the patient is admitted.
fn documents(reading: &mut Reading<'_>, number: &str, group: &[Span]) {
    let files = || group.iter().map(|span| span.file_no);
    let admission = reading.admission(number, Life::UNKNOWN, files());
    if admission.is_refused() {
        return;
    }
    let disputed = reading.is_disputed(&admission);
    if disputed {
        reading.dispute(&admission, files());
    }
    let whole = DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty());
    for span in group {
        reading.counts.messages += 1;
        let code = if disputed { &codes::PATIENT_CONFLICT } else { &codes::EXTENDED };
        reading.findings.add(code, Place::file(span.file_no));
        if whole {
            reading.keep(span.file_no, 0..span.end, disputed);
        }
    }
}

/// A message that was loaded.
pub(super) struct Letter {
    pub(super) file_no: u32,
    /// Its bytes in the file.
    start: u64,
    end: u64,
    /// How many segments the file has before it.
    pub(super) before: u32,
    /// Whether it lay outside a storage.
    stream: bool,
    pub(super) data_type: &'static str,
    /// 診療日 of the file name.
    pub(super) care: Option<Day>,
    text: String,
    /// What decoding met.
    met: Vec<&'static FindingCode>,
    ending: Ending,
    pub(super) pid: Pid,
    /// Why nothing can be made of it.
    fault: Option<&'static FindingCode>,
}

/// Loads the messages of a patient and reads their PID.
fn open(reading: &mut Reading<'_>, learnt: &Learnt, group: &[Span]) -> Vec<Letter> {
    let mut opened = Vec::with_capacity(group.len());
    let mut buffer = Vec::new();
    for span in group {
        if !reading.load(span, &mut buffer) {
            continue;
        }
        let mut text = String::new();
        let decoded = decode(&buffer, &mut text);
        let outside = learnt.kind(span).map(|kind| (kind, None));
        let named = outside.or_else(|| {
            let name = parse(reading.path(span.file_no)).ok()?;
            Some((data_type(name.data_type)?, Day::from_digits(name.day.as_bytes())))
        });
        let Some((data_type, care)) = named else { continue };
        let before = span.first_record.saturating_sub(1);
        let found = Message::parse(&text)
            .map(|message| message.behind(before))
            .and_then(|message| pid(&message).ok_or(&codes::PID_MISSING));
        let (pid, fault) = match found {
            Ok(pid) => (pid, None),
            Err(code) => (Pid::default(), Some(code)),
        };
        let ending = Ending::of(&text, decoded.open);
        opened.push(Letter {
            file_no: span.file_no,
            start: span.start,
            end: span.end,
            before,
            stream: outside.is_some(),
            data_type,
            care,
            text,
            met: decoded.met,
            ending,
            pid,
            fault,
        });
    }
    opened
}

impl Letter {
    /// The message in its text.
    fn message(&self) -> Result<Message<'_>, &'static FindingCode> {
        Message::parse(&self.text).map(|message| message.behind(self.before))
    }

    /// File and first byte: no other message has them.
    pub(super) const fn at(&self) -> (u32, u64) {
        (self.file_no, self.start)
    }

    /// The whole of it, as a place.
    pub(super) fn place(&self) -> Place {
        if self.stream {
            Place::record(self.file_no, self.before + 1, "MSH").byte(self.start)
        } else {
            Place::file(self.file_no)
        }
    }
}

/// Birth and death of a patient, by every message that is theirs: the birth of [`reference`], or the latest stated
/// where there is none; the earliest death.
fn life(number: &str, opened: &[Letter]) -> Life {
    let theirs = |letter: &&Letter| {
        letter.fault.is_none() && !letter.pid.disputed && letter.pid.number == number
    };
    let mut life = Life::UNKNOWN;
    for letter in opened.iter().filter(theirs) {
        life = life.or(Life { birth: None, death: letter.pid.death });
        if letter.data_type == "ADT-52"
            && let Ok(message) = letter.message()
            && let Some(end) = event(letter.data_type, &message, letter.at())
            && end.died
        {
            life = life.or(Life { birth: None, death: end.when.map(|when| when.day) });
        }
    }
    let theirs: Vec<&Letter> = opened.iter().filter(theirs).collect();
    life.birth = match reference(&theirs) {
        Some((birth, _)) => birth,
        None => theirs.iter().filter_map(|letter| letter.pid.birth).max(),
    };
    life
}

struct Patient<'p, 'a> {
    reading: &'p mut Reading<'a>,
    admission: &'p Admission,
    number: &'p str,
    said: &'p mut Said,
}

impl Patient<'_, '_> {
    fn read(&mut self, opened: Vec<Letter>) {
        let bare = |letter: &Letter| letter.ending != Ending::Whole;
        let habit = opened.len() > 1 && opened.iter().all(bare);
        let letters = opened.into_iter().filter(|letter| self.confirm(letter, habit)).collect();
        let letters = self.without_conflicts(letters);
        let mut events = Vec::new();
        for letter in &letters {
            if let Ok(message) = letter.message() {
                events.extend(event(letter.data_type, &message, letter.at()));
            }
        }
        let visits = Visits::of(events);
        for letter in &letters {
            let Ok(message) = letter.message() else { continue };
            self.reading.counts.messages += 1;
            let withheld = walk(self.reading, self.said, self.admission, &visits, letter, &message);
            if !withheld {
                self.reading.keep(letter.file_no, letter.start..letter.end, false);
            }
        }
    }

    /// Reports what is wrong with a message and confirms whose it is; `false` where it is set aside. `habit`: none of
    /// the patient's ends as it should.
    fn confirm(&mut self, letter: &Letter, habit: bool) -> bool {
        let message = match (letter.fault, letter.message()) {
            (None, Ok(message)) => message,
            (fault, parsed) => {
                if let Ok(message) = parsed {
                    self.report(letter, &message, habit);
                }
                self.set_aside(fault.unwrap_or(&codes::NOT_HL7), letter, false);
                return false;
            }
        };
        self.report(letter, &message, habit);
        for (code, field) in &letter.pid.faults {
            let place = Place::record(letter.file_no, letter.pid.record, "PID").field(*field);
            self.reading.findings.add(code, place);
        }
        let doubt = self.doubt(&message, letter);
        if let Some(code) = doubt {
            self.set_aside(code, letter, true);
        }
        doubt.is_none()
    }

    /// What decoding met, and how lines end.
    fn report(&mut self, letter: &Letter, message: &Message<'_>, habit: bool) {
        for code in &letter.met {
            self.reading.findings.add(code, letter.place());
        }
        let lines = message.ends_with_lf();
        if let Some(code) = letter.ending.finding(habit || lines) {
            self.reading.findings.add(code, letter.place());
        }
        if lines {
            self.reading.findings.add(&codes::LINE_END, letter.place());
        }
    }

    /// Why a message cannot be this patient's; also checks MSH-9 against the type.
    fn doubt(&mut self, message: &Message<'_>, letter: &Letter) -> Option<&'static FindingCode> {
        let pid = &letter.pid;
        let mut individual = crate::checks::is_my_number(&pid.number);
        let mut type_fits = true;
        message.each(|segment| match segment.name() {
            // Outside a storage MSH-9 is all that says what it is.
            "MSH" if !letter.stream => {
                type_fits = fits(letter.data_type, segment.part(9, 1), segment.part(9, 2));
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
            let place = Place::record(letter.file_no, 1, "MSH").field(9);
            self.reading.findings.add(&codes::MESSAGE_TYPE, place);
        }
        if individual {
            return Some(&findings::MY_NUMBER);
        }
        (pid.disputed || pid.number != self.number).then_some(&codes::PID_FOLDER)
    }

    /// Reports a message that is set aside, and keeps its bytes only where everybody it may be about is admitted in
    /// full. `other`: it may be about whom its PID names.
    fn set_aside(&mut self, code: &'static FindingCode, letter: &Letter, other: bool) {
        let place = match letter.pid.record {
            0 => letter.place(),
            record => Place::record(letter.file_no, record, "PID").field(3),
        };
        self.reading.findings.add(code, place);
        let everything = |admission: &Admission| {
            DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty())
        };
        let pid = &letter.pid;
        let other_admitted = match other {
            true if pid.disputed => false,
            true if pid.number != self.number => {
                let life = Life { birth: pid.birth, death: pid.death };
                !pid.number.is_empty() && everything(&self.reading.ask(&pid.number, life))
            }
            _ => true,
        };
        let rejected = code.code == findings::MY_NUMBER.code;
        if !rejected && other_admitted && everything(self.admission) {
            self.reading.keep(letter.file_no, letter.start..letter.end, true);
        }
    }

    /// Sets aside all messages where earlier deliveries left the patient disputed, else those whose birth date or sex
    /// contradicts the patient's ADT-00; where there is none, or where ADT-00 contradict each other, all of them if any
    /// two differ.
    fn without_conflicts(&mut self, letters: Vec<Letter>) -> Vec<Letter> {
        let disputed = self.reading.is_disputed(self.admission);
        let found = if disputed { None } else { reference(&letters.iter().collect::<Vec<_>>()) };
        if found.is_none() {
            let files = letters.iter().map(|letter| letter.file_no);
            self.reading.dispute(self.admission, files);
        }
        let mut passed = Vec::with_capacity(letters.len());
        for letter in letters {
            if found.is_some_and(|reference| compatible(reference, stated(&letter.pid))) {
                passed.push(letter);
            } else {
                self.set_aside(&codes::PATIENT_CONFLICT, &letter, false);
            }
        }
        passed
    }
}

/// What the patient's ADT-00 state together or, where there is none or they disagree, all messages; `None` where
/// those disagree too.
fn reference(letters: &[&Letter]) -> Option<Stated> {
    let masters: Vec<&Pid> = letters
        .iter()
        .filter(|letter| letter.data_type == "ADT-00")
        .map(|letter| &letter.pid)
        .collect();
    let everyone = || letters.iter().map(|letter| &letter.pid).collect::<Vec<_>>();
    match agreed(&masters) {
        Some(reference) if !masters.is_empty() => Some(reference),
        _ => agreed(&everyone()),
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
