//! 様式1: codes and their values, one code a line. Values that no table has a column for are observations, each with
//! the code and the number of the value (`A001050-2`); words are notes.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::table::Kind;
use sudare_model::time::Day;

use super::codes;
use super::desk::{Desk, Rejected};
use super::record::{Fields, no_date};
use super::stay::{Stay, part_key};
use super::survey::is_death;
use crate::columns::{column, table};

/// The column of value 0; value 1, a date, is the next, and 9 is words.
const VALUE: usize = 7;
const WORDS: usize = 9;

impl<'b> Desk<'_, '_, 'b> {
    /// One line.
    pub(super) fn form1(&mut self, fields: &Fields<'b>) -> Result<(), Rejected> {
        let key = [fields.get(2), fields.get(3), fields.get(4)];
        if self.stay.key != Some(key) {
            self.end_stay();
            self.stay = Stay { key: Some(key), ..Stay::default() };
            self.visit = part_key(key);
            self.first = self.day(fields, 2);
        }
        let version = fields.get(6);
        if version.is_empty() || !version.iter().all(u8::is_ascii_digit) {
            self.add(&codes::VERSION, 6);
        }
        let code = fields.get(5);
        match code {
            b"A000010" => {
                let birth = self.day(fields, VALUE + 1);
                self.person(fields, birth, fields.ascii(VALUE + 3), usize::MAX)?;
                self.values(fields, &[1, 2, 3], self.first);
            }
            b"A000020" => self.admission(fields),
            b"A000030" => self.discharge(fields),
            b"A000040" => {
                self.stay.department = fields.get(VALUE + 2);
                self.visit_line();
                self.values(fields, &[2], self.first);
            }
            b"A001010" | b"A003010" => self.sizes(fields),
            b"A006010" => self.disease(fields, "main"),
            b"A006020" => self.disease(fields, "trigger"),
            b"A006030" => {
                self.stay.resource = fields.get(VALUE + 2);
                self.disease(fields, "resource");
            }
            b"A006031" => self.disease(fields, "resource-second"),
            b"A006040" => self.disease(fields, "comorbidity-at-admission"),
            b"A006050" => self.disease(fields, "complication"),
            b"A007010" => self.operation(fields),
            _ => {
                if !is_known(code) {
                    self.add(&codes::CODE, 5);
                }
                self.values(fields, &[], self.first);
            }
        }
        Ok(())
    }

    /// Notes that the stay has a row.
    fn visit_line(&mut self) {
        let origin = self.origin(DataItem::Visits);
        self.stay.visit = self.stay.visit.or(origin);
    }

    fn admission(&mut self, fields: &Fields<'b>) {
        self.stay.start = self.day(fields, VALUE + 1).or(self.first);
        self.stay.from = fields.get(VALUE + 2);
        self.stay.urgency = fields.get(VALUE + 5);
        self.visit_line();
        self.values(fields, &[1, 2, 5], self.first);
    }

    fn discharge(&mut self, fields: &Fields<'b>) {
        self.stay.start = self.stay.start.or(self.first);
        self.stay.end = self.day(fields, VALUE + 1);
        self.stay.to = fields.get(VALUE + 2);
        self.stay.outcome = fields.get(VALUE + 3);
        self.visit_line();
        let died = is_death(self.stay.outcome);
        if died {
            self.stay.death = self.origin(DataItem::Death);
        }
        // Where deaths are not admitted, no other table tells of one.
        let untold = died && self.stay.death.is_none();
        self.values(fields, if untold { &[1, 2, 3, 4] } else { &[1, 2] }, self.stay.end);
    }

