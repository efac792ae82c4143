//! Grants as the book knows them, and whether one covers a supply.

use sudare_model::time::Day;
use sudare_model::{DatasetId, ProjectId, Track, UserId};

use crate::record::Permission;

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The entry that granted.
    pub entry: u64,
    /// What it grants.
    pub permission: Permission,
    /// The entry that withdrew it.
    pub withdrawn: Option<u64>,
}

/// What somebody would have.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Who.
    pub user: &'a UserId,
    /// For which project.
    pub project: &'a ProjectId,
    /// On which track.
    pub track: Track,
    /// Which dataset.
    pub dataset: &'a DatasetId,
}

impl Granted {
    /// Whether it is, or was, for this, whatever became of it.
    #[must_use]
    pub fn is_for(&self, wanted: Wanted<'_>) -> bool {
        let grant = &self.permission;
        grant.user == *wanted.user
            && grant.project == *wanted.project
            && grant.track == wanted.track
            && grant.dataset.as_ref().is_none_or(|dataset| dataset == wanted.dataset)
    }

    /// Whether it grants this on a day.
    #[must_use]
    pub fn covers(&self, wanted: Wanted<'_>, day: Day) -> bool {
        let grant = &self.permission;
        self.withdrawn.is_none() && self.is_for(wanted) && (grant.from..=grant.until).contains(&day)
    }
}
