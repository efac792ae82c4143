//! Writing the tables of a release: the cohort first, then every table of events joined with it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use futures::StreamExt as _;
use sudare_deident::certificate::{LedgerPlace, Statement, statement};
use sudare_deident::cohort::{Cohort, CohortBuilder, Risk};
use sudare_deident::kernel::part::Part;
use sudare_deident::policy::TablePolicy;
use sudare_deident::release::{ReleaseError, TableSummary};
use sudare_deident::risk::WholeLattice;
use sudare_deident::story::{Door, Input, Outputs, RegisterState, Story};
use sudare_deident::survey::Account;
use sudare_deident::{Earlier, Policy, Survey, TableWriter, documents, kernel, plan};
use sudare_engine::{Embedded, Limits};
use sudare_ledger::record;
use sudare_model::table::Table;
use sudare_model::{Digest, LevelName, Rule, Track};
use sudare_store::compute::{Compute as _, KernelRegistry, Plan, TableRef};
use sudare_store::vault::{Shelf, VaultError};

use super::books;
use super::keys::BuildKeys;
use super::release::Draft;
use super::sources::Sources;
use crate::answer::Counts;
use crate::error::{ActError, Doing as _};
use crate::progress::{Progress, Unit};
use crate::site::{Site, dataset_id};

/// What joins and sorts of one plan may hold.
const ENGINE_BYTES_MAX: usize = 3 << 29;
/// What one sort should hold: a third of what it may, because [`ROW_BYTES`] is a guess.
const SORTED_BYTES: u64 = 1 << 29;
/// What a row to be sorted takes beside its free text: dates, numbers, codes by their dictionaries' numbers, and the
/// person's id, written out. For acts it was about 220, by what the process grew while they were sorted.
const ROW_BYTES: u64 = 256;
/// Table of the cohort while a dataset is built.
const COHORT: &str = "cohort";

/// A build under way.
pub(super) struct Making<'a> {
    pub(super) site: &'a Site,
    pub(super) policy: &'a Policy,
    pub(super) sources: &'a Sources<'a>,
    pub(super) earlier: &'a Earlier,
    pub(super) keys: &'a BuildKeys,
    pub(super) progress: &'a dyn Progress,
}

/// What was written.
pub(super) struct Written {
    pub(super) outputs: Outputs,
    pub(super) statement: Statement,
    pub(super) rows: Counts,
    pub(super) persons: Counts,
    pub(super) k: Option<Counts>,
    /// The register state that it was made under.
    pub(super) epoch: u64,
    removed: Counts,
    book: Option<Digest>,
}

impl Written {
    /// What the ledger records of it.
    pub(super) fn verdict(&self, policy: &Policy) -> record::Verdict {
        let k = self.k.as_ref().and_then(|k| k.get("k_measured").copied());
        record::Verdict {
            epoch: self.epoch,
            track: policy.spec.track,
            project: Some(policy.spec.project.clone()),
            policy: policy.spec.digest,
            k,
            // Prosecutor risk of the smallest class.
            risk_ppm: k.map(|k| 1_000_000 / k.max(1)),
            removed: self.removed.clone(),
            cohort: self.book,
        }
    }
}

