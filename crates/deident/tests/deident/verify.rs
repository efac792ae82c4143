//! The offline verifier: one byte changed anywhere, and it names what.

use expect_test::{expect, expect_file};
use sudare_deident::verify::{VerifyFault, release};

use crate::build::{ANONYMISED, Built, PSEUDONYMISED, build, place};
use crate::files::{Folder, TestKey};
use crate::people::Linked;

fn check(folder: &Folder) -> Result<String, VerifyFault> {
    let report = release(folder, &[TestKey::default().trusted()], &|claim| {
        if *claim.place == place() { Ok(()) } else { Err("another entry".to_owned()) }
    })?;
    Ok(format!(
        "{} {} by {}: {} files, k {:?}, {:?}, {} columns",
        report.dataset,
        report.track,
        report.signed_by,
        report.files,
        report.k.map(|k| k >= 10),
        report.rows,
        report.columns_scanned
    ))
}

fn built() -> Built {
    build(ANONYMISED, &Linked::region(150, 9), b"k", 64).unwrap()
}

#[test]
fn a_release_verifies() {
    let said = check(&built().folder).unwrap();
    assert!(said.starts_with("diabetes-a anonymised by test-1: 10 files, k Some(true)"), "{said}");
    let other = build(PSEUDONYMISED, &Linked::region(150, 9), b"k", 64).unwrap();
    expect![[r#"diabetes-p pseudonymised by test-1: 10 files, k None, [("person", 138), ("condition_occurrence", 1104), ("measurement", 1104)], 43 columns"#]]
        .assert_eq(&check(&other.folder).unwrap());
}

#[test]
fn one_byte_changed_anywhere_is_named() {
    let files = built().folder.files();
    for (name, bytes) in &files {
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut changed = files.clone();
            changed.get_mut(name).unwrap()[at] ^= 1;
            let fault = check(&Folder::of(changed)).unwrap_err().to_string();
            assert!(fault.contains(&format!("`{name}`")), "{name} byte {at}: {fault}");
        }
        let mut shorter = files.clone();
        shorter.get_mut(name).unwrap().pop();
        let fault = check(&Folder::of(shorter)).unwrap_err().to_string();
        assert!(fault.contains(&format!("`{name}`")), "{name}: {fault}");
    }
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let files = built().folder.files();
    for name in files.keys() {
        let mut less = files.clone();
        less.remove(name);
        let fault = check(&Folder::of(less)).unwrap_err().to_string();
        assert_eq!(fault, format!("`{name}` is certified and is missing"));
    }
    let mut more = files;
    more.insert(".hidden".to_owned(), vec![1]);
    let fault = check(&Folder::of(more)).unwrap_err().to_string();
    assert_eq!(fault, "`.hidden` is there and is not certified");
}

#[test]
fn another_key_and_another_ledger_are_refused() {
    let folder = built().folder;
    let mut key = TestKey::default().trusted();
    key.public[0] ^= 1;
    let fault = release(&folder, &[key], &|_| Ok(())).unwrap_err();
    assert!(matches!(fault, VerifyFault::Signature));
    let key = TestKey::default().trusted();
    let fault = release(&folder, &[key], &|_| Err("no such entry".to_owned())).unwrap_err();
    assert_eq!(fault.to_string(), "the ledger does not hold this release: no such entry");
}

#[test]
fn the_same_rows_and_key_give_the_same_bytes_however_they_come() {
    let linked = Linked::region(150, 10);
    let one = build(ANONYMISED, &linked, b"k", 1000).unwrap();
    let mut turned = linked;
    turned.tables.values_mut().for_each(|rows| rows.reverse());
    turned.link.reverse();
    let two = build(ANONYMISED, &turned, b"k", 7).unwrap();
    assert_eq!(one.folder.files(), two.folder.files());
    assert_eq!(one.outputs, two.outputs);
}

#[test]
fn the_types_of_storage_leave_no_trace_in_the_text() {
    for spec in [ANONYMISED, PSEUDONYMISED] {
        let mut linked = Linked::region(150, 12);
        let strict = build(spec, &linked, b"k", 64).unwrap().folder;
        linked.loose = true;
        let built = build(spec, &linked, b"k", 64).unwrap();
        check(&built.folder).unwrap();
        for (name, bytes) in strict.files() {
            if name.ends_with(".csv") || name.ends_with(".html") {
                assert_eq!(built.folder.files()[&name], bytes, "{name}");
            }
        }
    }
}

#[test]
fn the_documents_say_what_happened() {
    let folder = built().folder;
    expect_file!["../snapshots/report.html"].assert_eq(&folder.text("report.html"));
    expect_file!["../snapshots/report.ja.html"].assert_eq(&folder.text("report.ja.html"));
    let dictionary = folder.text("dictionary.csv");
    assert!(dictionary.lines().count() == dictionary.matches("\r\n").count());
    expect_file!["../snapshots/dictionary.csv"].assert_eq(&dictionary.replace("\r\n", "\n"));
    for page in ["report.html", "report.ja.html"] {
        let text = folder.text(page);
        for foreign in ["<script", "http://", "https://", "url(", "<link", "<img"] {
            assert!(!text.contains(foreign), "{foreign} in {page}");
        }
    }
}
