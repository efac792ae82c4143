//! One claim while its rows are made: what every record needs, and the rows of its head (RE, HO, KO, JD).

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::table::Kind;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::record::{Fields, Line, columns, first_day, segment};
use super::{codes, payer_kind};
use crate::checks::m10w21;
use crate::columns::{Origin, column, table};
use crate::shift_jis::{Met, decode};
use crate::unit::Reading;

/// One claim while its rows are made.
pub(super) struct Claim<'c, 'a> {
    pub(super) reading: &'c mut Reading<'a>,
    pub(super) admission: &'c Admission,
    pub(super) origin: Origin,
    pub(super) offset: u64,
    /// First day of the month of care.
    pub(super) month: Option<Day>,
    pub(super) month_days: u32,
    /// Kind of claim, 4 digits.
    pub(super) kind: &'c str,
    pub(super) visit: i64,
    /// 診療識別 in force, inherited by records that leave it empty.
    pub(super) category: &'c [u8],
    /// Days of the month with an act: bit 0 is the first.
    pub(super) days: u32,
    pub(super) actual_days: Option<i32>,
    /// Whether a row of the record at hand was not made because its item is not admitted.
    pub(super) withheld: bool,
    /// The text decoded last.
    pub(super) text: String,
    pub(super) narrow: String,
}

