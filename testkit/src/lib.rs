//! Oracles, conformance suites, tidy, canary; never ships.

pub mod conformance;
pub mod oracle;
