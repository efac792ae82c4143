//! Tests of the FHIR reader on files made here.

use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::*;
use sudare_model::{Admission, DataItem, DeliveryId, ProviderId, Rule, SubjectKey, Track};

use super::survey;
use crate::files::{Files, MemoryFiles};
use crate::findings::Findings;
use crate::gate::{Asked, Gate};
use crate::outcome::{Context, Counts, UnitOutcome};
use crate::plan::{Planner, WorkPlan};
use crate::unit::read_unit;

mod resources;

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

/// What came out of a delivery.
struct Read {
    plan: WorkPlan,
    outcomes: Vec<UnitOutcome>,
    counts: Counts,
    files: MemoryFiles,
}

fn read_in(files: &[(&str, &str)], unit_bytes: u64) -> Read {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let files = MemoryFiles::new(files.collect());
    let mut planner = Planner {
        files: &files,
        sender: crate::Sender::UNKNOWN,
        units: Vec::new(),
        findings: Findings::default(),
        counts: Counts::default(),
    };
    let numbers = (0..files.count()).collect();
    survey::plan(&numbers, &mut planner, unit_bytes);
    let (findings, by_code) = planner.findings.finish();
    let plan =
        WorkPlan { units: planner.units, findings, counts: planner.counts, ..WorkPlan::default() };
    let context = Context {
        provider: ProviderId::parse("clinic").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &Choosy, &context)).collect();
    let mut counts = plan.counts.clone();
    counts.findings = by_code;
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    Read { plan, outcomes, counts, files }
}

fn read(files: &[(&str, &str)]) -> Read {
    read_in(files, 4 << 20)
}

impl Read {
    /// The rows of a table as `column=value|…`, without where they come from.
    fn rows(&self, table: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for outcome in &self.outcomes {
            let content = outcome.content.iter().filter(|(one, _)| one.name == table);
            let identity = outcome.identity.iter().filter(|_| table == "identity");
            for batch in content.map(|(_, batch)| batch).chain(identity) {
                rows.extend(print(batch));
            }
        }
        rows
    }

    fn findings(&self, code: &str) -> u64 {
        self.counts.findings.get(code).copied().unwrap_or(0)
    }

