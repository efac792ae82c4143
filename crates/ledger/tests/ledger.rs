//! The ledger as others use it: its public interface and a storage.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what these tests share stands outside the test functions"
)]

#[path = "ledger/crash.rs"]
mod crash;
#[path = "ledger/flip.rs"]
mod flip;
#[path = "ledger/flow.rs"]
mod flow;
#[path = "ledger/layout.rs"]
mod layout;
#[cfg(test)]
#[path = "ledger/many.rs"]
mod many;
#[path = "ledger/thread.rs"]
mod thread;

#[test]
fn walls() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/walls/*.rs");
}
