//! Tests of the reader of survey files on files made here.

use expect_test::expect;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, Rule, SubjectKey, Track};

use super::survey;
use crate::files::MemoryFiles;
use crate::findings::Findings;
use crate::gate::{Asked, Gate, Life};
use crate::outcome::{Context, Counts, UnitOutcome};
use crate::plan::{Planner, WorkPlan};
use crate::unit::read_unit;

mod gate;
mod kana;

/// Admits everybody but patient numbers that end in 9; of those in 8, all but deaths and diagnoses. Remembers what it
/// was told.
#[derive(Default)]
struct Choosy(std::sync::Mutex<Vec<(String, Life)>>);

impl Gate for Choosy {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let number = asked.patient.number().reveal();
        self.0.lock().unwrap().push((number.to_owned(), asked.life));
        let mut key = [0u8; 16];
        number.bytes().zip(&mut key).for_each(|(byte, slot)| *slot = byte);
        let subject = SubjectKey::from_bytes(key);
        let mut admission = Admission::none(subject);
        match number.as_bytes().last() {
            Some(b'9') => {
                admission.refuse(Track::Anonymised, DataItem::Visits, Rule::StopRequested);
            }
            Some(b'8') => {
                let kept =
                    |item: &&DataItem| !matches!(item, DataItem::Death | DataItem::Diagnoses);
                for item in DataItem::ALL.iter().filter(kept) {
                    admission.admit(Track::Anonymised, *item);
                }
            }
            _ => return Admission::everything(subject),
        }
        admission
    }
}

struct Read {
    plan: WorkPlan,
    outcomes: Vec<UnitOutcome>,
    counts: Counts,
    asked: Vec<(String, Life)>,
}

impl Read {
    fn rows(&self, table: &str) -> u64 {
        self.counts.rows.get(table).copied().unwrap_or(0)
    }

    fn found(&self, code: &str) -> u64 {
        self.counts.findings.get(code).copied().unwrap_or(0)
    }

    fn kept(&self, quarantined: bool) -> u64 {
        let kept = self.outcomes.iter().flat_map(|one| &one.kept);
        let ranges = kept.filter(|one| one.quarantined == quarantined).flat_map(|one| &one.ranges);
        ranges.map(|range| range.end - range.start).sum()
    }

    /// Rows as text with the columns that have a value, but for those every row has.
    fn print(&self, tables: &[&str]) -> String {
        use arrow::util::display::{ArrayFormatter, FormatOptions};
        let options = FormatOptions::default();
        let mut text = String::new();
        for (table, batch) in self.outcomes.iter().flat_map(|outcome| &outcome.content) {
            if !tables.contains(&table.name) {
                continue;
            }
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                text.push_str(table.name);
                for (field, array) in schema.fields().iter().zip(batch.columns()) {
                    let name = field.name().as_str();
                    let everywhere = ["subject", "tracks", "provider_id", "delivery_id", "file_no"];
                    if array.is_null(row)
                        || everywhere.contains(&name)
                        || name.ends_with("concept_id")
                        || name == "visit_key"
                    {
                        continue;
                    }
                    let value = ArrayFormatter::try_new(array, &options).unwrap();
                    text.push_str(&format!(" {name}={}", value.value(row)));
                }
                text.push('\n');
            }
        }
        text
    }

    /// What a cut must not change: all rows, sorted; statements of the person as a set and without their place.
    fn everything(&self) -> Vec<String> {
        let tables: Vec<_> = sudare_model::table::CLINICAL.iter().map(|one| one.name).collect();
        let mut rows: Vec<String> = self
            .print(&tables)
            .lines()
            .map(|row| match row.split_once(" record_no=") {
                Some((statement, _)) if row.starts_with("person") => statement.to_owned(),
                _ => row.to_owned(),
            })
            .collect();
        rows.sort();
        let (mut persons, others): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.starts_with("person"));
        persons.dedup();
        persons.into_iter().chain(others).collect()
    }
}

fn read_bytes(files: &[&[u8]], unit_bytes: u64) -> Read {
    let named = files.iter().enumerate();
    let files = MemoryFiles::new(
        named.map(|(at, bytes)| (format!("{at:03}.txt"), bytes.to_vec())).collect(),
    );
    let mut planner = Planner {
        files: &files,
        sender: crate::Sender::UNKNOWN,
        units: Vec::new(),
        findings: Findings::default(),
        counts: Counts::default(),
    };
    let file_nos = (0..crate::Files::count(&files)).collect();
    survey::plan(&file_nos, &mut planner, unit_bytes);
    let (findings, by_code) = planner.findings.finish();
    let counts = planner.counts;
    let plan = WorkPlan { units: planner.units, findings, counts, ..WorkPlan::default() };
    let context = Context {
        provider: ProviderId::parse("hospital").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let gate = Choosy::default();
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &gate, &context)).collect();
    let mut counts = plan.counts.clone();
    counts.findings = by_code;
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    Read { plan, outcomes, counts, asked: gate.0.into_inner().unwrap() }
}

