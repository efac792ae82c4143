//! What the entries add up to: which datasets there are, which acts are unfinished, what may be
//! done next.
//!
//! What it is for: the writer asks [`Book::admit`] before it appends an entry, so that an unlawful
//! entry is never written, and tells [`Book::enter`] after it. What it is not for: judging a log
//! that others wrote: [`crate::fsck`] has its own, plainer reading of the same rules.
//!
//! Invariant (freshness): an act that reads a dataset is refused when a withdrawal, later than the
//! register state the act relies on, names that dataset or any dataset it was made from. For a step
//! that state is the `epoch` of its evidence; for a delivery it is the `epoch` by which the dataset
//! was made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sudare_model::time::Instant;
use sudare_model::{DatasetId, LevelName, Track, Tracks};

use crate::contents::Contents;
use crate::entry::{Act, Begun, Done, Entry, Half, Parameters};
use crate::record::{Cause, Record, Scope, Supply};

mod granted;
mod unlawful;

pub use granted::{Granted, Wanted};
pub use unlawful::Unlawful;

/// A dataset as the book knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub dataset: DatasetId,
    /// Its level.
    pub level: LevelName,
    /// The entry that says so.
    pub entry: u64,
    /// When that was written.
    pub at: Instant,
    /// What is in it.
    pub contents: Arc<Contents>,
    /// The datasets it was made from.
    pub inputs: Vec<DatasetId>,
    /// The register state by which it was made.
    pub epoch: u64,
    /// The last withdrawal of persons' rows that names it.
    pub touched: Option<u64>,
    /// The withdrawal of the whole that names it.
    pub withdrawn: Option<u64>,
    /// Its erasure.
    pub erased: Option<u64>,
}

/// An act that was begun and neither done nor abandoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The index of its first half.
    pub index: u64,
    /// When it was begun.
    pub at: Instant,
    /// Its kind.
    pub act: Act,
    /// The dataset it was to make.
    pub dataset: Option<DatasetId>,
    /// The datasets it reads.
    pub inputs: Vec<DatasetId>,
    /// How it was to be done.
    pub parameters: Parameters,
}

/// What the entries add up to.
#[derive(Debug, Clone, Default)]
pub struct Book {
    size: u64,
    epochs: BTreeSet<u64>,
    open: BTreeMap<u64, Unfinished>,
    making: BTreeMap<DatasetId, u64>,
    holdings: BTreeMap<DatasetId, Holding>,
    grants: BTreeMap<u64, Granted>,
    stop_requests: u64,
}

