//! A delivery beside the provider's earlier ones: each figure, what is usual for it, and whether it changed suddenly.
//!
//! Only like is compared with like: a format with earlier deliveries of that format, findings with deliveries of the
//! same formats. Corrections bring what was amended and nothing else, so their number of rows is compared with nothing
//! and they are nobody's measure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sudare_model::Severity;
use sudare_model::table::CLINICAL;

use super::{Quality, TableQuality, float, is_provided, rounded};
use crate::formats::names;

/// Earlier deliveries that are looked at: with monthly deliveries, a year.
pub const EARLIER_MAX: usize = 12;

/// Fewer rows than these, now and usually, are not called a change: by chance alone a count of 20 seldom halves.
const ROWS_LEAST: f64 = 20.0;
/// Rows change suddenly by this factor: months differ by holidays and seasons, but not by half.
const ROWS_FACTOR: f64 = 2.0;
/// A share changes suddenly by this much: one value in five gone, or new.
const SHARE_STEP: f64 = 0.2;
/// Findings change suddenly by this factor and this much: one record in a hundred more.
const FINDINGS_FACTOR: f64 = 2.0;
const FINDINGS_STEP: f64 = 10.0;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Rows of a table.
    Rows,
    /// Share of a table's rows that have a value in a column, 0 to 1.
    Filled,
    /// Findings of a severity per 1,000 records.
    Findings,
}

/// A sudden change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Much less than usual.
    Drop,
    /// Much more than usual.
    Rise,
}

/// One figure beside what is usual for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// What is compared.
    pub figure: Figure,
    /// Format, of rows and shares.
    pub format: Option<String>,
    /// Clinical table, of rows and shares.
    pub table: Option<String>,
    /// Column, of shares.
    pub column: Option<String>,
    /// Severity, of findings.
    pub severity: Option<String>,
    /// In this delivery.
    pub now: f64,
    /// The median of the earlier ones.
    pub usual: f64,
    /// How many those are.
    pub of: usize,
    /// Whether it changed suddenly.
    pub change: Option<Change>,
}

/// Every figure that earlier deliveries have too.
pub(super) fn compare(now: &Quality, earlier: &[Quality]) -> Vec<Beside> {
    let measures: Vec<&Quality> = earlier.iter().filter(|one| !one.correction).collect();
    let mut all = Vec::new();
    // Names are taken from the program and never from a file.
    for format in names().filter(|format| now.formats.contains(*format)) {
        let like: Vec<&Quality> =
            measures.iter().copied().filter(|one| one.formats.contains(format)).collect();
        if !like.is_empty() {
            tables(now, &like, format, &mut all);
        }
    }
    findings(now, &measures, &mut all);
    all
}

fn tables(now: &Quality, like: &[&Quality], format: &'static str, all: &mut Vec<Beside>) {
    for table in CLINICAL {
        let of = |one: &Quality| one.table(format, table.name).map_or(0.0, |one| float(one.rows));
        let (rows, usual) = (of(now), median(like.iter().map(|one| of(one))));
        if (rows == 0.0 && usual == 0.0) || now.correction {
            continue;
        }
        let compared = Beside {
            figure: Figure::Rows,
            format: Some(format.to_owned()),
            table: Some(table.name.to_owned()),
            column: None,
            severity: None,
            now: rows,
            usual,
            of: like.len(),
            change: rows_change(rows, usual),
        };
        all.push(compared);
    }
    for table in CLINICAL {
        let had: Vec<&TableQuality> =
            like.iter().filter_map(|one| one.table(format, table.name)).collect();
        let Some(has) = now.table(format, table.name).filter(|_| !had.is_empty()) else { continue };
        for column in table.body.iter().filter(|column| is_provided(column)) {
            let of = |one: &TableQuality| one.filled.get(column.name).map_or(0.0, |it| it.share);
            let (share, usual) = (of(has), median(had.iter().map(|one| of(one))));
            if share == 0.0 && usual == 0.0 {
                continue;
            }
            let many = had.iter().all(|one| float(one.rows) >= ROWS_LEAST);
            all.push(Beside {
                figure: Figure::Filled,
                format: Some(format.to_owned()),
                table: Some(table.name.to_owned()),
                column: Some(column.name.to_owned()),
                severity: None,
                now: share,
                usual,
                of: had.len(),
                change: changed(
                    share,
                    usual,
                    many && float(has.rows) >= ROWS_LEAST && (share - usual).abs() >= SHARE_STEP,
                ),
            });
        }
    }
}

fn rows_change(now: f64, usual: f64) -> Option<Change> {
    let sudden = now.max(usual) >= ROWS_FACTOR * now.min(usual);
    changed(now, usual, sudden && now.max(usual) >= ROWS_LEAST)
}

fn findings(now: &Quality, measures: &[&Quality], all: &mut Vec<Beside>) {
    let same = |one: &&Quality| one.formats == now.formats && one.conformance.records > 0;
    let like: Vec<&Quality> = measures.iter().copied().filter(same).collect();
    if like.is_empty() || now.conformance.records == 0 {
        return;
    }
    let words: BTreeSet<&str> = Severity::ALL.iter().map(|severity| severity.word()).collect();
    for severity in words {
        let of = |one: &Quality| {
            let rate = one.conformance.severities.get(severity);
            rate.and_then(|rate| rate.per_thousand).unwrap_or_default()
        };
        let (rate, usual) = (of(now), median(like.iter().map(|one| of(one))));
        if rate == 0.0 && usual == 0.0 {
            continue;
        }
        let sudden = rate.max(usual) >= FINDINGS_FACTOR * rate.min(usual)
            && (rate - usual).abs() >= FINDINGS_STEP;
        all.push(Beside {
            figure: Figure::Findings,
            format: None,
            table: None,
            column: None,
            severity: Some(severity.to_owned()),
            now: rate,
            usual,
            of: like.len(),
            change: changed(rate, usual, sudden),
        });
    }
}

fn changed(now: f64, usual: f64, sudden: bool) -> Option<Change> {
    sudden.then_some(if now < usual { Change::Drop } else { Change::Rise })
}

/// The middle value, or the mean of the two in the middle; 0 of none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |at: usize| values.get(at).copied().unwrap_or_default();
    if values.len() % 2 == 1 || values.is_empty() {
        at(middle)
    } else {
        rounded(f64::midpoint(at(middle - 1), at(middle)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_what_stands_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
        assert_eq!(median(std::iter::empty()), 0.0);
    }

    #[test]
    fn half_is_a_drop_and_a_few_rows_are_chance() {
        assert_eq!(rows_change(50.0, 100.0), Some(Change::Drop));
        assert_eq!(rows_change(51.0, 100.0), None);
        assert_eq!(rows_change(0.0, 20.0), Some(Change::Drop));
        assert_eq!(rows_change(200.0, 100.0), Some(Change::Rise));
        assert_eq!(rows_change(0.0, 19.0), None);
    }
}