impl Making<'_> {
    /// Decides the cohort and writes nothing.
    pub(super) fn dry_run(&self) -> Result<Risk, ActError> {
        Ok(self.cohort(&self.engine()?)?.risk)
    }

    /// Writes every file but the certificate.
    pub(super) fn write(
        &self,
        draft: &mut Draft,
        inputs: &[Input],
        door: &Door,
    ) -> Result<Written, ActError> {
        let engine = self.engine()?;
        let cohort = self.cohort(&engine)?;
        let cohort_id = dataset_id(&format!("cohort-{}", short(&self.policy.spec.id.to_string())))?;
        let shelf = Shelf::Content(LevelName::Linked);
        self.site.vault.erase(shelf, &cohort_id).doing("sweeping an earlier cohort")?;
        let beside = self.keep(&cohort, &cohort_id)?;
        let mut tables = vec![self.people(&cohort, draft)?];
        let mut accounts = BTreeMap::new();
        let events: Vec<&TablePolicy> = self.policy.events().collect();
        self.progress.begin("de-identifying", Some(events.len() as u64), Unit::Tables);
        for table in events {
            let (summary, account) = self.events(&engine, table, &beside, draft)?;
            tables.push(summary);
            accounts.insert(table.table.name.to_owned(), account);
            self.progress.advance(1);
        }
        self.progress.end();
        self.site.vault.erase(shelf, &cohort_id).doing("forgetting the cohort")?;
        let id = &self.policy.spec.id;
        let book = match self.policy.spec.track {
            Track::Anonymised => Some(books::keep(self.site, &cohort, id)?),
            Track::Pseudonymised => None,
        };
        let told = self.tell(&cohort.risk, &tables, &accounts, inputs, door, draft)?;
        Ok(Written { book, ..told })
    }

    fn engine(&self) -> Result<Embedded, ActError> {
        let kernels = kernel::register(KernelRegistry::default());
        let limits = Limits::of_machine(ENGINE_BYTES_MAX);
        let vault = self.site.vault.object_store();
        Embedded::new(vault, kernels, Arc::new(self.keys.clone()), limits)
            .doing("starting the engine")
    }

    /// Runs a plan and gives each batch to `each`.
    fn run(
        &self,
        engine: &Embedded,
        plan: &Plan,
        mut each: impl FnMut(RecordBatch) -> Result<(), ActError>,
    ) -> Result<(), ActError> {
        let runtime = &self.site.runtime;
        let mut stream = runtime.block_on(engine.run(plan)).doing("planning")?;
        while let Some(batch) = runtime.block_on(stream.next()) {
            each(batch.doing("computing")?)?;
        }
        Ok(())
    }

    fn cohort(&self, engine: &Embedded) -> Result<Cohort, ActError> {
        let track = self.policy.spec.track;
        let person =
            Table::named("person").ok_or_else(|| ActError::usage("tables", "no person"))?;
        let person = self.sources.table(person)?;
        let mut builder = CohortBuilder::new(self.policy);
        self.run(engine, &plan::people(&person, &self.sources.link), |batch| {
            let batch = self.sources.without_stopped(track, &batch)?;
            builder.people(&batch).doing("reading persons")
        })?;
        self.run(engine, &plan::links(&self.sources.link), |batch| {
            let stopped = self.sources.stopped(track, &batch)?;
            builder.stopped(&stopped).doing("reading links")?;
            let batch = self.sources.without_stopped(track, &batch)?;
            builder.links(&batch).doing("reading links")
        })?;
        builder
            .decide(self.policy, self.earlier, &WholeLattice)
            .map_err(|why| ActError::refused(why.rule(), why.to_string()))
    }

    /// Keeps the cohort beside the linked data while events are joined with it.
    fn keep(&self, cohort: &Cohort, id: &sudare_model::DatasetId) -> Result<TableRef, ActError> {
        let shelf = Shelf::Content(LevelName::Linked);
        let draft = self.site.vault.create(shelf, id).doing("beginning the cohort")?;
        let mut writer = draft.writer(COHORT, &Cohort::schema()).doing("beginning the cohort")?;
        for batch in cohort.table() {
            writer.write(&batch.doing("writing the cohort")?).doing("writing the cohort")?;
        }
        writer.finish().doing("writing the cohort")?;
        self.site
            .runtime
            .block_on(async {
                draft.commit().await?;
                self.site.vault.table(shelf, id, COHORT).await
            })
            .map_err(|error: VaultError| error)
            .doing("keeping the cohort")
    }

    fn people(&self, cohort: &Cohort, draft: &mut Draft) -> Result<TableSummary, ActError> {
        let schema = Cohort::people_schema(self.policy.spec.track);
        let mut writer =
            TableWriter::open(self.policy, "person", &schema, draft).map_err(refusal)?;
        let people = cohort.people(self.keys, self.keys.id()).doing("naming persons")?;
        for batch in people {
            writer.write(&batch).map_err(refusal)?;
        }
        writer.close().map_err(refusal)
    }

    fn events(
        &self,
        engine: &Embedded,
        table: &TablePolicy,
        cohort: &TableRef,
        draft: &mut Draft,
    ) -> Result<(TableSummary, Account), ActError> {
        let content = self.sources.table(table.table)?;
        let key = self.keys.id();
        let mut survey = Survey::new(self.policy, table);
        let plan = plan::survey(self.policy, table, &content, cohort, key);
        let mut bytes = 0;
        self.run(engine, &plan, |batch| {
            bytes += weight(&batch);
            survey.add(&batch).doing("surveying a table")
        })?;
        let (decisions, account) = survey.decide();
        let schema =
            plan::released_schema(self.policy, table, &content.schema).doing("planning a table")?;
        let mut writer =
            TableWriter::open(self.policy, table.table.name, &schema, draft).map_err(refusal)?;
        // A table is sorted a part of the persons at a time: more people make more parts, not more memory.
        for part in Part::all(parts(bytes)) {
            let plan = plan::release(self.policy, table, &content, cohort, key, &decisions, part);
            self.run(engine, &plan, |batch| writer.write(&batch).map_err(refusal))?;
        }
        Ok((writer.close().map_err(refusal)?, account))
    }

    fn tell(
        &self,
        risk: &Risk,
        tables: &[TableSummary],
        accounts: &BTreeMap<String, Account>,
        inputs: &[Input],
        door: &Door,
        draft: &mut Draft,
    ) -> Result<Written, ActError> {
        // Reading may have taken long: who has asked to stop meanwhile?
        let epoch = self.sources.look_again(self.policy.spec.track)?;
        let story = Story {
            policy: self.policy,
            risk,
            tables,
            accounts,
            register: RegisterState { epoch, read_at: self.site.clock.now() },
            inputs,
            door,
            code_version: env!("CARGO_PKG_VERSION"),
        };
        let outputs = documents::write(&story, draft).map_err(refusal)?;
        let nowhere = LedgerPlace {
            origin: String::new(),
            index: 0,
            tree_size: 0,
            entry: String::new(),
            proof: Vec::new(),
            checkpoint: String::new(),
        };
        let rows = tables.iter().map(|table| (table.name.clone(), table.rows)).collect();
        Ok(Written {
            statement: statement(&story, &outputs, &nowhere),
            outputs,
            rows,
            persons: persons(risk),
            k: self.policy.goal().map(|goal| super::k_counts(goal.k, risk.after.smallest)),
            epoch,
            removed: removed(risk),
            book: None,
        })
    }
}

