//! Kills between two steps that have a name: the disk is watched, and the demo killed when it shows the state.
//!
//! Nothing in the product helps, so a state that lasts less than a watcher's glance may be gone before the kill; it is
//! tried again, and a state that was never met fails where it can be met at all on a slow disk ([`Step::brief`]).

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::prepared::{From, Prepared};
use super::{demo, kill, left, start};
use crate::run::binary;

/// Tries to meet a state.
const TRIES: usize = 6;

/// A state between two steps: patterns of paths, `*` for any part of a name, that are there or are not there yet.
struct Step {
    name: &'static str,
    from: From,
    there: &'static [&'static str],
    absent: &'static [&'static str],
    /// Lasts well under a millisecond: not met is said, and is no failure. `calls` meets all of them.
    brief: bool,
}

macro_rules! steps {
    ($(
        $name:literal, $from:ident, [$($there:literal),*], [$($absent:literal),*], $brief:literal;
    )*) => {
        &[$(Step {
            name: $name,
            from: From::$from,
            there: &[$($there),*],
            absent: &[$($absent),*],
            brief: $brief,
        }),*]
    };
}

const STEPS: &[Step] = steps! {
    "region half written", Nothing, [".region.*"], ["region"], false;
    "region named, no key yet", Nothing, ["region"], ["keys/*.age"], true;
    "first key, site key not yet", Nothing, ["keys/*.age"], ["keys/site.age"], false;
    "site key, no ledger yet", Nothing, ["keys/site.age"], ["ledger/checkpoint"], true;
    "ledger begun, register not applied", Nothing, ["ledger/checkpoint"], ["ledger/tile/entries/000.p/2"], true;
    "register begun, not done", Site, ["ledger/tile/entries/000.p/2"], ["ledger/tile/entries/000.p/3"], false;
    "first delivery begun, nothing kept", Site, ["ledger/tile/entries/000.p/4"], ["custody/*/pack-*"], true;
    "first pack open", Site, ["custody/*/pack-*"], ["custody/*/manifest"], false;
    "first table part", Site, ["vault/cleared/*/*/part-*"], ["vault/cleared/*/manifest"], false;
    "custody sealed, vault not", Site, ["custody/*/manifest"], ["vault/identity/*/manifest"], false;
    "identity sealed, content not", Site, ["vault/identity/*/manifest"], ["vault/cleared/*/manifest"], false;
    "content sealed, receive not recorded", Site, ["vault/cleared/*/manifest"], ["ledger/tile/entries/000.p/5"], true;
    "received, screen not begun", Site, ["ledger/tile/entries/000.p/5"], ["ledger/tile/entries/000.p/6"], true;
    "screen begun, not done", Site, ["ledger/tile/entries/000.p/6"], ["ledger/tile/entries/000.p/7"], false;
    "cleared, no answer yet", Site, ["ledger/tile/entries/000.p/7"], ["answers/*/*/answer.json"], true;
    "answer half written", Site, ["answers/*/*/answer.json"], ["answers/*/*/answer.html"], true;
    "answered, delivery not noted", Site, ["answers/*/*/answer.html"], ["ledger/tile/entries/000.p/8"], false;
    "second delivery's pack open", Site, ["ledger/tile/entries/000.p/8"], ["ledger/tile/entries/000.p/9"], false;
    "linking, key made", Site, ["keys/data/linked/l-*"], ["vault/linked/l-*/manifest"], true;
    "linked, not recorded", Site, ["vault/linked/l-*/manifest"], ["region/cohort-a.toml"], false;
    "cohort key made", Linked, ["keys/data/linked/cohort-cohort-a.age"], ["vault/linked/cohort-cohort-a/manifest"], true;
    "cohort decided, no draft", Linked, ["vault/linked/cohort-cohort-a/manifest"], ["releases/.draft-cohort-a"], true;
    "draft of the anonymised release", Linked, ["releases/.draft-cohort-a"], ["releases/.pending-cohort-a.json"], false;
    "certificate pending", Linked, ["releases/.pending-cohort-a.json"], ["releases/.draft-cohort-a/certificate.json"], false;
    "certificate written, release not named", Linked, ["releases/.draft-cohort-a/certificate.json"], ["releases/cohort-a"], false;
    "release named, still pending", Linked, ["releases/cohort-a", "releases/.pending-cohort-a.json"], [], true;
    "draft of the pseudonymised release", Linked, ["releases/.draft-cohort-p"], ["releases/.pending-cohort-p.json"], false;
    "pseudonymised certificate pending", Linked, ["releases/.pending-cohort-p.json"], ["releases/cohort-p"], false;
    "package part", Linked, ["packages/.*.new"], ["packages/*.age"], false;
    "first package named, second not", Linked, ["packages/cohort-a-*.age"], ["packages/cohort-p-*.age"], false;
};

