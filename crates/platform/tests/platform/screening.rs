//! What was refused is screened again when it comes again, and nothing else is.

use sudare_platform::act::{self, StopAsked};
use sudare_platform::answer::ReceiveAnswer;

use crate::door::{Bench, ONE, TWO, basic, claim, claims, disease, refused};

/// Whether nothing was new, units admitted, files screened again.
fn admitted(answer: &ReceiveAnswer) -> (bool, u64, u64) {
    let again = answer.brought.files.get("screened_again").copied().unwrap_or_default();
    (answer.unchanged, answer.brought.units["admitted"], again)
}

#[test]
fn a_notice_given_later_admits_what_comes_again() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(TWO, "2024-05-02", "subject")]);
    let files = [
        basic(ONE, "19800101", ""),
        disease(ONE, ("2", 1, 1), "20050001"),
        basic(TWO, "19800202", ""),
        disease(TWO, ("2", 1, 1), "20050002"),
    ];
    assert_eq!(admitted(&bench.receive("2024-07-01", &files)), (false, 1, 0));
    assert_eq!(bench.diseases("2024-07-01"), ["20050002"]);
    // The same again under the same register, and on a later day: nothing.
    let again = bench.receive("2024-07-01", &files);
    assert_eq!(admitted(&again), (true, 0, 0));
    assert_eq!((again.brought.files["given"], again.brought.files["received_before"]), (4, 4));
    let before = again.before.unwrap();
    assert_eq!(
        (
            before.brought.files["read"],
            before.brought.units["admitted"],
            before.brought.units["refused"]
        ),
        (4, 1, 1)
    );
    assert!(again.delivery.is_some() && again.report.is_some());
    // Some of them alone: what these brought is not known, that they came is.
    let some = bench.receive("2024-07-01", &files[..2]);
    assert!(some.unchanged && some.before.is_none());
    assert_eq!(some.brought.files["received_before"], 2);
    assert_eq!(admitted(&bench.receive("2024-09-01", &files)), (true, 0, 0));
    bench.apply("2024-09-01", &[(ONE, "2024-08-20", "subject"), (TWO, "2024-05-02", "subject")]);
    // Told, but the period has not passed: nothing may be taken yet.
    assert_eq!(admitted(&bench.receive("2024-09-02", &files)), (true, 0, 0));
    let answer = bench.receive("2024-09-20", &files);
    assert_eq!(admitted(&answer), (false, 1, 2));
    assert_eq!((answer.brought.files["read"], answer.brought.files["received_before"]), (2, 2));
    assert_eq!(answer.brought.files["replacing"], 0);
    assert_eq!(bench.diseases("2024-09-20"), ["20050001", "20050002"]);
    assert!(bench.receive("2024-09-21", &files).unchanged);
    let names: std::collections::BTreeSet<_> =
        answer.brought.rows.keys().map(String::as_str).collect();
    assert!(!names.contains("refused") && !names.contains("replaced_file"), "{names:?}");
}

#[test]
fn a_guardian_told_later_admits_a_child_that_the_key_alone_always_admitted() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    let files = [basic(ONE, "20120101", ""), disease(ONE, ("2", 1, 1), "20050001")];
    let first = bench.receive("2024-07-01", &files);
    assert_eq!(
        (first.brought.units["admitted"], refused(&first).contains_key("R-NOT-07")),
        (0, true)
    );
    assert!(bench.receive("2024-08-01", &files).unchanged);
    let given = [(ONE, "2024-05-02", "subject"), (ONE, "2024-08-02", "guardian")];
    bench.apply("2024-08-02", &given);
    // Read again and refused again: the period runs from the later notice.
    assert_eq!(admitted(&bench.receive("2024-08-03", &files)), (false, 0, 2));
    assert!(bench.receive("2024-08-04", &files).unchanged);
    assert_eq!(admitted(&bench.receive("2024-09-02", &files)), (false, 1, 2));
}

#[test]
fn a_stop_in_between_keeps_out_what_the_period_would_have_let_in() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-06-20", "subject")]);
    let files = [claims("202404", &[claim(ONE, "19800101", "4659001")])];
    let first = bench.receive("2024-07-01", &files);
    assert_eq!(refused(&first).get("R-NOT-03"), Some(&1));
    let asked = StopAsked {
        provider: "hospital-1",
        patient_number: ONE,
        track: None,
        requester: "subject",
        subject_dead: false,
    };
    act::stop_add(&bench.desk("2024-07-05"), &asked).unwrap();
    assert!(bench.receive("2024-08-01", &files).unchanged);
}

#[test]
fn a_claim_file_screened_again_for_one_patient_doubles_none_of_the_others() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    let april =
        [claims("202404", &[claim(ONE, "19800101", "4659001"), claim(TWO, "19800202", "4659002")])];
    assert_eq!(admitted(&bench.receive("2024-07-01", &april)), (false, 1, 0));
    bench.apply("2024-07-02", &[(ONE, "2024-05-02", "subject"), (TWO, "2024-05-02", "subject")]);
    let again = bench.receive("2024-07-03", &april);
    assert_eq!(admitted(&again), (false, 2, 1));
    assert_eq!(bench.diseases("2024-07-03"), ["4659001", "4659002"]);
    // The next month's file has the same name and takes nobody's place.
    let may = [claims("202405", &[claim(ONE, "19800101", "4659003")])];
    let next = bench.receive("2024-07-04", &may);
    assert_eq!((next.unchanged, next.brought.files["replacing"]), (false, 0));
    assert_eq!(bench.diseases("2024-07-04"), ["4659001", "4659002", "4659003"]);
}

#[test]
fn a_unit_counts_once_for_each_rule_and_track() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[]);
    let april =
        [claims("202404", &[claim(ONE, "19800101", "4659001"), claim(TWO, "19800202", "4659002")])];
    let answer = bench.receive("2024-07-01", &april);
    let counted: Vec<_> = answer
        .brought
        .refused
        .iter()
        .map(|one| (one.rule.as_str(), one.track.as_str(), one.units))
        .collect();
    assert_eq!(counted, [("R-NOT-02", "anonymised", 2), ("R-NOT-02", "pseudonymised", 2)]);
}

#[test]
fn a_list_says_which_file_has_which_number_also_of_what_came_before() {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject")]);
    let april = claims("202404", &[claim(ONE, "19800101", "4659001")]);
    let first = bench.receive("2024-07-01", std::slice::from_ref(&april));
    let files =
        [april, basic(ONE, "19800101", ""), ("z.bin".to_owned(), b"\x00\x01nothing".to_vec())];
    let (answer, list) = bench.receive_listing("2024-07-02", &files);
    let (before, now) = (first.delivery.unwrap(), answer.delivery.unwrap());
    let (_, place) =
        basic(ONE, "", "").0.split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let told = [
        "delivery,file_no,path".to_owned(),
        format!("{before},0,\"delivery/RECEIPTC.UKE\""),
        format!("{now},0,\"delivery/ssmix2/{place}\""),
        format!("{now},1,\"delivery/z.bin\""),
    ];
    assert_eq!(list.lines().collect::<Vec<_>>(), told);
    // Nothing of it stands in the answer.
    let page = std::fs::read_to_string(answer.report.unwrap()).unwrap();
    assert!(!page.contains("z.bin") && !page.contains(ONE) && page.contains("--list"));
    // The same again, and nothing is received; the numbers are those of then.
    let (again, same) = bench.receive_listing("2024-07-03", &files);
    assert!(again.unchanged);
    assert_eq!(same, list);
}