    /// The bytes kept of a file, as text.
    fn kept(&self, file_no: u32, quarantined: bool) -> String {
        let mut bytes = Vec::new();
        let mut whole = Vec::new();
        std::io::Read::read_to_end(&mut self.files.open(file_no).unwrap(), &mut whole).unwrap();
        for kept in self.outcomes.iter().flat_map(|outcome| &outcome.kept) {
            if kept.file_no == file_no && kept.quarantined == quarantined {
                for range in &kept.ranges {
                    let [start, end] =
                        [range.start, range.end].map(|at| usize::try_from(at).unwrap());
                    bytes.extend_from_slice(&whole[start..end]);
                }
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}

fn print(batch: &arrow::record_batch::RecordBatch) -> Vec<String> {
    let options = FormatOptions::default();
    let schema = batch.schema();
    let hidden = [
        "subject",
        "provider_id",
        "tracks",
        "delivery_id",
        "file_no",
        "record_no",
        "study_key",
        "series_key",
        "visit_key",
    ];
    (0..batch.num_rows())
        .map(|row| {
            let mut cells = Vec::new();
            for (array, field) in batch.columns().iter().zip(schema.fields()) {
                let name = field.name().as_str();
                if hidden.contains(&name) || name.ends_with("concept_id") {
                    continue;
                }
                let value =
                    ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string();
                if !value.is_empty() {
                    cells.push(format!("{name}={value}"));
                }
            }
            cells.join("|")
        })
        .collect()
}

fn patient(number: &str, id: &str, birth: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:oid:1.2.392.100495.20.3.51.11318814790","value":"{number}"}}],"gender":"female","birthDate":"{birth}"}}"#
    )
}

fn condition(subject: &str, code: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","subject":{{"reference":"{subject}"}},"onsetDateTime":"2024-04-01","code":{{"coding":[{{"system":"http://medis.or.jp/CodeSystem/master-disease-keyNumber","code":"{code}"}}]}}}}"#
    )
}

#[test]
fn a_reference_finds_its_patient_whichever_file_comes_first() {
    let conditions =
        [condition("Patient/a", "1"), condition("https://h/Patient/b", "2")].join("\n");
    let patients = [patient("11", "a", "1950-01-01"), patient("12", "b", "1951-01-01")].join("\n");
    for (first, second) in [("1.ndjson", "2.ndjson"), ("2.ndjson", "1.ndjson")] {
        let read = read(&[(first, &conditions), (second, &patients)]);
        assert_eq!(
            read.rows("condition_occurrence"),
            [
                "condition_start_date=2024-04-01|condition_source_value=1|condition_source_system=MEDIS-DISEASE|condition_status_source_value=confirmed|condition_is_main=0",
                "condition_start_date=2024-04-01|condition_source_value=2|condition_source_system=MEDIS-DISEASE|condition_status_source_value=confirmed|condition_is_main=0",
            ]
        );
        assert_eq!(read.rows("person").len(), 2);
        assert!(read.plan.findings.is_empty());
    }
}

#[test]
fn a_refused_patient_makes_no_row_and_leaves_no_byte() {
    let text = [
        patient("91", "a", "1950-01-01"),
        condition("Patient/a", "SECRET"),
        patient("11", "b", "1950-01-01"),
        condition("Patient/b", "open"),
        r#"{"resourceType":"Organization","id":"o"}"#.to_owned(),
    ]
    .join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.rows("condition_occurrence").len(), 1);
    assert_eq!(read.rows("identity").len(), 1);
    let kept = read.kept(0, false);
    assert_eq!(kept.lines().count(), 3);
    assert!(!kept.contains("SECRET") && !kept.contains("91"));
    assert_eq!((read.counts.units, read.counts.refused), (4, 2));
}

#[test]
fn what_stands_in_no_resource_of_anybody_is_not_kept() {
    for text in [
        r#"{"resourceType":"Bundle","family":"SECRET"}"#,
        r#"{"resourceType":"Bundle","entry":[{"fullUrl":"Patient/SECRET"}]}"#,
        r#"{"resourceType":"Organization","contained":[{"resourceType":"Patient","id":"SECRET"}]}"#,
    ] {
        let read = read(&[("a.ndjson", text)]);
        assert_eq!(read.kept(0, false) + &read.kept(0, true), "");
        assert_eq!(read.findings("FHIR-EMPTY") + read.findings("FHIR-TYPE-ADMINISTRATIVE"), 1);
    }
}

#[test]
fn what_is_withheld_is_counted_and_its_bytes_are_not_kept() {
    let seen = r#"{"resourceType":"Procedure","status":"completed","subject":{"reference":"Patient/a"},"code":{"text":"x"}}"#;
    let text =
        [patient("81", "a", "1950-01-01"), condition("Patient/a", "1"), seen.to_owned()].join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.rows("condition_occurrence").len(), 1);
    assert!(read.rows("person").is_empty() && read.rows("procedure_occurrence").is_empty());
    assert_eq!(read.counts.withheld[&DataItem::Procedures], 1);
    assert_eq!(read.kept(0, false).lines().count(), 1);
}

#[test]
fn patients_that_contradict_each_other_are_set_aside_with_all_that_is_theirs() {
    let text = [
        patient("11", "a", "1950-01-01"),
        patient("11", "b", "1960-01-01"),
        condition("Patient/a", "1"),
        patient("12", "c", "1960-01-01"),
    ]
    .join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.findings("FHIR-PATIENT-CONFLICT"), 3);
    assert!(read.rows("condition_occurrence").is_empty());
    assert_eq!(read.rows("person").len(), 1);
    assert_eq!(read.kept(0, true).lines().count(), 3);
    assert_eq!(read.kept(0, false).lines().count(), 1);
}

