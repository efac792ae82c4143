//! One suite for whoever computes plans: every answer must be the oracle's.
//!
//! A [`Bench`] is a site in a temporary folder with small invented tables: nulls, dictionary columns, empty tables,
//! several files a table. [`Bench::conforms`] asks all its plans of an engine. An engine in other processes opens the
//! site by [`Bench::home`].

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use sudare_model::{DatasetId, LevelName, ProjectId};
use sudare_store::compute::{Compute, ComputeError, KernelRegistry, Plan};
use sudare_store::keys::SiteKeys;
use sudare_store::vault::{Shelf, Vault, VaultError};

use crate::oracle::{self, Oracle};

mod kernel;
mod plan;
mod table;

/// The vault of the bench's tables.
const SHELF: Shelf = Shelf::Content(LevelName::Linked);
/// The project whose key a kernel of the bench asks for, and that key's id.
const BENCH_PROJECT: &str = "bench";
const BENCH_KEY_ID: &str = "project/bench";
/// Tables of the bench, each with other columns filled.
const TABLES: usize = 6;
/// Plans made at random over them.
const PLANS: usize = 40;

/// A site with tables to compute on, and the oracle's opinion of them.
#[derive(Debug)]
pub struct Bench {
    home: tempfile::TempDir,
    oracle: Oracle,
    plans: Vec<Plan>,
}

/// Why a bench could not be set up, or an engine does not conform.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The bench could not be set up.
    #[error("the bench could not be set up: {0}")]
    SetUp(String),
    /// An answer differs from the oracle's. Tables are invented, so the plan and counts may be shown.
    #[error("{what} differs for plan {number}: {plan:#?}")]
    Differs {
        /// What differs.
        what: String,
        /// Number of the plan.
        number: usize,
        /// The plan.
        plan: Box<Plan>,
    },
}

fn set_up(error: impl std::fmt::Display) -> BenchError {
    BenchError::SetUp(error.to_string())
}

impl Bench {
    /// A bench. The same every time.
    ///
    /// # Errors
    /// [`BenchError::SetUp`].
    pub async fn new() -> Result<Self, BenchError> {
        let home = tempfile::tempdir().map_err(set_up)?;
        let keys = Arc::new(SiteKeys::create(home.path()).map_err(set_up)?);
        // The key that a kernel of the bench asks for.
        keys.project_key(&ProjectId::parse(BENCH_PROJECT).map_err(set_up)?).map_err(set_up)?;
        let vault = Vault::open(home.path(), Arc::clone(&keys)).map_err(set_up)?;
        let dataset = DatasetId::parse("bench").map_err(set_up)?;
        let draft = vault.create(SHELF, &dataset).map_err(set_up)?;
        let mut made = table::Maker::new();
        for number in 0..TABLES {
            for batches in made.files(number) {
                let batches = batches.into_iter().map(Ok::<_, VaultError>);
                let (name, schema) = (format!("t{number}"), table::schema(number));
                draft.append(&name, &schema, batches).map_err(set_up)?;
            }
        }
        draft.commit().await.map_err(set_up)?;
        let mut tables = Vec::new();
        for number in 0..TABLES {
            let name = format!("t{number}");
            tables.push(vault.table(SHELF, &dataset, &name).await.map_err(set_up)?);
        }
        let plans = plan::all(&tables, &mut made, PLANS);
        let oracle = Oracle { vault, kernels: Self::kernels(), keys };
        Ok(Self { home, oracle, plans })
    }

    /// The home of the bench's site.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The oracle, which holds vault and keys.
    #[must_use]
    pub const fn oracle(&self) -> &Oracle {
        &self.oracle
    }

    /// The plans asked.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The kernels the plans call. An engine in other processes makes them there.
    #[must_use]
    pub fn kernels() -> KernelRegistry {
        kernel::registry()
    }

