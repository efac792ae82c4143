use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use sudare_engine::{Embedded, Limits};
use sudare_store::compute::{
    Compute, ComputeError, KEEP, Kernel, KernelCall, KernelError, KernelRegistry, KeyRing, Plan,
};
use sudare_testkit::conformance::Bench;

fn embedded(bench: &Bench, kernels: KernelRegistry, limits: Limits) -> Embedded {
    let oracle = bench.oracle();
    Embedded::new(oracle.vault.object_store(), kernels, Arc::clone(&oracle.keys), limits).unwrap()
}

fn limits(memory_bytes: usize, partitions: usize) -> Limits {
    Limits { memory_bytes, partitions: NonZeroUsize::new(partitions).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_engine_answers_as_the_oracle_does() {
    let bench = Bench::new().await.unwrap();
    assert!(bench.plans().len() > 100);
    bench.conforms(&embedded(&bench, Bench::kernels(), limits(64 << 20, 3))).await.unwrap();
}

#[tokio::test]
async fn what_does_not_fit_into_memory_fails_and_says_so() {
    let bench = Bench::new().await.unwrap();
    let engine = embedded(&bench, Bench::kernels(), limits(16, 1));
    let sorts = |plan: &&Plan| matches!(plan, Plan::Sort { by, .. } if by.len() > 3);
    let rows = |plan: &Plan| bench.oracle().answer(plan).map_or(0, |all| all.num_rows());
    let plan = bench.plans().iter().filter(sorts).find(|plan| rows(plan) > 9).unwrap();
    let failed = match engine.run(plan).await {
        Ok(stream) => stream.try_collect::<Vec<_>>().await.unwrap_err(),
        Err(failed) => failed,
    };
    assert_eq!(failed.to_string(), "the engine failed while computing within its memory limit");
}

/// Counts the rows it sees, and keeps them all.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Kernel for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn output(&self, input: &Schema, _: &str) -> Result<Schema, KernelError> {
        let keep = Arc::new(Field::new(KEEP, DataType::Boolean, true));
        Ok(Schema::new(input.fields().iter().cloned().chain([keep]).collect::<Vec<_>>()))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        _: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        self.0.fetch_add(batch.num_rows(), Ordering::Relaxed);
        let keep: ArrayRef = Arc::new(BooleanArray::from(vec![true; batch.num_rows()]));
        let columns = batch.columns().iter().cloned().chain([keep]).collect();
        let schema = self.output(&batch.schema(), params)?;
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| KernelError::Batch)
    }
}

#[tokio::test]
async fn a_kernel_sees_every_row_once() {
    let bench = Bench::new().await.unwrap();
    let counting = Arc::new(Counting::default());
    let kernels = KernelRegistry::default().with(Arc::clone(&counting) as Arc<dyn Kernel>);
    let engine = embedded(&bench, kernels, limits(64 << 20, 2));
    let scans = bench.plans().iter().filter(|plan| matches!(plan, Plan::Scan { .. }));
    for scan in scans.filter_map(|scan| Some((scan, bench.oracle().answer(scan).ok()?))) {
        let (scan, rows) = (scan.0, scan.1.num_rows());
        let call = KernelCall { kernel: "counting".to_owned(), params: String::new() };
        let map = Plan::Map { input: Box::new(scan.clone()), call };
        let by = vec!["subject".to_owned()];
        let plan = Plan::Sort { input: Box::new(map), by };
        counting.0.store(0, Ordering::Relaxed);
        let _: Vec<_> = engine.run(&plan).await.unwrap().try_collect().await.unwrap();
        assert_eq!(counting.0.load(Ordering::Relaxed), rows, "{plan:?}");
    }
}

#[tokio::test]
async fn an_unreadable_table_fails_without_a_word_of_it() {
    let bench = Bench::new().await.unwrap();
    let engine = embedded(&bench, Bench::kernels(), limits(64 << 20, 2));
    for entry in walk(bench.home()) {
        let mut bytes = std::fs::read(&entry).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&entry, bytes).unwrap();
    }
    let scan = bench.plans().iter().find(|plan| matches!(plan, Plan::Scan { .. })).unwrap();
    let failed = match engine.run(scan).await {
        Ok(stream) => stream.try_collect::<Vec<_>>().await.unwrap_err(),
        Err(failed) => failed,
    };
    assert!(matches!(failed, ComputeError::Engine { .. }));
    assert!(std::error::Error::source(&failed).is_none());
}

fn walk(home: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![home.join("vault")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                found.push(path);
            }
        }
    }
    found
}
