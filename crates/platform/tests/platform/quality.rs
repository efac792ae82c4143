//! How good a delivery is, as the provider is told.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use sudare_platform::answer::ReceiveAnswer;

use crate::door::{Bench, ONE, TWO, claim, claims};

const DAY: &str = "2024-07-01";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.apply(DAY, &[(ONE, "2024-05-02", "subject"), (TWO, "2024-05-02", "subject")]);
    bench
}

/// A month's claims, each with a disease of its own that began on a day.
fn month(month: &str, count: u32, began: &str) -> [(String, Vec<u8>); 1] {
    let one = |at: u32| {
        let (patient, birth) =
            if at.is_multiple_of(2) { (ONE, "19800101") } else { (TWO, "19800202") };
        claim(patient, birth, &format!("46{at:05}")).replace("20240301", began)
    };
    [claims(month, &(0..count).map(one).collect::<Vec<_>>())]
}

fn quality(answer: &ReceiveAnswer) -> Value {
    serde_json::from_slice(&fs::read(answer.quality.as_ref().unwrap()).unwrap()).unwrap()
}

fn page(answer: &ReceiveAnswer) -> String {
    fs::read_to_string(answer.report.as_ref().unwrap()).unwrap()
}

/// Codes of what stands out about diseases.
fn told(answer: &ReceiveAnswer) -> Vec<&str> {
    let about = answer.remarks.iter();
    let about = about.filter(|one| one.table.as_deref() == Some("condition_occurrence"));
    about.map(|one| one.code.as_str()).collect()
}

#[test]
fn a_delivery_that_lacks_half_is_told_so_in_both_languages() {
    let bench = bench();
    let first = bench.receive(DAY, &month("202404", 60, "20240301"));
    assert_eq!(told(&first), Vec::<&str>::new());
    assert!(page(&first).contains("There is no earlier delivery"));
    let second = bench.receive(DAY, &month("202405", 30, "20240301"));
    assert_eq!(told(&second), ["rows-drop"]);
    let json = quality(&second);
    assert_eq!(json["earlier"], serde_json::json!([first.delivery.as_deref().unwrap()]));
    let tables = json["tables"].as_array().unwrap();
    let diseases = tables.iter().find(|one| one["table"] == "condition_occurrence").unwrap();
    assert_eq!((&diseases["rows"], &diseases["months"]["2024-03"]), (&30.into(), &30.into()));
    assert_eq!(diseases["filled"]["condition_source_value"]["share"], 1.0);
    let page = page(&second);
    assert!(page.contains("30 rows; usual are 60") && page.contains("中央値は60行"));
    assert!(page.contains("<svg") && page.contains("通常 usual"));
    for planted in ["YAMADA", "TARO", ONE, TWO, "19800101", "1980-01"] {
        assert!(!page.contains(planted) && !json.to_string().contains(planted), "{planted}");
    }
    // The same files again: the same answer.
    let again = bench.receive(DAY, &month("202405", 30, "20240301"));
    assert_eq!((again.unchanged, again.quality), (true, second.quality));
}

#[test]
fn dates_out_of_order_are_told() {
    let bench = bench();
    let early = bench.receive(DAY, &month("202404", 30, "19500301"));
    assert_eq!(told(&early), ["before-birth"]);
    let late = bench.receive(DAY, &month("202405", 30, "20240901"));
    assert_eq!(told(&late), ["after-receipt"]);
    let json = quality(&late);
    let tables = json["tables"].as_array().unwrap();
    let diseases = tables.iter().find(|one| one["table"] == "condition_occurrence").unwrap();
    assert_eq!(diseases["doubts"]["after-receipt"], serde_json::json!({"rows": 30, "found": 30}));
    assert!(page(&late).contains("受領日より後"));
}

#[test]
fn a_delivery_that_was_interrupted_is_measured_as_one_that_was_not() {
    let bench = bench();
    bench.receive(DAY, &month("202404", 60, "20240301"));
    let twin = bench.twin();
    let files = month("202405", 30, "20240301");
    let undisturbed = bench.receive(DAY, &files);
    // The second comes to an end once the files are in the ledger, where its answer cannot be written.
    let answers = twin.home().join("answers");
    let aside = twin.home().join("aside");
    fs::rename(&answers, &aside).unwrap();
    fs::write(&answers, "").unwrap();
    let ended = AssertUnwindSafe(|| twin.receive(DAY, &files));
    assert!(catch_unwind(ended).is_err());
    fs::remove_file(&answers).unwrap();
    fs::rename(&aside, &answers).unwrap();
    let resumed = twin.receive("2024-07-09", &files);
    assert_eq!((resumed.unchanged, &resumed.delivery), (false, &undisturbed.delivery));
    assert_eq!(quality(&resumed)["received"], DAY);
    assert_eq!(quality(&resumed).to_string(), quality(&undisturbed).to_string());
}

#[test]
fn an_answer_to_a_delivery_that_never_came_to_its_end_is_swept() {
    let bench = bench();
    let answer = bench.receive(DAY, &month("202404", 60, "20240301"));
    let real = answer.report.unwrap().parent().unwrap().to_owned();
    let orphan = real.with_file_name("000000000000000000000000");
    fs::create_dir(&orphan).unwrap();
    fs::copy(real.join("quality.json"), orphan.join("quality.json")).unwrap();
    drop(bench.site(DAY));
    assert!(real.join("quality.json").exists() && !orphan.exists());
}
