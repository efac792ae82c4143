//! Reading a unit of a survey file: run by run, the gate before the content.
//!
//! A run is the lines of one patient that follow one another. The gate is asked when a run begins; a run that is
//! refused or set aside contributes no row. Every line states more than one item (dates of the stay, amounts, the
//! insurer), so its bytes are kept only where all of them are admitted.

use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place, SubjectKey, Tracks};

use super::codes;
use super::record::{Fields, Line, Lines, no_date};
use super::shape::{Kind, Shape, is_header};
use super::stay::Stay;
use super::survey::Learnt;
use crate::columns::Origin;
use crate::findings;
use crate::patients::patient_hash;
use crate::plan::{Facts, WorkUnit};
use crate::shift_jis::Met;
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;

/// Reads the spans of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let none = Learnt::default();
    let learnt = unit.facts.learnt.as_ref().and_then(|learnt| learnt.downcast_ref());
    let learnt: &Learnt = learnt.unwrap_or(&none);
    let mut buffer = Vec::new();
    let mut said = Said::default();
    for span in &unit.spans.to_vec() {
        let Some(shape) = learnt.shape(span.file_no) else { continue };
        if !reading.load(span, &mut buffer) {
            continue;
        }
        let origin = Origin {
            subject: SubjectKey::from_bytes([0; 16]),
            tracks: Tracks::NONE,
            file_no: span.file_no,
            record_no: 0,
        };
        let mut desk = Desk {
            reading: &mut *reading,
            said: &mut said,
            facts: &unit.facts,
            learnt,
            shape,
            origin,
            offset: span.start,
            line: Line { bytes: b"", start: 0, end: 0, number: 0, ended: true, bare: false },
            run: Run::default(),
            stay: Stay::default(),
            visit: 0,
            first: None,
            second: None,
            withheld: false,
            text: String::new(),
            code: String::new(),
        };
        desk.read(&buffer, span.first_record);
    }
}

/// The lines of one patient that follow one another.
#[derive(Default)]
pub(super) struct Run<'b> {
    pub(super) number: &'b [u8],
    /// Number of its first line.
    pub(super) line: u32,
    /// `None` where nothing of it is read.
    admission: Option<Admission>,
    /// Whether its lines, of which no row is made, are kept for the provider's answer.
    set_aside: bool,
    /// Whether the items that every line states are admitted.
    standing: bool,
    /// Whether a statement of the patient was made.
    named: bool,
    /// Columns 3 and 4 of the line before.
    pub(super) dates: Option<[&'b [u8]; 2]>,
    /// What the line before stated of the person: insurer, birth, sex.
    pub(super) stated: Option<(&'b [u8], &'b [u8], u8)>,
}

/// Where a span is read.
pub(super) struct Desk<'d, 'a, 'b> {
    pub(super) reading: &'d mut Reading<'a>,
    pub(super) said: &'d mut Said,
    facts: &'d Facts,
    pub(super) learnt: &'d Learnt,
    pub(super) shape: Shape,
    origin: Origin,
    offset: u64,
    line: Line<'b>,
    pub(super) run: Run<'b>,
    /// The stay whose lines of 様式1 are being read.
    pub(super) stay: Stay<'b>,
    /// The visit that rows belong to.
    pub(super) visit: i64,
    /// Days of the columns of dates: of outpatients the visit, of inpatients admission and discharge.
    pub(super) first: Option<Day>,
    pub(super) second: Option<Day>,
    /// Whether a row of the line at hand was not made because its item is not admitted.
    withheld: bool,
    /// The text decoded last.
    pub(super) text: String,
    /// A code being put together.
    pub(super) code: String,
}

impl<'b> Desk<'_, '_, 'b> {
    fn read(&mut self, buffer: &'b [u8], first: u32) {
        let mut fields = Fields::new();
        for line in Lines::new(buffer, first) {
            self.line = line;
            self.origin.record_no = line.number;
            if line.is_blank() || is_header(&line) {
                self.keep(false);
                continue;
            }
            self.reading.counts.records += 1;
            fields.refill(line.bytes);
            match self.shape.patient(&line, &fields) {
                Ok(number) => self.patient(number, &fields),
                Err(fault) => self.report(fault.code, fault.column),
            }
        }
        self.end_run();
    }

