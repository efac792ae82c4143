//! `link`: who is who across providers, from the identity of every cleared dataset.
//!
//! People keep their ids over refreshes. The linked dataset is the map from patients at providers to persons; content
//! is joined with it when a dataset is built.

use std::collections::HashSet;

use arrow::record_batch::RecordBatch;
use sudare_identity::table::IDENTITY;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Cleared, Link, Linked};
use sudare_ledger::record::Record;
use sudare_ledger::scribe::INPUTS_MAX;
use sudare_ledger::{Contents, Dataset, Parameters, record};
use sudare_linkage::{Linker, PersonMap};
use sudare_model::{DatasetId, Digest, LevelName, Tracks};
use sudare_store::files::Sha256;
use sudare_store::vault::{Shelf, VaultError};

use crate::answer::{Counts, LinkAnswer};
use crate::error::{ActError, Doing as _};
use crate::progress::{Progress, Unit};
use crate::replaced::{self, Replaced, Rows};
use crate::site::{Site, dataset_id};

/// Table of the linked dataset.
pub(crate) const LINK: &str = "link";

/// Links everything that is cleared. Nothing new to link changes nothing; what was linked before is carried on, and the
/// ledger is told of the new deliveries alone.
///
/// # Errors
/// [`ActError::Usage`] if nothing has been received; [`ActError::Failed`] if identity cannot be read or the map
/// cannot be stored.
pub fn link(site: &mut Site, progress: &dyn Progress) -> Result<LinkAnswer, ActError> {
    let cleared = site.ledger.usable::<Cleared>();
    if cleared.is_empty() {
        return Err(ActError::usage("link", "nothing has been received; run `sudare receive`"));
    }
    if let Ok(known) = site.ledger.dataset::<Linked>(&linked_id(&cleared)?) {
        return unchanged(site, &known);
    }
    let mut earlier = carried_on(site, &cleared);
    let seen: HashSet<DatasetId> = earlier.iter().flat_map(|one| covered(site, one)).collect();
    let (mut all, new): (Vec<_>, Vec<_>) =
        cleared.into_iter().partition(|dataset| seen.contains(dataset.id()));
    let mut answer = None;
    for part in new.chunks(INPUTS_MAX) {
        all.extend_from_slice(part);
        all.sort_by_key(Dataset::entry);
        let linking = Linking { site, progress, earlier: earlier.as_ref(), new: part, all: &all };
        let (linked, told) = linking.act()?;
        (earlier, answer) = (Some(linked), Some(told));
    }
    super::stop::heed(site)?;
    answer.ok_or_else(|| ActError::usage("link", "nothing new was received"))
}

/// The last linkage of datasets that are all still to be linked.
fn carried_on(site: &Site, cleared: &[Dataset<Cleared>]) -> Option<Dataset<Linked>> {
    let there: HashSet<&DatasetId> = cleared.iter().map(Dataset::id).collect();
    let linked = site.ledger.usable::<Linked>();
    linked.into_iter().rev().find(|one| covered(site, one).iter().all(|id| there.contains(id)))
}

/// The cleared datasets that a linkage was made from, at any distance.
fn covered(site: &Site, linked: &Dataset<Linked>) -> Vec<DatasetId> {
    let from = site.ledger.made_from(linked.id(), LevelName::Cleared);
    from.into_iter().map(|one| one.dataset).collect()
}

/// One act of linking.
struct Linking<'a> {
    site: &'a Site,
    progress: &'a dyn Progress,
    /// The linkage that is carried on.
    earlier: Option<&'a Dataset<Linked>>,
    /// What it has not seen.
    new: &'a [Dataset<Cleared>],
    /// All that will be linked.
    all: &'a [Dataset<Cleared>],
}

