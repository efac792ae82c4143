//! Rows a second of each kernel, on one core. Run with
//! `cargo test --release -p sudare-deident --test deident -- --ignored --nocapture speed`.

use std::time::Instant;

use arrow::array::RecordBatch;
use sudare_deident::kernel::release::ReleaseKernel;
use sudare_deident::kernel::survey::SurveyKernel;
use sudare_deident::{Survey, TableWriter, plan};
use sudare_store::compute::{Kernel, Plan};

use crate::build::{ANONYMISED, policy};
use crate::engine::{Engine, Keys};
use crate::files::Folder;
use crate::people::{Linked, schema};

const BATCH: usize = 8192;

#[test]
#[ignore = "a measurement"]
fn speed() {
    let linked = Linked::region(20_000, 1);
    let policy = policy(ANONYMISED);
    let mut engine = Engine::new(Keys::default().with("k", b"key"), BATCH);
    let link = linked.link_batch();
    let link = engine.put("link", link.schema(), vec![link]);
    let person = linked.batch(policy.tables[0].table);
    let person = engine.put("person", schema(policy.tables[0].table), vec![person]);
    let started = Instant::now();
    let mut builder = sudare_deident::CohortBuilder::new(&policy);
    let people = engine.run(&plan::people(&person, &link));
    let links = engine.run(&plan::links(&link));
    people.iter().for_each(|batch| builder.people(batch).unwrap());
    links.iter().for_each(|batch| builder.links(batch).unwrap());
    let cohort =
        builder.decide(&policy, &Default::default(), &sudare_deident::risk::WholeLattice).unwrap();
    eprintln!("cohort: 20,000 persons in {:?}", started.elapsed());
    let rows = cohort.table().map(Result::unwrap).collect();
    let cohort = engine.put("cohort", sudare_deident::Cohort::schema(), rows);
    for name in ["condition_occurrence", "measurement"] {
        let table = policy.table(name).unwrap();
        let content = engine.put(name, schema(table.table), vec![linked.batch(table.table)]);
        let Plan::Map { input, call } = plan::survey(&policy, table, &content, &cohort, "k") else {
            panic!("a survey is a map");
        };
        let joined = engine.run(&input);
        let kernel = SurveyKernel::default();
        let surveyed = timed(&format!("{name} survey kernel"), &joined, |batch| {
            kernel.run(batch, &call.params, &engine.keys).unwrap()
        });
        let mut survey = Survey::new(&policy, table);
        timed(&format!("{name} survey count"), &surveyed, |batch| {
            survey.add(batch).unwrap();
            batch.slice(0, 0)
        });
        let (decisions, _) = survey.decide();
        let params = plan::params(&policy, table, "k", &decisions);
        let params = serde_json::to_string(&params).unwrap();
        let kernel = ReleaseKernel::default();
        let mut released = timed(&format!("{name} release kernel"), &joined, |batch| {
            kernel.run(batch, &params, &engine.keys).unwrap()
        });
        for batch in &mut released {
            batch.remove_column(batch.num_columns() - 1);
        }
        let mut folder = Folder::default();
        let shape = released[0].schema();
        let mut writer = TableWriter::open(&policy, name, &shape, &mut folder).unwrap();
        timed(&format!("{name} writer (Parquet, CSV, counts, scan)"), &released, |batch| {
            writer.write(batch).unwrap();
            batch.slice(0, 0)
        });
        writer.close().unwrap();
    }
}

fn timed(
    what: &str,
    batches: &[RecordBatch],
    mut act: impl FnMut(&RecordBatch) -> RecordBatch,
) -> Vec<RecordBatch> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let started = Instant::now();
    let out = batches.iter().map(&mut act).collect();
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{what}: {rows} rows, {:.2} M rows/s", rows as f64 / seconds / 1e6);
    out
}
