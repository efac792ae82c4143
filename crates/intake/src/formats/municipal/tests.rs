//! Tests on tables and mappings made here.

mod above;

use expect_test::{Expect, expect};
use sudare_identity::SourcePatientId;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, Rule, SubjectKey, Track};

use super::{mapping, survey};
use crate::files::MemoryFiles;
use crate::findings::Findings;
use crate::gate::{Asked, Gate, Life};
use crate::outcome::{Context, Counts, UnitOutcome};
use crate::plan::{Planner, WorkPlan};
use crate::{Choice, Files, read_unit};

/// Admits everybody but numbers that end in 9; of those in 8 no notes.
#[derive(Default)]
struct Choosy(std::sync::Mutex<Vec<(String, Life)>>);

impl Gate for Choosy {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let number = number(asked.patient);
        self.0.lock().unwrap().push((number.clone(), asked.life));
        let mut key = [0u8; 16];
        number.bytes().zip(&mut key).for_each(|(byte, slot)| *slot = byte);
        let mut admission = Admission::none(SubjectKey::from_bytes(key));
        let last = number.as_bytes().last().copied();
        if last == Some(b'9') {
            admission.refuse(Track::Anonymised, DataItem::Visits, Rule::StopRequested);
            return admission;
        }
        let kept = |item: &&DataItem| last != Some(b'8') || **item != DataItem::Notes;
        for item in DataItem::ALL.iter().filter(kept) {
            admission.admit(Track::Anonymised, *item);
        }
        admission
    }
}

fn number(patient: &SourcePatientId) -> String {
    patient.number().reveal().to_owned()
}

struct Read {
    plan: WorkPlan,
    outcomes: Vec<UnitOutcome>,
    counts: Counts,
    /// `CODE place`, in the order of files, rows and columns.
    findings: Vec<String>,
}

fn context() -> Context {
    Context {
        provider: ProviderId::parse("city-1").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    }
}

fn finish(plan: WorkPlan, files: &MemoryFiles, gate: &dyn Gate) -> Read {
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, files, gate, &context())).collect();
    let mut counts = plan.counts.clone();
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    let units = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let mut findings: Vec<_> = plan.findings.iter().chain(units).collect();
    findings.sort_by_key(|one| (one.place.file_no, one.place.record, one.place.field));
    let findings = findings
        .into_iter()
        .map(|one| {
            let mut place = one.place.clone();
            place.byte = None;
            format!("{} {} {place}", one.code.code, files.path(place.file_no))
        })
        .collect();
    Read { plan, outcomes, counts, findings }
}

fn read_with(files: &[(&str, &[u8])], gate: &dyn Gate) -> Read {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    let files = MemoryFiles::new(files.collect());
    let plan = crate::plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    finish(plan, &files, gate)
}

fn read(files: &[(&str, &str)]) -> Read {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    read_with(&files, &Choosy::default())
}

/// The rows of the content tables and of identity, as text.
fn rows(read: &Read) -> Vec<String> {
    let options = arrow::util::display::FormatOptions::default();
    let mut all = Vec::new();
    for outcome in &read.outcomes {
        let content = outcome.content.iter().map(|(table, batch)| (table.name, batch));
        let identity = outcome.identity.iter().map(|batch| ("identity", batch));
        for (name, batch) in content.chain(identity) {
            for row in 0..batch.num_rows() {
                let mut text = name.to_owned();
                for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
                    let name = field.name().as_str();
                    let skip = ["subject", "provider_id", "delivery_id", "tracks", "visit_key"];
                    let skip = skip.contains(&name) || name.ends_with("_concept_id");
                    if column.is_null(row) || skip || name == "file_no" {
                        continue;
                    }
                    let shown =
                        arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
                    text.push_str(&format!("|{name}={}", shown.value(row)));
                }
                all.push(text);
            }
        }
    }
    all
}

fn check(found: &[String], expected: &Expect) {
    expected.assert_eq(&found.iter().map(|one| format!("{one}\n")).collect::<String>());
}

const TABLE: &str = include_str!("../../../../../fuzz/corpus/municipal_table/spelt.csv");
const MAPPED: &str = include_str!("../../../../../fuzz/corpus/municipal_table/mapped.csv");
const MAPPING: &str = include_str!("../../../../../fuzz/corpus/municipal_table/mapping.toml");

