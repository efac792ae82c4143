//! The vault and the embedded engine.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::AsArray;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use sudare_engine::{Embedded, Limits};
use sudare_model::{DatasetId, LevelName};
use sudare_store::compute::{
    Compute, JoinKind, Kernel, KernelCall, KernelError, KernelRegistry, KeyRing, Plan, TableRef,
};
use sudare_store::keys::SiteKeys;
use sudare_store::vault::{Shelf, Vault, VaultError};

use super::{Done, rows, tell};

const SHELF: Shelf = Shelf::Content(LevelName::Cleared);

pub(super) async fn measure(count: usize) -> Done<()> {
    let home = tempfile::tempdir()?;
    let keys = Arc::new(SiteKeys::create(home.path())?);
    let vault = Vault::open(home.path(), Arc::clone(&keys))?;
    let dataset = DatasetId::parse("measured")?;
    let start = Instant::now();
    let draft = vault.create(SHELF, &dataset)?;
    let whole: Vec<RecordBatch> = rows::batches(count).collect::<Done<_>>()?;
    tell("make rows in memory", count, 0, start.elapsed().as_secs_f64())?;
    let start = Instant::now();
    std::thread::scope(|scope| {
        let halves = whole.chunks(whole.len().div_ceil(2));
        let writers: Vec<_> = halves
            .map(|half| {
                let batches = half.iter().cloned().map(Ok::<_, VaultError>);
                let draft = &draft;
                scope.spawn(move || draft.append("rows", &rows::schema(), batches))
            })
            .collect();
        writers.into_iter().try_for_each(|writer| {
            writer
                .join()
                .map_err(|_| "a writer died")?
                .map_err(Into::<Box<dyn std::error::Error + Send + Sync>>::into)
        })
    })?;
    let links = rows::links(count)?;
    draft.append("link", &links.schema(), [Ok::<_, VaultError>(links)])?;
    let manifest = draft.commit().await?;
    let bytes: u64 = manifest.files().iter().map(|file| file.bytes).sum();
    drop(whole);
    tell("vault: write, two threads, committed", count, bytes, start.elapsed().as_secs_f64())?;
    let table = vault.table(SHELF, &dataset, "rows").await?;
    let link = vault.table(SHELF, &dataset, "link").await?;
    let start = Instant::now();
    vault.verify(SHELF, &dataset)?;
    tell("vault: verify", count, bytes, start.elapsed().as_secs_f64())?;
    let start = Instant::now();
    let read: usize =
        vault.read(&table).map(|batch| Ok(batch?.num_rows())).sum::<Result<_, VaultError>>()?;
    tell("vault: read, one thread, no engine", read, bytes, start.elapsed().as_secs_f64())?;

    let kernels = KernelRegistry::default().with(Arc::new(Half));
    let engine = Embedded::new(vault.object_store(), kernels, keys, Limits::of_machine(2 << 30))?;
    for (what, plan) in plans(&table, &link) {
        let start = Instant::now();
        let mut stream = engine.run(&plan).await?;
        let mut answer = 0;
        while let Some(batch) = stream.try_next().await? {
            answer += batch.num_rows();
        }
        let what = format!("engine: {what} ({answer} rows)");
        tell(&what, count, bytes, start.elapsed().as_secs_f64())?;
    }
    Ok(())
}

fn plans(table: &TableRef, link: &TableRef) -> Vec<(&'static str, Plan)> {
    let scan = |table: &TableRef| {
        let columns = table.schema.fields().iter().map(|field| field.name().clone()).collect();
        Plan::Scan { table: table.clone(), columns }
    };
    let text = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let join = Plan::Join {
        left: Box::new(scan(table)),
        right: Box::new(scan(link)),
        on: vec![("subject".to_owned(), "subject".to_owned())],
        kind: JoinKind::Inner,
    };
    let call = KernelCall { kernel: "half".to_owned(), params: String::new() };
    let map = Plan::Map { input: Box::new(join.clone()), call };
    let by = text(&["person", "day"]);
    let sort = Plan::Sort { input: Box::new(map.clone()), by };
    let keys = text(&["code", "provider_id"]);
    let count = Plan::CountGroups { input: Box::new(map.clone()), keys };
    vec![
        ("scan", scan(table)),
        ("scan, join", join),
        ("scan, join, map", map),
        ("scan, join, map, count groups", count),
        ("scan, join, map, sort", sort),
    ]
}

/// Keeps every second row by its key: as cheap as a kernel can be.
#[derive(Debug)]
struct Half;

impl Kernel for Half {
    fn name(&self) -> &'static str {
        "half"
    }

    fn output(&self, input: &Schema, _: &str) -> Result<Schema, KernelError> {
        let keep = arrow::datatypes::Field::new("keep", arrow::datatypes::DataType::Boolean, true);
        let fields = input.fields().iter().cloned().chain([Arc::new(keep)]);
        Ok(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        _: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let absent = || KernelError::Column("key".to_owned());
        let keys = batch.column_by_name("key").ok_or_else(absent)?;
        let keys = keys.as_primitive::<arrow::datatypes::Int64Type>();
        let keep: arrow::array::BooleanArray =
            keys.values().iter().map(|key| Some(key % 2 == 0)).collect();
        let keep: arrow::array::ArrayRef = Arc::new(keep);
        let columns = batch.columns().iter().cloned().chain([keep]).collect();
        RecordBatch::try_new(Arc::new(self.output(&batch.schema(), params)?), columns)
            .map_err(|_| KernelError::Batch)
    }
}
