//! The transaction store: records as versions, and whose bytes are whose.

use super::units::cells;
use super::{basic, disease, head, jis, path, places, read, total};
use crate::archive::{Limits, unpack};
use crate::files::MemoryFiles;
use crate::outcome::{Counts, UnitOutcome};
use crate::{Choice, Version, plan};

const ONE: &str = "0000001";
const FILE: &str = "2024/TR_20240301000000000_00001.DAT";

/// The line before a message: of a disease of the order `order` at the time that [`path`] gives its file.
fn line(patient: &str, order: u32, time: u32, action: &str) -> String {
    format!(
        "#SSMIX,2.00,1312345678,{patient},-,PPR-01,{order:015},{action},01,20240301{time:09}\r\n"
    )
}

fn record(order: u32, time: u32, action: &str) -> Vec<u8> {
    [line(ONE, order, time, action).as_bytes(), &disease(ONE, "19800101")].concat()
}

/// A disease that another version of the message names.
fn other(order: u32, time: u32) -> Vec<u8> {
    let text = String::from_utf8(record(order, time, "INS")).unwrap();
    text.replace("20054174", "20060042").into_bytes()
}

fn store(records: &[Vec<u8>]) -> (String, Vec<u8>) {
    (FILE.to_owned(), records.concat())
}

/// Codes of diseases that were read.
fn diseases(files: Vec<(String, Vec<u8>)>) -> (Vec<String>, Counts) {
    let (outcomes, counts) = read(files);
    (cells(&outcomes, "condition_occurrence", &["condition_source_value"]), counts)
}

/// Findings but the note that a store was read.
fn told(files: Vec<(String, Vec<u8>)>) -> Vec<String> {
    places(files).into_iter().filter(|one| !one.starts_with("SSMIX-STORE file")).collect()
}

fn kept(outcomes: &[UnitOutcome], bytes: &[u8]) -> Vec<u8> {
    let ranges = outcomes.iter().flat_map(|outcome| &outcome.kept).flat_map(|one| &one.ranges);
    let at = |byte| usize::try_from(byte).unwrap();
    ranges.flat_map(|range| bytes[at(range.start)..at(range.end)].to_vec()).collect()
}

#[test]
fn a_record_is_read_as_its_message_would_be_in_a_storage() {
    let stored = vec![
        (path(ONE, "-", "ADT-00", 9, 1, 1), basic(ONE, "19800101")),
        (path(ONE, "-", "PPR-01", 1, 1, 1), disease(ONE, "19800101")),
    ];
    let of_person = line(ONE, 9, 1, "INS").replace("PPR-01", "ADT-00");
    let records = [[of_person.as_bytes(), &basic(ONE, "19800101")].concat(), record(1, 1, "INS")];
    let (outcomes, counts) = read(vec![store(&records)]);
    let (_, expected) = read(stored);
    assert_eq!((counts.rows, counts.messages), (expected.rows, expected.messages));
    assert_eq!(counts.findings.into_keys().collect::<Vec<_>>(), ["SSMIX-STORE"]);
    // Lines count as records of the file, so each row stands where its segment does.
    assert_eq!(cells(&outcomes, "condition_occurrence", &["record_no"]), ["8"]);
    let identity = outcomes[0].identity.as_ref().unwrap().column_by_name("name_kanji").unwrap();
    assert_eq!(arrow::util::display::array_value_to_string(identity, 0).unwrap(), "山田 太郎");
    // Every byte is that patient's, lines too.
    assert_eq!(kept(&outcomes, &records.concat()), records.concat());
}

#[test]
fn the_newest_record_counts_unless_it_deletes() {
    for (records, expected, gone) in [
        (vec![record(1, 1, "INS"), other(1, 2)], vec!["20060042"], (1, 0)),
        // As long as times tell, the order in the file does not.
        (vec![other(1, 2), record(1, 1, "INS")], vec!["20060042"], (1, 0)),
        (vec![record(1, 1, "INS"), record(1, 2, "DEL")], vec![], (0, 2)),
        (vec![record(1, 1, "INS"), line(ONE, 1, 2, "DEL").into()], vec![], (0, 2)),
        (
            vec![record(1, 1, "INS"), line(ONE, 1, 2, "DEL").into(), other(1, 3)],
            vec!["20060042"],
            (1, 1),
        ),
        // Of one instant what stands behind was done later.
        (vec![record(1, 1, "DEL"), other(1, 1)], vec!["20060042"], (0, 1)),
        (vec![record(1, 1, "INS"), record(1, 1, "DEL")], vec![], (0, 2)),
        (vec![record(1, 1, "INS"), other(2, 2)], vec!["20054174", "20060042"], (0, 0)),
    ] {
        let (found, counts) = diseases(vec![store(&records)]);
        assert_eq!(
            (found, (counts.superseded, counts.deleted)),
            (expected.into_iter().map(str::to_owned).collect(), gone)
        );
    }
}