impl<'c> Claim<'c, '_> {
    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    #[inline]
    pub(super) fn origin(&mut self, item: DataItem) -> Option<Origin> {
        let tracks = self.admission.tracks(item);
        if tracks.is_empty() {
            self.withheld = true;
            *self.reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }

    pub(super) fn add(
        &mut self,
        code: &'static FindingCode,
        line: &Line<'_>,
        segment: &'static str,
        field: u16,
    ) {
        let place = Place::record(self.origin.file_no, line.number, segment)
            .byte(self.offset + line.start as u64)
            .field(field);
        self.reading.findings.add(code, place);
    }

    /// Decodes a field into `text`, with findings.
    pub(super) fn decode(
        &mut self,
        fields: &Fields<'_>,
        at: u16,
        line: &Line<'_>,
        segment: &'static str,
    ) {
        let met = decode(fields.get(usize::from(at)), &mut self.text);
        if met != Met::default() {
            self.report_met(met, line, segment, at);
        }
    }

    /// The findings of a decoded field.
    pub(super) fn report_met(&mut self, met: Met, line: &Line<'_>, segment: &'static str, at: u16) {
        if met.bad {
            self.add(&codes::BYTES, line, segment, at);
        }
        if met.outside {
            self.add(&codes::CHARACTER, line, segment, at);
        }
        if met.control {
            self.add(&codes::NUL, line, segment, at);
        }
    }

    /// A date field, with findings; empty is none.
    pub(super) fn day(
        &mut self,
        fields: &Fields<'_>,
        at: u16,
        line: &Line<'_>,
        segment: &'static str,
    ) -> Option<Day> {
        let bytes = fields.get(usize::from(at));
        if bytes.is_empty() {
            return None;
        }
        let read = crate::date::day(bytes);
        match read {
            None => self.add(&codes::DATE, line, segment, at),
            Some(dated) if dated.past_era => self.add(&codes::ERA, line, segment, at),
            Some(_) => {}
        }
        read.map(|dated| dated.day)
    }

    /// A number field, with a finding; empty is none.
    #[inline]
    pub(super) fn number(
        &mut self,
        fields: &Fields<'_>,
        at: u16,
        line: &Line<'_>,
        segment: &'static str,
    ) -> Option<f64> {
        let bytes = fields.get(usize::from(at));
        if bytes.is_empty() {
            return None;
        }
        let read = crate::text::decimal(bytes);
        if read.is_none() {
            self.add(&codes::NUMBER, line, segment, at);
        }
        read
    }

    /// What the head must have: a month, a birth date, a patient number that is text.
    pub(super) fn check_head(&mut self, re: &Fields<'_>, head: &Line<'_>) {
        self.decode(re, 13, head, "RE");
        if self.month.is_none() {
            self.add(&codes::DATE, head, "RE", 3);
        }
        if re.get(6).is_empty() {
            self.add(&codes::DATE, head, "RE", 6);
        }
    }

    pub(super) fn sex(&mut self, re: &Fields<'_>, head: &Line<'_>) -> Sex {
        match re.get(5) {
            b"1" => Sex::Male,
            b"2" => Sex::Female,
            _ => {
                self.add(&codes::SEX, head, "RE", 5);
                Sex::Unknown
            }
        }
    }

    /// The free text of the head (RE-20) and the patient's states (RE-37).
    pub(super) fn head_texts(&mut self, re: &Fields<'_>, head: &Line<'_>) {
        if !re.get(20).is_empty() {
            self.decode(re, 20, head, "RE");
            self.note("RE-20");
        }
        let states = re.ascii(37);
        let count = states.len() / 3;
        for at in 0..count {
            let state = states.get(at * 3..at * 3 + 3).unwrap_or_default();
            if let Some(origin) = self.origin(DataItem::Observations) {
                super::comment::state_row(self, &origin, state);
            }
        }
    }

    /// A row of `note` from the decoded text.
    pub(super) fn note(&mut self, class: &str) {
        if self.text.is_empty() {
            return;
        }
        let Some(origin) = self.origin(DataItem::Notes) else { return };
        self.reading
            .batches
            .rows(NOTE)
            .begin(&origin)
            .key(NOTE_VISIT, self.visit)
            .date(NOTE_DATE, self.month)
            .text(NOTE_CLASS, class)
            .text(NOTE_TEXT, &self.text);
    }

    /// One record behind `RE`; `false` where it was not understood.
    pub(super) fn record(&mut self, line: &Line<'c>, fields: &mut Fields<'c>) -> bool {
        let Some(name) = line.name() else {
            self.add(&codes::RECORD_UNKNOWN, line, "?", 0);
            return false;
        };
        let Some(expected) = columns(name) else {
            let donor = matches!(&name, b"TI" | b"TR" | b"TS");
            let code = if donor { &codes::DONOR } else { &codes::RECORD_UNKNOWN };
            self.add(code, line, segment(name), 0);
            return false;
        };
        fields.refill(line.bytes, first_day(name));
        if fields.count() != expected {
            let cut = fields.count() < expected && !line.ended;
            let code = if cut { &codes::TRUNCATED } else { &codes::COLUMNS };
            self.add(code, line, segment(name), 0);
            if cut {
                return false;
            }
        }
        match &name {
            b"SI" => self.act(fields, line),
            b"IY" => self.drug(fields, line),
            b"TO" => self.material(fields, line),
            b"CO" => self.comment_record(fields, line),
            b"SY" => self.disease(fields, line),
            b"HO" => self.insurance(fields, line),
            b"KO" => self.public_expense(fields, line),
            b"SJ" => self.detail_of_symptoms(fields, line),
            b"JD" => self.care_days(fields),
            _ => {}
        }
        true
    }

    fn insurance(&mut self, ho: &Fields<'_>, line: &Line<'_>) {
        let insurer = ho.ascii(1);
        if !m10w21(insurer.as_bytes()) {
            self.add(&codes::INSURER_CHECK, line, "HO", 1);
        }
        self.actual_days = self.actual_days.or_else(|| crate::text::whole(ho.get(4)));
        if let Some(origin) = self.origin(DataItem::Insurance) {
            let relation = relation(self.kind);
            let end = self.month.map(crate::date::month_end);
            self.reading
                .batches
                .rows(PAYER)
                .begin(&origin)
                .date(PAYER_START, self.month)
                .date(PAYER_END, end)
                .text(PAYER_SOURCE, payer_kind(insurer))
                .text(PAYER_RELATION, relation);
        }
        self.cost(ho, line, "HO", ("insurance", payer_kind(insurer)), 11);
    }

    fn public_expense(&mut self, ko: &Fields<'_>, line: &Line<'_>) {
        for field in [1, 2] {
            let digits = ko.get(usize::from(field)).trim_ascii();
            if !digits.is_empty() && !m10w21(digits) {
                self.add(&codes::PAYER_CHECK, line, "KO", field);
            }
        }
        self.actual_days = self.actual_days.or_else(|| crate::text::whole(ko.get(4)));
        self.cost(ko, line, "KO", ("public", payer_kind(ko.ascii(1))), 6);
    }

    fn cost(
        &mut self,
        fields: &Fields<'_>,
        line: &Line<'_>,
        segment: &'static str,
        payer: (&str, &str),
        charged: u16,
    ) {
        let points = self.number(fields, 5, line, segment);
        let charged = self.number(fields, charged, line, segment);
        let Some(origin) = self.origin(DataItem::Costs) else { return };
        self.narrow.clear();
        self.narrow.push_str(payer.0);
        if !payer.1.is_empty() {
            self.narrow.push('-');
            self.narrow.push_str(payer.1);
        }
        self.reading
            .batches
            .rows(COST)
            .begin(&origin)
            .key(COST_VISIT, self.visit)
            .date(COST_DATE, self.month)
            .text(COST_PAYER, &self.narrow)
            .number(COST_POINTS, points)
            .number(COST_CHARGED, charged)
            .text(COST_KIND, self.kind);
    }

    /// `JD`: the days that count as visits (1), field 2 being the first of the month.
    fn care_days(&mut self, jd: &Fields<'_>) {
        for (day, mark) in jd.days(2) {
            if mark == b"1" {
                self.days |= 1 << day;
            }
        }
    }

    /// The claim as a visit: from the first day of care to the last.
    pub(super) fn visit(&mut self, re: &Fields<'_>, head: &Line<'_>) {
        let admitted = self.day(re, 8, head, "RE");
        let Some(origin) = self.origin(DataItem::Visits) else { return };
        let inpatient = match self.kind.as_bytes() {
            [_, _, _, last] if last.is_ascii_digit() => Some(last % 2 == 1),
            _ => None,
        };
        if inpatient.is_none() {
            self.add(&codes::CODE, head, "RE", 2);
        }
        let concept = match inpatient {
            Some(true) => 9201,
            Some(false) => 9202,
            None => 0,
        };
        let nth = |day: u32| i32::try_from(day).ok();
        let first = self.month.and_then(|month| match self.days {
            0 => Some(month),
            days => nth(days.trailing_zeros()).map(|day| month.plus(day)),
        });
        let last = self.month.and_then(|month| match self.days {
            0 => Some(crate::date::month_end(month)),
            days => nth(31 - days.leading_zeros()).map(|day| month.plus(day)),
        });
        let start = if inpatient == Some(true) { admitted.or(first) } else { first };
        self.reading
            .batches
            .rows(VISIT)
            .begin(&origin)
            .key(VISIT_KEY, self.visit)
            .int(VISIT_CONCEPT, Some(concept))
            .date(VISIT_START, start)
            .date(VISIT_END, last)
            .text(VISIT_SOURCE, self.kind)
            .word(VISIT_SYSTEM, "CLAIM-KIND")
            .text(VISIT_DEPARTMENT, re.ascii(21))
            .int(VISIT_DAYS, self.actual_days);
    }
}

