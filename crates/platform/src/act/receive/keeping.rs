//! What is kept of a delivery: the files without the refused units, and the rows that passed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use rayon::prelude::*;
use sudare_identity::table::IDENTITY;
use sudare_intake::findings::CHANGED;
use sudare_intake::quality::Measure;
use sudare_intake::{Context, Counts as Counted, Files as _, UnitOutcome, WorkPlan, WorkUnit};
use sudare_ledger::Contents;
use sudare_model::{DatasetId, DeliveryId, Digest, Finding, LevelName, Place, Tracks};
use sudare_store::custody::{CustodyDraft, CustodyError, Packer};
use sudare_store::files::Sha256;
use sudare_store::vault::{Draft, Shelf, TableWriter, VaultError};

use super::{Door, refused};
use crate::answer::Counts;
use crate::error::{ActError, Doing as _};
use crate::reading::read_in_order;
use crate::replaced;
use crate::site::Site;

/// Findings listed one by one in the answer to the provider; the rest are numbers.
const FINDINGS_LISTED: usize = 10_000;

/// What was kept.
pub(super) struct Kept {
    /// What was counted while reading.
    pub(super) counts: Counted,
    /// Findings, listed.
    pub(super) findings: Vec<Finding>,
    /// Rows of content by table.
    pub(super) rows: Counts,
    /// Rows of identity.
    pub(super) identities: u64,
    /// Digest of the manifests of content and identity.
    pub(super) manifest: Digest,
    /// Files that could not be read as they were listed.
    pub(super) unread: BTreeSet<u32>,
    /// Files taken in the place of earlier ones.
    pub(super) replacing: u64,
    /// How good the rows are.
    pub(super) measure: Measure,
}

impl Kept {
    /// What the ledger says of the files kept.
    pub(super) fn received_contents(
        &self,
        site: &Site,
        delivery: &DeliveryId,
    ) -> Result<Contents, ActError> {
        let doing = "reading the custody";
        let counts = site.custody.counts(delivery).doing(doing)?;
        let mut hash = Sha256::new();
        site.custody
            .each_file(delivery, &mut |file| {
                hash.update(&file.file_no.to_be_bytes());
                hash.update(file.sha256.as_bytes());
                hash.update(format!("{} {:?}\n", file.bytes, file.cuts).as_bytes());
                true
            })
            .doing(doing)?;
        let rows = Counts::from([("files".to_owned(), counts.files)]);
        Ok(Contents {
            manifest: site.commitment(hash.finish().as_bytes()),
            rows,
            tracks: Tracks::BOTH,
        })
    }
}

/// Drafts being written while the delivery is read.
pub(super) struct Keeping<'a> {
    site: &'a Site,
    door: &'a Door<'a>,
    custody: Option<(CustodyDraft, Packer)>,
    drafts: Option<(Draft, Draft)>,
    writers: BTreeMap<&'static str, TableWriter>,
    /// What was refused stands beside the content and is none of it.
    refused: Option<TableWriter>,
    pending: BTreeMap<u32, Vec<Range<u64>>>,
    last_unit: HashMap<u32, usize>,
    unit: usize,
    /// Files of which rows may have been written before they turned out to be torn.
    torn: Vec<Finding>,
    kept: Kept,
}

/// What came of reading a plan.
pub(super) enum Read {
    /// Everything is kept.
    Kept(Box<Kept>),
    /// These files changed under the readers. Nothing is kept: read again without them.
    Torn(Vec<Finding>),
}

