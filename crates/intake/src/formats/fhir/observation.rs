//! Observations: a result becomes a measurement or an observation, text that a person typed a note.

use sudare_model::DataItem;

use super::chart::{Chart, Event};
use super::coded::{ANY, Coding, Concept, EXAMINATIONS};
use super::codes;
use super::json::Value;
use super::time::When;
use crate::columns::clinical::{measurement, observation};

/// What a value was read as.
#[derive(Clone, Copy)]
enum Result<'t> {
    None,
    Quantity {
        operator: &'t str,
        number: Option<f64>,
        unit: &'t str,
        ucum: &'t str,
    },
    /// A code, a word of the program or a short qualitative result.
    Short(&'t str),
    /// Two numbers with their mark, such as a titre `1:128` or a range `1-2`.
    Pair(Option<f64>, char, Option<f64>),
    Text(&'t str),
    Day(Option<When>),
}

/// What all results of one resource share.
#[derive(Clone, Copy)]
struct Frame<'t> {
    event: Event,
    table: Table,
    specimen: &'t str,
    method: &'t str,
    status: &'static str,
}

/// Which table results of a category belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    /// Laboratory, vital signs, body measures, or not said.
    Measured,
    /// Findings of examinations: numbers are measurements, codes observations.
    Found,
    /// What the patient was asked.
    Asked,
}

impl<'t> Chart<'_, '_, 't> {
    pub(super) fn observation(&mut self) {
        let resource = self.page.resource;
        if matches!(resource.text("status"), "entered-in-error" | "cancelled") {
            return self.add(&codes::STATUS);
        }
        let when = self.effective();
        let event = self.event(when);
        let frame = Frame {
            event,
            table: category(resource),
            specimen: self.specimen(),
            method: Concept::of(resource.get("method"), ANY).coding.label(),
            status: status(resource.text("status")),
        };
        let item = self.concept(resource.get("code"), EXAMINATIONS);
        let mut rows = 0;
        if has_value(resource) {
            rows += 1;
            self.result(&item, resource, &frame);
        }
        for component in resource.get("component").items() {
            rows += 1;
            let item = self.concept(component.get("code"), EXAMINATIONS);
            self.result(&item, component, &frame);
        }
        if rows == 0 {
            if resource.get("hasMember").items().next().is_some() {
                self.add(&codes::PANEL);
            } else {
                self.result(&item, resource, &frame);
            }
        }
        self.annotations(event);
        self.sweep(|key| {
            matches!(
                key,
                "category"
                    | "code"
                    | "component"
                    | "specimen"
                    | "method"
                    | "interpretation"
                    | "referenceRange"
                    | "hasMember"
                    | "dataAbsentReason"
            ) || key.starts_with("value")
                || key.starts_with("effective")
        });
    }

    fn effective(&mut self) -> Option<When> {
        let resource = self.page.resource;
        let instant = resource.text("effectiveInstant");
        if !instant.is_empty() {
            return self.date(instant);
        }
        let event = resource.get("effectiveTiming").first("event").as_text();
        if !event.is_empty() {
            return self.date(event);
        }
        self.start(["effectiveDateTime", "effectivePeriod"])
    }

