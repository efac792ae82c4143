//! The cluster: a scheduler and two executors as processes on loopback, asked by this one.
//!
//! This binary is also those processes: it starts itself with the test [`process`] alone and a role in the
//! environment. Start at [`processes`].
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what these tests share stands outside the test functions"
)]

#[path = "cluster/canary.rs"]
mod canary;
#[path = "cluster/conformance.rs"]
mod conformance;
#[path = "cluster/killed.rs"]
mod killed;
#[path = "cluster/processes.rs"]
mod processes;
#[path = "cluster/site.rs"]
mod site;

/// Not a test: the body of a child process. Does nothing unless [`processes`] started it.
#[test]
#[ignore = "a child process of the other tests"]
fn process() {
    processes::child();
}