#[test]
fn a_resource_of_nobody_or_of_two_is_set_aside() {
    let text = [
        condition("Patient/z", "1"),
        r#"{"resourceType":"Condition","code":{"text":"x"}}"#.to_owned(),
        patient("11", "a", "1950-01-01"),
        patient("12", "a", "1951-01-01"),
        condition("Patient/a", "2"),
    ]
    .join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.findings("FHIR-PATIENT-MISSING"), 2);
    assert_eq!(read.findings("FHIR-PATIENT-AMBIGUOUS"), 1);
    assert!(read.rows("condition_occurrence").is_empty());
}

#[test]
fn a_damaged_line_costs_itself_alone() {
    let whole = condition("Patient/a", "1");
    let mut cut = whole.clone();
    cut.truncate(40);
    let text = [patient("11", "a", "1950-01-01"), cut, whole, "{}".to_owned()].join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.rows("condition_occurrence").len(), 1);
    assert_eq!(read.findings("FHIR-JSON"), 1);
    assert_eq!(read.findings("FHIR-NOT-FHIR"), 1);
    let place = &read.outcomes[0].findings[0].place;
    assert_eq!(
        (place.record, place.byte),
        (2, Some(patient("11", "a", "1950-01-01").len() as u64 + 1))
    );
}

#[test]
fn an_individual_number_is_rejected() {
    let text = patient("123456789018", "a", "1950-01-01");
    let read = read(&[("p.json", &text)]);
    assert_eq!(read.findings("ID-MY-NUMBER"), 1);
    assert!(read.rows("identity").is_empty() && read.kept(0, false).is_empty());
    assert!(read.kept(0, true).is_empty());
}

#[test]
fn a_logical_reference_leads_by_insured_number_or_by_patient_number() {
    let member = r#"{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"00012345:あ:１:05"}"#;
    let hospital = r#"{"system":"urn:oid:1.2.392.100495.20.3.51.11318814790","value":"11"}"#;
    let owner = format!(
        r#"{{"resourceType":"Patient","identifier":[{hospital},{member}],"birthDate":"1950-01-01"}}"#
    );
    let by = |identifier: &str| {
        format!(
            r#"{{"resourceType":"Condition","subject":{{"identifier":{identifier}}},"code":{{"text":"x"}}}}"#
        )
    };
    let text = [owner, by(member), by(hospital), by(r#"{"system":"x","value":"11"}"#)].join("\n");
    let read = read(&[("all.ndjson", &text)]);
    assert_eq!(read.rows("condition_occurrence").len(), 2);
    assert_eq!(read.findings("FHIR-PATIENT-MISSING"), 1);
    let identity = read.rows("identity").join("\n");
    assert!(identity.contains(
        "insurer_number=00012345|insurance_symbol=あ|insurance_number=１|insurance_branch=05"
    ));
    // The number of an institution needs no Patient.
    let alone = super::tests::read(&[("c.json", &by(hospital))]);
    assert_eq!(alone.rows("condition_occurrence").len(), 1);
}

#[test]
fn what_is_not_stored_is_counted_where_it_stands() {
    let text = format!(
        "\u{feff}{}\n{}",
        patient("11", "a", "1950-01-01"),
        condition("Patient/a", "1").replace(
            "\"code\":{",
            "\"bodySite\":[],\"code\":{\"extension\":[{\"url\":\"http://x/y\"}],"
        )
    );
    let read = read(&[("all.ndjson", &text)]);
    let at = |code: &str| {
        let found = &read.outcomes[0].findings;
        let finding = found.iter().find(|one| one.code.code == code).unwrap();
        usize::try_from(finding.place.byte.unwrap()).unwrap()
    };
    assert!(text.get(at("FHIR-ELEMENT")..).unwrap().starts_with("bodySite"));
    assert!(text.get(at("FHIR-EXTENSION")..).unwrap().starts_with("http://x/y"));
    let alone = text.strip_prefix('\u{feff}').unwrap().replacen('\n', "", 1);
    assert_eq!(super::tests::read(&[("x.json", &alone)]).findings("FHIR-JSON"), 1);
}

#[test]
fn texts_over_several_lines_may_follow_each_other_or_stand_in_a_list() {
    let one = patient("11", "a", "1950-01-01").replace(",\"", ",\n\"");
    let two = condition("Patient/a", "1").replace(",\"", ",\n\"");
    for text in
        [format!("{one}\n{two}\n"), format!("[{one},\n{two}]"), format!("\u{feff}{one}{two}")]
    {
        let read = read(&[("x.json", &text)]);
        assert_eq!(read.rows("condition_occurrence").len(), 1, "{text}");
        assert_eq!(read.rows("person").len(), 1);
        assert_eq!(read.kept(0, false), text);
    }
    let broken = read(&[("x.json", &format!("{one}\n{{\n\"resourceType\": $x\n}}"))]);
    assert_eq!(broken.findings("FHIR-JSON"), 1);
    assert_eq!(broken.rows("person").len(), 1);
}

/// Lines of every shape, for the properties.
fn corpus() -> String {
    let mut lines = Vec::new();
    for n in 0..12 {
        let id = format!("p{n}");
        let number = if n % 5 == 0 { format!("9{n}") } else { format!("1{n}") };
        lines.push(condition(&format!("Patient/{id}"), &format!("c{n}")));
        lines.push(patient(&number, &id, "1950-01-01"));
        lines.push(format!(
            r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"code":"laboratory"}}]}}],"subject":{{"reference":"Patient/{id}"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"718-7"}}]}},"valueQuantity":{{"value":{n}.5,"unit":"g/dL"}}}}"#
        ));
        if n % 4 == 0 {
            lines.push(String::new());
            lines.push("{\"broken\":".to_owned());
        }
    }
    lines.join("\n")
}

