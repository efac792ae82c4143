//! What the intake predicate decides for one patient of one provider (R-INT-04): item by item, track by track.

use crate::id::SubjectKey;
use crate::item::DataItem;
use crate::rule::Rule;
use crate::track::{Track, Tracks};

/// One refusal: this item may not be received under this track, because of this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refusal {
    /// The track refused.
    pub track: Track,
    /// The item refused.
    pub item: DataItem,
    /// The first rule that refused it.
    pub rule: Rule,
}

/// The answer for one patient: who they are to content rows, and which tracks each item may be received under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    subject: SubjectKey,
    tracks: [Tracks; DataItem::COUNT],
    refusals: Vec<Refusal>,
}

impl Admission {
    /// Nothing admitted yet: deny by default.
    #[must_use]
    pub const fn none(subject: SubjectKey) -> Self {
        Self { subject, tracks: [Tracks::NONE; DataItem::COUNT], refusals: Vec::new() }
    }

    /// Everything under both tracks: for plain tools on plain files, never for a site.
    #[must_use]
    pub const fn everything(subject: SubjectKey) -> Self {
        Self { subject, tracks: [Tracks::BOTH; DataItem::COUNT], refusals: Vec::new() }
    }

    /// Admits one item under one track.
    pub fn admit(&mut self, track: Track, item: DataItem) {
        if let Some(slot) = self.tracks.get_mut(item.index()) {
            *slot = slot.with(track);
        }
    }

    /// Refuses one item under one track.
    pub fn refuse(&mut self, track: Track, item: DataItem, rule: Rule) {
        self.refusals.push(Refusal { track, item, rule });
    }

    /// The patient, as content rows know them.
    #[must_use]
    pub const fn subject(&self) -> SubjectKey {
        self.subject
    }

    /// The tracks under which rows of the item may be received.
    #[must_use]
    pub fn tracks(&self, item: DataItem) -> Tracks {
        self.tracks.get(item.index()).copied().unwrap_or_default()
    }

    /// Whether no item is admitted under any track.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.tracks.iter().all(|tracks| tracks.is_empty())
    }

    /// What is admitted, two bits for each item in the model's order: anonymised, then pseudonymised.
    #[must_use]
    pub fn mask(&self) -> u32 {
        self.tracks.iter().rev().fold(0, |mask, tracks| mask << 2 | u32::from(tracks.byte()))
    }

    /// Whether every item is admitted under both tracks.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tracks.iter().all(|tracks| *tracks == Tracks::BOTH)
    }

    /// The refusals, in the order decided.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }
}
