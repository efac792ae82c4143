//! What to compute, as data. Who computes it is the engine's business.
//!
//! A [`Plan`] is four verbs over tables in vaults: count groups, join, map a named kernel, sort. It holds no closure
//! and no value of a person, because a plan may be serialised, stored by a scheduler and shown on its pages:
//!
//! - **Keys never enter a plan.** A kernel call carries a key's id; the runtime that executes holds the key.
//! - **Names never enter a plan.** An identifying value is a row in a table, never a literal.
//!
//! The oracle in `testkit`, the embedded engine and the cluster answer every plan alike (one conformance suite).

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use futures::Stream;

/// A table to read: its schema and its live Parquet files as URLs of the vault's object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRef {
    /// Columns of every file.
    pub schema: SchemaRef,
    /// One URL for each file, such as `vault:///cleared/<dataset>/<table>/part-0.parquet`.
    pub files: Vec<String>,
}

/// How two tables join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs of rows whose keys are equal; null equals nothing.
    Inner,
    /// Rows of the left side that have no partner.
    LeftAnti,
}

/// A named function over batches with its parameters as JSON text. Parameters hold no secret and no person's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelCall {
    /// Name in the [`KernelRegistry`].
    pub kernel: String,
    /// Parameters, JSON.
    pub params: String,
}

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Some columns of a table, in the order named.
    Scan {
        /// The table.
        table: TableRef,
        /// The columns wanted.
        columns: Vec<String>,
    },
    /// Rows of both sides whose keys are equal. Output: columns of left, then (inner only) of right without its keys.
    Join {
        /// Left side.
        left: Box<Self>,
        /// Right side. Its column names must differ from left's, keys apart.
        right: Box<Self>,
        /// Pairs of key columns (left, right).
        on: Vec<(String, String)>,
        /// Which rows are kept.
        kind: JoinKind,
    },
    /// One kernel over every batch. The kernel's output columns replace the input's; a Boolean output column named
    /// [`KEEP`] drops the rows where it is false and is itself dropped.
    Map {
        /// Rows in.
        input: Box<Self>,
        /// What is done to them.
        call: KernelCall,
    },
    /// Rows in ascending order of these columns, nulls first.
    Sort {
        /// Rows in.
        input: Box<Self>,
        /// Columns, most significant first.
        by: Vec<String>,
    },
    /// One row for each distinct combination of the keys (null is a value here): the keys, then `count` (Int64).
    CountGroups {
        /// Rows in.
        input: Box<Self>,
        /// Key columns.
        keys: Vec<String>,
    },
}

/// Name of the Boolean column by which a kernel drops rows.
pub const KEEP: &str = "keep";

/// Name of the count column of [`Plan::CountGroups`].
pub const COUNT: &str = "count";

/// Batches as they are computed. Order is meaningful only under [`Plan::Sort`].
pub type BatchStream = Pin<Box<dyn Stream<Item = Result<RecordBatch, ComputeError>> + Send>>;

/// Why a plan could not be computed. Holds no value of a row.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    /// The plan names a column that its input does not have.
    #[error("the plan names column `{0}`, which its input does not have")]
    Column(String),
    /// The plan names a kernel that is not registered.
    #[error("no kernel `{0}` is registered")]
    KernelUnknown(String),
    /// A kernel failed.
    #[error("kernel `{kernel}` failed")]
    Kernel {
        /// Which one.
        kernel: String,
        /// Why.
        source: KernelError,
    },
    /// The engine failed. Its own text may quote values and is kept out of `Display`.
    #[error("the engine failed while {doing}")]
    Engine {
        /// What it was doing.
        doing: &'static str,
    },
}

/// Why a kernel failed.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// Parameters are not what the kernel takes.
    #[error("parameters do not fit: {0}")]
    Params(&'static str),
    /// A column is missing or of another type.
    #[error("column `{0}` is missing or of another type")]
    Column(String),
    /// The runtime holds no key of this id.
    #[error("no key `{0}` is held here")]
    Key(String),
    /// A batch could not be put together.
    #[error("a batch could not be put together")]
    Batch,
}

/// The keys a runtime holds, by id.
pub trait KeyRing: Send + Sync + Debug {
    /// Calls `use_key` with the key's bytes; `None` if it is not held.
    fn with_key(&self, id: &str, use_key: &mut dyn FnMut(&[u8])) -> Option<()>;
}

/// A named function over batches. Gives as many rows as it takes (drop rows by [`KEEP`]).
pub trait Kernel: Send + Sync + Debug {
    /// Its name in a plan.
    fn name(&self) -> &'static str;

    /// The columns it gives for these columns and parameters.
    ///
    /// # Errors
    /// [`KernelError`] if columns or parameters do not fit.
    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError>;

    /// Does it.
    ///
    /// # Errors
    /// [`KernelError`] if columns, parameters or keys do not fit.
    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        keys: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError>;
}

/// The kernels a runtime knows.
#[derive(Debug, Clone, Default)]
pub struct KernelRegistry {
    kernels: std::collections::BTreeMap<&'static str, Arc<dyn Kernel>>,
}

impl KernelRegistry {
    /// These kernels and one more.
    #[must_use]
    pub fn with(mut self, kernel: Arc<dyn Kernel>) -> Self {
        self.kernels.insert(kernel.name(), kernel);
        self
    }

    /// The kernel of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Kernel>> {
        self.kernels.get(name)
    }
}

/// Whoever computes plans.
#[async_trait::async_trait]
pub trait Compute: Send + Sync {
    /// Starts a plan and gives its batches as they come.
    ///
    /// # Errors
    /// [`ComputeError`] if the plan does not fit its tables, or the engine fails.
    async fn run(&self, plan: &Plan) -> Result<BatchStream, ComputeError>;
}
