//! Tests of the claim reader on files made here.

use proptest::prelude::*;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, Rule, SubjectKey, Track};

use super::survey;
use crate::files::MemoryFiles;
use crate::findings::Findings;
use crate::gate::{Asked, Gate, Life};
use crate::outcome::{Context, Counts, UnitOutcome};
use crate::plan::{Planner, WorkPlan};
use crate::unit::read_unit;

/// Admits everybody but patient numbers that begin with 9; of those with 8, diagnoses only.
struct Choosy;

impl Gate for Choosy {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let number = asked.patient.number().reveal();
        let mut key = [0u8; 16];
        number.bytes().zip(&mut key).for_each(|(byte, slot)| *slot = byte);
        let subject = SubjectKey::from_bytes(key);
        let mut admission = Admission::none(subject);
        match number.as_bytes().first() {
            Some(b'9') => {
                admission.refuse(Track::Anonymised, DataItem::Visits, Rule::StopRequested);
            }
            Some(b'8') => admission.admit(Track::Anonymised, DataItem::Diagnoses),
            _ => return Admission::everything(subject),
        }
        admission
    }
}

fn context() -> Context {
    Context {
        provider: ProviderId::parse("clinic").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    }
}

fn read(file: &[u8], unit_bytes: u64) -> (WorkPlan, Vec<UnitOutcome>, Counts) {
    read_file("RECEIPTC.UKE", file, unit_bytes)
}

pub(super) fn read_file(
    name: &str,
    file: &[u8],
    unit_bytes: u64,
) -> (WorkPlan, Vec<UnitOutcome>, Counts) {
    let files = MemoryFiles::new(vec![(name.to_owned(), file.to_vec())]);
    let mut planner = Planner {
        files: &files,
        sender: crate::Sender::UNKNOWN,
        units: Vec::new(),
        findings: Findings::default(),
        counts: Counts::default(),
    };
    survey::plan(&[0].into_iter().collect(), &mut planner, unit_bytes);
    let (findings, by_code) = planner.findings.finish();
    let plan =
        WorkPlan { units: planner.units, findings, counts: planner.counts, ..WorkPlan::default() };
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &Choosy, &context())).collect();
    let mut counts = plan.counts.clone();
    counts.findings = by_code;
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    (plan, outcomes, counts)
}

pub(super) fn read_plan(plan: &WorkPlan, name: &str, file: &[u8]) -> Vec<UnitOutcome> {
    let files = MemoryFiles::new(vec![(name.to_owned(), file.to_vec())]);
    plan.units.iter().map(|unit| read_unit(unit, &files, &Choosy, &context())).collect()
}

