//! Tests of the SS-MIX2 reader on messages made here.

use std::collections::BTreeMap;

use sudare_model::finding::FindingCode;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, SubjectKey, Track};

use super::message::{Message, decode};
use super::path::{PathFault, parse};
use crate::files::MemoryFiles;
use crate::gate::{Asked, Gate, Life};
use crate::outcome::{Context, Counts, UnitOutcome};
use crate::{Choice, plan, read_unit};

mod cancel;
mod documents;
mod drugs;
mod images;
mod index;
mod onsets;
mod requests;
mod streams;
mod transactions;
mod units;

/// Refuses patient 9; of patient 8 admits diagnoses only.
struct Choosy;

impl Gate for Choosy {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let subject = SubjectKey::from_bytes([7; 16]);
        match asked.patient.number().reveal() {
            "0000009" => Admission::none(subject),
            "0000008" => {
                let mut admission = Admission::none(subject);
                admission.admit(Track::Anonymised, DataItem::Diagnoses);
                admission
            }
            _ => Admission::everything(subject),
        }
    }
}

fn read(files: Vec<(String, Vec<u8>)>) -> (Vec<UnitOutcome>, Counts) {
    let files = MemoryFiles::new(files);
    let context = Context {
        provider: ProviderId::parse("hospital").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let plan = plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &Choosy, &context)).collect();
    let mut counts = plan.counts;
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    (outcomes, counts)
}

fn decoded(bytes: &[u8]) -> (String, Vec<&'static FindingCode>) {
    let mut text = String::new();
    let met = decode(bytes, &mut text).met;
    (text, met)
}

fn jis(text: &str) -> Vec<u8> {
    encoding_rs::ISO_2022_JP.encode(text).0.into_owned()
}

fn path(patient: &str, day: &str, data_type: &str, order: u32, time: u32, flag: u32) -> String {
    let (first, second) = (patient.get(..3).unwrap(), patient.get(3..6).unwrap());
    let folders = format!("{first}/{second}/{patient}/{day}/{data_type}");
    format!("{folders}/{patient}_{day}_{data_type}_{order:015}_20240301{time:09}_01_{flag}")
}

fn head(patient: &str, trigger: &str, birth: &str) -> String {
    format!(
        "MSH|^~\\&|H|S|G|R|20240301101010||{trigger}|1|P|2.5\r\
         PID|0001||{patient}^^^^PI||山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P||{birth}|M|||\
         ^^^^105-0001^JPN^H^東京都港区表参道1-1||^PRN^PH^^^^^^^^^03-0000-0000\r"
    )
}

fn disease(patient: &str, birth: &str) -> Vec<u8> {
    jis(&format!(
        "{}PRB|AD|20240301|20054174^胃炎^MDCDX2|1|||20240201||||||||||表の記載\r\
         ZPR||20054174^胃炎^MDCDX2|27000001^の疑い^MDCDX2\r",
        head(patient, "PPR^ZD1^PPR_ZD1", birth)
    ))
}

fn basic(patient: &str, birth: &str) -> Vec<u8> {
    jis(&format!(
        "{}IN1|1|67^国保^JHSD0001|138057|||||||１２|３４|20240401|20250331||||SEL\r",
        head(patient, "ADT^A08^ADT_A01", birth)
    ))
}

fn rows(counts: &Counts) -> BTreeMap<&'static str, u64> {
    counts.rows.clone()
}

fn total(counts: &Counts, table: &str) -> u64 {
    counts.rows.get(table).copied().unwrap_or(0)
}

const ONE: &str = "0000001";

#[test]
fn bytes_that_look_like_separators_stay_inside_their_characters() {
    // 表 is 0x493D; 参 and others hold 0x7C, 0x5E, 0x5C in their JIS bytes.
    let text = "MSH|^~\\&|H\rPID|1||1||閏鼎^参|\r";
    let bytes = jis(text);
    let (decoded, met) = decoded(&bytes);
    assert_eq!(decoded, text);
    assert!(met.is_empty());
    let message = Message::parse(&decoded).unwrap();
    let mut names = Vec::new();
    message.each(|_| true, |segment| names.push(segment.field(5).to_owned()));
    assert_eq!(names, ["", "閏鼎^参"]);
}

