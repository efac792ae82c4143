//! SS-MIX2 standardised storage: HL7 v2.5 messages in a tree of folders (formats notes, section 7).
//!
//! What it is for: every message type of the storage that carries clinical or identity data, the same messages in the
//! transaction store (`transaction`) and outside one, as files, batches and streams (`stream`), and the documents of
//! the extended storage (`documents`). What it is not for: the index (compared where it is text, never kept), and
//! images or PDF (kept, not read).
//!
//! The folder names the patient and is believed; a message that says otherwise is set aside. `select` finds the
//! valid version of each message, `patient` reads the messages of one patient together, because contradictions and
//! stays show only there; `walk` goes through the segments of one message.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

mod attachment;
mod cancel;
mod cda;
mod coded;
pub mod codes;
mod documents;
mod drugs;
mod ending;
mod images;
mod index;
mod jis;
mod letter;
mod message;
mod orders;
mod path;
mod patient;
mod person;
mod problems;
mod requests;
mod results;
mod select;
mod stream;
mod transaction;
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
        path::parse(path).is_ok()
            || (path::is_transaction(path) || path::is_index(path)) && !path::is_packed(path)
            || path::extended(path) != Err(path::PathFault::Shape)
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        stream::begins(head) || transaction::begins(head)
    }

    fn version(&self, path: &str, head: &[u8]) -> Option<Version> {
        // Streams may be called the same every day: the first line, with time and control id, tells them apart. So does
        // that of a file of the transaction store, with the time of its first record.
        let first = head.split(|one| matches!(one, b'\r' | b'\n')).next().unwrap_or_default();
        let hash = || crate::key::visit_key("stream", &[first]).to_string();
        let known = || stream::begins(head) || transaction::begins(head);
        path::version(path).or_else(|| known().then(|| Version::named(&[path, &hash()])))
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
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
