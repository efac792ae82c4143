//! The stored form of tables in Arrow's words.
//!
//! Invariant: the schema made here is the schema read back from a vault, dictionaries included.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use sudare_model::table::{Kind, Table};

/// Columns that may not be null: who the row is about, and what it may serve.
const KEYS: &[&str] = &["subject", "tracks"];

/// The Arrow type of a kind.
#[must_use]
pub fn arrow_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bytes16 => DataType::FixedSizeBinary(16),
        Kind::UInt8 => DataType::UInt8,
        Kind::UInt32 => DataType::UInt32,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Float64 => DataType::Float64,
        Kind::Date => DataType::Date32,
        Kind::DateTime => DataType::Timestamp(TimeUnit::Second, None),
        Kind::Code => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Text => DataType::Utf8,
    }
}

/// The schema of columns given by name and kind, in this order.
#[must_use]
pub fn schema_of(columns: impl IntoIterator<Item = (&'static str, Kind)>) -> SchemaRef {
    let field = |(name, kind)| Field::new(name, arrow_type(kind), !KEYS.contains(&name));
    Arc::new(Schema::new(columns.into_iter().map(field).collect::<Vec<_>>()))
}

/// The schema of a clinical table.
#[must_use]
pub fn arrow_schema(table: &Table) -> SchemaRef {
    schema_of(table.columns().map(|column| (column.name, column.kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clinical_row_begins_with_its_subject_and_ends_with_its_place() {
        for table in sudare_model::table::CLINICAL {
            let schema = arrow_schema(table);
            assert!(!schema.field(0).is_nullable() && schema.field(0).name() == "subject");
            assert_eq!(schema.fields().last().unwrap().name(), "record_no");
        }
    }
}
