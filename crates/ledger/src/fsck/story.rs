//! The story that the entries tell, read a second time and plainly.

use std::collections::{BTreeMap, BTreeSet};

use sudare_model::{DatasetId, LevelName, Track, Tracks};

use super::{Breach, Fault, FsckReport, Wrong};
use crate::entry::{Act, Begun, Done, Entry, Half};
use crate::note::Checkpoint;
use crate::record::{Cause, Permission, Record, Scope, Supply, Withdrawal};

struct Told {
    index: u64,
    level: LevelName,
    inputs: Vec<DatasetId>,
    epoch: u64,
    tracks: Tracks,
}

/// What has been told so far, up to the first thing that is wrong.
pub(super) struct Story {
    name: String,
    fault: Option<Fault>,
    acts: BTreeMap<&'static str, u64>,
    abandoned: u64,
    begun: BTreeMap<u64, (Act, Begun)>,
    open: BTreeSet<u64>,
    datasets: BTreeMap<DatasetId, Told>,
    epochs: BTreeSet<u64>,
    /// The last withdrawal that names a dataset, by its scope.
    withdrawals: BTreeMap<(Scope, DatasetId), u64>,
    erased: Vec<DatasetId>,
    grants: BTreeMap<u64, Permission>,
    ended_grants: BTreeSet<u64>,
}