/// Values where others belong.
const ODD: &[&str] = &["null", "[]", "{}", "1e999", "-1", "\"\"", "[[{}]]", "\"\\u0000\"", "true"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn where_a_file_is_cut_never_changes_its_rows(unit_bytes in 1u64..4000) {
        let text = corpus();
        let whole = read(&[("x.ndjson", &text)]);
        let cut = read_in(&[("x.ndjson", &text)], unit_bytes);
        for table in ["condition_occurrence", "measurement", "person", "identity"] {
            prop_assert_eq!(whole.rows(table), cut.rows(table));
        }
        prop_assert_eq!(&whole.counts, &cut.counts);
        prop_assert_eq!(whole.kept(0, false), cut.kept(0, false));
    }

    #[test]
    fn a_text_cut_short_anywhere_never_panics(at in any::<prop::sample::Index>()) {
        let text = corpus();
        let mut end = at.index(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end > 0 {
            let read = read(&[("x.ndjson", text.get(..end).unwrap())]);
            let rows: u64 = read.counts.rows.values().sum();
            // Of a patient who is refused there is nothing but that.
            let told = !read.counts.findings.is_empty() || read.counts.refused > 0;
            prop_assert!(rows > 0 || told);
        }
    }

    #[test]
    fn odd_values_in_odd_places_never_panic(
        resource in prop::sample::select(resources::EXAMPLES),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(ODD),
    ) {
        // Replaces one value of a good resource by something else.
        let starts: Vec<usize> = resource.match_indices("\":").map(|(at, _)| at + 2).collect();
        let start = starts[at.index(starts.len())];
        let rest = resource.get(start..).unwrap();
        let mut value =
            serde_json::Deserializer::from_str(rest).into_iter::<serde::de::IgnoredAny>();
        assert!(value.next().is_some());
        let end = start + value.byte_offset();
        let [before, after] = [resource.get(..start), resource.get(end..)].map(Option::unwrap);
        let text = format!("{before}{with}{after}");
        let owner = patient("11", "a", "1950-01-01");
        let read = read(&[("p.json", &owner), ("x.json", &text)]);
        prop_assert!(read.counts.records > 0);
    }
}
