//! What a build reads: content of every cleared dataset, the link, and who has asked to stop since.

use std::collections::HashSet;

use arrow::array::{Array as _, BooleanArray, FixedSizeBinaryArray};
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use sudare_ledger::Dataset;
use sudare_ledger::level::{Cleared, Linked};
use sudare_model::table::Table;
use sudare_model::{DatasetId, LevelName, Rule, Track};
use sudare_store::compute::TableRef;
use sudare_store::schema::arrow_schema;
use sudare_store::vault::{Shelf, VaultError};

use crate::act::link::LINK;
use crate::error::{ActError, Doing as _};
use crate::site::Site;

/// The inputs of a build.
pub(crate) struct Sources<'a> {
    site: &'a Site,
    cleared: Vec<DatasetId>,
    /// Subject to person.
    pub(crate) link: TableRef,
    /// The register state that was read.
    pub(crate) epoch: u64,
    stopped: [HashSet<[u8; 16]>; 2],
}

impl<'a> Sources<'a> {
    /// Opens what a linked dataset was made from. Stop requests are read now, whenever the rows came in.
    pub(crate) fn of(site: &'a Site, linked: &Dataset<Linked>) -> Result<Self, ActError> {
        let epoch = site.ledger.epoch();
        let holding = site.ledger.holding(linked.id());
        let inputs = holding.map(|one| one.inputs).unwrap_or_default();
        let mut cleared = Vec::new();
        for id in inputs {
            let usable = site.ledger.dataset::<Cleared>(&id);
            cleared.push(usable.doing("opening a cleared dataset")?.id().clone());
        }
        let shelf = Shelf::Content(LevelName::Linked);
        let link = site.runtime.block_on(site.vault.table(shelf, linked.id(), LINK));
        let link = link.doing("opening the link")?;
        let mut stopped = [HashSet::new(), HashSet::new()];
        site.runtime
            .block_on(site.control.each_stop(None, &mut |stop| {
                for (track, set) in Track::ALL.into_iter().zip(&mut stopped) {
                    if stop.tracks.has(track) {
                        set.insert(*stop.subject.as_bytes());
                    }
                }
            }))
            .doing("reading stop requests")?;
        Ok(Self { site, cleared, link, epoch, stopped })
    }

    /// All rows of a clinical table, from every delivery; no file where nobody brought any.
    pub(crate) fn table(&self, table: &'static Table) -> Result<TableRef, ActError> {
        let mut all: Option<TableRef> = None;
        for id in &self.cleared {
            let shelf = Shelf::Content(LevelName::Cleared);
            let opened = self.site.runtime.block_on(self.site.vault.table(shelf, id, table.name));
            let opened = match opened {
                Err(VaultError::Absent { .. }) => continue,
                opened => opened.doing("opening a table")?,
            };
            match &mut all {
                None => all = Some(opened),
                Some(all) => all.files.extend(opened.files),
            }
        }
        let empty = || TableRef { schema: arrow_schema(table), files: Vec::new() };
        Ok(all.unwrap_or_else(empty))
    }

    /// The rows of a batch with a `subject` column, without those who have asked to stop on this track (R-OPT-06).
    pub(crate) fn without_stopped(
        &self,
        track: Track,
        batch: &RecordBatch,
    ) -> Result<RecordBatch, ActError> {
        let [anonymised, pseudonymised] = &self.stopped;
        let stopped = match track {
            Track::Anonymised => anonymised,
            Track::Pseudonymised => pseudonymised,
        };
        if stopped.is_empty() {
            return Ok(batch.clone());
        }
        let refused = || ActError::refused(Rule::StopRequested, "rows without a subject");
        let subjects = batch
            .column_by_name("subject")
            .and_then(|column| column.as_any().downcast_ref::<FixedSizeBinaryArray>())
            .ok_or_else(refused)?;
        let goes_on = |subject: Option<&[u8]>| subject.is_some_and(|one| !stopped.contains(one));
        let keep: BooleanArray = subjects.iter().map(|one| Some(goes_on(one))).collect();
        filter_record_batch(batch, &keep).doing("leaving out who has asked to stop")
    }
}
