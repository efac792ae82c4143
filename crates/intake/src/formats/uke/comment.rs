//! Comments: `CO` records, the comments inside SI, IY and TO, and the symptom details of `SJ`.
//!
//! A comment code is 8 + pattern (2) + number (6), and the pattern says what the value is. Digits in values are full
//! width. What follows its pattern becomes an observation; everything else is free text and goes to `note`.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::detail::join_modifiers;
use super::record::{Fields, Line};
use super::rows::Claim;
use crate::columns::Origin;
use crate::columns::clinical::{measurement, observation};
use crate::masters::MasterKind;

/// What a comment's value was read as.
#[derive(Default)]
struct Value<'a> {
    number: Option<f64>,
    date: Option<Day>,
    code: &'a str,
    /// `<` and the like before a result.
    operator: &'a str,
    /// Digits that fill blanks of a fixed text: they may be a date, so they count as free text.
    text: &'a str,
}

impl Claim<'_, '_> {
    /// The three comments of an SI, IY or TO record, from the column of the first code on.
    #[inline]
    pub(super) fn comments(
        &mut self,
        fields: &Fields<'_>,
        first: u16,
        line: &Line<'_>,
        segment: &'static str,
    ) {
        if fields.are_empty(usize::from(first)..usize::from(first) + 6) {
            return;
        }
        for field in [first, first + 2, first + 4] {
            if !fields.get(usize::from(field)).is_empty() {
                self.comment(fields, field, line, segment);
            }
        }
    }

    /// `SJ`: free text about symptoms; the kind may be inherited from the record before, which the text then continues.
    pub(super) fn detail_of_symptoms(&mut self, sj: &Fields<'_>, line: &Line<'_>) {
        self.decode(sj, 2, line, "SJ");
        self.note("SJ");
    }

    /// A comment: its code in a column, its value in the next.
    pub(super) fn comment(
        &mut self,
        fields: &Fields<'_>,
        at: u16,
        line: &Line<'_>,
        segment: &'static str,
    ) {
        let code = fields.ascii(usize::from(at));
        let pattern = match code.as_bytes() {
            [b'8', a, b, ..] if code.len() == 9 => [*a, *b],
            _ => {
                self.add(&codes::CODE, line, segment, at);
                *b"10"
            }
        };
        let named = self.named(MasterKind::Comment, code.as_bytes(), None, line, segment, at);
        self.decode(fields, at + 1, line, segment);
        if pattern == *b"10" {
            self.note(code);
            return;
        }
        if pattern == *b"30" {
            self.observation(code, &Value::default());
            self.note(code);
            return;
        }
        let text = std::mem::take(&mut self.text);
        let mut narrow = std::mem::take(&mut self.narrow);
        let mut joined = String::new();
        let whole = crate::text::narrow(&text, &mut narrow);
        let (value, used) = self.value(pattern, whole, &mut joined);
        let rest = whole.get(used..).unwrap_or_default();
        if pattern == *b"80" && value.date.is_some() {
            self.result((code, named.name), &value);
        } else {
            self.observation(code, &value);
        }
        if !rest.is_empty() || used == 0 && !whole.is_empty() {
            self.add(&codes::COMMENT, line, segment, at + 1);
            // The rest stands in the text as often as characters follow: narrowing keeps their number.
            let keep = whole.chars().count() - rest.chars().count();
            self.text.clear();
            self.text.extend(text.chars().skip(keep));
            self.note(code);
        }
        self.narrow = narrow;
        self.text = text;
    }

