//! Received to Cleared: notices, stop requests, notifications, and the intake predicate (R-INT-04).
//!
//! What it is for: reading the register a producer keeps, and answering for one patient at one instant which items
//! may be received under which track. What it is not for: reading clinical bytes, files or clocks: lists are opened
//! by the caller, instants are arguments, patients are known by [`sudare_model::SubjectKey`] alone.
//!
//! Invariant: deny by default, and a stop only shrinks. Nothing admits but a notice that was filed, published,
//! started, given to the person and waited for; nothing ends a stop.
//!
//! Start reading at [`predicate`], then [`document`] for the file a person writes.

pub mod diff;
pub mod document;
pub mod gate;
pub mod lists;
pub mod notice;
pub mod predicate;
pub mod receipt;
pub mod register;
pub mod rules;
pub mod stop;
mod words;

pub use document::{Document, Problem, RegisterRefused};
pub use gate::{GateBuilder, ProviderGate};
pub use register::Register;
pub use rules::RuleSet;
