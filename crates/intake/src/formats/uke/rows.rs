//! One claim while its rows are made: what every record needs, and the rows of its head (RE, HO, KO, JD).

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::dental::Mouth;
use super::dispensing::Script;
use super::dpc::Stay;
use super::layout::{Dialect, Head, segment};
use super::record::{Fields, Line, Mark};
use super::who::{days_of, relation, sex};
use super::{codes, payer_kind};
use crate::checks::m10w21;
use crate::columns::Origin;
use crate::columns::clinical::{cost, note, payer, visit};
use crate::masters::Masters;
use crate::shift_jis::{Met, decode};
use crate::unit::Reading;

/// One claim while its rows are made.
pub(super) struct Claim<'c, 'a> {
    pub(super) reading: &'c mut Reading<'a>,
    pub(super) admission: &'c Admission,
    pub(super) origin: Origin,
    pub(super) offset: u64,
    pub(super) dialect: Dialect,
    pub(super) layout: &'static Head,
    /// Claim masters, where they were given.
    pub(super) masters: Option<&'c Masters>,
    /// First day of the month of care.
    pub(super) month: Option<Day>,
    pub(super) month_days: u32,
    /// Kind of claim, 4 digits.
    pub(super) kind: &'c [u8],
    pub(super) visit: i64,
    /// Whether the claim is a detail of a summary that is counted by itself (DPC).
    pub(super) detail: bool,
    /// 診療識別 in force, inherited by records that leave it empty.
    pub(super) category: &'c [u8],
    /// Days of the month with an act: bit 0 is the first.
    pub(super) days: u32,
    pub(super) actual_days: Option<i32>,
    pub(super) stay: Stay<'c>,
    pub(super) mouth: Mouth<'c>,
    pub(super) script: Script<'c>,
    /// Whether a row of the record at hand was not made because its item is not admitted.
    pub(super) withheld: bool,
    /// The text decoded last.
    pub(super) text: String,
    pub(super) narrow: String,
}

impl<'c, 'a> Claim<'c, 'a> {
    /// A claim with its head, its month and the key of its visit.
    pub(super) fn new(
        reading: &'c mut Reading<'a>,
        admission: &'c Admission,
        origin: Origin,
        (dialect, re): (Dialect, &Fields<'c>),
        (month, visit): (Option<Day>, i64),
    ) -> Self {
        let layout = dialect.head();
        let summary = if layout.summary > 0 { re.bare(usize::from(layout.summary)) } else { b"" };
        Self {
            reading,
            admission,
            origin,
            offset: 0,
            dialect,
            layout,
            masters: None,
            month,
            month_days: days_of(month),
            kind: re.bare(2),
            visit,
            detail: matches!(summary, b"2" | b"3"),
            category: b"",
            days: 0,
            actual_days: None,
            stay: Stay::default(),
            mouth: Mouth::of(re, dialect),
            script: Script::default(),
            withheld: false,
            text: String::new(),
            narrow: String::new(),
        }
    }
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
        self.decode(re, self.layout.patient, head, "RE");
        if self.month.is_none() {
            self.add(&codes::DATE, head, "RE", 3);
        }
        if re.get(6).is_empty() {
            self.add(&codes::DATE, head, "RE", 6);
        }
    }

    pub(super) fn sex(&mut self, re: &Fields<'_>, head: &Line<'_>) -> Sex {
        sex(re.get(5)).unwrap_or_else(|| {
            self.add(&codes::SEX, head, "RE", 5);
            Sex::Unknown
        })
    }