fn sjis(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

fn read(text: &str) -> Read {
    read_bytes(&[&sjis(text)], 1 << 20)
}

/// A line of 様式1: columns by number of the value.
fn form1(patient: &str, code: &str, values: &[(usize, &str)]) -> String {
    let mut columns = vec![""; 17];
    columns[..8].copy_from_slice(&[
        "131234567",
        patient,
        "20240401",
        "0",
        "0",
        code,
        "20240401",
        "0",
    ]);
    for (at, value) in values {
        columns[7 + at] = value;
    }
    columns.join("\t") + "\r\n"
}

fn columns(count: usize, values: &[(usize, &str)]) -> String {
    let mut columns = vec![""; count];
    for (at, value) in values {
        columns[at - 1] = value;
    }
    columns.join("\t") + "\r\n"
}

/// A line of EF; columns from 1 as the notes count them.
fn ef(patient: &str, dates: [&str; 2], values: &[(usize, &str)]) -> String {
    let own = [
        (1, "131234567"),
        (2, patient),
        (3, dates[0]),
        (4, dates[1]),
        (6, "0001"),
        (22, "01130012"),
        (23, "1111"),
        (24, "20240402"),
        (27, "DOCTOR0001"),
        (28, "WARD"),
    ];
    columns(31, &[&own[..], values].concat())
}

fn stay(patient: &str, birth: &str, outcome: &str) -> String {
    [
        form1(patient, "A000010", &[(1, birth), (2, "1"), (3, "1000001")]),
        form1(patient, "A000020", &[(1, "20240401"), (2, "1"), (5, "100"), (6, "0")]),
        form1(patient, "A000030", &[(1, "20240410"), (2, "1"), (3, outcome), (4, "0")]),
        form1(patient, "A000040", &[(2, "060"), (3, "0")]),
        form1(patient, "A000070", &[(1, "99999999"), (2, "0")]),
        form1(patient, "A001010", &[(2, "170"), (3, "65.5"), (4, "0")]),
        form1(patient, "A006010", &[(2, "K297"), (4, "5359010"), (5, "8002"), (9, "胃炎")]),
        form1(patient, "A006030", &[(2, "C169"), (3, "0"), (9, "胃癌")]),
        form1(patient, "A006050", &[(2, "J189"), (4, "4860002")]),
        form1(
            patient,
            "A007010",
            &[(1, "20240403"), (2, "K6552"), (3, "AB12CD3"), (4, "1"), (9, "幽門側胃切除術")],
        ),
    ]
    .concat()
}

#[test]
fn form1_becomes_a_stay_its_diseases_and_its_operation() {
    let read = read(&stay("0000000001", "19500203", "6"));
    assert_eq!(read.counts.findings, std::collections::BTreeMap::new());
    expect![[r#"
        person gender_source_value=M year_of_birth=1950 month_of_birth=2 day_of_birth=3 postal_code=1000001 record_no=1
        visit_occurrence visit_start_date=2024-04-01 visit_end_date=2024-04-10 visit_source_value=100 visit_source_system=DPC-FF1 department_source_value=060 admitted_from_source_value=1 discharged_to_source_value=1 record_no=2
        condition_occurrence condition_start_date=2024-04-01 condition_source_value=5359010 condition_source_system=CLAIM-DISEASE condition_icd10=K297 condition_source_name=胃炎 condition_modifiers=8002 condition_status_source_value=main condition_is_main=1 record_no=7
        condition_occurrence condition_start_date=2024-04-01 condition_source_value=C169 condition_source_system=ICD10 condition_icd10=C169 condition_source_name=胃癌 condition_status_source_value=resource condition_is_main=0 record_no=8
        condition_occurrence condition_source_value=4860002 condition_source_system=CLAIM-DISEASE condition_icd10=J189 condition_status_source_value=complication condition_is_main=0 record_no=9
        procedure_occurrence procedure_date=2024-04-03 procedure_source_value=K6552 procedure_source_system=K-CODE category_source_value=A007010 quantity=1.0 order_status_source_value=performed record_no=10
        measurement measurement_date=2024-04-01 measurement_source_value=A001010-2 measurement_source_system=DPC-FF1 value_as_number=170.0 unit_source_value=cm unit_ucum=cm record_no=6
        measurement measurement_date=2024-04-01 measurement_source_value=A001010-3 measurement_source_system=DPC-FF1 value_as_number=65.5 unit_source_value=kg unit_ucum=kg record_no=6
        measurement measurement_date=2024-04-10 measurement_source_value=A001010-4 measurement_source_system=DPC-FF1 value_source_value=0 unit_source_value=kg unit_ucum=kg record_no=6
        observation observation_date=2024-04-01 observation_source_value=A000020-6 observation_source_system=DPC-FF1 value_source_value=0 record_no=2
        observation observation_date=2024-04-10 observation_source_value=A000030-3 observation_source_system=DPC-FF1 value_source_value=6 record_no=3
        observation observation_date=2024-04-10 observation_source_value=A000030-4 observation_source_system=DPC-FF1 value_source_value=0 record_no=3
        observation observation_date=2024-04-01 observation_source_value=A000040-3 observation_source_system=DPC-FF1 value_source_value=0 record_no=4
        observation observation_date=2024-04-01 observation_source_value=A000070-1 observation_source_system=DPC-FF1 value_source_value=99999999 record_no=5
        observation observation_date=2024-04-01 observation_source_value=A000070-2 observation_source_system=DPC-FF1 value_source_value=0 record_no=5
        observation observation_date=2024-04-01 observation_source_value=A006030-3 observation_source_system=DPC-FF1 value_source_value=0 record_no=8
        observation observation_date=2024-04-03 observation_source_value=A007010-3 observation_source_system=DPC-FF1 value_source_value=AB12CD3 record_no=10
        death death_date=2024-04-10 cause_source_value=C169 cause_source_system=ICD10 record_no=3
        note note_date=2024-04-03 note_class_source_value=A007010-9 note_text=幽門側胃切除術 record_no=10
    "#]].assert_eq(&read.print(&[
        "person",
        "visit_occurrence",
        "condition_occurrence",
        "procedure_occurrence",
        "measurement",
        "observation",
        "death",
        "note",
    ]));
    assert_eq!(read.kept(false), sjis(&stay("0000000001", "19500203", "6")).len() as u64);
    let day = |text| sudare_model::time::Day::from_iso(text);
    let life = Life { birth: day("1950-02-03"), death: day("2024-04-10") };
    assert_eq!(read.asked, [("0000000001".to_owned(), life)]);
}

