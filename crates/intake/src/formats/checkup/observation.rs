//! Observations: a quantity is a measurement; a coded answer is an observation where it is an interview or a doctor's
//! judgement, else a measurement; words are a note.
//!
//! Three ways of nothing are kept apart: an item that is absent makes no row; `nullFlavor` on the value (could not be
//! measured) and `negationInd` (was not done) make a row without a value whose status says which.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;

use super::document::Sheet;
use super::{OID, codes};
use crate::columns::Origin;
use crate::columns::clinical::{act, measurement, note, observation};
use crate::xml::Element;

/// What an observation says besides its code.
struct Said<'t> {
    code: &'t str,
    system: &'static str,
    name: &'t str,
    value: Option<Element<'t>>,
    status: String,
}

impl Sheet<'_, '_> {
    /// What stands in an entry, and what stands below it.
    pub(super) fn entry(&mut self, entry: Element<'_>) {
        for act in entry.children() {
            match act.name() {
                "observation" => self.observation(act),
                // Support acts of guidance.
                "act" => self.act(act),
                _ => {}
            }
            for below in act.children() {
                if matches!(below.name(), "entryRelationship" | "component") {
                    self.entry(below);
                }
            }
        }
    }

    fn observation(&mut self, observation: Element<'_>) {
        self.reading.counts.records += 1;
        self.origin.record_no = self.origin.record_no.saturating_add(1);
        let Some(code) = observation.first(&["code"]) else {
            return self.add(&codes::CODE, observation);
        };
        if code.attribute("code").is_empty() {
            if !is_head(observation, code) {
                self.add(&codes::CODE, observation);
            }
            return;
        }
        let value = observation.named("value").next();
        let null = value.map_or("", |value| value.attribute("nullFlavor"));
        let status = match observation.attribute("negationInd") {
            "true" => "not-done".to_owned(),
            _ if !null.is_empty() => format!("null-{null}"),
            _ => "F".to_owned(),
        };
        let said = Said {
            code: code.attribute("code"),
            system: system(code),
            name: code.attribute("displayName"),
            value,
            status,
        };
        match value.map(|value| value.attribute("type").rsplit(':').next().unwrap_or_default()) {
            Some("ST" | "ED") => self.words(&said),
            Some("CD" | "CO" | "CE" | "CV" | "CS") if is_answer(said.code) => self.answer(&said),
            Some("PQ" | "INT" | "REAL" | "CD" | "CO" | "CE" | "CV" | "CS" | "") | None => {
                self.measurement(&said, observation);
            }
            Some("TS") => self.dated(&said),
            Some(_) => self.add(&codes::VALUE_TYPE, observation),
        }
    }

    fn measurement(&mut self, said: &Said<'_>, observation: Element<'_>) {
        let attribute = |name| said.value.map_or("", |value| value.attribute(name));
        let written = attribute("value");
        let number = crate::text::decimal(written.as_bytes());
        if let (None, Some(value), false) = (number, said.value, written.is_empty()) {
            self.add(&codes::NUMBER, value);
        }
        let range = observation.first(&["referenceRange", "observationRange", "value"]);
        let bound = |name| {
            let bound = range.and_then(|range| range.first(&[name]))?;
            crate::text::decimal(bound.attribute("value").as_bytes())
        };
        let code_of = |name| observation.first(&[name]).map_or("", |one| one.attribute("code"));
        let flag = match code_of("interpretationCode") {
            "" => flag_behind(observation, written),
            flag => flag,
        };
        let day = self.day_of(observation.first(&["effectiveTime"])).or(self.day);
        let Some(origin) = self.origin(DataItem::Measurements) else { return };
        // A document's own word where the list has none: in CDA a unit should be UCUM, and often is not.
        let unit = attribute("unit");
        let ucum = match crate::ucum::of(unit) {
            "" => unit,
            known => known,
        };
        self.reading
            .batches
            .rows(measurement::TABLE)
            .begin(&origin)
            .key(measurement::VISIT, self.visit)
            .date(measurement::DATE, day)
            .text(measurement::CODE, said.code)
            .text(measurement::SYSTEM, said.system)
            .text(measurement::NAME, said.name)
            .number(measurement::NUMBER, number)
            .text(measurement::VALUE, attribute("code"))
            .text(measurement::UNIT, unit)
            .text(measurement::UCUM, ucum)
            .number(measurement::LOW, bound("low"))
            .number(measurement::HIGH, bound("high"))
            .text(measurement::FLAG, flag)
            // Positions 10 to 12 of a laboratory code are the specimen.
            .text(measurement::SPECIMEN, said.code.get(9..12).unwrap_or_default())
            .text(measurement::METHOD, code_of("methodCode"))
            .text(measurement::STATUS, &said.status);
    }

