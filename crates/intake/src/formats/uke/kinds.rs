//! Tests of what is special in each kind of claim, on the files of the fuzzing corpus.

use super::tests::{cells, read_file, rows};
use crate::outcome::{Counts, UnitOutcome};

const DPC: &[u8] = include_bytes!("../../../../../fuzz/corpus/uke_file/dpc.uke");
const DENTAL: &[u8] = include_bytes!("../../../../../fuzz/corpus/uke_file/dental.uke");
const DISPENSING: &[u8] = include_bytes!("../../../../../fuzz/corpus/uke_file/dispensing.uke");
const INSURER: &[u8] = include_bytes!("../../../../../fuzz/corpus/uke_file/insurer.csv");
const RETURNED: &[u8] = include_bytes!("../../../../../fuzz/corpus/uke_file/returned.hen");

fn whole(file: &[u8]) -> (UnitOutcome, Counts) {
    let (_, mut outcomes, counts) = read_file("A.UKE", file, 1 << 20);
    (outcomes.remove(0), counts)
}

#[test]
fn a_dpc_claim_gives_the_stay_its_diseases_and_what_was_done() {
    let (outcome, counts) = whole(DPC);
    assert_eq!(counts.findings, std::collections::BTreeMap::new());
    let column = |table, column| cells(&outcome, table, column);
    // The summary of the second patient is one visit and one cost, its details none.
    assert_eq!(column("visit_occurrence", "visit_start_date"), ["2024-03-04", "2024-03-04"]);
    assert_eq!(column("visit_occurrence", "visit_end_date"), ["2024-03-12", "2024-03-31"]);
    assert_eq!(column("visit_occurrence", "discharged_to_source_value"), ["2", ""]);
    assert_eq!(column("cost", "total_points"), ["52000.0", "80000.0"]);
    assert_eq!(
        column("condition_occurrence", "condition_icd10"),
        ["J690", "J690", "I500", "I639", ""]
    );
    assert_eq!(
        column("condition_occurrence", "condition_status_source_value")[2..4],
        ["suspected", "confirmed"]
    );
    assert_eq!(column("death", "death_date"), ["2024-03-15"]);
    assert_eq!(column("drug_exposure", "quantity"), ["5.0"]);
    assert_eq!(column("device_exposure", "device_exposure_start_date"), ["2024-03-07"]);
    let acts = column("procedure_occurrence", "procedure_source_value");
    assert_eq!(acts, ["160000310", "160008010", "190077410", "190077410"]);
    let seen = column("observation", "observation_source_value");
    for source in ["DPC", "SB-5-11", "KK-3", "KK-4", "KK-6", "KK-8", "SK", "820181220"] {
        assert!(seen.iter().any(|one| one == source), "{source}");
    }
}

#[test]
fn a_dental_claim_gives_teeth_and_additions() {
    let (outcome, counts) = whole(DENTAL);
    assert_eq!(counts.findings.keys().copied().collect::<Vec<_>>(), ["UKE-PAYER-CHECK"]);
    let column = |table, column| cells(&outcome, table, column);
    assert_eq!(
        column("condition_occurrence", "condition_modifiers"),
        ["101600+102700", "8002+101600+102700", "", "104100"]
    );
    assert_eq!(column("condition_occurrence", "condition_start_date")[0], "2024-03-01");
    assert_eq!(column("condition_occurrence", "condition_source_name")[2], "咬耗");
    let acts = column("procedure_occurrence", "procedure_source_value");
    let filled = ["309000310", "FA001", "FB002"];
    assert_eq!(acts[..7], [&["301000110"][..], &filled, &filled].concat());
    assert_eq!(column("procedure_occurrence", "quantity")[..4], ["1.0", "2.0", "1.0", "3.0"]);
    assert_eq!(column("device_exposure", "unit_source_value"), ["033"]);
    assert_eq!(column("cost", "copayment"), ["2550.0", "0.0"]);
    let identity = outcome.identity.as_ref().unwrap();
    assert_eq!(identity.num_rows(), 2);
}

#[test]
fn a_dispensing_claim_gives_each_drug_on_each_day_it_was_dispensed() {
    let (outcome, counts) = whole(DISPENSING);
    assert_eq!(counts.findings.keys().copied().collect::<Vec<_>>(), ["UKE-DAYS"]);
    let column = |table, column| cells(&outcome, table, column);
    assert_eq!(
        column("drug_exposure", "drug_exposure_start_date"),
        ["2024-03-04", "2024-03-19", "2024-03-04", "2024-03-19", "2024-03-04", ""]
    );
    assert_eq!(
        column("drug_exposure", "drug_exposure_end_date")[..2],
        ["2024-03-17", "2024-03-25"]
    );
    assert_eq!(column("drug_exposure", "quantity")[..5], ["42.0", "21.0", "7.0", "3.5", "70.0"]);
    assert_eq!(column("drug_exposure", "sig")[0], "食後３０分");
    assert_eq!(column("drug_exposure", "order_status_source_value")[0], "dispensed");
    let fees = column("procedure_occurrence", "procedure_source_value");
    assert_eq!(fees.len(), 9);
    // Two hospitals' prescriptions are two visits, though month, kind and insurer agree.
    let keys = column("visit_occurrence", "visit_key");
    assert!(keys.len() == 2 && keys[0] != keys[1]);
    assert_eq!(column("visit_occurrence", "visit_concept_id"), ["581458", "581458"]);
}

