//! The visits of one patient: outpatient days (ADT-12) and stays (ADT-22 to ADT-52), and which of them a
//! day belongs to.

use std::collections::BTreeMap;

use sudare_model::time::Day;

use super::message::Message;
use crate::date::{Stamp, stamp};
use crate::key::{day_key, visit_key};

/// One event that opens or closes a visit.
#[derive(Clone, Copy)]
pub(super) struct Event<'t> {
    pub(super) kind: EventKind,
    pub(super) when: Option<Stamp>,
    pub(super) class: &'t str,
    pub(super) department: &'t str,
    pub(super) came_from: &'t str,
    pub(super) went_to: &'t str,
    pub(super) died: bool,
    /// File and first byte of the message.
    pub(super) at: (u32, u64),
    pub(super) record_no: u32,
}

/// What an event does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    Outpatient,
    Admission,
    Discharge,
    /// Transfers and leave: kept as rows of their own, opening and closing nothing.
    Movement(&'static str),
}

/// Reads the event of an ADT message; `None` for a type that is none.
pub(super) fn event<'t>(
    data_type: &'static str,
    message: &Message<'t>,
    at: (u32, u64),
) -> Option<Event<'t>> {
    let kind = match data_type {
        "ADT-12" => EventKind::Outpatient,
        "ADT-22" => EventKind::Admission,
        "ADT-52" => EventKind::Discharge,
        "ADT-31" | "ADT-32" | "ADT-42" => EventKind::Movement(data_type),
        _ => return None,
    };
    let mut event = Event {
        kind,
        when: None,
        class: "",
        department: "",
        came_from: "",
        went_to: "",
        died: false,
        at,
        record_no: 1,
    };
    let mut occurred = None;
    let wanted = |name: &str| matches!(name, "MSH" | "EVN" | "PV1" | "PV2");
    message.each(wanted, |segment| match segment.name() {
        // Without PV1 the event stands where its message begins, which in a stream is behind others.
        "MSH" => event.record_no = segment.number,
        "EVN" => occurred = stamp(segment.part(6, 1)),
        "PV1" => {
            event.record_no = segment.number;
            event.class = segment.part(2, 1);
            event.department = segment.part(10, 1);
            event.came_from = segment.part(14, 1);
            event.went_to = segment.part(36, 1);
            // HL7 table 0112 has 20 for a death; local tables say it in words.
            event.died = event.went_to == "20" || segment.field(36).contains("死亡");
            let field = if kind == EventKind::Discharge { 45 } else { 44 };
            event.when = stamp(segment.part(field, 1)).or(event.when);
        }
        "PV2" if data_type == "ADT-32" => {
            event.when = event.when.or_else(|| stamp(segment.part(47, 1)));
        }
        _ => {}
    });
    if matches!(kind, EventKind::Movement(_)) {
        event.when = occurred.or(event.when);
    }
    Some(event)
}

/// A visit: one row.
pub(super) struct Visit<'t> {
    pub(super) key: i64,
    /// What opened it; for a discharge without admission, what closed it.
    pub(super) event: Event<'t>,
    pub(super) start: Option<Stamp>,
    pub(super) end: Option<Stamp>,
    /// The discharge, where one closed the stay.
    pub(super) went_to: &'t str,
}

/// The visits of one patient.
#[derive(Default)]
pub(super) struct Visits<'t> {
    /// In order of time.
    pub(super) list: Vec<Visit<'t>>,
    stays: Vec<(Day, Option<Day>, i64)>,
    days: BTreeMap<Day, i64>,
    /// Discharges by death: the message, and the day.
    pub(super) deaths: Vec<((u32, u64), Option<Day>)>,
}

impl<'t> Visits<'t> {
    /// Puts events together: a discharge closes the latest admission before it that is still open.
    pub(super) fn of(mut events: Vec<Event<'t>>) -> Self {
        let order = |event: &Event<'_>| {
            let when = event.when.map(|when| (when.day, when.second.unwrap_or(i64::MIN)));
            (when, event.kind == EventKind::Discharge, event.at)
        };
        events.sort_by_key(order);
        let mut list: Vec<Visit<'t>> = Vec::with_capacity(events.len());
        let mut open: Option<usize> = None;
        let mut deaths = Vec::new();
        for event in events {
            if event.died && event.kind == EventKind::Discharge {
                deaths.push((event.at, event.when.map(|when| when.day)));
            }
            let at = list.len();
            match event.kind {
                EventKind::Discharge => {
                    if let Some(stay) = open.take().and_then(|at| list.get_mut(at)) {
                        stay.end = event.when;
                        stay.went_to = event.went_to;
                        continue;
                    }
                }
                EventKind::Admission => open = Some(at),
                EventKind::Outpatient | EventKind::Movement(_) => {}
            }
            list.push(Visit::of(event));
        }
        let mut visits = Self { list, deaths, ..Self::default() };
        visits.index();
        visits
    }

    fn index(&mut self) {
        for visit in &self.list {
            match (visit.event.kind, visit.start.map(|start| start.day)) {
                (EventKind::Admission, Some(start)) => {
                    // A stay without discharge lasts until the next one begins.
                    self.stays.push((start, visit.end.map(|end| end.day), visit.key));
                }
                (EventKind::Outpatient, Some(day)) => {
                    self.days.entry(day).or_insert(visit.key);
                }
                _ => {}
            }
        }
    }

    /// The key of the visit that a day belongs to; for a message of an outpatient the outpatient day comes first.
    /// A day without a visit has a key of its own, so that rows of one day stay together.
    pub(super) fn key(&self, day: Option<Day>, outpatient: bool) -> i64 {
        let Some(day) = day else { return visit_key("undated", &[]) };
        let open = self.stays.partition_point(|(start, ..)| *start <= day);
        let stay = open
            .checked_sub(1)
            .and_then(|at| self.stays.get(at))
            .filter(|(_, end, _)| end.is_none_or(|end| day <= end))
            .map(|(.., key)| *key);
        let visit = self.days.get(&day).copied();
        let found = if outpatient { visit.or(stay) } else { stay.or(visit) };
        found.unwrap_or_else(|| day_key("day", day))
    }
}

impl<'t> Visit<'t> {
    fn of(event: Event<'t>) -> Self {
        let word = match event.kind {
            EventKind::Outpatient => "outpatient",
            EventKind::Admission => "stay",
            EventKind::Discharge => "discharge",
            EventKind::Movement(word) => word,
        };
        let when = event
            .when
            .map_or(0, |when| when.second.unwrap_or(i64::from(when.day.epoch_days()) * 86_400));
        let key = visit_key(word, &[&when.to_le_bytes(), event.department.as_bytes()]);
        let closes = event.kind == EventKind::Discharge;
        let (start, end) = match event.kind {
            EventKind::Outpatient | EventKind::Movement(_) => (event.when, event.when),
            EventKind::Admission => (event.when, None),
            EventKind::Discharge => (None, event.when),
        };
        let went_to = if closes { event.went_to } else { "" };
        Self { key, start, end, went_to, event }
    }
}