fn encode(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

/// A claim of a patient with one disease, one act on two days and one drug.
fn claim(number: &str, birth: &str) -> String {
    let blank = |count: usize| ",".repeat(count);
    let mut days = vec![""; 31];
    days[2] = "1";
    days[9] = "2";
    let days = days.join(",");
    format!(
        "RE,1,1112,202403,山田　太郎,1,{birth},,,,,,,{number}{}ヤマダタロウ,\r\n\
         HO,01130012,１２,３４,2,100,,,,,,,,,\r\n\
         SY,4659007,20240301,1,8002,,01,\r\n\
         SI,11,1,111000110,,288,1{},{days}\r\n\
         IY,21,1,620000310,3,15,14{},{days}\r\n",
        blank(23),
        blank(6),
        blank(6),
    )
}

fn file(claims: &[String]) -> Vec<u8> {
    let count = claims.len();
    let body = claims.concat();
    encode(&format!(
        "IR,1,13,1,1234567,,,202404,00,0312345678\r\n{body}GO,{count},{},99\r\n\u{1a}",
        count * 100
    ))
}

pub(super) fn rows(counts: &Counts, table: &str) -> u64 {
    counts.rows.get(table).copied().unwrap_or(0)
}

#[test]
fn a_claim_makes_a_row_for_each_day_of_an_act() {
    let (_, outcomes, counts) = read(&file(&[claim("1", "19800101")]), 1 << 20);
    assert_eq!(counts.findings, std::collections::BTreeMap::new());
    assert_eq!(rows(&counts, "procedure_occurrence"), 2);
    assert_eq!(rows(&counts, "drug_exposure"), 2);
    for table in ["condition_occurrence", "visit_occurrence", "person", "cost", "identity"] {
        assert_eq!(rows(&counts, table), 1, "{table}");
    }
    let kept: u64 = outcomes
        .iter()
        .flat_map(|outcome| &outcome.kept)
        .flat_map(|kept| &kept.ranges)
        .map(|range| range.end - range.start)
        .sum();
    assert_eq!(kept, file(&[claim("1", "19800101")]).len() as u64);
}

/// A cell of the first row of a table, as text.
fn cell(outcome: &UnitOutcome, table: &str, column: &str) -> String {
    cells(outcome, table, column).remove(0)
}

/// The cells of a column, as text.
pub(super) fn cells(outcome: &UnitOutcome, table: &str, column: &str) -> Vec<String> {
    let (_, batch) = outcome.content.iter().find(|(one, _)| one.name == table).unwrap();
    let column = batch.column_by_name(column).unwrap();
    (0..batch.num_rows())
        .map(|row| arrow::util::display::array_value_to_string(column, row).unwrap())
        .collect()
}

#[test]
fn a_suspected_disease_is_not_a_disease() {
    let (_, outcomes, _) = read(&file(&[claim("1", "19800101")]), 1 << 20);
    let disease = |column| cell(&outcomes[0], "condition_occurrence", column);
    assert_eq!(disease("condition_status_source_value"), "suspected");
    assert_eq!(disease("condition_modifiers"), "8002");
    assert_eq!(disease("condition_source_system"), "CLAIM-DISEASE");
    let confirmed = claim("1", "19800101").replace("8002", "20561066");
    let (_, outcomes, _) = read(&file(&[confirmed]), 1 << 20);
    let disease = |column| cell(&outcomes[0], "condition_occurrence", column);
    assert_eq!(disease("condition_status_source_value"), "confirmed");
    assert_eq!(disease("condition_modifiers"), "2056+1066");
}

#[test]
fn a_drug_has_its_days_and_amounts() {
    let (_, outcomes, _) = read(&file(&[claim("1", "19800101")]), 1 << 20);
    let drug = |column| cell(&outcomes[0], "drug_exposure", column);
    assert_eq!(drug("drug_exposure_start_date"), "2024-03-03");
    assert_eq!(drug("drug_exposure_end_date"), "2024-03-03");
    assert_eq!((drug("quantity").as_str(), drug("days_supply").as_str()), ("3.0", "1"));
    let visit = |column| cell(&outcomes[0], "visit_occurrence", column);
    assert_eq!(visit("visit_start_date"), "2024-03-03");
    assert_eq!(visit("visit_end_date"), "2024-03-10");
    assert_eq!(visit("visit_concept_id"), "9202");
    assert_eq!(visit("visit_type_concept_id"), "32810");
    assert_eq!(visit("provider_id"), "clinic");
    let identity = outcomes[0].identity.as_ref().unwrap();
    let name = identity.column_by_name("name_kanji").unwrap();
    assert_eq!(arrow::util::display::array_value_to_string(name, 0).unwrap(), "山田　太郎");
}

#[test]
fn a_refused_claim_contributes_no_row_and_no_byte() {
    let both = file(&[claim("1", "19800101"), claim("9", "19900101"), claim("2", "19700101")]);
    let (_, outcomes, counts) = read(&both, 1 << 20);
    assert_eq!((counts.units, counts.refused), (3, 1));
    assert_eq!(rows(&counts, "visit_occurrence"), 2);
    assert_eq!(rows(&counts, "identity"), 2);
    let ranges = &outcomes[0].kept[0].ranges;
    assert_eq!(ranges.len(), 2, "the refused claim is cut out");
    let refused = encode(&claim("9", "19900101")).len() as u64;
    assert_eq!(ranges[1].start - ranges[0].end, refused);
}

#[test]
fn rows_of_items_not_admitted_are_not_made_and_their_records_not_kept() {
    let (_, outcomes, counts) = read(&file(&[claim("8", "19800101")]), 1 << 20);
    assert_eq!(rows(&counts, "condition_occurrence"), 1);
    assert_eq!(rows(&counts, "drug_exposure"), 0);
    assert_eq!(rows(&counts, "person"), 0);
    assert!(counts.withheld.contains_key(&DataItem::Drugs));
    let content: Vec<_> = outcomes[0].content.iter().map(|(table, _)| table.name).collect();
    assert_eq!(content, ["condition_occurrence"]);
    // IR, SY, and GO with the mark.
    assert_eq!(outcomes[0].kept[0].ranges.len(), 3);
}

#[test]
fn one_number_with_two_birth_dates_is_set_aside_wherever_the_file_is_cut() {
    let bytes = file(&[claim("1", "19800101"), claim("2", "19700101"), claim("1", "19800102")]);
    for unit_bytes in [1, 300, 1 << 20] {
        let (_, outcomes, counts) = read(&bytes, unit_bytes);
        assert_eq!(counts.findings["UKE-PATIENT-CONFLICT"], 2);
        assert_eq!(rows(&counts, "visit_occurrence"), 1);
        assert!(outcomes.iter().flat_map(|one| &one.kept).any(|kept| kept.quarantined));
    }
}

#[test]
fn a_claim_without_patient_number_or_with_an_individual_number_is_refused() {
    let claims = [claim("", "19800101"), claim("123456789018", "19800101"), claim("3", "19800101")];
    let hidden = claim("4", "19800101").replace("３４", "１２３４５６７８９０１８");
    let (_, outcomes, counts) = read(&file(&[&claims[..], &[hidden]].concat()), 1 << 20);
    assert_eq!(counts.findings["UKE-PATIENT-MISSING"], 1);
    assert_eq!(counts.findings["ID-MY-NUMBER"], 2);
    assert_eq!(rows(&counts, "visit_occurrence"), 1);
    assert!(outcomes[0].kept.iter().all(|kept| !kept.quarantined));
}

#[test]
fn comments_are_read_by_their_patterns() {
    let comments = [
        ("810000001", "自由記載", "note"),
        ("820181220", "", "observation"),
        ("830181440", "右", "both"),
        ("831110002", "１６００００３１０", "observation"),
        ("840000015", "０６", "observation"),
        ("842100057", "３．５", "observation"),
        ("850100268", "５０２１１１３", "observation"),
        ("850190040", "５０２１０２４／前回", "both"),
        ("850100051", "）", "both"),
        ("853100001", "０３１２３０", "observation"),
        ("880100001", "５０４１１０１００００１０．５", "measurement"),
        ("890000001", "２０５６１０６６", "observation"),
    ];
    for (code, value, expected) in comments {
        let text = format!("{}CO,99,1,{code},{value}\r\n", claim("1", "19800101"));
        let (_, outcomes, counts) = read(&file(&[text]), 1 << 20);
        let notes = rows(&counts, "note");
        let observations = rows(&counts, "observation");
        let found = match (observations, notes, rows(&counts, "measurement")) {
            (1, 1, 0) => "both",
            (1, 0, 0) => "observation",
            (0, 1, 0) => "note",
            (0, 0, 1) => "measurement",
            _ => "other",
        };
        assert_eq!(found, expected, "{code}");
        let dated = ["850100268", "850190040", "853100001"].contains(&code);
        for (table, batch) in &outcomes[0].content {
            if table.name == "observation" {
                let dates = batch.column_by_name("value_as_date").unwrap();
                assert_eq!(dates.null_count() == 0, dated, "{code}");
            }
        }
    }
}

#[test]
fn damage_is_a_finding_and_nothing_else_is_lost() {
    let check = |bytes: Vec<u8>, code: &str, visits: u64| {
        let (_, _, counts) = read(&bytes, 1 << 20);
        assert!(counts.findings.contains_key(code), "{code}: {:?}", counts.findings);
        assert_eq!(rows(&counts, "visit_occurrence"), visits, "{code}");
    };
    let good = file(&[claim("1", "19800101"), claim("2", "19800101")]);
    let whole = good.len();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    check(good[..whole - 1].to_vec(), "UKE-EOF-MARK", 2);
    check(good[..whole - 40].to_vec(), "UKE-TRUNCATED", 2);
    check(good[..whole - 40].to_vec(), "UKE-GO-MISSING", 2);
    check(replaced(b"GO,2,200", b"GO,3,200"), "UKE-GO-TOTALS", 2);
    check(replaced(b"GO,2,200", b"GO,x,200"), "UKE-NUMBER", 2);
    check(replaced(b"SY,4659007", b"XX,4659007"), "UKE-RECORD-UNKNOWN", 2);
    check(replaced(b"SY,4659007", b"TI,4659007"), "UKE-DONOR", 2);
    check(replaced(b"SY,4659007", b"SY,,4659007"), "UKE-COLUMNS", 2);
    check(replaced(b"20240301", b"20240231"), "UKE-DATE", 2);
    check(replaced(b"19800101", b"4500101"), "UKE-ERA", 2);
    check(replaced(b"01130012", b"01130013"), "UKE-INSURER-CHECK", 2);
    check(replaced(&encode("山田"), b"\xfb\xfc\x87\x40"), "UKE-CHARACTER", 2);
    check(replaced(&encode("山田"), b"\x81\xff\x81\xff"), "UKE-BYTES", 2);
    check(replaced(&encode("山田"), b"\0\0\0\0"), "UKE-NUL", 2);
    check(replaced(b"RE,1", &[b'a'; 100_000]), "UKE-LINE-LENGTH", 1);
    check([b"SY,1\r\n".to_vec(), good.clone()].concat(), "UKE-ORPHAN", 2);
    check(good.iter().copied().filter(|byte| *byte != b'\r').collect(), "UKE-LINE-END", 2);
    check(good.iter().copied().filter(|byte| *byte != b'\n').collect(), "UKE-LINE-END", 2);
    let tabs = good.iter().map(|byte| if *byte == b',' { b'\t' } else { *byte }).collect();
    check(tabs, "UKE-SEPARATOR", 0);
    let (text, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&good);
    check(encoding_rs::EUC_JP.encode(&text).0.into_owned(), "UKE-ENCODING", 0);
    check(encoding_rs::ISO_2022_JP.encode(&text).0.into_owned(), "UKE-ENCODING", 0);
    check(text.into_owned().into_bytes(), "UKE-ENCODING", 0);
}

#[test]
fn a_claim_beyond_all_bounds_is_set_aside_and_its_neighbours_are_read() {
    let mut huge = claim("1", "19800101");
    while (huge.len() as u64) < super::CLAIM_MAX * 2 {
        let line =
            "SI,11,1,111000110,,288,1,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n".repeat(4096);
        huge.push_str(&line);
    }
    let bytes = file(&[claim("2", "19700101"), huge, claim("3", "19700101")]);
    let (_, _, counts) = read(&bytes, super::UNIT_BYTES);
    assert_eq!(counts.findings["FILE-TOO-LARGE"], 1);
    assert_eq!(rows(&counts, "visit_occurrence"), 2);
}

/// Rows of a table from all units, as text, sorted: what a cut must not change. Statements are compared as a set.
pub(super) fn everything(outcomes: &[UnitOutcome]) -> Vec<String> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for (table, batch) in outcomes.iter().flat_map(|outcome| &outcome.content) {
        let statement = table.name == "person";
        let columns = if statement { batch.num_columns() - 5 } else { batch.num_columns() };
        let formatters: Vec<_> = batch.columns()[..columns]
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<_> =
                formatters.iter().map(|column| column.value(row).to_string()).collect();
            rows.push(format!("{} {}", table.name, cells.join("|")));
        }
    }
    rows.sort();
    rows.dedup();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn where_a_file_is_cut_changes_no_row(
        patients in proptest::collection::vec(0u32..20, 1..40),
        unit_bytes in 1u64..4000,
    ) {
        let claims: Vec<_> = patients
            .iter()
            .map(|patient| claim(&patient.to_string(), &format!("19{:02}0101", patient + 30)))
            .collect();
        let bytes = file(&claims);
        let (_, whole, whole_counts) = read(&bytes, 1 << 30);
        let (_, cut, cut_counts) = read(&bytes, unit_bytes);
        prop_assert_eq!(everything(&whole), everything(&cut));
        prop_assert_eq!(whole_counts.records, cut_counts.records);
        let bytes_kept = |outcomes: &[UnitOutcome]| -> u64 {
            let kept = outcomes.iter().flat_map(|one| &one.kept).flat_map(|kept| &kept.ranges);
            kept.map(|range| range.end - range.start).sum()
        };
        prop_assert_eq!(bytes_kept(&whole), bytes_kept(&cut));
    }
}