#[test]
fn an_unclosed_escape_harms_its_own_line_only() {
    let mut bytes = b"MSH|^~\\&|H\rNTE|1||\x1b$B;3ED\rPID|1||7\r".to_vec();
    let (text, met) = decoded(&bytes);
    assert_eq!(text, "MSH|^~\\&|H\rNTE|1||山田\rPID|1||7\r");
    assert_eq!(met.len(), 1);
    bytes.push(0xff);
    assert_eq!(decoded(&bytes).1[0].code, "SSMIX-ENCODING");
}

#[test]
fn escapes_of_hl7_become_the_characters_they_stand_for() {
    let text = "MSH|^~\\&|H\rNTE|1||a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X41\\g\\H\\h\\\r";
    let message = Message::parse(text).unwrap();
    let mut note = String::new();
    message.each(|_| true, |segment| note = segment.plain(segment.field(3)).into_owned());
    assert_eq!(note, "a|b^c&d~e\\fAgh\\");
}

#[test]
fn separators_are_those_of_the_message() {
    let text = "MSH$*~\\&$H\rPID$1$$7*x$\r";
    let message = Message::parse(text).unwrap();
    let mut number = String::new();
    message.each(|_| true, |segment| number = segment.part(3, 1).to_owned());
    assert_eq!(number, "7");
    for (bad, code) in [
        ("MSH|^^\\&|", "SSMIX-SEPARATORS"),
        ("MSHabcd", "SSMIX-SEPARATORS"),
        ("PID|1||7", "SSMIX-MSH-MISSING"),
        ("", "SSMIX-NOT-HL7"),
        ("\u{9ad9}", "SSMIX-NOT-HL7"),
    ] {
        assert_eq!(Message::parse(bad).err().map(|found| found.code), Some(code), "{bad}");
    }
}

#[test]
fn a_path_says_whose_the_message_is() {
    let good = path(ONE, "-", "PPR-01", 1, 1, 1);
    let name = parse(&good).ok().unwrap();
    assert_eq!((name.patient, name.data_type, name.flag), (ONE, "PPR-01", "1"));
    assert!(name.folders_agree);
    let moved = good.replace("/0000001/", "/0000002/");
    assert_eq!(parse(&moved).err(), Some(PathFault::Folder));
    assert_eq!(parse("a/b/c/d/readme.txt").err(), Some(PathFault::Shape));
    assert_eq!(parse("").err(), Some(PathFault::Shape));
}

#[test]
fn the_newest_valid_version_counts_unless_deleted_later() {
    let file =
        |order, time, flag| (path(ONE, "-", "PPR-01", order, time, flag), disease(ONE, "19800101"));
    let (_, counts) = read(vec![
        file(1, 1, 2),
        file(1, 2, 1),
        file(2, 1, 1),
        file(2, 2, 0),
        file(3, 1, 0),
        file(3, 2, 1),
        file(4, 5, 1),
        file(4, 6, 1),
    ]);
    assert_eq!(counts.rows["condition_occurrence"], 3);
    assert_eq!((counts.superseded, counts.deleted), (2, 3));
}

