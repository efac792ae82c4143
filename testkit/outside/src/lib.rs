//! Tests from outside: they know the built binary, the documents and the file formats, and no crate of the workspace.
//!
//! What it is for: what a stranger would do and see. What it is not for: anything a crate's own test can hold.
//!
//! The binary is named by the environment variable `SUDARE_BIN`; without it the tests that need it say aloud that they
//! skip and pass. `.ci/run` sets it. The tests are in `tests/outside/`; [`transcript`] is the part with its own logic.

pub mod transcript;