/// Remembers what it was asked.
#[derive(Default)]
struct Listening(std::sync::Mutex<Vec<Life>>);

impl Gate for Listening {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        self.0.lock().unwrap().push(asked.life);
        Admission::everything(SubjectKey::from_bytes([1; 16]))
    }
}

#[test]
fn the_gate_is_told_birth_and_death_wherever_the_claims_state_them() {
    let fatal = claim("1", "19400101").replace("SY,4659007,20240301,1", "SY,4659007,20240301,3");
    let claims = [claim("1", ""), fatal, claim("2", "20150101"), claim("3", "")];
    let files = MemoryFiles::new(vec![("RECEIPTC.UKE".to_owned(), file(&claims))]);
    let plan = crate::plan(&files, &crate::Sender::UNKNOWN, crate::Choice::Auto);
    let gate = Listening::default();
    plan.units.iter().for_each(|unit| drop(read_unit(unit, &files, &gate, &context())));
    let day = |year, month, day| sudare_model::time::Day::from_ymd(year, month, day);
    // A claim states a death by the month: it came by the month's end.
    let dead = Life { birth: day(1940, 1, 1), death: day(2024, 3, 31) };
    let child = Life { birth: day(2015, 1, 1), death: None };
    // Two claims that say the same of one patient are one question.
    assert_eq!(gate.0.into_inner().unwrap(), [dead, child, Life::UNKNOWN]);
}

