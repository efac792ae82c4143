//! Drugs: orders (RXE with TQ1 and RXR, injections with RXC), requests that came as such (RXO), and administrations
//! (RXA). Of one order what was given counts before what was encoded, and that before what was requested.
//!
//! A drug's row needs segments that come behind it, so it is held until the next order, or the end of the message.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;

use super::coded::Coded;
use super::codes;
use super::message::Segment;
use super::walk::{Chart, State};
use crate::columns::Origin;
use crate::columns::clinical::drug;
use crate::date::Stamp;

/// The drug order at hand.
#[derive(Default)]
pub(super) struct Drug<'t> {
    /// TQ1-7 and TQ1-8.
    pub(super) start: Option<Stamp>,
    end: Option<Stamp>,
    /// TQ1-6.
    days: &'t str,
    older: Older<'t>,
    /// TQ1-3: usage code, and those that add to it (every other day, days of the week), joined by `+`.
    usage: String,
    /// What TQ1-3, 10 and 11 say in words.
    timing: String,
    route: &'t str,
    /// RXR-2, in words.
    site: String,
    ordered: Option<One<'t>>,
    /// RXE-7 or RXO-7, in words.
    instruction: String,
    components: Vec<One<'t>>,
    given: Vec<One<'t>>,
}

/// Start and end as messages before HL7 v2.5 have them, in RXE-1 or ORC-7, and where they stand.
#[derive(Clone, Copy, Default)]
pub(super) struct Older<'t> {
    start: &'t str,
    end: &'t str,
    segment: &'static str,
    field: u16,
    record_no: u32,
}

impl<'t> Older<'t> {
    pub(super) fn of(segment: &Segment<'_, 't>, name: &'static str, field: u16) -> Self {
        let part = |component| segment.part(usize::from(field), component);
        let (start, end, record_no) = (part(4), part(5), segment.number);
        Self { start, end, segment: name, field, record_no }
    }
}

/// One drug with its amounts, as written.
#[derive(Clone, Copy)]
struct One<'t> {
    drug: Coded<'t>,
    quantity: &'t str,
    dose: &'t str,
    unit: &'t str,
    start: &'t str,
    end: &'t str,
    status: &'static str,
    record_no: u32,
    segment: &'static str,
}

impl<'t> Drug<'t> {
    pub(super) fn timing(
        &mut self,
        segment: &Segment<'_, 't>,
        start: Option<Stamp>,
        end: Option<Stamp>,
    ) {
        (self.start, self.end) = (start, end);
        self.days = segment.part(6, 1);
        self.usage.clear();
        self.timing.clear();
        for pattern in segment.repetitions(3) {
            let (code, text) = usage(segment, pattern);
            join(&mut self.usage, code, '+');
            join(&mut self.timing, &segment.plain(text), ' ');
        }
        for words in [10, 11].map(|field| segment.field(field)) {
            join(&mut self.timing, &segment.plain(words), ' ');
        }
    }

    /// RXR: the route, and where on the body.
    pub(super) fn route(&mut self, segment: &Segment<'_, 't>) {
        self.route = segment.part(1, 1);
        self.site = segment.plain(segment.part(2, 2)).into_owned();
    }

    /// RXE-7 or RXO-7: instructions, in words.
    fn instruct(&mut self, segment: &Segment<'_, 't>) {
        self.instruction.clear();
        for instruction in segment.repetitions(7) {
            let (code, text) = (segment.of(instruction, 1), segment.of(instruction, 2));
            let text = if text.is_empty() { code } else { text };
            join(&mut self.instruction, &segment.plain(text), ' ');
        }
    }

    /// RXC: one drug of an injection.
    pub(super) fn component(&mut self, segment: &Segment<'_, 't>) {
        self.components.push(One {
            drug: Coded::field(segment, 2),
            quantity: segment.part(3, 1),
            dose: "",
            unit: segment.part(4, 1),
            start: "",
            end: "",
            status: "ordered",
            record_no: segment.number,
            segment: "RXC",
        });
    }
}

