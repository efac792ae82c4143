//! Messages outside a storage, and documents of the extended one.

use super::{head, jis, read, total};
use crate::outcome::UnitOutcome;

const RESULT: &str = "SPM|1|1||023^血清^JC10|||||||||||||20240301090000\r\
    OBX|1|NM|3A010000002327101^総蛋白^JC10||7.1|g/dL|6.7-8.3|N|||F\r";
const DISEASE: &str = "PRB|AD|20240301|20054174^胃炎^MDCDX2|1|||20240301\r";

/// A batch of messages of two patients, with one that comes twice, one that takes back, and two that cannot be read.
fn batch() -> String {
    let disease = head("0000002", "PPR^ZD1", "19700101") + DISEASE;
    [
        "FHS|^~\\&|H\rBHS|^~\\&|H\r".to_owned(),
        head("0000001", "ADT^A08", "19600101"),
        head("0000001", "ORU^R01", "19600101") + RESULT,
        disease.clone(),
        disease,
        head("0000001", "ADT^A11", "19600101"),
        head("0000001", "SIU^S12", "19600101"),
        head("", "PPR^ZD1", "19600101") + DISEASE,
        head("0000009", "PPR^ZD1", "19600101") + DISEASE,
        "BTS|6\rFTS|1\r".to_owned(),
    ]
    .concat()
}

fn places(outcomes: &[UnitOutcome]) -> Vec<String> {
    outcomes
        .iter()
        .flat_map(|outcome| &outcome.findings)
        .map(|one| format!("{} {}", one.code.code, one.place))
        .collect()
}

#[test]
fn a_visit_without_pv1_stands_where_its_message_begins() {
    let text = head("0000001", "ADT^A08", "19600101") + &head("0000001", "ADT^A03", "19600101");
    let (outcomes, _) = read(vec![("adt.hl7".to_owned(), jis(&text))]);
    assert_eq!(super::units::cells(&outcomes, "visit_occurrence", &["record_no"]), ["3"]);
}

#[test]
fn a_batch_is_read_message_by_message() {
    let (outcomes, counts) = read(vec![("adt.hl7".to_owned(), jis(&batch()))]);
    assert_eq!(counts.findings["SSMIX-CANCEL"], 1);
    assert_eq!(counts.findings["SSMIX-TRIGGER"], 1);
    assert_eq!(counts.findings["SSMIX-PID-NUMBER"], 1);
    assert_eq!((counts.superseded, counts.refused, counts.messages), (1, 1, 3));
    assert_eq!(total(&counts, "measurement"), 1);
    assert_eq!(total(&counts, "condition_occurrence"), 1);
    assert_eq!(total(&counts, "person"), 2);
    assert_eq!(places(&outcomes).len(), 1, "{:?}", places(&outcomes));
    assert!(places(&outcomes)[0].starts_with("SSMIX-CANCEL file 0, record"));
    // What is kept is those three messages, no byte of the others.
    let text = jis(&batch());
    let kept: Vec<u8> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.kept)
        .flat_map(|one| &one.ranges)
        .flat_map(|range| {
            let (start, end) =
                (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
            text[start..end].to_vec()
        })
        .collect();
    let kept = String::from_utf8(kept).unwrap();
    assert_eq!(kept.matches("MSH|").count(), 3);
    assert!(!kept.contains("0000009") && !kept.contains("A11") && !kept.contains("BTS"));
}

#[test]
fn rows_and_findings_say_which_segment_of_the_file_they_are_of() {
    let bent = batch().replace("||7.1|", "||hoch|");
    let (outcomes, _) = read(vec![("adt.hl7".to_owned(), jis(&bent))]);
    // FHS, BHS, two of ADT, then MSH, PID, SPM and OBX.
    let places = places(&outcomes);
    assert!(places.iter().any(|one| one.starts_with("SSMIX-NUMBER file 0, record 8, OBX-5")));
    assert!(places.iter().any(|one| one.starts_with("SSMIX-CANCEL file 0, record")));
}

