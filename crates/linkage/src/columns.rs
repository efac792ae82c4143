//! Reading the identity table's columns, whatever Arrow type a reader gave them.

use arrow::array::{
    Array, AsArray, Date32Array, DictionaryArray, FixedSizeBinaryArray, StringArray,
};
use arrow::datatypes::{DataType, Int32Type};
use arrow::record_batch::RecordBatch;

use crate::linker::LinkError;

/// A text column: plain or dictionary-encoded.
pub(crate) enum Texts<'b> {
    Plain(&'b StringArray),
    Coded(&'b DictionaryArray<Int32Type>, &'b StringArray),
}

impl<'b> Texts<'b> {
    pub(crate) fn of(batch: &'b RecordBatch, name: &'static str) -> Result<Self, LinkError> {
        let column = column(batch, name)?;
        let wrong = LinkError::Type { column: name };
        match column.data_type() {
            DataType::Utf8 => column.as_string_opt().map(Self::Plain).ok_or(wrong),
            DataType::Dictionary(_, _) => {
                let coded = column.as_dictionary_opt::<Int32Type>();
                let coded = coded.and_then(|one| Some((one, one.values().as_string_opt()?)));
                coded.map(|(keys, values)| Self::Coded(keys, values)).ok_or(wrong)
            }
            _ => Err(wrong),
        }
    }

    /// The text of a row; empty where it is null.
    pub(crate) fn get(&self, row: usize) -> &'b str {
        match self {
            Self::Plain(texts) if texts.is_valid(row) => texts.value(row),
            Self::Coded(coded, values) => match coded.key(row) {
                Some(key) if values.is_valid(key) => values.value(key),
                _ => "",
            },
            Self::Plain(_) => "",
        }
    }
}

pub(crate) fn column<'b>(
    batch: &'b RecordBatch,
    name: &'static str,
) -> Result<&'b dyn Array, LinkError> {
    batch.column_by_name(name).map(AsRef::as_ref).ok_or(LinkError::Column { column: name })
}

/// A column of 16-byte keys.
pub(crate) fn keys<'b>(
    batch: &'b RecordBatch,
    name: &'static str,
) -> Result<&'b FixedSizeBinaryArray, LinkError> {
    let column = column(batch, name)?.as_fixed_size_binary_opt();
    column.filter(|keys| keys.value_length() == 16).ok_or(LinkError::Type { column: name })
}

/// The key of a row.
pub(crate) fn key(keys: &FixedSizeBinaryArray, row: usize) -> Option<[u8; 16]> {
    keys.is_valid(row).then(|| keys.value(row)).and_then(|bytes| bytes.try_into().ok())
}

/// A column of dates.
pub(crate) fn dates<'b>(
    batch: &'b RecordBatch,
    name: &'static str,
) -> Result<&'b Date32Array, LinkError> {
    column(batch, name)?.as_primitive_opt().ok_or(LinkError::Type { column: name })
}