    /// Reads a value by its pattern; gives how many bytes of it were understood.
    fn value<'v>(
        &self,
        pattern: [u8; 2],
        text: &'v str,
        joined: &'v mut String,
    ) -> (Value<'v>, usize) {
        let none = Value::default;
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        match &pattern {
            b"20" => (none(), 0),
            b"31" if digits == 9 => {
                (Value { code: text.get(..9).unwrap_or_default(), ..none() }, 9)
            }
            b"40" if digits > 0 => {
                (Value { text: text.get(..digits).unwrap_or_default(), ..none() }, digits)
            }
            b"42" | b"52" => {
                let length = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
                let number =
                    text.get(..length).and_then(|text| crate::text::decimal(text.as_bytes()));
                (Value { number, ..none() }, if number.is_some() { length } else { 0 })
            }
            b"50" => match era_day(text) {
                Some(day) => (Value { date: Some(day), ..none() }, 7),
                None => (none(), 0),
            },
            b"51" if digits >= 4 => {
                (Value { code: text.get(..4).unwrap_or_default(), ..none() }, 4)
            }
            b"53" if digits >= 6 => {
                let day = text.get(..2).and_then(|day| crate::text::whole(day.as_bytes()));
                let fits = day.filter(|day| {
                    u32::try_from(*day).is_ok_and(|day| (1..=self.month_days).contains(&day))
                });
                let date = self.month.zip(fits).map(|(month, day)| month.plus(day - 1));
                let used = if date.is_some() { 6 } else { 0 };
                let code = text.get(2..6).filter(|_| used > 0).unwrap_or_default();
                (Value { date, code, ..none() }, used)
            }
            b"80" => match era_day(text) {
                Some(day) => {
                    let result = text.get(7..15).unwrap_or(text.get(7..).unwrap_or_default());
                    let (operator, short) = comparator(result.trim());
                    let number = crate::text::decimal(short.as_bytes());
                    let used = if number.is_some() { 7 + result.len() } else { 7 };
                    (Value { date: Some(day), number, operator, ..none() }, used)
                }
                None => (none(), 0),
            },
            b"90" if digits > 0 && digits % 4 == 0 => {
                join_modifiers(text.get(..digits).unwrap_or_default(), joined);
                (Value { code: joined, ..none() }, digits)
            }
            _ => (none(), 0),
        }
    }

    fn observation(&mut self, code: &str, value: &Value<'_>) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, self.visit)
            .date(observation::DATE, self.month)
            .text(observation::CODE, code)
            .word(observation::SYSTEM, CodeSystem::ClaimComment.word())
            .number(observation::NUMBER, value.number)
            .text(observation::VALUE, value.code)
            .date(observation::VALUE_DATE, value.date)
            .text(observation::VALUE_TEXT, value.text);
    }

    /// A dated result (pattern 80): a measurement, though no laboratory's code names it.
    fn result(&mut self, (code, name): (&str, &str), value: &Value<'_>) {
        let Some(origin) = self.origin(DataItem::Measurements) else { return };
        self.reading
            .batches
            .rows(measurement::TABLE)
            .begin(&origin)
            .key(measurement::VISIT, self.visit)
            .date(measurement::DATE, value.date)
            .text(measurement::CODE, code)
            .word(measurement::SYSTEM, CodeSystem::ClaimComment.word())
            .text(measurement::NAME, name)
            .text(measurement::OPERATOR, value.operator)
            .number(measurement::NUMBER, value.number);
    }
}

/// The comparator before a result, in the signs of the table, and what follows it.
fn comparator(result: &str) -> (&'static str, &str) {
    let signs = [("<=", "<="), (">=", ">="), ("≦", "<="), ("≧", ">="), ("<", "<"), (">", ">")];
    let found = signs.iter().find_map(|(sign, stored)| Some((*stored, result.strip_prefix(sign)?)));
    let (stored, rest) = found.unwrap_or(("", result));
    (stored, rest.trim())
}

/// A row for one 患者の状態 code of `RE`.
pub(super) fn state_row(claim: &mut Claim<'_, '_>, origin: &Origin, state: &[u8]) {
    claim
        .reading
        .batches
        .rows(observation::TABLE)
        .begin(origin)
        .key(observation::VISIT, claim.visit)
        .date(observation::DATE, claim.month)
        .word(observation::CODE, "RE-37")
        .word(observation::SYSTEM, CodeSystem::Local.word())
        .code(observation::VALUE, state);
}

/// A date in era form GYYMMDD at the start of a text.
fn era_day(text: &str) -> Option<Day> {
    crate::date::day(text.as_bytes().get(..7)?).map(|dated| dated.day)
}
