//! The index of a storage (table SSMIXIDX), where it comes as text: what it lists is compared with the files that came.
//!
//! What it is for: telling a provider of files that are missing, and of deletions that were not carried out. What it is
//! not for: reading anything from it, or a database's own file (reported as before). Columns are known by the names
//! that the National Hospital Organization's support documents give them (`doc/index_db.md`: FileName, ProcessingType).
//!
//! Memory: some 40 bytes for each file of the delivery, and one line; only where there is an index.

use std::io::{BufRead as _, BufReader, Read as _};

use encoding_rs::SHIFT_JIS;
use hashbrown::HashMap;
use sudare_model::Place;

use super::codes;
use super::path::{Name, instant, seven};
use crate::findings;
use crate::plan::{FileNumbers, Planner};

/// No row is longer: the columns have at most 800 characters together.
const LINE_MAX: u64 = 8 << 10;

/// The files of a delivery, by patient, day, type and order: the newest with flag 1, and the newest deletion.
#[derive(Default)]
struct Known {
    stored: HashMap<i64, Versions, foldhash::fast::RandomState>,
}

#[derive(Default)]
struct Versions {
    valid: Option<i64>,
    deleted: Option<i64>,
}

/// Compares indexes with all files of the delivery.
pub(super) fn compare(indexes: &[u32], file_nos: &FileNumbers, planner: &mut Planner<'_>) {
    if indexes.is_empty() {
        return;
    }
    let files = planner.files;
    let mut known = Known::default();
    for file_no in file_nos.iter() {
        // A document's name is that of its folder.
        files.path(file_no).split('/').filter_map(seven).for_each(|name| known.add(&name));
    }
    for file_no in indexes {
        if let Err(code) = read(*file_no, &known, planner) {
            planner.findings.add(code, Place::file(*file_no));
        }
    }
}

fn key(name: &Name<'_>) -> i64 {
    let parts = [name.patient, name.day, name.data_type, name.order].map(str::as_bytes);
    crate::key::visit_key("stored", &parts)
}

impl Known {
    fn add(&mut self, name: &Name<'_>) {
        let versions = self.stored.entry(key(name)).or_default();
        let time = Some(instant(name.time));
        match name.flag {
            "1" => versions.valid = versions.valid.max(time),
            "0" => versions.deleted = versions.deleted.max(time),
            _ => {}
        }
    }

    /// What is wrong with a row.
    fn fault(
        &self,
        row: &Name<'_>,
        kind: &str,
    ) -> Option<&'static sudare_model::finding::FindingCode> {
        let none = Versions::default();
        let versions = self.stored.get(&key(row)).unwrap_or(&none);
        let time = instant(row.time);
        if kind == "DEL" || row.flag == "0" {
            // A version that came after the deletion is a new one.
            let stands = versions.valid.is_some_and(|valid| valid <= time);
            let stands = stands && versions.deleted < versions.valid;
            return (kind == "DEL" && stands).then_some(&codes::INDEX_DELETED);
        }
        (row.flag == "1" && versions.valid != Some(time)).then_some(&codes::INDEX_MISSING)
    }
}

/// Reads an index, line by line.
fn read(
    file_no: u32,
    known: &Known,
    planner: &mut Planner<'_>,
) -> Result<(), &'static sudare_model::finding::FindingCode> {
    let file = planner.files.open(file_no).map_err(findings::unopened)?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut columns = None;
    let mut number = 0u32;
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
        if read.map_err(|error| findings::unread(&error))? == 0 {
            break;
        }
        number = number.saturating_add(1);
        if line.len() as u64 == LINE_MAX {
            return Err(&codes::NOT_READ_STORE);
        }
        let text = std::str::from_utf8(&line);
        let text = text.map_or_else(|_| SHIFT_JIS.decode(&line).0, Into::into);
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        let Some((separator, name_at, kind_at)) = columns else {
            // Without a line of names nobody says what a column is.
            columns = Some(heading(text).ok_or(&codes::NOT_READ_STORE)?);
            continue;
        };
        let cell = |at: usize| text.split(separator).nth(at).map_or("", bare);
        let name = cell(name_at);
        if name.is_empty() {
            continue;
        }
        let found = match seven(name) {
            Some(row) => known.fault(&row, cell(kind_at)),
            None => Some(&codes::INDEX_ROW),
        };
        if let Some(code) = found {
            planner.findings.add(code, Place::record(file_no, number, "SSMIXIDX"));
        }
    }
    if columns.is_none() {
        return Err(&codes::NOT_READ_STORE);
    }
    planner.findings.add(&codes::INDEX, Place::file(file_no));
    Ok(())
}

/// The separator, and where the file's name and the kind of processing stand; `None` for a line of no such names.
fn heading(line: &str) -> Option<(char, usize, usize)> {
    let separator = if line.contains('\t') { '\t' } else { ',' };
    let at = |wanted: &str| {
        line.split(separator).position(|name| bare(name).eq_ignore_ascii_case(wanted))
    };
    Some((separator, at("FileName")?, at("ProcessingType")?))
}

/// A cell without its quotes: none of the columns may hold a separator or a quote.
fn bare(cell: &str) -> &str {
    cell.trim().trim_matches('"').trim()
}
