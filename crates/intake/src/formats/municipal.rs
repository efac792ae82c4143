//! Checkups of municipalities as CSV: one row for each person and visit, columns as each municipality calls them.
//!
//! What it is for: tables that no standard describes. What a column holds says a mapping file that lies beside the
//! tables (`mapping`), or, where there is none, the spelling of its heading (`spelling`). What it is not for: one row
//! for each result, and the FHIR bundles of the municipal guide (`fhir`).
//!
//! Invariants: a column is read only where its heading was found, so a table without headings gives no row; a heading
//! that nobody maps is a finding; where a file is cut never changes the rows that come out of it.
//!
//! Start at `survey`, then `row`.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

pub mod codes;
mod layout;
pub mod mapping;
mod record;
mod row;
mod spelling;
mod survey;
mod value;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;

/// The format.
pub(crate) struct Municipal;

impl Format for Municipal {
    fn name(&self) -> &'static str {
        "municipal"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        mapping::is_one(head) || layout::Headings::of(head).is_some_and(|one| one.are_plausible())
    }

    fn version(&self, path: &str, head: &[u8]) -> Option<Version> {
        // A municipality may call the table of every year the same: its first row of values tells them apart.
        let headings = layout::Headings::of(head).filter(|_| !mapping::is_one(head))?;
        let first = headings.first_row(head);
        let hash = crate::key::visit_key("municipal", &[first]).to_string();
        Some(Version::named(&[path, &hash]))
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner, UNIT_BYTES);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        row::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32817
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