#[test]
fn files_and_records_are_versions_of_one_message() {
    let file = |time, flag| (path(ONE, "-", "PPR-01", 1, time, flag), disease(ONE, "19800101"));
    let (old, new) = ("20054174", "20060042");
    for (files, expected) in [
        // The copy of a file counts once, and the file's word about it.
        (vec![file(1, 1), store(&[other(1, 1)])], vec![old]),
        (vec![file(1, 0), store(&[other(1, 1)])], vec![]),
        (vec![file(1, 2), store(&[other(1, 1)])], vec![]),
        (vec![file(1, 2), file(2, 1), store(&[other(1, 1), other(1, 2)])], vec![old]),
        // What is newer replaces, whichever it is.
        (vec![file(1, 1), store(&[other(1, 2)])], vec![new]),
        (vec![file(3, 1), store(&[other(1, 2)])], vec![old]),
        (vec![file(1, 1), store(&[line(ONE, 1, 2, "DEL").into()])], vec![]),
        (vec![file(1, 0), file(2, 0), store(&[other(1, 3)])], vec![new]),
    ] {
        let (found, counts) = diseases(files.clone());
        assert_eq!(found, expected);
        assert_eq!(told(files), Vec::<String>::new());
        assert_eq!(counts.messages, expected.len() as u64);
    }
}

#[test]
fn a_deletion_of_what_is_not_here_is_told() {
    let files = vec![store(&[record(1, 1, "INS"), record(2, 2, "DEL"), record(2, 3, "DEL")])];
    let told = told(files);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("SSMIX-STORE-DELETED file 0, record 11, #SSMIX, byte"));
}

#[test]
fn of_a_refused_patient_no_byte_stays() {
    let of = |patient: &str, birth: &str| {
        [line(patient, 1, 1, "INS").as_bytes(), &disease(patient, birth)].concat()
    };
    let records = [of("0000009", "19700101"), of("0000002", "19600101"), of("0000009", "19700101")];
    let bytes = records.concat();
    let (outcomes, counts) = read(vec![store(&records)]);
    assert_eq!((total(&counts, "condition_occurrence"), total(&counts, "person")), (1, 1));
    assert_eq!((counts.refused, counts.units), (1, 2));
    assert_eq!(kept(&outcomes, &bytes), records[1]);
    // Admitted in part: rows, but no byte.
    let (outcomes, counts) = read(vec![store(&[of("0000008", "19700101")])]);
    assert_eq!(total(&counts, "condition_occurrence"), 1);
    assert!(outcomes.iter().all(|outcome| outcome.kept.is_empty()));
}

#[test]
fn a_message_of_another_patient_than_its_line_is_set_aside() {
    let strange =
        |patient: &str| [line(ONE, 1, 1, "INS").as_bytes(), &disease(patient, "19800101")].concat();
    let (outcomes, counts) = read(vec![store(&[strange("0000002"), record(2, 1, "INS")])]);
    assert_eq!((total(&counts, "condition_occurrence"), counts.quarantined), (1, 1));
    assert_eq!(counts.findings["SSMIX-PID-FOLDER"], 1);
    assert!(outcomes[0].kept.iter().any(|one| one.quarantined));
    // The whole file is not set aside for it, and of the refused nothing is kept.
    let bytes = strange("0000009");
    let (outcomes, _) = read(vec![store(&[strange("0000009")])]);
    assert!(kept(&outcomes, &bytes).is_empty());
    assert_eq!(told(vec![store(&[bytes])]), ["SSMIX-PID-FOLDER file 0, record 3, PID-3"]);
}