    /// Height and weights. Zero is "not measured".
    fn sizes(&mut self, fields: &Fields<'b>) {
        let child = fields.get(5) == b"A003010";
        let units: &[&'static str] = if child { &["g", "wk"] } else { &["cm", "kg", "kg"] };
        for (at, unit) in units.iter().copied().enumerate() {
            let value = at + 2;
            let raw = fields.get(VALUE + value);
            if raw.is_empty() {
                continue;
            }
            let number = self.number(fields, VALUE + value).filter(|number| *number != 0.0);
            let day = if value == 4 { self.stay.end } else { self.first };
            let Some(origin) = self.origin(DataItem::Measurements) else { return };
            self.put_code(fields.ascii(5), value);
            let rows = self.reading.batches.rows(SIZE).begin(&origin);
            rows.key(SIZE_VISIT, self.visit)
                .date(SIZE_DATE, day)
                .text(SIZE_CODE, &self.code)
                .word(SIZE_SYSTEM, "DPC-FF1")
                .number(SIZE_NUMBER, number)
                .word(SIZE_UNIT, unit)
                .word(SIZE_UCUM, unit);
            if number.is_none() {
                rows.code(SIZE_TEXT, raw);
            }
        }
        self.values(fields, if child { &[2, 3] } else { &[2, 3, 4] }, self.first);
    }

    /// A disease. Its day is the admission, but for what began later.
    fn disease(&mut self, fields: &Fields<'b>, status: &'static str) {
        let (icd10, code) = (fields.get(VALUE + 2), fields.get(VALUE + 4));
        self.decode(fields, VALUE + WORDS);
        if let Some(origin) = self.origin(DataItem::Diagnoses) {
            self.code.clear();
            for value in 5..=8 {
                let modifier = fields.ascii(VALUE + value);
                if !self.code.is_empty() && !modifier.is_empty() {
                    self.code.push('+');
                }
                self.code.push_str(modifier);
            }
            let (source, system) = match (code, icd10) {
                ([], []) => (code, CodeSystem::Uncoded),
                ([], _) => (icd10, CodeSystem::Icd10),
                _ => (code, CodeSystem::ClaimDisease),
            };
            let start = if status == "complication" { None } else { self.first };
            self.reading
                .batches
                .rows(DISEASE)
                .begin(&origin)
                .key(DISEASE_VISIT, self.visit)
                .date(DISEASE_START, start)
                .code(DISEASE_CODE, source)
                .word(DISEASE_SYSTEM, system.word())
                .code(DISEASE_ICD10, icd10)
                .text(DISEASE_NAME, &self.text)
                .text(DISEASE_MODIFIERS, &self.code)
                .word(DISEASE_STATUS, status)
                .uint8(DISEASE_MAIN, u8::from(status == "main"));
        }
        self.values(fields, &[2, 4, 5, 6, 7, 8, 9], self.first);
    }

    /// An operation: by the code of the fee table, or by STEM7 where that is all there is.
    fn operation(&mut self, fields: &Fields<'b>) {
        let day = self.day(fields, VALUE + 1);
        let (table, stem) = (fields.get(VALUE + 2), fields.get(VALUE + 3));
        let times = self.number(fields, VALUE + 4);
        if let Some(origin) = self.origin(DataItem::Procedures) {
            let (code, system) = if table.is_empty() { (stem, "STEM7") } else { (table, "K-CODE") };
            self.reading
                .batches
                .rows(ACT)
                .begin(&origin)
                .key(ACT_VISIT, self.visit)
                .date(ACT_DATE, day)
                .code(ACT_CODE, code)
                .word(ACT_SYSTEM, system)
                .word(ACT_CATEGORY, "A007010")
                .number(ACT_QUANTITY, times)
                .word(ACT_STATUS, "performed");
        }
        let skipped: &[usize] = if table.is_empty() { &[1, 2, 3, 4] } else { &[1, 2, 4] };
        self.values(fields, skipped, day);
    }

    /// Values 1 to 8 as observations, 9 as a note, but for those that have a place of their own.
    fn values(&mut self, fields: &Fields<'b>, elsewhere: &[usize], day: Option<Day>) {
        for value in 1..=WORDS {
            let raw = fields.get(VALUE + value);
            if raw.is_empty() || elsewhere.contains(&value) {
                continue;
            }
            if value == WORDS || !raw.is_ascii() {
                self.decode(fields, VALUE + value);
                self.put_code(fields.ascii(5), value);
                self.note(day);
                continue;
            }
            let is_date = value == 1 || value == 2 && fields.get(5) == b"A000031";
            let as_date = if is_date { self.day(fields, VALUE + value) } else { None };
            self.put_code(fields.ascii(5), value);
            // What a date says that is none ("never before") is kept as it stands.
            let raw = if as_date.is_some() || is_date && !no_date(raw) { b"" } else { raw };
            self.observation("DPC-FF1", day, raw, as_date);
        }
    }

    /// `code` becomes a code and the number of a value.
    pub(super) fn put_code(&mut self, code: &str, value: usize) {
        self.code.clear();
        self.code.push_str(code);
        self.code.push('-');
        if value >= 10 {
            self.code.push(char::from(b'0' + u8::try_from(value / 10).unwrap_or_default()));
        }
        self.code.push(char::from(b'0' + u8::try_from(value % 10).unwrap_or_default()));
    }

    /// A row of `observation` about `code`.
    pub(super) fn observation(
        &mut self,
        system: &'static str,
        day: Option<Day>,
        value: &[u8],
        as_date: Option<Day>,
    ) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        self.reading
            .batches
            .rows(SEEN)
            .begin(&origin)
            .key(SEEN_VISIT, self.visit)
            .date(SEEN_DATE, day)
            .text(SEEN_CODE, &self.code)
            .word(SEEN_SYSTEM, system)
            .code(SEEN_VALUE, value)
            .date(SEEN_AS_DATE, as_date);
    }

