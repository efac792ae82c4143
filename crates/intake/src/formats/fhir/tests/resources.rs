//! One small invented resource of each kind, and the rows it makes.

use super::{patient, read};

/// Resources of the patient `Patient/a`.
pub(super) const EXAMPLES: &[&str] = &[
    ENCOUNTER, DISEASE, ALLERGY, FAMILY, ALBUMIN, PRESSURE, QUESTION, ORDER, GIVEN, VACCINE, ACT,
    DEVICE, COVERAGE, REPORT, LETTER, DOCUMENT, IMAGES,
];

const ENCOUNTER: &str = r##"{"resourceType":"Encounter","id":"e","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"Patient/a"},"period":{"start":"2024-04-01T09:30:00+09:00","end":"2024-04-05"},"serviceType":{"coding":[{"code":"08"}]},"hospitalization":{"dischargeDisposition":{"coding":[{"code":"home"}]}},"reasonCode":[{"text":"紹介受診"}]}"##;

const DISEASE: &str = r##"{"resourceType":"Condition","subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/e"},"clinicalStatus":{"coding":[{"code":"resolved"}]},"verificationStatus":{"coding":[{"code":"provisional"}]},"code":{"extension":[{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePrefixModifier","valueCodeableConcept":{"coding":[{"code":"27000012"}]}}],"coding":[{"system":"http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full","code":"K269"},{"system":"http://medis.or.jp/CodeSystem/master-disease-keyNumber","code":"20064049"}],"text":"十二指腸潰瘍"},"onsetDateTime":"2021","abatementDateTime":"2024-04-10","note":[{"text":"経過良好"}]}"##;

const ALLERGY: &str = r##"{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/a"},"category":["food"],"criticality":"high","code":{"coding":[{"system":"http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyFoodAllergen_CS","code":"J9FC11310000"}]},"onsetDateTime":"2020-04-10","reaction":[{"severity":"severe"}]}"##;

const FAMILY: &str = r##"{"resourceType":"FamilyMemberHistory","status":"completed","patient":{"reference":"Patient/a"},"relationship":{"coding":[{"code":"FTH"}]},"condition":[{"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]}},{"code":{"text":"高血圧"}}]}"##;

const ALBUMIN: &str = r##"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/a"},"contained":[{"resourceType":"Specimen","id":"s","type":{"coding":[{"code":"023"}]}}],"specimen":{"reference":"#s"},"category":[{"coding":[{"code":"laboratory"}]}],"code":{"coding":[{"system":"http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS","code":"18"},{"system":"urn:oid:1.2.392.200119.4.504","code":"3A015000002327101","display":"ALB"}]},"effectiveDateTime":"2021-07-05T11:19:41+09:00","valueQuantity":{"value":3.9,"comparator":"<","unit":"g/dl","system":"http://unitsofmeasure.org","code":"g/dL"},"method":{"coding":[{"code":"271"}]},"interpretation":[{"coding":[{"code":"L"}]}],"referenceRange":[{"low":{"value":4.1},"high":{"value":5.1}}]}"##;

const PRESSURE: &str = r##"{"resourceType":"Observation","status":"amended","subject":{"reference":"Patient/a"},"category":[{"coding":[{"code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectivePeriod":{"start":"2021-07-05"},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"unit":"mmHg"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueString":"(+)"},{"code":{"coding":[{"system":"http://loinc.org","code":"x"}]},"valueRatio":{"numerator":{"value":1},"denominator":{"value":128}}}]}"##;

const QUESTION: &str = r##"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/a"},"category":[{"coding":[{"code":"social-history"}]}],"code":{"coding":[{"system":"http://jpfhir.jp/fhir/eCheckup/CodeSystem/jlac10","code":"9N737000000000012"}]},"valueInteger":150,"component":[{"code":{"text":"その他"},"valueString":"山田花子が付き添った"},{"code":{"text":"初診日"},"valueDateTime":"2020-05-01"}]}"##;

const ORDER: &str = r##"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/a"},"authoredOn":"2021-07-09T09:47:14+09:00","medicationCodeableConcept":{"coding":[{"system":"http://medis.or.jp/CodeSystem/master-HOT9","code":"104195801"},{"system":"http://capstandard.jp/iyaku.info/CodeSystem/YJ-code","code":"2316009F1022","display":"ミヤＢＭ錠"}]},"dosageInstruction":[{"extension":[{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_MedicationDosage_PeriodOfUse","valuePeriod":{"start":"2021-07-10"}}],"text":"1日3回 毎食後","timing":{"code":{"coding":[{"system":"http://jami.jp/CodeSystem/MedicationUsage","code":"1013044400000000"}]}},"route":{"coding":[{"code":"PO"}]},"doseAndRate":[{"doseQuantity":{"value":2,"unit":"錠","code":"TAB","system":"http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUnitMERIT9Code"}}]}],"dispenseRequest":{"quantity":{"value":12},"expectedSupplyDuration":{"value":2,"code":"d"}}}"##;

