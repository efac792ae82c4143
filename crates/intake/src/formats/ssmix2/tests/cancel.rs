//! Messages outside a storage that take others back.

use super::units::cells;
use super::{head, jis, path, read};

/// A message of patient 1, sent at a second of noon.
fn message(trigger: &str, second: u32, rest: &str) -> String {
    head("0000001", trigger, "19700101")
        .replace("20240301101010", &format!("202403011200{second:02}"))
        + rest
}

fn pv1(visit: &str, began: &str, ended: &str) -> String {
    pv1_to("", visit, began, ended)
}

/// With where the patient went.
fn pv1_to(went_to: &str, visit: &str, began: &str, ended: &str) -> String {
    let fields: Vec<String> = (1..=45)
        .map(|at| match at {
            2 => "I".to_owned(),
            19 => visit.to_owned(),
            36 => went_to.to_owned(),
            44 => began.to_owned(),
            45 => ended.to_owned(),
            _ => String::new(),
        })
        .collect();
    format!("EVN||20240301|||||\rPV1|{}\r", fields.join("|"))
}

/// Rows of visits (start and end), codes of findings, and how many were taken back.
fn visits(messages: &[String]) -> (Vec<String>, Vec<&'static str>, u64) {
    let (outcomes, counts) = read(vec![("adt.hl7".to_owned(), jis(&messages.concat()))]);
    let columns = ["visit_start_date", "visit_end_date"];
    let codes = counts.findings.keys().copied().collect();
    (cells(&outcomes, "visit_occurrence", &columns), codes, counts.deleted)
}

#[test]
fn a_cancelled_admission_or_discharge_is_not_read() {
    let admit = |second, visit| message("ADT^A01", second, &pv1(visit, "20240201", ""));
    let discharge = |second, day| message("ADT^A03", second, &pv1("", "20240201", day));
    let taken = vec!["SSMIX-TAKEN-BACK"];
    let cancel = message("ADT^A11", 9, &pv1("", "20240201", ""));
    assert_eq!(visits(&[admit(1, ""), cancel]), (vec![], taken.clone(), 1));
    // By the visit's number, and by the stay's beginning.
    let cancel_by_number = message("ADT^A11", 9, &pv1("V1", "", ""));
    assert_eq!(visits(&[admit(1, "V1"), cancel_by_number]), (vec![], taken.clone(), 1));
    let stay =
        [admit(1, ""), discharge(2, "20240210"), message("ADT^A13", 3, &pv1("", "20240201", ""))];
    assert_eq!(visits(&stay), (vec!["2024-02-01|".to_owned()], taken.clone(), 1));
    let again = [&stay[..], &[discharge(4, "20240212")]].concat();
    assert_eq!(visits(&again), (vec!["2024-02-01|2024-02-12".to_owned()], taken, 1));
}

#[test]
fn what_is_not_named_without_doubt_stands_and_is_told() {
    let admit = |second, day| message("ADT^A01", second, &pv1("", day, ""));
    let cancel = |second, day| message("ADT^A11", second, &pv1("", day, ""));
    let told = vec!["SSMIX-CANCEL"];
    let check = |messages: &[String], rows: usize| {
        let (visits, mut codes, deleted) = visits(messages);
        codes.retain(|code| *code != "SSMIX-DATE");
        assert_eq!((visits.len(), codes, deleted), (rows, told.clone(), 0));
    };
    // Another day; two that fit; sent later; no time at all.
    check(&[admit(1, "20240201"), cancel(2, "20240202")], 1);
    check(
        &[
            admit(1, "20240201"),
            admit(2, "20240201").replace("||M|", "||U|"),
            cancel(3, "20240201"),
        ],
        2,
    );
    check(&[admit(3, "20240201"), cancel(2, "20240201")], 1);
    check(&[admit(1, ""), cancel(2, "")], 1);
    // The patient as a whole.
    check(&[admit(1, "20240201"), message("ADT^A23", 2, "")], 1);
    // A storage has flags for that.
    let stored = (path("0000001", "20240201", "ADT-22", 1, 1, 1), jis(&admit(1, "20240201")));
    let (_, counts) = read(vec![stored, ("a.hl7".to_owned(), jis(&cancel(2, "20240201")))]);
    assert_eq!((counts.rows["visit_occurrence"], counts.findings["SSMIX-CANCEL"]), (1, 1));
    // Plans and doctors have no row.
    let (_, codes, _) = visits(&[admit(1, "20240201"), message("ADT^A27", 2, &pv1("", "", ""))]);
    assert_eq!(codes, ["SSMIX-TAKEN-BACK"]);
}

