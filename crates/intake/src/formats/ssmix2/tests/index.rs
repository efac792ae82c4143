//! The index of a storage beside its files.

use super::{disease, path, places};

const HEAD: &str = "VolumeLabel,PatientID,ProcessingType,FileName,UpdateDatetime";

fn name(order: u32, time: u32, flag: u32) -> String {
    let path = path("0000001", "-", "PPR-01", order, time, flag);
    path.rsplit('/').next().unwrap().to_owned()
}

fn compared(rows: &[(&str, String)], stored: &[(u32, u32, u32)]) -> Vec<String> {
    let lines: Vec<_> =
        rows.iter().map(|(kind, name)| format!("STD,0000001,{kind},\"{name}\",x")).collect();
    let index = format!("{HEAD}\r\n{}\r\n", lines.join("\r\n"));
    let mut files = vec![("00/SSMIXIDX.csv".to_owned(), index.into_bytes())];
    for (order, time, flag) in stored {
        let path = path("0000001", "-", "PPR-01", *order, *time, *flag);
        files.push((path, disease("0000001", "19700101")));
    }
    found(files)
}

fn found(files: Vec<(String, Vec<u8>)>) -> Vec<String> {
    places(files).into_iter().filter(|one| one.contains("INDEX") || one.contains("STORE")).collect()
}

#[test]
fn a_file_that_is_listed_and_missing_is_told_with_its_row() {
    let rows =
        [("INS", name(1, 1, 1)), ("INS", name(2, 1, 2)), ("INS", name(2, 2, 1)), ("", "x".into())];
    let told = compared(&rows, &[(1, 1, 1), (2, 1, 1)]);
    let expected = [
        "SSMIX-INDEX-MISSING file 0, record 4, SSMIXIDX",
        "SSMIX-INDEX-ROW file 0, record 5, SSMIXIDX",
        "SSMIX-INDEX file 0",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_deletion_that_was_not_carried_out_is_told() {
    let rows = [("DEL", name(1, 5, 0)), ("INS", name(1, 1, 0))];
    let done = ["SSMIX-INDEX file 0"];
    let told = ["SSMIX-INDEX-DELETED file 0, record 2, SSMIXIDX", "SSMIX-INDEX file 0"];
    assert_eq!(compared(&rows, &[(1, 1, 1)]), told);
    assert_eq!(compared(&rows, &[(1, 1, 0), (1, 5, 0)]), done);
    assert_eq!(compared(&rows, &[]), done);
    // Written again after it.
    assert_eq!(compared(&rows, &[(1, 9, 1)]), done);
}

#[test]
fn what_is_no_table_stays_unread() {
    let store = ["SSMIX-NOT-READ-STORE file 0"];
    for bytes in [&b"SQLite format 3\0"[..], b"", b"a,b\n1,2\n", &[b'x'; 9000]] {
        let told = found(vec![("SSMIXIDX".to_owned(), bytes.to_vec())]);
        assert!(told == store || bytes.is_empty(), "{told:?}");
    }
    let transaction = ("TR_20240301101010000_00001.DAT".to_owned(), b"INS".to_vec());
    assert_eq!(found(vec![transaction]), store);
}