/// An act with its details: a procedure, a drug, a material and a comment.
fn acts(patient: &str) -> String {
    let dates = ["20240410", "20240401"];
    [
        ef(
            patient,
            dates,
            &[
                (5, "50"),
                (7, "000"),
                (8, "160000001"),
                (11, "手術料"),
                (12, "0"),
                (15, "0"),
                (18, "1000"),
                (19, "20"),
                (20, "5"),
                (21, "1"),
            ],
        ),
        ef(
            patient,
            dates,
            &[(5, "50"), (7, "001"), (9, "150168910"), (11, "胃切除"), (12, "0"), (21, "1")],
        ),
        ef(
            patient,
            dates,
            &[
                (5, "33"),
                (7, "002"),
                (9, "620000310"),
                (11, "注射液"),
                (12, "1.5"),
                (13, "009"),
                (21, "3"),
            ],
        ),
        ef(
            patient,
            dates,
            &[(5, "50"), (7, "003"), (9, "710010001"), (11, "縫合糸"), (12, "2"), (21, "1")],
        ),
        ef(patient, dates, &[(5, "50"), (7, "004"), (9, "810000001"), (11, "右側"), (21, "1")]),
    ]
    .concat()
}

#[test]
fn ef_becomes_acts_drugs_materials_and_comments() {
    let read = read(&acts("0000000001"));
    assert_eq!(read.counts.findings, std::collections::BTreeMap::new());
    expect![[r#"
        visit_occurrence visit_start_date=2024-04-01 visit_end_date=2024-04-10 visit_source_value=EFn visit_source_system=DPC-FILE record_no=1
        drug_exposure drug_exposure_start_date=2024-04-02 drug_source_value=620000310 drug_source_system=CLAIM-DRUG drug_source_name=注射液 quantity=4.5 days_supply=3 dose_value=1.5 dose_unit_source_value=009 route_source_value=33 order_status_source_value=claimed record_no=3
        procedure_occurrence procedure_date=2024-04-02 procedure_source_value=160000001 procedure_source_system=LOCAL procedure_source_name=手術料 category_source_value=50 quantity=1.0 points=1000.0 order_status_source_value=performed record_no=1
        procedure_occurrence procedure_date=2024-04-02 procedure_source_value=150168910 procedure_source_system=CLAIM-PROCEDURE procedure_source_name=胃切除 category_source_value=50 quantity=1.0 order_status_source_value=performed record_no=2
        device_exposure device_exposure_start_date=2024-04-02 device_source_value=710010001 device_source_system=CLAIM-MATERIAL device_source_name=縫合糸 quantity=2.0 record_no=4
        payer_plan_period payer_plan_period_start_date=2024-04-01 payer_plan_period_end_date=2024-04-10 payer_source_value=01 record_no=1
        cost cost_date=2024-04-02 payer_kind=insurance-01 total_points=1025.0 claim_kind=1111 record_no=1
        note note_date=2024-04-02 note_class_source_value=810000001 note_text=右側 record_no=5
    "#]].assert_eq(&read.print(&[
        "visit_occurrence",
        "procedure_occurrence",
        "drug_exposure",
        "device_exposure",
        "payer_plan_period",
        "cost",
        "note",
    ]));
    assert!(!format!("{:?}", read.outcomes).contains("DOCTOR0001"));
}