#[test]
fn a_demo_killed_between_any_two_named_steps_ends_the_same() {
    let Some(binary) = binary() else { return };
    let folder = tempfile::tempdir().unwrap();
    let starts = [From::Nothing, From::Site, From::Linked]
        .map(|from| Prepared::new(&binary, folder.path(), from));
    let mut missed = Vec::new();
    for step in STEPS {
        let prepared = starts.iter().find(|one| one.from == step.from).unwrap();
        let met = (1..=TRIES).find(|_| try_at(&binary, prepared, step));
        match met {
            Some(tries) => eprintln!("killed at: {} (try {tries})", step.name),
            None => eprintln!("not met in {TRIES} tries: {}", step.name),
        }
        if met.is_none() && !step.brief {
            missed.push(step.name);
        }
    }
    assert!(missed.is_empty(), "never met, so never tested: {missed:?}");
}

/// Kills one demo at a step; whether the disk still showed the state afterwards. Met or not, the end is checked.
fn try_at(binary: &Path, prepared: &Prepared, step: &Step) -> bool {
    let round = tempfile::tempdir().unwrap();
    let (home, said) = (round.path().join("home"), round.path().join("said"));
    prepared.at(&home);
    let mut child = start(demo(binary, &home), &said);
    while !step.shown(&home) && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_micros(100));
    }
    kill(&mut child);
    let met = step.shown(&home);
    left::check(binary, &home, &prepared.entries, &said, step.name);
    prepared.end(binary, &home, 1, step.name);
    met
}

impl Step {
    fn shown(&self, home: &Path) -> bool {
        self.there.iter().all(|pattern| any(home, pattern))
            && !self.absent.iter().any(|pattern| any(home, pattern))
    }
}

/// Whether a path of a pattern is there.
fn any(folder: &Path, pattern: &str) -> bool {
    let (part, rest) =
        pattern.split_once('/').map_or((pattern, None), |(part, rest)| (part, Some(rest)));
    let below: Vec<PathBuf> = match part.split_once('*') {
        None => vec![folder.join(part)],
        Some((head, tail)) => {
            let Ok(entries) = std::fs::read_dir(folder) else { return false };
            let named = entries.filter_map(Result::ok).filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.len() >= head.len() + tail.len()
                    && name.starts_with(head)
                    && name.ends_with(tail)
                    // Only a pattern that says so means a hidden file.
                    && name.starts_with('.') == head.starts_with('.')
            });
            named.map(|entry| entry.path()).collect()
        }
    };
    below.iter().any(|path| rest.map_or_else(|| path.exists(), |rest| any(path, rest)))
}

#[test]
fn a_pattern_is_met_by_what_it_names_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    std::fs::create_dir_all(home.join("custody/abc")).unwrap();
    std::fs::write(home.join("custody/abc/.pack-1.new"), "").unwrap();
    assert!(any(home, "custody/*") && any(home, "custody/abc/.pack-*"));
    assert!(!any(home, "custody/*/pack-*") && !any(home, "custody/*/manifest"));
    std::fs::write(home.join("custody/abc/pack-1"), "").unwrap();
    assert!(any(home, "custody/*/pack-*"));
}
