//! What a dictionary says of a released column, counted from the rows as they leave: nothing in it
//! can say more than the rows do.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use sudare_model::time::Day;
use sudare_store::compute::KernelError;

use crate::kernel::code::Codes;

/// Least and greatest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// No value, or text.
    None,
    /// Days since 1970-01-01.
    Days(i32, i32),
    /// Numbers.
    Numbers(f64, f64),
}

/// A column as released.
#[derive(Debug, Clone)]
pub struct ColumnStats {
    /// Its name.
    pub name: String,
    /// Rows with a value.
    pub filled: u64,
    /// Rows without.
    pub missing: u64,
    /// Distinct texts, counted up to a limit; `None` for numbers and beyond the limit.
    pub distinct: Option<u64>,
    /// Least and greatest.
    pub range: Range,
    texts: HashSet<Box<str>>,
    beyond: bool,
}

/// More distinct texts than this are not counted.
const DISTINCT_MAX: usize = 10_000;

impl ColumnStats {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            filled: 0,
            missing: 0,
            distinct: None,
            range: Range::None,
            texts: HashSet::new(),
            beyond: false,
        }
    }

    /// Counts a column of a batch.
    ///
    /// # Errors
    /// [`KernelError`] if the column is of no released type.
    pub fn add(&mut self, array: &ArrayRef) -> Result<(), KernelError> {
        let fail = || KernelError::Column(self.name.clone());
        match array.data_type() {
            DataType::Utf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                let codes = Codes::of(array, &self.name)?;
                self.texts(&codes);
                return Ok(());
            }
            DataType::Date32 => {
                let days: &Date32Array = array.as_primitive::<Date32Type>();
                if let (Some(low), Some(high)) = (min(days), max(days)) {
                    self.range = match self.range {
                        Range::Days(a, b) => Range::Days(a.min(low), b.max(high)),
                        _ => Range::Days(low, high),
                    };
                }
            }
            DataType::Timestamp(..) => {}
            _ => {
                let numbers = cast(array, &DataType::Float64).map_err(|_| fail())?;
                let numbers: &Float64Array = numbers.as_primitive::<Float64Type>();
                if let (Some(low), Some(high)) = (min(numbers), max(numbers)) {
                    self.range = match self.range {
                        Range::Numbers(a, b) => Range::Numbers(a.min(low), b.max(high)),
                        _ => Range::Numbers(low, high),
                    };
                }
            }
        }
        self.count(array.len(), array.null_count());
        Ok(())
    }

    fn count(&mut self, rows: usize, missing: usize) {
        self.filled += u64::try_from(rows - missing).unwrap_or_default();
        self.missing += u64::try_from(missing).unwrap_or_default();
    }

    fn texts(&mut self, codes: &Codes) {
        let mut seen = vec![false; codes.distinct()];
        let mut missing = 0;
        for row in 0..codes.rows() {
            match seen.get_mut(codes.position(row)) {
                Some(slot) => *slot = true,
                None => missing += 1,
            }
        }
        self.count(codes.rows(), missing);
        for (at, _) in seen.iter().enumerate().filter(|(_, seen)| **seen) {
            let text = codes.value(at);
            if !self.beyond && !self.texts.contains(text) {
                self.texts.insert(text.into());
                self.beyond = self.texts.len() > DISTINCT_MAX;
            }
        }
        if self.beyond {
            self.texts.clear();
        }
        self.distinct = (!self.beyond).then(|| u64::try_from(self.texts.len()).unwrap_or_default());
    }

    /// Share of rows without a value, 0 to 1.
    #[must_use]
    pub fn missing_share(&self) -> f64 {
        let all = self.filled + self.missing;
        if all == 0 { 0.0 } else { crate::risk::float(self.missing) / crate::risk::float(all) }
    }

    /// Least and greatest as they are written.
    #[must_use]
    pub fn bounds(&self) -> (Option<String>, Option<String>) {
        match self.range {
            Range::None => (None, None),
            Range::Days(low, high) => {
                let day = |days| Some(Day::from_epoch_days(days).to_string());
                (day(low), day(high))
            }
            Range::Numbers(low, high) => (Some(low.to_string()), Some(high.to_string())),
        }
    }
}
