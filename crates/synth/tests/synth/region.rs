//! The region as a whole: the same seed gives the same bytes, the register reads, the marks are everywhere.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sudare_synth::{CanaryPrefix, Region, SynthError, write};

use crate::{files, region, rows};

fn with_threads(threads: usize, region: &Region) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| write(region, folder.path(), &|_| ())).unwrap();
    files(folder.path())
}

#[test]
fn the_same_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let region = Region { canary: CanaryPrefix::new("QXJ"), ..Region::new(2_200, 42) };
    let one = with_threads(1, &region);
    let two = with_threads(2, &region);
    assert_eq!(one.len(), two.len());
    for (path, bytes) in &one {
        assert!(two[path] == *bytes, "{} differs", path.display());
    }
    let seeds = [1, 2].map(|seed| with_threads(2, &Region::new(50, seed)));
    assert_ne!(seeds[0], seeds[1]);
}

#[test]
fn totals_agree_with_the_files_and_the_register_reads() {
    let (folder, summary) = region(1_000, 1);
    let text = std::fs::read_to_string(folder.path().join("truth/expect.json")).unwrap();
    let expect: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(expect["receipts"], summary.receipts);
    let facts = rows(folder.path(), "truth/facts.csv");
    assert_eq!(facts.len() as u64, summary.facts);
    let people = rows(folder.path(), "truth/people.csv");
    assert_eq!(people.len() as u64, summary.patients);
    for (id, totals) in expect["providers"].as_object().unwrap() {
        let of = |list: &[BTreeMap<String, String>], kind: &str| {
            list.iter()
                .filter(|row| row["provider"] == *id && (kind.is_empty() || row["kind"] == kind))
                .count() as u64
        };
        assert_eq!(totals["persons"], of(&people, ""));
        for (kind, count) in totals["facts"].as_object().unwrap() {
            assert_eq!(*count, of(&facts, kind), "{id} {kind}");
        }
        let standings = totals["consent"].as_object().unwrap();
        let sum: u64 = standings.values().map(|one| one.as_u64().unwrap()).sum();
        assert_eq!(totals["persons"], sum);
    }
    let register = std::fs::read_to_string(folder.path().join("register.toml")).unwrap();
    let register: toml::Table = register.parse().unwrap();
    let notices = register["notice"].as_array().unwrap();
    assert_eq!(notices.len(), summary.delivering.len() * 4);
    for list in register["given_list"].as_array().unwrap() {
        let path = list["file"].as_str().unwrap();
        let version = list["notice"].as_str().unwrap();
        let date = notices.iter().find(|one| one["id"].as_str() == Some(version)).unwrap();
        let date = date["date"].as_datetime().unwrap().to_string();
        for row in rows(folder.path(), path) {
            assert!(row["date"] >= date, "{version}");
        }
    }
}

#[test]
fn people_and_their_numbers_are_unique_at_a_provider() {
    let (folder, _) = region(2_000, 9);
    let people = rows(folder.path(), "truth/people.csv");
    let key = |row: &BTreeMap<String, String>, column: &str| {
        format!("{} {}", row["provider"], row[column])
    };
    let numbers: BTreeSet<String> = people.iter().map(|row| key(row, "patient_number")).collect();
    assert_eq!(numbers.len(), people.len());
    // An insurer knows by their card whom others know by a number of their own, and cards change.
    let own = || people.iter().filter(|row| row["provider"] != "insurer-1");
    let persons: BTreeSet<String> = own().map(|row| key(row, "person")).collect();
    assert_eq!(persons.len(), own().count());
    let seen: BTreeSet<&str> = people
        .iter()
        .filter(|row| row["provider"].starts_with("hospital"))
        .map(|row| row["person"].as_str())
        .collect();
    assert!((250..450).contains(&seen.len()), "{} of 2000 seen in a hospital", seen.len());
}

#[test]
fn every_mark_is_found_in_the_deliveries_of_its_run_only() {
    let folder = tempfile::tempdir().unwrap();
    let marked = Region { canary: CanaryPrefix::new("QXJ"), ..Region::new(600, 4) };
    write(&marked, folder.path(), &|_| ()).unwrap();
    let (plain, _) = region(600, 4);
    let read = |root: &std::path::Path| {
        let mut all = String::new();
        for (path, bytes) in files(root) {
            if path.starts_with("deliveries") {
                let encoding = match path.extension().and_then(|end| end.to_str()) {
                    Some("UKE") => encoding_rs::SHIFT_JIS,
                    Some("json" | "ndjson") => encoding_rs::UTF_8,
                    Some(_) => continue,
                    None if path.to_string_lossy().contains("/dicom/") => continue,
                    None => encoding_rs::ISO_2022_JP,
                };
                all.push_str(&path.to_string_lossy());
                all.push_str(&encoding.decode(&bytes).0);
            }
        }
        all
    };
    let (with, without) = (read(folder.path()), read(plain.path()));
    let marks = rows(folder.path(), "truth/canary.csv");
    assert!(marks.len() > 50);
    let mut found = BTreeSet::new();
    for mark in &marks {
        assert!(!without.contains(&mark["string"]), "{}", mark["field"]);
        if with.contains(&mark["string"]) {
            found.insert((mark["person"].clone(), mark["field"].clone()));
        }
    }
    for mark in &marks {
        let optional = matches!(mark["field"].as_str(), "symbol" | "number" | "phone");
        let key = (mark["person"].clone(), mark["field"].clone());
        assert!(optional || found.contains(&key), "{} {}", key.0, key.1);
    }
    assert_eq!(CanaryPrefix::new("abc"), None);
}

#[test]
fn a_folder_with_anything_in_it_is_refused() {
    let (folder, _) = region(10, 1);
    let again = write(&Region::new(10, 1), folder.path(), &|_| ());
    assert!(matches!(again, Err(SynthError::NotEmpty(_))));
    let empty = tempfile::tempdir().unwrap();
    let region = Region { years: 0, ..Region::new(10, 1) };
    assert!(matches!(write(&region, empty.path(), &|_| ()), Err(SynthError::Period(0))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_small_region_has_its_people(persons in 0u64..60, seed: u64, years in 1u8..4) {
        let folder = tempfile::tempdir().unwrap();
        let region = Region { years, ..Region::new(persons, seed) };
        let last = std::cell::Cell::new(0);
        let summary = write(&region, folder.path(), &|step| last.set(step.done)).unwrap();
        prop_assert_eq!((summary.persons, last.get()), (persons, persons));
        prop_assert!(summary.households <= persons);
    }
}
