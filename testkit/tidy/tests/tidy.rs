//! Runs every check of tidy on this tree. A failure lists all that is wrong, one line each.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sudare_tidy::tree::{Complaint, Tree};
use sudare_tidy::{callers, codes, edges, errors, glossary, lockfile, names, pages, sizes};

static ROOT: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap());

fn tree() -> Tree {
    Tree::read(&ROOT).unwrap()
}

#[track_caller]
fn expect_none(mut complaints: Vec<Complaint>) {
    complaints.sort();
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} complaints:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn edges() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(ROOT.join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let graph = edges::Graph::of(&metadata);
    assert!(graph.normal.len() >= 13, "the workspace was not read");
    expect_none(edges::check(&graph));
}

#[test]
fn lockfile() {
    expect_none(lockfile::check(&std::fs::read_to_string(ROOT.join("Cargo.lock")).unwrap()));
}

#[test]
fn sizes() {
    expect_none(sizes::check(&tree().sources));
}

#[test]
fn names() {
    expect_none(names::check(&tree().sources));
}

#[test]
fn callers() {
    expect_none(callers::check(&tree().sources));
}

#[test]
fn errors() {
    expect_none(errors::check(&tree().sources));
}

#[test]
fn glossary() {
    expect_none(glossary::check(&tree()));
}

#[test]
fn pages() {
    expect_none(pages::check(&tree()));
}

/// With `SUDARE_BLESS` set the page is written instead.
#[test]
fn codes() {
    let page = codes::page(&tree().sources);
    if std::env::var_os("SUDARE_BLESS").is_some() {
        std::fs::write(ROOT.join(codes::PAGE), &page).unwrap();
    }
    let stands = std::fs::read_to_string(ROOT.join(codes::PAGE)).unwrap_or_default();
    let differs = page.lines().find(|line| !stands.lines().any(|other| other == *line));
    assert!(
        page == stands,
        "{} is not what the sources say, beginning at {differs:?}; write it anew with \
         `SUDARE_BLESS=1 cargo test -p sudare-tidy codes`",
        codes::PAGE
    );
}
