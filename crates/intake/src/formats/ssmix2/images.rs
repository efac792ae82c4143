//! Imaging beside the act itself: the study that an order led to (IPC) and the exposure (ZE2).
//!
//! Field positions: the definitions of the National Hospital Organization's testing tool.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;

use super::codes;
use super::message::Segment;
use super::walk::{Chart, State};
use crate::columns::clinical::{image, measurement};
use crate::key::visit_key;

/// Fields of ZE2 that are a number with its unit (CQ), and of how often (NM).
const EXPOSURE: [(u16, &str, &str); 5] = [
    (2, "ZE2-2", "管電圧"),
    (3, "ZE2-3", "管電流"),
    (4, "ZE2-4", "距離"),
    (5, "ZE2-5", "時間"),
    (6, "ZE2-6", "回数"),
];

impl Chart<'_, '_> {
    /// IPC: one row for each study of a patient, under the key that the headers of its images give it as well; no
    /// series is known here. It repeats below every order of a group.
    pub(super) fn study(&mut self, segment: &Segment<'_, '_>, state: &State<'_>) {
        let uid = segment.part(3, 1);
        if uid.is_empty() {
            self.add(&codes::CODE_MISSING, "IPC", 3);
            return;
        }
        let Some(origin) = self.origin(DataItem::Images) else { return };
        if !self.said.first(origin.subject, &("study", uid)) {
            return;
        }
        let when = state.order.observed.or(state.order.when);
        let day = when.map(|when| when.day).or(self.care);
        let visit = self.visit(day);
        let act = state.order.request;
        self.reading
            .batches
            .rows(image::TABLE)
            .begin(&origin)
            .key(image::VISIT, visit)
            .key(image::STUDY, visit_key("study", &[uid.as_bytes()]))
            .date(image::DATE, day)
            .datetime(image::TIME, when.and_then(|when| when.second))
            .text(image::MODALITY, segment.part(5, 1))
            .text(image::PROCEDURE, act.code)
            .text(
                image::PROCEDURE_SYSTEM,
                if act.code.is_empty() { "" } else { act.word(CodeSystem::Local) },
            );
    }

    /// ZE2: each value that is stated is a measurement, because it has a unit; words are a note.
    pub(super) fn exposure(&mut self, segment: &Segment<'_, '_>, state: &State<'_>) {
        let when = state.order.observed.or(state.order.when);
        let day = when.map(|when| when.day).or(self.care);
        for (field, code, name) in EXPOSURE {
            let at = usize::from(field);
            let number = self.number(segment.part(at, 1), "ZE2", field);
            if number.is_none() {
                continue;
            }
            let unit = segment.sub(segment.part(at, 2), 1);
            let Some(row) = self.begin_measurement(day, when) else { return };
            row.word(measurement::CODE, code)
                .word(measurement::SYSTEM, CodeSystem::Local.word())
                .word(measurement::NAME, name)
                .number(measurement::NUMBER, number)
                .unit(measurement::UNIT, measurement::UCUM, unit, crate::ucum::of);
        }
        let words = segment.plain(segment.field(7)).into_owned();
        self.note("ZE2-7", &words, day);
    }
}