    fn patient(&mut self, number: &'b [u8], fields: &Fields<'b>) {
        if number != self.run.number {
            self.end_run();
            self.begin(number);
        }
        if self.run.admission.is_none() {
            if self.run.set_aside {
                self.keep(true);
            }
            return;
        }
        self.withheld = !self.run.standing;
        let kind = self.shape.kind;
        if fields.count() != kind.columns() {
            self.report(&codes::COLUMNS, None);
        }
        let rejected = match kind {
            Kind::Form1 => self.form1(fields),
            Kind::H => self.nursing(fields),
            Kind::Ef | Kind::D | Kind::E | Kind::F => self.act(fields),
        };
        if rejected.is_ok() && !self.withheld {
            self.keep(false);
        }
    }

    /// Begins a run: the gate, then contradictions.
    fn begin(&mut self, number: &'b [u8]) {
        self.reading.counts.messages += 1;
        let hash = patient_hash(number);
        let text = std::str::from_utf8(number).unwrap_or_default();
        let files = [self.origin.file_no];
        let admission = self.reading.admission(text, self.facts.life(hash), files);
        self.run = Run { number, line: self.line.number, ..Run::default() };
        if admission.is_refused() {
            return;
        }
        let admitted =
            |items: &[DataItem]| items.iter().all(|item| !admission.tracks(*item).is_empty());
        if self.facts.conflict(hash) || self.reading.is_disputed(&admission) {
            self.reading.dispute(&admission, files);
            self.run.set_aside = admitted(DataItem::ALL);
            self.report(&codes::CONFLICT, u16::try_from(self.shape.kind.patient() + 1).ok());
            return;
        }
        self.run.standing = admitted(self.shape.standing());
        self.origin.subject = admission.subject();
        self.run.admission = Some(admission);
    }

    /// Ends a run. A patient of whom nothing was stated is known by the number.
    fn end_run(&mut self) {
        self.end_stay();
        if self.run.admission.is_some() && !self.run.named {
            let patient_number = std::str::from_utf8(self.run.number).unwrap_or_default();
            let statement = Statement { patient_number, ..Statement::default() };
            let origin = Origin { record_no: self.run.line, ..self.origin };
            self.said.identity(&mut self.reading.batches, &statement, &origin);
        }
    }

