//! `tools parse`: the readers on plain files, no site needed.
//!
//! Writes `TABLE.parquet`, `findings.jsonl` and `summary.json`; `identity.parquet` only when asked, because it names
//! people. The subject of a patient is keyed by a key made for this run and forgotten with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::hmac;
use fixedbitset::FixedBitSet;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sudare_identity::SourcePatientId;
use sudare_identity::table::IDENTITY;
use sudare_intake::{
    Choice, Context, Counts as Counted, Files, OpenGate, Sender, UnitOutcome, plan,
};
use sudare_model::{DeliveryId, Finding, ProviderId, SubjectKey};
use sudare_store::files;
use sudare_store::inbox::{Inbox, Limits};

use super::masters;
use crate::answer::{Counts, ParseAnswer};
use crate::error::{ActError, At as _, Doing as _};
use crate::inbox::Opened;
use crate::progress::Progress;
use crate::reading::read_in_order;

mod earlier;

use earlier::{FINDINGS, SUMMARY};

/// The words for formats: `auto`, to be told by content, and each by name.
pub fn formats() -> impl Iterator<Item = &'static str> {
    std::iter::once("auto").chain(sudare_intake::formats::names())
}

/// Reads files and writes tables.
///
/// # Errors
/// [`ActError::Usage`] if a path is not there, holds no file, the format is unknown, or `out` holds what this tool did
/// not write; [`ActError::Failed`] if `out` cannot be written. What is wrong inside files is a finding.
pub fn parse(
    format: &str,
    paths: &[PathBuf],
    out: &Path,
    identity: bool,
    masters: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ParseAnswer, ActError> {
    let choice = Choice::from_word(format)
        .ok_or_else(|| ActError::usage("--format", format!("there is no format `{format}`")))?;
    let inbox = Inbox::walk(paths, &Limits::DEFAULT).at("PATH")?;
    if inbox.count() == 0 {
        return Err(ActError::usage("PATH", nothing_in(paths)));
    }
    let opened = Opened::new(inbox);
    let (given, files, refused) = (opened.given(), &*opened.files, &opened.refused);
    let masters = masters.map(|folder| masters::given("--masters", folder)).transpose()?;
    earlier::clear(out)?;
    files::create_private_dir(out).doing("making the folder for the tables")?;
    let plain = |text: &str| format!("the word `{text}` is no id");
    let context = Context {
        provider: ProviderId::parse("plain").doing(&plain("plain"))?,
        delivery: DeliveryId::parse("plain").doing(&plain("plain"))?,
    };
    let mut plan = plan(files, &Sender::UNKNOWN, choice);
    if let Some(given) = masters {
        plan.resolve_with(&Arc::new(given.masters));
    }
    let gate = OpenGate::new(run_key()?);
    let (tables, counts) = loop {
        let mut tables = Tables::new(out, identity, files, refused)?;
        tables.findings(&plan.findings)?;
        let mut counts = plan.counts.clone();
        let mut torn = Vec::new();
        read_in_order(&plan, files, &gate, &context, progress, |unit, outcome| {
            counts.merge(&outcome.counts);
            let read = tables.formats.entry(unit.format).or_default();
            unit.spans.iter().for_each(|span| read.grow_and_insert(span.file_no as usize));
            let cut = outcome.unread.iter().filter(|one| plan.is_cut(one.place.file_no));
            torn.extend(cut.cloned());
            tables.take(&outcome)
        })?;
        if torn.is_empty() {
            break (tables, counts);
        }
        // Rows of a file that changed under the readers may have been written: once more, without it.
        tables.discard()?;
        plan.set_aside(&torn);
    };
    let answer = tables.finish(&counts, given, out)?;
    let summary = serde_json::to_vec_pretty(&answer).doing("writing the summary")?;
    files::write_atomically(&out.join(SUMMARY), &summary).doing("writing the summary")?;
    Ok(answer)
}

fn nothing_in(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    format!("there is no file in {}; name a file, or a folder that holds some", shown.join(", "))
}

/// A subject derivation under a key that nobody keeps.
fn run_key() -> Result<impl Fn(&SourcePatientId) -> SubjectKey + Sync, ActError> {
    let mut bytes = zeroize::Zeroizing::new([0u8; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice())
        .map_err(|_| std::io::Error::other("no randomness"))
        .doing("making a key for this run")?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
    Ok(move |patient: &SourcePatientId| {
        let tag = hmac::sign(&key, patient.number().reveal().as_bytes());
        let mut subject = [0u8; 16];
        for (slot, byte) in subject.iter_mut().zip(tag.as_ref()) {
            *slot = *byte;
        }
        SubjectKey::from_bytes(subject)
    })
}

/// Rows of a row group. A writer holds one in memory, encoded, for each table: with the library's million rows, memory
/// would grow with the input until every table has as many.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Bytes that row groups of all tables together may hold: beyond it the largest one is written. Otherwise memory would
/// grow until the rarest table has filled one.
const ROW_GROUPS_BYTES_MAX: usize = 32 << 20;

/// The tables being written.
struct Tables<'a> {
    out: &'a Path,
    identity: bool,
    files: &'a dyn Files,
    writers: BTreeMap<&'static str, ArrowWriter<File>>,
    findings: BufWriter<File>,
    /// Numbers of the files read, by format.
    formats: BTreeMap<&'static str, FixedBitSet>,
    /// What the walk and the unpacking refused, by code.
    refused: BTreeMap<&'static str, u64>,
    /// Whether a path in the findings has its numbers masked.
    masked: bool,
}

impl<'a> Tables<'a> {
    fn new(
        out: &'a Path,
        identity: bool,
        files: &'a dyn Files,
        refused: &[Finding],
    ) -> Result<Self, ActError> {
        let findings = fresh(&out.join(FINDINGS))?;
        let mut tables = Self {
            out,
            identity,
            files,
            writers: BTreeMap::new(),
            findings: BufWriter::new(findings),
            formats: BTreeMap::new(),
            refused: BTreeMap::new(),
            masked: false,
        };
        for one in refused {
            *tables.refused.entry(one.code.code).or_default() += 1;
        }
        tables.findings(refused)?;
        Ok(tables)
    }

    fn findings(&mut self, findings: &[Finding]) -> Result<(), ActError> {
        for one in findings {
            let file = self.shown(one.place.file_no);
            let line = serde_json::json!({
                "code": one.code.code,
                "severity": one.code.severity.word(),
                "file": file,
                "file_no": one.place.file_no,
                "record": one.place.record,
                "segment": one.place.segment,
                "field": one.place.field,
                "byte": one.place.byte,
                "english": one.code.english,
                "japanese": one.code.japanese,
            });
            writeln!(self.findings, "{line}").doing("writing the findings")?;
        }
        Ok(())
    }

    /// The path of a file. Without `--identity` its numbers are masked: in an SS-MIX2 storage they are a patient's,
    /// and whose they are elsewhere nobody can tell. A path without a number stands as it was given.
    fn shown(&mut self, file_no: u32) -> String {
        let path = self.files.path(file_no);
        if self.identity || !path.contains(char::is_numeric) {
            return path.into_owned();
        }
        self.masked = true;
        path.chars().map(|letter| if letter.is_numeric() { '#' } else { letter }).collect()
    }

    fn take(&mut self, outcome: &UnitOutcome) -> Result<(), ActError> {
        self.findings(&outcome.findings)?;
        for (table, batch) in &outcome.content {
            self.write(table.name, batch)?;
        }
        if let Some(batch) = outcome.identity.as_ref().filter(|_| self.identity) {
            self.write(IDENTITY, batch)?;
        }
        relieve(&mut self.writers, ROW_GROUPS_BYTES_MAX)
    }

    fn write(
        &mut self,
        table: &'static str,
        batch: &arrow::record_batch::RecordBatch,
    ) -> Result<(), ActError> {
        if !self.writers.contains_key(table) {
            let file = fresh(&self.out.join(format!("{table}.parquet")))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
            let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()))
                .map_err(|_| unwritten(table))
                .doing("writing a table")?;
            self.writers.insert(table, writer);
        }
        let written = self.writers.get_mut(table).map(|writer| writer.write(batch));
        match written {
            Some(Ok(())) => Ok(()),
            // The library's text may quote a value, so it is not kept.
            _ => Err(unwritten(table)).doing("writing a table"),
        }
    }

    /// Takes back the tables written.
    fn discard(self) -> Result<(), ActError> {
        for table in self.writers.into_keys() {
            files::remove_file(&self.out.join(format!("{table}.parquet")))
                .doing("taking a table back")?;
        }
        Ok(())
    }

    fn finish(mut self, counts: &Counted, files: u64, out: &Path) -> Result<ParseAnswer, ActError> {
        for (table, writer) in self.writers {
            writer.close().map_err(|_| unwritten(table)).doing("writing a table")?;
        }
        self.findings.flush().doing("writing the findings")?;
        let files_of =
            |(name, files): (&str, FixedBitSet)| (name.to_owned(), files.count_ones(..) as u64);
        let formats = self.formats.into_iter().map(files_of).collect();
        let mut findings: Counts = owned(&counts.findings);
        findings.extend(owned(&self.refused));
        Ok(ParseAnswer {
            formats,
            files: Counts::from([
                ("given".to_owned(), files),
                ("quarantined".to_owned(), counts.quarantined),
                ("superseded".to_owned(), counts.superseded),
                ("deleted".to_owned(), counts.deleted),
            ]),
            bytes: counts.bytes,
            records: counts.records,
            rows: owned(&counts.rows),
            findings,
            masked: self.masked,
            out: out.to_path_buf(),
        })
    }
}

