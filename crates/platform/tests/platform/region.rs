//! An invented region, received and linked.

use std::fs;
use std::path::{Path, PathBuf};

use sudare_model::Rule;
use sudare_platform::act;
use sudare_platform::answer::SynthAnswer;
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock, Site};

const PERSONS: u64 = 150;

/// A region received and linked, in a folder that goes with the test.
pub(crate) struct Region {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) synth: SynthAnswer,
}

impl Region {
    pub(crate) fn new() -> Self {
        let region = Self::registered();
        let mut site = region.open(&region.home());
        for (provider, folder) in &region.synth.deliveries {
            act::receive(&mut site, provider, std::slice::from_ref(folder), &Quiet).unwrap();
        }
        act::link(&mut site, &Quiet).unwrap();
        region
    }

    /// A region of which nothing but the register came in.
    pub(crate) fn registered() -> Self {
        let region = Self::empty();
        let mut site = region.open(&region.home());
        act::register_apply(&mut site, &region.synth.register).unwrap();
        region
    }

    /// A region beside a site that has seen nothing of it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let synth = act::synth(&folder.path().join("region"), PERSONS, 7, false, &Quiet).unwrap();
        let region = Self { folder, synth };
        act::init(&region.home(), &Clock::demo_day()).unwrap();
        region
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn open(&self, home: &Path) -> Site {
        Site::open(home, Clock::demo_day()).unwrap()
    }

    /// A specification of this id on this track; k is small because the region is.
    pub(crate) fn spec(&self, id: &str, track: &str) -> PathBuf {
        let path = self.folder.path().join(format!("{id}.toml"));
        let project = if track == "anonymised" { "p4" } else { "p1" };
        let mut text = format!(
            "format = \"sudare-dataset-1\"\nid = \"{id}\"\ntrack = \"{track}\"\nproject = \"{project}\"\n"
        );
        if track == "anonymised" {
            text.push_str("[anonymise]\nk = 2\nmax_suppression = 0.5\n");
            text.push_str("quasi_identifiers = [\"sex\", \"birth_year\"]\n");
        }
        fs::write(&path, text).unwrap();
        path
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            match fs::copy(entry.path(), target) {
                // A database that was just closed takes its journal away.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => assert!(copied.is_ok(), "{copied:?}"),
            }
        }
    }
}

/// The rule that refused, if one did.
pub(crate) fn refused_by<T>(result: &Result<T, ActError>) -> Option<Rule> {
    match result {
        Err(ActError::Refused { rule, .. }) => Some(*rule),
        _ => None,
    }
}
