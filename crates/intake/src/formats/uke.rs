//! Claims (レセプト電算処理, `RECEIPTC.UKE` and its kin): formats notes, sections 1 to 4.
//!
//! What it is for: the records of medical, DPC, dental and dispensing claims, as providers send them, as payers return
//! them, and as insurers hold them. What it is not for: reading masters (`masters`).
//!
//! A file is surveyed once (`survey`: totals, boundaries, contradictions), cut into units at `RE` records, and each
//! unit is read claim by claim: `layout` says which kind it is and what stands where, `claim` asks the gate, and
//! `rows`, `detail`, `comment`, `dpc`, `dental` and `dispensing` make the rows.
//!
//! Invariant: where a file is cut never changes the rows that come out of it.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

mod claim;
pub mod codes;
mod comment;
mod dental;
mod detail;
mod dispensing;
mod dpc;
mod encoding;
mod layout;
mod naming;
mod record;
mod rows;
mod survey;
mod who;

#[cfg(test)]
mod kinds;
#[cfg(test)]
mod tests;

/// A unit aims at this many bytes; a claim is never cut.
pub(crate) const UNIT_BYTES: u64 = 4 << 20;
/// No real claim is larger; more is set aside, so that memory stays bounded.
pub(crate) const CLAIM_MAX: u64 = 32 << 20;
/// No real record is longer: the longest field has 2,400 characters.
pub(crate) const LINE_MAX: usize = 64 << 10;

/// The group of spans of an insurer's file: its patients are known by their insurance.
pub(crate) const BY_INSURED: u32 = 1;

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
        let path = path.to_ascii_lowercase();
        let named = [".uke", ".hen", ".sah", ".cyo"]
            .iter()
            .any(|end| path.len() > end.len() && path.ends_with(end));
        let begins = ["IR", "RE", "UK", "YK", "HI", "MN"];
        begins.iter().any(|name| opens(name.as_bytes()))
            || named && head.get(2) == Some(&b',')
            || record::payer_begins(head)
    }

    fn version(&self, path: &str, head: &[u8]) -> Option<Version> {
        Some(record::version(path, head))
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner, UNIT_BYTES);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        claim::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32810
    }

    fn asks_masters(&self) -> bool {
        true
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
