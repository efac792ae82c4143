//! Why the book refuses an entry.

use sudare_model::{DatasetId, LevelName, Rule};

use crate::entry::Act;

/// Why an entry would be unlawful. It holds ids and indices, nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlawful {
    /// The first entry must be the site's, and no other may be.
    #[error("a ledger begins with its site, and only once")]
    Site,
    /// No dataset has this id.
    #[error("the ledger knows no dataset `{0}`")]
    Unknown(DatasetId),
    /// The dataset is at another level than the act needs.
    #[error("dataset `{dataset}` is {is}, and the act needs {needs}")]
    Level {
        /// The dataset.
        dataset: DatasetId,
        /// Its level.
        is: LevelName,
        /// The level that the act reads.
        needs: LevelName,
    },
    /// A dataset of this id has been made.
    #[error("dataset `{0}` has been made before")]
    Made(DatasetId),
    /// A dataset of this id is being made.
    #[error("dataset `{dataset}` is being made since entry {begun}; abandon that first")]
    Making {
        /// The dataset.
        dataset: DatasetId,
        /// The entry that began it.
        begun: u64,
    },
    /// The act makes a dataset and was not told its id, or the reverse, or reads too few or too
    /// many.
    #[error("an act of kind `{0}` does not read or make that")]
    Shape(Act),
    /// There is no unfinished act of this kind at this index.
    #[error("entry {0} is no unfinished act of this kind")]
    NotOpen(u64),
    /// The dataset is withdrawn as a whole.
    #[error("dataset `{dataset}` is withdrawn by entry {by}")]
    Withdrawn {
        /// The dataset.
        dataset: DatasetId,
        /// The withdrawal.
        by: u64,
    },
    /// The dataset is erased.
    #[error("dataset `{dataset}` is erased by entry {by}")]
    Erased {
        /// The dataset.
        dataset: DatasetId,
        /// The erasure.
        by: u64,
    },
    /// A withdrawal after the register state relied on touches the dataset.
    #[error("dataset `{dataset}` is touched by withdrawal {by}, later than register state {epoch}")]
    Stale {
        /// The dataset.
        dataset: DatasetId,
        /// The withdrawal.
        by: u64,
        /// The register state relied on.
        epoch: u64,
    },
    /// The register state in the evidence is none that the ledger knows.
    #[error("entry {0} is no state of the register")]
    Epoch(u64),
    /// Rows of another track would enter, or no row of this track was received.
    #[error("dataset `{0}` would mix tracks")]
    Tracks(DatasetId),
    /// The grant named is none for this user, project, track and dataset on this day, or was withdrawn.
    #[error("entry {0} does not grant this supply")]
    Grant(u64),
    /// No grant was recorded at this entry, or it was withdrawn before.
    #[error("entry {0} is no grant in force")]
    NoGrant(u64),
}

impl Unlawful {
    /// The rule of law that refuses, where one does.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Stale { .. } | Self::Withdrawn { .. } => Some(Rule::WithdrawnSince),
            Self::Tracks(_) => Some(Rule::TracksMixed),
            Self::Grant(_) => Some(Rule::DecisionMissing),
            _ => None,
        }
    }
}
