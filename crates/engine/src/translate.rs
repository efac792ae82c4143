//! A plan in DataFusion's words: what the embedded engine and the cluster have in common.
//!
//! What it is for: turning the verbs of [`Plan`] into a `DataFrame` that no optimiser setting can give another meaning.
//! What it is not for: running it.
//!
//! Invariant: nothing but column names, file URLs, kernel names and kernel parameters enters the frame.
//! Start at [`physical`].

use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext, ident};
use sudare_store::compute::{
    COUNT, ComputeError, JoinKind, KEEP, KernelCall, KernelRegistry, KeyRing, Plan, TableRef,
};

use crate::failure::planning;
use crate::kernel;

/// What a join calls the right side's keys until they are dropped. No column of a table begins like this.
const RIGHT_KEY: &str = "__right_";
/// The struct that a kernel gives, until it is taken apart.
const MADE: &str = "__made";

/// Settings that plans rely on. Every session that plans or runs one must have passed here.
pub(crate) fn required(mut config: SessionConfig) -> SessionConfig {
    let options = config.options_mut();
    // Columns come out of the type they went in.
    options.execution.parquet.schema_force_view_types = false;
    // This rule moves the fields of a kernel's struct apart, and the kernel's call with each: it would run once for
    // each column (`a_kernel_sees_every_row_once`), and two kernels in a row do not plan at all.
    options.optimizer.enable_leaf_expression_pushdown = false;
    // A join's keys would enter the plan of a scan as literals.
    options.optimizer.enable_dynamic_filter_pushdown = false;
    config
}

/// The physical plan.
///
/// # Errors
/// [`ComputeError`] if the plan does not fit its tables or its kernels.
pub(crate) async fn physical(
    session: &SessionContext,
    kernels: &KernelRegistry,
    keys: &Arc<dyn KeyRing>,
    plan: &Plan,
) -> Result<Arc<dyn ExecutionPlan>, ComputeError> {
    frame(session, kernels, keys, plan)?.create_physical_plan().await.map_err(planning)
}

/// The logical plan with its session.
///
/// # Errors
/// [`ComputeError`] if the plan does not fit its tables or its kernels.
fn frame(
    session: &SessionContext,
    kernels: &KernelRegistry,
    keys: &Arc<dyn KeyRing>,
    plan: &Plan,
) -> Result<DataFrame, ComputeError> {
    let frame_of = |input: &Plan| frame(session, kernels, keys, input);
    match plan {
        Plan::Scan { table, columns } => scan(session, table, columns),
        Plan::Join { left, right, on, kind } => join(frame_of(left)?, frame_of(right)?, on, *kind),
        Plan::Map { input, call } => map(frame_of(input)?, kernels, keys, call),
        Plan::Sort { input, by } => sort(frame_of(input)?, by),
        Plan::CountGroups { input, keys: by } => count_groups(frame_of(input)?, by),
    }
}

fn scan(
    session: &SessionContext,
    table: &TableRef,
    columns: &[String],
) -> Result<DataFrame, ComputeError> {
    let source = if table.files.is_empty() {
        session.read_batch(RecordBatch::new_empty(Arc::clone(&table.schema)))
    } else {
        let urls = table.files.iter().map(ListingTableUrl::parse).collect::<Result<Vec<_>, _>>();
        let state = session.state();
        let options = ListingOptions::new(Arc::new(
            ParquetFormat::default().with_options(state.default_table_options().parquet),
        ))
        .with_file_extension("");
        let config = ListingTableConfig::new_with_multi_paths(urls.map_err(planning)?)
            .with_listing_options(options)
            .with_schema(Arc::clone(&table.schema));
        ListingTable::try_new(config).and_then(|table| session.read_table(Arc::new(table)))
    }
    .map_err(planning)?;
    check(&source, columns)?;
    source.select(columns.iter().map(|name| ident(name).alias(name))).map_err(planning)
}

