//! The canary run: unique strings in every identifying field of a region, hunted in every byte of the site.

use std::path::{Path, PathBuf};

use sudare_canary::{Hunter, Needle};

use crate::run::{binary, done, sudare};

/// Marks are carried by the persons 13, 110, 207, 304 and 401 of a region.
const PERSONS: &str = "410";

#[test]
fn no_planted_string_is_left_outside_the_identity_store() {
    let Some(binary) = binary() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (region, home, temporary) =
        (folder.path().join("region"), folder.path().join("home"), folder.path().join("temporary"));
    std::fs::create_dir(&temporary).unwrap();
    let act = |arguments: &[&str], log: &str| {
        let mut command = sudare(&binary, &home);
        command.env("TMPDIR", &temporary).env("SUDARE_LOG", "trace").args(arguments);
        let output = done(&mut command);
        std::fs::write(temporary.join(format!("{log}.out")), output.stdout).unwrap();
        std::fs::write(temporary.join(format!("{log}.err")), output.stderr).unwrap();
    };
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    act(
        &["synth", "--out", &at(&region), "--persons", PERSONS, "--seed", "5", "--canary"],
        "synth",
    );
    act(&["init"], "init");
    act(&["register", "apply", &at(&region.join("register.toml"))], "register");
    for provider in providers(&region) {
        let id = provider.file_name().unwrap().to_str().unwrap();
        act(&["receive", "--provider", id, &at(&provider)], &format!("receive-{id}"));
    }
    act(&["link"], "link");
    for spec in ["anonymised", "pseudonymised"] {
        let file = folder.path().join(format!("{spec}.toml"));
        std::fs::write(&file, specification(spec)).unwrap();
        act(&["dataset", "build", &at(&file)], &format!("build-{spec}"));
    }
    act(&["verify", &at(&home.join("ledger"))], "verify");

    let needles = needles(&region.join("truth/canary.csv"));
    assert!(needles.len() > 50, "only {} needles were planted", needles.len());
    let hunter = Hunter::new(&needles).unwrap();
    let planted = hunter.folder(&region, &[]).unwrap();
    assert!(!planted.sightings.is_empty(), "the region holds no planted string");
    for searched in [&home, &temporary] {
        let account = hunter.folder(searched, &[]).unwrap();
        let found: Vec<String> = account
            .sightings
            .iter()
            .map(|sighting| format!("{}: {}: {}", sighting.place, sighting.label, sighting.how))
            .collect();
        assert!(found.is_empty(), "{} sightings:\n{}", found.len(), found.join("\n"));
        eprintln!("{}: {} files, {} bytes", searched.display(), account.files, account.bytes);
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

/// Rows `person,field,form,string` of the truth about what was planted.
fn needles(truth: &Path) -> Vec<Needle> {
    let text = std::fs::read_to_string(truth).unwrap();
    let rows = text.lines().filter_map(|line| line.rsplit_once(','));
    rows.filter(|(label, _)| label.starts_with('P'))
        .map(|(label, text)| Needle { label: label.into(), text: text.into() })
        .collect()
}