    /// The free text of the head (請求情報) and the patient's states.
    pub(super) fn head_texts(&mut self, re: &Fields<'_>, head: &Line<'_>) {
        if !re.get(usize::from(self.layout.text)).is_empty() {
            self.decode(re, self.layout.text, head, "RE");
            self.note("RE-20");
        }
        if self.layout.states == 0 {
            return;
        }
        for state in re.bare(usize::from(self.layout.states)).chunks_exact(3) {
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
            .rows(note::TABLE)
            .begin(&origin)
            .key(note::VISIT, self.visit)
            .date(note::DATE, self.month)
            .text(note::CLASS, class)
            .text(note::TEXT, &self.text);
    }

    /// One record behind `RE`; `false` where it was not understood.
    pub(super) fn record(&mut self, line: &Line<'c>, fields: &mut Fields<'c>) -> bool {
        let Some(name) = line.name() else {
            self.add(&codes::RECORD_UNKNOWN, line, "?", 0);
            return false;
        };
        let expected = self.dialect.columns(name);
        // Also records that no claim has: the history of a returned claim begins with the IR it came under.
        if line.mark == Mark::Added && expected != Some(0) {
            self.add(&codes::CORRECTED, line, segment(name), 0);
            return false;
        }
        let Some(expected) = expected else {
            let donor = matches!(&name, b"TI" | b"TR" | b"TS");
            let code = if donor { &codes::DONOR } else { &codes::RECORD_UNKNOWN };
            self.add(code, line, segment(name), 0);
            return false;
        };
        if name == *b"HR" && line.mark == Mark::Absent {
            self.add(&codes::RETURNED, line, "HR", 0);
        }
        fields.refill(line.bytes, self.dialect.split(name));
        if fields.count() != expected && expected > 0 {
            let cut = fields.count() < expected && !line.ended;
            let code = if cut { &codes::TRUNCATED } else { &codes::COLUMNS };
            self.add(code, line, segment(name), 0);
            if cut {
                return false;
            }
        }
        if self.dialect == Dialect::Dispensing {
            self.dispensing_record(name, fields, line);
        } else {
            self.care_record(name, fields, line);
        }
        true
    }

    /// A record of a medical, DPC or dental claim.
    fn care_record(&mut self, name: [u8; 2], fields: &Fields<'c>, line: &Line<'_>) {
        match &name {
            b"SI" => self.act(fields, line, "SI"),
            b"IY" => self.drug(fields, line),
            b"TO" => self.material(fields, line),
            b"CO" => self.comment(fields, 3, line, "CO"),
            b"SY" => self.disease(fields, line),
            b"SJ" => self.detail_of_symptoms(fields, line),
            b"HS" => self.dental_disease(fields, line),
            b"SS" => self.act(fields, line, "SS"),
            _ if self.dialect == Dialect::Dpc && self.dpc_record(name, fields, line) => {}
            _ => self.payer_record(name, fields, line),
        }
    }

    /// A record that every kind of claim has.
    pub(super) fn payer_record(&mut self, name: [u8; 2], fields: &Fields<'c>, line: &Line<'_>) {
        match &name {
            b"HO" => self.insurance(fields, line),
            b"KO" => self.public_expense(fields, line),
            b"JD" => self.care_days(fields),
            _ => {}
        }
    }

    fn insurance(&mut self, ho: &Fields<'_>, line: &Line<'_>) {
        let insurer = ho.ascii(1);
        if !m10w21(insurer.as_bytes()) {
            self.add(&codes::INSURER_CHECK, line, "HO", 1);
        }
        self.actual_days = self.actual_days.or_else(|| crate::text::whole(ho.get(4)));
        if let Some(origin) = self.origin(DataItem::Insurance) {
            let end = self.month.map(crate::date::month_end);
            self.reading
                .batches
                .rows(payer::TABLE)
                .begin(&origin)
                .date(payer::START, self.month)
                .date(payer::END, end)
                .text(payer::SOURCE, payer_kind(insurer))
                .text(payer::RELATION, relation(self.kind));
        }
        self.cost(ho, line, "HO", ("insurance", payer_kind(insurer)), self.layout.charged.0);
    }

    fn public_expense(&mut self, ko: &Fields<'_>, line: &Line<'_>) {
        for field in [1, 2] {
            let digits = ko.bare(usize::from(field));
            if !digits.is_empty() && !m10w21(digits) {
                self.add(&codes::PAYER_CHECK, line, "KO", field);
            }
        }
        self.actual_days = self.actual_days.or_else(|| crate::text::whole(ko.get(4)));
        let charged = self.layout.charged.1;
        self.cost(ko, line, "KO", ("public", payer_kind(ko.ascii(1))), charged);
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
        if self.detail {
            return;
        }
        let Some(origin) = self.origin(DataItem::Costs) else { return };
        self.narrow.clear();
        self.narrow.push_str(payer.0);
        if !payer.1.is_empty() {
            self.narrow.push('-');
            self.narrow.push_str(payer.1);
        }
        self.reading
            .batches
            .rows(cost::TABLE)
            .begin(&origin)
            .key(cost::VISIT, self.visit)
            .date(cost::DATE, self.month)
            .text(cost::PAYER, &self.narrow)
            .number(cost::POINTS, points)
            .number(cost::CHARGED, charged)
            .code(cost::KIND, self.kind);
    }

    /// `JD`: the days that count as visits (1), field 2 being the first of the month.
    fn care_days(&mut self, jd: &Fields<'_>) {
        for (day, mark) in jd.days(2) {
            if mark == b"1" {
                self.days |= 1 << day;
            }
        }
    }

    /// Notes that something was done on a day, if it lies in the month of care.
    pub(super) fn done_on(&mut self, day: Option<Day>) {
        let Some((month, day)) = self.month.zip(day) else { return };
        let nth = u32::try_from(day.epoch_days() - month.epoch_days()).ok();
        if let Some(nth) = nth.filter(|nth| *nth < self.month_days) {
            self.days |= 1 << nth;
        }
    }

    /// The claim as a visit: from the first day of care to the last.
    pub(super) fn visit(&mut self, re: &Fields<'c>, head: &Line<'_>) {
        let admitted = match self.layout.admitted {
            0 => None,
            field => self.day(re, field, head, "RE"),
        };
        if self.detail {
            return;
        }
        let Some(origin) = self.origin(DataItem::Visits) else { return };
        let inpatient = match self.kind {
            [_, _, _, last] if last.is_ascii_digit() => Some(last % 2 == 1),
            _ => None,
        };
        if inpatient.is_none() {
            self.add(&codes::CODE, head, "RE", 2);
        }
        let concept = match (self.dialect, inpatient) {
            (Dialect::Dispensing, _) => PHARMACY,
            (_, Some(true)) => 9201,
            (_, Some(false)) => 9202,
            (_, None) => 0,
        };
        let (first, last) = self.first_and_last();
        let start = if concept == 9201 { self.stay.admitted.or(admitted).or(first) } else { first };
        let department = match self.layout.department {
            0 => &b""[..],
            field => re.bare(usize::from(field)),
        };
        self.reading
            .batches
            .rows(visit::TABLE)
            .begin(&origin)
            .key(visit::KEY, self.visit)
            .int(visit::CONCEPT, Some(concept))
            .date(visit::START, start)
            .date(visit::END, self.stay.discharged.or(last))
            .code(visit::SOURCE, self.kind)
            .word(visit::SYSTEM, "CLAIM-KIND")
            .code(visit::DEPARTMENT, department)
            .code(visit::OUTCOME, self.stay.outcome)
            .int(visit::DAYS, self.actual_days);
    }

    /// The first and the last day of care in the month; the whole month where no day is known.
    fn first_and_last(&self) -> (Option<Day>, Option<Day>) {
        let Some(month) = self.month else { return (None, None) };
        let nth = |day: u32| i32::try_from(day).ok().map(|day| month.plus(day));
        match self.days {
            0 => (Some(month), Some(crate::date::month_end(month))),
            days => (nth(days.trailing_zeros()), nth(31 - days.leading_zeros())),
        }
    }
}

/// A pharmacy's visit (OMOP concept).
const PHARMACY: i32 = 581_458;
