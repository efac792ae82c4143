//! Bytes to `Received`: one module per format, behind one small trait.
//!
//! What it is for: reading the files of a delivery, splitting identity from content at the door, and saying of
//! everything that was not understood where it lies. What it is not for: opening files (see [`Files`]), deciding
//! who may be received (see [`Gate`]), storing anything, or normalising what a source wrote.
//!
//! Invariants: a patient whose [`sudare_model::Admission`] refuses everything contributes no row and no kept byte;
//! a finding holds a place and never a value; names, birth dates and insured numbers go to the identity batch only
//! (birth, sex and postal code also to `person`); names of doctors and nurses go nowhere.
//!
//! Start at [`plan`], then [`read_unit`], then one of the modules under [`formats`].

pub mod archive;
mod checks;
mod columns;
mod date;
pub mod dimse;
pub mod files;
pub mod findings;
pub mod formats;
pub mod gate;
mod key;
pub mod masters;
pub mod outcome;
mod patients;
pub mod plan;
pub mod quality;
mod shift_jis;
mod statement;
mod text;
mod ucum;
mod unit;
pub mod version;
mod xml;

pub use columns::{content_schema, identity_schema};
pub use files::{Files, MemoryFiles, OpenError, ReadError};
pub use formats::Choice;
pub use gate::{Asked, Gate, Life, OpenGate};
pub use masters::{MasterError, MasterKind, Masters};
pub use outcome::{Context, Counts, Kept, Refused, UnitOutcome};
pub use plan::{Sender, Span, WorkPlan, WorkUnit, plan};
pub use unit::read_unit;
pub use version::Version;