#[test]
fn an_insurers_patients_are_known_by_their_insurance() {
    let (outcome, counts) = whole(INSURER);
    // The hospital's number is the same in both claims; the insurance is not.
    let numbers = cells_of_identity(&outcome, "patient_number");
    assert_eq!(numbers, ["10-100-01", "10-200-19901212"]);
    assert_eq!(counts.findings["UKE-CORRECTED"], 2);
    assert_eq!(rows(&counts, "procedure_occurrence"), 2);
    assert!(!counts.findings.contains_key("UKE-GO-MISSING"));
}

fn cells_of_identity(outcome: &UnitOutcome, column: &str) -> Vec<String> {
    let batch = outcome.identity.as_ref().unwrap();
    let column = batch.column_by_name(column).unwrap();
    (0..batch.num_rows())
        .map(|row| arrow::util::display::array_value_to_string(column, row).unwrap())
        .collect()
}

#[test]
fn a_returned_claim_is_read_once_and_said_to_be_returned() {
    let (outcome, counts) = whole(RETURNED);
    assert_eq!(counts.findings["UKE-RETURNED"], 1);
    assert_eq!(rows(&counts, "visit_occurrence"), 1);
    assert_eq!(cells_of_identity(&outcome, "patient_number"), ["55"]);
}

/// Others write the claim to be mended first, then why it came back, then its history under another mark.
#[test]
fn a_claim_that_came_back_with_its_history_is_read_once() {
    let (text, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(DENTAL);
    let lines: Vec<&str> = text.lines().take_while(|line| !line.starts_with("GO")).collect();
    let second = lines.iter().skip(2).position(|line| line.starts_with("IR"));
    let claim = second.map_or(&lines[1..], |at| &lines[1..at + 2]);
    let history = claim.iter().enumerate().map(|(at, line)| format!("8,{},0,{line}\r\n", at + 1));
    let file = format!(
        "HI,1,13,3,1234567,,202406\r\n{}\r\nHR,202406,1,L3129\r\n{}HG,1,0,99\r\n",
        claim.join("\r\n"),
        history.collect::<String>()
    );
    let (_, counts) = whole(&encoding_rs::SHIFT_JIS.encode(&file).0);
    assert_eq!(counts.findings["UKE-RETURNED"], 1);
    assert_eq!(counts.findings["UKE-CORRECTED"], claim.len() as u64);
    assert_eq!(counts.findings.get("UKE-RECORD-UNKNOWN"), None);
    assert_eq!(rows(&counts, "visit_occurrence"), 1);
}

#[test]
fn where_a_file_of_any_kind_is_cut_changes_nothing() {
    for file in [DPC, DENTAL, DISPENSING, INSURER, RETURNED] {
        let (_, whole, counts) = read_file("A.UKE", file, 1 << 30);
        for unit_bytes in [1, 150, 400] {
            let (_, cut, cut_counts) = read_file("A.UKE", file, unit_bytes);
            let rows = |outcomes: &[UnitOutcome]| super::tests::everything(outcomes);
            assert_eq!(rows(&whole), rows(&cut));
            assert_eq!(counts.findings, cut_counts.findings);
            assert_eq!(counts.records, cut_counts.records);
        }
    }
}

#[test]
fn each_kind_is_recognised_by_what_it_holds() {
    use super::super::Format;
    for file in [DPC, DENTAL, DISPENSING, INSURER, RETURNED] {
        assert!(super::Uke.recognises(file, "file.bin"));
    }
    for other in [&b"1,2,3,4\r\n"[..], b"IRON,1", b"{}", b"2024,3,1,RE", b"1,1,0,REX,1"] {
        assert!(!super::Uke.recognises(other, "file.bin"));
    }
}

#[test]
fn records_of_another_kind_are_findings() {
    let (text, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(DENTAL);
    let bent = text.replacen("\r\nSJ,", "\r\nSB,", 1);
    let (_, counts) = whole(&encoding_rs::SHIFT_JIS.encode(&bent).0);
    assert_eq!(counts.findings["UKE-RECORD-UNKNOWN"], 1);
}

#[test]
fn masters_name_codes_and_tell_which_they_have_not() {
    use crate::masters::Masters;
    let drug = |code: &str, until: &str| {
        let mut columns = vec![""; 35];
        (columns[2], columns[4], columns[9], columns[30]) = (code, "試験錠", "錠", until);
        columns.join(",") + "\r\n"
    };
    let file = drug("620000310", "99999999") + &drug("660000001", "20230331");
    let file = encoding_rs::SHIFT_JIS.encode(&file).0;
    let masters = std::sync::Arc::new(Masters::read([&*file]).unwrap());
    let (mut plan, ..) = read_file("A.UKE", DISPENSING, 1 << 20);
    plan.resolve_with(&masters);
    let outcome = super::tests::read_plan(&plan, "A.UKE", DISPENSING).remove(0);
    let names = cells(&outcome, "drug_exposure", "drug_source_name");
    assert_eq!(names, ["試験錠", "試験錠", "", "", "試験錠", "試験錠"]);
    assert_eq!(cells(&outcome, "drug_exposure", "dose_unit_source_value")[0], "錠");
    // Acts, diseases and comments are not looked up in masters that were not given.
    assert_eq!(outcome.counts.findings["UKE-MASTER-UNKNOWN"], 1);
    assert_eq!(outcome.counts.findings["UKE-MASTER-EXPIRED"], 1);
}
