//! Classes of persons counted from released rows, knowing nothing of how they were made.

use std::collections::HashMap;

use arrow::array::{Array, Int32Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use sudare_store::compute::KernelError;

use crate::kernel::code::Codes;
use crate::risk::Sizes;

/// Counts rows by the values of some columns; null is a value.
#[derive(Debug)]
pub struct ClassCounter {
    columns: Vec<&'static str>,
    counts: HashMap<Vec<Option<String>>, u64>,
}

impl ClassCounter {
    /// A counter over these columns.
    #[must_use]
    pub fn new(columns: Vec<&'static str>) -> Self {
        Self { columns, counts: HashMap::new() }
    }

    /// Counts the rows of a batch.
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let mut columns = Vec::new();
        for name in &self.columns {
            columns.push(Values::named(batch, name)?);
        }
        for row in 0..batch.num_rows() {
            let key: Vec<Option<String>> = columns.iter().map(|column| column.at(row)).collect();
            *self.counts.entry(key).or_default() += 1;
        }
        Ok(())
    }

    /// The sizes of the classes.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes::of(self.counts.values().copied())
    }
}

enum Values {
    Whole(Int32Array),
    Text(Codes),
}

impl Values {
    fn named(batch: &RecordBatch, name: &str) -> Result<Self, KernelError> {
        let fail = || KernelError::Column(name.to_owned());
        let array = batch.column_by_name(name).ok_or_else(fail)?;
        if !array.data_type().is_integer() {
            return Ok(Self::Text(Codes::of(array, name)?));
        }
        let whole = cast(array, &DataType::Int32).map_err(|_| fail())?;
        whole.as_any().downcast_ref::<Int32Array>().cloned().map(Self::Whole).ok_or_else(fail)
    }

    fn at(&self, row: usize) -> Option<String> {
        match self {
            Self::Whole(numbers) => numbers.is_valid(row).then(|| numbers.value(row).to_string()),
            Self::Text(codes) => {
                let at = codes.position(row);
                (at != crate::kernel::code::NULL).then(|| codes.value(at).to_owned())
            }
        }
    }
}