fn outpatient(patient: &str, birth: &str, sex: &str) -> String {
    let marks = format!("00{sex}1100");
    let dates = [birth, "20240402"];
    [
        ef(
            patient,
            dates,
            &[(5, "SY"), (7, "001"), (9, "8830417"), (11, "高血圧症"), (17, &marks)],
        ),
        ef(
            patient,
            dates,
            &[(5, "12"), (7, "000"), (11, "再診"), (17, &marks), (18, "73"), (21, "1")],
        ),
        ef(patient, dates, &[(5, "12"), (7, "001"), (9, "112007410"), (17, &marks), (21, "1")]),
    ]
    .concat()
}

#[test]
fn outpatients_have_birth_and_sex_on_every_line() {
    let read = read(&outpatient("0000000002", "19400101", "2"));
    assert_eq!(read.counts.findings, std::collections::BTreeMap::new());
    expect![[r#"
        person gender_source_value=F year_of_birth=1940 month_of_birth=1 day_of_birth=1 record_no=1
        visit_occurrence visit_start_date=2024-04-02 visit_end_date=2024-04-02 visit_source_value=EFg visit_source_system=DPC-FILE record_no=1
        condition_occurrence condition_start_date=2024-04-02 condition_source_value=8830417 condition_source_system=CLAIM-DISEASE condition_source_name=高血圧症 condition_is_main=1 condition_outcome_source_value=1 record_no=1
        procedure_occurrence procedure_date=2024-04-02 procedure_source_system=LOCAL category_source_value=12 quantity=1.0 points=73.0 order_status_source_value=performed record_no=2
        procedure_occurrence procedure_date=2024-04-02 procedure_source_value=112007410 procedure_source_system=CLAIM-PROCEDURE category_source_value=12 quantity=1.0 order_status_source_value=performed record_no=3
        note note_date=2024-04-02 note_class_source_value=DPC-ACT note_text=再診 record_no=2
    "#]].assert_eq(&read.print(&[
        "person",
        "visit_occurrence",
        "condition_occurrence",
        "procedure_occurrence",
        "note",
    ]));
    assert_eq!(read.asked[0].1.birth, sudare_model::time::Day::from_iso("1940-01-01"));
}

