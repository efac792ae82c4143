//! Reading one patient's messages together: the gate, then who the messages say they are about, then their content.
//!
//! Invariant: a message that is set aside, and a patient who is refused, contribute no row.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::cancel::Cancelled;
use super::codes;
use super::documents::{self, Papers};
use super::ending::Ending;
use super::letter::{Home, Letter, Post};
use super::message::Message;
use super::path::{fits, parse};
use super::person::Person;
use super::requests::{Again, Encoded};
use super::select::{EXTENDED, Learnt};
use super::visits::Visits;
use super::walk::walk;
use crate::findings;
use crate::gate::Life;
use crate::plan::{Span, WorkUnit};
use crate::statement::Said;
use crate::unit::Reading;

/// Reads a unit: group by group. The number alone is asked for first: of a patient who is refused by it no file is
/// opened. Then heads are read for birth and death, and asked for with them, before a row is made.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let (mut said, mut post) = (Said::default(), Post::default());
    let none = Learnt::default();
    let learnt = unit.facts.learnt.as_ref().and_then(|learnt| learnt.downcast_ref());
    let learnt: &Learnt = learnt.unwrap_or(&none);
    for group in unit.spans.to_vec().chunk_by(|left, right| left.group == right.group) {
        let first = group.first();
        let Some(number) = first.and_then(|span| patient_number(reading, learnt, span)) else {
            continue;
        };
        // Documents come behind the messages.
        let at = group.partition_point(|span| learnt.kind(span) != Some(EXTENDED));
        let (letters, papers) = group.split_at_checked(at).unwrap_or((group, &[]));
        let files = || group.iter().map(|span| span.file_no);
        if reading.ask(&number, Life::UNKNOWN).is_refused() {
            reading.admission(&number, Life::UNKNOWN, files());
            continue;
        }
        post.load(reading, learnt, letters);
        let opened = post.open();
        let cancelled = cancelled(&number, &opened);
        let mut life = life(&number, &opened, &cancelled);
        let mut births = documents::Births::default();
        if life.birth.is_none() {
            births = documents::births(reading, papers);
            life.birth = births.latest;
        }
        let admission = reading.admission(&number, life, files());
        if admission.is_refused() {
            continue;
        }
        let mut patient =
            Patient { reading, admission: &admission, number: &number, said: &mut said };
        let (visits, disputed) = patient.read(opened, &cancelled);
        if !papers.is_empty() {
            let (admission, number, visits) = (&admission, number.as_str(), &visits);
            let (birth, disputed) = (life.birth, disputed || births.differ);
            Papers { reading, admission, number, birth, visits, disputed }.read(papers);
        }
    }
}

/// The number of a span's patient: a storage has it in the path, a record in its line, a stream in PID-3.
fn patient_number(reading: &Reading<'_>, learnt: &Learnt, span: &Span) -> Option<String> {
    if let Some(number) = learnt.patient(span) {
        return Some(number.to_owned());
    }
    parse(&reading.path(span.file_no)).ok().map(|name| name.patient.to_owned())
}