impl Linking<'_> {
    fn act(&self) -> Result<(Dataset<Linked>, LinkAnswer), ActError> {
        let site = self.site;
        let id = linked_id(self.all)?;
        let (now, epoch) = (site.clock.now(), site.ledger.epoch());
        let scribe = site.ledger.scribe::<Link>();
        let named = Parameters::new();
        let open = match self.earlier {
            None => scribe.begin(self.new, id.clone(), named, now),
            Some(earlier) => scribe.begin_since(earlier, self.new, id.clone(), named, now),
        };
        let open = open.doing("beginning to link")?;
        let linked = self.decide()?;
        let manifest = self.keep(&id, &linked.map)?;
        let evidence = &linked.evidence;
        let mut joined: Counts =
            evidence.rules.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect();
        joined.insert("conflicts".to_owned(), linked.conflicts.len() as u64);
        let record = record::LinkModel {
            epoch,
            model: evidence.model.to_owned(),
            parameters: Sha256::of(evidence.model.as_bytes()),
            subjects: evidence.subjects,
            persons: evidence.persons,
            joined: joined.clone(),
        };
        let rows = Counts::from([(LINK.to_owned(), linked.map.num_rows() as u64)]);
        let contents = Contents { manifest, rows, tracks: Tracks::BOTH };
        let made = scribe.promote(open, contents, record, now).doing("recording who is who")?;
        let answer = LinkAnswer {
            dataset: id.to_string(),
            unchanged: false,
            subjects: evidence.subjects,
            persons: evidence.persons,
            counts: joined,
        };
        Ok((made, answer))
    }

    /// Who is who in all of it; people keep the ids they had.
    fn decide(&self) -> Result<sudare_linkage::Linked, ActError> {
        let previous = previous(self.site)?;
        let mut linker = Linker::new(previous.as_ref());
        self.progress.begin("linking", Some(self.all.len() as u64), Unit::Tables);
        let replaced = Replaced::by(self.site, self.all.iter().map(Dataset::id))?;
        for dataset in self.all {
            let gone = replaced.in_dataset(dataset.id(), Rows::Personal);
            add(self.site, dataset.id(), gone, &mut linker)?;
            self.progress.advance(1);
        }
        self.progress.end();
        let mut failed = false;
        let mut mint = || {
            let mut bytes = [0; 16];
            failed |= aws_lc_rs::rand::fill(&mut bytes).is_err();
            bytes
        };
        let linked = linker.finish(&mut mint).doing("deciding who is who")?;
        if failed {
            return Err(std::io::Error::other("no randomness")).doing("naming persons");
        }
        Ok(linked)
    }

    /// Keeps the map, and gives the keyed digest of what was kept.
    fn keep(&self, id: &DatasetId, map: &RecordBatch) -> Result<Digest, ActError> {
        let site = self.site;
        let draft = site
            .vault
            .create(Shelf::Content(LevelName::Linked), id)
            .doing("beginning the linked dataset")?;
        draft
            .append::<VaultError>(LINK, &map.schema(), [Ok(map.clone())])
            .doing("writing the linked dataset")?;
        let manifest = site.runtime.block_on(draft.commit()).doing("keeping the linked dataset")?;
        Ok(site.commitment(manifest.digest().as_bytes()))
    }
}

/// Named by all it links, so that the same inputs are linked once.
fn linked_id(cleared: &[Dataset<Cleared>]) -> Result<DatasetId, ActError> {
    let mut hash = Sha256::new();
    for dataset in cleared {
        hash.update(dataset.id().as_str().as_bytes());
        hash.update(b"\n");
    }
    let name: String = hash.finish().to_string().chars().take(24).collect();
    dataset_id(&format!("l-{name}"))
}

/// What the ledger recorded when the same was linked before.
fn unchanged(site: &Site, known: &Dataset<Linked>) -> Result<LinkAnswer, ActError> {
    let doing = "reading how the last link was made";
    let entry = Entry::decode(&site.ledger.entry(known.entry()).doing(doing)?).doing(doing)?;
    let (subjects, persons, counts) = match entry.half {
        Half::Done(Done { record: Record::LinkModel(model), .. }) => {
            (model.subjects, model.persons, model.joined)
        }
        _ => (0, 0, Counts::new()),
    };
    Ok(LinkAnswer { dataset: known.id().to_string(), unchanged: true, subjects, persons, counts })
}

/// The map of the last linked dataset, if there is one: people keep their ids.
fn previous(site: &Site) -> Result<Option<PersonMap>, ActError> {
    let linked = site.ledger.usable::<Linked>();
    let Some(last) = linked.last() else { return Ok(None) };
    let shelf = Shelf::Content(LevelName::Linked);
    let table = site.runtime.block_on(site.vault.table(shelf, last.id(), LINK));
    let table = table.doing("opening the last link")?;
    let batches: Result<Vec<_>, _> = site.vault.read(&table).collect();
    let batches = batches.doing("reading the last link")?;
    PersonMap::read(batches.iter()).map(Some).doing("reading the last link")
}

/// Adds the identity of a cleared dataset, but for the files that were replaced.
fn add(
    site: &Site,
    dataset: &DatasetId,
    gone: Option<&HashSet<u32>>,
    linker: &mut Linker<'_>,
) -> Result<(), ActError> {
    let opened = site.runtime.block_on(site.vault.table(Shelf::Identity, dataset, IDENTITY));
    let table = match opened {
        // A delivery of which nobody was admitted has no identity.
        Err(VaultError::Absent { .. }) => return Ok(()),
        opened => opened.doing("opening identity")?,
    };
    for batch in site.vault.read(&table) {
        let mut batch = batch.doing("reading identity")?;
        if let Some(gone) = gone {
            batch = replaced::without(gone, &batch)?;
        }
        linker.add(&batch).doing("reading identity")?;
    }
    Ok(())
}
