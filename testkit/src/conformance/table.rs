//! Small tables made at random, the same every time.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, FixedSizeBinaryBuilder, Float64Array, Int64Array,
    StringArray, TimestampSecondArray, UInt8Array,
};
use arrow::datatypes::{Int32Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use proptest::collection::vec;
use proptest::option;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sudare_model::table::Kind;
use sudare_store::schema::schema_of;

/// Columns of table `n` end in `n`, keys apart, so that any two tables join.
pub(super) const COLUMNS: [&[(&str, Kind)]; 2] = [
    &[
        ("subject", Kind::Bytes16),
        ("code_0", Kind::Code),
        ("text_0", Kind::Text),
        ("number_0", Kind::Int64),
        ("day_0", Kind::Date),
        ("tracks", Kind::UInt8),
    ],
    &[
        ("subject", Kind::Bytes16),
        ("code_1", Kind::Code),
        ("number_1", Kind::Int64),
        ("value_1", Kind::Float64),
        ("at_1", Kind::DateTime),
    ],
];

pub(super) fn columns(number: usize) -> &'static [(&'static str, Kind)] {
    let [even, odd] = COLUMNS;
    if number.is_multiple_of(2) { even } else { odd }
}

pub(super) fn schema(number: usize) -> SchemaRef {
    schema_of(columns(number).iter().copied())
}

/// Makes values by proptest's strategies, without its shrinking.
pub(super) struct Maker(TestRunner);

impl Maker {
    pub(super) fn new() -> Self {
        Self(TestRunner::deterministic())
    }

    /// A value of a strategy.
    pub(super) fn one<S: Strategy>(&mut self, strategy: S) -> Option<S::Value> {
        strategy.new_tree(&mut self.0).ok().map(|tree| tree.current())
    }

    /// One to three files of some batches. The first two tables have no rows.
    pub(super) fn files(&mut self, number: usize) -> Vec<Vec<RecordBatch>> {
        let files = self.one(1usize..4).unwrap_or(1);
        let rows_max = if number < 2 { 0 } else { 40 };
        let mut all = Vec::new();
        for _ in 0..files {
            let batches = self.one(0usize..3).unwrap_or_default();
            all.push((0..batches).filter_map(|_| self.batch(number, rows_max)).collect());
        }
        all
    }

    fn batch(&mut self, number: usize, rows_max: usize) -> Option<RecordBatch> {
        let rows = self.one(0..=rows_max)?;
        let columns = columns(number).iter().map(|(_, kind)| self.column(*kind, rows));
        let columns = columns.collect::<Option<Vec<_>>>()?;
        RecordBatch::try_new(schema(number), columns).ok()
    }

    /// Values from narrow ranges, so that keys meet and groups form; a third of them null, keys apart.
    fn column(&mut self, kind: Kind, rows: usize) -> Option<ArrayRef> {
        let small = |max: i64| vec(option::weighted(0.7, 0..max), rows);
        Some(match kind {
            Kind::Bytes16 => {
                let mut keys = FixedSizeBinaryBuilder::new(16);
                for subject in self.one(vec(0u8..12, rows))? {
                    keys.append_value([subject; 16]).ok()?;
                }
                Arc::new(keys.finish())
            }
            Kind::UInt8 => Arc::new(UInt8Array::from(self.one(vec(1u8..4, rows))?)),
            Kind::Int64 => Arc::new(Int64Array::from(self.one(small(9))?)),
            Kind::Date => {
                let days = self.one(vec(option::of(19_000i32..19_010), rows))?;
                Arc::new(Date32Array::from(days))
            }
            Kind::DateTime => Arc::new(TimestampSecondArray::from(self.one(small(5))?)),
            Kind::Float64 => {
                let halves = self.one(small(7))?;
                let values = halves.into_iter().map(|half| half.map(|half| half as f64 / 2.0));
                Arc::new(values.collect::<Float64Array>())
            }
            Kind::Code => {
                let codes = self.one(vec(option::weighted(0.7, "[A-C]"), rows))?;
                let codes = codes.iter().map(Option::as_deref);
                Arc::new(codes.collect::<DictionaryArray<Int32Type>>())
            }
            _ => {
                let texts = self.one(vec(option::weighted(0.7, "[あいう]{0,2}"), rows))?;
                Arc::new(StringArray::from(texts))
            }
        })
    }
}