#[test]
fn a_table_without_a_mapping_is_read_by_the_spelling_of_its_headings() {
    let found = read(&[("検診.csv", TABLE)]);
    check(
        &rows(&found),
        &expect![[r#"
        person|gender_source_value=M|year_of_birth=1960|month_of_birth=4|day_of_birth=1|postal_code=1000001|record_no=2
        person|gender_source_value=F|year_of_birth=1965|month_of_birth=12|day_of_birth=31|postal_code=1000002|record_no=3
        visit_occurrence|visit_start_date=2024-06-03|visit_end_date=2024-06-03|visit_source_value=特定健診|visit_source_system=MUNICIPAL|record_no=2
        visit_occurrence|visit_start_date=2024-06-04|visit_end_date=2024-06-04|visit_source_value=特定健診|visit_source_system=MUNICIPAL|record_no=3
        measurement|measurement_date=2024-06-03|measurement_source_value=9N001000000000001|measurement_source_system=JLAC10|measurement_source_name=身長（cm）|value_as_number=170.5|unit_source_value=cm|unit_ucum=cm|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=9N006000000000001|measurement_source_system=JLAC10|measurement_source_name=体重|value_as_number=65.2|unit_ucum=kg|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=9N011000000000001|measurement_source_system=JLAC10|measurement_source_name=ＢＭＩ|value_as_number=22.4|unit_ucum=kg/m2|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=9A755000000000001|measurement_source_system=JLAC10|measurement_source_name=収縮期血圧|value_as_number=128.0|unit_ucum=mm[Hg]|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=3F015|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=中性脂肪(mg/dL)|value_as_number=150.0|unit_source_value=mg/dL|unit_ucum=mg/dL|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=3F070|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=ＨＤＬコレステロール|value_as_number=58.0|unit_ucum=mg/dL|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=3B090|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=γ－ＧＴＰ|operator_source_value=<|value_as_number=10.0|unit_ucum=U/L|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=3D046|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=HbA1c(NGSP)|value_as_number=5.6|unit_ucum=%|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=1A010|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿蛋白|value_source_value=(-)|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=1A020|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿糖|value_source_value=－|result_status=F|record_no=2
        measurement|measurement_date=2024-06-04|measurement_source_value=9N001000000000001|measurement_source_system=JLAC10|measurement_source_name=身長（cm）|value_as_number=155.0|unit_source_value=cm|unit_ucum=cm|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=9N006000000000001|measurement_source_system=JLAC10|measurement_source_name=体重|value_as_number=50.0|unit_ucum=kg|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=9N011000000000001|measurement_source_system=JLAC10|measurement_source_name=ＢＭＩ|value_as_number=20.8|unit_ucum=kg/m2|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=9A755000000000001|measurement_source_system=JLAC10|measurement_source_name=収縮期血圧|value_as_number=110.0|unit_ucum=mm[Hg]|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=3F015|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=中性脂肪(mg/dL)|value_as_number=1020.0|unit_source_value=mg/dL|unit_ucum=mg/dL|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=3F070|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=ＨＤＬコレステロール|value_as_number=72.0|unit_ucum=mg/dL|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=3B090|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=γ－ＧＴＰ|value_as_number=31.0|unit_ucum=U/L|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=3D046|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=HbA1c(NGSP)|unit_ucum=%|result_status=null-NI|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=1A010|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿蛋白|value_source_value=±|result_status=F|record_no=3
        measurement|measurement_date=2024-06-04|measurement_source_value=1A020|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿糖|result_status=not-done|record_no=3
        observation|observation_date=2024-06-03|observation_source_value=9N736000000000011|observation_source_system=JLAC10|value_source_value=2|record_no=2
        observation|observation_date=2024-06-04|observation_source_value=9N736000000000011|observation_source_system=JLAC10|value_source_value=いいえ|record_no=3
        payer_plan_period|payer_plan_period_start_date=2024-06-03|payer_plan_period_end_date=2024-06-03|payer_source_value=01|record_no=2
        payer_plan_period|payer_plan_period_start_date=2024-06-04|payer_plan_period_end_date=2024-06-04|payer_source_value=01|record_no=3
        note|note_date=2024-06-03|note_class_source_value=9N056000000000011|note_text=高血圧、 服薬あり|record_no=2
        identity|patient_number=0001234|name_kanji=架空　太郎|name_kana=カクウ　タロウ|birth_date=1960-04-01|sex=M|postal_code=1000001|address=東京都架空区一丁目1番|insurer_number=01130012|insurance_symbol=１２－３|insurance_number=４５６|insurance_branch=01|record_no=2
        identity|patient_number=0001235|name_kanji=架空　花子|name_kana=カクウ　ハナコ|birth_date=1965-12-31|sex=F|postal_code=1000002|address=東京都架空区二丁目|insurer_number=01130012|insurance_symbol=１２－４|insurance_number=４５７|insurance_branch=02|record_no=3
    "#]],
    );
    check(
        &found.findings,
        &expect![[r#"
        MUNI-SPELLING 検診.csv file 0
        MUNI-COLUMN 検診.csv file 0, record 1, heading-26
    "#]],
    );
}

#[test]
fn a_mapping_says_what_columns_hold() {
    let found = read(&[("a/肺がん.csv", MAPPED), ("a/対応表.toml", MAPPING)]);
    check(
        &rows(&found),
        &expect![[r#"
        person|gender_source_value=M|year_of_birth=1955|month_of_birth=5|day_of_birth=5|record_no=2
        person|gender_source_value=F|year_of_birth=1956|month_of_birth=6|day_of_birth=6|record_no=3
        visit_occurrence|visit_start_date=2024-10-01|visit_end_date=2024-10-01|visit_source_value=肺がん検診|visit_source_system=MUNICIPAL|record_no=2
        visit_occurrence|visit_start_date=2024-10-02|visit_end_date=2024-10-02|visit_source_value=肺がん検診|visit_source_system=MUNICIPAL|record_no=3
        measurement|measurement_date=2024-10-01|measurement_source_value=9N737000000000012|measurement_source_system=JLAC10|measurement_source_name=喫煙指数|value_as_number=400.0|result_status=F|record_no=2
        measurement|measurement_date=2024-10-01|measurement_source_value=3F015000002327101|measurement_source_system=JLAC10|measurement_source_name=ＴＧ|value_as_number=120.0|unit_source_value=mg/dL|unit_ucum=mg/dL|result_status=F|record_no=2
        observation|observation_date=2024-10-01|observation_source_value=9P502000000000011|observation_source_system=JLAC10|value_source_value=Ａ|record_no=2
        observation|observation_date=2024-10-02|observation_source_value=9P502000000000011|observation_source_system=JLAC10|value_source_value=Ｄ|record_no=3
        observation|observation_date=2024-10-02|observation_source_value=精検日|observation_source_system=LOCAL|value_as_date=2024-11-01|record_no=3
        note|note_date=2024-10-01|note_class_source_value=Ｘ線所見|note_text=右上葉に結節影|record_no=2
        identity|patient_number=A-1|birth_date=1955-05-05|sex=M|record_no=2
        identity|patient_number=A-2|birth_date=1956-06-06|sex=F|record_no=3
    "#]],
    );
    check(&found.findings, &expect![[""]]);
}

#[test]
fn every_fault_of_a_mapping_is_told_with_its_line_and_what_is_meant() {
    let text = r#"format = "sudare-municipal-1"
programme = "肺がん検診"
ignore = "備考"

[columns]
pateint = "宛名番号"
date = "受診日"
birth = 生
"#;
    let says = |text: &str| {
        let faults = mapping::check(text.as_bytes(), None).unwrap_err().into_iter();
        let each = faults.map(|one| format!("{}: {} {}", one.line, one.code.code, one.says));
        each.collect::<Vec<_>>()
    };
    check(
        &says(text),
        &expect![[r#"
        8: MUNI-MAP-SYNTAX cannot be read: string values must be quoted, expected literal string
    "#]],
    );
    let text = text.replace("birth = 生", "birth = \"受診日\"")
        + r#"
[sex]
"おとこ" = "mail"

[[item]]
colum = "判定"

[[item]]
column = "中性脂肪"
code = "3F01500000232710"
system = "JLAC10"
kind = "nummer"

[[item]]
column = "尿蛋白"
kind = "mark"
unit = "mg/dL"
"#;
    check(
        &says(&text),
        &expect![[r#"
        2: MUNI-MAP-KEY there is no key `programme`; did you mean `program`?
        3: MUNI-MAP-VALUE `ignore` takes a list, such as ["備考", "入力者"]
        6: MUNI-MAP-KEY there is no key `pateint`; did you mean `patient`?
        8: MUNI-MAP-TWICE the heading `受診日` has a meaning already, in line 7
        11: MUNI-MAP-VALUE `sex` is no `mail`; it is one of male, female, other, unknown
        14: MUNI-MAP-KEY there is no key `colum`; did you mean `column`?
        18: MUNI-MAP-VALUE a JLAC10 code has 17 characters
        20: MUNI-MAP-VALUE `kind` is no `nummer`; did you mean `number`?
        25: MUNI-MAP-VALUE only a number has a unit
    "#]],
    );
    check(
        &says("format = \"sudare-municipal-2\""),
        &expect![[r#"
        1: MUNI-MAP-VALUE the format must be "sudare-municipal-1"
        1: MUNI-MAP-MISSING there must be a section [columns] that names `patient` and `date`
        1: MUNI-MAP-MISSING there must be at least one [[item]]
    "#]],
    );
    let sound = mapping::check(MAPPING.as_bytes(), Some(MAPPED.as_bytes())).unwrap();
    assert_eq!((sound.headings, sound.unmapped), (10, vec![]));
    let sound =
        mapping::check(MAPPING.as_bytes(), Some(MAPPED.replace("TG,", "TG,備考,").as_bytes()));
    assert_eq!(sound.unwrap().unmapped, [10]);
    let other = MAPPED
        .replace("実施日", "検診実施日")
        .replace("精検日", "x")
        .replace("整理番号", "宛名番号");
    let faults = mapping::check(MAPPING.as_bytes(), Some(other.as_bytes())).unwrap_err();
    let says: Vec<_> = faults.iter().map(|one| format!("{}: {}", one.line, one.says)).collect();
    check(
        &says,
        &expect![[r#"
            8: the table has no heading `整理番号`; did you mean `宛名番号` (column 1)?
            9: the table has no heading `実施日`; did you mean `検診実施日` (column 2)?
            31: the table has no heading `精検日`
        "#]],
    );
}

#[test]
fn a_table_beside_a_faulty_mapping_is_set_aside() {
    let bad = MAPPING.replace("date =", "dat =");
    let found = read(&[("a/t.csv", MAPPED), ("a/m.toml", &bad), ("b/t.csv", TABLE)]);
    check(
        &found.findings,
        &expect![[r#"
        MUNI-MAP-KEY a/m.toml file 0, record 9, date
        MUNI-UNMAPPED a/t.csv file 1
        MUNI-SPELLING b/t.csv file 2
        MUNI-COLUMN b/t.csv file 2, record 1, heading-26
    "#]],
    );
    assert!(found.plan.rejected.contains(&1) && !found.plan.rejected.contains(&2));
    // The faulty mapping is kept for the answer to the municipality.
    let kept: Vec<_> = found.outcomes.iter().flat_map(|outcome| &outcome.kept).collect();
    assert!(kept.iter().any(|one| one.file_no == 0 && one.quarantined));
    // One that is too large is faulty: a part of it is another mapping.
    let large = MAPPING.to_owned() + &"#\n".repeat(1 << 19);
    let found = read(&[("a/t.csv", MAPPED), ("a/m.toml", &large)]);
    let expected = expect![["FILE-TOO-LARGE a/m.toml file 0\nMUNI-UNMAPPED a/t.csv file 1\n"]];
    check(&found.findings, &expected);
}

#[test]
fn a_mapping_that_fits_nothing_and_headings_that_no_table_has_are_told() {
    let more = MAPPING.to_owned() + "\n[[item]]\ncolumn = \"喀痰判定\"\nkind = \"answer\"\n";
    let other = MAPPING.replace("整理番号", "番号");
    let found = read(&[("t.csv", MAPPED), ("m.toml", &more), ("z/m.toml", &other)]);
    check(
        &found.findings,
        &expect![[r#"
        MUNI-MAP-COLUMN m.toml file 0, record 40, mapping
        MUNI-MAP-UNUSED z/m.toml file 2
    "#]],
    );
}

#[test]
fn tables_of_nothing_we_know_stay_unknown() {
    let found = read(&[
        ("a.csv", "person_id,gender,year\n1,2,3\n"),
        ("b.csv", "佐藤,1893,さとう\n鈴木,1800,すずき\n"),
        ("c.csv", "宛名番号,氏名,生年月日,住所\n1,架空,20000101,x\n"),
        ("d.txt", "説明、受診日、宛名番号、身長\n"),
    ]);
    check(
        &found.findings,
        &expect![[r#"
        FILE-UNKNOWN a.csv file 0
        FILE-UNKNOWN b.csv file 1
        FILE-UNKNOWN c.csv file 2
        FILE-UNKNOWN d.txt file 3
    "#]],
    );
    assert!(found.outcomes.is_empty());
}

#[test]
fn damage_is_a_finding_and_nothing_else_is_lost() {
    let head = "宛名番号,受診日,性別,生年月日,身長,尿蛋白,個人番号\n";
    let table = [
        "1,R6.6.3,男,S35.4.1,170.5,(-),\n",
        "2,2024/6/3,不明,1960/13/1,高い,-,\n",
        ",2024/6/3,男,19600101,170,,\n",
        "3,2024/6/3,男,19600101,170\n",
        "4,2024/6/3,男,19600101,170,±,123456789018\n",
        "5,2024/6/3,男,19600101,\"170,+,\n",
        "6,いつか,女,19600101,測定不能,未実施,,,\n",
        "7,2024/6/3,女,19600101,160,この文章は二十文字を超える長い所見であり記号ではない,\n",
        "10,2024/6/3,女,19600101,160,,\n",
        "10,2024/6/4,女,19600102,161,,\n",
        "11,2024/6/3,女,19600101,\u{3000},\u{1},\n",
        ",,,,,,\n",
    ];
    let found = read(&[("t.csv", &(head.to_owned() + &table.concat()))]);
    check(
        &found.findings,
        &expect![[r#"
        MUNI-SPELLING t.csv file 0
        MUNI-COLUMN t.csv file 0, record 1, heading-7
        MUNI-SEX t.csv file 0, record 3, row-3
        MUNI-DATE t.csv file 0, record 3, row-4
        MUNI-NUMBER t.csv file 0, record 3, row-5
        MUNI-PATIENT t.csv file 0, record 4, row-1
        MUNI-ROW t.csv file 0, record 5, row
        ID-MY-NUMBER t.csv file 0, record 6, row
        MUNI-QUOTE t.csv file 0, record 7, row
        MUNI-DATE t.csv file 0, record 8, row-2
        MUNI-LONG t.csv file 0, record 9, row-6
        MUNI-CONFLICT t.csv file 0, record 10, row-1
        MUNI-CONFLICT t.csv file 0, record 11, row-1
        MUNI-CONTROL t.csv file 0, record 12, row-6
    "#]],
    );
    assert_eq!(found.counts.records, 11);
    let content: Vec<_> = rows(&found)
        .into_iter()
        .filter(|row| row.starts_with("measurement") || row.starts_with("note"))
        .collect();
    check(
        &content,
        &expect![[r#"
        measurement|measurement_date=2024-06-03|measurement_source_value=9N001000000000001|measurement_source_system=JLAC10|measurement_source_name=身長|value_as_number=170.5|unit_ucum=cm|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=1A010|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿蛋白|value_source_value=(-)|result_status=F|record_no=2
        measurement|measurement_date=2024-06-03|measurement_source_value=1A010|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿蛋白|value_source_value=-|result_status=F|record_no=3
        measurement|measurement_source_value=9N001000000000001|measurement_source_system=JLAC10|measurement_source_name=身長|unit_ucum=cm|result_status=null-NI|record_no=8
        measurement|measurement_source_value=1A010|measurement_source_system=JLAC10-ANALYTE|measurement_source_name=尿蛋白|result_status=not-done|record_no=8
        measurement|measurement_date=2024-06-03|measurement_source_value=9N001000000000001|measurement_source_system=JLAC10|measurement_source_name=身長|value_as_number=160.0|unit_ucum=cm|result_status=F|record_no=9
        note|note_date=2024-06-03|note_class_source_value=1A010|note_text=この文章は二十文字を超える長い所見であり記号ではない|record_no=9
    "#]],
    );
}

#[test]
fn shift_jis_tabs_and_a_mark_at_the_beginning_change_nothing() {
    let plain = rows(&read(&[("t.csv", TABLE)]));
    let sjis = encoding_rs::SHIFT_JIS.encode(TABLE).0;
    let marked = format!("\u{feff}{TABLE}");
    for bytes in [&*sjis, marked.as_bytes()] {
        assert_eq!(rows(&read_with(&[("t.csv", bytes)], &Choosy::default())), plain);
    }
    let tabs = "宛名番号\t受診日\t身長\n1\t20240603\t170\n";
    assert_eq!(rows(&read(&[("t.txt", tabs)])).len(), 4);
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(tabs.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let found = read_with(&[("t.txt", &wide)], &Choosy::default());
    assert_eq!(found.findings, ["MUNI-ENCODING t.txt file 0"]);
}

#[test]
fn headings_alone_are_told() {
    let headings = MAPPED.lines().next().unwrap();
    let found = read(&[("t.csv", headings), ("m.toml", MAPPING)]);
    assert_eq!(found.findings, ["MUNI-NO-ROW t.csv file 1"]);
}

#[test]
fn the_gate_is_asked_for_each_row_and_refused_rows_are_not_kept() {
    let table = "宛名番号,受診日,生年月日,身長,既往歴\n\
        19,20240603,19600101,170,なし\n\
        18,20240603,19600101,171,高血圧\n\
        17,20240603,19600101,172,なし\n";
    let gate = Choosy::default();
    let found = read_with(&[("t.csv", table.as_bytes())], &gate);
    let asked = gate.0.into_inner().unwrap();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|(_, life)| life.birth.is_some()));
    let content = rows(&found);
    assert!(!content.iter().any(|row| row.contains("=170.0")));
    assert!(content.iter().any(|row| row.contains("=171.0")));
    assert_eq!(content.iter().filter(|row| row.starts_with("note")).count(), 1);
    let kept: Vec<_> = found.outcomes.iter().flat_map(|outcome| &outcome.kept).collect();
    let bytes = table.as_bytes();
    let text: String = kept
        .iter()
        .flat_map(|one| &one.ranges)
        .map(|range| {
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            std::str::from_utf8(&bytes[range]).unwrap()
        })
        .collect();
    assert!(text.contains("17,20240603") && !text.contains("18,20240603"));
    assert!(text.starts_with("宛名番号") && !text.contains("19,20240603"));
}

#[test]
fn where_a_table_is_cut_changes_no_row() {
    let mut table = "宛名番号,受診日,身長,既往歴\n".to_owned();
    for one in 0..200 {
        let note = if one % 7 == 0 { "\"改行\nあり,\"" } else { "なし" };
        let row = if one % 31 == 0 { "1,\"切れ\n".to_owned() } else { String::new() };
        table.push_str(&format!("{row}{},20240603,{},{note}\n", 1000 + one, 150 + one % 40));
    }
    let files = MemoryFiles::new(vec![("t.csv".to_owned(), table.into_bytes())]);
    let read_cut = |unit_bytes| {
        let mut planner = Planner {
            files: &files,
            sender: crate::Sender::UNKNOWN,
            units: Vec::new(),
            findings: Findings::default(),
            counts: Counts::default(),
        };
        survey::plan(&[0].into_iter().collect(), &mut planner, unit_bytes);
        let (findings, _) = planner.findings.finish();
        let plan = WorkPlan { units: planner.units, findings, ..WorkPlan::default() };
        finish(plan, &files, &Choosy::default())
    };
    let (whole, cut) = (read_cut(1 << 20), read_cut(100));
    assert!(cut.plan.units.len() > 50);
    assert_eq!((whole.findings, whole.counts.records), (cut.findings.clone(), cut.counts.records));
    let sorted = |found: &Read| {
        let mut rows = rows(found);
        rows.sort();
        rows
    };
    let again = read_cut(1 << 20);
    assert_eq!(sorted(&again), sorted(&cut));
}

#[test]
fn the_table_of_another_year_is_no_newer_version() {
    let of = |text: &str| crate::Version::of("検診.csv", text.as_bytes());
    assert!(of(TABLE) == of(TABLE));
    assert!(of(TABLE) != of(&TABLE.replace("令和6年", "令和5年")));
}
