//! Going through the segments of one message and making its rows.
//!
//! The walk is the same for every type: a segment means the same wherever it stands, and what it belongs to (an
//! order, a specimen, a drug) is what came before it.

use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::codes;
use super::drugs::Drug;
use super::letter::Letter;
use super::message::{Message, Segment};
use super::orders::Order;
use super::person::{Insured, Person};
use super::problems::Problem;
use super::results::Specimen;
use super::visits::{EventKind, Visits};
use crate::columns::Origin;
use crate::columns::clinical::{death, note, payer, visit};
use crate::date::Stamp;
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;

/// A message being read.
pub(super) struct Chart<'c, 'a> {
    pub(super) reading: &'c mut Reading<'a>,
    pub(super) said: &'c mut Said,
    admission: &'c Admission,
    pub(super) letter: &'c Letter<'c>,
    pub(super) visits: &'c Visits<'c>,
    pub(super) origin: Origin,
    pub(super) data_type: &'static str,
    /// 診療日.
    pub(super) care: Option<Day>,
    pub(super) outpatient: bool,
    /// The visit asked for last: the rows of a message are mostly of one day.
    visit: Option<((Option<Day>, bool), i64)>,
    pub(super) withheld: bool,
}

/// What the segments so far said that later ones belong to.
#[derive(Default)]
pub(super) struct State<'t> {
    pub(super) order: Order<'t>,
    pub(super) specimen: Specimen<'t>,
    pub(super) drug: Drug<'t>,
    pub(super) problem: Option<Problem<'t>>,
}

/// Makes the rows of a message; says whether some were withheld because their item is not admitted.
pub(super) fn walk(
    reading: &mut Reading<'_>,
    said: &mut Said,
    admission: &Admission,
    visits: &Visits<'_>,
    letter: &Letter<'_>,
    message: &Message<'_>,
) -> bool {
    let mut chart = Chart {
        reading,
        said,
        admission,
        letter,
        visits,
        origin: Origin {
            subject: admission.subject(),
            tracks: sudare_model::Tracks::NONE,
            file_no: letter.file_no,
            record_no: letter.before + 1,
        },
        data_type: letter.data_type,
        care: letter.care,
        outpatient: false,
        visit: None,
        withheld: false,
    };
    if matches!(letter.data_type, "ADT-21" | "ADT-41" | "ADT-51") {
        chart.reading.findings.add(&codes::PLANNED, letter.place());
    }
    chart.person();
    chart.visit_rows(letter.at());
    let mut state = State::default();
    let (segments, overlong) = message.each(says_something, |segment| {
        chart.origin.record_no = segment.number;
        chart.segment(segment, &mut state);
    });
    chart.end_problem(&mut state);
    chart.end_drug(&mut state);
    for number in overlong {
        let place = Place::record(letter.file_no, number, "?");
        chart.reading.findings.add(&codes::SEGMENT_LENGTH, place);
    }
    chart.reading.counts.records += u64::from(segments);
    chart.withheld
}

impl Chart<'_, '_> {
    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    pub(super) fn origin(&mut self, item: DataItem) -> Option<Origin> {
        let tracks = self.admission.tracks(item);
        if tracks.is_empty() {
            self.withheld = true;
            *self.reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }

    pub(super) fn add(&mut self, code: &'static FindingCode, segment: &'static str, field: u16) {
        let place = Place::record(self.origin.file_no, self.origin.record_no, segment).field(field);
        self.reading.findings.add(code, place);
    }

    /// A time stamp, with a finding; empty is none.
    pub(super) fn stamp(&mut self, text: &str, segment: &'static str, field: u16) -> Option<Stamp> {
        if text.is_empty() {
            return None;
        }
        let read = crate::date::stamp(text);
        if read.is_none() {
            self.add(&codes::DATE, segment, field);
        }
        read
    }

    /// The day of an onset, which may be told as a month or a year: its first day, and the word for what is known.
    pub(super) fn onset(
        &mut self,
        text: &str,
        segment: &'static str,
        field: u16,
    ) -> Option<(Day, &'static str)> {
        match crate::date::rough(text) {
            None => self.stamp(text, segment, field).map(|stamp| (stamp.day, "")),
            rough => rough,
        }
    }

    /// A number, with a finding; empty is none.
    pub(super) fn number(&mut self, text: &str, segment: &'static str, field: u16) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        let read = crate::text::decimal(text.as_bytes());
        if read.is_none() {
            self.add(&codes::NUMBER, segment, field);
        }
        read
    }

    /// The visit of a day.
    pub(super) fn visit(&mut self, day: Option<Day>) -> i64 {
        let asked = (day.or(self.care), self.outpatient);
        match self.visit {
            Some((last, key)) if last == asked => key,
            _ => {
                let key = self.visits.key(asked.0, asked.1);
                self.visit = Some((asked, key));
                key
            }
        }
    }

    fn segment<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        match segment.name() {
            "PV1" => self.outpatient = segment.part(2, 1) == "O",
            "ORC" => self.order(segment, state),
            "OBR" => self.request(segment, state),
            "SPM" => self.specimen(segment, state),
            "OBX" => self.result(segment, state),
            "TQ1" => self.timing(segment, state),
            "RXE" => self.prescription(segment, state),
            "RXO" => self.requested(segment, state),
            "RXR" => state.drug.route(segment),
            "RXC" => state.drug.component(segment),
            "RXA" => self.administration(segment, state),
            "ODS" => self.diet(segment, state),
            "PRB" => self.problem(segment, state),
            "ZPR" => self.modifiers(segment, state),
            "AL1" | "IAM" => self.allergy(segment),
            "DB1" => self.disability(segment),
            "IN1" | "ZI1" => self.insurance(segment),
            "ZE1" => self.performed(segment, state),
            "NTE" => self.note("NTE", &segment.plain(segment.field(3)), self.care),
            "ZPD" => self.teeth(segment, state),
            "ZE2" => self.exposure(segment, state),
            "IPC" => self.study(segment, state),
            _ => self.add(&codes::SEGMENT_UNKNOWN, "?", 0),
        }
    }

