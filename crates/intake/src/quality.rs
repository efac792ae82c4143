//! How good a delivery is: conformance, completeness, plausibility, and all of it beside the provider's own earlier
//! deliveries.
//!
//! What it is for: telling a provider of a sudden gap while it can still be mended. What it is not for: deciding what
//! is received, or judging a provider beside others. [`Measure`] takes the rows of one unit after the other as they are
//! kept; its memory is bounded by the tables and by [`repeats`], not by the rows. [`Quality::beside`] compares.
//!
//! Invariants: only counts, ids, dates of months and words of the program come out, never a value of a patient; what
//! comes out does not depend on the order of the units.
//!
//! A value outside what a body allows is not looked for: no table of such bounds with a source ships with the project.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sudare_model::table::{Column, Role};
use sudare_model::time::Day;
use sudare_model::{DeliveryId, ProviderId};

mod beside;
mod dates;
mod measure;
pub mod repeats;
#[cfg(test)]
mod tests;
mod words;

pub use beside::{Beside, Change, EARLIER_MAX, Figure};
pub use dates::{Doubt, LONG_AGO_YEARS};
pub use measure::Measure;
pub use words::Remark;

/// The first key of `quality.json`.
pub const FORMAT: &str = "sudare-quality-1";

/// A count and its rate per 1,000 records read; `None` where none was read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Per 1,000 records.
    pub per_thousand: Option<f64>,
}

impl Rate {
    fn of(count: u64, records: u64) -> Self {
        let per_thousand = (records > 0).then(|| rounded(share(count, records) * 1000.0));
        Self { count, per_thousand }
    }
}

/// Findings beside the records read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conformance {
    /// Records read.
    pub records: u64,
    /// Findings by severity.
    pub severities: BTreeMap<String, Rate>,
    /// Findings by code.
    pub codes: BTreeMap<String, Rate>,
}

impl Conformance {
    /// From findings as severity, code and count.
    pub fn of<'f>(records: u64, findings: impl Iterator<Item = (&'f str, &'f str, u64)>) -> Self {
        let (mut severities, mut codes) = (BTreeMap::new(), BTreeMap::new());
        for (severity, code, count) in findings {
            *severities.entry(severity.to_owned()).or_default() += count;
            *codes.entry(code.to_owned()).or_default() += count;
        }
        let rates = |counts: BTreeMap<String, u64>| {
            counts.into_iter().map(|(name, count)| (name, Rate::of(count, records))).collect()
        };
        Self { records, severities: rates(severities), codes: rates(codes) }
    }
}

/// How many rows have a value in a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    /// Rows with a value.
    pub rows: u64,
    /// Their share of the table's rows, 0 to 1.
    pub share: f64,
}

/// What was looked at, and how much of it is doubtful.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Rows that could be checked.
    pub rows: u64,
    /// Rows that are doubtful.
    pub found: u64,
}

/// The rows of one clinical table that came in one format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableQuality {
    /// Format of the files.
    pub format: String,
    /// Clinical table.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Columns that a provider fills and that have a value in any row.
    pub filled: BTreeMap<String, Filled>,
    /// Rows by month (`YYYY-MM`) of the event's date, from [`LONG_AGO_YEARS`] before receipt until receipt.
    pub months: BTreeMap<String, u64>,
    /// Rows by [`Doubt::word`].
    pub doubts: BTreeMap<String, Checked>,
    /// Rows equal in patient and every column but keys, those beyond the first of each.
    pub repeated: Checked,
}

/// What `quality.json` says of one delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// [`FORMAT`].
    pub format: String,
    /// Provider.
    pub provider: String,
    /// Delivery.
    pub delivery: String,
    /// Day it was received, in Japan.
    pub received: String,
    /// Whether most files take the place of earlier ones: how much comes with them says nothing.
    pub correction: bool,
    /// Formats read.
    pub formats: BTreeSet<String>,
    /// Findings.
    pub conformance: Conformance,
    /// Clinical tables by format, in that order.
    pub tables: Vec<TableQuality>,
    /// Earlier deliveries that this one stands beside, newest first.
    pub earlier: Vec<String>,
    /// The figures that earlier deliveries have too.
    pub beside: Vec<Beside>,
    /// What the provider should look at.
    pub remarks: Vec<Remark>,
}

impl Quality {
    /// A delivery as it was measured, beside nothing yet.
    #[must_use]
    pub fn new(
        (provider, delivery): (&ProviderId, &DeliveryId),
        measure: Measure,
        conformance: Conformance,
        correction: bool,
    ) -> Self {
        let received: Day = measure.received();
        let (formats, tables) = measure.finish();
        Self {
            format: FORMAT.to_owned(),
            provider: provider.to_string(),
            delivery: delivery.to_string(),
            received: received.to_string(),
            correction,
            formats,
            conformance,
            tables,
            earlier: Vec::new(),
            beside: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Puts the delivery beside earlier ones, newest first, and says what stands out.
    #[must_use]
    pub fn beside(mut self, earlier: &[Self]) -> Self {
        self.earlier = earlier.iter().map(|one| one.delivery.clone()).collect();
        self.beside = beside::compare(&self, earlier);
        self.remarks = words::remarks(&self);
        self
    }

    fn table(&self, format: &str, table: &str) -> Option<&TableQuality> {
        self.tables.iter().find(|one| one.format == format && one.table == table)
    }
}

/// Whether a column holds what the provider wrote: not a key, nor a concept that the program gives.
fn is_provided(column: &Column) -> bool {
    column.role != Role::Key && !column.name.ends_with("_concept_id")
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}

/// A part of a whole, 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}

/// To four decimals, so that a file reads well and the same.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
