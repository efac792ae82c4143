//! Where data lies: the control store, tables by level, keys, files; and the `Compute` trait.
//!
//! What it is for: the only crate that touches the file system. What it is not for: knowing what a row means, or who
//! a person is (it cannot name `sudare-identity`), or computing (that is the engine's).
//!
//! Invariant: nothing about a patient lies on disk unencrypted. Every vault and every pack has a data key of its own;
//! a key destroyed is a dataset gone, backups included.
//! Start reading at [`vault`] (tables), then [`keys`].

pub mod compute;
pub mod control;
pub mod custody;
pub mod files;
pub mod inbox;
pub mod keys;
pub mod letterbox;
mod lock;
pub mod log_files;
pub mod schema;
pub mod seal;
pub mod spool;
pub mod vault;
