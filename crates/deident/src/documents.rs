//! The documents of a release: data dictionary and report, from one story.
//!
//! Invariant: no value of a person stands in a document but through the rows that leave themselves.

use sudare_model::Rule;

use crate::release::{OutFile, ReleaseError, ReleaseWriter, whole_file};
use crate::story::{Outputs, Story};

pub mod chart;
mod dictionary;
mod earlier;
mod flow;
mod report;
mod way;
mod words;

pub use dictionary::{Dictionary, Entry};

/// Data dictionary for programs.
pub const DICTIONARY_JSON: &str = "dictionary.json";
/// Data dictionary for people.
pub const DICTIONARY_CSV: &str = "dictionary.csv";
/// Report in English.
pub const REPORT: &str = "report.html";
/// Report in Japanese.
pub const REPORT_JA: &str = "report.ja.html";

/// Writes dictionary and reports, checks that every table was written and that k holds, and gives
/// the list of files.
///
/// # Errors
/// [`ReleaseError`] if a table is missing, k does not hold in the rows written, or a file cannot be
/// written.
pub fn write(story: &Story<'_>, out: &mut dyn ReleaseWriter) -> Result<Outputs, ReleaseError> {
    for table in &story.policy.tables {
        if !story.tables.iter().any(|written| written.name == table.table.name) {
            return Err(ReleaseError::TableMissing(table.table.name));
        }
    }
    if let Some(goal) = story.policy.goal() {
        let classes = story.tables.iter().find_map(|table| table.classes.as_ref());
        let measured = classes.map_or(0, |sizes| sizes.smallest);
        if measured < goal.k {
            let rule = Rule::RiskTooHigh;
            return Err(ReleaseError::BelowK { rule, measured, required: goal.k });
        }
    }
    let dictionary = dictionary::dictionary(story);
    let mut files: Vec<OutFile> =
        story.tables.iter().flat_map(|table| table.files.iter().cloned()).collect();
    files.push(whole_file(out, DICTIONARY_JSON, &dictionary.json())?);
    files.push(whole_file(out, DICTIONARY_CSV, &dictionary.csv())?);
    files.push(whole_file(out, REPORT, report::html(story, &words::ENGLISH).as_bytes())?);
    files.push(whole_file(out, REPORT_JA, report::html(story, &words::JAPANESE).as_bytes())?);
    Ok(Outputs::new(files))
}
