//! Claim masters of a site: claims that come in are named by them.

use std::fs;
use std::path::{Path, PathBuf};

use sudare_platform::ActError;
use sudare_platform::act;

use crate::door::{Bench, ONE, basic, claim, claims};

/// A drug master of one drug, with a name since a day.
fn edition(name: &str, since: &str) -> String {
    let mut columns = vec![String::new(); 35];
    for (at, value) in [
        (0, "0"),
        (1, "Y"),
        (2, "620007329"),
        (4, name),
        (9, "tablet"),
        (29, since),
        (30, "99999999"),
    ] {
        columns[at] = format!("\"{value}\"");
    }
    columns.join(",") + "\r\n"
}

fn folder(within: &Path, files: &[(&str, &str)]) -> PathBuf {
    let folder = within.join("given");
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// A claim file of a month with one drug, given on one day.
fn drug_claims(month: &str) -> (String, Vec<u8>) {
    let (path, bytes) = claims(month, &[claim(ONE, "19800101", "4659001")]);
    let iy = format!("IY,21,1,620007329,1,10,1,,,,,,,1{}\r\nGO,", ",".repeat(30));
    let text = String::from_utf8(bytes).unwrap().replace("202403", month).replace("GO,", &iy);
    (path, text.into_bytes())
}

#[test]
fn claims_are_named_by_the_masters_of_the_day_of_care() {
    let (bench, folder_of) = (Bench::new(), tempfile::tempdir().unwrap());
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    let (old, new) = (edition("old name", "20200401"), edition("new name", "20240401"));
    let first = folder(folder_of.path(), &[("y.csv", &old), ("LICENSE.txt", "free")]);
    let added = act::masters_add(&mut bench.site("2024-07-01"), &first).unwrap();
    assert_eq!((added.files, added.added, added.codes["drug"]), (1, 1, 1));
    let again = act::masters_add(&mut bench.site("2024-07-01"), &first).unwrap();
    assert_eq!((again.files, again.added), (1, 0));
    let second = folder(folder_of.path(), &[("y.csv", &new)]);
    let both = act::masters_add(&mut bench.site("2024-07-02"), &second).unwrap();
    assert_eq!((both.files, both.added, both.codes["drug"]), (2, 1, 1));
    assert_ne!(both.digest, added.digest);
    assert_eq!(act::masters_list(&bench.site("2024-07-02")).unwrap().digest, both.digest);
    for month in ["202403", "202404"] {
        bench.receive("2024-07-03", &[drug_claims(month)]);
    }
    let names = bench.released("2024-07-03", "drug_exposure", "drug_source_name");
    assert_eq!(names, ["new name", "old name"]);
}

#[test]
fn without_masters_nothing_is_named() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    let none = act::masters_list(&bench.site("2024-07-01")).unwrap();
    assert_eq!((none.files, none.codes.len(), none.digest), (0, 0, None));
    bench.receive("2024-07-03", &[drug_claims("202403")]);
    assert_eq!(bench.released("2024-07-03", "drug_exposure", "drug_source_name"), [""]);
}

#[test]
fn nothing_is_added_of_a_folder_with_a_file_that_is_no_master() {
    let (bench, folder_of) = (Bench::new(), tempfile::tempdir().unwrap());
    let good = edition("name", "20200401");
    for (files, says) in [
        (vec![("a.csv", good.as_str()), ("b.csv", "not,a,master\r\n")], "b.csv`, line 1"),
        (vec![("a.csv", ""), ("readme.md", "x")], "no claim master"),
    ] {
        let given = folder(folder_of.path(), &files);
        let error = act::masters_add(&mut bench.site("2024-07-01"), &given).unwrap_err();
        assert!(matches!(error, ActError::Usage(_)), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(act::masters_list(&bench.site("2024-07-01")).unwrap().files, 0);
    }
}

#[test]
fn a_master_that_was_changed_is_not_read() {
    let (bench, folder_of) = (Bench::new(), tempfile::tempdir().unwrap());
    let given = folder(folder_of.path(), &[("y.csv", &edition("name", "20200401"))]);
    act::masters_add(&mut bench.site("2024-07-01"), &given).unwrap();
    let stored = fs::read_dir(bench.home().join("masters")).unwrap().next().unwrap().unwrap();
    fs::write(stored.path(), edition("mane", "20200401")).unwrap();
    let error = act::masters_list(&bench.site("2024-07-01")).unwrap_err();
    assert!(matches!(error, ActError::Failed { .. }), "{error:?}");
    // What holds no claim does not ask for it.
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    assert_eq!(bench.receive("2024-07-01", &[basic(ONE, "19800101", "")]).brought.units["read"], 1);
}
