//! The embedded engine against the oracle.

#[cfg(test)]
#[path = "engine/embedded.rs"]
mod embedded;
