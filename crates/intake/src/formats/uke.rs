//! Medical claims (レセプト電算処理, `RECEIPTC.UKE`): formats notes, section 1.
//!
//! What it is for: the records of the medical claim file. What it is not for: dental, DPC and dispensing claims, and
//! looking codes up in masters. A file is surveyed once (`survey`: totals, boundaries, contradictions), cut into
//! units at `RE` records, and each unit is read claim by claim (`claim`, `detail`, `comment`).
//!
//! Invariant: where a file is cut never changes the rows that come out of it.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{Planner, WorkUnit};
use crate::unit::Reading;

mod claim;
pub mod codes;
mod comment;
mod detail;
mod encoding;
mod record;
mod rows;
mod survey;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes; a claim is never cut.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;
/// No real claim is larger; more is set aside, so that memory stays bounded.
pub(crate) const CLAIM_MAX: u64 = 32 << 20;
/// No real record is longer: the longest field has 2,400 characters.
pub(crate) const LINE_MAX: usize = 64 << 10;

/// The format.
pub(crate) struct Uke;

impl Format for Uke {
    fn name(&self) -> &'static str {
        "uke"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], path: &str) -> bool {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let bare = head.strip_prefix(b"\"").unwrap_or(head);
        let opens = |name: &[u8]| {
            bare.strip_prefix(name)
                .and_then(<[u8]>::first)
                .is_some_and(|byte| !byte.is_ascii_alphanumeric())
        };
        // A file that begins in the middle is still a claim file if its name says so.
        let named = path.len() > 4 && path.to_ascii_lowercase().ends_with(".uke");
        opens(b"IR") || opens(b"RE") || named && head.get(2) == Some(&b',')
    }

    fn plan(&self, file_nos: &[u32], planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner, UNIT_BYTES);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        claim::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32810
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