impl Chart<'_, '_> {
    /// RXE.
    pub(super) fn prescription<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        if state.drug.ordered.is_some_and(|one| one.segment == "RXO") {
            // The same order, encoded: its own components follow.
            state.drug.ordered = None;
            state.drug.components.clear();
        }
        // Timing may stand before the drug it belongs to.
        if state.drug.ordered.is_some() || !state.drug.given.is_empty() {
            self.end_drug(state);
        }
        state.drug.ordered = Some(One {
            drug: Coded::field(segment, 2),
            quantity: segment.part(10, 1),
            dose: segment.part(3, 1),
            unit: segment.part(5, 1),
            start: "",
            end: "",
            status: "ordered",
            record_no: segment.number,
            segment: "RXE",
        });
        let timing = Older::of(segment, "RXE", 1);
        state.drug.older = if timing.start.is_empty() { state.order.timing } else { timing };
        state.drug.instruct(segment);
    }

    /// RXO: an order as it was requested. RXO-2 is the amount of one administration (HL7 v2.5, chapter 4, and the JAHIS
    /// rules for prescriptions); in ORM^O01 of older Japanese systems it may be that of a day, which nothing tells.
    pub(super) fn requested<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        if state.drug.ordered.is_some_and(|one| one.segment == "RXE") {
            return;
        }
        if state.drug.ordered.is_some() || !state.drug.given.is_empty() {
            self.end_drug(state);
        }
        let (mut dose, mut unit) = (segment.part(2, 1), segment.part(4, 1));
        if super::requests::is_general(self.letter) && !dose.is_empty() {
            self.add(&codes::DOSE, "RXO", 2);
            (dose, unit) = ("", "");
        }
        state.drug.ordered = Some(One {
            drug: Coded::field(segment, 1),
            quantity: segment.part(11, 1),
            dose,
            unit,
            start: "",
            end: "",
            status: "ordered",
            record_no: segment.number,
            segment: "RXO",
        });
        state.drug.older = state.order.timing;
        state.drug.instruct(segment);
    }

    /// RXA: given, or noted as not given (RXA-20).
    pub(super) fn administration<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let status = match segment.part(20, 1) {
            "NA" | "RE" => "not-given",
            _ => "given",
        };
        state.drug.given.push(One {
            drug: Coded::field(segment, 5),
            quantity: segment.part(6, 1),
            dose: "",
            unit: segment.part(7, 1),
            start: segment.part(3, 1),
            end: segment.part(4, 1),
            status,
            record_no: segment.number,
            segment: "RXA",
        });
    }

    /// Makes the rows of the order at hand and forgets it.
    pub(super) fn end_drug(&mut self, state: &mut State<'_>) {
        let drug = std::mem::take(&mut state.drug);
        let place = self.origin.record_no;
        let ordered_at = state.order.when;
        if !drug.given.is_empty() {
            for one in &drug.given {
                self.drug_row(&drug, one, ordered_at);
            }
        } else if !drug.components.is_empty() {
            for one in &drug.components {
                self.drug_row(&drug, one, ordered_at);
            }
        } else if let Some(one) = &drug.ordered {
            self.drug_row(&drug, one, ordered_at);
        }
        self.origin.record_no = place;
    }

    fn drug_row(&mut self, drug: &Drug<'_>, one: &One<'_>, ordered_at: Option<Stamp>) {
        self.origin.record_no = one.record_no;
        // Where the drug, its quantity and its dose stand.
        let (field, quantity, dose) = match one.segment {
            "RXA" => (5, 6, 0),
            "RXC" => (2, 3, 0),
            "RXO" => (1, 11, 2),
            _ => (2, 10, 3),
        };
        if one.drug.is_empty() {
            self.add(&codes::CODE_MISSING, one.segment, field);
            return;
        }
        if one.drug.is_mislabelled() {
            self.add(&codes::CODE_SYSTEM, one.segment, field);
        }
        let quantity = self.number(one.quantity, one.segment, quantity);
        let dose = self.number(one.dose, one.segment, dose);
        let older = if drug.start.is_none() { drug.older } else { Older::default() };
        let start = match self.stamp(one.start, one.segment, 3).or(drug.start) {
            None => self.older(&older, older.start).or(ordered_at),
            start => start,
        };
        let start = start.map(|start| start.day).or(self.care);
        let days = crate::text::whole(drug.days.as_bytes()).filter(|days| *days > 0);
        let end = match self.stamp(one.end, one.segment, 4).or(drug.end) {
            None => self.older(&older, older.end),
            end => end,
        };
        let end = end.map(|end| end.day);
        let end = end.or_else(|| Some(start?.plus(days.unwrap_or(1) - 1)));
        let Some(origin) = self.origin(DataItem::Drugs) else { return };
        let sig = self.sig(drug, &origin);
        let visit = self.visit(start);
        self.reading
            .batches
            .rows(drug::TABLE)
            .begin(&origin)
            .key(drug::VISIT, visit)
            .date(drug::START, start)
            .date(drug::END, end)
            .text(drug::CODE, one.drug.code)
            .word(drug::SYSTEM, one.drug.word(CodeSystem::Local))
            .text(drug::NAME, one.drug.name)
            .number(drug::QUANTITY, quantity)
            .int(drug::DAYS, days)
            .number(drug::DOSE, dose)
            .unit(drug::UNIT, drug::UCUM, one.unit, crate::ucum::of)
            .text(drug::ROUTE, drug.route)
            .text(drug::USAGE, &drug.usage)
            .text(drug::SIG, &sig)
            .word(drug::STATUS, one.status);
    }

    /// A time of an older timing, told where it stands.
    fn older(&mut self, older: &Older<'_>, text: &str) -> Option<Stamp> {
        let place = std::mem::replace(&mut self.origin.record_no, older.record_no);
        let stamp = self.stamp(text, older.segment, older.field);
        self.origin.record_no = place;
        stamp
    }

    /// Usage as written: free text, so only where notes are admitted too.
    fn sig(&mut self, drug: &Drug<'_>, _origin: &Origin) -> String {
        let mut sig = String::new();
        for text in [&drug.timing, &drug.instruction, &drug.site] {
            join(&mut sig, text, ' ');
        }
        if sig.is_empty() || self.origin(DataItem::Notes).is_some() { sig } else { String::new() }
    }
}

/// Code and words of a pattern of TQ1-3: sub-components of the first component, or, as older messages have it, the
/// components.
fn usage<'t>(segment: &Segment<'_, 't>, pattern: &'t str) -> (&'t str, &'t str) {
    let first = segment.of(pattern, 1);
    match (segment.sub(first, 2), segment.of(pattern, 3)) {
        // The components of a pattern behind the first are codes of HL7 and numbers, never a code system.
        ("", system) if system == "JAMISDP01" || system.starts_with("99") => {
            (first, segment.of(pattern, 2))
        }
        (text, _) => (segment.sub(first, 1), text),
    }
}

/// Adds a text behind a separator, where there is one.
fn join(to: &mut String, text: &str, separator: char) {
    if !to.is_empty() && !text.is_empty() {
        to.push(separator);
    }
    to.push_str(text);
}
