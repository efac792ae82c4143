//! The built binary, from outside. `SUDARE_BIN` names it; without it each test says that it skips.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and one that skips says so"
)]

#[path = "outside/answers.rs"]
mod answers;
#[path = "outside/bad_input.rs"]
mod bad_input;
#[path = "outside/canary.rs"]
mod canary;
#[path = "outside/documents.rs"]
mod documents;
#[path = "outside/kills.rs"]
mod kills;
#[path = "outside/listening.rs"]
mod listening;
#[expect(dead_code, reason = "tests of the platform use the rest of it")]
#[path = "../../../crates/platform/tests/platform/modality.rs"]
mod modality;
#[path = "outside/passphrase.rs"]
mod passphrase;
#[path = "outside/reference.rs"]
mod reference;
#[path = "outside/run.rs"]
mod run;
#[path = "outside/slips.rs"]
mod slips;
#[path = "outside/stops.rs"]
mod stops;
