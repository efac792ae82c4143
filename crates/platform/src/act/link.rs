//! `link`: who is who across providers, from the identity of every cleared dataset.
//!
//! People keep their ids over refreshes. The linked dataset is the map from patients at providers to persons; content
//! is joined with it when a dataset is built.

use std::collections::HashSet;

use sudare_identity::table::IDENTITY;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Cleared, Link, Linked};
use sudare_ledger::record::Record;
use sudare_ledger::{Contents, Dataset, Parameters, record};
use sudare_linkage::{Linker, PersonMap};
use sudare_model::{DatasetId, LevelName, Tracks};
use sudare_store::files::Sha256;
use sudare_store::vault::{Shelf, VaultError};

use crate::answer::{Counts, LinkAnswer};
use crate::error::{ActError, Doing as _};
use crate::progress::{Progress, Unit};
use crate::replaced::{self, Replaced, Rows};
use crate::site::{Site, dataset_id};

/// Table of the linked dataset.
pub(crate) const LINK: &str = "link";

/// Links everything that is cleared. Nothing new to link changes nothing.
///
/// # Errors
/// [`ActError::Usage`] if nothing has been received; [`ActError::Failed`] if identity cannot be read or the map
/// cannot be stored.
pub fn link(site: &mut Site, progress: &dyn Progress) -> Result<LinkAnswer, ActError> {
    let cleared = site.ledger.usable::<Cleared>();
    if cleared.is_empty() {
        return Err(ActError::usage("link", "nothing has been received; run `sudare receive`"));
    }
    let id = linked_id(&cleared)?;
    if let Ok(known) = site.ledger.dataset::<Linked>(&id) {
        return unchanged(site, &known);
    }
    let now = site.clock.now();
    let epoch = site.ledger.epoch();
    let scribe = site.ledger.scribe::<Link>();
    let open =
        scribe.begin(&cleared, id.clone(), Parameters::new(), now).doing("beginning to link")?;
    let previous = previous(site)?;
    let mut linker = Linker::new(previous.as_ref());
    progress.begin("linking", Some(cleared.len() as u64), Unit::Tables);
    let replaced = Replaced::by(site, cleared.iter().map(Dataset::id))?;
    for dataset in &cleared {
        add(site, dataset.id(), replaced.in_dataset(dataset.id(), Rows::Personal), &mut linker)?;
        progress.advance(1);
    }
    progress.end();
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
    let draft = site
        .vault
        .create(Shelf::Content(LevelName::Linked), &id)
        .doing("beginning the linked dataset")?;
    let schema = linked.map.schema();
    draft
        .append::<VaultError>(LINK, &schema, [Ok(linked.map.clone())])
        .doing("writing the linked dataset")?;
    let manifest = site.runtime.block_on(draft.commit()).doing("keeping the linked dataset")?;
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
    let manifest = site.commitment(manifest.digest().as_bytes());
    let contents = Contents { manifest, rows, tracks: Tracks::BOTH };
    scribe.promote(open, contents, record, now).doing("recording who is who")?;
    super::stop::heed(site)?;
    Ok(LinkAnswer {
        dataset: id.to_string(),
        unchanged: false,
        subjects: evidence.subjects,
        persons: evidence.persons,
        counts: joined,
    })
}

/// Named by its inputs, so that the same inputs are linked once.
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
