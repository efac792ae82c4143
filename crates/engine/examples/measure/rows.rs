//! Invented rows in the shape of `measurement`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, FixedSizeBinaryArray, Float64Array, Int32Array,
    Int64Array, StringArray, UInt8Array,
};
use arrow::datatypes::{Int32Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use sudare_model::table::Kind;
use sudare_store::schema::schema_of;

use super::Done;

const BATCH: usize = 8192;
/// Rows of one patient.
pub(super) const ROWS_EACH: usize = 50;

pub(super) fn schema() -> SchemaRef {
    schema_of([
        ("subject", Kind::Bytes16),
        ("key", Kind::Int64),
        ("code", Kind::Code),
        ("day", Kind::Date),
        ("value", Kind::Float64),
        ("text", Kind::Text),
        ("provider_id", Kind::Code),
        ("tracks", Kind::UInt8),
    ])
}

/// 64 bits that look random.
fn mixed(number: usize) -> u64 {
    let mut bits = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn id(number: usize) -> [u8; 16] {
    (u128::from(mixed(number)) << 64 | u128::from(mixed(number + 7))).to_be_bytes()
}

/// So many rows in batches.
pub(super) fn batches(rows: usize) -> impl Iterator<Item = Done<RecordBatch>> {
    let codes: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..2000).map(|code| format!("{code:017}"))));
    let providers: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..9).map(|one| format!("hospital-{one}"))));
    (0..rows).step_by(BATCH).map(move |start| {
        let numbers = || start..rows.min(start + BATCH);
        let below = |max: u64| move |row: usize| i32::try_from(mixed(row) % max).unwrap_or(0);
        let subjects = numbers().map(|row| id(row / ROWS_EACH));
        let coded = |values: &ArrayRef, keys: Int32Array| {
            DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(values))
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(FixedSizeBinaryArray::try_from_iter(subjects)?),
            Arc::new(Int64Array::from_iter_values(numbers().map(|row| row as i64))),
            Arc::new(coded(&codes, numbers().map(below(2000)).collect())?),
            Arc::new(Date32Array::from_iter_values(numbers().map(|row| 18_000 + below(2000)(row)))),
            Arc::new(Float64Array::from_iter_values(
                numbers().map(|row| f64::from(below(100_000)(row)) / 10.0),
            )),
            Arc::new(StringArray::from_iter_values(
                numbers()
                    .map(|row| format!("{:.1} mg/dL {:x}", f64::from(below(999)(row)), mixed(row))),
            )),
            Arc::new(coded(&providers, numbers().map(|row| below(9)(row / ROWS_EACH)).collect())?),
            Arc::new(UInt8Array::from_iter_values(numbers().map(|_| 3))),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    })
}

/// The link table: each subject with a person.
pub(super) fn links(rows: usize) -> Done<RecordBatch> {
    let subjects = rows.div_ceil(ROWS_EACH);
    let schema = schema_of([("subject", Kind::Bytes16), ("person", Kind::Bytes16)]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(FixedSizeBinaryArray::try_from_iter((0..subjects).map(id))?),
        Arc::new(FixedSizeBinaryArray::try_from_iter((0..subjects).map(|one| id(one / 2 + 99)))?),
    ];
    Ok(RecordBatch::try_new(schema, columns)?)
}
