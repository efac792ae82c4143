//! The deliveries against the plain readers, which share no line with the writers nor with the readers of `intake`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sudare_plain::{Happened, chart, claims, survey, table};

use crate::{files, region, rows};

/// What the truth tells of the wanted files, of some kinds.
fn told(root: &Path, wanted: &str, kinds: &[&'static str]) -> Vec<(Happened, String)> {
    let mut list: Vec<(Happened, String)> = rows(root, "truth/facts.csv")
        .into_iter()
        .filter(|row| row["source_file"].contains(wanted))
        .filter_map(|row| {
            let kind = *kinds.iter().find(|kind| **kind == row["kind"])?;
            let code = if kind == "visit" { String::new() } else { row["code"].clone() };
            let (patient, day) = (row["patient_number"].clone(), row["date"].clone());
            Some((Happened { patient, kind, day, code }, row["value"].clone()))
        })
        .collect();
    list.sort();
    list
}

/// The wanted files.
fn some(root: &Path, wanted: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let all = files(root).into_iter();
    let list: Vec<_> = all.filter(|(path, _)| path.to_string_lossy().contains(wanted)).collect();
    assert!(!list.is_empty(), "no file {wanted}");
    list
}

/// Those that have an equal row on one side alone.
#[track_caller]
fn same(found: impl IntoIterator<Item = Happened>, told: Vec<(Happened, String)>) {
    let mut found: Vec<Happened> = found.into_iter().collect();
    found.sort();
    let told: Vec<Happened> = told.into_iter().map(|one| one.0).collect();
    let differs = found.iter().zip(&told).find(|(a, b)| a != b);
    assert!(found == told && !told.is_empty(), "{} {} {differs:?}", found.len(), told.len());
}

#[test]
fn bundled_payments_add_up_by_the_order_of_the_notes() {
    let (folder, _) = region(900, 3);
    let mut bundled = 0;
    for (path, bytes) in some(folder.path(), "/RECEIPTD-") {
        let file = claims::read(&bytes).unwrap();
        let billed: u64 = file.claims.iter().map(claims::Claim::billed).sum();
        assert_eq!(file.totals.unwrap().1, billed, "{}", path.display());
        for claim in &file.claims {
            assert_eq!(claims::bundle_fault(claim), None, "{}", path.display());
            bundled += claim.of("CD").count();
        }
    }
    assert!(bundled > 50);
}

#[test]
fn a_bundle_that_does_not_add_up_is_told() {
    let claim = "RE,1,1111,202403,A,1,19500105,,20240304\nHO,1,1,1,9,34800\n\
        BU,040080xx99x0xx,20240304,20240312,2,\nSB,8833421,,,J690,11,,\n\
        HH,202403,2,1,1,1,2700,9,24300\nGT,202403,2,1,1,24300,34800,,34800,93,,\n\
        CD,20240305,33,1,1,620000310,2.5,,,2,\n";
    let fault =
        |text: &str| claims::bundle_fault(&claims::read(text.as_bytes()).unwrap().claims[0]);
    assert_eq!(fault(claim), None);
    for (one, other) in [
        ("2700,9,", "2700,8,"),
        ("24300,34800", "24301,34800"),
        (",,34800,93", ",34800,,93"),
        (",,J690,", ",J690,,"),
        ("CD,20240305,33", "CD,33,20240305"),
        ("BU,040080xx99x0xx,20240304,20240312", "BU,040080xx99x0xx,20240312,20240304"),
    ] {
        assert!(fault(&claim.replace(one, other)).is_some(), "{one}");
    }
}

/// Columns of each record, totals and check digits, of the public sample and of ours alike.
#[test]
fn medical_claims_have_the_layout_of_the_public_sample() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = here.join("../../../shared/data/uke/RECEIPTC.UKE");
    let (folder, _) = region(300, 5);
    let mut list = some(folder.path(), "/RECEIPTC-");
    match std::fs::read(&sample) {
        Ok(bytes) => list.push((PathBuf::from("sample"), bytes)),
        Err(_) => println!("skipped: no public sample"),
    }
    for (path, bytes) in list {
        let file = claims::read(&bytes).unwrap();
        let (mut payers, mut points, mut checked) = (0, 0, 0);
        for claim in &file.claims {
            let every = claim.records.iter().chain([&claim.head]);
            for record in every.filter(|record| record[0] != "\u{1A}") {
                assert_eq!(Some(record.len()), claims::columns(&record[0]), "{}", record[0]);
            }
            payers += claim.of("HO").count() + claim.of("KO").count();
            points += claim.billed();
            for payer in claim.of("HO") {
                assert!(claims::check_digit_holds(claims::text(payer, 1)));
                checked += 1;
            }
            // Points stand on the last record of a unit, and 診療識別 on the first.
            let acts: Vec<_> = claim.records.iter().filter(|one| one.len() >= 44).collect();
            assert!(acts.first().is_none_or(|one| !one[1].is_empty()));
            assert!(acts.last().is_none_or(|one| !one[5].is_empty()), "{}", path.display());
        }
        assert_eq!(file.totals, Some((payers as u64, points)), "{}", path.display());
        if path == Path::new("sample") {
            assert_eq!((file.totals, checked), (Some((83, 52_263)), 41));
        }
    }
}