    fn answer(&mut self, said: &Said<'_>) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let value = said.value.map_or("", |value| value.attribute("code"));
        self.begin_observation(&origin, said).text(observation::VALUE, value);
    }

    fn dated(&mut self, said: &Said<'_>) {
        let value = self.day_of(said.value);
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        self.begin_observation(&origin, said).date(observation::VALUE_DATE, value);
    }

    fn begin_observation(&mut self, origin: &Origin, said: &Said<'_>) -> &mut crate::columns::Rows {
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(origin)
            .key(observation::VISIT, self.visit)
            .date(observation::DATE, self.day)
            .text(observation::CODE, said.code)
            .text(observation::SYSTEM, said.system)
    }

    /// Words may hold anything, so they are a note whatever their item.
    fn words(&mut self, said: &Said<'_>) {
        let mut text = std::mem::take(&mut self.text);
        if let Some(value) = said.value {
            value.text(&mut text);
        }
        if !text.is_empty()
            && let Some(origin) = self.origin(DataItem::Notes)
        {
            self.reading
                .batches
                .rows(note::TABLE)
                .begin(&origin)
                .key(note::VISIT, self.visit)
                .date(note::DATE, self.day)
                .text(note::CLASS, said.code)
                .text(note::TEXT, &text);
        }
        self.text = text;
    }

    /// A support act of guidance. One whose code says why it is none only groups what stands below it.
    fn act(&mut self, act: Element<'_>) {
        self.reading.counts.records += 1;
        self.origin.record_no = self.origin.record_no.saturating_add(1);
        let Some(code) = act.first(&["code"]) else { return self.add(&codes::CODE, act) };
        if code.attribute("code").is_empty() {
            if code.attribute("nullFlavor").is_empty() {
                self.add(&codes::CODE, act);
            }
            return;
        }
        let day = self.day_of(act.first(&["effectiveTime"])).or(self.day);
        // The number of a form of support means nothing without the list it stands in.
        let list = code.attribute("codeSystem").strip_prefix(OID).unwrap_or_default();
        let mut named = std::mem::take(&mut self.text);
        named.clear();
        named.push_str(list);
        if !list.is_empty() {
            named.push('-');
        }
        named.push_str(code.attribute("code"));
        if let Some(origin) = self.origin(DataItem::Procedures) {
            self.reading
                .batches
                .rows(act::TABLE)
                .begin(&origin)
                .key(act::VISIT, self.visit)
                .date(act::DATE, day)
                .text(act::CODE, &named)
                .text(act::SYSTEM, system(code))
                .text(act::NAME, code.attribute("displayName"));
        }
        self.text = named;
    }
}

/// The system of a code: items are laboratory codes (JLAC10), also those of the interview.
fn system(code: Element<'_>) -> &'static str {
    let length = code.attribute("code").len();
    if length == 17 { CodeSystem::Jlac10.word() } else { CodeSystem::Local.word() }
}

/// Whether a coded item is an answer or a judgement and not a test: JLAC10 has the interview under 9N7 and what a
/// doctor found or judged under 9N5; what is coded in guidance (items of 10 digits) are answers and choices. See the
/// readings page.
fn is_answer(code: &str) -> bool {
    let guided = code.len() == 10 && code.bytes().all(|byte| byte.is_ascii_digit());
    guided || code.starts_with("9N7") || code.starts_with("9N5")
}

/// Whether an observation without a code is the head of a series (一連検査グループ): it only holds together what stands
/// below it.
fn is_head(observation: Element<'_>, code: Element<'_>) -> bool {
    let below = |one: Element<'_>| matches!(one.name(), "entryRelationship" | "component");
    let says = observation.first(&["text"]).or_else(|| code.first(&["originalText"]));
    !code.attribute("nullFlavor").is_empty()
        && observation.named("value").next().is_none()
        && says.is_none()
        && observation.children().any(below)
}

/// The flag that some write behind a quantity beyond the limits of entry, as a value of its own.
fn flag_behind<'t>(observation: Element<'t>, quantity: &str) -> &'t str {
    let flags = observation.named("value").skip(1).map(|value| value.attribute("code"));
    let mut flags = flags.filter(|flag| matches!(*flag, "H" | "L" | "HH" | "LL"));
    if quantity.is_empty() { "" } else { flags.next().unwrap_or_default() }
}
