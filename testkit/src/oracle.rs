//! The oracle: `Compute` in plain loops over whole tables, there to be obviously right.
//!
//! What it is for: an answer to hold the engines against. What it is not for: speed, or tables that do not fit into
//! memory. A verb is a function; each reads like its definition in [`sudare_store::compute`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, UInt32Array};
use arrow::compute::{SortOptions, concat_batches, filter_record_batch, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow::row::{RowConverter, Rows, SortField};
use sudare_store::compute::{
    BatchStream, COUNT, Compute, ComputeError, JoinKind, KEEP, KernelCall, KernelRegistry, KeyRing,
    Plan, TableRef,
};
use sudare_store::vault::Vault;

/// The oracle.
#[derive(Debug, Clone)]
pub struct Oracle {
    /// Where tables lie.
    pub vault: Vault,
    /// The kernels known.
    pub kernels: KernelRegistry,
    /// The keys held.
    pub keys: Arc<dyn KeyRing>,
}

type Answer = Result<RecordBatch, ComputeError>;

fn failed(_: ArrowError) -> ComputeError {
    ComputeError::Engine { doing: "computing as an oracle" }
}

#[async_trait::async_trait]
impl Compute for Oracle {
    async fn run(&self, plan: &Plan) -> Result<BatchStream, ComputeError> {
        let answer = self.answer(plan)?;
        Ok(Box::pin(futures::stream::iter([Ok(answer)])))
    }
}

impl Oracle {
    /// The whole answer to a plan.
    ///
    /// # Errors
    /// As [`Compute::run`].
    pub fn answer(&self, plan: &Plan) -> Answer {
        match plan {
            Plan::Scan { table, columns } => self.scan(table, columns),
            Plan::Join { left, right, on, kind } => {
                join(&self.answer(left)?, &self.answer(right)?, on, *kind)
            }
            Plan::Map { input, call } => self.map(&self.answer(input)?, call),
            Plan::Sort { input, by } => sort(&self.answer(input)?, by),
            Plan::CountGroups { input, keys } => count_groups(&self.answer(input)?, keys),
        }
    }

    fn scan(&self, table: &TableRef, columns: &[String]) -> Answer {
        let read = |_| ComputeError::Engine { doing: "reading as an oracle" };
        let batches: Vec<_> = self.vault.read(table).collect::<Result<_, _>>().map_err(read)?;
        let whole = concat_batches(&table.schema, &batches).map_err(failed)?;
        project(&whole, columns)
    }

    fn map(&self, input: &RecordBatch, call: &KernelCall) -> Answer {
        let unknown = || ComputeError::KernelUnknown(call.kernel.clone());
        let kernel = self.kernels.named(&call.kernel).ok_or_else(unknown)?;
        let made = kernel
            .run(input, &call.params, self.keys.as_ref())
            .map_err(|source| ComputeError::Kernel { kernel: call.kernel.clone(), source })?;
        let Some(keep) = made.column_by_name(KEEP) else { return Ok(made) };
        let keep: BooleanArray =
            keep.as_boolean().iter().map(|keep| Some(keep == Some(true))).collect();
        let kept = filter_record_batch(&made, &keep).map_err(failed)?;
        let others = kept.schema();
        let others = others.fields().iter().map(|field| field.name().clone());
        project(&kept, &others.filter(|name| name != KEEP).collect::<Vec<_>>())
    }
}

fn join(
    left: &RecordBatch,
    right: &RecordBatch,
    on: &[(String, String)],
    kind: JoinKind,
) -> Answer {
    let (left_keys, right_keys): (Vec<_>, Vec<_>) = on.iter().cloned().unzip();
    let (left_keys, right_keys) = (project(left, &left_keys)?, project(right, &right_keys)?);
    // One converter for both sides: equal rows of keys are equal bytes.
    let converter = converter(&left_keys)?;
    let (left_rows, right_rows) = (rows(&converter, &left_keys)?, rows(&converter, &right_keys)?);
    let (mut left_take, mut right_take) = (Vec::new(), Vec::new());
    for left_row in 0..left.num_rows() {
        let mut partners = 0;
        for right_row in 0..right.num_rows() {
            let equal = left_rows.row(left_row) == right_rows.row(right_row);
            if equal && !has_null(&left_keys, left_row) {
                partners += 1;
                if kind == JoinKind::Inner {
                    left_take.push(left_row);
                    right_take.push(right_row);
                }
            }
        }
        if kind == JoinKind::LeftAnti && partners == 0 {
            left_take.push(left_row);
        }
    }
    let left = take_rows(left, &left_take)?;
    if kind == JoinKind::LeftAnti {
        return Ok(left);
    }
    let right_schema = right.schema();
    let others = right_schema.fields().iter().map(|field| field.name().clone());
    let others: Vec<_> = others.filter(|name| !on.iter().any(|(_, key)| key == name)).collect();
    let right = take_rows(&project(right, &others)?, &right_take)?;
    let (left_schema, right_schema) = (left.schema(), right.schema());
    let fields = left_schema.fields().iter().chain(right_schema.fields()).cloned();
    let columns = left.columns().iter().chain(right.columns()).cloned().collect();
    batch(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns, left.num_rows())
}

fn sort(input: &RecordBatch, by: &[String]) -> Answer {
    let keys = project(input, by)?;
    if by.is_empty() {
        return Ok(input.clone());
    }
    let rows = rows(&converter(&keys)?, &keys)?;
    let mut order: Vec<usize> = (0..input.num_rows()).collect();
    order.sort_by(|one, other| rows.row(*one).cmp(&rows.row(*other)));
    take_rows(input, &order)
}

/// With no keys at all there is one group, also of no rows.
fn count_groups(input: &RecordBatch, by: &[String]) -> Answer {
    let keys = project(input, by)?;
    if by.is_empty() {
        return counted(&keys, &[], vec![i64::try_from(input.num_rows()).unwrap_or(i64::MAX)]);
    }
    let rows = rows(&converter(&keys)?, &keys)?;
    let mut groups: BTreeMap<Vec<u8>, (usize, i64)> = BTreeMap::new();
    for row in 0..input.num_rows() {
        let key = rows.row(row).as_ref().to_vec();
        groups.entry(key).or_insert((row, 0)).1 += 1;
    }
    let (first, counts): (Vec<usize>, Vec<i64>) = groups.into_values().unzip();
    counted(&keys, &first, counts)
}

fn counted(keys: &RecordBatch, first: &[usize], counts: Vec<i64>) -> Answer {
    let groups = take_rows(keys, first)?;
    let schema = keys.schema();
    let count = Arc::new(Field::new(COUNT, DataType::Int64, false));
    let fields: Vec<_> = schema.fields().iter().cloned().chain([count]).collect();
    let rows = counts.len();
    let counts: ArrayRef = Arc::new(Int64Array::from(counts));
    let columns = groups.columns().iter().cloned().chain([counts]).collect();
    batch(Arc::new(Schema::new(fields)), columns, rows)
}

fn project(input: &RecordBatch, columns: &[String]) -> Answer {
    let schema = input.schema();
    let at = |name: &String| schema.index_of(name).map_err(|_| ComputeError::Column(name.clone()));
    let at = columns.iter().map(at).collect::<Result<Vec<_>, _>>()?;
    input.project(&at).map_err(failed)
}

fn take_rows(input: &RecordBatch, which: &[usize]) -> Answer {
    let indices: UInt32Array =
        which.iter().map(|row| u32::try_from(*row).unwrap_or(u32::MAX)).collect();
    let columns = input.columns().iter().map(|column| take(column, &indices, None));
    let columns = columns.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    batch(input.schema(), columns, which.len())
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Answer {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(failed)
}

fn has_null(keys: &RecordBatch, row: usize) -> bool {
    keys.columns()
        .iter()
        .any(|column| column.logical_nulls().is_some_and(|nulls| nulls.is_null(row)))
}

/// Rows of these columns as bytes that compare as the rows do, nulls first.
pub(crate) fn converter(keys: &RecordBatch) -> Result<RowConverter, ComputeError> {
    let ascending = SortOptions { descending: false, nulls_first: true };
    let field =
        |field: &Arc<Field>| SortField::new_with_options(field.data_type().clone(), ascending);
    RowConverter::new(keys.schema().fields().iter().map(field).collect()).map_err(failed)
}

pub(crate) fn rows(converter: &RowConverter, keys: &RecordBatch) -> Result<Rows, ComputeError> {
    converter.convert_columns(keys.columns()).map_err(failed)
}