#[test]
fn who_a_message_is_about_is_settled_before_anything_is_read() {
    let ppr = |patient: &str| path(patient, "-", "PPR-01", 1, 1, 1);
    let adt = |patient: &str| path(patient, "-", "ADT-00", 9, 1, 1);
    // Another patient's number inside.
    let (outcomes, counts) = read(vec![(ppr(ONE), disease("0000002", "19800101"))]);
    assert_eq!((rows(&counts).len(), counts.findings["SSMIX-PID-FOLDER"]), (0, 1));
    assert!(outcomes[0].kept[0].quarantined);
    // Kept only if everybody it may be about is admitted in full.
    let (outcomes, _) = read(vec![(ppr(ONE), disease("0000009", "19800101"))]);
    assert!(outcomes[0].kept.is_empty());
    // ADT-00 decides.
    let (_, counts) =
        read(vec![(adt(ONE), basic(ONE, "19800101")), (ppr(ONE), disease(ONE, "19800102"))]);
    assert_eq!(counts.findings["SSMIX-PATIENT-CONFLICT"], 1);
    assert_eq!(counts.rows["person"], 1);
    assert!(!counts.rows.contains_key("condition_occurrence"));
    // Without ADT-00 nobody can tell.
    let other = path(ONE, "-", "PPR-01", 2, 1, 1);
    let (_, counts) =
        read(vec![(ppr(ONE), disease(ONE, "19800101")), (other, disease(ONE, "19800102"))]);
    assert_eq!((rows(&counts).len(), counts.findings["SSMIX-PATIENT-CONFLICT"]), (0, 2));
    // Refused.
    let (outcomes, counts) = read(vec![(ppr("0000009"), disease("0000009", "19800101"))]);
    assert_eq!((rows(&counts).len(), counts.refused), (0, 1));
    assert!(outcomes[0].kept.is_empty() && outcomes[0].identity.is_none());
    // Admitted for diagnoses only: the note of PRB-17 is withheld, and so is the file.
    let (outcomes, counts) = read(vec![(ppr("0000008"), disease("0000008", "19800101"))]);
    assert_eq!(counts.rows["condition_occurrence"], 1);
    assert!(!counts.rows.contains_key("note") && outcomes[0].kept.is_empty());
    assert_eq!(counts.withheld[&DataItem::Notes], 1);
}

/// Remembers what it was asked; refuses whoever is known to have died.
#[derive(Default)]
struct Listening(std::sync::Mutex<Vec<Life>>);

impl Gate for Listening {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        self.0.lock().unwrap().push(asked.life);
        let subject = SubjectKey::from_bytes([7; 16]);
        match asked.life.death {
            None => Admission::everything(subject),
            Some(_) => Admission::none(subject),
        }
    }
}

