//! What came from a provider before: its deliveries, its files as far as they matter to the files at hand, and which of
//! them were replaced since.

use std::collections::{HashMap, HashSet};

use sudare_ledger::level::Cleared;
use sudare_model::{DatasetId, DeliveryId, Digest, ProviderId};
use sudare_store::control::ReceivedFile;

use crate::error::{ActError, Doing as _};
use crate::replaced;
use crate::site::{self, Site};

/// A file of an earlier delivery: position of the delivery in [`History::deliveries`], number of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) delivery: usize,
    pub(super) file_no: u32,
}

/// An earlier file that is one of the files at hand, or a version of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) version: i64,
    pub(super) delivery: usize,
    /// Absent where the site noted the file before it kept places.
    pub(super) file_no: Option<u32>,
}

impl Before {
    pub(super) fn place(&self) -> Option<Place> {
        let delivery = self.delivery;
        self.file_no.map(|file_no| Place { delivery, file_no })
    }
}

/// What came before.
#[derive(Debug)]
pub(super) struct History {
    /// Deliveries that the ledger has, in its order, each with its cleared dataset.
    pub(super) deliveries: Vec<(DeliveryId, DatasetId)>,
    /// Files by slot.
    slots: HashMap<Digest, Vec<Before>>,
    /// Files by token: the newest delivery of each.
    tokens: HashMap<Digest, Before>,
    /// Files replaced, by the delivery that replaced them.
    replaced: HashMap<Place, usize>,
}

impl History {
    /// Reads what matters to files with these tokens and slots. Memory grows with them and with what was replaced, not
    /// with all that was ever received.
    pub(super) fn of(
        site: &Site,
        provider: &ProviderId,
        tokens: &HashSet<Digest>,
        slots: &HashSet<Digest>,
    ) -> Result<Self, ActError> {
        let doing = "reading what was received before";
        let mut found: Vec<ReceivedFile> = Vec::new();
        let mut names: HashSet<DeliveryId> = HashSet::new();
        site.runtime
            .block_on(site.control.each_received_file(provider, &mut |file| {
                if !names.contains(&file.delivery) {
                    names.insert(file.delivery.clone());
                }
                if tokens.contains(&file.token) || slots.contains(&file.slot) {
                    found.push(file);
                }
            }))
            .doing(doing)?;
        // A delivery that never came to be in the ledger brought nothing.
        let mut recorded = Vec::new();
        for name in names {
            let cleared = site::cleared_id(&name)?;
            if let Ok(dataset) = site.ledger.dataset::<Cleared>(&cleared) {
                recorded.push((dataset.entry(), name, cleared));
            }
        }
        recorded.sort_unstable_by_key(|(entry, ..)| *entry);
        let deliveries: Vec<_> =
            recorded.into_iter().map(|(_, name, cleared)| (name, cleared)).collect();
        let mut history = Self {
            deliveries,
            slots: HashMap::new(),
            tokens: HashMap::new(),
            replaced: HashMap::new(),
        };
        history.read_replaced(site)?;
        history.enter(found);
        Ok(history)
    }

    fn read_replaced(&mut self, site: &Site) -> Result<(), ActError> {
        let numbers = self.numbers();
        for (by, (_, cleared)) in self.deliveries.iter().enumerate() {
            replaced::each(site, cleared, &mut |gone| {
                if let Some(delivery) = numbers.get(&gone.delivery).copied() {
                    self.replaced.insert(Place { delivery, file_no: gone.file_no }, by);
                }
            })?;
        }
        Ok(())
    }

    fn numbers(&self) -> HashMap<DeliveryId, usize> {
        let names = self.deliveries.iter().enumerate();
        names.map(|(at, (name, _))| (name.clone(), at)).collect()
    }

    fn enter(&mut self, found: Vec<ReceivedFile>) {
        let numbers = self.numbers();
        for file in found {
            let Some(delivery) = numbers.get(&file.delivery).copied() else { continue };
            let before = Before { version: file.version, delivery, file_no: file.file_no };
            self.slots.entry(file.slot).or_default().push(before);
            let newest = self.tokens.entry(file.token).or_insert(before);
            if newest.delivery < delivery {
                *newest = before;
            }
        }
    }

    /// The delivery that replaced a file; a late file is replaced by its own.
    pub(super) fn replaced_by(&self, place: Place) -> Option<usize> {
        self.replaced.get(&place).copied()
    }

    /// The file of this token, if it came and is no news: what it brought still counts, or a later version does. A file
    /// that was replaced by another of no later version and comes again is new: the provider went back to it.
    pub(super) fn known(&self, token: &Digest, slot: &Digest) -> Option<Before> {
        let before = *self.tokens.get(token)?;
        let replaced = before.place().is_some_and(|place| self.replaced_by(place).is_some());
        let later = || self.live(slot).any(|(live, _)| live.version > before.version);
        (!replaced || later()).then_some(before)
    }

    /// The versions of a slot that still count.
    pub(super) fn live(&self, slot: &Digest) -> impl Iterator<Item = (Before, Place)> {
        let versions = self.slots.get(slot).into_iter().flatten();
        versions.filter_map(|before| {
            let place = before.place().filter(|place| self.replaced_by(*place).is_none())?;
            Some((*before, place))
        })
    }
}