/// Files of which one shrinks once it was listed.
struct Shrunk(MemoryFiles, u64);

impl crate::Files for Shrunk {
    fn count(&self) -> u32 {
        self.0.count()
    }
    fn path(&self, file_no: u32) -> std::borrow::Cow<'_, str> {
        self.0.path(file_no)
    }
    fn len(&self, file_no: u32) -> u64 {
        self.0.len(file_no)
    }
    fn is_whole(&self) -> bool {
        self.0.is_whole()
    }
    fn open(&self, file_no: u32) -> Result<Box<dyn std::io::Read + Send>, crate::OpenError> {
        use std::io::Read as _;
        Ok(Box::new(self.0.open(file_no)?.take(self.1)))
    }
}

#[test]
fn a_file_that_shrank_since_it_was_planned_is_set_aside_whole() {
    let bytes = file(&vec![claim("1", "19800101"); 40]);
    let whole = MemoryFiles::new(vec![("RECEIPTC.UKE".to_owned(), bytes.clone())]);
    let (mut plan, ..) = read(&bytes, 1024);
    assert!(plan.units.len() > 2 && plan.is_cut(0));
    let files = Shrunk(whole, bytes.len() as u64 / 2);
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &Choosy, &context())).collect();
    // Rows of the first half were made before the second half was missed.
    assert!(!outcomes[0].content.is_empty());
    let torn: Vec<_> = outcomes.into_iter().flat_map(|outcome| outcome.unread).collect();
    assert!(torn.iter().all(|one| one.code.code == "FILE-CHANGED" && one.place.file_no == 0));
    plan.set_aside(&torn);
    assert_eq!((plan.units.len(), plan.counts.findings["FILE-CHANGED"]), (0, 1));
}