/// What the rows of a batch take while they are sorted. It depends on the rows alone and not on how they were cut into
/// batches: so do the parts, and by them the bytes of the release.
fn weight(batch: &RecordBatch) -> u64 {
    let length = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().iter().flatten().map(str::len).sum(),
        DataType::Utf8View => column.as_string_view().iter().flatten().map(str::len).sum(),
        _ => 0usize,
    };
    let texts: usize = batch.columns().iter().map(length).sum();
    batch.num_rows() as u64 * ROW_BYTES + texts as u64
}

/// In how many parts so many bytes are sorted.
fn parts(bytes: u64) -> NonZeroU32 {
    let parts = u32::try_from(bytes.div_ceil(SORTED_BYTES)).unwrap_or(u32::MAX);
    NonZeroU32::new(parts).unwrap_or(NonZeroU32::MIN)
}

/// Persons in, suppressed, out.
pub(super) fn persons(risk: &Risk) -> Counts {
    Counts::from([
        ("in".to_owned(), risk.persons),
        ("suppressed".to_owned(), risk.suppressed),
        ("out".to_owned(), risk.persons.saturating_sub(risk.suppressed)),
    ])
}

/// Persons left out, by the rule.
fn removed(risk: &Risk) -> Counts {
    let earlier = risk.earlier.as_ref().map_or(0, |earlier| earlier.suppressed);
    let mut removed = Counts::from([(
        Rule::RiskTooHigh.id().to_owned(),
        risk.suppressed.saturating_sub(earlier),
    )]);
    if earlier > 0 {
        removed.insert(Rule::EarlierReleases.id().to_owned(), earlier);
    }
    removed
}

/// What a writer of the release says: a rule that refuses, or a failure.
fn refusal(error: ReleaseError) -> ActError {
    match &error {
        ReleaseError::IdentificationCode { rule, .. } | ReleaseError::BelowK { rule, .. } => {
            ActError::refused(*rule, error.to_string())
        }
        _ => ActError::Failed { doing: "writing the release".to_owned(), source: error.into() },
    }
}

/// The first 48 characters: an id with a word before it still fits.
fn short(id: &str) -> String {
    id.chars().take(48).collect()
}
