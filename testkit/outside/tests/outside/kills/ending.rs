//! How a demo ended: its account, its acts, its data, its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::book::{self, Story};
use super::demo;
use crate::run::{done, json, sudare};

/// Columns that the random keys of a site decide: two sites name the same person differently.
const KEYED: [&str; 3] = ["person_id", "visit_id", "payer_kind"];

/// What a demo leaves.
pub(super) struct Ending {
    entries: Vec<Vec<u8>>,
    story: Story,
    counts: Value,
    refused: Value,
    /// Rows of each table of the pseudonymised release without [`KEYED`], sorted; and the persons of the other.
    rows: BTreeMap<String, Vec<Vec<String>>>,
    /// Bytes of each file of the releases. Only sites with the same keys agree.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Folders and files of the site, ids replaced by a star.
    tree: BTreeMap<String, usize>,
}

impl Ending {
    /// Runs a demo to its end on whatever is there, verifies what it made, and reads it.
    #[track_caller]
    pub(super) fn reach(binary: &Path, home: &Path) -> Self {
        let account = json(&done(demo(binary, home).arg("--json")));
        for dataset in account["datasets"].as_array().unwrap() {
            done(sudare(binary, home).arg("verify").arg(dataset["path"].as_str().unwrap()));
        }
        done(sudare(binary, home).arg("verify").arg(home.join("ledger")));
        let releases = home.join("releases");
        let mut rows = BTreeMap::new();
        let mut files = BTreeMap::new();
        for path in every_file(&releases) {
            let name = path.strip_prefix(&releases).unwrap().to_path_buf();
            let bytes = std::fs::read(&path).unwrap();
            let shown = name.to_str().unwrap().to_owned();
            let keyless = shown.starts_with("cohort-p/") || shown.ends_with("/person.csv");
            if keyless && shown.ends_with(".csv") && !shown.ends_with("/dictionary.csv") {
                rows.insert(shown, without_keys(&String::from_utf8(bytes.clone()).unwrap()));
            }
            files.insert(name, bytes);
        }
        let entries = book::entries(home);
        Self {
            story: Story::of(&entries),
            entries,
            counts: account["counts"].clone(),
            refused: account["refused"].clone(),
            rows,
            files,
            tree: tree(home),
        }
    }

    /// The entries of the ledger at the end.
    pub(super) fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// Holds an ending after kills to an undisturbed one on another site.
    #[track_caller]
    pub(super) fn assert_like(&self, undisturbed: &Self, kills: usize, place: &str) {
        assert_eq!(undisturbed.counts, self.counts, "{place}: the counts differ");
        assert_eq!(undisturbed.refused, self.refused, "{place}: the refusals differ");
        differ_not(&undisturbed.story.done, &self.story.done, place, "finished acts");
        differ_not(&undisturbed.tree, &self.tree, place, "files");
        let names = |ending: &Self| ending.rows.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(undisturbed), names(self), "{place}: other tables");
        for (name, rows) in &undisturbed.rows {
            assert_eq!(rows, &self.rows[name], "{place}: {name} holds other rows");
        }
        let story = &self.story;
        // Every first half has a second; the site's own entry has no first.
        assert_eq!(story.begun, story.finished() - 1 + story.abandoned, "{place}: {story:?}");
        assert!(story.abandoned <= kills, "{place}: {} acts given up", story.abandoned);
    }

    /// Holds an ending to an undisturbed one on a site with the same keys: every byte that leaves is the same. A
    /// certificate names its place in the ledger, in which the abandoned acts stand too.
    #[track_caller]
    pub(super) fn assert_same_bytes(&self, undisturbed: &Self, place: &str) {
        let names = |ending: &Self| ending.files.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(undisturbed), names(self), "{place}: other files in the releases");
        for (name, bytes) in &undisturbed.files {
            let certificate = name.ends_with("certificate.json");
            let same = if certificate && self.story.abandoned > undisturbed.story.abandoned {
                statement(bytes) == statement(&self.files[name])
            } else {
                bytes == &self.files[name]
            };
            assert!(same, "{place}: {} differs", name.display());
        }
    }
    /// Holds the tables of the releases to those of a site with the same keys, byte by byte.
    #[track_caller]
    pub(super) fn assert_same_tables(&self, other: &Self, place: &str) {
        let tables = |ending: &Self| {
            let is_table =
                |name: &Path| name.extension().is_some_and(|it| it != "json" && it != "html");
            let files = ending.files.iter().filter(|(name, _)| is_table(name));
            files.map(|(name, bytes)| (name.clone(), bytes.clone())).collect::<Vec<_>>()
        };
        let (mine, theirs) = (tables(self), tables(other));
        assert_eq!(mine.len(), theirs.len(), "{place}: other tables");
        for ((name, mine), (_, theirs)) in mine.iter().zip(&theirs) {
            assert!(mine == theirs, "{place}: {} differs", name.display());
        }
    }
}

/// Fails with what only one of two counts has.
#[track_caller]
fn differ_not(
    expected: &BTreeMap<String, usize>,
    found: &BTreeMap<String, usize>,
    place: &str,
    what: &str,
) {
    let all: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let other: Vec<String> = all
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name))
        .map(|name| format!("{:?} became {:?}: {name}", expected.get(name), found.get(name)))
        .collect();
    assert!(other.is_empty(), "{place}: other {what}:\n{}", other.join("\n"));
}

/// What a certificate states, without its place in the ledger.
fn statement(envelope: &[u8]) -> Value {
    let envelope: Value = serde_json::from_slice(envelope).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    assert!(statement["predicate"]["ledger"].is_object(), "a certificate names its place");
    statement["predicate"]["ledger"] = Value::Null;
    statement
}

/// The rows of a table without the columns of [`KEYED`], sorted. The tables hold no quoted commas; a quote would show
/// as a difference, not hide one.
fn without_keys(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut rows: Vec<Vec<String>> = lines
        .map(|line| {
            let cells = line.split(',').enumerate();
            let kept =
                cells.filter(|(at, _)| names.get(*at).is_none_or(|name| !KEYED.contains(name)));
            kept.map(|(_, cell)| cell.to_owned()).collect()
        })
        .collect();
    rows.sort_unstable();
    rows.insert(0, names.into_iter().map(str::to_owned).collect());
    rows
}

/// Every file below a folder.
pub(super) fn every_file(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Files of a site by their names, ids that the keys decide replaced by a star, and how many have that name. The
/// ledger's own tiles are left out, for they tell of the abandoned acts too, and what SQLite keeps beside a database.
/// The region is no part of the site: what a killed `synth` leaves there nobody sweeps.
fn tree(home: &Path) -> BTreeMap<String, usize> {
    let mut tree = BTreeMap::new();
    for path in every_file(home) {
        let name = path.strip_prefix(home).unwrap().to_str().unwrap();
        let elsewhere = ["ledger/tile/", "control.db-", "region/.", ".region."];
        if elsewhere.iter().any(|begin| name.starts_with(begin)) {
            continue;
        }
        let parts = name.split('/').map(|part| {
            let word = |word: &str| {
                let random = word.len() == 24 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
                let part = word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit());
                if random || part { "*".to_owned() } else { word.to_owned() }
            };
            let dashed = |part: &str| part.split('-').map(word).collect::<Vec<_>>().join("-");
            part.split('.').map(dashed).collect::<Vec<_>>().join(".")
        });
        *tree.entry(parts.collect::<Vec<_>>().join("/")).or_default() += 1;
    }
    tree
}
