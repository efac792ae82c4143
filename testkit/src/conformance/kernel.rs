//! Kernels of the bench: one that drops rows, one that asks for a key, one that fails.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use sudare_store::compute::{KEEP, Kernel, KernelError, KernelRegistry, KeyRing};

use super::BENCH_KEY_ID;

pub(super) fn registry() -> KernelRegistry {
    KernelRegistry::default().with(Arc::new(Even)).with(Arc::new(Keyed)).with(Arc::new(Failing))
}

/// Keeps rows whose column named by the parameters is even, and adds the half of it. A null is dropped by a null.
#[derive(Debug)]
struct Even;

impl Kernel for Even {
    fn name(&self) -> &'static str {
        "bench_even"
    }

    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError> {
        number_at(input, params)?;
        let half = Arc::new(Field::new("half", DataType::Int64, true));
        let keep = Arc::new(Field::new(KEEP, DataType::Boolean, true));
        let fields = input.fields().iter().cloned().chain([half, keep]);
        Ok(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        _: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let at = number_at(&batch.schema(), params)?;
        let numbers = batch.column(at).as_primitive::<Int64Type>();
        let half: Int64Array = numbers.iter().map(|one| one.map(|one| one / 2)).collect();
        let keep: BooleanArray = numbers.iter().map(|one| one.map(|one| one % 2 == 0)).collect();
        let added: [ArrayRef; 2] = [Arc::new(half), Arc::new(keep)];
        made(self.output(&batch.schema(), params)?, batch.columns().iter().cloned().chain(added))
    }
}

/// Gives the subject and the column named by the parameters plus the first byte of the subject key.
#[derive(Debug)]
struct Keyed;

impl Kernel for Keyed {
    fn name(&self) -> &'static str {
        "bench_keyed"
    }

    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError> {
        number_at(input, params)?;
        let absent = |_| KernelError::Column("subject".to_owned());
        let subject = input.field_with_name("subject").map_err(absent)?;
        Ok(Schema::new(vec![subject.clone(), Field::new("keyed", DataType::Int64, true)]))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        keys: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let at = number_at(&batch.schema(), params)?;
        let mut first = 0;
        keys.with_key(BENCH_KEY_ID, &mut |key| {
            first = i64::from(key.first().copied().unwrap_or(0))
        })
        .ok_or_else(|| KernelError::Key(BENCH_KEY_ID.to_owned()))?;
        let numbers = batch.column(at).as_primitive::<Int64Type>();
        let keyed: Int64Array = numbers.iter().map(|one| one.map(|one| one + first)).collect();
        let subject = batch.column_by_name("subject").cloned();
        let keyed: ArrayRef = Arc::new(keyed);
        made(self.output(&batch.schema(), params)?, subject.into_iter().chain([keyed]))
    }
}

/// Fails for want of the key that the parameters name.
#[derive(Debug)]
struct Failing;

impl Kernel for Failing {
    fn name(&self) -> &'static str {
        "bench_failing"
    }

    fn output(&self, input: &Schema, _: &str) -> Result<Schema, KernelError> {
        Ok(input.clone())
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        _: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        // An engine need not call a kernel on no rows at all.
        if batch.num_rows() == 0 {
            Ok(batch.clone())
        } else {
            Err(KernelError::Key(params.to_owned()))
        }
    }
}

fn number_at(input: &Schema, name: &str) -> Result<usize, KernelError> {
    let absent = || KernelError::Column(name.to_owned());
    let (at, field) = input.column_with_name(name).ok_or_else(absent)?;
    if *field.data_type() == DataType::Int64 { Ok(at) } else { Err(absent()) }
}

fn made(
    schema: Schema,
    columns: impl Iterator<Item = ArrayRef>,
) -> Result<RecordBatch, KernelError> {
    RecordBatch::try_new(Arc::new(schema), columns.collect()).map_err(|_| KernelError::Batch)
}
