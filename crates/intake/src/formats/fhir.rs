//! FHIR R4: resources, Bundles and bulk NDJSON (formats notes, section 9).
//!
//! What it is for: resources of JP Core and JP-CLINS and of other profiles, in documents and collections, in checkup
//! reports, and one a line. What it is not for: validating profiles, XML, and looking codes up.
//!
//! The files are surveyed once (`survey`), so that a reference finds its Patient whichever file it stands in and
//! whatever the order; then each unit is read text by text (`read`), and each resource makes its rows (`chart` and its
//! neighbours). Invariant: where a file is cut never changes the rows that come out of it.

use sudare_model::finding::FindingCode;

use super::Format;
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;

mod chart;
mod coded;
pub mod codes;
mod documents;
mod drugs;
mod images;
mod json;
mod known;
mod observation;
mod patient;
mod people;
mod problems;
mod read;
mod scope;
mod survey;
mod systems;
mod time;
mod types;
mod visits;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes; a text is never cut.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;
/// A unit holds at most this many texts of their own file.
pub(crate) const UNIT_FILES: usize = 4096;
/// No Bundle of one patient is larger; more is set aside, so that memory stays bounded.
pub(crate) const TEXT_MAX: u64 = 64 << 20;

/// The format.
pub(crate) struct Fhir;

impl Format for Fhir {
    fn name(&self) -> &'static str {
        "fhir"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], path: &str) -> bool {
        let goes_on = head.len() >= crate::plan::HEAD_BYTES;
        let head = head.strip_prefix(survey::BOM).unwrap_or(head).trim_ascii_start();
        if !matches!(head.first(), Some(b'{' | b'[')) {
            return false;
        }
        // The type may stand anywhere in an object: the name decides where the file goes on behind its head.
        let path = path.to_ascii_lowercase();
        let named = path.ends_with(".json") || path.ends_with(".ndjson");
        memchr::memmem::find(head, b"\"resourceType\"").is_some() || named && goes_on
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner, UNIT_BYTES);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        read::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32817
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
