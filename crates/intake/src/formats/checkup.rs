//! Specific health checkups and guidance (特定健診・特定保健指導), 4th edition: formats notes, section 8.
//!
//! What it is for: checkup and guidance documents (`h*.xml`, `g*.xml`), their claims (`c*.xml`, `p*.xml`), index and
//! summary, plain or in the zip they are exchanged in. What it is not for: validating them; the schemas are for the
//! sender. Each document is about one person. A first look at who that is (`survey`) finds documents that contradict
//! each other; then each is read (`document`, `observation`, `claim`).
//!
//! Invariant: names, addresses and insured numbers go to the identity batch only.

use sudare_model::finding::FindingCode;

use super::{Format, payer_kind};
use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::xml;

mod claim;
pub mod codes;
mod document;
mod observation;
mod person;
mod survey;

#[cfg(test)]
mod tests;

/// A unit aims at this many bytes.
const UNIT_BYTES: u64 = 4 << 20;
/// No real document is larger.
const DOCUMENT_MAX: u64 = 32 << 20;
/// What all identifiers and code lists of the exchange begin with.
const OID: &str = "1.2.392.200119.6.";

/// The format.
pub(crate) struct Checkup;

/// What a document is, by its root element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Checkup or guidance.
    Document,
    /// What is charged for one of them.
    Claim,
    /// Who sends how many; nobody's data.
    Index,
    /// Sums; nobody's data.
    Summary,
}

impl Kind {
    fn of_root(name: &str) -> Option<Self> {
        Some(match name {
            "ClinicalDocument" => Self::Document,
            "checkupClaim" | "healthGuidanceClaim" => Self::Claim,
            "index" => Self::Index,
            "summary" => Self::Summary,
            _ => return None,
        })
    }
}

impl Format for Checkup {
    fn name(&self) -> &'static str {
        "checkup"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        // One in UTF-16 is known for what it is, so that the reader can say that it is set aside.
        let wide = xml::wide(head);
        let head = wide.as_deref().map_or(head, str::as_bytes);
        let holds = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        match xml::root_name(head).and_then(Kind::of_root) {
            None => false,
            // Other documents of the same standard have the same root.
            Some(Kind::Document) => holds(OID),
            Some(Kind::Claim) => true,
            Some(Kind::Index | Kind::Summary) => holds("mhlw.go.jp") || holds("tokuteikenshin"),
        }
    }

    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>) {
        survey::plan(file_nos, planner);
    }

    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>) {
        document::read(unit, reading);
    }

    fn record_type(&self) -> i32 {
        32836
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        codes::ALL
    }
}