    /// Asks every plan of an engine and compares answers with the oracle's.
    ///
    /// # Errors
    /// [`BenchError::Differs`] for the first that differs.
    pub async fn conforms(&self, engine: &dyn Compute) -> Result<(), BenchError> {
        for (number, plan) in self.plans.iter().enumerate() {
            let (expected, found) = (self.oracle.answer(plan), ask(engine, plan).await);
            if let Some(what) = difference(plan, &expected, &found) {
                return Err(BenchError::Differs { what, number, plan: Box::new(plan.clone()) });
            }
        }
        Ok(())
    }
}

async fn ask(engine: &dyn Compute, plan: &Plan) -> Result<Vec<RecordBatch>, ComputeError> {
    engine.run(plan).await?.try_collect().await
}

type Answer = Result<RecordBatch, ComputeError>;

/// What differs, if anything: kind of failure, types, rows, order.
fn difference(
    plan: &Plan,
    expected: &Answer,
    found: &Result<Vec<RecordBatch>, ComputeError>,
) -> Option<String> {
    let (expected, found) = match (expected, found) {
        (Ok(expected), Ok(found)) => (expected, found),
        (Err(expected), Err(found)) => {
            let (expected, found) = (told(expected), told(found));
            return (expected != found).then(|| format!("failure `{found}`, not `{expected}`,"));
        }
        (Ok(_), Err(found)) => return Some(format!("failure `{}`", told(found))),
        (Err(expected), Ok(_)) => return Some(format!("no failure `{}`", told(expected))),
    };
    let types = |batch: &RecordBatch| {
        let schema = batch.schema();
        let each = schema.fields().iter();
        each.map(|field| (field.name().clone(), field.data_type().clone())).collect::<Vec<_>>()
    };
    for batch in found {
        if types(batch) != types(expected) {
            return Some(format!("schema {:?}, not {:?},", types(batch), types(expected)));
        }
    }
    let found = match concat_batches(
        &expected.schema(),
        found.iter().map(loosened(expected)).collect::<Vec<_>>().iter(),
    ) {
        Ok(found) => found,
        Err(_) => return Some("nullability".to_owned()),
    };
    if sorted_rows(&found) != sorted_rows(expected) {
        let (found, expected) = (found.num_rows(), expected.num_rows());
        return Some(format!("content ({found} rows against {expected})"));
    }
    match plan {
        Plan::Sort { by, .. } if key_rows(&found, by) != key_rows(expected, by) => {
            Some("order".to_owned())
        }
        _ => None,
    }
}

/// The same columns under the expected schema: whether a column is declared nullable is left to the engine.
fn loosened(expected: &RecordBatch) -> impl Fn(&RecordBatch) -> RecordBatch {
    let schema = expected.schema();
    move |batch| batch.clone().with_schema(Arc::clone(&schema)).unwrap_or_else(|_| batch.clone())
}

/// A failure without its chain's text, with the kernel's own reason.
fn told(error: &ComputeError) -> String {
    let mut text = error.to_string();
    if let ComputeError::Kernel { source, .. } = error {
        let _ = write!(text, ": {source}");
    }
    text
}

fn sorted_rows(batch: &RecordBatch) -> Vec<Vec<u8>> {
    let mut all = encoded(batch);
    all.sort_unstable();
    all
}

fn key_rows(batch: &RecordBatch, by: &[String]) -> Vec<Vec<u8>> {
    let schema = batch.schema();
    let at: Vec<usize> = by.iter().filter_map(|name| schema.index_of(name).ok()).collect();
    batch.project(&at).map(|keys| encoded(&keys)).unwrap_or_default()
}

fn encoded(batch: &RecordBatch) -> Vec<Vec<u8>> {
    if batch.num_columns() == 0 {
        return vec![Vec::new(); batch.num_rows()];
    }
    let rows = oracle::converter(batch).and_then(|converter| oracle::rows(&converter, batch));
    rows.map(|rows| rows.iter().map(|row| row.as_ref().to_vec()).collect()).unwrap_or_default()
}