impl Book {
    /// The number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The state of the register: the index of the last entry that applied a register or a
    /// withdrawal; 0, the site's own entry, while there is none.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epochs.last().copied().unwrap_or_default()
    }

    /// How many stop requests are recorded in withdrawals.
    #[must_use]
    pub const fn stop_requests(&self) -> u64 {
        self.stop_requests
    }

    /// Acts begun and neither done nor abandoned, oldest first.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Unfinished> {
        self.open.values().cloned().collect()
    }

    /// The dataset of this id.
    #[must_use]
    pub fn holding(&self, dataset: &DatasetId) -> Option<&Holding> {
        self.holdings.get(dataset)
    }

    /// The datasets at a level, by id; withdrawn and erased ones are among them.
    pub fn holdings(&self, level: LevelName) -> impl Iterator<Item = &Holding> {
        self.holdings.values().filter(move |holding| holding.level == level)
    }

    /// All grants in the order given; expired and withdrawn ones are among them.
    pub fn grants(&self) -> impl Iterator<Item = &Granted> {
        self.grants.values()
    }

    /// The datasets at a level that a dataset was made from, at any distance, in the order they
    /// were made.
    #[must_use]
    pub fn made_from(&self, dataset: &DatasetId, level: LevelName) -> Vec<&Holding> {
        let above = self.lineage(dataset).filter(|one| one.level == level);
        let mut found: Vec<_> = above.filter(|one| one.dataset != *dataset).collect();
        found.sort_by_key(|one| one.entry);
        found
    }

    /// The last withdrawal that touches a dataset, or any it was made from, after the register
    /// state by which it was made.
    #[must_use]
    pub fn stale_since(&self, dataset: &DatasetId) -> Option<u64> {
        let epoch = self.holdings.get(dataset)?.epoch;
        self.lineage(dataset).filter_map(|one| one.touched).max().filter(|by| *by > epoch)
    }

    /// Whether a dataset is there at a level and neither erased nor withdrawn as a whole.
    ///
    /// # Errors
    /// [`Unlawful`] says which of these it is.
    pub fn usable(&self, dataset: &DatasetId, level: LevelName) -> Result<&Holding, Unlawful> {
        let named = || dataset.clone();
        let holding = self.holdings.get(dataset).ok_or_else(|| Unlawful::Unknown(named()))?;
        if holding.level != level {
            return Err(Unlawful::Level { dataset: named(), is: holding.level, needs: level });
        }
        if let Some(by) = holding.erased {
            return Err(Unlawful::Erased { dataset: named(), by });
        }
        match self.lineage(dataset).find_map(|one| one.withdrawn) {
            Some(by) => Err(Unlawful::Withdrawn { dataset: named(), by }),
            None => Ok(holding),
        }
    }

    /// Whether an entry may follow.
    ///
    /// # Errors
    /// [`Unlawful`] says why not.
    pub fn admit(&self, entry: &Entry) -> Result<(), Unlawful> {
        if matches!(entry.half, Half::Site(_)) != (self.size == 0) {
            return Err(Unlawful::Site);
        }
        match &entry.half {
            Half::Site(_) => Ok(()),
            Half::Begun(begun) => self.admit_begun(entry.act, begun),
            Half::Done(done) => self.admit_done(entry.act, done),
            Half::Abandoned { begun, .. } => self.opened(entry.act, *begun).map(|_act| ()),
        }
    }

    fn admit_begun(&self, act: Act, begun: &Begun) -> Result<(), Unlawful> {
        let count_fits = match act {
            Act::Screen | Act::Pseudonymise | Act::Anonymise | Act::Deliver => {
                begun.inputs.len() == 1
            }
            Act::Link => !begun.inputs.is_empty(),
            _ => begun.inputs.is_empty(),
        };
        if !count_fits || begun.dataset.is_some() != act.makes().is_some() {
            return Err(Unlawful::Shape(act));
        }
        if let Some(dataset) = &begun.dataset {
            if self.holdings.contains_key(dataset) {
                return Err(Unlawful::Made(dataset.clone()));
            }
            if let Some(begun) = self.making.get(dataset) {
                return Err(Unlawful::Making { dataset: dataset.clone(), begun: *begun });
            }
        }
        self.readable(act, &begun.inputs, None)
    }

    fn admit_done(&self, act: Act, done: &Done) -> Result<(), Unlawful> {
        let open = self.opened(act, done.begun)?;
        if done.made.as_ref().map(|made| &made.dataset) != open.dataset.as_ref() {
            return Err(Unlawful::Shape(act));
        }
        let epoch = done.record.epoch();
        if let Some(epoch) = epoch.filter(|epoch| !self.epochs.contains(epoch)) {
            return Err(Unlawful::Epoch(epoch));
        }
        self.readable(act, &open.inputs, epoch)?;
        if let (Record::Verdict(verdict), Some(made)) = (&done.record, &done.made) {
            self.one_track(act, verdict.track, &made.contents, &made.dataset, &open.inputs)?;
        }
        self.admit_record(open, &done.record)
    }

    /// Whether an act may read these datasets; a delivery also asks whether they are stale.
    fn readable(&self, act: Act, inputs: &[DatasetId], epoch: Option<u64>) -> Result<(), Unlawful> {
        inputs.iter().enumerate().try_for_each(|(at, input)| {
            let is = self.holdings.get(input).map(|holding| holding.level);
            let level = match (act, is) {
                (Act::Screen, _) => LevelName::Received,
                (Act::Link, Some(LevelName::Linked)) if at == 0 && inputs.len() > 1 => {
                    LevelName::Linked
                }
                (Act::Link, _) => LevelName::Cleared,
                (Act::Deliver, Some(LevelName::Pseudonymised)) => LevelName::Pseudonymised,
                (Act::Deliver, _) => LevelName::Anonymised,
                _ => LevelName::Linked,
            };
            let holding = self.usable(input, level)?;
            let epoch = if act == Act::Deliver { Some(holding.epoch) } else { epoch };
            let touched = self.lineage(input).filter_map(|one| one.touched).max();
            match (touched, epoch) {
                (Some(by), Some(epoch)) if by > epoch => {
                    Err(Unlawful::Stale { dataset: input.clone(), by, epoch })
                }
                _ => Ok(()),
            }
        })
    }

    /// A de-identified dataset is of one track, which its act, its evidence, its rows and its
    /// inputs agree on.
    fn one_track(
        &self,
        act: Act,
        track: Track,
        contents: &Contents,
        dataset: &DatasetId,
        inputs: &[DatasetId],
    ) -> Result<(), Unlawful> {
        let of_act = match act {
            Act::Pseudonymise => Track::Pseudonymised,
            _ => Track::Anonymised,
        };
        let received = |input: &DatasetId| {
            self.holdings.get(input).is_some_and(|holding| holding.contents.tracks.has(track))
        };
        let fits = track == of_act
            && contents.tracks == Tracks::only(track)
            && inputs.iter().all(received);
        if fits { Ok(()) } else { Err(Unlawful::Tracks(dataset.clone())) }
    }

    fn admit_record(&self, open: &Unfinished, record: &Record) -> Result<(), Unlawful> {
        let known = |dataset: &DatasetId| match self.holdings.get(dataset) {
            Some(holding) => Ok(holding),
            None => Err(Unlawful::Unknown(dataset.clone())),
        };
        match record {
            Record::Supply(supply) => {
                let recipient = open.parameters.value(RECIPIENT);
                if open.inputs.first() != Some(&supply.dataset)
                    || recipient != Some(supply.recipient.as_str())
                {
                    return Err(Unlawful::Shape(open.act));
                }
                self.granted(supply)
            }
            Record::OnwardSupply(supply) => known(&supply.dataset).map(|_holding| ()),
            Record::Permission(permission) => {
                permission.dataset.iter().try_for_each(|dataset| known(dataset).map(|_holding| ()))
            }
            Record::GrantWithdrawal(ended) => match self.grants.get(&ended.grant) {
                Some(Granted { withdrawn: None, .. }) => Ok(()),
                _ => Err(Unlawful::NoGrant(ended.grant)),
            },
            Record::Checked(checked) => {
                checked.dataset.iter().try_for_each(|dataset| known(dataset).map(|_holding| ()))
            }
            Record::Withdrawal(withdrawal) => {
                withdrawal.datasets.iter().try_for_each(|dataset| known(dataset).map(|_one| ()))
            }
            Record::Erasure(erasure) => match known(&erasure.dataset)?.erased {
                Some(by) => Err(Unlawful::Erased { dataset: erasure.dataset.clone(), by }),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn granted(&self, supply: &Supply) -> Result<(), Unlawful> {
        let track = self.holdings.get(&supply.dataset).and_then(|holding| track_of(holding.level));
        let fits = track.zip(self.grants.get(&supply.grant)).is_some_and(|(track, grant)| {
            let (user, project) = (&supply.recipient, &supply.project);
            let wanted = Wanted { user, project, track, dataset: &supply.dataset };
            grant.covers(wanted, supply.date)
        });
        if fits { Ok(()) } else { Err(Unlawful::Grant(supply.grant)) }
    }

    fn opened(&self, act: Act, begun: u64) -> Result<&Unfinished, Unlawful> {
        self.open.get(&begun).filter(|open| open.act == act).ok_or(Unlawful::NotOpen(begun))
    }

    /// The dataset and all it was made from.
    fn lineage(&self, dataset: &DatasetId) -> impl Iterator<Item = &Holding> {
        let mut seen = BTreeSet::new();
        let mut next = vec![dataset.clone()];
        std::iter::from_fn(move || {
            loop {
                let id = next.pop()?;
                if !seen.insert(id.clone()) {
                    continue;
                }
                if let Some(holding) = self.holdings.get(&id) {
                    next.extend(holding.inputs.iter().cloned());
                    return Some(holding);
                }
            }
        })
    }

    /// Takes in an entry that was admitted and is durable.
    pub fn enter(&mut self, entry: Entry) {
        let index = self.size;
        self.size += 1;
        match entry.half {
            Half::Site(_) => {
                self.epochs.insert(index);
            }
            Half::Begun(Begun { dataset, inputs, parameters }) => {
                if let Some(dataset) = &dataset {
                    self.making.insert(dataset.clone(), index);
                }
                let (at, act) = (entry.at, entry.act);
                self.open.insert(index, Unfinished { index, at, act, dataset, inputs, parameters });
            }
            Half::Done(done) => self.enter_done(index, entry.at, entry.act, done),
            Half::Abandoned { begun, .. } => {
                self.close(begun);
            }
        }
    }

    fn enter_done(&mut self, index: u64, at: Instant, act: Act, done: Done) {
        let open = self.close(done.begun);
        let epoch = done.record.epoch().unwrap_or_default();
        if let (Some(level), Some(made), Some(open)) = (act.makes(), done.made, open) {
            let holding = Holding {
                dataset: made.dataset.clone(),
                level,
                entry: index,
                at,
                contents: Arc::new(made.contents),
                inputs: open.inputs,
                epoch,
                touched: None,
                withdrawn: None,
                erased: None,
            };
            self.holdings.insert(made.dataset, holding);
        }
        match done.record {
            Record::Register(_) => {
                self.epochs.insert(index);
            }
            Record::Permission(permission) => {
                let granted = Granted { entry: index, permission, withdrawn: None };
                self.grants.insert(index, granted);
            }
            Record::GrantWithdrawal(ended) => {
                if let Some(granted) = self.grants.get_mut(&ended.grant) {
                    granted.withdrawn = Some(index);
                }
            }
            Record::Withdrawal(withdrawal) => {
                self.epochs.insert(index);
                if withdrawal.cause == Cause::StopRequest {
                    self.stop_requests = self.stop_requests.saturating_add(withdrawal.requests);
                }
                for dataset in &withdrawal.datasets {
                    let Some(holding) = self.holdings.get_mut(dataset) else { continue };
                    match withdrawal.scope {
                        Scope::Persons => holding.touched = Some(index),
                        Scope::Whole => holding.withdrawn = Some(index),
                    }
                }
            }
            Record::Erasure(erasure) => {
                if let Some(holding) = self.holdings.get_mut(&erasure.dataset) {
                    holding.erased = Some(index);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, begun: u64) -> Option<Unfinished> {
        let open = self.open.remove(&begun)?;
        if let Some(dataset) = &open.dataset {
            self.making.remove(dataset);
        }
        Some(open)
    }
}

/// The parameter of a delivery that names its user.
pub(crate) const RECIPIENT: &str = "recipient";

const fn track_of(level: LevelName) -> Option<Track> {
    match level {
        LevelName::Pseudonymised => Some(Track::Pseudonymised),
        LevelName::Anonymised => Some(Track::Anonymised),
        LevelName::Received | LevelName::Cleared | LevelName::Linked => None,
    }
}
