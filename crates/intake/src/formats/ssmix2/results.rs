//! Results: SPM and OBX.
//!
//! A number becomes a measurement, text of any length a note, a date an observation; names of staff (XCN) go nowhere.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::coded::Coded;
use super::codes;
use super::message::Segment;
use super::walk::{Chart, State};
use crate::columns::Rows;
use crate::columns::clinical::{measurement, observation};

use crate::date::Stamp;

/// The specimen at hand.
#[derive(Default)]
pub(super) struct Specimen<'t> {
    kind: &'t str,
    collected: Option<Stamp>,
}

impl<'t> Specimen<'t> {
    /// OBR-15: a result as ORU^R01 has no SPM.
    pub(super) fn of_request(segment: &Segment<'_, 't>) -> Self {
        Self { kind: segment.sub(segment.part(15, 1), 1), collected: None }
    }
}

/// A result that is neither a number nor short is free text.
const SHORT_MAX: usize = 40;

/// What an OBX-5 was read as.
#[derive(Default)]
struct Value<'v> {
    operator: &'v str,
    number: Option<f64>,
    short: &'v str,
}

impl Chart<'_, '_> {
    /// SPM.
    pub(super) fn specimen<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        state.specimen = Specimen {
            kind: segment.part(4, 1),
            collected: self.stamp(segment.part(17, 1), "SPM", 17),
        };
        state.order.observed = None;
    }

    /// OBX.
    pub(super) fn result<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let item = Coded::field(segment, 3);
        if item.is_empty() {
            self.add(&codes::CODE_MISSING, "OBX", 3);
            return;
        }
        let when = self.stamp(segment.part(14, 1), "OBX", 14);
        let when = when.or(state.specimen.collected).or(state.order.observed);
        // Orders and the basic record have no time of a specimen; the day of care stands in where there is one.
        let day = when.map(|when| when.day).or(self.care);
        let field = segment.field(5);
        let plain = segment.plain(field);
        match segment.field(2) {
            "XCN" | "XPN" => {}
            "ED" => self.attachment(&item, segment, day),
            "TX" | "FT" => self.text_result(&item, &plain, day),
            "DT" | "TS" | "DTM" => self.date_result(&item, field, day),
            "NM" | "SN" | "ST" | "CWE" | "CE" | "CNE" | "ID" | "IS" | "" => {
                let coded = segment.of(segment.repetitions(5).next().unwrap_or_default(), 1);
                let typed = segment.field(2);
                let value = self.read_value(typed, &plain, coded, segment);
                if value.short.len() > SHORT_MAX * 3 || value.short.chars().count() > SHORT_MAX {
                    self.text_result(&item, &plain, day);
                } else {
                    self.measurement(&item, &value, segment, (when, day), state.specimen.kind);
                }
            }
            _ => {
                self.add(&codes::VALUE_TYPE, "OBX", 2);
                let kind = state.specimen.kind;
                self.measurement(&item, &Value::default(), segment, (when, day), kind);
            }
        }
    }

    fn read_value<'v>(
        &mut self,
        typed: &str,
        plain: &'v str,
        coded: &'v str,
        segment: &Segment<'_, '_>,
    ) -> Value<'v> {
        let text = plain.trim();
        match typed {
            "CWE" | "CE" | "CNE" | "ID" | "IS" => {
                // A coded result without a code has its name in component 2.
                let name = || text.split(segment.separators.component).nth(1).unwrap_or_default();
                let short = if coded.is_empty() { name() } else { coded };
                Value { short, ..Value::default() }
            }
            _ => {
                let value = compared(text, segment.separators.component);
                if value.number.is_none() && typed == "NM" && !text.is_empty() {
                    self.add(&codes::NUMBER, "OBX", 5);
                }
                value
            }
        }
    }

    pub(super) fn text_result(&mut self, item: &Coded<'_>, text: &str, day: Option<Day>) {
        let class = if item.code.is_empty() { item.name } else { item.code };
        self.note(class, text, day);
    }

    fn date_result(&mut self, item: &Coded<'_>, text: &str, day: Option<Day>) {
        let value = self.stamp(text, "OBX", 5).map(|stamp| stamp.day);
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let visit = self.visit(day);
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, visit)
            .date(observation::DATE, day)
            .text(observation::CODE, if item.code.is_empty() { item.name } else { item.code })
            .text(observation::SYSTEM, item.word(CodeSystem::Local))
            .date(observation::VALUE_DATE, value);
    }

    /// Begins a measurement; `None` where the item is not admitted.
    pub(super) fn begin_measurement(
        &mut self,
        day: Option<Day>,
        when: Option<Stamp>,
    ) -> Option<&mut Rows> {
        let origin = self.origin(DataItem::Measurements)?;
        let visit = self.visit(day);
        let rows = self.reading.batches.rows(measurement::TABLE).begin(&origin);
        let second = when.and_then(|when| when.second);
        Some(
            rows.key(measurement::VISIT, visit)
                .date(measurement::DATE, day)
                .datetime(measurement::TIME, second),
        )
    }

    fn measurement(
        &mut self,
        item: &Coded<'_>,
        value: &Value<'_>,
        segment: &Segment<'_, '_>,
        (when, day): (Option<Stamp>, Option<Day>),
        specimen: &str,
    ) {
        let system = item.word(CodeSystem::Local);
        if system == CodeSystem::Jlac10.word() && item.code.len() != 17 {
            self.add(&codes::CODE_LENGTH, "OBX", 3);
        }
        let unit = segment.part(6, 1);
        let (low, high) = range(segment.part(7, 1));
        let Some(row) = self.begin_measurement(day, when) else { return };
        row.text(measurement::CODE, item.code)
            .word(measurement::SYSTEM, system)
            .text(measurement::NAME, item.name)
            .text(measurement::OPERATOR, value.operator)
            .number(measurement::NUMBER, value.number)
            .text(measurement::VALUE, value.short)
            .unit(measurement::UNIT, measurement::UCUM, unit, crate::ucum::of)
            .number(measurement::LOW, low)
            .number(measurement::HIGH, high)
            .text(measurement::FLAG, segment.part(8, 1))
            .text(measurement::SPECIMEN, specimen)
            .text(measurement::STATUS, segment.part(11, 1));
    }
}

