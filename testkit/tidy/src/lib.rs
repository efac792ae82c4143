//! Tidy: what the compiler and clippy cannot say about the tree.
//!
//! What it is for: holding the map, the sizes, the names, the callers and the documents to what the project promises.
//! What it is not for: behaviour; that is the tests beside the code.
//!
//! Every check is a function from a [`tree::Tree`] or a part of it to complaints, with a unit test that shows it an
//! invented tree it must complain about. `tests/tidy.rs` runs them all on this tree. It builds in seconds: nothing of
//! the workspace is compiled for it. Start reading at [`edges`].

pub mod callers;
pub mod codes;
pub mod edges;
pub mod errors;
pub mod glossary;
pub mod lockfile;
pub mod names;
pub mod pages;
pub mod sizes;
pub mod tree;
