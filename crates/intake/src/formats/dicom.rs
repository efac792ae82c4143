//! DICOM objects: formats notes, section 10.
//!
//! What it is for: what the headers say, one row of `image_occurrence` for each series, and identity; the objects
//! are kept whole, encrypted, for the patient who is admitted. What it is not for: pixels, and taking names out of
//! objects. Headers are looked at twice: once to put the objects of a series together (`survey`), once to make rows
//! (`series`).
//!
//! Invariant: memory does not depend on what a file says of its own lengths (`header`).
//!
//! Source: DICOM PS3.5 and PS3.10 (2025), PS3.3 C.12.1.1.2 for character sets.

use sudare_model::finding::FindingCode;

use super::Format;
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;

mod charset;
pub mod codes;
mod header;
mod series;
mod survey;
mod tag;

#[cfg(test)]
mod tests;

/// The format.
pub(crate) struct Dicom;

impl Format for Dicom {
    fn name(&self) -> &'static str {
        "dicom"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        // Without preamble an object begins with its meta group or with the first element of group 0008.
        let bare = match head {
            [2, 0, 0, 0, b'U', b'L', 4, 0, ..] => true,
            [8, 0, element, 0, rest @ ..] => *element < 0x20 && is_first_element(rest),
            // Big-endian objects state their value representations.
            [0, 8, 0, element, b'A'..=b'Z', b'A'..=b'Z', ..] => *element < 0x20,
            _ => false,
        };
        bare || head.get(128..132) == Some(b"DICM")
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        series::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32817
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}

/// Whether what follows a tag is a value representation, or the small length of an early element.
fn is_first_element(rest: &[u8]) -> bool {
    match rest {
        [b'A'..=b'Z', b'A'..=b'Z', ..] => true,
        [length, 0, 0, 0, ..] => *length <= 64,
        _ => false,
    }
}