const GIVEN: &str = r##"{"resourceType":"MedicationAdministration","status":"completed","subject":{"reference":"Patient/a"},"medicationReference":{"reference":"Medication/m"},"effectivePeriod":{"start":"2024-04-01","end":"2024-04-02"},"dosage":{"dose":{"value":500,"unit":"mL"}}}"##;

const VACCINE: &str = r##"{"resourceType":"Immunization","status":"completed","patient":{"reference":"Patient/a"},"vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"62","display":"HPV"}]},"occurrenceDateTime":"2014-08-19","doseQuantity":{"value":0.5,"unit":"mL"}}"##;

const ACT: &str = r##"{"resourceType":"Procedure","status":"completed","subject":{"reference":"Patient/a"},"category":{"coding":[{"code":"24"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"430193006"}],"text":"手術"},"performedPeriod":{"start":"2022-06-22T12:31:08+09:00"}}"##;

const DEVICE: &str = r##"{"resourceType":"Device","patient":{"reference":"Patient/a"},"serialNumber":"9866037","type":{"coding":[{"system":"http://snomed.info/sct","code":"337414009"}]}}"##;

const COVERAGE: &str = r##"{"resourceType":"Coverage","status":"active","beneficiary":{"reference":"Patient/a"},"extension":[{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSymbol","valueString":"１２３４５"},{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonNumber","valueString":"６７８９０"},{"url":"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSubNumber","valueString":"０１"}],"relationship":{"coding":[{"code":"2"}]},"period":{"start":"2018-04-01","end":"2025-03-31"},"payor":[{"reference":"Organization/o"}]}"##;

const REPORT: &str = r##"{"resourceType":"DiagnosticReport","status":"final","subject":{"reference":"Patient/a"},"code":{"coding":[{"code":"LP29684-5"}]},"effectiveDateTime":"2024-04-01","conclusion":"異常なし","conclusionCode":[{"coding":[{"system":"http://snomed.info/sct","code":"17621005"}]}]}"##;

const LETTER: &str = r##"{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/a"},"type":{"coding":[{"system":"http://loinc.org","code":"34117-2"}]},"date":"2024-04-01","content":[{"attachment":{"contentType":"text/plain; charset=utf-8","data":"5bGx55Sw6Iqx5a2Q44Gv57SE5p2f"}},{"attachment":{"contentType":"application/pdf","url":"file:///x.pdf"}},{"attachment":{"contentType":"text/plain","data":"%%"}}]}"##;

const DOCUMENT: &str = r##"{"resourceType":"Composition","status":"final","subject":{"reference":"Patient/a"},"date":"2024-04-01","section":[{"code":{"coding":[{"code":"300"}]},"text":{"div":"<div><p>外側</p></div>"},"section":[{"code":{"coding":[{"code":"950"}]},"text":{"div":"<div>紹介<b>目的</b></div>"}}]}]}"##;

const IMAGES: &str = r##"{"resourceType":"ImagingStudy","status":"available","subject":{"reference":"Patient/a"},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.3"}],"started":"2024-04-01T10:00:00+09:00","procedureCode":[{"coding":[{"system":"http://loinc.org","code":"36643-5"}]}],"series":[{"uid":"1.2.3.1","modality":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"},"bodySite":{"code":"CHEST"},"description":"山田様 胸部","instance":[{"uid":"1"},{"uid":"2"}]},{"uid":"1.2.3.2","modality":{"code":"CT"},"numberOfInstances":40}]}"##;

fn rows(example: &str, table: &str) -> Vec<String> {
    let owner = patient("11", "a", "1950-01-01");
    let others = r#"{"resourceType":"Organization","id":"o","identifier":[{"system":"urn:oid:1.2.392.100495.20.3.61","value":"06123456"}]}
{"resourceType":"Medication","id":"m","code":{"coding":[{"system":"urn:oid:1.2.392.100495.20.1.73","code":"3311401A1010","display":"生理食塩液"}]}}"#;
    read(&[("a.ndjson", example), ("p.ndjson", &owner), ("z.ndjson", others)]).rows(table)
}

