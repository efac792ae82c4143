//! Books of releases: who was in which anonymised release and in which class, sealed in a vault of
//! their own under a key for each release (R-ANON-08).
//!
//! A book names persons as the site does and holds no id of the release, so it leads nobody from a
//! released row to a person. Its digest is in the ledger, keyed.

use sudare_deident::earlier::book_schema;
use sudare_deident::{Cohort, Earlier, Policy};
use sudare_ledger::book::Holding;
use sudare_ledger::record::Record;
use sudare_model::{DatasetId, Digest, LevelName, Track};
use sudare_store::vault::{Manifest, Shelf, VaultError};

use super::door::record_of;
use crate::error::{ActError, Doing as _};
use crate::site::Site;

const BOOK: &str = "book";
const DOING: &str = "reading the book of an earlier release";

/// Keeps the book of a release that is being built and gives what the ledger records of it. What an
/// earlier try left is replaced.
pub(super) fn keep(site: &Site, cohort: &Cohort, id: &DatasetId) -> Result<Digest, ActError> {
    let doing = "keeping the book of the release";
    site.vault.erase(Shelf::Cohorts, id).doing(doing)?;
    let draft = site.vault.create(Shelf::Cohorts, id).doing(doing)?;
    let mut writer = draft.writer(BOOK, &book_schema()).doing(doing)?;
    for batch in cohort.book() {
        writer.write(&batch.doing(doing)?).doing(doing)?;
    }
    writer.finish().doing(doing)?;
    let manifest = site.runtime.block_on(draft.commit()).doing(doing)?;
    Ok(committed(site, &manifest))
}

fn committed(site: &Site, manifest: &Manifest) -> Digest {
    site.commitment(manifest.digest().as_bytes())
}

/// The books of all earlier anonymised releases of the project, oldest first. A release counts from
/// the day it is built, handed over or not: it may be handed over tomorrow.
pub(super) fn earlier(site: &Site, policy: &Policy) -> Result<Earlier, ActError> {
    let mut earlier = Earlier::default();
    if policy.spec.track != Track::Anonymised {
        return Ok(earlier);
    }
    for release in site.ledger.datasets(LevelName::Anonymised) {
        let Some(Record::Verdict(verdict)) = record_of(site, &release)? else { continue };
        if verdict.project.as_ref() != Some(&policy.spec.project) {
            continue;
        }
        match verdict.cohort {
            Some(digest) => read(site, &release, digest, &mut earlier)?,
            None => earlier.cannot_read(release.dataset),
        }
    }
    Ok(earlier)
}

fn read(
    site: &Site,
    release: &Holding,
    digest: Digest,
    earlier: &mut Earlier,
) -> Result<(), ActError> {
    let id = &release.dataset;
    let manifest = match site.vault.manifest(Shelf::Cohorts, id) {
        // Its key went with it.
        Err(VaultError::Absent { .. }) if release.erased.is_some() => {
            earlier.cannot_read(id.clone());
            return Ok(());
        }
        manifest => manifest.doing(DOING)?,
    };
    if committed(site, &manifest) != digest {
        let altered = format!("the book of `{id}` is not the one the ledger recorded");
        return Err(std::io::Error::other(altered)).doing(DOING);
    }
    let table = site.runtime.block_on(site.vault.table(Shelf::Cohorts, id, BOOK)).doing(DOING)?;
    for batch in site.vault.read(&table) {
        earlier.read(&batch.doing(DOING)?).doing(DOING)?;
    }
    earlier.close(id.clone());
    Ok(())
}
