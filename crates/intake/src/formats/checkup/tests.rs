use std::fmt::Write as _;

use sudare_identity::SourcePatientId;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, SubjectKey, Track};

use crate::gate::Asked;
use crate::{
    Choice, Context, Counts, Files, Gate, MemoryFiles, OpenGate, UnitOutcome, plan, read_unit,
};

/// A checkup as an examination centre sends it: invented.
fn document(symbol: &str, branch: &str, birth: &str, entries: &str) -> String {
    let branch = match branch {
        "" => String::new(),
        branch => format!(r#"<id root="1.2.392.200119.6.211" extension="{branch}"/>"#),
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<code code="10" codeSystem="1.2.392.200119.6.1001"/><effectiveTime value="20240610"/>
<recordTarget><patientRole>
<id root="1.2.392.200119.6.101" extension="01130012"/>
<id root="1.2.392.200119.6.204" extension="{symbol}"/>
<id root="1.2.392.200119.6.205" extension="１２３"/>{branch}
<addr>東京都港区架空一丁目<postalCode>100-0001</postalCode></addr>
<patient><name>カクウ　ハナコ</name>
<administrativeGenderCode code="2" codeSystem="1.2.392.200119.6.1104"/><birthTime value="{birth}"/>
</patient></patientRole></recordTarget>
<documentationOf><serviceEvent><code code="010" codeSystem="1.2.392.200119.6.1002"/>
<effectiveTime value="20240603"/></serviceEvent></documentationOf>
<component><structuredBody><component><section>
<code code="01010" codeSystem="1.2.392.200119.6.1010"/><text>架空</text>{entries}
</section></component></structuredBody></component></ClinicalDocument>"#
    )
}

fn entry(code: &str, rest: &str) -> String {
    format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN">
        <code code="{code}" codeSystem="1.2.392.200119.6.1005" displayName="項目"/>{rest}</observation></entry>"#
    )
}

const WEIGHT: &str = r#"<value xsi:type="PQ" value="61.5" unit="kg"/>"#;

fn read(
    files: Vec<(&str, impl Into<Vec<u8>>)>,
    gate: &dyn Gate,
) -> (Vec<UnitOutcome>, Counts, Vec<String>) {
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.into()));
    let files = MemoryFiles::new(files.collect());
    let context = Context {
        provider: ProviderId::parse("insurer-1").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let plan = plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, gate, &context)).collect();
    let mut counts = plan.counts.clone();
    let mut findings: Vec<String> = Vec::new();
    for one in plan.findings.iter().chain(outcomes.iter().flat_map(|outcome| &outcome.findings)) {
        findings.push(format!("{} {}", one.code.code, files.path(one.place.file_no)));
    }
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    (outcomes, counts, findings)
}

fn open() -> OpenGate<impl Fn(&SourcePatientId) -> SubjectKey + Sync> {
    OpenGate::new(|patient: &SourcePatientId| {
        let mut bytes = [0; 16];
        for (at, byte) in patient.number().reveal().bytes().enumerate() {
            bytes[at % 16] ^= byte.rotate_left(u32::try_from(at / 16).unwrap());
        }
        SubjectKey::from_bytes(bytes)
    })
}

/// Rows of one table as text.
fn rows(outcomes: &[UnitOutcome], wanted: &str) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let content = outcome.content.iter().map(|(table, batch)| (table.name, batch));
        let identity = outcome.identity.iter().map(|batch| ("identity", batch));
        for (_, batch) in content.chain(identity).filter(|(name, _)| *name == wanted) {
            let options = arrow::util::display::FormatOptions::default();
            for row in 0..batch.num_rows() {
                for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
                    let skip = ["subject", "provider_id", "delivery_id", "tracks", "visit_key"];
                    let zero = field.name().ends_with("_concept_id");
                    if column.is_null(row) || zero || skip.contains(&field.name().as_str()) {
                        continue;
                    }
                    let shown =
                        arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
                    write!(text, "{}={} ", field.name(), shown.value(row)).unwrap();
                }
                text.push('\n');
            }
        }
    }
    text
}

