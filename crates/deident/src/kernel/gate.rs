//! Which rows stay, before anything is done to them: the track, the period of care, the person.
//!
//! The same gate stands before the survey and the release, so that the account of what was left out
//! is the account of what happened.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, FixedSizeBinaryArray, UInt8Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use sudare_model::{Track, Tracks};
use sudare_store::compute::{KernelError, KeyRing};

use super::ids::{Aliases, Namer};

/// What became of a row at the gate, as stored in the survey's column [`WHY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Why {
    /// It stays.
    Stays = 0,
    /// It was not received under this track (R-DEF-04).
    OtherTrack = 1,
    /// It lies outside the period asked for.
    OutsidePeriod = 2,
    /// Its person is in a class below k (R-ANON-05).
    PersonSuppressed = 3,
    /// Moved by the person's shift it would lie outside the period, which would tell the shift
    /// (R-ANON-01).
    ShiftedOut = 4,
}

impl Why {
    /// All, by their number.
    pub const ALL: [Self; 5] = [
        Self::Stays,
        Self::OtherTrack,
        Self::OutsidePeriod,
        Self::PersonSuppressed,
        Self::ShiftedOut,
    ];
}

/// Column of the survey that says what became of a row.
pub const WHY: &str = "why";
/// Column of the cohort: the person's 16 bytes.
pub const COHORT_PERSON: &str = "cohort_person";
/// Column of the cohort: 0 the person stays, 1 is left out.
pub const COHORT_FATE: &str = "cohort_fate";
/// Key of content, link and cohort.
pub const SUBJECT: &str = "subject";
/// Column of the tracks a row was received under.
pub const TRACKS: &str = "tracks";

/// The gate's parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The track, by its word.
    pub track: String,
    /// Id of the key that names persons.
    pub key: String,
    /// Widest shift in days; 0 for none.
    pub shift_days: u32,
    /// First day wanted, days since 1970-01-01.
    pub from: Option<i32>,
    /// Last day wanted.
    pub until: Option<i32>,
    /// The column of the row's first day.
    pub date: Option<String>,
    /// The column of its last day, for things that last.
    pub end: Option<String>,
    /// Whether a first day before the period is no reason to go.
    pub lasts: bool,
}

/// A batch at the gate.
pub(crate) struct Passed {
    /// What became of each row.
    pub(crate) why: Vec<u8>,
    /// Who each row's person is in the dataset.
    pub(crate) aliases: Aliases,
    /// The namer, for visits.
    pub(crate) namer: Namer,
}

impl Gate {
    /// Lets a batch through the gate.
    pub(crate) fn pass(
        &self,
        batch: &RecordBatch,
        keys: &dyn KeyRing,
    ) -> Result<Passed, KernelError> {
        let track = Track::from_word(&self.track).ok_or(KernelError::Params("track"))?;
        let tracks: UInt8Array = column(batch, TRACKS, &DataType::UInt8)?;
        let fates: UInt8Array = column(batch, COHORT_FATE, &DataType::UInt8)?;
        let persons = self::keys(batch, COHORT_PERSON)?;
        let dates: Option<Date32Array> =
            self.date.as_deref().map(|name| column(batch, name, &DataType::Date32)).transpose()?;
        let ends: Option<Date32Array> =
            self.end.as_deref().map(|name| column(batch, name, &DataType::Date32)).transpose()?;
        let namer = Namer::new(keys, &self.key, self.shift_days)?;
        let aliases = Aliases::of(&namer, &persons);
        let mut why = Vec::with_capacity(batch.num_rows());
        for (row, shift) in aliases.shifts().enumerate() {
            let date = dates.as_ref().and_then(|dates| at(dates, row));
            let end = ends.as_ref().and_then(|ends| at(ends, row));
            let one = if tracks.is_null(row) || !Tracks::from_byte(tracks.value(row)).has(track) {
                Why::OtherTrack
            } else if !self.holds(dates.is_some(), date, end) {
                Why::OutsidePeriod
            } else if fates.is_null(row) || fates.value(row) != 0 {
                Why::PersonSuppressed
            } else if !self.holds(dates.is_some(), moved(date, shift), moved(end, shift)) {
                Why::ShiftedOut
            } else {
                Why::Stays
            };
            why.push(one as u8);
        }
        Ok(Passed { why, aliases, namer })
    }

    /// Whether the period holds a row. A row without a date is in no period.
    fn holds(&self, dated: bool, date: Option<i32>, end: Option<i32>) -> bool {
        if !dated || (self.from.is_none() && self.until.is_none()) {
            return true;
        }
        let Some(date) = date else { return false };
        let ends_before = if self.lasts { end } else { Some(date) };
        self.until.is_none_or(|until| date <= until)
            && self.from.is_none_or(|from| ends_before.is_none_or(|end| end >= from))
    }
}

fn moved(day: Option<i32>, shift: i32) -> Option<i32> {
    day.map(|day| day.saturating_add(shift))
}

fn at(days: &Date32Array, row: usize) -> Option<i32> {
    (!days.is_null(row)).then(|| days.value(row))
}

/// A column of a batch by name. A storage format without the type wanted (unsigned bytes, bytes of
/// fixed length) gives a wider one, which is narrowed here.
pub(crate) fn column<A: Array + Clone + 'static>(
    batch: &RecordBatch,
    name: &str,
    wanted: &DataType,
) -> Result<A, KernelError> {
    let fail = || KernelError::Column(name.to_owned());
    let array = batch.column_by_name(name).ok_or_else(fail)?;
    let array = if array.data_type() == wanted {
        Arc::clone(array)
    } else {
        cast(array, wanted).map_err(|_| fail())?
    };
    array.as_any().downcast_ref::<A>().cloned().ok_or_else(fail)
}

/// A column of 16 bytes.
pub(crate) fn keys(batch: &RecordBatch, name: &str) -> Result<FixedSizeBinaryArray, KernelError> {
    column(batch, name, &DataType::FixedSizeBinary(16))
}