/// Reads a number with an optional comparator, from `<0.5`, `< 0.5` or the SN form `<^0.5`; anything else is text.
fn compared(text: &str, component: char) -> Value<'_> {
    let (operator, rest) = if let Some(rest) = text.strip_prefix("<=").or(text.strip_prefix("≦"))
    {
        ("<=", rest)
    } else if let Some(rest) = text.strip_prefix(">=").or(text.strip_prefix("≧")) {
        (">=", rest)
    } else if let Some(rest) = text.strip_prefix(['<', '＜']) {
        ("<", rest)
    } else if let Some(rest) = text.strip_prefix(['>', '＞']) {
        (">", rest)
    } else {
        ("", text.strip_prefix('=').unwrap_or(text))
    };
    let digits = rest.trim_start_matches([component, ' ']).trim_end_matches([component, ' ']);
    match crate::text::decimal(digits.as_bytes()) {
        Some(number) => Value { operator, number: Some(number), short: "" },
        None => Value { short: text, ..Value::default() },
    }
}

/// A reference range: `low-high`, `<high`, `>low`, or one bound before or behind a dash.
fn range(text: &str) -> (Option<f64>, Option<f64>) {
    let number = |text: &str| crate::text::decimal(text.trim().as_bytes());
    if let Some(high) = text.strip_prefix("<=").or(text.strip_prefix('<')) {
        return (None, number(high));
    }
    if let Some(low) = text.strip_prefix(">=").or(text.strip_prefix('>')) {
        return (number(low), None);
    }
    // A leading dash is a sign, unless nothing stands before the bound.
    let dash = text.char_indices().skip(1).find(|(_, one)| matches!(one, '-' | '~' | '～'));
    let Some((at, dash)) = dash else { return (None, None) };
    let (low, high) = text.split_at_checked(at).unwrap_or((text, ""));
    (number(low), number(high.strip_prefix(dash).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparators_stand_beside_their_numbers() {
        let check = |text| {
            let value = compared(text, '^');
            (value.operator, value.number, value.short)
        };
        assert_eq!(check("<^0.5"), ("<", Some(0.5), ""));
        assert_eq!(check("< 0.5"), ("<", Some(0.5), ""));
        assert_eq!(check(">=10"), (">=", Some(10.0), ""));
        assert_eq!(check("7.2"), ("", Some(7.2), ""));
        assert_eq!(check("1 +"), ("", None, "1 +"));
        assert_eq!(check("(-)"), ("", None, "(-)"));
    }

    #[test]
    fn a_range_has_two_bounds_or_one() {
        assert_eq!(range("6.70-8.3"), (Some(6.7), Some(8.3)));
        assert_eq!(range("-2-2"), (Some(-2.0), Some(2.0)));
        assert_eq!(range("<5"), (None, Some(5.0)));
        assert_eq!(range(""), (None, None));
        assert_eq!(range("negative"), (None, None));
    }
}
