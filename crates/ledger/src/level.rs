//! Levels and steps: the whole flow in one file.
//!
//! ```text
//! Receive ──▶ Received ──Screen──▶ Cleared ──Link──▶ Linked ──Pseudonymise──▶ Pseudonymised ──┐
//!                                    (one or many)      └─────Anonymise─────▶ Anonymised ─────┴─ Deliver
//! ```
//!
//! What it is for: a step from one level to the next is a type, so that a step that is not here
//! cannot be written.
//! Invariant: data has a level because the ledger says so. [`Dataset`] has no constructor outside
//! this crate; the ledger gives one after its entry is durable, and again for a dataset that its
//! log knows. Types stop accidents, not people: the log and its fsck hold against a person.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use sudare_model::{DatasetId, LevelName, Track};

use crate::contents::Contents;
use crate::entry::Act;
use crate::record::{
    Checked, Erasure, GrantWithdrawal, Intake, LinkModel, OnwardSupply, Permission, Record,
    Standing, Supply, Verdict, Withdrawal,
};

mod sealed {
    /// Only this crate may add a level or a kind.
    pub trait Sealed {}
}
use sealed::Sealed;

/// A level of protection.
pub trait Level: Sealed + 'static {
    /// Its name.
    const NAME: LevelName;
}

/// A level that may leave the producer.
pub trait Released: Level {
    /// The track it is made under.
    const TRACK: Track;
}

/// A kind of act. Whoever holds the [`crate::Scribe`] of a kind may write that kind, and no other.
pub trait Kind: Sealed + 'static {
    /// Its name in the entries.
    const ACT: Act;
    /// What its second half records.
    type Record: Into<Record>;
}

/// A kind that makes a dataset.
pub trait Makes: Kind {
    /// The level of what it makes.
    type To: Level;
}

/// A step raises data from one level to the next, and says why.
pub trait Step: Makes {
    /// The level it begins at.
    type From: Level;
    /// One dataset, or many.
    type Inputs<'a>: Inputs<Self::From>;
}

/// A kind that needs no dataset to begin.
pub trait Plain: Kind {}

/// The datasets that a step reads.
pub trait Inputs<L: Level>: Sealed {
    /// Their ids.
    fn ids(&self) -> Vec<DatasetId>;
}

impl<L: Level> Sealed for &Dataset<L> {}
impl<L: Level> Inputs<L> for &Dataset<L> {
    fn ids(&self) -> Vec<DatasetId> {
        vec![self.id.clone()]
    }
}

impl<L: Level> Sealed for &[Dataset<L>] {}
impl<L: Level> Inputs<L> for &[Dataset<L>] {
    fn ids(&self) -> Vec<DatasetId> {
        self.iter().map(|one| one.id.clone()).collect()
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl Level for $name {
            const NAME: LevelName = LevelName::$name;
        }
    )*};
}

levels! {
    /// Files as a provider sent them, read and split into identity and content.
    Received;
    /// Rows that passed the intake predicate (R-INT-04).
    Cleared;
    /// Cleared rows whose persons are known across providers.
    Linked;
    /// Made under Article 33 of the Regulation.
    Pseudonymised;
    /// Made under Article 18 of the Regulation.
    Anonymised;
}

impl Released for Pseudonymised {
    const TRACK: Track = Track::Pseudonymised;
}
impl Released for Anonymised {
    const TRACK: Track = Track::Anonymised;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident because $record:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl Kind for $name {
            const ACT: Act = Act::$name;
            type Record = $record;
        }
    )*};
}

kinds! {
    /// A register is applied.
    Register because crate::record::Register;
    /// Files come in: makes `Received`.
    Receive because Intake;
    /// The step to `Cleared`.
    Screen because Standing;
    /// The step to `Linked`.
    Link because LinkModel;
    /// The step to `Pseudonymised`.
    Pseudonymise because Verdict;
    /// The step to `Anonymised`.
    Anonymise because Verdict;
    /// A user may have a dataset.
    Grant because Permission;
    /// A grant is withdrawn.
    WithdrawGrant because GrantWithdrawal;
    /// A dataset is handed over.
    Deliver because Supply;
    /// A user reports having supplied another.
    Onward because OnwardSupply;
    /// A dataset or the ledger is checked.
    Check because Checked;
    /// A stop request or a revocation takes effect.
    Withdraw because Withdrawal;
    /// A dataset is erased.
    Erase because Erasure;
}

impl Makes for Receive {
    type To = Received;
}

macro_rules! steps {
    ($($name:ident: $inputs:ty, $from:ty => $to:ty;)*) => {$(
        impl Makes for $name {
            type To = $to;
        }
        impl Step for $name {
            type From = $from;
            type Inputs<'a> = &'a $inputs;
        }
    )*};
}

steps! {
    Screen: Dataset<Received>, Received => Cleared;
    Link: [Dataset<Cleared>], Cleared => Linked;
    Pseudonymise: Dataset<Linked>, Linked => Pseudonymised;
    Anonymise: Dataset<Linked>, Linked => Anonymised;
}

impl Plain for Register {}
impl Plain for Grant {}
impl Plain for WithdrawGrant {}
impl Plain for Onward {}
impl Plain for Check {}
impl Plain for Withdraw {}
impl Plain for Erase {}

/// Data at a level. Only the ledger makes one.
///
/// Holding one is no promise that nothing was withdrawn since: the ledger asks again at every act.
pub struct Dataset<L: Level> {
    id: DatasetId,
    contents: Arc<Contents>,
    entry: u64,
    level: PhantomData<fn() -> L>,
}

impl<L: Level> Dataset<L> {
    pub(crate) const fn new(id: DatasetId, contents: Arc<Contents>, entry: u64) -> Self {
        Self { id, contents, entry, level: PhantomData }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &DatasetId {
        &self.id
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The index of the entry that says it is at this level.
    #[must_use]
    pub const fn entry(&self) -> u64 {
        self.entry
    }

    /// The name of its level.
    #[must_use]
    pub const fn level(&self) -> LevelName {
        L::NAME
    }
}

impl<L: Level> Clone for Dataset<L> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone(), Arc::clone(&self.contents), self.entry)
    }
}

impl<L: Level> fmt::Debug for Dataset<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset<{}>({}, entry {})", L::NAME, self.id, self.entry)
    }
}
