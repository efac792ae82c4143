//! The canary run: unique strings in every identifying field of a region, hunted in every byte of the site, of what
//! was printed and logged, and, where `strace` is installed, of what was ever written anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sudare_canary::{Account, Hunter, Needle, spelling};

use crate::run::{binary, done, sudare};

#[path = "canary/formats.rs"]
mod formats;
#[path = "canary/written.rs"]
mod written;

/// Marks are carried by the persons 13, 110, 207, 304 and 401 of a region.
const PERSONS: &str = "410";

/// Fields of `truth/canary.csv` and of people that name or help to name someone; each must lie in the deliveries.
const FIELDS: [&str; 11] = [
    "address",
    "birth_date",
    "family",
    "given",
    "insurer_number",
    "note",
    "number",
    "patient_number",
    "phone",
    "postal_code",
    "symbol",
];

#[test]
fn no_planted_string_is_left_outside_the_identity_store() {
    let Some(binary) = binary() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = Run::begin(&binary, folder.path());
    let needles = needles(&run.region);
    let hunter = Hunter::new(&needles).unwrap();
    control(&run, &needles, &hunter);
    formats::parsed_tables_name_nobody(&run, &needles);

    run.acts();
    logs_hold_plans(&run);
    for searched in [&run.home, &run.temporary] {
        let account = hunter.folder(searched, &[]).unwrap();
        clean(&account);
        assert!(account.files > 20, "{} holds {} files", searched.display(), account.files);
        eprintln!("{}: {} files, {} bytes", searched.display(), account.files, account.bytes);
    }
    if run.traced {
        let account = hunter.folder(&run.written, &[]).unwrap();
        clean(&account);
        let logged = written::bytes_below(&run.temporary);
        assert!(account.bytes > logged, "the trace of writes holds less than the logs");
        eprintln!("written at all: {} bytes in {} streams", account.bytes, account.files);
    } else {
        eprintln!("skipped: strace is not installed; files that were removed are not searched");
    }
}

#[track_caller]
fn clean(account: &Account) {
    let found: Vec<String> = account
        .sightings
        .iter()
        .map(|sighting| format!("{}: {}: {}", sighting.place, sighting.label, sighting.how))
        .collect();
    assert!(found.is_empty(), "{} sightings:\n{}", found.len(), found.join("\n"));
}

/// That a hunt can fail: every field's mark is found in the deliveries, in the character sets of both formats; and
/// every spelling of one mark is found where it is put on purpose.
fn control(run: &Run, needles: &[Needle], hunter: &Hunter) {
    let planted = hunter.folder(&run.region.join("deliveries"), &[]).unwrap();
    let mut fields: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for sighting in &planted.sightings {
        let field = sighting.label.split(',').nth(1).unwrap();
        fields.entry(field).or_default().insert(&sighting.how);
    }
    assert_eq!(fields.keys().copied().collect::<Vec<_>>(), FIELDS, "fields in the deliveries");
    for charset in ["Shift_JIS", "ISO-2022-JP"] {
        assert!(fields["family"].contains(charset), "no name in {charset}: {fields:?}");
    }
    formats::each_is_planted(&planted);
    // SS-MIX2 folders and files are named by patient numbers.
    assert!(planted.sightings.iter().any(|sighting| sighting.place.ends_with(" > name")));

    let mark = needles.iter().find(|needle| needle.label.contains(",family,kanji")).unwrap();
    let purpose = run.region.with_file_name("purpose");
    std::fs::create_dir(&purpose).unwrap();
    let spellings = spelling::spellings(&mark.text);
    for (at, spelling) in spellings.iter().enumerate() {
        let bytes = [b"\0{", spelling.bytes.as_slice(), b"}\0"].concat();
        std::fs::write(purpose.join(at.to_string()), bytes).unwrap();
    }
    let found = hunter.folder(&purpose, &[]).unwrap();
    for (at, spelling) in spellings.iter().enumerate() {
        let seen = found.sightings.iter().any(|one| {
            one.place == at.to_string() && one.label == mark.label && one.how == spelling.how
        });
        assert!(seen, "{} was put on purpose and not found", spelling.how);
    }
    eprintln!("{} needles, {} spellings of one found on purpose", needles.len(), spellings.len());
}

/// The engine prints its plans at the level of the run; without them the hunt would search no plan.
fn logs_hold_plans(run: &Run) {
    for act in ["link", "build-anonymised", "build-pseudonymised"] {
        let log = std::fs::read(run.temporary.join(format!("{act}.err"))).unwrap();
        let log = String::from_utf8_lossy(&log);
        assert!(log.contains("DEBUG sqlx::query"), "{act}: no log of the control store");
        if act != "link" {
            assert!(log.contains("TRACE datafusion"), "{act}: no trace of the engine");
            let plans = ["ProjectionExec", "HashJoinExec"].iter().all(|node| log.contains(node));
            assert!(plans, "{act}: the log holds no plan");
        }
    }
}

/// A region with marks, and the commands of a site on it.
struct Run {
    binary: PathBuf,
    region: PathBuf,
    home: PathBuf,
    /// `TMPDIR` of every command, and what they print.
    temporary: PathBuf,
    /// Every byte that was written to any file, by command and descriptor.
    written: PathBuf,
    traced: bool,
}

