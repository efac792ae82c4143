//! The shared samples, against counts made by a few independent lines of Python.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{Everything, load, read, shared};

/// Runs a counting script on a folder; `None`, aloud, where there is no Python.
fn counted(script: &str, argument: &Path) -> Option<BTreeMap<String, u64>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = match Command::new("python3").arg(&script).arg(argument).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no python3 to count with ({error})");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().map(|line| line.split_once(' ').unwrap());
    Some(pairs.map(|(name, count)| (name.to_owned(), count.parse().unwrap())).collect())
}

fn compare(read: &Everything, counted: &BTreeMap<String, u64>) {
    let ours: BTreeMap<String, u64> =
        read.counts.rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    println!("ours {ours:?}\nfindings {:?}", read.counts.findings);
    // Capitals are findings that can be counted from the outside.
    let (codes, theirs): (BTreeMap<_, _>, BTreeMap<_, _>) =
        counted.clone().into_iter().partition(|(name, _)| name.contains('-'));
    assert_eq!(ours, theirs.into_iter().filter(|(_, count)| *count > 0).collect());
    for (code, count) in codes {
        assert_eq!(read.counts.findings.get(code.as_str()).copied().unwrap_or(0), count, "{code}");
    }
}

#[test]
fn the_hospital_organization_sample_matches_the_count() {
    let Some(root) = shared("ssmix2_nho/store") else { return };
    let everything = read(load(&root));
    if let Some(counted) = counted("count_ssmix2.py", &root) {
        compare(&everything, &counted);
    }
    assert_eq!(everything.counts.findings["SSMIX-PID-FOLDER"], 6);
}

#[test]
fn the_twins_sample_matches_the_count() {
    let Some(root) = shared("ssmix2_twins/store") else { return };
    let everything = read(load(&root));
    if let Some(counted) = counted("count_ssmix2.py", &root) {
        compare(&everything, &counted);
    }
    assert_eq!(everything.counts.messages, 689);
    assert_eq!(everything.counts.quarantined, 0);
    // Every unit of its results has a code in UCUM; of its drugs the millilitres have, tablets and ampoules none.
    let content = everything.content();
    let count = |marks: [&str; 2]| {
        content.iter().filter(|row| marks.iter().all(|mark| row.contains(mark))).count()
    };
    let results = count(["measurement|", "|unit_source_value="]);
    assert_eq!((results, count(["measurement|", "|unit_ucum="])), (1082, 1082));
    let litres = count(["drug_exposure|", "|dose_unit_source_value=ML|"]);
    assert_eq!(count(["drug_exposure|", "|dose_unit_ucum=mL|"]), litres);
}

#[test]
fn messages_of_a_storage_make_the_same_rows_in_one_stream() {
    let Some(root) = shared("ssmix2_twins/store") else { return };
    let mut files = load(&root);
    files.sort();
    let mut stream = Vec::new();
    for (_, message) in &files {
        stream.extend(message);
        stream.push(b'\n');
    }
    let (stored, streamed) = (read(files), read(vec![("all.hl7".to_owned(), stream)]));
    assert_eq!(stored.counts.messages, streamed.counts.messages);
    // The sample's ADT-12 say they are admissions, and outside a storage nothing else says what they are.
    for table in ["measurement", "drug_exposure", "condition_occurrence", "payer_plan_period"] {
        assert_eq!(stored.rows(table), streamed.rows(table), "{table}");
    }
    assert_eq!(stored.identity().len(), streamed.identity().len());
}

#[test]
fn the_claims_sample_matches_the_count() {
    let Some(root) = shared("uke") else { return };
    let files = load(&root).into_iter().filter(|(name, _)| name.ends_with("UKE")).collect();
    let everything = read(files);
    if let Some(counted) = counted("count_uke.py", &root.join("RECEIPTC.UKE")) {
        compare(&everything, &counted);
    }
    assert_eq!(everything.counts.messages, 44);
    assert_eq!(everything.counts.records, 381);
    assert!(!everything.counts.findings.contains_key("UKE-GO-TOTALS"));
}

#[test]
fn claims_of_every_kind_match_the_count() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/uke_file");
    for name in
        ["good.uke", "dpc.uke", "dental.uke", "dispensing.uke", "insurer.csv", "returned.hen"]
    {
        println!("{name}");
        let path = root.join(name);
        let everything = read(vec![(name.to_owned(), std::fs::read(&path).unwrap())]);
        if let Some(counted) = counted("count_uke.py", &path) {
            compare(&everything, &counted);
        }
    }
}

#[test]
fn survey_files_match_the_count() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/dpc_file");
    for name in ["good.txt", "ef.txt"] {
        println!("{name}");
        let path = root.join(name);
        let everything = read(vec![(name.to_owned(), std::fs::read(&path).unwrap())]);
        if let Some(counted) = counted("count_dpc.py", &path) {
            compare(&everything, &counted);
        }
    }
}

#[test]
fn images_match_the_count() {
    let Some(root) = shared("dicom") else { return };
    let everything = read(load(&root));
    if let Some(counted) = counted("count_dicom.py", &root) {
        compare(&everything, &counted);
    }
}

/// Reads a folder of FHIR files and compares the rows with the independent count.
fn fhir(folder: &str) -> Option<Everything> {
    let root = shared(folder)?;
    let files = load(&root).into_iter().filter(|(name, _)| name.ends_with("json")).collect();
    let everything = read(files);
    if let Some(counted) = counted("count_fhir.py", &root) {
        compare(&everything, &counted);
    }
    Some(everything)
}

#[test]
fn the_chart_sharing_examples_match_the_count() {
    let Some(everything) = fhir("fhir_jp_clins") else { return };
    // Encounters that name no patient, and a document reference.
    assert_eq!(everything.counts.findings["FHIR-PATIENT-MISSING"], 6);
    assert!(!everything.counts.findings.contains_key("FHIR-PATIENT-CONFLICT"));
}

#[test]
fn the_checkup_report_matches_the_count() {
    let Some(everything) = fhir("fhir_jp_echeckup") else { return };
    assert_eq!(everything.counts.records, 52);
    assert_eq!(everything.counts.quarantined, 0);
}

#[test]
fn the_municipal_checkups_match_the_count() {
    let Some(everything) = fhir("fhir_jp_municipal_checkup") else { return };
    assert_eq!(everything.counts.findings["FHIR-JSON"], 2);
    assert_eq!(everything.counts.records, 5 * 25);
}

#[test]
fn the_bulk_export_matches_the_count() {
    let Some(everything) = fhir("fhir_synthea_10") else { return };
    assert_eq!(everything.rows("person"), 13);
    assert_eq!(everything.counts.quarantined, 0);
}

#[test]
fn a_code_system_makes_no_row_and_no_silence() {
    let Some(everything) = fhir("jlac10_clins") else { return };
    assert_eq!(everything.counts.records, 2);
}

#[test]
fn json_that_is_no_fhir_is_told_from_it() {
    let Some(root) = shared("kanji_variants") else { return };
    let files = load(&root).into_iter().filter(|(name, _)| name.ends_with("json")).collect();
    let everything = read(files);
    assert_eq!(everything.counts.records, everything.counts.findings["FHIR-NOT-FHIR"]);
    assert!(everything.counts.rows.is_empty() && everything.counts.quarantined < 10);
}
