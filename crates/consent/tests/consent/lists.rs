//! Lists as providers' tools write them.

use std::io::{BufRead, Cursor};

use sudare_consent::lists::{ListError, read_given, read_stops};
use sudare_consent::stop::Requester;
use sudare_consent::{GateBuilder, register};
use sudare_model::{DataItem, Rule, Tracks};

use crate::region::{REGISTER, day, hospital, instant, key, read, rules};

fn given(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let mut each = |row: sudare_consent::lists::GivenRow<'_>| {
        rows.push(format!("{} {} {} {}", row.patient, row.date, row.method.word(), row.to.word()));
    };
    let mut problem = |one: sudare_consent::lists::RowProblem| wrong.push(one.to_string());
    let mut source = Cursor::new(bytes);
    read_given("given.csv", &mut source, day("2024-04-15"), &mut each, &mut problem).unwrap();
    (rows, wrong)
}

#[test]
fn any_line_ending_mark_and_encoding_reads_the_same() {
    let plain = "patient,date,method,recipient\n0001,2024-05-02,handed,\n患者２,2024/05/03,posted,guardian\n";
    let expected = given(plain.as_bytes()).0;
    assert_eq!(expected, ["0001 2024-05-02 handed subject", "患者2 2024-05-03 posted guardian"]);
    let crlf = plain.replace('\n', "\r\n");
    assert_eq!(given(crlf.as_bytes()).0, expected);
    assert_eq!(given(plain.replace('\n', "\r").as_bytes()).0, expected);
    assert_eq!(given(format!("\u{feff}{crlf}").as_bytes()).0, expected);
    let (jis, _, lossy) = encoding_rs::SHIFT_JIS.encode(&crlf);
    assert!(!lossy);
    assert_eq!(given(&jis).0, expected);
    let reordered = "Date, Patient ,method\n2024-05-02,\"0001\",handed";
    assert_eq!(given(reordered.as_bytes()).0, expected[..1]);
}

#[test]
fn a_wrong_row_is_told_by_line_and_never_by_value() {
    let text = "patient,date,method\n0001,2024-05-02,handed\nSECRET,2024-02-30,handed\nSECRET,2024-05-02,SECRET\nSECRET,2024-04-01,handed\n,2024-05-02,handed\nshort\n0002,20240503,postd\n0003,2024-05-04,kiosk\n";
    let (rows, wrong) = given(text.as_bytes());
    assert_eq!(rows.len(), 2);
    assert_eq!(wrong[0], "`given.csv` line 3, column `date`: there is no such day");
    assert!(
        wrong
            .iter()
            .any(|one| one.ends_with("expected a date from 2024-04-15 on, the notice's own"))
    );
    assert!(
        wrong.iter().any(|one| one.contains("line 8") && one.contains("did you mean `posted`"))
    );
    assert!(wrong.iter().all(|one| !one.contains("SECRET")), "{wrong:?}");
}

#[test]
fn a_list_without_its_columns_is_no_list() {
    let says = |bytes: &[u8]| {
        let mut source = Cursor::new(bytes);
        let read = read_given("x.csv", &mut source, day("2024-04-15"), &mut |_| (), &mut |_| ());
        read.unwrap_err().to_string()
    };
    assert!(says(b"patient;date;method\n1;2;3\n").contains("is separated by `;`"));
    assert!(says(b"patient\tdate\tmethod\n1\t2\t3\n").contains("is separated by tabs"));
    assert!(says(b"").contains("`x.csv` is empty"));
    let wide: Vec<u8> =
        "\u{feff}patient,date,method\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(says(&wide).contains("is UTF-16"));
    let bare: Vec<u8> = "patient,date,method\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(says(&bare).contains("is UTF-16"));
    assert!(says(b"number,date,method\n").contains("has no column `patient`"));
}

#[test]
fn a_number_typed_another_way_is_the_same_patient_and_is_told() {
    let text = "patient,date,method\n００１２,2024-05-02,handed\n'0012,2024-05-02,handed\n0012,2025/2/3,handed\n0012,2025-02-30,handed\n";
    let (rows, wrong) = given(text.as_bytes());
    assert_eq!(rows, vec!["0012 2024-05-02 handed subject"; 2]);
    let expected = [
        "line 2, column `patient`: full-width digits or letters; taken as half-width ones",
        "line 3, column `patient`: begins with `'`; taken without it",
        "line 4, column `date`: expected a date, written YYYY-MM-DD",
        "line 5, column `date`: there is no such day",
    ];
    assert_eq!(wrong.len(), expected.len());
    for (one, expected) in wrong.iter().zip(expected) {
        assert!(one.ends_with(expected), "{one}");
    }
    let text = "patient,tracks,received\n'００１２,a,2025-02-30T10:00:00\n";
    let mut patients = Vec::new();
    let mut each = |row: sudare_consent::lists::StopRow<'_>| patients.push(row.patient.to_owned());
    let mut wrong = Vec::new();
    let mut problem = |one: sudare_consent::lists::RowProblem| wrong.push(one.to_string());
    read_stops("s.csv", &mut Cursor::new(text), &mut each, &mut problem).unwrap();
    assert_eq!((patients, wrong.len()), (vec!["0012".to_owned()], 3));
    assert!(wrong[2].ends_with("there is no such day; taken as always"), "{wrong:?}");
}