impl Story {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            fault: None,
            acts: BTreeMap::new(),
            abandoned: 0,
            begun: BTreeMap::new(),
            open: BTreeSet::new(),
            datasets: BTreeMap::new(),
            epochs: BTreeSet::new(),
            withdrawals: BTreeMap::new(),
            erased: Vec::new(),
            grants: BTreeMap::new(),
            ended_grants: BTreeSet::new(),
        }
    }

    /// Takes in the next entry. The first fault is kept, and told only after the files have been
    /// checked.
    pub(super) fn tell(&mut self, index: u64, bytes: &[u8], file: &str) {
        if self.fault.is_some() {
            return;
        }
        let wrong = match Entry::decode(bytes) {
            Err(error) => Some(Wrong::Encoding(error)),
            Ok(entry) => self.follow(index, entry).err().map(Wrong::Story),
        };
        self.fault = wrong.map(|wrong| Fault { file: file.to_owned(), entry: Some(index), wrong });
    }

    /// What was told, if all of it was in order.
    pub(super) fn told(self, checkpoint: Checkpoint) -> Result<FsckReport, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut in_order: Vec<_> = self.datasets.iter().collect();
        in_order.sort_by_key(|(_, told)| told.index);
        let mut datasets: BTreeMap<LevelName, Vec<DatasetId>> = BTreeMap::new();
        for (dataset, told) in &in_order {
            datasets.entry(told.level).or_default().push((*dataset).clone());
        }
        let withdrawn = in_order
            .iter()
            .filter(|(dataset, _)| self.last_withdrawal(dataset, Scope::Whole).is_some())
            .map(|(dataset, _)| (*dataset).clone())
            .collect();
        let unfinished = self.open.iter().filter_map(|index| {
            let (act, begun) = self.begun.get(index)?;
            Some((*index, *act, begun.dataset.clone()))
        });
        Ok(FsckReport {
            origin: checkpoint.origin.into(),
            size: checkpoint.size,
            root: checkpoint.root,
            acts: self.acts.clone(),
            abandoned: self.abandoned,
            unfinished: unfinished.collect(),
            datasets,
            erased: self.erased.clone(),
            withdrawn,
        })
    }

    fn follow(&mut self, index: u64, entry: Entry) -> Result<(), Breach> {
        match entry.half {
            Half::Site(site) if index == 0 && site.name == self.name => {
                self.epochs.insert(0);
                Ok(())
            }
            Half::Site(_) => Err(Breach::Site),
            _ if index == 0 => Err(Breach::Site),
            Half::Begun(begun) => self.begins(index, entry.act, begun),
            Half::Done(done) => self.ends(index, entry.act, &done),
            Half::Abandoned { begun, .. } => {
                self.abandoned += 1;
                self.closes(entry.act, begun).map(|_begun| ())
            }
        }
    }

    fn begins(&mut self, index: u64, act: Act, begun: Begun) -> Result<(), Breach> {
        if begun.dataset.is_some() != act.makes().is_some() {
            return Err(Breach::Made);
        }
        let under_way = |dataset: &DatasetId| {
            self.open.iter().any(|index| {
                self.begun
                    .get(index)
                    .is_some_and(|(_, other)| other.dataset.as_ref() == Some(dataset))
            })
        };
        if let Some(dataset) = &begun.dataset
            && (self.datasets.contains_key(dataset) || under_way(dataset))
        {
            return Err(Breach::Made);
        }
        self.reads(act, &begun.inputs, None)?;
        self.begun.insert(index, (act, begun));
        self.open.insert(index);
        Ok(())
    }

    fn closes(&mut self, act: Act, begun: u64) -> Result<Begun, Breach> {
        let found = self.begun.get(&begun).filter(|(other, _)| *other == act);
        let (_, first) = found.ok_or(Breach::Begun)?;
        if self.open.remove(&begun) { Ok(first.clone()) } else { Err(Breach::Begun) }
    }

    fn ends(&mut self, index: u64, act: Act, done: &Done) -> Result<(), Breach> {
        let begun = self.closes(act, done.begun)?;
        let epoch = done.record.epoch();
        if epoch.is_some_and(|epoch| !self.epochs.contains(&epoch)) {
            return Err(Breach::Epoch);
        }
        self.reads(act, &begun.inputs, epoch)?;
        self.records(index, &begun, &done.record)?;
        let (word, count) = counted(act, &done.record);
        *self.acts.entry(word).or_default() += count;
        let (Some(level), Some(made)) = (act.makes(), &done.made) else { return Ok(()) };
        if begun.dataset.as_ref() != Some(&made.dataset) {
            return Err(Breach::Made);
        }
        if let Record::Verdict(verdict) = &done.record {
            let of_level = of(level);
            let mixes = Some(verdict.track) != of_level
                || made.contents.tracks != Tracks::only(verdict.track)
                || !begun.inputs.iter().all(|input| {
                    self.datasets.get(input).is_some_and(|told| told.tracks.has(verdict.track))
                });
            if mixes {
                return Err(Breach::Tracks);
            }
        }
        let told = Told {
            index,
            level,
            inputs: begun.inputs,
            epoch: epoch.unwrap_or_default(),
            tracks: made.contents.tracks,
        };
        self.datasets.insert(made.dataset.clone(), told);
        Ok(())
    }

    /// Whether an act of this kind may read these, now.
    fn reads(&self, act: Act, inputs: &[DatasetId], epoch: Option<u64>) -> Result<(), Breach> {
        let count = inputs.len();
        let (counts, levels): (bool, &[LevelName]) = match act {
            Act::Screen => (count == 1, &[LevelName::Received]),
            Act::Link => (count > 0, &[LevelName::Cleared]),
            Act::Pseudonymise | Act::Anonymise => (count == 1, &[LevelName::Linked]),
            Act::Deliver => (count == 1, &[LevelName::Pseudonymised, LevelName::Anonymised]),
            _ => (count == 0, &[]),
        };
        if !counts {
            return Err(Breach::Input);
        }
        for (at, input) in inputs.iter().enumerate() {
            let told = self.datasets.get(input).ok_or(Breach::Input)?;
            // A linkage may carry on an earlier one, which is then named first.
            let carries_on =
                act == Act::Link && at == 0 && count > 1 && told.level == LevelName::Linked;
            if !levels.contains(&told.level) && !carries_on {
                return Err(Breach::Input);
            }
            let gone =
                self.erased.contains(input) || self.last_withdrawal(input, Scope::Whole).is_some();
            if gone {
                return Err(Breach::Gone);
            }
            let relied_on = if act == Act::Deliver { Some(told.epoch) } else { epoch };
            let touched = self.last_withdrawal(input, Scope::Persons);
            if let (Some(by), Some(relied_on)) = (touched, relied_on)
                && by > relied_on
            {
                return Err(Breach::Stale);
            }
        }
        Ok(())
    }

    fn records(&mut self, index: u64, begun: &Begun, record: &Record) -> Result<(), Breach> {
        let there = |dataset: &DatasetId| self.datasets.contains_key(dataset);
        match record {
            Record::Register(_) => {
                self.epochs.insert(index);
            }
            Record::Permission(grant) => {
                if !grant.dataset.iter().all(there) {
                    return Err(Breach::Dataset);
                }
                self.grants.insert(index, grant.clone());
            }
            Record::GrantWithdrawal(ended) => {
                let known = self.grants.contains_key(&ended.grant);
                if !known || !self.ended_grants.insert(ended.grant) {
                    return Err(Breach::Grant);
                }
            }
            Record::Supply(supply) => {
                let recipient = begun.parameters.value("recipient");
                let as_begun = begun.inputs.first() == Some(&supply.dataset)
                    && recipient == Some(supply.recipient.as_str());
                if !as_begun || !self.granted(supply) {
                    return Err(Breach::Supply);
                }
            }
            Record::OnwardSupply(supply) if !there(&supply.dataset) => return Err(Breach::Dataset),
            Record::Checked(checked) if !checked.dataset.iter().all(there) => {
                return Err(Breach::Dataset);
            }
            Record::Withdrawal(withdrawal) => {
                if !withdrawal.datasets.iter().all(there) {
                    return Err(Breach::Dataset);
                }
                self.epochs.insert(index);
                for dataset in &withdrawal.datasets {
                    self.withdrawals.insert((withdrawal.scope, dataset.clone()), index);
                }
            }
            Record::Erasure(erasure) => {
                if !there(&erasure.dataset) || self.erased.contains(&erasure.dataset) {
                    return Err(Breach::Dataset);
                }
                self.erased.push(erasure.dataset.clone());
            }
            _ => {}
        }
        Ok(())
    }

    fn granted(&self, supply: &Supply) -> bool {
        if self.ended_grants.contains(&supply.grant) {
            return false;
        }
        let track = self.datasets.get(&supply.dataset).and_then(|told| of(told.level));
        self.grants.get(&supply.grant).is_some_and(|grant| {
            grant.user == supply.recipient
                && grant.project == supply.project
                && track == Some(grant.track)
                && grant.dataset.iter().all(|dataset| *dataset == supply.dataset)
                && grant.from <= supply.date
                && supply.date <= grant.until
        })
    }

    /// The last withdrawal of this scope that names the dataset or anything it was made from.
    fn last_withdrawal(&self, dataset: &DatasetId, scope: Scope) -> Option<u64> {
        let mut last = None;
        let mut seen = BTreeSet::new();
        let mut next = vec![dataset];
        while let Some(dataset) = next.pop() {
            if seen.insert(dataset) {
                last = last.max(self.withdrawals.get(&(scope, dataset.clone())).copied());
                next.extend(self.datasets.get(dataset).iter().flat_map(|told| &told.inputs));
            }
        }
        last
    }
}

/// The word for what was done, and how often it counts.
const fn counted(act: Act, record: &Record) -> (&'static str, u64) {
    match (act, record) {
        (_, Record::Withdrawal(Withdrawal { cause: Cause::StopRequest, requests, .. })) => {
            ("stop request", *requests)
        }
        (_, Record::Withdrawal(Withdrawal { cause: Cause::Revocation, .. })) => ("revocation", 1),
        (_, Record::Withdrawal(Withdrawal { cause: Cause::Retention, .. })) => {
            ("end of retention", 1)
        }
        (Act::WithdrawGrant, _) => ("grant withdrawn", 1),
        (Act::Onward, _) => ("onward supply", 1),
        (Act::Erase, _) => ("erasure", 1),
        (Act::Check, _) => ("verify", 1),
        _ => (act.word(), 1),
    }
}

const fn of(level: LevelName) -> Option<Track> {
    match level {
        LevelName::Pseudonymised => Some(Track::Pseudonymised),
        LevelName::Anonymised => Some(Track::Anonymised),
        LevelName::Received | LevelName::Cleared | LevelName::Linked => None,
    }
}