impl Run {
    fn begin(binary: &Path, folder: &Path) -> Self {
        let run = Self {
            binary: binary.to_path_buf(),
            region: folder.join("region"),
            home: folder.join("home"),
            temporary: folder.join("temporary"),
            written: folder.join("written"),
            traced: written::can_trace(),
        };
        std::fs::create_dir(&run.temporary).unwrap();
        std::fs::create_dir(&run.written).unwrap();
        let synth = ["synth", "--persons", PERSONS, "--seed", "5", "--canary", "--out"];
        done(sudare(binary, &run.home).args(synth).arg(&run.region));
        run
    }

    fn acts(&self) {
        let at = |path: &Path| path.to_str().unwrap().to_owned();
        let folder = self.region.parent().unwrap();
        self.act(&["init"], "init");
        let register = at(&self.region.join("register.toml"));
        self.act(&["register", "apply", &register], "register");
        for provider in providers(&self.region) {
            let id = provider.file_name().unwrap().to_str().unwrap();
            let arguments = ["receive", "--provider", id, &at(&provider)];
            self.act(&arguments, &format!("receive-{id}"));
        }
        self.act(&["receive", "--provider", "clinic-1", &at(&providers(&self.region)[0])], "again");
        self.act(&["link"], "link");
        for track in ["anonymised", "pseudonymised"] {
            let file = folder.join(format!("{track}.toml"));
            std::fs::write(&file, specification(track)).unwrap();
            self.act(&["dataset", "build", "--dry-run", &at(&file)], &format!("dry-{track}"));
            self.act(&["dataset", "build", &at(&file)], &format!("build-{track}"));
        }
        let handing = ["--dataset", "canary-pseudonymised", "--to", "pharma-1"];
        self.act(&[&["grant", "add"], &handing[..]].concat(), "grant");
        self.act(&[&["deliver"], &handing[..]].concat(), "deliver");
        self.stop(folder);
        self.act(&["verify", &at(&self.home.join("ledger"))], "verify");
    }

    /// A stop request of a person with marks.
    fn stop(&self, folder: &Path) {
        let truth = std::fs::read_to_string(self.region.join("truth/people.csv")).unwrap();
        let row = truth.lines().find(|row| row.starts_with("P00000013,")).unwrap();
        let mut cells = row.split(',').skip(1);
        let provider = cells.next().unwrap();
        let file = folder.join("patient");
        std::fs::write(&file, cells.next().unwrap()).unwrap();
        let file = file.to_str().unwrap();
        self.act(&["stop", "add", "--provider", provider, "--patient-file", file], "stop");
        self.act(&["stop", "list"], "stops");
        self.act(&["link"], "link-again");
    }

    fn act(&self, arguments: &[&str], name: &str) {
        self.run(arguments, name, self.traced);
    }

    /// Runs a command and keeps what it prints and logs, and where it is traced what it writes.
    fn run(&self, arguments: &[&str], name: &str, traced: bool) {
        let mut command = sudare(&self.binary, &self.home);
        command.args(arguments);
        let trace = self.region.with_file_name("trace");
        if traced {
            command = written::traced(&command, &trace);
        }
        command.env("TMPDIR", &self.temporary).env("SUDARE_LOG", "trace");
        let output = done(&mut command);
        std::fs::write(self.temporary.join(format!("{name}.out")), output.stdout).unwrap();
        std::fs::write(self.temporary.join(format!("{name}.err")), output.stderr).unwrap();
        if traced {
            written::keep(&trace, &self.written.join(name));
        }
    }
}

fn providers(region: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(region.join("deliveries")).unwrap();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// A specification of a dataset on a track; the fields a person must write, and no more.
fn specification(track: &str) -> String {
    let project = if track == "anonymised" { "p2" } else { "p1" };
    let head = format!(
        "format = \"sudare-dataset-1\"\nid = \"canary-{track}\"\ntrack = \"{track}\"\n\
         project = \"{project}\"\n"
    );
    // So few people would not make classes of ten; a small k also lets more through to be searched.
    if track == "anonymised" { head + "[anonymise]\nk = 2\nmax_suppression = 0.9\n" } else { head }
}

/// Rows `person,field,form,string` of the truth about what was planted; and of the same persons what cannot be made
/// unique but must not leave either: date of birth, postal code, insurer.
fn needles(region: &Path) -> Vec<Needle> {
    let read = |name: &str| std::fs::read_to_string(region.join("truth").join(name)).unwrap();
    let marks = read("canary.csv");
    let mut needles = Vec::new();
    let mut persons = BTreeSet::new();
    for (label, text) in marks.lines().skip(1).filter_map(|line| line.rsplit_once(',')) {
        needles.push(Needle { label: label.into(), text: text.into() });
        persons.insert(label.split(',').next().unwrap().to_owned());
    }
    assert_eq!(persons.len(), 5, "persons with marks");
    let mut known = BTreeSet::new();
    let people = read("people.csv");
    let mut lines = people.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    for cells in lines.map(|line| line.split(',').collect::<Vec<_>>()) {
        if !persons.contains(cells[0]) {
            continue;
        }
        for field in ["birth_date", "postal_code", "insurer_number"] {
            let at = names.iter().position(|name| *name == field).unwrap();
            for text in [cells[at].to_owned(), cells[at].replace('-', "")] {
                // Six digits of an insurer would be found by chance.
                if text.len() > 6 && known.insert(text.clone()) {
                    needles.push(Needle { label: format!("{},{field}", cells[0]), text });
                }
            }
        }
    }
    needles
}
