//! A stay as 様式1 tells it on several lines: gathered while they follow one another, then one row, and one of death.

use sudare_model::DataItem;
use sudare_model::time::Day;

use super::desk::Desk;
use super::survey::is_death;
use crate::columns::Origin;
use crate::columns::clinical::{death, visit};

/// What the lines of one stay said so far.
#[derive(Default)]
pub(super) struct Stay<'b> {
    /// Admission, 回数管理番号 and 統括診療情報番号; a stay has as many parts as there are of the last.
    pub(super) key: Option<[&'b [u8]; 3]>,
    /// Where the row of the visit and that of death come from, once a line for each was met and admitted.
    pub(super) visit: Option<Origin>,
    pub(super) death: Option<Origin>,
    pub(super) start: Option<Day>,
    pub(super) end: Option<Day>,
    pub(super) from: &'b [u8],
    pub(super) to: &'b [u8],
    /// Planned or as an emergency.
    pub(super) urgency: &'b [u8],
    pub(super) department: &'b [u8],
    pub(super) outcome: &'b [u8],
    /// ICD-10 of the disease that took most resources.
    pub(super) resource: &'b [u8],
}

/// The key of a stay of inpatients, by its first day; the other files know no more of it.
pub(super) fn stay_key(admission: &[u8]) -> i64 {
    crate::key::visit_key("dpc-stay", &[admission])
}

/// The key of a stay or a part of one in 様式1: the first and whole one is what the other files mean.
pub(super) fn part_key([admission, count, part]: [&[u8]; 3]) -> i64 {
    let zero = |digits: &[u8]| digits.iter().all(|digit| *digit == b'0');
    if zero(count) && zero(part) {
        return stay_key(admission);
    }
    crate::key::visit_key("dpc-part", &[admission, count, part])
}

impl Desk<'_, '_, '_> {
    /// Makes the rows of the stay whose lines have ended.
    pub(super) fn end_stay(&mut self) {
        let stay = std::mem::take(&mut self.stay);
        let Some(key) = stay.key else { return };
        if let Some(origin) = stay.visit {
            self.reading
                .batches
                .rows(visit::TABLE)
                .begin(&origin)
                .key(visit::KEY, part_key(key))
                .int(visit::CONCEPT, Some(9201))
                .date(visit::START, stay.start)
                .date(visit::END, stay.end)
                .code(visit::SOURCE, stay.urgency)
                .word(visit::SYSTEM, "DPC-FF1")
                .code(visit::DEPARTMENT, stay.department)
                .code(visit::FROM, stay.from)
                .code(visit::OUTCOME, stay.to);
        }
        if let Some(origin) = stay.death.filter(|_| is_death(stay.outcome)) {
            // 7 is a death of another disease, which the file does not name.
            let cause = if stay.outcome == b"6" { stay.resource } else { b"" };
            let rows = self.reading.batches.rows(death::TABLE).begin(&origin);
            rows.date(death::DATE, stay.end).code(death::CAUSE, cause);
            if !cause.is_empty() {
                rows.word(death::SYSTEM, "ICD10");
            }
        }
    }

    /// The row of a visit or stay as the files of acts tell it: once in a run, and not where 様式1 tells more.
    pub(super) fn plain_visit(&mut self, outpatient: bool) {
        let thing = ("visit", self.visit, self.run.line, self.shape.segment());
        let Some(origin) = self.origin(DataItem::Visits) else { return };
        if !self.said.first(origin.subject, &thing) {
            return;
        }
        let (start, end) = (self.first, if outpatient { self.first } else { self.second });
        self.reading
            .batches
            .rows(visit::TABLE)
            .begin(&origin)
            .key(visit::KEY, self.visit)
            .int(visit::CONCEPT, Some(if outpatient { 9202 } else { 9201 }))
            .date(visit::START, start)
            .date(visit::END, end)
            .word(visit::SOURCE, self.shape.segment())
            .word(visit::SYSTEM, "DPC-FILE");
    }
}
