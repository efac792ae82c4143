//! Oracles, conformance suites, tidy, canary; never ships.