impl<'a> Keeping<'a> {
    /// Begins the drafts that are wanted: custody if the files are not kept yet, vaults if the rows are not.
    pub(super) fn begin(
        site: &'a Site,
        door: &'a Door<'a>,
        cleared: &DatasetId,
        files: bool,
        rows: bool,
    ) -> Result<Self, ActError> {
        let custody = if files {
            let draft = site.custody.create(&door.delivery).doing("beginning the custody")?;
            let packer = draft.packer().doing("beginning a pack")?;
            Some((draft, packer))
        } else {
            None
        };
        let drafts = if rows {
            let content = site.vault.create(Shelf::Content(LevelName::Cleared), cleared);
            let identity = site.vault.create(Shelf::Identity, cleared);
            Some((
                content.doing("beginning the content")?,
                identity.doing("beginning the identity")?,
            ))
        } else {
            None
        };
        Ok(Self {
            site,
            door,
            custody,
            drafts,
            writers: BTreeMap::new(),
            refused: None,
            pending: BTreeMap::new(),
            last_unit: HashMap::new(),
            unit: 0,
            torn: Vec::new(),
            kept: Kept {
                counts: Counted::default(),
                findings: Vec::new(),
                rows: Counts::new(),
                identities: 0,
                manifest: Digest::from_bytes([0; 32]),
                unread: BTreeSet::new(),
                replacing: 0,
                measure: Measure::new(door.received_on()?),
            },
        })
    }

    /// Reads every unit, keeps what may be kept, commits.
    pub(super) fn read(mut self, plan: &WorkPlan) -> Result<Read, ActError> {
        self.kept.counts.merge(&plan.counts);
        self.list(self.door.files().refused());
        self.list(&plan.findings);
        for (at, unit) in plan.units.iter().enumerate() {
            for span in unit.spans.iter() {
                self.last_unit.insert(span.file_no, at);
            }
        }
        let context =
            Context { provider: self.door.provider.clone(), delivery: self.door.delivery.clone() };
        let (files, progress) = (self.door.files(), self.door.progress);
        read_in_order(plan, files, &self.door.gate, &context, progress, |unit, outcome| {
            let cut = outcome.unread.iter().filter(|one| plan.is_cut(one.place.file_no));
            self.torn.extend(cut.cloned());
            self.kept.unread.extend(outcome.unread.iter().map(|one| one.place.file_no));
            let taken = self.take(unit, outcome);
            self.unit += 1;
            taken
        })?;
        if !self.torn.is_empty() {
            return Ok(Read::Torn(self.torn));
        }
        self.kept.unread.extend(&plan.unread);
        self.replace(&plan.rejected)?;
        Ok(Read::Kept(Box::new(self.commit()?)))
    }

    fn list(&mut self, findings: &[Finding]) {
        let room = FINDINGS_LISTED.saturating_sub(self.kept.findings.len());
        self.kept.findings.extend(findings.iter().take(room).cloned());
    }

    fn take(&mut self, unit: &WorkUnit, outcome: UnitOutcome) -> Result<(), ActError> {
        self.kept.counts.merge(&outcome.counts);
        self.kept.measure.add(unit.format, &outcome.content);
        self.list(&outcome.findings);
        if self.custody.is_some() {
            for kept in outcome.kept {
                self.pending.entry(kept.file_no).or_default().extend(kept.ranges);
            }
            self.pack()?;
        }
        let Some((content, identity)) = &self.drafts else { return Ok(()) };
        if let Some(batch) = refused::batch(&outcome.refused, &self.door.gate)? {
            if self.refused.is_none() {
                let writer = content.writer(refused::REFUSED, &batch.schema());
                self.refused = Some(writer.doing("beginning the list of what was refused")?);
            }
            let written = self.refused.as_mut().map_or(Ok(()), |writer| writer.write(&batch));
            written.doing("listing what was refused")?;
        }
        for (table, batch) in &outcome.content {
            if !self.writers.contains_key(table.name) {
                let writer = content.writer(table.name, &batch.schema());
                self.writers.insert(table.name, writer.doing("beginning a table")?);
            }
        }
        if let Some(batch) = &outcome.identity
            && !self.writers.contains_key(IDENTITY)
        {
            let writer = identity.writer(IDENTITY, &batch.schema());
            self.writers.insert(IDENTITY, writer.doing("beginning the identity table")?);
        }
        let batches = outcome.content.iter().map(|(table, batch)| (table.name, batch));
        let batches: HashMap<&str, _> =
            batches.chain(outcome.identity.iter().map(|batch| (IDENTITY, batch))).collect();
        // Each table on its own core: encoding and sealing are most of the work of keeping.
        self.writers
            .par_iter_mut()
            .filter_map(|(table, writer)| Some((writer, batches.get(table)?)))
            .try_for_each(|(writer, batch)| writer.write(batch))
            .doing("writing rows")
    }

