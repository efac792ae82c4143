//! A whole build, step by step as the composition does it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sudare_deident::certificate::{LedgerPlace, certify};
use sudare_deident::cohort::CohortError;
use sudare_deident::kernel::part::Part;
use sudare_deident::release::{ReleaseError, TableSummary};
use sudare_deident::risk::WholeLattice;
use sudare_deident::story::{Door, Input, Refused, RegisterState};
use sudare_deident::{
    Cohort, CohortBuilder, Earlier, Outputs, Policy, Rules, Spec, Story, Survey, TableWriter,
    documents, plan,
};
use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, Digest, ProviderId, Rule, Track};
use sudare_store::compute::Plan;

use crate::engine::{Engine, Keys, one};
use crate::files::{Folder, TestKey};
use crate::people::Linked;

pub(crate) const ANONYMISED: &str = r#"
format = "sudare-dataset-1"
id = "diabetes-a"
track = "anonymised"
project = "p1"
tables = ["person", "condition_occurrence", "measurement"]
from = 2024-04-01
until = 2025-03-31
"#;

pub(crate) const PSEUDONYMISED: &str = r#"
format = "sudare-dataset-1"
id = "diabetes-p"
track = "pseudonymised"
project = "p1"
tables = ["person", "condition_occurrence", "measurement"]
from = 2024-04-01
until = 2025-03-31
"#;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Cohort(#[from] CohortError),
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

/// What a build leaves.
pub(crate) struct Built {
    pub(crate) folder: Folder,
    pub(crate) outputs: Outputs,
    pub(crate) plans: Vec<Plan>,
    pub(crate) risk: sudare_deident::cohort::Risk,
    pub(crate) book: Vec<RecordBatch>,
}

pub(crate) fn policy(spec: &str) -> Policy {
    let rules = Rules::of_2024().unwrap();
    let spec = Spec::parse(spec, &rules).unwrap();
    Policy::new(spec, rules, Day::from_ymd(2025, 4, 1).unwrap())
}

pub(crate) fn place() -> LedgerPlace {
    LedgerPlace {
        origin: "sudare.test/log".to_owned(),
        index: 7,
        tree_size: 8,
        entry: "ZW50cnk=".to_owned(),
        proof: vec!["aGFzaA==".to_owned()],
        checkpoint: "note".to_owned(),
    }
}

/// Builds with this key and these batches.
pub(crate) fn build(
    spec: &str,
    linked: &Linked,
    key: &[u8],
    batch_rows: usize,
) -> Result<Built, Failed> {
    build_after(&Earlier::default(), spec, linked, key, batch_rows)
}

