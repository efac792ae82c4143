//! 様式1: codes and their values, one code a line. Values that no table has a column for are observations, each with
//! the code and the number of the value (`A001050-2`); words are notes.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::desk::{Desk, Rejected};
use super::record::{Fields, no_date};
use super::stay::{Stay, part_key};
use super::survey::is_death;
use crate::columns::clinical::{act, disease, measurement, note, observation};

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
            let rows = self.reading.batches.rows(measurement::TABLE).begin(&origin);
            rows.key(measurement::VISIT, self.visit)
                .date(measurement::DATE, day)
                .text(measurement::CODE, &self.code)
                .word(measurement::SYSTEM, "DPC-FF1")
                .number(measurement::NUMBER, number)
                .word(measurement::UNIT, unit)
                .word(measurement::UCUM, unit);
            if number.is_none() {
                rows.code(measurement::VALUE, raw);
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
                .rows(disease::TABLE)
                .begin(&origin)
                .key(disease::VISIT, self.visit)
                .date(disease::START, start)
                .code(disease::CODE, source)
                .word(disease::SYSTEM, system.word())
                .code(disease::ICD10, icd10)
                .text(disease::NAME, &self.text)
                .text(disease::MODIFIERS, &self.code)
                .word(disease::STATUS, status)
                .uint8(disease::MAIN, u8::from(status == "main"));
        }
        self.values(fields, &[2, 4, 5, 6, 7, 8, 9], self.first);
    }

    /// An operation: by the code of the fee table, or by STEM7 where that is all there is.
    fn operation(&mut self, fields: &Fields<'b>) {
        let day = self.day(fields, VALUE + 1);
        let table = fields.get(VALUE + 2);
        let times = self.number(fields, VALUE + 4);
        if let Some(origin) = self.origin(DataItem::Procedures) {
            let (column, system) = if table.is_empty() { (3, "STEM7") } else { (2, "K-CODE") };
            self.decode_code(fields, VALUE + column);
            self.reading
                .batches
                .rows(act::TABLE)
                .begin(&origin)
                .key(act::VISIT, self.visit)
                .date(act::DATE, day)
                .text(act::CODE, &self.code)
                .word(act::SYSTEM, system)
                .word(act::CATEGORY, "A007010")
                .number(act::QUANTITY, times)
                .word(act::STATUS, "performed");
        }
        let skipped: &[usize] = if table.is_empty() { &[1, 2, 3, 4] } else { &[1, 2, 4] };
        self.values(fields, skipped, day);
    }

    /// Values 1 to 8 as observations, 9 as a note unless it is a choice of one or two digits (A000020, A004030), but
    /// for those that have a place of their own.
    fn values(&mut self, fields: &Fields<'b>, elsewhere: &[usize], day: Option<Day>) {
        for value in 1..=WORDS {
            let raw = fields.get(VALUE + value);
            if raw.is_empty() || elsewhere.contains(&value) {
                continue;
            }
            let choice = raw.len() <= 2 && raw.iter().all(u8::is_ascii_digit);
            if value == WORDS && !choice || !raw.is_ascii() {
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
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, self.visit)
            .date(observation::DATE, day)
            .text(observation::CODE, &self.code)
            .word(observation::SYSTEM, system)
            .code(observation::VALUE, value)
            .date(observation::VALUE_DATE, as_date);
    }

    /// A row of `note` of class `code` with `text`, where there is any.
    pub(super) fn note(&mut self, day: Option<Day>) {
        if self.text.is_empty() {
            return;
        }
        let Some(origin) = self.origin(DataItem::Notes) else { return };
        self.reading
            .batches
            .rows(note::TABLE)
            .begin(&origin)
            .key(note::VISIT, self.visit)
            .date(note::DATE, day)
            .text(note::CLASS, &self.code)
            .text(note::TEXT, &self.text);
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