/// What a patient's messages take back: those that will pass for the patient's, all of them looked at before the gate
/// is asked, because what was taken back tells no death.
fn cancelled(number: &str, opened: &[Letter<'_>]) -> Cancelled {
    if !opened.iter().any(|letter| letter.home == Home::Stream) {
        return Cancelled::default();
    }
    let theirs = || opened.iter().filter(|letter| is_theirs(number, letter) && !letter.individual);
    match reference(theirs) {
        Some(found) => {
            Cancelled::of(theirs().filter(|letter| compatible(found, stated(&letter.pid.person))))
        }
        None => Cancelled::default(),
    }
}

fn is_theirs(number: &str, letter: &Letter<'_>) -> bool {
    letter.fault.is_none() && !letter.pid.disputed && letter.pid.person.number == number
}

/// Birth and death of a patient, by every message that is theirs: the birth of [`reference`], or the latest stated
/// where there is none; the earliest death.
fn life(number: &str, opened: &[Letter<'_>], cancelled: &Cancelled) -> Life {
    let theirs = |letter: &&Letter<'_>| is_theirs(number, letter) && !cancelled.is_taken(letter);
    let mut life = Life::UNKNOWN;
    for letter in opened.iter().filter(theirs) {
        life = life.or(Life { birth: None, death: letter.pid.death });
        if letter.data_type == "ADT-52"
            && let Some(end) = &letter.event
            && end.died
        {
            life = life.or(Life { birth: None, death: end.when.map(|when| when.day) });
        }
    }
    let theirs = || opened.iter().filter(theirs);
    life.birth = match reference(theirs) {
        Some((birth, _)) => birth,
        None => theirs().filter_map(|letter| letter.pid.person.birth).max(),
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
    /// Makes the rows; gives the visits found, and whether what there is of the patient contradicts itself.
    fn read<'t>(
        &mut self,
        mut letters: Vec<Letter<'t>>,
        cancelled: &Cancelled,
    ) -> (Visits<'t>, bool) {
        let bare = |letter: &Letter<'_>| letter.ending != Ending::Whole;
        let habit = letters.len() > 1 && letters.iter().all(bare);
        letters.retain(|letter| self.confirm(letter, habit));
        let disputed = self.set_conflicts_aside(&mut letters);
        if !cancelled.is_none() {
            letters.retain(|letter| self.stands(letter, cancelled));
        }
        let encoded = Encoded::of(&letters);
        letters.retain(|letter| self.counts_once(letter, &encoded));
        let visits = Visits::of(letters.iter().filter_map(|letter| letter.event).collect());
        for letter in &letters {
            let Ok(message) = &letter.message else { continue };
            self.reading.counts.messages += 1;
            let withheld = walk(self.reading, self.said, self.admission, &visits, letter, message);
            if !withheld {
                self.reading.keep(letter.file_no, letter.start..letter.end, false);
            }
        }
        (visits, disputed)
    }

    /// Whether a message is read: it was not taken back, and does not only take back.
    fn stands(&mut self, letter: &Letter<'_>, cancelled: &Cancelled) -> bool {
        let (taken, act) = (cancelled.is_taken(letter), cancelled.is_act(letter));
        if cancelled.is_doubtful(letter) {
            self.reading.findings.add(&codes::CANCEL, letter.place());
        } else if taken || act {
            self.reading.findings.add(&codes::TAKEN_BACK, letter.place());
        }
        self.reading.counts.deleted += u64::from(taken);
        !taken && !act
    }

    /// Whether a message is read: not one that requests only what came encoded as well.
    fn counts_once(&mut self, letter: &Letter<'_>, encoded: &Encoded<'_>) -> bool {
        let again = encoded.again(letter);
        if again != Again::Nothing {
            self.reading.findings.add(&codes::ORDER_TWICE, letter.place());
        }
        self.reading.counts.superseded += u64::from(again == Again::All);
        again != Again::All
    }

    /// Reports what is wrong with a message and confirms whose it is; `false` where it is set aside. `habit`: none of
    /// the patient's ends as it should.
    fn confirm(&mut self, letter: &Letter<'_>, habit: bool) -> bool {
        let message = match (letter.fault, &letter.message) {
            (None, Ok(message)) => message,
            (fault, parsed) => {
                if let Ok(message) = parsed {
                    self.report(letter, message, habit);
                }
                // Behind a line of a store may stand what its own, damaged line did not claim.
                let other = letter.home == Home::Transactions;
                self.set_aside(fault.unwrap_or(&codes::NOT_HL7), letter, other);
                return false;
            }
        };
        self.report(letter, message, habit);
        for (code, field) in &letter.pid.person.faults {
            let place = Place::record(letter.file_no, letter.pid.record, "PID").field(*field);
            self.reading.findings.add(code, place);
        }
        let doubt = self.doubt(letter);
        if let Some(code) = doubt {
            self.set_aside(code, letter, true);
        }
        doubt.is_none()
    }

    /// What decoding met, and how lines end.
    fn report(&mut self, letter: &Letter<'_>, message: &Message<'_>, habit: bool) {
        for code in letter.met {
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
    fn doubt(&mut self, letter: &Letter<'_>) -> Option<&'static FindingCode> {
        // Outside a storage MSH-9 is all that says what it is.
        let kind = letter.kind.filter(|_| letter.home != Home::Stream);
        if kind.is_some_and(|(message, trigger)| !fits(letter.data_type, message, trigger)) {
            let place = Place::record(letter.file_no, letter.before + 1, "MSH").field(9);
            self.reading.findings.add(&codes::MESSAGE_TYPE, place);
        }
        let pid = &letter.pid;
        if letter.individual || crate::checks::is_my_number(pid.person.number) {
            return Some(&findings::MY_NUMBER);
        }
        (pid.disputed || pid.person.number != self.number).then_some(&codes::PID_FOLDER)
    }

    /// Reports a message that is set aside, and keeps its bytes only where everybody it may be about is admitted in
    /// full. `other`: it may be about whom its PID names or, where there is none, about anybody.
    fn set_aside(&mut self, code: &'static FindingCode, letter: &Letter<'_>, other: bool) {
        let place = match letter.pid.record {
            0 => letter.place(),
            record => Place::record(letter.file_no, record, "PID").field(3),
        };
        self.reading.findings.add(code, place);
        let everything = |admission: &Admission| {
            DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty())
        };
        let (pid, person) = (&letter.pid, &letter.pid.person);
        let other_admitted = match other {
            true if pid.disputed => false,
            true if person.number != self.number => {
                let life = Life { birth: person.birth, death: pid.death };
                !person.number.is_empty() && everything(&self.reading.ask(person.number, life))
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
    /// Says whether it is all of them.
    fn set_conflicts_aside(&mut self, letters: &mut Vec<Letter<'_>>) -> bool {
        let disputed = self.reading.is_disputed(self.admission);
        let found = if disputed { None } else { reference(|| letters.iter()) };
        if found.is_none() {
            let files = letters.iter().map(|letter| letter.file_no);
            self.reading.dispute(self.admission, files);
        }
        letters.retain(|letter| {
            let same = |reference| compatible(reference, stated(&letter.pid.person));
            let passed = found.is_some_and(same);
            if !passed {
                self.set_aside(&codes::PATIENT_CONFLICT, letter, false);
            }
            passed
        });
        found.is_none()
    }
}

/// What the patient's ADT-00 state together or, where there is none or they disagree, all messages; `None` where
/// those disagree too.
fn reference<'l, 't: 'l, I: Iterator<Item = &'l Letter<'t>>>(
    letters: impl Fn() -> I,
) -> Option<Stated> {
    let mut masters = letters().filter(|letter| letter.data_type == "ADT-00").peekable();
    let of_masters = masters.peek().is_some().then(|| agreed(masters)).flatten();
    of_masters.or_else(|| agreed(letters()))
}

type Stated = (Option<Day>, Option<Sex>);

/// Birth date and sex where stated.
fn stated(person: &Person<'_>) -> Stated {
    (person.birth, Some(person.sex).filter(|sex| matches!(sex, Sex::Male | Sex::Female)))
}

/// Whether two statements can be about one person: what is not stated contradicts nothing.
fn compatible(left: Stated, right: Stated) -> bool {
    fn same<T: PartialEq + Copy>(left: Option<T>, right: Option<T>) -> bool {
        left.is_none() || right.is_none() || left == right
    }
    same(left.0, right.0) && same(left.1, right.1)
}

/// What all of them state together; `None` where they contradict each other.
fn agreed<'l, 't: 'l>(mut letters: impl Iterator<Item = &'l Letter<'t>>) -> Option<Stated> {
    letters.try_fold((None, None), |sum: Stated, letter| {
        let one = stated(&letter.pid.person);
        compatible(sum, one).then_some((sum.0.or(one.0), sum.1.or(one.1)))
    })
}