    fn keep(&mut self, quarantined: bool) {
        let range = self.offset + self.line.start as u64..self.offset + self.line.end as u64;
        self.reading.keep(self.origin.file_no, range, quarantined);
    }

    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    #[inline]
    pub(super) fn origin(&mut self, item: DataItem) -> Option<Origin> {
        let tracks = self.run.admission.as_ref().map_or(Tracks::NONE, |one| one.tracks(item));
        if tracks.is_empty() {
            self.withheld = true;
            *self.reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }

    /// The patient of the run, as content rows know them.
    pub(super) const fn subject(&self) -> SubjectKey {
        self.origin.subject
    }

    /// A finding at a column, counted from 1.
    fn report(&mut self, code: &'static FindingCode, column: Option<u16>) {
        let place = Place::record(self.origin.file_no, self.line.number, self.shape.segment());
        let place = Place { field: column, ..place.byte(self.offset + self.line.start as u64) };
        self.reading.findings.add(code, place);
    }

    /// A finding at a column, counted from 0.
    pub(super) fn add(&mut self, code: &'static FindingCode, column: usize) {
        self.report(code, u16::try_from(column + 1).ok());
    }

    /// A date, with a finding where it is neither a date nor one of the words for none.
    pub(super) fn day(&mut self, fields: &Fields<'_>, column: usize) -> Option<Day> {
        let bytes = fields.get(column);
        if no_date(bytes) {
            return None;
        }
        let day = Day::from_digits(bytes);
        if day.is_none() {
            self.add(&codes::DATE, column);
        }
        day
    }

    /// A number, with a finding; empty is none.
    #[inline]
    pub(super) fn number(&mut self, fields: &Fields<'_>, column: usize) -> Option<f64> {
        let bytes = fields.get(column);
        if bytes.is_empty() {
            return None;
        }
        let number = crate::text::decimal(bytes);
        if number.is_none() {
            self.add(&codes::NUMBER, column);
        }
        number
    }

    /// Decodes a column into `text`, with findings.
    pub(super) fn decode(&mut self, fields: &Fields<'_>, column: usize) {
        let bytes = fields.get(column);
        let met = if self.shape.utf8 {
            crate::text::decode_utf8(bytes, &mut self.text)
        } else {
            crate::shift_jis::decode(bytes, &mut self.text)
        };
        if met == Met::default() {
            return;
        }
        for (is, code) in [
            (met.bad, &codes::BYTES),
            (met.outside, &codes::CHARACTER),
            (met.control, &codes::CONTROL),
        ] {
            if is {
                self.add(code, column);
            }
        }
    }

    /// Decodes a column into `code`: codes of the fee table and of a hospital may hold half-width kana (`K2821ﾛ`). A
    /// text that is no such code stays out of it, with a finding: it may be anything.
    pub(super) fn decode_code(&mut self, fields: &Fields<'_>, column: usize) {
        std::mem::swap(&mut self.text, &mut self.code);
        self.decode(fields, column);
        std::mem::swap(&mut self.text, &mut self.code);
        if !is_code(&self.code) {
            self.code.clear();
            self.add(&codes::CODE_TEXT, column);
        }
    }

    /// What a line says of the person, where another line of the run did not just say the same. An individual number
    /// in the insurer's place rejects the line.
    pub(super) fn person(
        &mut self,
        fields: &Fields<'b>,
        birth: Option<Day>,
        postal: &str,
        insurer_column: usize,
    ) -> Result<(), Rejected> {
        self.run.named = true;
        let insurer = fields.ascii(insurer_column);
        if crate::checks::is_my_number(insurer) {
            self.add(&findings::MY_NUMBER, insurer_column);
            return Err(Rejected);
        }
        let digit = self.shape.sex(fields);
        let states = birth.is_some() || digit != 0 || !postal.is_empty();
        let sex = match digit {
            b'1' => sudare_identity::Sex::Male,
            b'2' => sudare_identity::Sex::Female,
            _ => sudare_identity::Sex::Unknown,
        };
        if !matches!(digit, 0 | b'1' | b'2') {
            self.add(&codes::SEX, if self.shape.kind == Kind::Form1 { 9 } else { 16 });
        }
        let patient_number = std::str::from_utf8(self.run.number).unwrap_or_default();
        let statement = Statement {
            patient_number,
            birth,
            sex,
            postal_code: postal,
            insurer,
            ..Statement::default()
        };
        let origin = self.origin;
        self.said.identity(&mut self.reading.batches, &statement, &origin);
        if states && let Some(origin) = self.origin(PERSON_ITEM) {
            self.said.person(&mut self.reading.batches, &statement, &origin);
        }
        Ok(())
    }
}

/// A line holds what must not be received.
pub(super) struct Rejected;

/// Printable ASCII or, where there is a digit and no blank, at most three half-width kana beside it (`K2821ﾛ`, `ｵﾍﾟ1`):
/// more may spell a name.
fn is_code(text: &str) -> bool {
    let kana = |one: &char| matches!(one, '\u{ff66}'..='\u{ff9f}');
    let plain = |text: &str| text.bytes().all(|one| matches!(one, b' '..=b'~'));
    plain(text)
        || text.contains(|one: char| one.is_ascii_digit())
            && text.chars().all(|one| one.is_ascii_graphic() || kana(&one))
            && text.chars().filter(kana).count() <= 3
}
