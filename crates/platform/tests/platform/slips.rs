//! Slips of those who write registers and hand over deliveries: none is silent, none matches the wrong patient.

use crate::door::{Bench, ONE, TWO, claim, claims, refused, register};

const DAY: &str = "2024-07-01";

#[test]
fn claims_of_another_institution_are_set_aside_and_none_of_their_rows_kept() {
    let bench = Bench::new();
    let given = [(ONE, "2024-05-02", "subject")];
    let text = |code: &str| {
        let coded = format!("kind = \"hospital\"\nclaims_code = \"{code}\"");
        register(&given).replace("kind = \"hospital\"", &coded)
    };
    bench.apply_bytes(DAY, text("9200015").as_bytes()).unwrap();
    let file = claims("202404", &[claim(ONE, "19800101", "20054174")]);
    let answer = bench.receive(DAY, std::slice::from_ref(&file));
    let found: Vec<&str> = answer.brought.findings.iter().map(|one| one.code.as_str()).collect();
    assert_eq!((found, answer.brought.rows.len()), (vec!["UKE-PROVIDER"], 0));
    assert_eq!(
        answer.brought.findings.first().map(|one| one.severity.as_str()),
        Some("quarantine")
    );
    // The register was wrong: corrected, the file is taken under another name.
    bench.apply_bytes(DAY, text("1311234567").as_bytes()).unwrap();
    let answer = bench.receive(DAY, &[("RECEIPTC-2.UKE".to_owned(), file.1)]);
    assert_eq!(answer.brought.rows["condition_occurrence"], 1);
}

#[test]
fn a_stop_typed_full_width_stops_and_one_that_meets_nobody_is_told() {
    let bench = Bench::new();
    let given = [(ONE, "2024-05-02", "subject"), (TWO, "2024-05-02", "subject")];
    bench.list("stops.csv", "patient\n'０００００02\n2\n");
    let list = "\n[[stop_list]]\nprovider = \"hospital-1\"\nfile = \"stops.csv\"\n";
    let stop = "\n[[stop]]\nprovider = \"hospital-1\"\npatient = \"０００0001\"\n\
                received = 2042-06-03T10:15:00+09:00\nrequester = \"subject\"\n";
    let text = [&register(&given), list, stop].concat();
    let applied = bench.apply_bytes(DAY, text.as_bytes()).unwrap();
    let says = |what: &str| applied.warnings.iter().filter(|one| one.contains(what)).count();
    assert_eq!(says("`stops.csv`: 1 of 2 stop requests name a patient to whom no notice"), 1);
    assert_eq!(says("stop[1].patient: full-width"), 1);
    assert_eq!(says("stop[1].received: lies in the future"), 1);
    assert_eq!(applied.warnings.len(), 3, "{:#?}", applied.warnings);
    let row = |what: &str| applied.row_errors.iter().any(|one| one.contains(what));
    assert!(row("`stops.csv` line 2, column `patient`: begins with `'`"));
    assert!(row("`stops.csv` line 2, column `patient`: full-width"));
    let both = [claim(ONE, "19800101", "20054174"), claim(TWO, "19800101", "20054174")];
    let answer = bench.receive(DAY, &[claims("202404", &both)]);
    assert_eq!(refused(&answer).into_iter().collect::<Vec<_>>(), [("R-OPT-06", 2)]);
    assert_eq!(answer.brought.rows.len(), 0);
}

#[test]
fn a_register_that_is_no_text_says_in_which_line() {
    let bench = Bench::new();
    let mut bytes = b"format = \"sudare-register-1\"\n\n[producer]\nname = \"".to_vec();
    bytes.extend([0x93, 0x8c, 0x8b, 0x9e, b'"', b'\n']);
    let error = bench.apply_bytes(DAY, &bytes).unwrap_err().to_string();
    assert!(error.contains("register.toml:4: is not UTF-8 text"), "{error}");
}
