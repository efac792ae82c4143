//! Whole builds on invented people: from linked rows to verified releases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "helpers of tests"
)]

#[path = "deident/build.rs"]
mod build;
#[path = "deident/earlier.rs"]
mod earlier;
#[path = "deident/engine.rs"]
mod engine;
#[path = "deident/files.rs"]
mod files;
#[path = "deident/people.rs"]
mod people;
#[path = "deident/speed.rs"]
mod speed;
#[path = "deident/tracks.rs"]
mod tracks;
#[path = "deident/verify.rs"]
mod verify;
