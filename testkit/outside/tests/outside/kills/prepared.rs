//! Homes to be killed in: empty, with a region and keys, or linked. A copy of a prepared home has the same keys, so
//! that two demos in copies can be compared byte by byte.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::ending::{Ending, every_file};
use super::{PERSONS, SEED, book, demo};
use crate::run::{done, sudare};

/// Where a demo starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    /// No home at all.
    Nothing,
    /// A region, and a site that is empty.
    Site,
    /// Received and linked, and the key of the pseudonymised dataset's project made. What follows follows from the
    /// keys, byte by byte.
    Linked,
}

/// A start, and what an undisturbed demo from there came to.
pub(super) struct Prepared {
    pub(super) from: From,
    home: PathBuf,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) undisturbed: Ending,
    /// How long it took.
    pub(super) whole: Duration,
}

impl Prepared {
    /// Prepares a start below a folder.
    pub(super) fn new(binary: &Path, folder: &Path, from: From) -> Self {
        let home = folder.join(format!("{from:?}"));
        if from >= From::Site {
            let region = home.join("region");
            let synth = ["--persons", PERSONS, "--seed", SEED, "--out"];
            done(sudare(binary, &home).arg("synth").args(synth).arg(&region));
            done(sudare(binary, &home).arg("init"));
        }
        if from == From::Linked {
            link(binary, &home);
        }
        let undisturbed = folder.join(format!("{from:?}-undisturbed"));
        copy(&home, &undisturbed);
        let start = Instant::now();
        done(&mut demo(binary, &undisturbed));
        let whole = start.elapsed();
        let ended = Ending::reach(binary, &undisturbed);
        Self { from, entries: book::entries(&home), home, undisturbed: ended, whole }
    }

    /// A copy to be killed in.
    pub(super) fn at(&self, home: &Path) {
        copy(&self.home, home);
    }

    /// Runs a demo to its end in a home where demos were killed, and holds the end to the undisturbed one.
    #[track_caller]
    pub(super) fn end(&self, binary: &Path, home: &Path, kills: usize, place: &str) {
        let before = book::entries(home);
        let ended = Ending::reach(binary, home);
        assert!(ended.entries().starts_with(&before), "{place}: the ledger lost an entry");
        ended.assert_like(&self.undisturbed, kills, place);
        if self.from == From::Linked {
            ended.assert_same_bytes(&self.undisturbed, place);
        }
        // Once more changes nothing: no act, no row and no file is counted again.
        let again = Ending::reach(binary, home);
        assert_eq!(ended.entries(), again.entries(), "{place}: a demo once more wrote entries");
        again.assert_like(&ended, kills, place);
    }
}

/// The commands of a demo up to `link`, and a dataset of the project whose key is wanted.
fn link(binary: &Path, home: &Path) {
    let region = home.join("region");
    let register = region.join("register.toml");
    done(sudare(binary, home).args(["register", "apply"]).arg(register));
    let mut providers: Vec<PathBuf> = std::fs::read_dir(region.join("deliveries"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    providers.sort();
    for folder in providers {
        let provider = folder.file_name().unwrap();
        done(sudare(binary, home).args(["receive", "--provider"]).arg(provider).arg(&folder));
    }
    done(sudare(binary, home).arg("link"));
    let spec = region.join("first.toml");
    let text = "format = \"sudare-dataset-1\"\nid = \"first\"\ntrack = \"pseudonymised\"\n\
                project = \"p1\"\n";
    std::fs::write(&spec, text).unwrap();
    done(sudare(binary, home).args(["dataset", "build"]).arg(spec));
}

/// Copies a folder; one that is not there is not made.
fn copy(from: &Path, to: &Path) {
    if !from.exists() {
        return;
    }
    for path in every_file(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&path, target).unwrap();
    }
}