#[test]
fn an_insurers_claims_are_those_of_the_providers() {
    let (folder, _) = region(1_200, 3);
    let root = folder.path();
    // A claim without its number and without the branch, which the payer may have added.
    let body = |claim: &claims::Claim| {
        let head = claim.head.iter().skip(2).cloned().collect::<Vec<_>>().join(",");
        let rest = claim.records.iter().filter(|one| one[0] != "SN").map(|one| one.join(","));
        [head].into_iter().chain(rest).collect::<Vec<_>>().join("\n")
    };
    let mut sent: BTreeMap<String, u32> = BTreeMap::new();
    for (_, bytes) in some(root, ".UKE") {
        for claim in &claims::read(&bytes).unwrap().claims {
            *sent.entry(body(claim)).or_default() += 1;
        }
    }
    let mut visits = 0;
    for (path, bytes) in some(root, "/rece/") {
        for claim in &claims::read_returned(&bytes).unwrap().claims {
            let left = sent.get_mut(&body(claim)).unwrap_or_else(|| panic!("{}", path.display()));
            *left = left.checked_sub(1).unwrap();
            let branches: Vec<_> = claim.of("SN").map(|one| one[6].len()).collect();
            assert_eq!(branches, [2], "{}", path.display());
            visits += 1;
        }
    }
    assert_eq!(visits, told(root, "/rece/", &["visit"]).len());
    let mut searched: Vec<String> = some(root, "/rece/")
        .iter()
        .flat_map(|(_, bytes)| claims::read_returned(bytes).unwrap().claims)
        .map(|claim| claim.before[0][3].clone())
        .collect();
    searched.sort();
    assert!(searched.windows(2).all(|pair| pair[0] != pair[1]), "two claims of one number");
}

#[test]
fn survey_files_stand_in_the_columns_of_the_notes() {
    let (folder, _) = region(900, 3);
    let root = folder.path();
    let all = |wanted: &str, read: &dyn Fn(&[u8]) -> Vec<Happened>| -> Vec<Happened> {
        some(root, wanted).iter().flat_map(|(_, bytes)| read(bytes)).collect()
    };
    let kinds = ["diagnosis", "procedure", "drug", "device"];
    let outpatients = all("/dpc/EFg_", &|bytes| survey::outpatients(bytes).unwrap());
    same(outpatients, told(root, "/dpc/EFg_", &kinds));
    let bundles = all("/dpc/Dn_", &|bytes| survey::bundles(bytes).unwrap());
    same(bundles, told(root, "/dpc/Dn_", &["procedure"]));
    let needs = all("/dpc/Hn_", &|bytes| survey::needs(bytes).unwrap());
    same(needs, told(root, "/dpc/Hn_", &["observation"]));
}

#[test]
fn tables_hold_what_their_mapping_says() {
    let (folder, _) = region(1_500, 3);
    let root = folder.path();
    let mapping = root.join("deliveries/municipality-1/kenshin/mapping.toml");
    let mapping = std::fs::read_to_string(mapping).unwrap();
    let tables = some(root, "/kenshin/tokutei-");
    let found = tables.iter().flat_map(|(_, bytes)| table::read(bytes, &mapping).unwrap());
    let mut found: Vec<_> = found.collect();
    found.sort();
    let mut told = told(root, "/kenshin/", &["lab", "observation", "note", "visit"]);
    for one in &mut told {
        one.1 = table::half_width(&one.1);
    }
    told.sort();
    let differs = found.iter().zip(&told).find(|(a, b)| a != b);
    assert!(found == told && told.len() > 300, "{} {} {differs:?}", found.len(), told.len());
    // Both ways of writing are there.
    let marked = |bytes: &[u8]| bytes.starts_with(b"\xef\xbb\xbf");
    assert!(tables.iter().any(|one| marked(&one.1)) && !tables.iter().all(|one| marked(&one.1)));
}

#[test]
fn notes_of_charts_decode_and_speak_of_their_patient() {
    let (folder, _) = region(600, 3);
    let root = folder.path();
    let read = |name: &str| {
        let list = some(root, &format!("/fhir/{name}."));
        list.iter().flat_map(|(_, bytes)| chart::resources(bytes).unwrap()).collect::<Vec<_>>()
    };
    let (people, documents) = (read("Patient"), read("DocumentReference"));
    let notes = chart::notes(&documents, &chart::patients(&people)).unwrap();
    for (note, text) in &notes {
        assert!(text.contains("様　") && text.contains("再診"), "{}", note.day);
        assert!(text.contains(&note.day));
    }
    same(notes.into_iter().map(|one| one.0), told(root, "/fhir/", &["note"]));
}