#[test]
fn what_no_line_claims_is_neither_read_nor_kept() {
    let good = record(1, 1, "INS");
    let loose = disease("0000002", "19700101");
    let damaged = |from: &str, to: &str| {
        let line = line("0000002", 7, 1, "INS");
        assert!(line.contains(from));
        [line.replace(from, to).as_bytes(), &loose].concat()
    };
    for (bad, code, part) in [
        (damaged("#SSMIX,", "#SSMX,"), "SSMIX-STORE-HEADER", "-1"),
        (damaged(",01,", ","), "SSMIX-STORE-HEADER", "-1"),
        (damaged("2.00", "9"), "SSMIX-STORE-HEADER", "-1"),
        (damaged("0000002", ""), "SSMIX-STORE-HEADER", "-4"),
        (damaged(",-,", ",0301,"), "SSMIX-STORE-HEADER", "-5"),
        (damaged("PPR-01", "PPR-99"), "SSMIX-TYPE-UNKNOWN", "-6"),
        (damaged("PPR-01", "^x^^11506-3^y^LN"), "SSMIX-NOT-READ-STORE", "-6"),
        (damaged("000000000000007", ""), "SSMIX-STORE-HEADER", "-7"),
        (damaged("000000000000007", "7_8"), "SSMIX-STORE-HEADER", "-7"),
        (damaged("INS", "UPD"), "SSMIX-STORE-HEADER", "-8"),
        (damaged("20240301000000001", "20240301"), "SSMIX-STORE-HEADER", "-10"),
        (damaged("0000002", "123456789018"), "ID-MY-NUMBER", "-4"),
    ] {
        let records = [good.clone(), bad, record(2, 1, "INS")];
        let (outcomes, counts) = read(vec![store(&records)]);
        assert_eq!(total(&counts, "condition_occurrence"), 2, "{code}{part}");
        let expected = format!("{code} file 0, record 6, #SSMIX{part}, byte {}", good.len());
        assert_eq!(told(vec![store(&records)]), [expected]);
        let kept = kept(&outcomes, &records.concat());
        assert!(kept == [&records[0][..], &records[2]].concat(), "{code}{part}");
    }
    // Before the first line, and a second message behind one.
    for (records, at) in
        [(vec![loose.clone(), good.clone()], 1), (vec![good.clone(), loose.clone()], 6)]
    {
        let (outcomes, counts) = read(vec![store(&records)]);
        assert_eq!(total(&counts, "condition_occurrence"), 1);
        assert_eq!(kept(&outcomes, &records.concat()), good);
        let told = told(vec![store(&records)]);
        assert!(told[0].starts_with(&format!("SSMIX-STORE-HEADER file 0, record {at}, #SSMIX")));
    }
}

#[test]
fn a_record_without_its_message_is_told_and_nothing_older_read_for_it() {
    let records = [record(1, 1, "INS"), line(ONE, 1, 2, "INS").into(), record(2, 1, "INS")];
    let (found, counts) = diseases(vec![store(&records)]);
    assert_eq!((found.len(), counts.superseded), (1, 1));
    let at = records[0].len();
    let expected = format!("SSMIX-STORE-MESSAGE file 0, record 6, #SSMIX, byte {at}");
    assert_eq!(told(vec![store(&records)]), [expected]);
}

#[test]
fn line_ends_marks_and_packing_change_nothing() {
    let text = String::from_utf8([record(1, 1, "INS"), record(2, 1, "INS")].concat()).unwrap();
    let rows = |name: &str, bytes: Vec<u8>| {
        let (outcomes, counts) = read(vec![(name.to_owned(), bytes)]);
        assert!(!counts.findings.contains_key("SSMIX-STORE-HEADER"), "{:?}", counts.findings);
        cells(&outcomes, "condition_occurrence", &["record_no"])
    };
    // PRB stands behind its line, MSH and PID.
    for bytes in [
        text.clone(),
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        text.replace("\r\n", "\r").replace('\r', "\r\n"),
        text.replace("\r\n", "\r").replace('\r', "\n"),
        format!("\u{feff}{text}\u{1a}"),
        text.replace("\r#", "\r\n\r\n#"),
        // The last segment of a message has no end.
        text.replace("\r#", "#"),
        text.trim_end().to_owned(),
        text.replace("MSH|", "\u{b}MSH|").replace("\r#", "\r\u{1c}\r#"),
    ] {
        assert_eq!(rows(FILE, bytes.clone().into()), ["4", "9"], "{bytes:?}");
        assert_eq!(rows("day.txt", bytes.clone().into()), ["4", "9"], "{bytes:?}");
    }
}