    /// A row of `note` of class `code` with `text`, where there is any.
    pub(super) fn note(&mut self, day: Option<Day>) {
        if self.text.is_empty() {
            return;
        }
        let Some(origin) = self.origin(DataItem::Notes) else { return };
        self.reading
            .batches
            .rows(NOTE)
            .begin(&origin)
            .key(NOTE_VISIT, self.visit)
            .date(NOTE_DATE, day)
            .text(NOTE_CLASS, &self.code)
            .text(NOTE_TEXT, &self.text);
    }
}

/// Whether the notes hold the code, for any year. Which codes a year has is not checked.
fn is_known(code: &[u8]) -> bool {
    const KNOWN: [&[u8]; 58] = [
        b"A000021", b"A000031", b"A000050", b"A000060", b"A000070", b"A000080", b"A000090",
        b"A001040", b"A001050", b"A002010", b"A004010", b"A004020", b"A004030", b"A004040",
        b"A004050", b"A004060", b"A006060", b"ADL0005", b"ADL0010", b"ADL0020", b"ADL0030",
        b"ADL0040", b"CAN0010", b"CAN0020", b"CAN0030", b"CAN0040", b"FIM0010", b"FIM0020",
        b"JCS0010", b"JCS0020", b"M010010", b"M010020", b"M010030", b"M040010", b"M040020",
        b"M040031", b"M050011", b"M050020", b"M050030", b"M050041", b"M050051", b"M050070",
        b"M050080", b"M050090", b"M060010", b"M060020", b"M120010", b"M150010", b"M160010",
        b"M170010", b"M170020", b"M180010", b"M180011", b"M180012", b"M180013", b"M180014",
        b"M180020", b"M180021",
    ];
    KNOWN.contains(&code)
}

const SIZE: usize = table("measurement");
const SIZE_VISIT: usize = column(SIZE, "visit_key", Kind::Int64);
const SIZE_DATE: usize = column(SIZE, "measurement_date", Kind::Date);
const SIZE_CODE: usize = column(SIZE, "measurement_source_value", Kind::Code);
const SIZE_SYSTEM: usize = column(SIZE, "measurement_source_system", Kind::Code);
const SIZE_NUMBER: usize = column(SIZE, "value_as_number", Kind::Float64);
const SIZE_TEXT: usize = column(SIZE, "value_source_value", Kind::Code);
const SIZE_UNIT: usize = column(SIZE, "unit_source_value", Kind::Code);
const SIZE_UCUM: usize = column(SIZE, "unit_ucum", Kind::Code);
const DISEASE: usize = table("condition_occurrence");
const DISEASE_VISIT: usize = column(DISEASE, "visit_key", Kind::Int64);
const DISEASE_START: usize = column(DISEASE, "condition_start_date", Kind::Date);
const DISEASE_CODE: usize = column(DISEASE, "condition_source_value", Kind::Code);
const DISEASE_SYSTEM: usize = column(DISEASE, "condition_source_system", Kind::Code);
const DISEASE_ICD10: usize = column(DISEASE, "condition_icd10", Kind::Code);
const DISEASE_NAME: usize = column(DISEASE, "condition_source_name", Kind::Text);
const DISEASE_MODIFIERS: usize = column(DISEASE, "condition_modifiers", Kind::Code);
const DISEASE_STATUS: usize = column(DISEASE, "condition_status_source_value", Kind::Code);
const DISEASE_MAIN: usize = column(DISEASE, "condition_is_main", Kind::UInt8);
const ACT: usize = table("procedure_occurrence");
const ACT_VISIT: usize = column(ACT, "visit_key", Kind::Int64);
const ACT_DATE: usize = column(ACT, "procedure_date", Kind::Date);
const ACT_CODE: usize = column(ACT, "procedure_source_value", Kind::Code);
const ACT_SYSTEM: usize = column(ACT, "procedure_source_system", Kind::Code);
const ACT_CATEGORY: usize = column(ACT, "category_source_value", Kind::Code);
const ACT_QUANTITY: usize = column(ACT, "quantity", Kind::Float64);
const ACT_STATUS: usize = column(ACT, "order_status_source_value", Kind::Code);
const SEEN: usize = table("observation");
const SEEN_VISIT: usize = column(SEEN, "visit_key", Kind::Int64);
const SEEN_DATE: usize = column(SEEN, "observation_date", Kind::Date);
const SEEN_CODE: usize = column(SEEN, "observation_source_value", Kind::Code);
const SEEN_SYSTEM: usize = column(SEEN, "observation_source_system", Kind::Code);
const SEEN_VALUE: usize = column(SEEN, "value_source_value", Kind::Code);
const SEEN_AS_DATE: usize = column(SEEN, "value_as_date", Kind::Date);
const NOTE: usize = table("note");
const NOTE_VISIT: usize = column(NOTE, "visit_key", Kind::Int64);
const NOTE_DATE: usize = column(NOTE, "note_date", Kind::Date);
const NOTE_CLASS: usize = column(NOTE, "note_class_source_value", Kind::Code);
const NOTE_TEXT: usize = column(NOTE, "note_text", Kind::Text);