#[test]
fn a_doubtful_stop_stops_everything() {
    let text = "patient,tracks,received,requester\n1,a,2024-06-03T10:15:00+09:00,subject\n2,,2024-06-03,spouse\n3,x,soon,neighbour\n4,p,2024-06-03T01:15:00Z,\n5,,,de_facto_spouse\n,ap,2024-06-03,subject\n";
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let mut source = Cursor::new(text.as_bytes());
    read_stops(
        "stops.csv",
        &mut source,
        &mut |row| rows.push((row.patient.to_owned(), row.tracks, row.received, row.requester)),
        &mut |one| wrong.push(one.line),
    )
    .unwrap();
    let at = instant("2024-06-03T10:15");
    assert_eq!(rows[0].2, at);
    assert_eq!((rows[1].1, rows[1].2), (Tracks::BOTH, instant("2024-06-03T00:00")));
    assert_eq!(rows[2].1, Tracks::BOTH);
    assert!(rows[2].2 < instant("2000-01-01T00:00"));
    assert_eq!(rows[3].2, at);
    assert_eq!((rows[4].1, rows.len()), (Tracks::BOTH, 5));
    assert_eq!(wrong, [4, 4, 4, 6, 7]);
    let asked: Vec<_> = rows.iter().map(|row| row.3).collect();
    let (subject, spouse) = (Some(Requester::Subject), Some(Requester::Spouse));
    assert_eq!(asked, [subject, spouse, None, None, spouse]);
}

#[test]
fn a_register_with_lists_becomes_a_gate() {
    let text = format!(
        "{REGISTER}\n[[given_list]]\nnotice = \"hospital-1-a-1\"\nfile = \"register/given.csv\"\n[[stop_list]]\nprovider = \"hospital-1\"\nfile = \"register/stops.csv\"\n[[stop]]\nprovider = \"hospital-1\"\npatient = \"0003\"\nreceived = 2024-06-03T10:15:00+09:00\nrequester = \"subject\"\n[[given]]\nnotice = \"hospital-1-a-1\"\npatient = \"0004\"\ndate = 2024-05-02\nmethod = \"kiosk\"\nrecipient = \"guardian\"\n"
    );
    let document = read(&text);
    let open = |path: &str| -> std::io::Result<Box<dyn BufRead>> {
        match path {
            "register/given.csv" => Ok(Box::new(Cursor::new(
                "patient,date,method\n0001,2024-05-02,handed\n0002,2024-05-02,handed\n0003,2024-05-02,handed\n",
            ))),
            "register/stops.csv" => Ok(Box::new(Cursor::new(
                "patient,tracks,received,requester\n0002,a,2024-06-03,subject\n",
            ))),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    };
    let (gate, wrong) = register::gate(&document, &hospital(), &rules(), &open, &key).unwrap();
    assert!(wrong.is_empty());
    assert_eq!((gate.notices_given(), gate.persons_stopped()), (4, 2));
    let mut all = sudare_consent::Register::default();
    all.insert(gate);
    let at = instant("2024-07-01T12:00");
    let asked = |number: &str| all.admission(key(&hospital(), number), &hospital(), at);
    assert!(!asked("0001").is_refused() && !asked("0004").is_refused());
    assert!(asked("0002").is_refused() && asked("0003").is_refused() && asked("0005").is_refused());
    assert_eq!(asked("0005").refusals()[0].rule, Rule::NoticeMissing);
    let stranger = sudare_model::ProviderId::parse("clinic-1").unwrap();
    let refused = all.admission(key(&stranger, "0001"), &stranger, at);
    assert_eq!(refused.refusals().len(), 2 * DataItem::COUNT);
    assert!(refused.refusals().iter().all(|one| one.rule == Rule::ProviderUnknown));
}

#[test]
fn a_missing_list_gives_no_gate() {
    let text =
        format!("{REGISTER}\n[[stop_list]]\nprovider = \"hospital-1\"\nfile = \"stops.csv\"\n");
    let document = read(&text);
    let open = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let mut builder = GateBuilder::new(&document, &hospital(), &rules());
    assert!(matches!(builder.load(&document, &open, &key), Err(ListError::Read { .. })));
}