#[test]
fn visits_and_diseases() {
    assert_eq!(
        rows(ENCOUNTER, "visit_occurrence"),
        [
            "visit_start_date=2024-04-01|visit_start_datetime=2024-04-01T09:30:00|visit_end_date=2024-04-05|visit_source_value=IMP|visit_source_system=http://terminology.hl7.org/CodeSystem/v3-ActCode|department_source_value=08|discharged_to_source_value=home"
        ]
    );
    assert_eq!(
        rows(ENCOUNTER, "note"),
        ["note_date=2024-04-01|note_class_source_value=Encounter.reasonCode|note_text=紹介受診"]
    );
    assert_eq!(
        rows(DISEASE, "condition_occurrence"),
        [
            "condition_start_date=2021-01-01|condition_end_date=2024-04-10|condition_source_value=20064049|condition_source_system=MEDIS-DISEASE|condition_icd10=K269|condition_modifiers=27000012|condition_status_source_value=suspected|condition_is_main=0|condition_outcome_source_value=resolved|date_precision=year"
        ]
    );
    assert_eq!(
        rows(ALLERGY, "observation"),
        [
            "observation_date=2020-04-10|observation_source_value=J9FC11310000|observation_source_system=ALLERGEN|value_source_value=food|severity_source_value=severe"
        ]
    );
    assert_eq!(
        rows(FAMILY, "observation"),
        [
            "observation_source_value=44054006|observation_source_system=SNOMED|value_source_value=FTH|severity_source_value=family",
            "observation_source_value=高血圧|observation_source_system=UNCODED|value_source_value=FTH|severity_source_value=family"
        ]
    );
}

#[test]
fn results() {
    assert_eq!(
        rows(ALBUMIN, "measurement"),
        [
            "measurement_date=2021-07-05|measurement_datetime=2021-07-05T11:19:41|measurement_source_value=3A015000002327101|measurement_source_system=JLAC10|measurement_source_name=ALB|operator_source_value=<|value_as_number=3.9|unit_source_value=g/dl|unit_ucum=g/dL|range_low=4.1|range_high=5.1|abnormal_flag=L|specimen_source_value=023|method_source_value=271|result_status=F"
        ]
    );
    assert_eq!(
        rows(PRESSURE, "measurement"),
        [
            "measurement_date=2021-07-05|measurement_source_value=8480-6|measurement_source_system=LOINC|value_as_number=120.0|unit_source_value=mmHg|unit_ucum=mm[Hg]|result_status=C",
            "measurement_date=2021-07-05|measurement_source_value=8462-4|measurement_source_system=LOINC|value_source_value=(+)|result_status=C",
            "measurement_date=2021-07-05|measurement_source_value=x|measurement_source_system=LOINC|value_source_value=1:128|result_status=C"
        ]
    );
    assert_eq!(
        rows(QUESTION, "observation"),
        [
            "observation_source_value=9N737000000000012|observation_source_system=JLAC10|value_as_number=150.0",
            "observation_source_value=初診日|observation_source_system=UNCODED|value_as_date=2020-05-01"
        ]
    );
    assert_eq!(
        rows(QUESTION, "note"),
        ["note_class_source_value=その他|note_text=山田花子が付き添った"]
    );
}