/// Builds beside the books of earlier releases.
pub(crate) fn build_after(
    earlier: &Earlier,
    spec: &str,
    linked: &Linked,
    key: &[u8],
    batch_rows: usize,
) -> Result<Built, Failed> {
    let policy = policy(spec);
    let mut engine = Engine::new(Keys::default().with("k", key), batch_rows);
    let link = linked.link_batch();
    let link = engine.put("link", link.schema(), vec![link]);
    let content: BTreeMap<&str, _> = policy
        .tables
        .iter()
        .map(|one| {
            let batch = linked.batch(one.table);
            (one.table.name, engine.put(one.table.name, batch.schema(), vec![batch]))
        })
        .collect();
    let mut plans = vec![plan::people(&content["person"], &link), plan::links(&link)];
    let mut builder = CohortBuilder::new(&policy);
    engine.run(&plans[0]).iter().for_each(|batch| builder.people(batch).unwrap());
    engine.run(&plans[1]).iter().for_each(|batch| builder.links(batch).unwrap());
    let cohort = builder.decide(&policy, earlier, &WholeLattice)?;
    let rows = cohort.table().collect::<Result<Vec<_>, _>>()?;
    let cohort_ref = engine.put("cohort", Cohort::schema(), rows);

    let mut folder = Folder::default();
    let people = cohort.people(&engine.keys, "k")?;
    let shape = Cohort::people_schema(policy.spec.track);
    let mut tables: Vec<TableSummary> =
        vec![written(&policy, "person", &shape, &people, &mut folder)?];
    let mut accounts = BTreeMap::new();
    for table in policy.events() {
        let name = table.table.name;
        let mut survey = Survey::new(&policy, table);
        let read = plan::survey(&policy, table, &content[name], &cohort_ref, "k");
        engine.run(&read).iter().for_each(|batch| survey.add(batch).unwrap());
        let (decisions, account) = survey.decide();
        accounts.insert(name.to_owned(), account);
        let leave = |part| {
            plan::release(&policy, table, &content[name], &cohort_ref, "k", &decisions, part)
        };
        let batches = engine.run(&leave(Part::WHOLE));
        in_parts(&batches, &leave, &engine);
        let shape = plan::released_schema(&policy, table, &content[name].schema).unwrap();
        tables.push(written(&policy, name, &shape, &batches, &mut folder)?);
        plans.extend([read, leave(Part::WHOLE)]);
    }
    let inputs = [Input { name: "linked-1".to_owned(), digest: Digest::from_bytes([5; 32]) }];
    let door = door();
    let story = Story {
        policy: &policy,
        risk: &cohort.risk,
        tables: &tables,
        accounts: &accounts,
        register: RegisterState { epoch: 12, read_at: Instant::from_unix(1_743_500_000) },
        inputs: &inputs,
        door: &door,
        code_version: "0.1.0",
    };
    let outputs = documents::write(&story, &mut folder)?;
    certify(&story, &outputs, &place(), &TestKey::default(), &mut folder).unwrap();
    let book = cohort.book().collect::<Result<Vec<_>, _>>()?;
    Ok(Built { folder, outputs, plans, risk: cohort.risk, book })
}

/// The rows of the parts, one after the other, are those of the whole.
fn in_parts(whole: &[RecordBatch], leave: &dyn Fn(Part) -> Plan, engine: &Engine) {
    let parts = Part::all(NonZeroU32::new(3).unwrap());
    let parts: Vec<RecordBatch> = parts.flat_map(|part| engine.run(&leave(part))).collect();
    let Some(first) = whole.iter().chain(&parts).next() else { return };
    let schema = first.schema();
    let rows = |batches: &[RecordBatch]| {
        let batch = concat_batches(&schema, batches).unwrap();
        let columns = batch.columns().iter();
        // Dictionaries may be numbered otherwise.
        let plain = columns.map(|column| match column.data_type() {
            DataType::Dictionary(_, values) => cast(column, values).unwrap(),
            _ => Arc::clone(column),
        });
        plain.collect::<Vec<_>>()
    };
    assert_eq!(rows(&parts), rows(whole));
}

fn door() -> Door {
    let refused = |provider: &str, rule, track, units| Refused {
        provider: ProviderId::parse(provider).unwrap(),
        rule,
        track: Some(track),
        units,
    };
    Door {
        units: Some(1000),
        refused_whole: 12,
        subjects: 800,
        refused: vec![
            refused("hospital-0", Rule::WaitingPeriod, Track::Anonymised, 10),
            refused("hospital-0", Rule::StopRequested, Track::Pseudonymised, 4),
            refused("hospital-1", Rule::StopRequested, Track::Anonymised, 3),
        ],
    }
}

/// The books of releases of this project, oldest first.
pub(crate) fn books(releases: &[&Built]) -> Earlier {
    let mut earlier = Earlier::default();
    for (at, release) in releases.iter().enumerate() {
        release.book.iter().for_each(|batch| earlier.read(batch).unwrap());
        earlier.close(DatasetId::parse(&format!("release-{at}")).unwrap());
    }
    earlier
}

fn written(
    policy: &Policy,
    name: &str,
    shape: &arrow::datatypes::SchemaRef,
    batches: &[RecordBatch],
    folder: &mut Folder,
) -> Result<TableSummary, ReleaseError> {
    let mut writer = TableWriter::open(policy, name, shape, folder)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()
}

impl Built {
    pub(crate) fn table(&self, name: &str) -> RecordBatch {
        let bytes: bytes::Bytes = self.folder.files()[&format!("{name}.parquet")].clone().into();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
        one(&reader.collect::<Result<Vec<_>, _>>().unwrap())
    }
}