#[test]
fn a_store_is_known_packed_and_by_any_name() {
    use std::io::Write as _;
    let bytes = record(1, 1, "INS");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&bytes).unwrap();
    let packed = vec![(format!("{FILE}.gz"), packed.finish().unwrap())];
    let (files, refused) =
        unpack(std::sync::Arc::new(MemoryFiles::new(packed)), Vec::new(), Limits::DEFAULT);
    assert!(refused.is_empty());
    assert_eq!(files.path(0), FILE);
    assert_eq!(plan(&*files, &crate::Sender::UNKNOWN, Choice::Auto).units.len(), 1);
    // The name alone makes no record.
    let message = (FILE.to_owned(), disease(ONE, "19800101"));
    assert_eq!(told(vec![message]), ["SSMIX-NOT-READ-STORE file 0"]);
}

#[test]
fn a_file_of_another_day_is_no_newer_version() {
    let of = |name: &str, bytes: &[u8]| Version::of(name, bytes);
    let (first, second) = (record(1, 1, "INS"), record(1, 2, "INS"));
    assert!(of(FILE, &first) == of(FILE, &[first.clone(), second.clone()].concat()));
    assert!(of(FILE, &first) != of(FILE, &second));
    assert!(of("a/TR_1_00001.DAT", &first) != of(FILE, &first));
}

#[test]
fn who_a_patient_is_shows_across_files_and_records() {
    let disease = jis(&(head(ONE, "PPR^ZD1", "19600102") + "PRB|AD||20054174^胃炎^MDCDX2|1\r"));
    let stored = (path(ONE, "-", "ADT-00", 9, 1, 1), basic(ONE, "19600101"));
    let record = [line(ONE, 1, 1, "INS").as_bytes(), &disease].concat();
    assert_eq!(
        told(vec![stored, store(&[record])]),
        ["SSMIX-PATIENT-CONFLICT file 1, record 3, PID-3"]
    );
}

#[test]
fn a_record_that_is_too_long_is_left_out_and_the_next_read() {
    let long =
        [record(1, 1, "INS"), [&b"NTE|1||"[..], &[b'x'; 1000], b"\r"].concat().repeat(17 << 10)]
            .concat();
    let (found, counts) = diseases(vec![store(&[long, record(2, 1, "INS")])]);
    assert_eq!((found.len(), counts.findings["FILE-TOO-LARGE"]), (1, 1));
}

#[test]
fn times_of_names_are_compared_as_far_as_they_are_told() {
    // A file of the second, and a record of the same second with its milliseconds.
    let seconds = |flag| {
        let (name, bytes) = (path(ONE, "-", "PPR-01", 1, 0, flag), disease(ONE, "19800101"));
        (name.replace("20240301000000000", "20240301000000"), bytes)
    };
    assert!(seconds(1).0.contains("_20240301000000_"));
    for (flag, time, expected) in
        [(0, 0, vec![]), (1, 0, vec!["20054174"]), (0, 1, vec!["20060042"])]
    {
        let files = vec![seconds(flag), store(&[other(1, time)])];
        assert_eq!(diseases(files).0, expected, "{flag} {time}");
    }
}

#[test]
fn a_deletion_of_the_instant_of_a_valid_file_is_told() {
    let file = |time, flag| (path(ONE, "-", "PPR-01", 1, time, flag), disease(ONE, "19800101"));
    let deletes = || Vec::from(line(ONE, 1, 1, "DEL"));
    let files = vec![file(1, 1), store(&[deletes()])];
    assert_eq!(diseases(files.clone()).0, ["20054174"]);
    assert_eq!(told(files), ["SSMIX-STORE-CONTRARY file 1, record 1, #SSMIX, byte 0"]);
    // What stands behind it was done later; and a version that was replaced is not read anyway.
    for files in [
        vec![file(1, 1), store(&[deletes(), other(1, 1)])],
        vec![file(1, 1), file(2, 1), store(&[deletes()])],
        vec![file(1, 0), store(&[deletes()])],
    ] {
        assert_eq!(told(files), Vec::<String>::new());
    }
}