    /// The specimen: the code of its type, or the name written beside the reference.
    fn specimen(&mut self) -> &'t str {
        let reference = self.page.resource.get("specimen");
        if !reference.is_object() {
            return "";
        }
        let text = reference.text("reference");
        match self.scope.find(text, self.page.resource) {
            Some(specimen) => Concept::of(specimen.get("type"), ANY).label(),
            None => {
                if !text.is_empty() {
                    self.add(&codes::REFERENCE);
                }
                reference.text("display")
            }
        }
    }

    /// One result: of the resource itself or of a component.
    fn result(&mut self, item: &Concept<'t>, holder: Value<'t>, frame: &Frame<'t>) {
        if item.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let value = self.value(holder);
        match value {
            Result::Text(text) => self.note(item.label(), text, frame.event),
            Result::Day(day) => self.observed(item, &Result::Day(day), frame),
            Result::Quantity { .. } if frame.table != Table::Asked => {
                self.measured(item, &value, holder, frame);
            }
            _ if frame.table == Table::Measured => self.measured(item, &value, holder, frame),
            _ => self.observed(item, &value, frame),
        }
    }

    fn value(&mut self, holder: Value<'t>) -> Result<'t> {
        let Some((name, value)) = holder.fields().find(|(name, _)| name.starts_with("value"))
        else {
            if holder.get("dataAbsentReason").is_missing() {
                self.add(&codes::VALUE_ABSENT);
            }
            return Result::None;
        };
        match name {
            "valueQuantity" => self.quantity(value),
            "valueInteger" | "valueDecimal" => {
                Result::Quantity { operator: "", number: self.number(value), unit: "", ucum: "" }
            }
            "valueCodeableConcept" => {
                let concept = Concept::of(value, ANY);
                match concept.coding.label() {
                    "" => worded(concept.text),
                    label => Result::Short(label),
                }
            }
            "valueString" => worded(value.as_text()),
            "valueBoolean" => match value.as_bool() {
                Some(true) => Result::Short("true"),
                Some(false) => Result::Short("false"),
                None => Result::None,
            },
            "valueDateTime" => Result::Day(self.date(value.as_text())),
            "valuePeriod" => Result::Day(self.date(value.text("start"))),
            "valueTime" => Result::Short(value.as_text()),
            "valueRatio" => {
                let part = |chart: &mut Self, key| chart.number(value.get(key).get("value"));
                Result::Pair(part(self, "numerator"), ':', part(self, "denominator"))
            }
            "valueRange" => {
                let part = |chart: &mut Self, key| chart.number(value.get(key).get("value"));
                Result::Pair(part(self, "low"), '-', part(self, "high"))
            }
            _ => {
                self.add(&codes::VALUE_TYPE);
                Result::None
            }
        }
    }

    fn quantity(&mut self, value: Value<'t>) -> Result<'t> {
        let unit = value.text("unit");
        let unit = if unit.is_empty() { value.text("code") } else { unit };
        let ucum = match value.text("system") {
            "http://unitsofmeasure.org" => value.text("code"),
            _ => crate::ucum::of(unit),
        };
        let operator = value.text("comparator");
        Result::Quantity { operator, number: self.number(value.get("value")), unit, ucum }
    }

    fn measured(
        &mut self,
        item: &Concept<'t>,
        value: &Result<'t>,
        holder: Value<'t>,
        frame: &Frame<'t>,
    ) {
        let range = holder.first("referenceRange");
        let low = self.number(range.get("low").get("value"));
        let high = self.number(range.get("high").get("value"));
        let flag = Concept::of(holder.first("interpretation"), ANY);
        let Some(origin) = self.origin(DataItem::Measurements) else { return };
        let rows = self.reading.batches.rows(measurement::TABLE).begin(&origin);
        if let Some(visit) = frame.event.visit {
            rows.key(measurement::VISIT, visit);
        }
        rows.date(measurement::DATE, frame.event.when.map(|when| when.day))
            .datetime(measurement::TIME, frame.event.when.and_then(|when| when.second))
            .text(measurement::CODE, item.label())
            .text(measurement::SYSTEM, item.coding.word())
            .text(measurement::NAME, item.name())
            .number(measurement::LOW, low)
            .number(measurement::HIGH, high)
            .text(measurement::FLAG, flag.coding.label())
            .text(measurement::SPECIMEN, frame.specimen)
            .text(measurement::METHOD, frame.method)
            .text(measurement::STATUS, frame.status)
            .text(measurement::PRECISION, frame.event.precision());
        match value {
            Result::Quantity { operator, number, unit, ucum } => {
                rows.text(measurement::OPERATOR, operator)
                    .number(measurement::NUMBER, *number)
                    .text(measurement::UNIT, unit)
                    .text(measurement::UCUM, ucum);
            }
            Result::Short(text) => {
                rows.text(measurement::VALUE, text);
            }
            Result::Pair(left, mark, right) => {
                rows.text(measurement::VALUE, &pair(*left, *mark, *right));
            }
            Result::None | Result::Text(_) | Result::Day(_) => {}
        }
    }

    fn observed(&mut self, item: &Concept<'t>, value: &Result<'t>, frame: &Frame<'t>) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let rows = self.reading.batches.rows(observation::TABLE).begin(&origin);
        if let Some(visit) = frame.event.visit {
            rows.key(observation::VISIT, visit);
        }
        rows.date(observation::DATE, frame.event.when.map(|when| when.day))
            .text(observation::CODE, item.label())
            .text(observation::SYSTEM, item.coding.word())
            .text(observation::PRECISION, frame.event.precision());
        match value {
            Result::Quantity { number, .. } => {
                rows.number(observation::NUMBER, *number);
            }
            Result::Short(text) => {
                rows.text(observation::VALUE, text);
            }
            Result::Pair(left, mark, right) => {
                rows.text(observation::VALUE, &pair(*left, *mark, *right));
            }
            Result::Day(when) => {
                rows.date(observation::VALUE_DATE, when.map(|when| when.day));
            }
            Result::None | Result::Text(_) => {}
        }
    }

    /// A row of `observation` with a coded value, for what other resources find.
    pub(super) fn finding(
        &mut self,
        item: &Coding<'t>,
        (value, severity): (&'t str, &'t str),
        event: Event,
    ) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let rows = self.reading.batches.rows(observation::TABLE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(observation::VISIT, visit);
        }
        rows.date(observation::DATE, event.when.map(|when| when.day))
            .text(observation::CODE, item.label())
            .text(observation::SYSTEM, item.word())
            .text(observation::VALUE, value)
            .text(observation::SEVERITY, severity)
            .text(observation::PRECISION, event.precision());
    }
}