    /// Packs the files of which no later unit reads a part.
    fn pack(&mut self) -> Result<(), ActError> {
        let Some((_, packer)) = &mut self.custody else { return Ok(()) };
        let (unit, last_unit) = (self.unit, &self.last_unit);
        let whole = |file_no: &u32| last_unit.get(file_no).is_none_or(|last| *last <= unit);
        let ready: Vec<u32> = self.pending.keys().copied().filter(whole).collect();
        for file_no in ready {
            let Some(mut ranges) = self.pending.remove(&file_no) else { continue };
            let cuts = gaps(&mut ranges, self.door.files().len(file_no));
            let changed = || Finding { code: &CHANGED, place: Place::file(file_no) };
            let Ok(mut file) = self.door.files().open(file_no) else {
                self.torn.push(changed());
                continue;
            };
            let path = self.door.files().path(file_no);
            match packer.add(file_no, path.as_bytes(), &mut file, &cuts) {
                Err(CustodyError::Source { .. }) => self.torn.push(changed()),
                added => added.doing("keeping a file as it came")?,
            }
        }
        Ok(())
    }

    /// Says which earlier files give way to those that were taken.
    fn replace(&mut self, rejected: &BTreeSet<u32>) -> Result<(), ActError> {
        let rejected = rejected.union(&self.kept.unread).copied().collect();
        let (files, replacing) = self.door.arrived.replaced(&self.door.delivery, &rejected);
        self.kept.replacing = replacing;
        let Some((content, _)) = self.drafts.as_ref().filter(|_| !files.is_empty()) else {
            return Ok(());
        };
        let batch = replaced::batch(&files)?;
        let schema = batch.schema();
        content
            .append::<VaultError>(replaced::REPLACED, &schema, [Ok(batch)])
            .doing("listing the files that are replaced")
    }

    fn commit(mut self) -> Result<Kept, ActError> {
        if let Some((draft, packer)) = self.custody.take() {
            packer.finish().doing("closing a pack")?;
            draft.commit().doing("keeping the files")?;
        }
        if let Some(writer) = self.refused.take() {
            writer.finish().doing("closing the list of what was refused")?;
        }
        for (table, writer) in std::mem::take(&mut self.writers) {
            if table == IDENTITY {
                self.kept.identities = writer.rows();
            } else {
                self.kept.rows.insert(table.to_owned(), writer.rows());
            }
            writer.finish().doing("closing a table")?;
        }
        if let Some((content, identity)) = self.drafts.take() {
            let manifests = self.site.runtime.block_on(async {
                let identity = identity.commit().await?;
                let content = content.commit().await?;
                Ok::<_, VaultError>([content, identity])
            });
            let mut hash = Sha256::new();
            for manifest in manifests.doing("keeping the rows")? {
                hash.update(manifest.digest().as_bytes());
            }
            self.kept.manifest = self.site.commitment(hash.finish().as_bytes());
        }
        Ok(self.kept)
    }
}

/// What lies between the ranges of a file of this length.
fn gaps(ranges: &mut [Range<u64>], length: u64) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut gaps = Vec::new();
    let mut at = 0;
    for range in ranges.iter() {
        if range.start > at {
            gaps.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if at < length {
        gaps.push(at..length);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn what_is_not_kept_is_cut() {
        assert_eq!(gaps(&mut [5..7, 0..2], 10), vec![2..5, 7..10]);
        assert_eq!(gaps(&mut [0..4, 4..10], 10), Vec::<std::ops::Range<u64>>::new());
        assert_eq!(gaps(&mut [], 3), vec![0..3]);
    }
}
