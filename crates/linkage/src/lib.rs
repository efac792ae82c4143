//! Cleared to Linked: who is who across providers (名寄せ).
//!
//! What it is for: identity statements in, person ids out, with the evidence and what is left for review. What it is
//! not for: reading storage, keeping names, or guessing: two rules, both exact, and what contradicts them stays
//! apart. A probabilistic model takes the place of [`compare`] alone.
//!
//! The way of a statement: [`normalise`] folds its texts, [`statement`] turns them into keyed hashes (no text
//! outlives the call), [`block`] brings equal keys together, [`compare`] says which keys make a link, [`cluster`]
//! joins links and parts what contradicts, [`people`] gives each cluster its person, the same as last time.
//!
//! Invariant: the answer depends on the set of statements and the previous map, and on nothing else: not on their
//! order, not on the key of the run. Start reading at [`Linker`].

pub mod block;
pub mod cluster;
mod columns;
pub mod compare;
pub mod linker;
pub mod normalise;
pub mod people;
pub mod statement;
pub mod truth;

pub use linker::{LinkError, LinkEvidence, Linked, Linker};
pub use people::{PersonMap, PersonMapError};
