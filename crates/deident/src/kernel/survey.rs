//! The survey: the rows as they are, with what the gate says of each. Read by [`crate::survey`],
//! never stored.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt8Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use sudare_store::compute::{Kernel, KernelError, KeyRing};

use super::Cache;
use super::gate::{Gate, WHY};

/// Adds the column [`WHY`].
#[derive(Debug, Default)]
pub struct SurveyKernel(Cache<Gate>);

/// Name of the kernel.
pub const SURVEY: &str = "deident.survey";

impl Kernel for SurveyKernel {
    fn name(&self) -> &'static str {
        SURVEY
    }

    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError> {
        self.0.read(params, |gate: Gate| gate)?;
        let mut fields: Vec<_> = input.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(WHY, DataType::UInt8, false)));
        Ok(Schema::new(fields))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        keys: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let gate = self.0.read(params, |gate: Gate| gate)?;
        let passed = gate.pass(batch, keys)?;
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        columns.push(Arc::new(UInt8Array::from(passed.why)));
        let schema = self.output(&batch.schema(), params)?;
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| KernelError::Batch)
    }
}
