//! DPC survey files (DPC調査データ): formats notes, section 6.
//!
//! What it is for: 様式1 (FF1), EF of inpatients and outpatients, their parts E and F before merging, D and H. What it
//! is not for: 様式3 (the hospital), 様式4 and K, whose columns the notes do not hold; looking codes up in masters.
//! A file is surveyed once (`survey`: what it is, where to cut, who contradicts themselves) and read run by run: a
//! run is the lines of one patient that follow one another (`desk`), then line by line (`form1`, `acts`, `nursing`).
//!
//! Invariants: where a file is cut never changes the rows that come out of it; codes of doctors go nowhere.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

mod acts;
pub mod codes;
mod desk;
mod form1;
mod nursing;
mod record;
mod shape;
mod stay;
mod survey;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;
/// A patient's lines are cut behind this many bytes, so that memory stays bounded; no real patient has so many.
pub(crate) const RUN_MAX: u64 = 32 << 20;
/// No real line is longer: the longest column has 254 bytes.
pub(crate) const LINE_MAX: usize = 16 << 10;

/// The format.
pub(crate) struct Dpc;

impl Format for Dpc {
    fn name(&self) -> &'static str {
        "dpc"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        let whole = head.len() < crate::plan::HEAD_BYTES;
        shape::Shape::of(head, whole).is_some()
    }

    fn version(&self, path: &str, head: &[u8]) -> Option<Version> {
        // A hospital may call the file of every month the same.
        let whole = head.len() < crate::plan::HEAD_BYTES;
        let shape = shape::Shape::of(head, whole)?;
        Some(Version::named(&[path, shape.segment(), shape.month(head)]))
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner, UNIT_BYTES);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        desk::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32810
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