#[test]
fn beyond_a_thousand_messages_that_take_back_nothing_is_looked_for() {
    let nothing = |nth: u32| message("ADT^A11", 2, &pv1(&format!("X{nth}"), "20240301", ""));
    let stands = |nothings: u32| {
        let mut all = message("ADT^A01", 1, &pv1("V", "20240201", ""));
        (0..nothings).for_each(|nth| all += &nothing(nth));
        all += &message("ADT^A11", 3, &pv1("V", "20240201", ""));
        visits(&[all]).0.len()
    };
    assert_eq!((stands(999), stands(1000)), (0, 1));
}

#[test]
fn a_cancelled_death_is_not_told_to_the_gate() {
    let died = pv1_to("20", "", "20240201", "20240210");
    let discharge = message("ADT^A03", 1, &died);
    let (asked, _) = super::asked(vec![("a.hl7".to_owned(), jis(&discharge))]);
    assert!(asked.death.is_some());
    let both = discharge + &message("ADT^A13", 2, &pv1("", "", "20240210"));
    let (asked, _) = super::asked(vec![("a.hl7".to_owned(), jis(&both))]);
    assert!(asked.death.is_none());
}

#[test]
fn a_cancelled_order_takes_its_message_with_it() {
    let order = |control: &str, second, numbers: &[&str]| {
        let orders: String = numbers
            .iter()
            .map(|number| {
                format!("ORC|{control}|{number}\rRXE||1{number}^薬^HOT9|1||TAB^錠^MR9P\r")
            })
            .collect();
        message("RDE^O11", second, &orders)
    };
    let check = |messages: &[String]| {
        let (outcomes, counts) = read(vec![("rde.hl7".to_owned(), jis(&messages.concat()))]);
        let drugs = cells(&outcomes, "drug_exposure", &["drug_source_value"]).join(" ");
        let codes: Vec<_> = counts.findings.keys().copied().collect();
        (drugs, codes.join(" "), counts.deleted)
    };
    let said = |drugs: &str, codes: &str, deleted| (drugs.to_owned(), codes.to_owned(), deleted);
    let new = |second, numbers: &[&str]| order("NW", second, numbers);
    let cancel = |second, numbers: &[&str]| order("CA", second, numbers);
    let taken = "SSMIX-TAKEN-BACK";
    assert_eq!(check(&[new(1, &["1"]), new(2, &["2"]), cancel(3, &["1"])]), said("12", taken, 1));
    assert_eq!(check(&[new(1, &["1", "2"]), cancel(3, &["1", "2"])]), said("", taken, 1));
    // It names half of a message, or nothing; it comes before; or it cancels in part.
    let told = "SSMIX-CANCEL";
    assert_eq!(check(&[new(1, &["1", "2"]), cancel(3, &["1"])]), said("11 12", told, 0));
    assert_eq!(check(&[new(1, &["1"]), cancel(3, &["2"])]), said("11", told, 0));
    assert_eq!(check(&[new(3, &["1"]), cancel(1, &["1"])]), said("11", told, 0));
    let mixed = cancel(3, &["1"]) + "ORC|NW|3\rRXE||13^薬^HOT9|1||TAB^錠^MR9P\r";
    assert_eq!(check(&[new(1, &["1"]), mixed]), said("11 11 13", told, 0));
    assert_eq!(check(&[new(1, &["1"]), order("DC", 3, &["1"])]), said("11 11", told, 0));
}
