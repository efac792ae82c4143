//! The tables of a release, counted anew from their Parquet files.

use std::io;

use arrow::array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use sudare_model::Track;

use super::{ReleaseFile, ReleaseReader, VerifyFault, open, small_file};
use crate::certificate::{Predicate, TableClaim};
use crate::detect::Scanner;
use crate::documents::{DICTIONARY_JSON, Dictionary};
use crate::release::ClassCounter;
use crate::risk::Quasi;

/// What was counted.
pub(super) struct Counted {
    pub(super) rows: Vec<(String, u64)>,
    pub(super) k: Option<u64>,
    pub(super) columns_scanned: usize,
}

const BATCH_ROWS: usize = 65_536;

pub(super) fn count(
    reader: &dyn ReleaseReader,
    predicate: &Predicate,
    track: Track,
) -> Result<Counted, VerifyFault> {
    let dictionary: Dictionary = serde_json::from_slice(&small_file(reader, DICTIONARY_JSON)?)
        .map_err(|_| VerifyFault::Certificate("`dictionary.json` cannot be read"))?;
    let stated: Vec<&'static str> = Quasi::ALL
        .into_iter()
        .filter(|quasi| predicate.risk.quasi_identifiers.iter().any(|one| one.name == quasi.word()))
        .map(Quasi::column)
        .collect();
    let mut counted = Counted { rows: Vec::new(), k: None, columns_scanned: 0 };
    for claim in &predicate.tables {
        let mut classes = (claim.table == "person" && track == Track::Anonymised)
            .then(|| ClassCounter::new(stated.clone()));
        let rows = table(reader, claim, &dictionary, classes.as_mut())?;
        counted.rows.push((claim.table.clone(), rows));
        counted.columns_scanned += claim.columns.len();
        if let Some(classes) = classes {
            counted.k = Some(classes.sizes().smallest);
        }
    }
    if track == Track::Anonymised {
        let measured = counted.k.unwrap_or_default();
        let required = predicate.risk.k_required.unwrap_or(u64::MAX);
        let said = predicate.risk.k_measured;
        if measured < required || measured != said || stated.is_empty() {
            return Err(VerifyFault::K { measured, said, required });
        }
        let together = predicate.risk.earlier.as_ref().and_then(|earlier| earlier.smallest);
        if together.is_some_and(|smallest| smallest < required) {
            let what = "with earlier releases it says of fewer than k that they are alike";
            return Err(VerifyFault::Certificate(what));
        }
    }
    Ok(counted)
}

fn table(
    reader: &dyn ReleaseReader,
    claim: &TableClaim,
    dictionary: &Dictionary,
    mut classes: Option<&mut ClassCounter>,
) -> Result<u64, VerifyFault> {
    let broken = |what| VerifyFault::Table { table: claim.table.clone(), what };
    let file = File(open(reader, &format!("{}.parquet", claim.table))?.into());
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
        .map_err(|_| broken("it is no Parquet file"))?;
    let mut rows = 0;
    let mut filled = vec![0u64; claim.columns.len()];
    let mut scanner = Scanner::default();
    for batch in batches {
        let batch: RecordBatch = batch.map_err(|_| broken("a page cannot be read"))?;
        let schema = batch.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        if !names.eq(claim.columns.iter().map(|column| column.column.as_str())) {
            return Err(broken("its columns are others"));
        }
        rows += whole(batch.num_rows());
        for (count, array) in filled.iter_mut().zip(batch.columns()) {
            *count += whole(array.len() - array.null_count());
        }
        scanner.scan(&claim.table, &batch).map_err(|_| broken("a text cannot be read"))?;
        if let Some(classes) = classes.as_deref_mut() {
            classes.add(&batch).map_err(|_| broken("a quasi-identifier cannot be read"))?;
        }
    }
    if let Some(hit) = scanner.hits().into_iter().next() {
        return Err(hit.into());
    }
    compare(claim, dictionary, rows, &filled)?;
    Ok(rows)
}

fn compare(
    claim: &TableClaim,
    dictionary: &Dictionary,
    rows: u64,
    filled: &[u64],
) -> Result<(), VerifyFault> {
    let differs = |place: &str, found, said, document| {
        if found == said {
            Ok(())
        } else {
            Err(VerifyFault::Count { place: place.to_owned(), found, said, document })
        }
    };
    differs(&claim.table, rows, claim.rows, "certificate.json")?;
    for (column, found) in claim.columns.iter().zip(filled) {
        let place = format!("{}.{}", claim.table, column.column);
        differs(&place, *found, column.filled, "certificate.json")?;
        let entry = dictionary
            .columns
            .iter()
            .find(|entry| entry.table == claim.table && entry.column == column.column)
            .ok_or(VerifyFault::Certificate("a column is not in `dictionary.json`"))?;
        differs(&place, *found, entry.filled, DICTIONARY_JSON)?;
        differs(&place, rows, entry.rows, DICTIONARY_JSON)?;
    }
    Ok(())
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// A release's file as Parquet reads one.
struct File(std::sync::Arc<dyn ReleaseFile>);

impl Length for File {
    fn len(&self) -> u64 {
        self.0.bytes()
    }
}

impl ChunkReader for File {
    type T = Cursor;

    fn get_read(&self, start: u64) -> Result<Cursor, ParquetError> {
        Ok(Cursor { file: std::sync::Arc::clone(&self.0), offset: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(whole(length));
        if end.is_none_or(|end| end > self.0.bytes()) {
            return Err(ParquetError::EOF("a page ends beyond its file".to_owned()));
        }
        let mut bytes = vec![0; length];
        let mut cursor = Cursor { file: std::sync::Arc::clone(&self.0), offset: start };
        io::Read::read_exact(&mut cursor, &mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads on from a place.
struct Cursor {
    file: std::sync::Arc<dyn ReleaseFile>,
    offset: u64,
}

impl io::Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.offset, buffer)?;
        self.offset += whole(count);
        Ok(count)
    }
}