#[test]
fn a_checkup_becomes_measurements_answers_and_notes() {
    let entries = [
        entry("9N006000000000001", WEIGHT),
        entry(
            "3F077000002327101",
            r#"<value xsi:type="PQ" value="150" unit="mg/dL"/><interpretationCode code="H"/>
            <methodCode code="3F077000002327101"/><referenceRange><observationRange><value xsi:type="IVL_PQ">
            <low value="60" unit="mg/dL"/><high value="119" unit="mg/dL"/></value></observationRange></referenceRange>"#,
        ),
        entry("1A020000000190111", r#"<value xsi:type="CO" code="2" codeSystem="x"/>"#),
        entry("9N736000000000011", r#"<value xsi:type="CD" code="1" codeSystem="x"/>"#),
        entry("9N071000000000049", r#"<value xsi:type="ST">所見あり</value>"#),
        entry("9A755000000000001", r#"<value xsi:type="PQ" nullFlavor="NI"/>"#),
        entry("9A751000000000001", "").replace("moodCode", "negationInd=\"true\" moodCode"),
        entry("9N501000000000011", r#"<value xsi:type="CD" code="3" codeSystem="x"/>"#),
    ];
    let text = document("１２", "01", "19700101", &entries.concat());
    let (outcomes, counts, findings) = read(vec![("DATA/h1.xml", text)], &open());
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!((counts.units, counts.records), (1, 9));
    expect_test::expect![[r#"
        measurement_date=2024-06-03 measurement_source_value=9N006000000000001 measurement_source_system=JLAC10 measurement_source_name=項目 value_as_number=61.5 unit_source_value=kg unit_ucum=kg specimen_source_value=000 result_status=F file_no=0 record_no=2 
        measurement_date=2024-06-03 measurement_source_value=3F077000002327101 measurement_source_system=JLAC10 measurement_source_name=項目 value_as_number=150.0 unit_source_value=mg/dL unit_ucum=mg/dL range_low=60.0 range_high=119.0 abnormal_flag=H specimen_source_value=023 method_source_value=3F077000002327101 result_status=F file_no=0 record_no=3 
        measurement_date=2024-06-03 measurement_source_value=1A020000000190111 measurement_source_system=JLAC10 measurement_source_name=項目 value_source_value=2 specimen_source_value=001 result_status=F file_no=0 record_no=4 
        measurement_date=2024-06-03 measurement_source_value=9A755000000000001 measurement_source_system=JLAC10 measurement_source_name=項目 specimen_source_value=000 result_status=null-NI file_no=0 record_no=7 
        measurement_date=2024-06-03 measurement_source_value=9A751000000000001 measurement_source_system=JLAC10 measurement_source_name=項目 specimen_source_value=000 result_status=not-done file_no=0 record_no=8 
    "#]].assert_eq(&rows(&outcomes, "measurement"));
    expect_test::expect![[r#"
        observation_date=2024-06-03 observation_source_value=9N736000000000011 observation_source_system=JLAC10 value_source_value=1 file_no=0 record_no=5 
        observation_date=2024-06-03 observation_source_value=9N501000000000011 observation_source_system=JLAC10 value_source_value=3 file_no=0 record_no=9 
    "#]].assert_eq(&rows(&outcomes, "observation"));
    expect_test::expect![[r#"
        note_date=2024-06-03 note_class_source_value=9N071000000000049 note_text=所見あり file_no=0 record_no=6 
    "#]].assert_eq(&rows(&outcomes, "note"));
    expect_test::expect![[r#"
        patient_number=12-123-01 name_kana=カクウ　ハナコ birth_date=1970-01-01 sex=F postal_code=1000001 address=東京都港区架空一丁目 insurer_number=01130012 insurance_symbol=１２ insurance_number=１２３ insurance_branch=01 file_no=0 record_no=1 
    "#]].assert_eq(&rows(&outcomes, "identity"));
    expect_test::expect![[r#"
        visit_start_date=2024-06-03 visit_end_date=2024-06-03 visit_source_value=010 visit_source_system=CHECKUP-PROGRAM file_no=0 record_no=1 
    "#]].assert_eq(&rows(&outcomes, "visit_occurrence"));
}

/// A series has a head without a code, and a value beyond the limits of entry is written twice.
#[test]
fn a_series_is_read_and_a_value_beyond_the_limits_keeps_its_mark() {
    let below = |kind, code, value| {
        format!(
            r#"<entryRelationship typeCode="{kind}"><observation classCode="OBS" moodCode="EVN">
            <code code="{code}" displayName="項目"/>{value}</observation></entryRelationship>"#
        )
    };
    let series = [
        below("COMP", "9A110160700000011", r#"<value xsi:type="CD" code="2" codeSystem="x"/>"#),
        below("RSON", "9A110161000000049", r#"<value xsi:type="ST">血圧高値</value>"#),
    ];
    let entries = [
        format!(
            r#"<entry><observation classCode="OBS" moodCode="EVN"><code nullFlavor="NA"/>{}</observation></entry>"#,
            series.concat()
        ),
        entry(
            "3F015000002327101",
            r#"<value xsi:type="PQ" value="2050" unit="mg/dL"/>
            <value xsi:type="CD" code="H" codeSystem="2.16.840.1.113883.5.83"/>"#,
        ),
        format!("<entry><observation><code nullFlavor=\"NI\"/>{WEIGHT}</observation></entry>"),
        // Says something, and holds nothing together.
        "<entry><observation><code nullFlavor=\"OTH\"/><text>x</text></observation></entry>".into(),
        entry(
            "9N501000000000011",
            r#"<value xsi:type="CD" code="1"/><value xsi:type="CD" code="H"/>"#,
        ),
        entry(
            "9N001000000000001",
            r#"<value xsi:type="PQ" value="1"/><value xsi:type="CD" code="x"/>"#,
        ),
    ];
    let text = document("１２", "01", "19700101", &entries.concat());
    let (outcomes, _, findings) = read(vec![("h1.xml", text)], &open());
    assert_eq!(findings, ["CHECKUP-CODE h1.xml"; 2]);
    let measured = rows(&outcomes, "measurement");
    assert!(measured.contains("value_as_number=2050.0") && measured.contains("abnormal_flag=H"));
    assert_eq!(measured.matches("abnormal_flag").count(), 1);
    assert!(measured.contains("measurement_source_value=9A110160700000011"));
    assert!(rows(&outcomes, "note").contains("note_text=血圧高値"));
}

#[test]
fn documents_that_contradict_each_other_are_all_set_aside() {
    let files = vec![
        ("h1.xml", document("1", "01", "19700101", &entry("9N006000000000001", WEIGHT))),
        ("h2.xml", document("１", "01", "19710101", "")),
        ("h3.xml", document("1", "02", "19710101", "")),
    ];
    let (outcomes, counts, findings) = read(files, &open());
    assert_eq!(findings, ["CHECKUP-CONFLICT h1.xml", "CHECKUP-CONFLICT h2.xml"]);
    assert_eq!(counts.quarantined, 2);
    assert_eq!(rows(&outcomes, "identity").lines().count(), 1);
    assert_eq!(rows(&outcomes, "measurement"), "");
}

#[test]
fn without_a_branch_number_a_family_is_told_apart() {
    let files = vec![
        ("h1.xml", document("1", "", "19700101", "")),
        ("h2.xml", document("1", "", "20010101", "")),
    ];
    let (outcomes, _, findings) = read(files, &open());
    assert_eq!(findings, ["CHECKUP-BRANCH h1.xml", "CHECKUP-BRANCH h2.xml"]);
    let identity = rows(&outcomes, "identity");
    assert!(identity.contains("patient_number=1-123-19700101F ") && identity.lines().count() == 2);
}

#[test]
fn what_is_no_checkup_is_told() {
    let whole = document("1", "01", "19700101", "");
    let files = vec![
        ("a.xml", whole.replace("birthTime", "deathTime")),
        ("b.xml", whole.replace("</recordTarget>", "</recordTarget><open>")),
        ("c.xml", whole.replace("1.2.392.200119.6", "1.2.3")),
        ("d.xml", whole.replace("１２３", "123456789018")),
        ("e.xml", whole.replace("01130012", "01130013")),
    ];
    let (outcomes, _, findings) = read(files, &open());
    let expected = [
        "FILE-UNKNOWN c.xml",
        "CHECKUP-PERSON a.xml",
        "CHECKUP-XML b.xml",
        "ID-MY-NUMBER d.xml",
        "CHECKUP-INSURER e.xml",
    ];
    assert_eq!(findings, expected);
    assert_eq!(outcomes[0].kept.len(), 1);
}

#[test]
fn an_index_states_how_many_documents_there_are() {
    let index = |total: u32| {
        format!(
            r#"<index xmlns="https://www.mhlw.go.jp/stf/seisakunitsuite/bunya/0000161103.html"><interactionType code="6"/>
            <totalRecordCount value="{total}"/></index>"#
        )
    };
    let claim = r#"<checkupClaim xmlns="https://www.mhlw.go.jp/x"><encounter><serviceEventType code="1"/></encounter>
        <subjectPerson><insuranceCard><insurerNumber root="r" extension="01130012"/><symbol root="r" extension="1"/>
        <number root="r" extension="123"/><branchCode root="r" extension="01"/></insuranceCard><name>カクウ</name>
        <addr>東京都<postalCode>100-0001</postalCode></addr><birthTime value="19700101"/><administrativeGender code="2"/>
        </subjectPerson><settlement><paymentAmount value="1500"/></settlement></checkupClaim>"#;
    let document = || document("1", "01", "19700101", "");
    let files = |total| {
        vec![
            ("x/ix08_V08.xml", index(total)),
            ("x/DATA/h1.xml", document()),
            ("x/DATA/h2.xml", document()),
            ("x/CLAIMS/c1.xml", claim.to_owned()),
        ]
    };
    let (outcomes, counts, findings) = read(files(2), &open());
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!((counts.records, counts.units), (4, 3));
    assert!(rows(&outcomes, "cost").starts_with("copayment=1500.0 claim_kind=1 "));
    assert_eq!(read(files(3), &open()).2, ["CHECKUP-COUNT x/ix08_V08.xml"]);
}

struct Only(DataItem);

impl Gate for Only {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let mut admission = Admission::none(open().admission(asked).subject());
        admission.admit(Track::Anonymised, self.0);
        admission
    }
}

#[test]
fn what_the_gate_refuses_makes_no_row_and_is_not_kept() {
    let entries = entry("9N006000000000001", WEIGHT)
        + &entry("9N071000000000049", r#"<value xsi:type="ST">所見あり</value>"#);
    let text = document("1", "01", "19700101", &entries);
    let (outcomes, counts, _) = read(vec![("h1.xml", text)], &Only(DataItem::Measurements));
    assert_eq!(rows(&outcomes, "measurement").lines().count(), 1);
    assert_eq!(rows(&outcomes, "note"), "");
    assert_eq!(rows(&outcomes, "person"), "");
    assert_eq!(counts.withheld[&DataItem::Notes], 1);
    assert!(outcomes.iter().all(|outcome| outcome.kept.is_empty()));
}

#[test]
fn a_document_in_utf_16_is_set_aside_and_told_so() {
    let text = document("架空", "", "19600101", &entry("9N006000000000001", WEIGHT));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &little].concat();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (outcomes, _, findings) =
        read(vec![("a.xml", marked), ("b.xml", little), ("c.xml", big)], &open());
    let expected = ["a.xml", "b.xml", "c.xml"].map(|file| format!("CHECKUP-ENCODING {file}"));
    assert_eq!(findings, expected);
    assert!(outcomes.iter().all(|one| one.content.is_empty() && one.kept.is_empty()));
}