#[test]
fn drugs() {
    assert_eq!(
        rows(ORDER, "drug_exposure"),
        [
            "drug_exposure_start_date=2021-07-10|drug_exposure_end_date=2021-07-11|drug_source_value=2316009F1022|drug_source_system=YJ|drug_source_name=ミヤＢＭ錠|quantity=12.0|days_supply=2|dose_value=2.0|dose_unit_source_value=TAB|route_source_value=PO|usage_source_value=1013044400000000|sig=1日3回 毎食後|order_status_source_value=ordered"
        ]
    );
    let more = r#""site":{"text":"左手"},"additionalInstruction":[{"coding":[{"code":"I1100000","display":"隔日"}]},{"text":"毎食後"}],"text":"1日3回"#;
    let row = &rows(&ORDER.replace(r#""text":"1日3回"#, more), "drug_exposure")[0];
    assert!(row.contains("sig=1日3回 毎食後 隔日 左手|"), "{row}");
    // One that stands in another word is not said by it.
    let apart = r#""site":{"text":"左"},"text":"左右交互"#;
    let row = &rows(&ORDER.replace(r#""text":"1日3回"#, apart), "drug_exposure")[0];
    assert!(row.contains("sig=左右交互 毎食後 左|"), "{row}");
    assert_eq!(
        rows(GIVEN, "drug_exposure"),
        [
            "drug_exposure_start_date=2024-04-01|drug_exposure_end_date=2024-04-02|drug_source_value=3311401A1010|drug_source_system=YJ|drug_source_name=生理食塩液|dose_value=500.0|dose_unit_source_value=mL|dose_unit_ucum=mL|order_status_source_value=given"
        ]
    );
    assert_eq!(
        rows(VACCINE, "drug_exposure"),
        [
            "drug_exposure_start_date=2014-08-19|drug_source_value=62|drug_source_system=CVX|drug_source_name=HPV|dose_value=0.5|dose_unit_source_value=mL|dose_unit_ucum=mL|order_status_source_value=given"
        ]
    );
}

#[test]
fn acts_devices_and_insurance() {
    assert_eq!(
        rows(ACT, "procedure_occurrence"),
        [
            "procedure_date=2022-06-22|procedure_datetime=2022-06-22T12:31:08|procedure_source_value=430193006|procedure_source_system=SNOMED|procedure_source_name=手術|category_source_value=24|order_status_source_value=performed"
        ]
    );
    assert_eq!(
        rows(DEVICE, "device_exposure"),
        ["device_source_value=337414009|device_source_system=SNOMED"]
    );
    assert_eq!(
        rows(COVERAGE, "payer_plan_period"),
        [
            "payer_plan_period_start_date=2018-04-01|payer_plan_period_end_date=2025-03-31|payer_source_value=06|relation_source_value=dependant"
        ]
    );
    assert_eq!(
        rows(COVERAGE, "identity")[0],
        "patient_number=11|sex=U|insurer_number=06123456|insurance_symbol=１２３４５|insurance_number=６７８９０|insurance_branch=０１|relation=dependant"
    );
}

#[test]
fn images() {
    assert_eq!(
        rows(IMAGES, "image_occurrence"),
        [
            "image_occurrence_date=2024-04-01|image_occurrence_datetime=2024-04-01T10:00:00|modality_source_value=CT|anatomic_site_source_value=CHEST|procedure_source_value=36643-5|procedure_source_system=LOINC|instances=2",
            "image_occurrence_date=2024-04-01|image_occurrence_datetime=2024-04-01T10:00:00|modality_source_value=CT|procedure_source_value=36643-5|procedure_source_system=LOINC|instances=40"
        ]
    );
    assert_eq!(rows(IMAGES, "note").len(), 1);
}

#[test]
fn text() {
    assert_eq!(
        rows(REPORT, "note"),
        ["note_date=2024-04-01|note_class_source_value=LP29684-5|note_text=異常なし"]
    );
    assert_eq!(
        rows(REPORT, "observation"),
        [
            "observation_date=2024-04-01|observation_source_value=17621005|observation_source_system=SNOMED"
        ]
    );
    assert_eq!(
        rows(LETTER, "note"),
        ["note_date=2024-04-01|note_class_source_value=34117-2|note_text=山田花子は約束"]
    );
    assert_eq!(
        rows(DOCUMENT, "note"),
        [
            "note_date=2024-04-01|note_class_source_value=300|note_text=外側",
            "note_date=2024-04-01|note_class_source_value=950|note_text=紹介目的"
        ]
    );
}

#[test]
fn what_was_not_done_or_says_something_else_makes_no_row() {
    for (from, to) in [
        ("\"status\":\"completed\"", "\"status\":\"entered-in-error\""),
        ("\"status\":\"completed\"", "\"status\":\"not-done\""),
        ("\"code\":{", "\"modifierExtension\":[{\"url\":\"http://x\"}],\"code\":{"),
    ] {
        assert!(rows(&ACT.replace(from, to), "procedure_occurrence").is_empty(), "{to}");
    }
}

#[test]
fn names_and_numbers_stay_out_of_content() {
    let named = patient("11", "a", "1950-01-01").replace(
        "\"gender\"",
        r#""name":[{"family":"見本","given":["花子"]}],"telecom":[{"system":"phone","value":"03-1111"}],"address":[{"text":"東京都港区一丁目","postalCode":"105-0001"}],"gender""#,
    );
    let text = format!("{named}\n{}", EXAMPLES.join("\n"));
    let read = read(&[("all.ndjson", &text)]);
    for outcome in &read.outcomes {
        for (table, _) in outcome.content.iter().filter(|(table, _)| table.name != "note") {
            let rows = read.rows(table.name).join("\n");
            for planted in ["見本", "花子", "03-1111", "港区", "６７８９０", "山田"] {
                assert!(!rows.contains(planted), "{planted} in {}", table.name);
            }
        }
    }
    assert_eq!(read.rows("identity").len(), 2);
}
