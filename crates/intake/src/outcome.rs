//! What reading one unit gives: rows by table, identity, findings, the bytes to keep, and counts.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::record_batch::RecordBatch;
use sudare_model::table::Table;
use sudare_model::{DataItem, DeliveryId, Finding, ProviderId, Rule, SubjectKey, Track};

/// Whose files these are: written into every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The provider that delivered.
    pub provider: ProviderId,
    /// The delivery.
    pub delivery: DeliveryId,
}

/// The bytes of a file that may be kept as they came: ascending, disjoint ranges. Refused patients, withheld items
/// and units with an individual number are cut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Number of the file in the delivery.
    pub file_no: u32,
    /// Byte ranges in the file.
    pub ranges: Vec<Range<u64>>,
    /// Whether the bytes were set aside: kept for the provider's answer, and no rows were made of them.
    pub quarantined: bool,
}

/// What was counted. Adding two counts is the count of both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes read.
    pub bytes: u64,
    /// Records or segments read.
    pub records: u64,
    /// HL7 messages, or claims, read.
    pub messages: u64,
    /// Patient units asked for at the gate: a patient's folder, or one claim.
    pub units: u64,
    /// Patient units refused in whole.
    pub refused: u64,
    /// Files or patient units set aside.
    pub quarantined: u64,
    /// Files that a newer version replaces.
    pub superseded: u64,
    /// Files deleted by the provider.
    pub deleted: u64,
    /// Patient units of which a rule refused an item under a track: each counts once for a rule and track.
    pub refusals: BTreeMap<(Rule, Track), u64>,
    /// Records that would have made a row of an item that is not admitted.
    pub withheld: BTreeMap<DataItem, u64>,
    /// Rows by table, `identity` among them.
    pub rows: BTreeMap<&'static str, u64>,
    /// Findings by code, also those beyond the number listed one by one.
    pub findings: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Adds another count to this one.
    pub fn merge(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.records += other.records;
        self.messages += other.messages;
        self.units += other.units;
        self.refused += other.refused;
        self.quarantined += other.quarantined;
        self.superseded += other.superseded;
        self.deleted += other.deleted;
        merge_map(&mut self.refusals, &other.refusals);
        merge_map(&mut self.withheld, &other.withheld);
        merge_map(&mut self.rows, &other.rows);
        merge_map(&mut self.findings, &other.findings);
    }
}

fn merge_map<K: Ord + Copy>(into: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(*key).or_default() += count;
    }
}

/// A part of a file of which not everything was taken, and that another day may be: because of a rule, or because the
/// patient's records contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refused {
    /// Number of the file in the delivery.
    pub file_no: u32,
    /// Whose part it is.
    pub subject: SubjectKey,
    /// What was admitted all the same ([`Admission::mask`](sudare_model::Admission::mask)).
    pub admitted: u32,
    /// Whether it was set aside because of a contradiction, and not by a rule.
    pub disputed: bool,
}

/// What one unit gave. The same unit always gives the same outcome, in the same order.
#[derive(Debug, Clone)]
pub struct UnitOutcome {
    /// Rows by clinical table, in the order of [`sudare_model::table::CLINICAL`]; tables without rows are absent.
    pub content: Vec<(&'static Table, RecordBatch)>,
    /// Identity statements.
    pub identity: Option<RecordBatch>,
    /// Findings, in the order met; at most [`crate::findings::LISTED_MAX`] of each code.
    pub findings: Vec<Finding>,
    /// What to keep of each file.
    pub kept: Vec<Kept>,
    /// Files of which a span could not be read as it was listed, with the finding. Of a file cut into several spans
    /// no row may be kept, whichever unit made it: see [`crate::WorkPlan::set_aside`].
    pub unread: Vec<Finding>,
    /// What was not taken, each part once, sorted.
    pub refused: Vec<Refused>,
    /// What was counted.
    pub counts: Counts,
}
