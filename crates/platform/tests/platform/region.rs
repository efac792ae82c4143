//! An invented region, received and linked.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sudare_model::Rule;
use sudare_platform::act;
use sudare_platform::answer::SynthAnswer;
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock, Site};

const PERSONS: u64 = 150;
/// How the folder of the shared region is named, before the number of the process.
const SHARED_NAME: &str = "platform-region-";

/// A region received and linked, in a folder that goes with the test.
pub(crate) struct Region {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) synth: SynthAnswer,
}

impl Region {
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

    /// A copy of the one region that every test of a run shares.
    pub(crate) fn new() -> Self {
        static SHARED: OnceLock<(PathBuf, SynthAnswer)> = OnceLock::new();
        let (home, synth) = SHARED.get_or_init(shared);
        let folder = tempfile::tempdir().unwrap();
        copy(home, &folder.path().join("home"));
        Self { folder, synth: synth.clone() }
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

/// Receives and links a region, in the folder that the build gives tests for such things.
fn shared() -> (PathBuf, SynthAnswer) {
    let above = Path::new(env!("CARGO_TARGET_TMPDIR"));
    sweep(above);
    let folder = above.join(format!("{SHARED_NAME}{}", std::process::id()));
    let synth = act::synth(&folder.join("region"), PERSONS, 7, false, &Quiet).unwrap();
    let home = folder.join("home");
    act::init(&home, &Clock::demo_day()).unwrap();
    let mut site = Site::open(&home, Clock::demo_day()).unwrap();
    act::register_apply(&mut site, &synth.register).unwrap();
    for (provider, folder) in &synth.deliveries {
        act::receive(&mut site, provider, std::slice::from_ref(folder), &Quiet).unwrap();
    }
    act::link(&mut site, &Quiet).unwrap();
    drop(site);
    // A database that was just closed takes its journal away, in its own time.
    for _ in 0..500 {
        if !home.join("control.db-wal").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    (home, synth)
}

/// Removes what earlier runs left. One that runs now keeps its own.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(SHARED_NAME);
        let age = entry.metadata().and_then(|about| about.modified()).ok();
        let age = age.and_then(|at| at.elapsed().ok()).unwrap_or_default();
        if ours && age > std::time::Duration::from_secs(3600) {
            let _in_use = fs::remove_dir_all(entry.path());
        }
    }
}

/// Copies a folder with its modes.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
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
