//! Orders and acts: ORC, OBR, TQ1, ODS (meals), ZE1 (acts performed), and allergies and disabilities.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;

use super::coded::Coded;
use super::codes;
use super::drugs::Older;
use super::letter::Home;
use super::message::Segment;
use super::requests::takes_back;
use super::results::Specimen;
use super::walk::{Chart, State};
use crate::columns::clinical::{act, observation};

use crate::date::Stamp;

/// The order at hand.
#[derive(Default)]
pub(super) struct Order<'t> {
    control: &'t str,
    /// ORC-9.
    pub(super) when: Option<Stamp>,
    /// ORC-7: messages before HL7 v2.5.
    pub(super) timing: Older<'t>,
    /// OBR-4.
    pub(super) request: Coded<'t>,
    /// OBR-7.
    pub(super) observed: Option<Stamp>,
    /// Whether the message had a plain order (NW) before: a parent (PA) repeats it.
    plain_before: bool,
}

impl Chart<'_, '_> {
    pub(super) fn order<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        self.end_problem(state);
        self.end_drug(state);
        let when = self.stamp(segment.part(9, 1), "ORC", 9);
        state.order.control = segment.part(1, 1);
        state.order.timing = Older::of(segment, "ORC", 7);
        // Of a message that only cancels no order is walked: these stand, with what they may take back.
        if self.letter.home == Home::Stream && takes_back(state.order.control) {
            self.add(&codes::CANCEL, "ORC", 1);
        }
        state.order.plain_before |= state.order.control == "NW";
        // Results state the order behind the request, so what OBR said stays.
        state.order.when = when;
        if !self.data_type.starts_with("OML") {
            state.order.observed = None;
        }
    }

    /// OBR: in imaging and physiology an act of its own; in the laboratory only the head of its results.
    pub(super) fn request<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        state.order.request = Coded::field(segment, 4);
        state.order.observed = self.stamp(segment.part(7, 1), "OBR", 7);
        if self.data_type == "ORU" {
            state.specimen = Specimen::of_request(segment);
        }
        if !self.data_type.starts_with("OMG") {
            return;
        }
        let repeated = state.order.control == "PA" && state.order.plain_before;
        if !repeated {
            let performed = matches!(self.data_type, "OMG-11" | "OMG-12" | "OMG-13");
            let act = state.order.request;
            let when = state.order.observed.or(state.order.when);
            self.act(act, when, None, performed, ("OBR", 4));
        }
    }

    /// ZE1: an act performed under a request. One that repeats the request's code is the same act.
    pub(super) fn performed<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let act = Coded::field(segment, 3);
        if act.code != state.order.request.code {
            let count = self.number(segment.part(4, 1), "ZE1", 4);
            let performed = segment.part(2, 1) == "RS";
            let when = state.order.observed.or(state.order.when);
            self.act(act, when, count, performed, ("ZE1", 3));
        }
    }

    /// ODS: a meal.
    pub(super) fn diet<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let when = state.drug.start.or(state.order.when);
        for diet in segment.repetitions(3) {
            self.act(Coded::text(segment, diet), when, None, false, ("ODS", 3));
        }
        let day = when.map(|when| when.day);
        self.note("ODS-4", &segment.plain(segment.field(4)), day);
    }

    fn act(
        &mut self,
        act: Coded<'_>,
        when: Option<Stamp>,
        quantity: Option<f64>,
        performed: bool,
        place: (&'static str, u16),
    ) {
        if act.is_empty() {
            self.add(&codes::CODE_MISSING, place.0, place.1);
            return;
        }
        let Some(origin) = self.origin(DataItem::Procedures) else { return };
        let day = when.map(|when| when.day).or(self.care);
        let visit = self.visit(day);
        let status = if performed { "performed" } else { "ordered" };
        self.reading
            .batches
            .rows(act::TABLE)
            .begin(&origin)
            .key(act::VISIT, visit)
            .date(act::DATE, day)
            .datetime(act::TIME, when.and_then(|when| when.second))
            .text(act::CODE, act.code)
            .word(act::SYSTEM, act.word(CodeSystem::Local))
            .text(act::NAME, act.name)
            .word(act::CATEGORY, self.data_type)
            .number(act::QUANTITY, quantity)
            .word(act::STATUS, status);
    }

    /// TQ1: when and for how long. SS-MIX2 has one for each order.
    pub(super) fn timing<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let start = self.stamp(segment.part(7, 1), "TQ1", 7);
        let end = self.stamp(segment.part(8, 1), "TQ1", 8);
        state.drug.timing(segment, start, end);
    }

    /// AL1 and IAM. AL1 is repeated in every order, so the same statement about a patient makes one row.
    pub(super) fn allergy(&mut self, segment: &Segment<'_, '_>) {
        let name = if segment.name() == "AL1" { "AL1" } else { "IAM" };
        let allergen = Coded::field(segment, 3);
        if allergen.is_empty() {
            self.add(&codes::CODE_MISSING, name, 3);
            return;
        }
        // HL7 table 0323: D takes the statement back.
        if name == "IAM" && segment.part(6, 1) == "D" {
            if self.letter.home == Home::Stream {
                self.add(&codes::CANCEL, "IAM", 6);
            }
            return;
        }
        let field = if name == "IAM" { 11 } else { 6 };
        let onset = self.onset(segment.part(usize::from(field), 1), name, field);
        let (day, precision) = onset.unzip();
        let precision = precision.unwrap_or_default();
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let class = segment.part(2, 1);
        let severity = segment.part(4, 1);
        let said = ("allergy", class, allergen.code, allergen.name, severity, day);
        if !self.said.first(origin.subject, &said) {
            return;
        }
        let exact = day.filter(|_| precision.is_empty());
        let visit = self.visit(exact);
        // A code where there is one; an allergen that is a name only is kept as a name.
        let code = if allergen.code.is_empty() { allergen.name } else { allergen.code };
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, visit)
            .date(observation::DATE, day)
            .text(observation::CODE, code)
            .text(observation::SYSTEM, allergen.word(CodeSystem::Allergen))
            .text(observation::VALUE, class)
            .text(observation::SEVERITY, severity)
            .text(observation::PRECISION, precision);
        let class = if name == "IAM" { "IAM-5" } else { "AL1-5" };
        for reaction in segment.repetitions(5) {
            self.note(class, &segment.plain(reaction), exact);
        }
        if name == "IAM" {
            let onset_text = segment.plain(segment.field(12)).into_owned();
            self.note("IAM-12", &onset_text, exact);
        }
    }

    /// DB1: a disability, by its code and whether there is one.
    pub(super) fn disability(&mut self, segment: &Segment<'_, '_>) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        let (code, value) = (segment.part(2, 1), segment.part(4, 1));
        if !self.said.first(origin.subject, &("disability", code, value)) {
            return;
        }
        let visit = self.visit(None);
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, visit)
            .text(observation::CODE, "DB1")
            .text(observation::SYSTEM, CodeSystem::Local.word())
            .text(observation::VALUE, value);
    }
}
