//! What a build reads: content of every cleared dataset, the link, and who has asked to stop since.

use std::cell::RefCell;
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
use crate::act::stop;
use crate::error::{ActError, Doing as _};
use crate::replaced::{self, Replaced, Rows};
use crate::site::{Site, dataset_id};

/// The table of a copy.
const LIVE: &str = "live";

/// The inputs of a build.
pub(crate) struct Sources<'a> {
    site: &'a Site,
    cleared: Vec<DatasetId>,
    /// Subject to person.
    pub(crate) link: TableRef,
    stopped: Stopped,
    /// Files whose rows no longer count.
    replaced: Replaced,
    /// Datasets made here for the build alone: tables without the rows of replaced files.
    made: RefCell<Vec<DatasetId>>,
}

/// Who has asked to stop, by subject key, on each track.
struct Stopped {
    anonymised: HashSet<[u8; 16]>,
    pseudonymised: HashSet<[u8; 16]>,
}

impl Stopped {
    /// Reads the stop requests as they stand, those that waited in the letterbox among them.
    fn read(site: &Site) -> Result<Self, ActError> {
        stop::heed(site)?;
        let (mut anonymised, mut pseudonymised) = (HashSet::new(), HashSet::new());
        site.runtime
            .block_on(site.control.each_stop(None, &mut |stop| {
                for (track, set) in [
                    (Track::Anonymised, &mut anonymised),
                    (Track::Pseudonymised, &mut pseudonymised),
                ] {
                    if stop.tracks.has(track) {
                        set.insert(*stop.subject.as_bytes());
                    }
                }
            }))
            .doing("reading stop requests")?;
        Ok(Self { anonymised, pseudonymised })
    }

    const fn on(&self, track: Track) -> &HashSet<[u8; 16]> {
        match track {
            Track::Anonymised => &self.anonymised,
            Track::Pseudonymised => &self.pseudonymised,
        }
    }
}

impl<'a> Sources<'a> {
    /// Opens what a linked dataset was made from. Stop requests are read now, whenever the rows came in.
    pub(crate) fn of(site: &'a Site, linked: &Dataset<Linked>) -> Result<Self, ActError> {
        let stopped = Stopped::read(site)?;
        let mut cleared = Vec::new();
        for one in site.ledger.made_from(linked.id(), LevelName::Cleared) {
            let usable = site.ledger.dataset::<Cleared>(&one.dataset);
            cleared.push(usable.doing("opening a cleared dataset")?.id().clone());
        }
        let shelf = Shelf::Content(LevelName::Linked);
        let link = site.runtime.block_on(site.vault.table(shelf, linked.id(), LINK));
        let link = link.doing("opening the link")?;
        let replaced = Replaced::by(site, &cleared)?;
        Ok(Self { site, cleared, link, stopped, replaced, made: RefCell::default() })
    }

    /// Looks again at who has asked to stop, and gives the state of the register that a build on this track may rely
    /// on: what it has read is what it would read now.
    ///
    /// # Errors
    /// [`ActError::Refused`] if someone whose rows it has read has asked to stop since.
    pub(crate) fn look_again(&self, track: Track) -> Result<u64, ActError> {
        let now = Stopped::read(self.site)?;
        let new: HashSet<&[u8; 16]> = now.on(track).difference(self.stopped.on(track)).collect();
        if !new.is_empty() && self.links_any(&new)? {
            return Err(stopped_meanwhile());
        }
        Ok(self.site.ledger.epoch())
    }

