//! SS-MIX2 standardised storage: HL7 v2.5 messages in a tree of folders (formats notes, section 7).
//!
//! What it is for: every message type of the storage that carries clinical or identity data. What it is not for: the
//! transaction store, the index database, and the extended storage (reported, not read).
//!
//! The folder names the patient and is believed; a message that says otherwise is set aside. `select` finds the
//! valid version of each message, `patient` reads the messages of one patient together, because contradictions and
//! stays show only there; `walk` goes through the segments of one message.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

mod coded;
pub mod codes;
mod drugs;
mod message;
mod orders;
mod path;
mod patient;
mod person;
mod problems;
mod results;
mod select;
mod visits;
mod walk;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes of messages; a patient is never cut.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;
/// A unit holds at most this many files.
pub(crate) const UNIT_FILES: usize = 4096;
/// No real message is larger.
pub(crate) const FILE_MAX: u64 = 16 << 20;
/// No real patient has more; memory stays bounded by it.
pub(crate) const PATIENT_MAX: u64 = 64 << 20;

/// The format.
pub(crate) struct Ssmix2;

impl Format for Ssmix2 {
    fn name(&self) -> &'static str {
        "ssmix2"
    }

    fn owns_path(&self, path: &str) -> bool {
        path::parse(path).is_ok() || path::is_transaction(path)
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        head.trim_ascii_start().strip_prefix(b"\x0b").unwrap_or(head).starts_with(b"MSH")
    }

    fn version(&self, path: &str, _head: &[u8]) -> Option<Version> {
        path::version(path)
    }

    fn plan(&self, file_nos: &[u32], planner: &mut Planner<'_>) {
        select::plan(file_nos, planner);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        patient::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32817
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