/// Employee or dependant, from the last digit of the kind of claim; empty where it does not say.
pub(super) fn relation(kind: &str) -> &'static str {
    match kind.as_bytes().last() {
        Some(b'1' | b'2') => "self",
        Some(b'3'..=b'6') => "dependant",
        _ => "",
    }
}

const NOTE: usize = table("note");
const NOTE_VISIT: usize = column(NOTE, "visit_key", Kind::Int64);
const NOTE_DATE: usize = column(NOTE, "note_date", Kind::Date);
const NOTE_CLASS: usize = column(NOTE, "note_class_source_value", Kind::Code);
const NOTE_TEXT: usize = column(NOTE, "note_text", Kind::Text);
const PAYER: usize = table("payer_plan_period");
const PAYER_START: usize = column(PAYER, "payer_plan_period_start_date", Kind::Date);
const PAYER_END: usize = column(PAYER, "payer_plan_period_end_date", Kind::Date);
const PAYER_SOURCE: usize = column(PAYER, "payer_source_value", Kind::Code);
const PAYER_RELATION: usize = column(PAYER, "relation_source_value", Kind::Code);
const COST: usize = table("cost");
const COST_VISIT: usize = column(COST, "visit_key", Kind::Int64);
const COST_DATE: usize = column(COST, "cost_date", Kind::Date);
const COST_PAYER: usize = column(COST, "payer_kind", Kind::Code);
const COST_POINTS: usize = column(COST, "total_points", Kind::Float64);
const COST_CHARGED: usize = column(COST, "copayment", Kind::Float64);
const COST_KIND: usize = column(COST, "claim_kind", Kind::Code);
const VISIT: usize = table("visit_occurrence");
const VISIT_KEY: usize = column(VISIT, "visit_key", Kind::Int64);
const VISIT_CONCEPT: usize = column(VISIT, "visit_concept_id", Kind::Int32);
const VISIT_START: usize = column(VISIT, "visit_start_date", Kind::Date);
const VISIT_END: usize = column(VISIT, "visit_end_date", Kind::Date);
const VISIT_SOURCE: usize = column(VISIT, "visit_source_value", Kind::Code);
const VISIT_SYSTEM: usize = column(VISIT, "visit_source_system", Kind::Code);
const VISIT_DEPARTMENT: usize = column(VISIT, "department_source_value", Kind::Code);
const VISIT_DAYS: usize = column(VISIT, "actual_days", Kind::Int32);
