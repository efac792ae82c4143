//! Rows of the identity table for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, FixedSizeBinaryArray, StringArray, UInt32Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use sudare_identity::table::IDENTITY_COLUMNS;
use sudare_linkage::{Linked, Linker, PersonMap};
use sudare_model::table::Kind;
use sudare_model::time::Day;

/// One row; texts as a source wrote them.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) subject: u128,
    pub(crate) birth: Option<&'static str>,
    pub(crate) texts: BTreeMap<&'static str, String>,
}

/// A row with a name, a birth date, a sex, and the other columns as `name=value`.
pub(crate) fn row(
    subject: u128,
    kana: &str,
    birth: &'static str,
    sex: &str,
    rest: &[(&'static str, &str)],
) -> Row {
    let mut texts = BTreeMap::from([("name_kana", kana.to_owned()), ("sex", sex.to_owned())]);
    texts.extend(rest.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Row { subject, birth: (!birth.is_empty()).then_some(birth), texts }
}

/// Rows as a batch of the identity table.
pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (name, kind) in IDENTITY_COLUMNS.iter().copied() {
        let column: ArrayRef = match kind {
            Kind::Bytes16 => {
                let keys = rows.iter().map(|row| row.subject.to_be_bytes());
                Arc::new(FixedSizeBinaryArray::try_from_iter(keys).unwrap())
            }
            Kind::Date => {
                let day = |text| Day::from_iso(text).unwrap().epoch_days();
                Arc::new(rows.iter().map(|row| row.birth.map(day)).collect::<Date32Array>())
            }
            Kind::UInt32 => Arc::new(UInt32Array::from(vec![0; rows.len()])),
            _ => {
                let texts = rows.iter().map(|row| row.texts.get(name).map(String::as_str));
                Arc::new(texts.collect::<StringArray>())
            }
        };
        let column = match kind {
            Kind::Code => cast(&column, &coded()).unwrap(),
            _ => column,
        };
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn coded() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Links rows, minting 1, 2, 3 …
pub(crate) fn link(rows: &[Row], previous: Option<&PersonMap>) -> Linked {
    let mut next = previous.map_or(0u128, |map| map.len() as u128 * 1000);
    let mut linker = Linker::new(previous);
    if !rows.is_empty() {
        linker.add(&batch(rows)).unwrap();
    }
    linker
        .finish(&mut || {
            next += 1;
            next.to_be_bytes()
        })
        .unwrap()
}

/// The map as numbers, in the order of subjects.
pub(crate) fn pairs(linked: &Linked) -> Vec<(u128, u128)> {
    let column = |name: &str| -> Vec<u128> {
        let keys = linked.map.column_by_name(name).unwrap().as_fixed_size_binary();
        keys.iter().map(|key| u128::from_be_bytes(key.unwrap().try_into().unwrap())).collect()
    };
    column("subject").into_iter().zip(column("person")).collect()
}

/// Whether all these subjects are one person.
pub(crate) fn together(linked: &Linked, subjects: &[u128]) -> bool {
    let map: BTreeMap<_, _> = pairs(linked).into_iter().collect();
    let first = map.get(subjects.first().unwrap());
    subjects.iter().all(|subject| map.get(subject) == first)
}