#[test]
fn d_and_h_and_the_parts_of_ef_are_read() {
    let d = columns(
        30,
        &[
            (1, "131234567"),
            (2, "0000000001"),
            (3, "20240410"),
            (4, "20240401"),
            (5, "93"),
            (6, "0001"),
            (8, "193000001"),
            (10, "包括評価"),
            (11, "2500"),
            (14, "0"),
            (15, "1"),
            (16, "01130012"),
            (18, "20240401"),
            (29, "060020xx02x0xx"),
            (30, "1.0863"),
        ],
    );
    let h = columns(
        29,
        &[
            (1, "131234567"),
            (2, "WARD"),
            (3, "0000000001"),
            (4, "20240410"),
            (5, "20240401"),
            (6, "20240402"),
            (7, "ASS0013"),
            (8, "20240601"),
            (9, "0"),
            (10, "1"),
            (21, "2"),
        ],
    );
    let e = columns(
        25,
        &[
            (1, "131234567"),
            (2, "0000000001"),
            (3, "20240410"),
            (4, "20240401"),
            (5, "97"),
            (6, "0002"),
            (8, "197000110"),
            (10, "食事"),
            (11, "670"),
            (14, "1"),
            (15, "3"),
            (16, "01130012"),
            (18, "20240402"),
        ],
    );
    let f = columns(
        19,
        &[
            (1, "131234567"),
            (2, "0000000001"),
            (3, "20240410"),
            (4, "20240401"),
            (5, "33"),
            (6, "0003"),
            (7, "001"),
            (9, "620000310"),
            (11, "注射液"),
            (12, "2"),
        ],
    );
    let files = [sjis(&d), sjis(&h), sjis(&e), sjis(&f)];
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let read = read_bytes(&files, 1 << 20);
    assert_eq!(read.counts.findings, std::collections::BTreeMap::new());
    expect![[r#"
        procedure_occurrence procedure_date=2024-04-01 procedure_source_value=193000001 procedure_source_system=DPC-ACT procedure_source_name=包括評価 category_source_value=93 quantity=1.0 points=2500.0 order_status_source_value=performed record_no=1
        observation observation_date=2024-04-01 observation_source_value=DPC-CODE observation_source_system=DPC-D value_source_value=060020xx02x0xx record_no=1
        observation observation_date=2024-04-01 observation_source_value=DPC-COEFFICIENT observation_source_system=DPC-D value_source_value=1.0863 record_no=1
        cost cost_date=2024-04-01 payer_kind=insurance-01 total_points=2500.0 record_no=1
        observation observation_date=2024-04-02 observation_source_value=ASS0013-1 observation_source_system=DPC-H value_source_value=1 record_no=1
        observation observation_date=2024-04-02 observation_source_value=ASS0013-12 observation_source_system=DPC-H value_source_value=2 record_no=1
        visit_occurrence visit_start_date=2024-04-01 visit_end_date=2024-04-10 visit_source_value=E visit_source_system=DPC-FILE record_no=1
        procedure_occurrence procedure_date=2024-04-02 procedure_source_value=197000110 procedure_source_system=DPC-ACT procedure_source_name=食事 category_source_value=97 quantity=3.0 points=67.0 order_status_source_value=performed record_no=1
        cost cost_date=2024-04-02 payer_kind=insurance-01 total_points=201.0 record_no=1
        drug_exposure drug_source_value=620000310 drug_source_system=CLAIM-DRUG drug_source_name=注射液 quantity=2.0 dose_value=2.0 route_source_value=33 order_status_source_value=claimed record_no=1
    "#]].assert_eq(&read.print(&[
        "visit_occurrence",
        "procedure_occurrence",
        "drug_exposure",
        "observation",
        "cost",
    ]));
}

#[test]
fn where_form1_tells_of_a_stay_the_acts_do_not() {
    let (one, two) = (sjis(&stay("0000000001", "19500203", "1")), sjis(&acts("0000000001")));
    let both = read_bytes(&[&one, &two], 1 << 20);
    assert_eq!(both.rows("visit_occurrence"), 1);
    let key = |table: &str| {
        let found = |outcome: &UnitOutcome| {
            let (_, batch) = outcome.content.iter().find(|(one, _)| one.name == table)?;
            let keys = batch.column_by_name("visit_key")?;
            Some(arrow::util::display::array_value_to_string(keys, 0).unwrap())
        };
        both.outcomes.iter().find_map(found).unwrap()
    };
    assert_eq!(key("visit_occurrence"), key("drug_exposure"));
}

#[test]
fn files_are_recognised_by_their_columns() {
    use crate::formats::Format;
    let is = |text: &str| super::Dpc.recognises(&sjis(text), "anything");
    let line = form1("0000000001", "A000010", &[(1, "19500203")]);
    assert!(is(&line) && is(&acts("0000000001")));
    assert!(is(&(columns(17, &[(1, "施設コード"), (2, "データ識別番号")]) + &line)));
    assert!(!is(&line.replace("0000000001", "1")));
    assert!(!is(&line.replace("20240401", "2024-04-01")));
    assert!(!is("131234567\t0000000001\t20240401\r\n"));
    let header = read(&(columns(17, &[(1, "施設コード"), (2, "データ識別番号")]) + &line));
    assert_eq!(header.counts.findings, std::collections::BTreeMap::new());
    assert_eq!(header.rows("person"), 1);
}
