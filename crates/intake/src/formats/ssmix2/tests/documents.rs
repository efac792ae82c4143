//! Clinical documents and messages in the extended storage, and documents inside results.

use super::units::cells;
use super::{head, jis, read, total};
use crate::outcome::UnitOutcome;

const NOTE: [&str; 3] = ["note_class_source_value", "note_date", "note_text"];

fn path(patient: &str, kind: &str, order: u32, file: &str) -> String {
    let first = format!("{}/{}", patient.get(0..3).unwrap(), patient.get(3..6).unwrap());
    let name = format!("{patient}_20240301_{kind}_{order:015}_20240301101010000_01_1");
    format!("ext/{first}/{patient}/20240301/{kind}/{name}/{file}")
}

fn summary(patient: &str, order: u32, text: &str) -> (String, Vec<u8>) {
    let path = path(patient, "18842-5^SUMMARY^LN", order, "main_document.xml");
    (path, text.as_bytes().to_vec())
}

/// A document of a patient, or of nobody, with a birth date where one is given.
fn document(number: &str, birth: &str, text: &str) -> String {
    let id = match number {
        "" => "<id nullFlavor='UNK'/>".to_owned(),
        number => format!("<id root='1.2' extension='{number}'/>"),
    };
    format!(
        "<ClinicalDocument><recordTarget><patientRole>{id}<addr>秘密の住所</addr><patient>\
         <name>秘密の名</name><birthTime value='{birth}'/></patient></patientRole></recordTarget>\
         <author><assignedAuthor><name>秘密の医師</name></assignedAuthor></author><component>\
         <structuredBody><component><section><title>経過</title><text>{text}</text></section>\
         </component></structuredBody></component></ClinicalDocument>"
    )
}

fn kept(outcomes: &[UnitOutcome]) -> Vec<bool> {
    outcomes.iter().flat_map(|outcome| &outcome.kept).map(|one| one.quarantined).collect()
}

#[test]
fn the_narrative_of_a_document_is_a_note_and_its_header_goes_nowhere() {
    let text = document("0000001", "19700101", "軽快して退院");
    let (outcomes, counts) = read(vec![summary("0000001", 1, &text)]);
    assert_eq!(cells(&outcomes, "note", &NOTE), ["18842-5|2024-03-01|経過\n軽快して退院"]);
    assert_eq!((counts.findings.len(), counts.rows.len(), counts.messages), (0, 1, 1));
    // Its header was looked at before; it counts once.
    assert_eq!(counts.bytes, text.len() as u64);
    assert_eq!(kept(&outcomes), [false]);
    // Notes not admitted: neither row nor byte.
    let text = document("0000008", "19700101", "軽快");
    let (outcomes, counts) = read(vec![summary("0000008", 1, &text)]);
    assert_eq!((total(&counts, "note"), kept(&outcomes).len()), (0, 0));
    assert_eq!(counts.withheld.values().sum::<u64>(), 1);
}

#[test]
fn a_document_that_names_another_patient_is_set_aside() {
    let check = |number: &str, text: &str| {
        let (outcomes, counts) = read(vec![summary(number, 1, text)]);
        let codes: Vec<_> = counts.findings.keys().copied().collect();
        (codes.join(" "), total(&counts, "note"), kept(&outcomes))
    };
    let other = document("0000002", "", "x");
    assert_eq!(check("0000001", &other), ("SSMIX-DOCUMENT-PATIENT".to_owned(), 0, vec![true]));
    // Whoever it may be about is not admitted: no byte stays.
    let refused = document("0000009", "", "x");
    assert_eq!(check("0000001", &refused), ("SSMIX-DOCUMENT-PATIENT".to_owned(), 0, vec![]));
    let unnamed = document("", "", "x");
    assert_eq!(check("0000001", &unnamed), ("SSMIX-DOCUMENT-UNNAMED".to_owned(), 1, vec![false]));
    let broken = "<ClinicalDocument><component>";
    assert_eq!(check("0000001", broken), ("SSMIX-DOCUMENT-BROKEN".to_owned(), 0, vec![false]));
    // No entity of a document's own is ever followed.
    let entity = document("0000001", "", "&x;");
    assert_eq!(check("0000001", &entity), ("SSMIX-DOCUMENT-BROKEN".to_owned(), 0, vec![false]));
    let bomb = "<!DOCTYPE a [<!ENTITY x 'y'>]>".to_owned() + &entity;
    assert_eq!(check("0000001", &bomb), ("SSMIX-EXTENDED".to_owned(), 0, vec![false]));
    let empty = document("0000001", "", "").replace("経過", "");
    assert_eq!(check("0000001", &empty), ("SSMIX-DOCUMENT-EMPTY".to_owned(), 0, vec![false]));
    let number = document("123456789018", "", "x");
    assert_eq!(check("0000001", &number), ("ID-MY-NUMBER".to_owned(), 0, vec![]));
}

