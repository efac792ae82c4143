//! The book: levels, steps, [`Dataset`], the transparency log, checkpoints, fsck.
//!
//! What it is for: data has a level because the ledger says so, and anyone can check what it says.
//! An act is two entries of an RFC 6962 tree stored as C2SP `tlog-tiles`: `begun` before it, `done`
//! before it is acknowledged.
//! What it is not for: naming a person (nothing personal enters an entry), touching files (a
//! [`storage::LogStorage`] is an argument), telling the time (an instant is an argument).
//!
//! Invariants: only this crate makes a [`Dataset`]; an entry is durable before the call that writes
//! it returns; a log cut off at any moment opens, verifies and shows the unfinished act;
//! [`fsck::fsck`] finds any changed byte.
//!
//! Start reading at [`level`] (the flow), then [`Ledger`], then [`entry`] (what is written) and
//! [`tile`] (where).

pub mod book;
pub mod contents;
pub mod entry;
pub mod fsck;
pub mod ledger;
pub mod level;
pub mod log;
pub mod note;
pub mod proof;
pub mod read;
pub mod record;
pub mod scribe;
pub mod storage;
pub mod tile;
pub mod tree;

pub use contents::Contents;
pub use entry::{Parameters, Reason};
pub use ledger::{Ledger, WriteError, commitment};
pub use level::Dataset;
pub use note::{Signer, Verifier};
pub use proof::Proof;
pub use scribe::{OpenAct, Scribe};