    /// `person`, and the identity statement of a message that states no insurance.
    fn person(&mut self) {
        let pid = &self.letter.pid;
        let bare = statement(&pid.person);
        self.origin.record_no = pid.record;
        if let Some(origin) = self.origin(PERSON_ITEM) {
            self.said.person(&mut self.reading.batches, &bare, &origin);
        }
        if !self.letter.insured {
            self.said.identity(&mut self.reading.batches, &bare, &self.origin);
        }
    }

    /// The visits that this message opened (or closed without an opening), and a death at discharge.
    fn visit_rows(&mut self, at: (u32, u64)) {
        if self.letter.event.is_none() {
            return;
        }
        let visits = self.visits;
        for visit in visits.list.iter().filter(|visit| visit.event.at == at) {
            self.origin.record_no = visit.event.record_no;
            let Some(origin) = self.origin(DataItem::Visits) else { continue };
            let (concept, word) = match visit.event.kind {
                EventKind::Outpatient => (9202, "ADT-12"),
                EventKind::Admission => (9201, "ADT-22"),
                EventKind::Discharge => (9201, "ADT-52"),
                EventKind::Movement(word) => (0, word),
            };
            let start = visit.start.or(visit.end);
            self.reading
                .batches
                .rows(visit::TABLE)
                .begin(&origin)
                .key(visit::KEY, visit.key)
                .int(visit::CONCEPT, Some(concept))
                .date(visit::START, visit.start.map(|start| start.day))
                .datetime(visit::START_TIME, visit.start.and_then(|start| start.second))
                .date(visit::END, visit.end.map(|end| end.day))
                .datetime(visit::END_TIME, visit.end.and_then(|end| end.second))
                .text(visit::SOURCE, word)
                .text(visit::SYSTEM, "SS-MIX2")
                .text(visit::DEPARTMENT, visit.event.department)
                .text(visit::FROM, visit.event.came_from)
                .text(visit::OUTCOME, visit.went_to);
            if start.is_none() {
                self.add(&codes::DATE, "PV1", 44);
            }
        }
        if self.data_type == "ADT-52" {
            self.discharge_death(at);
        }
    }

    fn discharge_death(&mut self, at: (u32, u64)) {
        let visits = self.visits;
        let Some(death) = visits.deaths.iter().find(|(message, _)| *message == at) else { return };
        let Some(origin) = self.origin(DataItem::Death) else { return };
        self.reading.batches.rows(death::TABLE).begin(&origin).date(death::DATE, death.1);
    }

    fn insurance(&mut self, segment: &Segment<'_, '_>) {
        let insured = Insured::read(segment);
        let pid = &self.letter.pid;
        let statement = Statement {
            insurer: insured.insurer,
            symbol: insured.symbol,
            number: insured.number,
            relation: insured.relation,
            ..statement(&pid.person)
        };
        let origin = Origin { record_no: pid.record, ..self.origin };
        self.said.identity(&mut self.reading.batches, &statement, &origin);
        let name = if segment.name() == "IN1" { "IN1" } else { "ZI1" };
        let from = self.stamp(insured.from, name, 12).map(|stamp| stamp.day);
        let until = self.stamp(insured.until, name, 13).map(|stamp| stamp.day);
        let Some(origin) = self.origin(DataItem::Insurance) else { return };
        let kind = match super::payer_kind(insured.insurer) {
            "" => insured.plan,
            kind => kind,
        };
        let facts = ("payer", from, until, kind, insured.relation);
        if self.said.first(origin.subject, &facts) {
            self.reading
                .batches
                .rows(payer::TABLE)
                .begin(&origin)
                .date(payer::START, from)
                .date(payer::END, until)
                .text(payer::SOURCE, kind)
                .text(payer::RELATION, insured.relation);
        }
    }

    /// A row of `note`.
    pub(super) fn note(&mut self, class: &str, text: &str, day: Option<Day>) {
        if text.is_empty() {
            return;
        }
        let Some(origin) = self.origin(DataItem::Notes) else { return };
        let visit = self.visit(day);
        self.reading
            .batches
            .rows(note::TABLE)
            .begin(&origin)
            .key(note::VISIT, visit)
            .date(note::DATE, day.or(self.care))
            .text(note::CLASS, class)
            .text(note::TEXT, text);
    }
}

fn statement<'p>(person: &'p Person<'_>) -> Statement<'p> {
    Statement {
        patient_number: person.number,
        name_kanji: &person.kanji,
        name_kana: &person.kana,
        birth: person.birth,
        sex: person.sex,
        postal_code: &person.postal,
        address: &person.address,
        phone: &person.phone,
        ..Statement::default()
    }
}

/// Whether a segment makes or changes rows, or is unknown: the others are counted only.
fn says_something(name: &str) -> bool {
    !matches!(
        name.as_bytes(),
        b"MSH"
            | b"EVN"
            | b"PID"
            | b"NK1"
            | b"PV2"
            | b"SFT"
            | b"PD1"
            | b"ROL"
            | b"TQ2"
            | b"SAC"
            | b"GT1"
            | b"IN2"
            | b"IN3"
            | b"FT1"
            | b"CTI"
            | b"BLG"
            | b"TCD"
            | b"DSC"
            | b"CTD"
            | b"ACC"
            | b"PDA"
            | b"TXA"
            | b"UB1"
            | b"UB2"
            | b"DRG"
            | b"INV"
            | b"SID"
    )
}
