//! Building datasets: the same bytes whenever it is done, what the register must know, and what
//! earlier releases add.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sudare_model::Rule;
use sudare_model::time::Instant;
use sudare_platform::act::{self, Pin};
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock, Site};

use crate::region::{Region, copy, refused_by};
use crate::thread::bytes_of;

fn at(home: &Path, days: i64) -> Site {
    let now = Clock::demo_day().now().unix() + days * 86_400;
    Site::open(home, Clock::Fixed(Instant::from_unix(now))).unwrap()
}

/// The statement of a certificate.
fn statement(files: &BTreeMap<String, Vec<u8>>) -> Value {
    let envelope: Value = serde_json::from_slice(&files["certificate.json"]).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn the_clock_stands_in_the_certificate_alone() {
    let region = Region::new();
    let other = region.folder.path().join("other");
    let first = region.spec("first", "pseudonymised");
    act::build(&mut at(&region.home(), 0), &first, false, None, &Quiet).unwrap();
    copy(&region.home(), &other);
    for track in ["anonymised", "pseudonymised"] {
        let spec = region.spec(&format!("timed-{track}"), track);
        let build = |home: &Path, days| {
            let answer = act::build(&mut at(home, days), &spec, false, Some(3), &Quiet);
            bytes_of(&answer.unwrap().path)
        };
        let (mut now, mut later) = (build(&region.home(), 0), build(&other, 500));
        let said = |files: &BTreeMap<String, Vec<u8>>| {
            let mut said = statement(files);
            let predicate = said["predicate"].as_object_mut().unwrap();
            let ledger = predicate.remove("ledger").unwrap();
            let read_at = predicate["register"].as_object_mut().unwrap().remove("read_at");
            (said, ledger["entry"].clone(), read_at)
        };
        let (one, another) = (said(&now), said(&later));
        assert!(one.1 != another.1 && one.2 != another.2, "the clocks differ");
        assert_eq!(one.0, another.0);
        now.remove("certificate.json");
        later.remove("certificate.json");
        // Not `assert_eq`: a failure would print whole files.
        assert!(now == later, "{track}");
    }
}

#[test]
fn a_project_or_recipient_that_the_register_does_not_know_is_named_with_its_line() {
    let region = Region::new();
    let spec = region.folder.path().join("asked.toml");
    let mut site = region.open(&region.home());
    for (project, recipient, said) in [
        ("p9", "university-1", "asked.toml:4: `project`: "),
        ("p4", "universty-1", "asked.toml:5: `recipient`: the register in force has no user"),
        ("p4", "pharma-1", "asked.toml:5: `recipient`: no contract and no decision"),
    ] {
        let text = format!(
            "format = \"sudare-dataset-1\"\nid = \"asked\"\ntrack = \"anonymised\"\n\
             project = \"{project}\"\nrecipient = \"{recipient}\"\n"
        );
        fs::write(&spec, text).unwrap();
        let error = act::build(&mut site, &spec, true, None, &Quiet).unwrap_err();
        assert!(matches!(error, ActError::Usage(_)), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// A specification of project p4 with these quasi-identifiers.
fn asks(region: &Region, id: &str, quasi: &str, more: &str) -> std::path::PathBuf {
    let path = region.folder.path().join(format!("{id}.toml"));
    let text = format!(
        "format = \"sudare-dataset-1\"\nid = \"{id}\"\ntrack = \"anonymised\"\nproject = \"p4\"\n\
         [anonymise]\nk = 3\nmax_suppression = 0.9\nquasi_identifiers = [{quasi}]\n{more}"
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_second_release_is_compared_with_the_first() {
    let region = Region::new();
    let build = |spec: &Path| {
        let mut site = region.open(&region.home());
        act::build(&mut site, spec, false, None, &Quiet)
    };
    let earlier = |files: &BTreeMap<String, Vec<u8>>| {
        statement(files)["predicate"]["risk"]["earlier"].clone()
    };
    let one = build(&asks(&region, "one", "\"birth_year\", \"area\"", "")).unwrap();
    let said = earlier(&bytes_of(&one.path));
    assert_eq!((said["releases"].as_array().unwrap().len(), &said["smallest"]), (0, &Value::Null));
    let two = build(&asks(&region, "two", "\"sex\", \"birth_year\"", "")).unwrap();
    let said = earlier(&bytes_of(&two.path));
    assert_eq!(said["releases"], serde_json::json!(["one"]));
    assert!(said["smallest"].as_u64().unwrap() >= 3, "{said}");
    assert!(act::verify(&two.path, Pin::default()).is_ok());
    let refuse = "earlier_releases = \"refuse\"\n";
    let cut = build(&asks(&region, "cut", "\"sex\", \"area\"", refuse));
    assert_eq!(refused_by(&cut), Some(Rule::EarlierReleases), "{cut:?}");
    // The book of what was not recorded goes; those of releases stay, and no row of them in clear.
    drop(region.open(&region.home()));
    let books = region.home().join("vault/cohorts");
    let mut kept: Vec<_> =
        fs::read_dir(books).unwrap().map(|one| one.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["one", "two"]);
}

#[test]
fn a_book_that_is_gone_stops_the_next_release() {
    let region = Region::new();
    let first = asks(&region, "first", "\"sex\"", "");
    act::build(&mut region.open(&region.home()), &first, false, None, &Quiet).unwrap();
    fs::remove_dir_all(region.home().join("vault/cohorts/first")).unwrap();
    let next = asks(&region, "next", "\"sex\"", "");
    let built = act::build(&mut region.open(&region.home()), &next, false, None, &Quiet);
    assert!(matches!(built, Err(ActError::Failed { .. })), "{built:?}");
}

#[test]
fn a_report_tells_what_was_refused_at_the_door() {
    let region = Region::new();
    let spec = region.spec("told", "anonymised");
    let mut site = region.open(&region.home());
    let path = act::build(&mut site, &spec, false, None, &Quiet).unwrap().path;
    for report in ["report.html", "report.ja.html"] {
        let report = fs::read_to_string(path.join(report)).unwrap();
        for said in ["R-NOT-03", "Reg. 48(1)(i)", "hospital-1"] {
            assert!(report.contains(said), "{said}");
        }
    }
}
