//! Deliveries from folders and from bytes, read in one go.

use std::path::{Path, PathBuf};

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use sudare_identity::SourcePatientId;
use sudare_intake::{
    Choice, Context, Counts, Gate, MemoryFiles, OpenGate, Sender, UnitOutcome, WorkPlan, plan,
    read_unit,
};
use sudare_model::{DeliveryId, Finding, ProviderId, SubjectKey};

pub(crate) fn context() -> Context {
    Context {
        provider: ProviderId::parse("hospital-1").unwrap(),
        delivery: DeliveryId::parse("d1").unwrap(),
    }
}

/// A subject without a key: good for tests only.
pub(crate) fn subject(patient: &SourcePatientId) -> SubjectKey {
    let mut bytes = [0u8; 16];
    for (at, byte) in patient.number().reveal().bytes().enumerate() {
        bytes[at % 16] = bytes[at % 16].wrapping_mul(31).wrapping_add(byte);
    }
    SubjectKey::from_bytes(bytes)
}

pub(crate) struct Everything {
    pub(crate) plan: WorkPlan,
    pub(crate) outcomes: Vec<UnitOutcome>,
    pub(crate) counts: Counts,
}

impl Everything {
    pub(crate) fn findings(&self) -> Vec<&Finding> {
        let units = self.outcomes.iter().flat_map(|outcome| &outcome.findings);
        self.plan.findings.iter().chain(units).collect()
    }

    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.counts.rows.get(table).copied().unwrap_or(0)
    }

    /// Every row of every table as text, without identity: `table|column=value|…`.
    pub(crate) fn content(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for outcome in &self.outcomes {
            for (table, batch) in &outcome.content {
                rows.extend(print(table.name, batch));
            }
        }
        rows
    }

    pub(crate) fn identity(&self) -> Vec<String> {
        let batches = self.outcomes.iter().filter_map(|outcome| outcome.identity.as_ref());
        batches.flat_map(|batch| print("identity", batch)).collect()
    }
}

fn print(table: &str, batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default();
    let schema = batch.schema();
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| {
            (field.name().clone(), array, ArrayFormatter::try_new(array, &options).unwrap())
        })
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            let mut text = table.to_owned();
            for (name, array, formatter) in &columns {
                if array.is_valid(row) {
                    text.push_str(&format!("|{name}={}", formatter.value(row)));
                }
            }
            text
        })
        .collect()
}

pub(crate) fn read_with(
    files: Vec<(String, Vec<u8>)>,
    choice: Choice,
    gate: &dyn Gate,
) -> Everything {
    let files = MemoryFiles::new(files);
    let context = context();
    let plan = plan(&files, &Sender::UNKNOWN, choice);
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, gate, &context)).collect();
    let mut counts = plan.counts.clone();
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    Everything { plan, outcomes, counts }
}

pub(crate) fn read(files: Vec<(String, Vec<u8>)>) -> Everything {
    read_with(files, Choice::Auto, &OpenGate::new(subject))
}

/// The folder of shared samples; says so where it is absent.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no shared sample {folder}");
    None
}

pub(crate) fn load(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files
}