fn asked(files: Vec<(String, Vec<u8>)>) -> (Life, Counts) {
    let files = MemoryFiles::new(files);
    let context = Context {
        provider: ProviderId::parse("hospital").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let plan = plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    let gate = Listening::default();
    let outcome = read_unit(&plan.units[0], &files, &gate, &context);
    let asked = gate.0.into_inner().unwrap();
    assert_eq!(asked[0], Life::UNKNOWN);
    (*asked.last().unwrap(), outcome.counts)
}

#[test]
fn the_gate_is_told_birth_and_death_from_whichever_message_states_them() {
    let day = |year, month, day| sudare_model::time::Day::from_ymd(year, month, day);
    let ppr = |bytes| (path(ONE, "-", "PPR-01", 1, 1, 1), bytes);
    let adt = |bytes| (path(ONE, "-", "ADT-00", 9, 1, 1), bytes);
    let silent = disease(ONE, "");
    let (life, counts) = asked(vec![ppr(silent.clone()), adt(basic(ONE, "20150101"))]);
    assert_eq!(life, Life { birth: day(2015, 1, 1), death: None });
    assert_eq!((counts.units, counts.refused, counts.rows["condition_occurrence"]), (1, 0, 1));
    // PID-29; PID-30 alone says no more than that the patient was dead when the message was sent.
    let dead = |fields: &str| {
        let text = String::from_utf8(basic(ONE, "19400101")).unwrap();
        let (head, tail) = text.split_once("\rIN1").unwrap();
        format!("{head}{}\rIN1{tail}", "|".repeat(29 - 13) + fields).into_bytes()
    };
    let (life, counts) = asked(vec![ppr(silent.clone()), adt(dead("20240215|Y"))]);
    assert_eq!(life, Life { birth: day(1940, 1, 1), death: day(2024, 2, 15) });
    assert_eq!((counts.units, counts.refused, rows(&counts).len()), (1, 1, 0));
    assert_eq!(asked(vec![adt(dead("|Y"))]).0.death, day(2024, 3, 1));
    assert_eq!(asked(vec![adt(dead("|N"))]).0.death, None);
    // A discharge by death, and a disease that ended in one: the earliest counts.
    let discharge = jis(&format!(
        "{}PV1|1|I{}20{}202402101000\r",
        head(ONE, "ADT^A03^X", "19400101"),
        "|".repeat(34),
        "|".repeat(9)
    ));
    let stay = (path(ONE, "20240210", "ADT-52", 1, 1, 1), discharge);
    let (life, _) = asked(vec![adt(dead("20240215|Y")), stay]);
    assert_eq!(life.death, day(2024, 2, 10));
    let fatal = String::from_utf8(silent).unwrap();
    let fatal = fatal.replacen("|20240201|||||||", "|20240201|||||||D|20240209", 1).into_bytes();
    assert_eq!(asked(vec![ppr(fatal)]).0.death, day(2024, 2, 9));
}

#[test]
fn of_two_births_nobody_can_choose_between_the_later_is_asked_for() {
    let other = path(ONE, "-", "PPR-01", 2, 1, 1);
    let (life, counts) = asked(vec![
        (path(ONE, "-", "PPR-01", 1, 1, 1), disease(ONE, "19800101")),
        (other, disease(ONE, "20150102")),
    ]);
    assert_eq!(life.birth.unwrap().to_string(), "2015-01-02");
    assert_eq!(counts.findings["SSMIX-PATIENT-CONFLICT"], 2);
}

#[test]
fn a_suspected_disease_is_not_a_disease() {
    let (outcomes, _) = read(vec![(path(ONE, "-", "PPR-01", 1, 1, 1), disease(ONE, "19800101"))]);
    let cell = |table: &str, column: &str| {
        let found = outcomes[0].content.iter().find(|(one, _)| one.name == table).unwrap();
        let column = found.1.column_by_name(column).unwrap().clone();
        arrow::util::display::array_value_to_string(&column, 0).unwrap()
    };
    let table = "condition_occurrence";
    assert_eq!(cell(table, "condition_status_source_value"), "suspected");
    assert_eq!(cell(table, "condition_modifiers"), "27000001");
    assert_eq!(cell(table, "condition_source_system"), "MEDIS-DISEASE");
    assert_eq!(cell(table, "condition_start_date"), "2024-02-01");
    assert_eq!(cell("note", "note_text"), "表の記載");
    let identity = outcomes[0].identity.as_ref().unwrap();
    let text = |column: &str| {
        let column = identity.column_by_name(column).unwrap();
        arrow::util::display::array_value_to_string(column, 0).unwrap()
    };
    assert_eq!(
        (text("name_kanji"), text("name_kana")),
        ("山田 太郎".into(), "ヤマダ タロウ".into())
    );
    assert_eq!(
        (text("postal_code").as_str(), text("birth_date").as_str()),
        ("1050001", "1980-01-01")
    );
}

#[test]
fn an_individual_number_is_never_read_or_kept() {
    let number = "123456789018";
    let (_, counts) = read(vec![(path(number, "-", "PPR-01", 1, 1, 1), b"MSH|".to_vec())]);
    assert_eq!(counts.findings["ID-MY-NUMBER"], 1);
    let inside = String::from_utf8(basic(ONE, "19800101")).unwrap().replace("138057", number);
    let (outcomes, counts) = read(vec![(path(ONE, "-", "ADT-00", 1, 1, 1), inside.into_bytes())]);
    assert_eq!(counts.findings["ID-MY-NUMBER"], 1);
    assert!(rows(&counts).is_empty() && outcomes[0].kept.is_empty());
}

#[test]
fn damage_is_a_finding() {
    let good = disease(ONE, "19800101");
    let text = String::from_utf8(good.clone()).unwrap();
    let check = |bytes: Vec<u8>, code: &str, expected: u64| {
        let (_, counts) = read(vec![(path(ONE, "-", "PPR-01", 1, 1, 1), bytes)]);
        assert!(counts.findings.contains_key(code), "{code}: {:?}", counts.findings);
        let found = counts.rows.get("condition_occurrence").copied().unwrap_or(0);
        assert_eq!(found, expected, "{code}");
    };
    check(Vec::new(), "FILE-EMPTY", 0);
    check(b"\xfb\xfc".to_vec(), "SSMIX-NOT-HL7", 0);
    check(text.replace("MSH|", "PID|").into_bytes(), "SSMIX-MSH-MISSING", 0);
    check(text.replace("PID|", "PIX|").into_bytes(), "SSMIX-PID-MISSING", 0);
    check(text.replace('\r', "\n").into_bytes(), "SSMIX-LINE-END", 1);
    check(text.trim_end().as_bytes().to_vec(), "SSMIX-TRUNCATED", 1);
    check(text.trim_end().replace('\r', "\n").into_bytes(), "SSMIX-UNTERMINATED", 1);
    check(text.replace("ZD1", "A08").into_bytes(), "SSMIX-MESSAGE-TYPE", 1);
    check(text.replace("|20240201|", "|20240231|").into_bytes(), "SSMIX-DATE", 1);
    check(text.replace("19800101", "19801301").into_bytes(), "SSMIX-BIRTH", 1);
    check(text.replace("|M|", "|X|").into_bytes(), "SSMIX-SEX", 1);
    check([good.clone(), b"XYZ|1\r".to_vec()].concat(), "SSMIX-SEGMENT-UNKNOWN", 1);
    check([good.clone(), b"IPC|1\r".to_vec()].concat(), "SSMIX-CODE-MISSING", 1);
    check([good.clone(), b"NTE|1||\0".to_vec()].concat(), "SSMIX-NUL", 1);
    check([good.clone(), b"NTE|1||\x1b(I12\x1b(B".to_vec()].concat(), "SSMIX-CHARACTER", 1);
    check([good.clone(), vec![b'x'; 2 << 20]].concat(), "SSMIX-SEGMENT-LENGTH", 1);
    check(decoded(&good).0.into_bytes(), "SSMIX-ENCODING", 1);
    let shift_jis = encoding_rs::SHIFT_JIS.encode(&decoded(&good).0).0.into_owned();
    check(shift_jis, "SSMIX-ENCODING", 1);
}

#[test]
fn a_stay_is_one_row_and_days_inside_it_belong_to_it() {
    let adt = |trigger: &str, fields: &str| {
        jis(&format!("{}PV1|1|I|{fields}\r", head(ONE, trigger, "19800101")))
    };
    let at = |count: usize, text: &str| format!("{}{text}", "|".repeat(count));
    let lab = jis(&format!(
        "{}PV1|1|I\rSPM|1|||023^血清^JC10|||||||||||||202403030900\r\
         OBX|1|SN|3A010000002327101^総蛋白^JC10||<^0.5|g/dl|1-2|L|||F\r\
         OBX|2|TX|9A100&IMP^所見^JC10||文章\rOBX|3|XCN|X^担当^L||医師\r",
        head(ONE, "OUL^R22^OUL_R22", "19800101")
    ));
    let (outcomes, counts) = read(vec![
        (path(ONE, "20240301", "ADT-22", 1, 1, 1), adt("ADT^A01^X", &at(41, "202403011000"))),
        (path(ONE, "20240305", "ADT-52", 1, 2, 1), adt("ADT^A03^X", &at(42, "202403051000"))),
        (path(ONE, "20240303", "OML-11", 1, 3, 1), lab),
    ]);
    assert_eq!(counts.rows["visit_occurrence"], 1);
    assert_eq!((counts.rows["measurement"], counts.rows["note"]), (1, 1));
    let key = |table: &str| {
        let found = outcomes[0].content.iter().find(|(one, _)| one.name == table).unwrap();
        let column = found.1.column_by_name("visit_key").unwrap().clone();
        arrow::util::display::array_value_to_string(&column, 0).unwrap()
    };
    assert_eq!(key("visit_occurrence"), key("measurement"));
}

#[test]
fn a_sender_that_ends_no_message_is_noted_and_one_cut_message_among_others_is_told() {
    let ends = |one: &[u8], two: &[u8]| {
        let message =
            |end: &[u8]| [&disease(ONE, "19800101"), b"NTE|1||x".as_slice(), end].concat();
        let files = vec![
            (path(ONE, "-", "PPR-01", 1, 1, 1), message(one)),
            (path(ONE, "-", "PPR-01", 2, 1, 1), message(two)),
        ];
        let (_, counts) = read(files);
        let found = |code| counts.findings.get(code).copied().unwrap_or(0);
        (found("SSMIX-TRUNCATED"), found("SSMIX-UNTERMINATED"))
    };
    assert_eq!(ends(b"\r", b"\r\x1c"), (0, 0));
    assert_eq!(ends(b"\r\x1c\r", b"\x1c"), (0, 0));
    assert_eq!(ends(b"\r", b""), (1, 0));
    assert_eq!(ends(b"", b""), (0, 2));
    assert_eq!(ends(b"", b"\rOBX|1|NM|3B045"), (1, 1));
}

/// Findings of the plan and of the units, as code and place.
fn places(files: Vec<(String, Vec<u8>)>) -> Vec<String> {
    let files = MemoryFiles::new(files);
    let context = Context {
        provider: ProviderId::parse("hospital").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let plan = plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    let read = |unit| read_unit(unit, &files, &Choosy, &context).findings;
    let found = plan.findings.iter().cloned().chain(plan.units.iter().flat_map(read));
    found.map(|one| format!("{} {}", one.code.code, one.place)).collect()
}

/// Addresses, insurances and specimens as others write them.
#[test]
fn what_is_split_over_fields_is_put_together() {
    let patient = |number: &str, address: &str, rest: &str| {
        let trigger = if rest.contains("OBX") { "ORU^R01^ORU_R01" } else { "ADT^A08^ADT_A01" };
        format!(
            "MSH|^~\\&|H|S|G|R|20240301101010||{trigger}|{number}|P|2.5\r\
             PID|0001||{number}^^^^PI||山田^太郎^^^^^L^I||19700101|M|||{address}\r{rest}"
        )
    };
    let messages = [
        patient("1", "^^渋谷区^東京都^1510071^JPN^H^本町三丁目", "IN1|1|06^組合^JHSD0001|\"\"\r"),
        patient("2", "新潟県新潟市中央区旭町通1^^中央区^新潟県^951-8520^JPN^H", ""),
        patient("3", "^^渋谷区^東京都^1510071^JPN^H^東京都渋谷区本町", ""),
        patient("5", "東京都霞が関1^^千代田区^東京都^^JPN^H", ""),
        patient("6", "京都府霞が関1^^京都市^京都^^JPN^H", ""),
        patient(
            "4",
            "",
            "OBR|1|7||1^生化学^99|||20240301|||||||2024|023&血清&JC10\r\
             OBX|1|NM|3B035000002327201^GOT^JC10||50|U|6-28|||N|F\r",
        ),
    ];
    let (outcomes, _) = read(vec![("all.hl7".to_owned(), jis(&messages.concat()))]);
    let column = |name: &str| {
        let mut found = Vec::new();
        for batch in outcomes.iter().flat_map(|outcome| &outcome.identity) {
            let column = batch.column_by_name(name).unwrap();
            let options = arrow::util::display::FormatOptions::default();
            let shown = arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
            found.extend((0..batch.num_rows()).map(|row| shown.value(row).to_string()));
        }
        found
    };
    assert_eq!(
        column("address"),
        [
            "東京都渋谷区本町三丁目",
            "新潟県新潟市中央区旭町通1",
            "東京都渋谷区本町",
            "",
            "東京都千代田区霞が関1",
            "京都市京都府霞が関1",
        ]
    );
    assert_eq!(units::cells(&outcomes, "payer_plan_period", &["payer_source_value"]), ["06"]);
    assert_eq!(units::cells(&outcomes, "measurement", &["specimen_source_value"]), ["023"]);
}