#[test]
fn births_of_documents_and_messages_must_agree() {
    let basic = |birth| jis(&head("0000001", "ADT^A08^ADT_A01", birth));
    let document = |order, birth| summary("0000001", order, &document("0000001", birth, "x"));
    let message = (super::path("0000001", "-", "ADT-00", 1, 1, 1), basic("19700101"));
    let (_, counts) =
        read(vec![message, document(1, "19700101"), document(2, "19700102"), document(3, "")]);
    assert_eq!((total(&counts, "note"), counts.findings["SSMIX-PATIENT-CONFLICT"]), (2, 1));
    assert_eq!(counts.units, 1);
    let (_, counts) = read(vec![document(1, "19700101"), document(2, "19700102")]);
    assert_eq!((total(&counts, "note"), counts.findings["SSMIX-PATIENT-CONFLICT"]), (0, 2));
}

#[test]
fn a_message_in_a_content_folder_is_read_as_one() {
    let vital = |number: &str| {
        let text = format!(
            "{}OBR|1|1||01^バイタル^99ABC\rOBX|1|NM|9A751000000000001^収縮期^JC10||92|\
             mm(hg)^mmHg^ISO+|||||F\r",
            head(number, "ORU^R30^ORU_R30", "19700101")
        );
        let kind = "L-OBSERVATIONS^OBSERVATIONS^99ZL01";
        vec![(path("0000001", kind, 1, "main_document.hl7"), jis(&text))]
    };
    let (outcomes, counts) = read(vital("0000001"));
    let columns = ["measurement_date", "value_as_number", "unit_ucum"];
    assert_eq!(cells(&outcomes, "measurement", &columns), ["2024-03-01|92.0|mm[Hg]"]);
    assert!(counts.findings.is_empty(), "{:?}", counts.findings);
    // The folder is believed, not PID-3.
    let (_, counts) = read(vital("0000002"));
    assert_eq!((total(&counts, "measurement"), counts.findings["SSMIX-PID-FOLDER"]), (0, 1));
}

#[test]
fn a_document_in_a_result_is_read_where_it_is_text() {
    use base64::Engine as _;
    let result = |kind: &str, bytes: &[u8]| {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        let text = format!(
            "{}OBX|1|ED|18842-5^サマリー^LN||^{kind}^^Base64^{data}||||||F\r",
            head("0000001", "MDM^T02^MDM_T02", "19700101").replace("PID|", "TXA|1|DS\rPID|")
        );
        let (outcomes, counts) = read(vec![("one.hl7".to_owned(), jis(&text))]);
        let codes: Vec<_> = counts.findings.keys().copied().collect();
        (cells(&outcomes, "note", &["note_text"]).join("/"), codes.join(" "), kept(&outcomes).len())
    };
    let own = document("0000001", "", "軽快");
    let said = |text: &str, code: &str, kept| (text.to_owned(), code.to_owned(), kept);
    assert_eq!(result("APPLICATION", own.as_bytes()), said("経過\n軽快", "", 1));
    let other = document("0000002", "", "軽快");
    let code = "SSMIX-DOCUMENT-PATIENT";
    assert_eq!(result("APPLICATION", other.as_bytes()), said("", code, 0));
    assert_eq!(result("TEXT", "経過".as_bytes()), said("経過", "", 1));
    assert_eq!(result("APPLICATION", b"%PDF-1.4"), said("", "SSMIX-ATTACHMENT", 1));
}
