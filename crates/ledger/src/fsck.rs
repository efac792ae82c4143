//! The check of a whole log by someone who trusts nobody: public files and the public key, nothing
//! else.
//!
//! What it is for: rebuilds the tree from the entries with its own plain recursion, compares every
//! byte of every file with what it must be, checks the signature, then reads the story that the
//! entries tell. It names the first thing that is wrong. What it is not for: repairing.
//!
//! Invariant: it shares no step with the writer. Hashing, paths and rules are written a second time
//! here, as plainly as possible; only the words of the entries ([`crate::entry`]) and the signature
//! ([`crate::note`]) are common.

use std::collections::BTreeMap;
use std::fmt;

use sudare_model::{DatasetId, Digest, LevelName};

use crate::entry::{Act, EntryError};
use crate::note::{NoteError, Verifier};
use crate::storage::ReadLog;

mod files;
mod story;

use story::Story;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The file is not there.
    #[error("the file is missing")]
    Missing,
    /// The file is there and cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The checkpoint is not believed.
    #[error("the checkpoint is not believed: {0}")]
    Note(NoteError),
    /// The lengths in a bundle do not fit its bytes, or it holds another number of entries.
    #[error("the bundle does not hold the entries it must")]
    Bundle,
    /// An entry and its hash in the tile differ, and the signed root is not that of the entries.
    #[error("the entry is not the one that was signed")]
    Entry,
    /// All entries fit their hashes, and the signed root is another.
    #[error("the entries do not make the signed root")]
    Root,
    /// A tile holds other bytes than the entries make.
    #[error("the tile is not the one that the entries make")]
    Tile,
    /// A partial file of an earlier size holds other bytes than it must.
    #[error("the partial file does not begin the whole one")]
    Partial,
    /// A signed entry cannot be read.
    #[error("the entry cannot be read: {0}")]
    Encoding(EntryError),
    /// A signed entry breaks a rule.
    #[error("{0}")]
    Story(Breach),
}

/// The rule that a signed entry breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// The log does not begin with the site of this name, or holds a second one.
    #[error("a ledger begins with its own site, and only once")]
    Site,
    /// A second half whose first half is not there, of another kind, or closed before.
    #[error("it closes no open act of its kind")]
    Begun,
    /// What was begun and what was made differ, or the dataset was made before.
    #[error("it makes another dataset than was begun, or one that was made before")]
    Made,
    /// An input that is not there, or at a level from which this step does not lead.
    #[error("it reads a dataset that is not there or not at the level its step needs")]
    Input,
    /// An input that was erased or withdrawn as a whole before.
    #[error("it reads a dataset that was erased or withdrawn before")]
    Gone,
    /// An input that a withdrawal touched after the register state relied on.
    #[error("it reads a dataset that a withdrawal touched after the register state it relies on")]
    Stale,
    /// Evidence that names no state of the register.
    #[error("its evidence names no state of the register")]
    Epoch,
    /// Tracks that mix.
    #[error("it mixes tracks")]
    Tracks,
    /// A supply that differs from what was begun, or a grant that does not fit or was withdrawn.
    #[error("its supply is not what was begun or granted")]
    Supply,
    /// A withdrawal of a grant that is not there or was withdrawn before.
    #[error("it withdraws a grant that is not there or was withdrawn before")]
    Grant,
    /// A record about a dataset that is not there.
    #[error("it names a dataset that is not there")]
    Dataset,
}

/// The first thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The file inside the log.
    pub file: String,
    /// The index of the entry concerned, where one can be told.
    pub entry: Option<u64>,
    /// What is wrong.
    #[source]
    pub wrong: Wrong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.file)?;
        if let Some(entry) = self.entry {
            write!(f, ", entry {entry}")?;
        }
        write!(f, ": {}", self.wrong)
    }
}

/// What a log that is in order holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FsckReport {
    /// The name of the log.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The signed root.
    pub root: Digest,
    /// Acts done, by what was done, in the words of the glossary. An act has two entries and counts once; of
    /// withdrawals every request counts.
    pub acts: BTreeMap<&'static str, u64>,
    /// Acts that were begun and given up.
    pub abandoned: u64,
    /// Acts begun and neither done nor abandoned: index of the first half, kind, dataset that was
    /// to be made.
    pub unfinished: Vec<(u64, Act, Option<DatasetId>)>,
    /// Datasets by level, in the order they were made.
    pub datasets: BTreeMap<LevelName, Vec<DatasetId>>,
    /// Datasets erased.
    pub erased: Vec<DatasetId>,
    /// Datasets withdrawn as a whole, by name or because of what they were made from.
    pub withdrawn: Vec<DatasetId>,
}

/// Checks a log through its public files alone.
///
/// # Errors
/// [`Fault`] names the first thing that is wrong.
pub fn fsck(source: &dyn ReadLog, verifier: &Verifier) -> Result<FsckReport, Fault> {
    let checkpoint = files::checkpoint(source, verifier)?;
    let mut story = Story::new(verifier.name());
    let leaves = files::leaves(source, checkpoint.size, &mut story)?;
    files::root(source, &leaves, &checkpoint)?;
    files::tiles(source, &leaves)?;
    files::partial_bundles(source, checkpoint.size)?;
    story.told(checkpoint)
}

#[cfg(test)]
mod tests;