#[test]
fn frames_of_a_line_and_single_messages_change_nothing() {
    let message = head("0000001", "ORU^R01", "19600101") + RESULT;
    let framed = format!("\u{b}{message}\u{1c}\r\u{b}{message}\u{1c}\r");
    for text in [message.clone(), framed, message.replace('\r', "\r\n"), format!("\n{message}")] {
        let (outcomes, counts) = read(vec![("x".to_owned(), jis(&text))]);
        assert_eq!(total(&counts, "measurement"), 1, "{text}");
        assert_eq!(places(&outcomes), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn contradictions_show_across_files_and_between_storage_and_stream() {
    let one = head("0000001", "ORU^R01", "19600101") + RESULT;
    let two = head("0000001", "PPR^ZD1", "19600102") + DISEASE;
    let files = vec![("a".to_owned(), jis(&one)), ("b".to_owned(), jis(&two))];
    let (outcomes, counts) = read(files);
    assert_eq!(counts.findings["SSMIX-PATIENT-CONFLICT"], 2);
    assert!(counts.rows.is_empty());
    assert!(places(&outcomes).iter().all(|place| place.contains("record 2, PID-3")));
    let stored = super::path("0000001", "-", "PPR-01", 1, 1, 1);
    let (_, counts) = read(vec![(stored, jis(&two)), ("a".to_owned(), jis(&one))]);
    assert_eq!(counts.findings["SSMIX-PATIENT-CONFLICT"], 2);
}

#[test]
fn what_only_begins_like_a_message_is_told() {
    let (_, counts) = read(vec![("a".to_owned(), b"FHS|^~\\&|H\rBTS|0\rFTS|0\r".to_vec())]);
    assert_eq!(counts.findings["SSMIX-NOT-HL7"], 1);
    let (_, counts) = read(vec![("a".to_owned(), b"MSH|^~\\&|H\rEVN|A08\r".to_vec())]);
    assert_eq!(counts.findings["SSMIX-TRIGGER"], 1);
    let message = head("123456789018", "PPR^ZD1", "19600101");
    let (_, counts) = read(vec![("a".to_owned(), jis(&message))]);
    assert_eq!(counts.findings["ID-MY-NUMBER"], 1);
}

#[test]
fn documents_of_the_extended_storage_are_listed_and_kept() {
    let path = |patient: &str, flag: u32| {
        let folder = |at: std::ops::Range<usize>| patient.get(at).unwrap();
        let first = format!("{}/{}/{patient}", folder(0..3), folder(3..6));
        let kind = "L-OBSERVATIONS^OBSERVATIONS^99ZL01";
        let name = format!("{patient}_20240301_{kind}_0001_20240301101010000_01_{flag}");
        format!("ext/{first}/20240301/{kind}/{name}/main_document.pdf")
    };
    let document = b"%PDF-1.4".to_vec();
    let file = |patient: &str, flag| (path(patient, flag), document.clone());
    let files = vec![file("0000001", 1), file("0000002", 2), file("0000003", 0)];
    let (outcomes, counts) = read(files);
    assert_eq!(counts.findings["SSMIX-EXTENDED"], 1);
    assert_eq!((counts.deleted, counts.superseded, counts.quarantined), (1, 1, 0));
    let kept: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.kept).collect();
    assert_eq!(kept.len(), 1);
    // Refused, and admitted in part: no byte is kept.
    let (outcomes, counts) = read(vec![file("0000008", 1), file("0000009", 1)]);
    assert_eq!((counts.findings["SSMIX-EXTENDED"], counts.refused), (1, 1));
    assert!(outcomes.iter().all(|outcome| outcome.kept.is_empty()));
    let strange = path("0000001", 1).replace("000/000/0000001", "000/000/0000004");
    let (_, counts) = read(vec![(strange, document)]);
    assert_eq!(counts.findings["SSMIX-NAME-FOLDER"], 1);
}

#[test]
fn a_stream_of_another_day_is_no_newer_version() {
    let of = |text: &str| crate::Version::of("adt.hl7", text.as_bytes());
    let message = head("0000001", "ORU^R01", "19600101");
    assert!(of(&message) == of(&(message.clone() + RESULT)));
    assert!(of(&message) != of(&message.replace("20240301101010", "20240302101010")));
}