fn join(
    left: DataFrame,
    right: DataFrame,
    on: &[(String, String)],
    kind: JoinKind,
) -> Result<DataFrame, ComputeError> {
    check(&left, on.iter().map(|(left, _)| left))?;
    check(&right, on.iter().map(|(_, right)| right))?;
    let mut output = names(&left);
    let mut right_columns = Vec::new();
    for name in names(&right) {
        if on.iter().any(|(_, key)| *key == name) {
            right_columns.push(ident(&name).alias(format!("{RIGHT_KEY}{name}")));
            continue;
        }
        right_columns.push(ident(&name));
        if kind == JoinKind::Inner {
            if output.contains(&name) {
                return Err(ComputeError::Column(name));
            }
            output.push(name);
        }
    }
    let join_type = match kind {
        JoinKind::Inner => JoinType::Inner,
        JoinKind::LeftAnti => JoinType::LeftAnti,
    };
    let keys = on.iter().map(|(left, right)| (ident(left), ident(format!("{RIGHT_KEY}{right}"))));
    let keys: (Vec<Expr>, Vec<Expr>) = keys.unzip();
    let right = right.select(right_columns).map_err(planning)?;
    let (state, left) = left.into_parts();
    let plan = LogicalPlanBuilder::from(left)
        .join_with_expr_keys(right.into_unoptimized_plan(), join_type, keys, None)
        .and_then(|joined| joined.project(output.iter().map(ident)))
        .and_then(LogicalPlanBuilder::build)
        .map_err(planning)?;
    Ok(DataFrame::new(state, plan))
}

fn map(
    input: DataFrame,
    kernels: &KernelRegistry,
    keys: &Arc<dyn KeyRing>,
    call: &KernelCall,
) -> Result<DataFrame, ComputeError> {
    let unknown = || ComputeError::KernelUnknown(call.kernel.clone());
    let known = kernels.named(&call.kernel).ok_or_else(unknown)?;
    let schema: &Schema = input.schema().as_arrow();
    let output = known
        .output(schema, &call.params)
        .map_err(|source| ComputeError::Kernel { kernel: call.kernel.clone(), source })?;
    let made = kernel::call(known, keys, call, schema).alias(MADE);
    let taken = output
        .fields()
        .iter()
        .filter(|field| field.name() != KEEP)
        .map(|field| ident(MADE).field(field.name().as_str()).alias(field.name()))
        .collect::<Vec<_>>();
    let made = input.select([made]).map_err(planning)?;
    let kept = match output.field_with_name(KEEP) {
        Ok(_) => made.filter(ident(MADE).field(KEEP)).map_err(planning)?,
        Err(_) => made,
    };
    kept.select(taken).map_err(planning)
}

fn sort(input: DataFrame, by: &[String]) -> Result<DataFrame, ComputeError> {
    check(&input, by)?;
    if by.is_empty() {
        return Ok(input);
    }
    input.sort(by.iter().map(|name| ident(name).sort(true, true)).collect()).map_err(planning)
}

fn count_groups(input: DataFrame, by: &[String]) -> Result<DataFrame, ComputeError> {
    check(&input, by)?;
    if by.iter().any(|name| name == COUNT) {
        return Err(ComputeError::Column(COUNT.to_owned()));
    }
    input
        .aggregate(by.iter().map(ident).collect(), vec![count(lit(1i64)).alias(COUNT)])
        .map_err(planning)
}

fn names(frame: &DataFrame) -> Vec<String> {
    frame.schema().fields().iter().map(|field| field.name().clone()).collect()
}

fn check<'n>(
    frame: &DataFrame,
    wanted: impl IntoIterator<Item = &'n String>,
) -> Result<(), ComputeError> {
    let names = names(frame);
    match wanted.into_iter().find(|name| !names.contains(name)) {
        Some(absent) => Err(ComputeError::Column(absent.clone())),
        None => Ok(()),
    }
}
