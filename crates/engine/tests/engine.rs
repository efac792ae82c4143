//! The embedded engine against the oracle.

#[path = "engine/embedded.rs"]
mod embedded;
