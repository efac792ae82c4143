//! Counting the rows of a delivery as they are kept.
//!
//! A column is looked at as a whole: a count of its nulls, a date beside a calendar, a hash of each distinct code. No
//! row allocates. Whether an event lies within a life is judged by what its own unit says of birth and death, so
//! nothing is remembered of a patient once the unit is over.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampSecondType, UInt8Type,
};
use arrow::record_batch::RecordBatch;
use foldhash::fast::FixedState;
use sudare_model::table::{CLINICAL, HEAD, Kind, Role, Table};
use sudare_model::time::Day;

use super::dates::{Calendar, Dates, Lives};
use super::repeats::Repeats;
use super::{Filled, TableQuality, is_provided, rounded, share};

/// Tables of what holds of a person and not of what happened: every file may say it again.
const STATES: [&str; 3] = ["person", "death", "payer_plan_period"];

/// What is known of a delivery so far.
#[derive(Debug)]
pub struct Measure {
    calendar: Calendar,
    formats: BTreeSet<&'static str>,
    tables: BTreeMap<(&'static str, usize), Counted>,
    lives: Lives,
    repeats: Repeats,
    hashes: Vec<u64>,
}

/// One table of one format.
#[derive(Debug)]
struct Counted {
    /// Number of the table among those of all formats, for [`Repeats`].
    number: u32,
    rows: u64,
    filled: Vec<u64>,
    dates: Dates,
}

impl Measure {
    /// Begins a delivery that was received on a day.
    #[must_use]
    pub fn new(received: Day) -> Self {
        Self {
            calendar: Calendar::until(received),
            formats: BTreeSet::new(),
            tables: BTreeMap::new(),
            lives: Lives::default(),
            repeats: Repeats::default(),
            hashes: Vec::new(),
        }
    }

    /// The day the delivery was received.
    #[must_use]
    pub const fn received(&self) -> Day {
        self.calendar.received
    }

    /// Counts the rows of one unit.
    pub fn add(&mut self, format: &'static str, content: &[(&'static Table, RecordBatch)]) {
        self.formats.insert(format);
        self.lives.read(&self.calendar, content);
        for (table, batch) in content {
            let Some(at) = CLINICAL.iter().position(|one| one.name == table.name) else { continue };
            let next = u32::try_from(self.tables.len()).unwrap_or(u32::MAX);
            let counted = self.tables.entry((format, at)).or_insert_with(|| Counted {
                number: next,
                rows: 0,
                filled: vec![0; table.body.len()],
                dates: Dates::default(),
            });
            counted.rows += batch.num_rows() as u64;
            let columns = batch.columns().iter().skip(HEAD.len());
            for (filled, column) in counted.filled.iter_mut().zip(columns) {
                *filled += (column.len() - column.null_count()) as u64;
            }
            if let Some(dates) = dates_of(table) {
                counted.dates.add(&self.calendar, &self.lives, dates, batch);
            }
            if STATES.contains(&table.name) {
                continue;
            }
            hash_rows(format, at, table, batch, &mut self.hashes);
            for hash in &self.hashes {
                self.repeats.add(counted.number, *hash);
            }
        }
    }

    /// The formats that were read, and the tables.
    pub(super) fn finish(self) -> (BTreeSet<String>, Vec<TableQuality>) {
        let repeated = self.repeats.by_table();
        let told = |((format, at), counted): (&(&'static str, usize), &Counted)| {
            let table = CLINICAL.get(*at)?;
            let repeated = repeated.get(&counted.number).copied().unwrap_or_default();
            Some(TableQuality { repeated, ..counted.told(format, table, &self.calendar) })
        };
        let formats = self.formats.iter().map(|format| (*format).to_owned()).collect();
        (formats, self.tables.iter().filter_map(told).collect())
    }
}

