//! From files to verified datasets, and what must not happen on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sudare_model::Rule;
use sudare_platform::act::{self, Pin, StopAsked};
use sudare_platform::progress::Quiet;
use sudare_platform::{Clock, Desk};

use crate::region::{Region, copy, refused_by};

pub(crate) fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect()
}

#[test]
fn the_same_inputs_and_seed_give_the_same_bytes() {
    let region = Region::new();
    // A project's key is made with its first dataset, and is the same in both copies.
    let first = region.spec("first", "pseudonymised");
    act::build(&mut region.open(&region.home()), &first, false, None, &Quiet).unwrap();
    let other = region.folder.path().join("other");
    copy(&region.home(), &other);
    for track in ["anonymised", "pseudonymised"] {
        let spec = region.spec(&format!("same-{track}"), track);
        let build = |home: &Path, seed| {
            let answer = act::build(&mut region.open(home), &spec, false, Some(seed), &Quiet);
            bytes_of(&answer.unwrap().path)
        };
        // Not `assert_eq`: a failure would print whole files.
        assert!(build(&region.home(), 3) == build(&other, 3), "{track}");
    }
}

#[test]
fn what_was_done_is_done_once() {
    let region = Region::new();
    let spec = region.spec("once", "anonymised");
    let mut site = region.open(&region.home());
    let built = act::build(&mut site, &spec, false, Some(1), &Quiet).unwrap();
    drop(site);
    let checkpoint = fs::read(region.home().join("ledger/checkpoint")).unwrap();
    let mut site = region.open(&region.home());
    assert!(act::register_apply(&mut site, &region.synth.register).unwrap().unchanged);
    for (provider, folder) in &region.synth.deliveries {
        let again =
            act::receive(&mut site, provider, std::slice::from_ref(folder), &Quiet).unwrap();
        let before = again.before.as_ref().unwrap();
        assert!(
            again.unchanged && again.brought.records == 0 && again.brought.rows.is_empty(),
            "{provider}"
        );
        assert!(before.brought.records > 0 && before.brought.units["read"] > 0, "{provider}");
        assert_eq!(again.brought.files["read"], 0, "{provider}");
        assert_eq!(
            again.brought.files["received_before"], before.brought.files["read"],
            "{provider}"
        );
        assert_eq!(again.brought.files["given"], before.brought.files["read"], "{provider}");
    }
    assert!(act::link(&mut site, &Quiet).unwrap().unchanged);
    let again = act::build(&mut site, &spec, false, Some(1), &Quiet).unwrap();
    assert!(again.unchanged);
    assert_eq!((again.persons, again.rows, again.k), (built.persons, built.rows, built.k));
    assert_eq!(fs::read(region.home().join("ledger/checkpoint")).unwrap(), checkpoint);
}

#[test]
fn a_stop_request_leaves_every_later_release_and_holds_back_the_earlier_ones() {
    let region = Region::new();
    let mut site = region.open(&region.home());
    let before = region.spec("before", "pseudonymised");
    let before = act::build(&mut site, &before, false, None, &Quiet).unwrap();
    act::grant_add(&mut site, "before", "pharma-1", None).unwrap();
    act::deliver(&mut site, "before", "pharma-1", None).unwrap();
    let people = fs::read_to_string(region.synth.out.join("truth/people.csv")).unwrap();
    let desk = Desk::open(&region.home(), Clock::demo_day()).unwrap();
    let mut stopped = 0;
    for line in people.lines().skip(1).take(60) {
        let mut fields = line.split(',').skip(1);
        let (provider, number) = (fields.next().unwrap(), fields.next().unwrap());
        let asked = StopAsked {
            provider,
            patient_number: number,
            track: None,
            requester: "subject",
            subject_dead: false,
        };
        stopped += u64::from(act::stop_add(&desk, &asked).is_ok());
    }
    assert!(stopped > 10);
    let late = act::deliver(&mut site, "before", "pharma-1", None);
    assert_eq!(refused_by(&late), Some(Rule::WithdrawnSince));
    let after = region.spec("after", "pseudonymised");
    let after = act::build(&mut site, &after, false, None, &Quiet).unwrap();
    assert!(after.persons["out"] < before.persons["out"]);
    let granted = act::grant_add(&mut site, "before", "pharma-1", None);
    assert_eq!(refused_by(&granted), Some(Rule::WithdrawnSince));
    act::grant_add(&mut site, "after", "pharma-1", None).unwrap();
    assert!(act::deliver(&mut site, "after", "pharma-1", None).is_ok());
}

#[test]
fn a_changed_byte_is_found_and_named() {
    let region = Region::new();
    let mut site = region.open(&region.home());
    let spec = region.spec("flipped", "anonymised");
    let path = act::build(&mut site, &spec, false, None, &Quiet).unwrap().path;
    assert!(act::verify(&path, Pin::default()).is_ok());
    for (name, bytes) in bytes_of(&path) {
        let mut changed = bytes.clone();
        let at = changed.len() / 2;
        changed[at] ^= 1;
        fs::write(path.join(&name), &changed).unwrap();
        let fault = act::verify(&path, Pin::default()).unwrap_err();
        let told = std::error::Error::source(&fault).map(ToString::to_string).unwrap_or_default();
        assert!(told.contains(&name), "{name}: {told}");
        fs::write(path.join(&name), &bytes).unwrap();
    }
    assert!(act::verify(&path, Pin::default()).is_ok());
}

#[test]
fn what_is_read_fits_what_is_stored() {
    for table in sudare_model::table::CLINICAL {
        let (read, stored) =
            (sudare_intake::content_schema(table), sudare_store::schema::arrow_schema(table));
        assert_eq!(read, stored, "{}", table.name);
    }
}