/// What is left of a record whose line was damaged, or does not stand where it should, goes with no other.
#[test]
fn behind_a_damaged_line_no_byte_goes_to_the_patient_before() {
    let loose = disease("0000009", "19700101");
    let whole = line("0000009", 7, 1, "INS");
    let note = [record(1, 1, "INS"), b"NTE|1||text".to_vec()].concat();
    let open = |rest: &str| [&note, rest.as_bytes()].concat();
    let closed = |rest: &str| [&note, &b"\r"[..], rest.as_bytes()].concat();
    let bare = |rest: &str| [line(ONE, 1, 1, "INS").as_bytes(), rest.as_bytes()].concat();
    let unmarked = whole.replace('#', "");
    let bad = whole.replace("2.00", "9");
    let mut cases = vec![
        open(&whole.replace("2.00", "1.20")),
        open(&whole.replace(",01,", ",01,02,")),
        open("#SSMIX,\r\n"),
    ];
    for rest in [
        unmarked.clone(),
        unmarked.to_lowercase(),
        format!(" {bad}"),
        format!("\u{feff}{bad}"),
        format!("\u{feff}\t\u{3000}{bad}"),
        format!("\u{b}{bad}"),
        format!("\u{feff}{unmarked}"),
        unmarked.replacen("SSMIX", "SMIX", 1),
        unmarked.replacen("SSMIX,", "", 1),
    ] {
        cases.extend([closed(&rest), bare(&rest)]);
    }
    for case in cases {
        let shown = String::from_utf8_lossy(&case).into_owned();
        let records = [case, loose.clone(), record(2, 1, "INS")];
        let bytes = records.concat();
        let (outcomes, counts) = read(vec![store(&records)]);
        let kept = String::from_utf8(kept(&outcomes, &bytes)).unwrap();
        assert!(!kept.contains("0000009") && !kept.contains("SSMIX,9"), "{shown}\n{kept}");
        assert!(kept.ends_with(std::str::from_utf8(&records[2]).unwrap()), "{shown}");
        let read = 1 + u64::from(shown.contains("PRB"));
        assert_eq!(total(&counts, "condition_occurrence"), read, "{shown}");
        assert_eq!(counts.findings["SSMIX-STORE-HEADER"], 1, "{shown}");
        assert!(!counts.findings.contains_key("SSMIX-SEGMENT-UNKNOWN"), "{shown}");
    }
}

#[test]
fn a_message_without_a_patient_behind_a_line_is_nobody_s() {
    // A line that nobody could know for one; and a second message that does not begin its line.
    let strange = disease("0000009", "19700101");
    let lost = [line(ONE, 1, 1, "INS").as_bytes(), b"?\r", &strange].concat();
    let indented = |before: &str| [&record(1, 1, "INS"), before.as_bytes(), &strange].concat();
    for (bytes, expected) in [
        (lost, Vec::new()),
        (indented(" "), record(1, 1, "INS")),
        (indented("\u{feff}\t"), record(1, 1, "INS")),
    ] {
        let (outcomes, _) = read(vec![store(std::slice::from_ref(&bytes))]);
        assert_eq!(kept(&outcomes, &bytes), expected);
    }
}

#[test]
fn a_line_behind_blanks_is_read_and_one_of_many_marks_is_cut_in_one_pass() {
    let text = String::from_utf8([record(1, 1, "INS"), record(2, 1, "INS")].concat()).unwrap();
    for before in [" ", "\u{feff}", "\u{b}\t"] {
        let bytes = text.replace("\r#", &format!("\r{before}#"));
        let (found, counts) = diseases(vec![(FILE.to_owned(), bytes.into())]);
        assert_eq!((found.len(), counts.findings.len()), (2, 1), "{:?}", counts.findings);
    }
    let many =
        [record(1, 1, "INS"), b"#SSMIX,".repeat(1 << 18), b"\r".to_vec(), record(2, 1, "INS")];
    let (found, counts) = diseases(vec![store(&many)]);
    assert_eq!((found.len(), counts.findings["SSMIX-STORE-HEADER"]), (2, 1 << 18));
}

#[test]
fn a_file_of_more_records_than_any_real_one_is_left_out() {
    let one = b"#SSMIX,2.00,,1,-,OMD,1,DEL,,20240301000000\n";
    let files = vec![store(&[record(1, 1, "INS"), one.repeat(1 << 12)])];
    assert_eq!(told(files), ["FILE-TOO-LARGE file 0"]);
}