#[test]
fn a_file_of_another_institution_than_its_sender_is_set_aside() {
    let text = |number: &str, area: &str, table: &str| {
        let from = "IR,1,13,1,1234567,".to_owned();
        let to = format!("IR,1,{area},{table},{number},");
        let whole = file(&[claim("1", "19800101")]);
        let whole = encoding_rs::SHIFT_JIS.decode(&whole).0.replace(&from, &to);
        ("RECEIPTC.UKE".to_owned(), encode(&whole))
    };
    let strange = |own: &[&str], file: (String, Vec<u8>)| {
        let own: Vec<String> = own.iter().map(|one| (*one).to_owned()).collect();
        let sender = crate::Sender { claims_codes: &own };
        let files = MemoryFiles::new(vec![file]);
        let plan = crate::plan(&files, &sender, crate::Choice::Auto);
        let found = plan.counts.findings.contains_key("UKE-PROVIDER");
        assert!(found == plan.rejected.contains(&0) && found == plan.units.is_empty());
        found
    };
    // The register knows no code, or the code fits however it is written.
    assert!(!strange(&[], text("9200023", "13", "1")));
    assert!(!strange(&["9200015"], text("9200015", "13", "1")));
    assert!(!strange(&["0200015"], text("200015", "13", "1")));
    assert!(!strange(&["9200015"], text("1319200015", "13", "1")));
    assert!(!strange(&["1319200015"], text("139200015", "", "")));
    assert!(!strange(&["9200023", "9200015"], text("9200015", "13", "3")));
    assert!(!strange(&["9200015"], text("", "13", "1")));
    // Another institution: by its code, its prefecture, its points table.
    assert!(strange(&["9200015"], text("9200023", "13", "1")));
    assert!(strange(&["1319200015"], text("9200015", "22", "1")));
    assert!(strange(&["1319200015"], text("9200015", "13", "3")));
    assert!(strange(&["1319200015"], text("2219200015", "13", "1")));
    let insurer = include_bytes!("../../../../../fuzz/corpus/uke_file/insurer.csv");
    assert!(!strange(&["0000001"], ("A.CSV".to_owned(), insurer.to_vec())));
    let pharmacy = include_bytes!("../../../../../fuzz/corpus/uke_file/dispensing.uke");
    assert!(strange(&["0000001"], ("RECEIPTY.UKE".to_owned(), pharmacy.to_vec())));
    let dental = include_bytes!("../../../../../fuzz/corpus/uke_file/dental.uke");
    assert!(strange(&["0000001"], ("RECEIPTS.UKE".to_owned(), dental.to_vec())));
}