/// Two numbers with a mark between.
fn pair(left: Option<f64>, mark: char, right: Option<f64>) -> String {
    let show = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    format!("{}{mark}{}", show(left), show(right))
}

/// Qualitative results that laboratories write as words.
const QUALITATIVE: [&str; 12] = [
    "陰性",
    "陽性",
    "弱陽性",
    "強陽性",
    "擬陽性",
    "疑陽性",
    "偽陽性",
    "判定保留",
    "negative",
    "positive",
    "Negative",
    "Positive",
];

/// A text result: a number with or without comparator, a qualitative result, or text that a person typed. Typed text
/// may hold anything and is a note.
fn worded(text: &str) -> Result<'_> {
    let text = text.trim();
    let (operator, rest) = ["<=", ">=", "<", ">"]
        .into_iter()
        .find_map(|operator| text.strip_prefix(operator).map(|rest| (operator, rest.trim())))
        .unwrap_or(("", text));
    if let Some(number) = crate::text::decimal(rest.as_bytes()) {
        return Result::Quantity { operator, number: Some(number), unit: "", ucum: "" };
    }
    let mark = |character: char| {
        matches!(
            character,
            '0'..='9'
                | '+'
                | '-'
                | '±'
                | '('
                | ')'
                | '（'
                | '）'
                | '＋'
                | '－'
                | '−'
                | '.'
                | '/'
                | ':'
                | '<'
                | '>'
                | '='
                | '%'
                | '*'
                | ' '
        )
    };
    // A result of marks and digits alone, such as `(1+)` or `1:40`, is short; a telephone number is longer.
    let short = text.chars().count() <= 8 && text.chars().all(mark);
    match text {
        "" => Result::None,
        _ if short || QUALITATIVE.contains(&text) => Result::Short(text),
        _ => Result::Text(text),
    }
}

fn has_value(resource: Value<'_>) -> bool {
    resource.fields().any(|(key, _)| key.starts_with("value") || key == "dataAbsentReason")
}

fn category(resource: Value<'_>) -> Table {
    let mut table = None;
    for category in resource.get("category").items() {
        for coding in category.get("coding").items() {
            match coding.text("code") {
                "laboratory" | "vital-signs" | "body-measurement" => return Table::Measured,
                "social-history" | "survey" => table = Some(Table::Asked),
                "exam" | "imaging" | "procedure" | "therapy" | "activity" => {
                    table = table.or(Some(Table::Found));
                }
                _ => {}
            }
        }
    }
    table.unwrap_or(Table::Measured)
}

/// The letter of HL7 table 0085 that other formats store.
fn status(word: &str) -> &'static str {
    match word {
        "final" => "F",
        "preliminary" => "P",
        "amended" | "corrected" => "C",
        "registered" => "I",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_told_from_a_result() {
        let kind = |text: &'static str| match worded(text) {
            Result::Quantity { operator, number, .. } => format!("{operator}{number:?}"),
            Result::Short(text) => text.to_owned(),
            Result::Text(_) => "text".to_owned(),
            _ => "none".to_owned(),
        };
        assert_eq!(kind("7.2"), "Some(7.2)");
        assert_eq!(kind("< 0.5"), "<Some(0.5)");
        assert_eq!(kind("(1+)"), "(1+)");
        assert_eq!(kind("陰性"), "陰性");
        assert_eq!(kind("上腹部圧痛あり"), "text");
        assert_eq!(kind("山田"), "text");
        assert_eq!(kind(""), "none");
    }
}