/// Writes the largest row group where all together hold more than so many bytes.
fn relieve(
    writers: &mut BTreeMap<&'static str, ArrowWriter<File>>,
    bytes_max: usize,
) -> Result<(), ActError> {
    let held = |writer: &ArrowWriter<File>| writer.memory_size();
    if writers.values().map(held).sum::<usize>() <= bytes_max {
        return Ok(());
    }
    let largest = writers.iter_mut().max_by_key(|(_, writer)| held(writer));
    largest.map_or(Ok(()), |(table, writer)| {
        writer.flush().map_err(|_| unwritten(table)).doing("writing a table")
    })
}

fn owned(counts: &BTreeMap<&'static str, u64>) -> Counts {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn unwritten(table: &str) -> std::io::Error {
    std::io::Error::other(format!("table `{table}` cannot be written"))
}

/// A private file, in place of the one an earlier run left.
fn fresh(path: &Path) -> Result<File, ActError> {
    files::remove_file(path).doing("replacing an earlier table")?;
    files::create_private(path).doing("making a file for a table")
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use arrow::record_batch::RecordBatch;

    use super::*;

    fn writer(rows: i64) -> ArrowWriter<File> {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer
    }

    #[test]
    fn the_largest_row_group_is_written_once_all_hold_too_much() {
        let mut writers = BTreeMap::from([("few", writer(100)), ("many", writer(10_000))]);
        let waiting = |writers: &BTreeMap<&str, ArrowWriter<File>>| {
            ["few", "many"].map(|table| writers[table].in_progress_rows())
        };
        let held: usize = writers.values().map(ArrowWriter::memory_size).sum();
        relieve(&mut writers, held).unwrap();
        assert_eq!(waiting(&writers), [100, 10_000]);
        relieve(&mut writers, held - 1).unwrap();
        assert_eq!(waiting(&writers), [100, 0]);
        assert_eq!(writers["many"].flushed_row_groups().len(), 1);
    }
}