impl Counted {
    fn told(&self, format: &str, table: &Table, calendar: &Calendar) -> TableQuality {
        let columns = table.body.iter().zip(&self.filled);
        let shown = columns.filter(|(column, rows)| **rows > 0 && is_provided(column));
        let filled = |rows: u64| Filled { rows, share: rounded(share(rows, self.rows)) };
        let doubts = self.dates.doubts();
        TableQuality {
            format: format.to_owned(),
            table: table.name.to_owned(),
            rows: self.rows,
            filled: shown.map(|(column, rows)| (column.name.to_owned(), filled(*rows))).collect(),
            months: self.dates.months(calendar).collect(),
            doubts: doubts.map(|(doubt, found)| (doubt.word().to_owned(), found)).collect(),
            ..TableQuality::default()
        }
    }
}

/// The date of a table's event, and the end beside it.
fn dates_of(table: &Table) -> Option<(&'static str, Option<&'static str>)> {
    let mut days = table.body.iter().filter(|column| column.kind == Kind::Date);
    let start = days.next()?.name;
    let end = days.find(|column| column.name.ends_with("_end_date"));
    Some((start, end.map(|column| column.name)))
}

/// A hash for each row: format, table, patient and every column but keys and concepts, which say no more.
fn hash_rows(format: &str, at: usize, table: &Table, batch: &RecordBatch, hashes: &mut Vec<u64>) {
    let state = FixedState::with_seed(0);
    hashes.clear();
    hashes.resize(batch.num_rows(), state.hash_one((format, at)));
    let columns = HEAD.iter().chain(table.body).zip(batch.columns());
    for (number, (column, values)) in columns.enumerate() {
        if !matches!(column.role, Role::Key | Role::Concept) {
            hash_column(&state, number as u64, values, hashes);
        }
    }
}

/// Adds to each row's hash that of its value; no value adds nothing.
fn hash_column(state: &FixedState, number: u64, values: &ArrayRef, hashes: &mut [u64]) {
    let salt = mixed(number + 1);
    let each = |hashes: &mut [u64], of: &dyn Fn(usize) -> u64| {
        for (row, hash) in hashes.iter_mut().enumerate() {
            if values.is_valid(row) {
                *hash = hash.wrapping_add(mixed(of(row) ^ salt));
            }
        }
    };
    macro_rules! numbers {
        ($kind:ty, $bits:expr) => {{
            let values = values.as_primitive::<$kind>();
            each(hashes, &|row| $bits(values.value(row)));
        }};
    }
    match values.data_type() {
        _ if values.null_count() == values.len() => {}
        DataType::Float64 => numbers!(Float64Type, f64::to_bits),
        DataType::Int32 => numbers!(Int32Type, |value: i32| u64::from(value.cast_unsigned())),
        DataType::Date32 => numbers!(Date32Type, |value: i32| u64::from(value.cast_unsigned())),
        DataType::Int64 => numbers!(Int64Type, i64::cast_unsigned),
        DataType::Timestamp(..) => numbers!(TimestampSecondType, i64::cast_unsigned),
        DataType::UInt8 => numbers!(UInt8Type, u64::from),
        DataType::Utf8 => {
            let values = values.as_string::<i32>();
            each(hashes, &|row| state.hash_one(values.value(row)));
        }
        DataType::FixedSizeBinary(_) => {
            let values = values.as_fixed_size_binary();
            each(hashes, &|row| state.hash_one(values.value(row)));
        }
        DataType::Dictionary(..) => {
            let values = values.as_dictionary::<Int32Type>();
            let Some(words) = values.values().as_string_opt::<i32>() else { return };
            let words: Vec<u64> = words.iter().map(|word| state.hash_one(word)).collect();
            let keys = values.keys();
            each(hashes, &|row| {
                let at = usize::try_from(keys.value(row)).unwrap_or_default();
                words.get(at).copied().unwrap_or_default()
            });
        }
        _ => {}
    }
}

/// Spreads a number over all bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