    /// Whether any of these is a patient of the linked dataset.
    fn links_any(&self, subjects: &HashSet<&[u8; 16]>) -> Result<bool, ActError> {
        for batch in self.site.vault.read_column(&self.link, "subject") {
            let batch = batch.doing("reading the link")?;
            let column = batch.column_by_name("subject");
            let column = column.and_then(|one| one.as_any().downcast_ref::<FixedSizeBinaryArray>());
            // A link without subjects says of nobody that they are not in it.
            let Some(column) = column else { return Ok(true) };
            let mut linked = column.iter().flatten();
            if linked.any(|one| <&[u8; 16]>::try_from(one).is_ok_and(|one| subjects.contains(one)))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All rows of a clinical table that count, from every delivery; no file where nobody brought any.
    pub(crate) fn table(&self, table: &'static Table) -> Result<TableRef, ActError> {
        let rows = if table.name == "person" { Rows::Personal } else { Rows::Events };
        let mut all: Option<TableRef> = None;
        for id in &self.cleared {
            let shelf = Shelf::Content(LevelName::Cleared);
            let opened = self.site.runtime.block_on(self.site.vault.table(shelf, id, table.name));
            let opened = match opened {
                Err(VaultError::Absent { .. }) => continue,
                opened => opened.doing("opening a table")?,
            };
            let opened = match self.replaced.in_dataset(id, rows) {
                Some(gone) => self.without_replaced(&opened, gone)?,
                None => opened,
            };
            match &mut all {
                None => all = Some(opened),
                Some(all) => all.files.extend(opened.files),
            }
        }
        let empty = || TableRef { schema: arrow_schema(table), files: Vec::new() };
        Ok(all.unwrap_or_else(empty))
    }

    /// A copy of a table without the rows of replaced files, kept until [`Sources::forget`]. Deliveries of which no
    /// file was replaced are read as they lie, so only corrections cost a copy.
    fn without_replaced(
        &self,
        table: &TableRef,
        gone: &HashSet<u32>,
    ) -> Result<TableRef, ActError> {
        let doing = "leaving out files that were replaced";
        let mut name = [0; 12];
        let named = aws_lc_rs::rand::fill(&mut name);
        named.map_err(|_| std::io::Error::other("no randomness")).doing(doing)?;
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = dataset_id(&format!("live-{name}"))?;
        let (site, shelf) = (self.site, Shelf::Content(LevelName::Linked));
        let draft = site.vault.create(shelf, &id).doing(doing)?;
        self.made.borrow_mut().push(id.clone());
        let mut writer = draft.writer(LIVE, &table.schema).doing(doing)?;
        for batch in site.vault.read(table) {
            let batch = replaced::without(gone, &batch.doing(doing)?)?;
            writer.write(&batch).doing(doing)?;
        }
        writer.finish().doing(doing)?;
        let live = site.runtime.block_on(async {
            draft.commit().await?;
            site.vault.table(shelf, &id, LIVE).await
        });
        live.map_err(|error: VaultError| error).doing(doing)
    }

    /// Erases what was made for the build. What a killed build left is swept when the site opens next.
    pub(crate) fn forget(&self) -> Result<(), ActError> {
        for id in self.made.take() {
            let shelf = Shelf::Content(LevelName::Linked);
            self.site.vault.erase(shelf, &id).doing("forgetting copies of tables")?;
        }
        Ok(())
    }

    /// The rows of a batch with a `subject` column, without those who have asked to stop on this track (R-OPT-06).
    pub(crate) fn without_stopped(
        &self,
        track: Track,
        batch: &RecordBatch,
    ) -> Result<RecordBatch, ActError> {
        self.split(track, batch, false)
    }

    /// The rows of those who have asked to stop on this track.
    pub(crate) fn stopped(
        &self,
        track: Track,
        batch: &RecordBatch,
    ) -> Result<RecordBatch, ActError> {
        self.split(track, batch, true)
    }

    fn split(
        &self,
        track: Track,
        batch: &RecordBatch,
        wanted: bool,
    ) -> Result<RecordBatch, ActError> {
        let stopped = self.stopped.on(track);
        if stopped.is_empty() {
            return Ok(batch.slice(0, if wanted { 0 } else { batch.num_rows() }));
        }
        let refused = || ActError::refused(Rule::StopRequested, "rows without a subject");
        let subjects = batch
            .column_by_name("subject")
            .and_then(|column| column.as_any().downcast_ref::<FixedSizeBinaryArray>())
            .ok_or_else(refused)?;
        let keep =
            |subject: Option<&[u8]>| subject.is_some_and(|one| stopped.contains(one) == wanted);
        let keep: BooleanArray = subjects.iter().map(|one| Some(keep(one))).collect();
        filter_record_batch(batch, &keep).doing("leaving out who has asked to stop")
    }
}

/// Someone whose rows were read asked to stop before the dataset was recorded: it is made again without them.
pub(crate) fn stopped_meanwhile() -> ActError {
    let what = "a stop request came in while the dataset was being made, of someone whose rows it had read; nothing \
                was released, run the same command again";
    ActError::refused(Rule::StopRequested, what)
}
