//! The tables themselves, one constant each. Column meaning: OMOP CDM 5.4; `*_source_*` columns are ours.

use super::{Column, Kind, Role, Table};
use crate::item::DataItem;

/// A column in one line.
const fn column(
    name: &'static str,
    kind: Kind,
    role: Role,
    english: &'static str,
    japanese: &'static str,
) -> Column {
    Column { name, kind, role, english, japanese }
}

/// All clinical tables.
pub const CLINICAL: &[Table] = &[
    PERSON,
    VISIT_OCCURRENCE,
    CONDITION_OCCURRENCE,
    DRUG_EXPOSURE,
    PROCEDURE_OCCURRENCE,
    MEASUREMENT,
    OBSERVATION,
    DEVICE_EXPOSURE,
    PAYER_PLAN_PERIOD,
    COST,
    DEATH,
    NOTE,
];

/// Persons: birth, sex, area.
const PERSON: Table = Table {
    name: "person",
    item: DataItem::Demographics,
    body: &[
        column(
            "gender_concept_id",
            Kind::Int32,
            Role::Concept,
            "8507 male, 8532 female, 0 unknown",
            "性別概念",
        ),
        column("gender_source_value", Kind::Code, Role::Quasi, "sex: M, F, O or U", "性別"),
        column("year_of_birth", Kind::Int32, Role::Quasi, "year of birth", "生年"),
        column("month_of_birth", Kind::Int32, Role::Quasi, "month of birth", "生月"),
        column("day_of_birth", Kind::Int32, Role::Quasi, "day of birth", "生日"),
        column("postal_code", Kind::Code, Role::Quasi, "postal code, 7 digits", "郵便番号"),
    ],
};

/// Visits, admissions, discharges.
const VISIT_OCCURRENCE: Table = Table {
    name: "visit_occurrence",
    item: DataItem::Visits,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "visit_concept_id",
            Kind::Int32,
            Role::Concept,
            "9201 inpatient, 9202 outpatient, 0 unknown",
            "受診区分概念",
        ),
        column("visit_start_date", Kind::Date, Role::Date, "first day", "開始日"),
        column(
            "visit_start_datetime",
            Kind::DateTime,
            Role::Date,
            "first instant where given",
            "開始日時",
        ),
        column("visit_end_date", Kind::Date, Role::Date, "last day", "終了日"),
        column(
            "visit_end_datetime",
            Kind::DateTime,
            Role::Date,
            "last instant where given",
            "終了日時",
        ),
        column(
            "visit_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "visit_source_value",
            Kind::Code,
            Role::Code,
            "kind of visit in the source",
            "受診区分（元値）",
        ),
        column(
            "visit_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source value",
            "コード体系",
        ),
        column(
            "department_source_value",
            Kind::Code,
            Role::Code,
            "department in the source",
            "診療科",
        ),
        column(
            "admitted_from_source_value",
            Kind::Code,
            Role::Code,
            "where the patient came from",
            "入院経路",
        ),
        column(
            "discharged_to_source_value",
            Kind::Code,
            Role::Code,
            "where the patient went, or the outcome",
            "退院先・転帰",
        ),
        column(
            "actual_days",
            Kind::Int32,
            Role::Value,
            "days of actual care in a claim",
            "診療実日数",
        ),
    ],
};

/// Diagnoses.
const CONDITION_OCCURRENCE: Table = Table {
    name: "condition_occurrence",
    item: DataItem::Diagnoses,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "condition_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "傷病名概念",
        ),
        column(
            "condition_start_date",
            Kind::Date,
            Role::Date,
            "start of care for the disease",
            "診療開始日",
        ),
        column("condition_end_date", Kind::Date, Role::Date, "date of the outcome", "転帰日"),
        column(
            "condition_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "condition_source_value",
            Kind::Code,
            Role::Code,
            "disease, source code",
            "傷病名（元コード）",
        ),
        column(
            "condition_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column(
            "condition_icd10",
            Kind::Code,
            Role::Code,
            "ICD-10 where the source gives it, no dot",
            "ICD-10",
        ),
        column(
            "condition_source_name",
            Kind::Text,
            Role::FreeText,
            "name as written, where not coded",
            "傷病名（文字）",
        ),
        column(
            "condition_modifiers",
            Kind::Code,
            Role::Code,
            "modifier codes, joined by +",
            "修飾語コード",
        ),
        column(
            "condition_status_source_value",
            Kind::Code,
            Role::Code,
            "suspected or confirmed",
            "疑い・確定",
        ),
        column(
            "condition_is_main",
            Kind::UInt8,
            Role::Value,
            "1 where marked as the main disease",
            "主傷病",
        ),
        column(
            "condition_outcome_source_value",
            Kind::Code,
            Role::Code,
            "outcome in the source",
            "転帰",
        ),
    ],
};

/// Prescriptions, injections, dispensing.
const DRUG_EXPOSURE: Table = Table {
    name: "drug_exposure",
    item: DataItem::Drugs,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "drug_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "薬剤概念",
        ),
        column("drug_exposure_start_date", Kind::Date, Role::Date, "first day", "開始日"),
        column("drug_exposure_end_date", Kind::Date, Role::Date, "last day", "終了日"),
        column(
            "drug_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "drug_source_value",
            Kind::Code,
            Role::Code,
            "drug, source code",
            "医薬品（元コード）",
        ),
        column(
            "drug_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column(
            "drug_source_name",
            Kind::Code,
            Role::Code,
            "name of the coded drug as written",
            "医薬品名",
        ),
        column(
            "quantity",
            Kind::Float64,
            Role::Value,
            "amount in all, or per day or dose as the source says",
            "数量",
        ),
        column("days_supply", Kind::Int32, Role::Value, "days or doses", "日数・回数"),
        column("dose_value", Kind::Float64, Role::Value, "amount of one dose", "1回量"),
        column("dose_unit_source_value", Kind::Code, Role::Code, "unit in the source", "単位"),
        column("route_source_value", Kind::Code, Role::Code, "route", "投与経路"),
        column("usage_source_value", Kind::Code, Role::Code, "usage code (JAMI)", "用法コード"),
        column("sig", Kind::Text, Role::FreeText, "usage as written", "用法（文字）"),
        column(
            "order_status_source_value",
            Kind::Code,
            Role::Code,
            "ordered, dispensed or given",
            "オーダ・実施",
        ),
    ],
};

/// Procedures, operations, imaging acts, meals.
const PROCEDURE_OCCURRENCE: Table = Table {
    name: "procedure_occurrence",
    item: DataItem::Procedures,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "procedure_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "診療行為概念",
        ),
        column("procedure_date", Kind::Date, Role::Date, "day", "実施日"),
        column("procedure_datetime", Kind::DateTime, Role::Date, "instant where given", "実施日時"),
        column(
            "procedure_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "procedure_source_value",
            Kind::Code,
            Role::Code,
            "procedure, source code",
            "診療行為（元コード）",
        ),
        column(
            "procedure_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column(
            "procedure_source_name",
            Kind::Code,
            Role::Code,
            "name of the coded act as written",
            "診療行為名",
        ),
        column(
            "category_source_value",
            Kind::Code,
            Role::Code,
            "kind of act in the source (診療識別, order type)",
            "診療識別",
        ),
        column("quantity", Kind::Float64, Role::Value, "how many", "数量"),
        column(
            "points",
            Kind::Float64,
            Role::Value,
            "points of the calculation unit, on its last record",
            "点数",
        ),
        column(
            "order_status_source_value",
            Kind::Code,
            Role::Code,
            "ordered or performed",
            "オーダ・実施",
        ),
    ],
};

/// Laboratory results and physiological measurements.
const MEASUREMENT: Table = Table {
    name: "measurement",
    item: DataItem::Measurements,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "measurement_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "検査概念",
        ),
        column("measurement_date", Kind::Date, Role::Date, "day the specimen was taken", "採取日"),
        column(
            "measurement_datetime",
            Kind::DateTime,
            Role::Date,
            "instant where given",
            "採取日時",
        ),
        column(
            "measurement_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "measurement_source_value",
            Kind::Code,
            Role::Code,
            "item, source code",
            "検査項目（元コード）",
        ),
        column(
            "measurement_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column(
            "measurement_source_name",
            Kind::Code,
            Role::Code,
            "name of the coded item as written",
            "検査項目名",
        ),
        column(
            "operator_source_value",
            Kind::Code,
            Role::Value,
            "comparator: <, <=, >, >=",
            "比較演算子",
        ),
        column("value_as_number", Kind::Float64, Role::Value, "result as a number", "結果値"),
        column(
            "value_source_value",
            Kind::Code,
            Role::Value,
            "coded or short result that is not a number",
            "結果（文字）",
        ),
        column("unit_source_value", Kind::Code, Role::Code, "unit as written", "単位"),
        column("range_low", Kind::Float64, Role::Value, "reference range, low", "基準値下限"),
        column("range_high", Kind::Float64, Role::Value, "reference range, high", "基準値上限"),
        column("abnormal_flag", Kind::Code, Role::Value, "H, L, N ... as written", "異常フラグ"),
        column("specimen_source_value", Kind::Code, Role::Code, "specimen", "検体材料"),
        column(
            "result_status",
            Kind::Code,
            Role::Value,
            "F final, P preliminary, O ordered",
            "結果状態",
        ),
    ],
};

/// Allergies and other observations.
const OBSERVATION: Table = Table {
    name: "observation",
    item: DataItem::Observations,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "observation_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "所見概念",
        ),
        column("observation_date", Kind::Date, Role::Date, "day", "日付"),
        column(
            "observation_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "observation_source_value",
            Kind::Code,
            Role::Code,
            "item, source code",
            "所見項目（元コード）",
        ),
        column(
            "observation_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column("value_as_number", Kind::Float64, Role::Value, "value as a number", "数値"),
        column("value_source_value", Kind::Code, Role::Code, "coded value", "コード値"),
        column("value_as_date", Kind::Date, Role::Date, "value as a date", "日付値"),
        column("value_as_string", Kind::Text, Role::FreeText, "value as written", "文字値"),
        column("severity_source_value", Kind::Code, Role::Code, "severity", "重症度"),
    ],
};

/// Materials and devices.
const DEVICE_EXPOSURE: Table = Table {
    name: "device_exposure",
    item: DataItem::Devices,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column(
            "device_concept_id",
            Kind::Int32,
            Role::Concept,
            "standard concept, 0 where none is installed",
            "器材概念",
        ),
        column("device_exposure_start_date", Kind::Date, Role::Date, "day", "使用日"),
        column(
            "device_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "device_source_value",
            Kind::Code,
            Role::Code,
            "material, source code",
            "特定器材（元コード）",
        ),
        column(
            "device_source_system",
            Kind::Code,
            Role::Concept,
            "code system of the source code",
            "コード体系",
        ),
        column(
            "device_source_name",
            Kind::Text,
            Role::FreeText,
            "name as written, where not coded",
            "器材名（文字）",
        ),
        column("quantity", Kind::Float64, Role::Value, "amount", "数量"),
        column("unit_source_value", Kind::Code, Role::Code, "unit", "単位"),
    ],
};

/// Insurance periods. Numbers are identity and are not here.
const PAYER_PLAN_PERIOD: Table = Table {
    name: "payer_plan_period",
    item: DataItem::Insurance,
    body: &[
        column("payer_plan_period_start_date", Kind::Date, Role::Date, "first day known", "開始日"),
        column("payer_plan_period_end_date", Kind::Date, Role::Date, "last day known", "終了日"),
        column(
            "payer_source_value",
            Kind::Code,
            Role::Quasi,
            "kind of insurer: first two digits of the insurer number, 00 for municipal",
            "法別番号",
        ),
        column(
            "relation_source_value",
            Kind::Code,
            Role::Value,
            "insured person or dependant",
            "本人・家族",
        ),
    ],
};

/// Points and charges of a claim.
const COST: Table = Table {
    name: "cost",
    item: DataItem::Costs,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column("cost_date", Kind::Date, Role::Date, "first day of the month of care", "診療年月"),
        column(
            "cost_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where the row was recorded: 32817 chart, 32810 claim",
            "記録の種類",
        ),
        column(
            "payer_kind",
            Kind::Code,
            Role::Code,
            "insurance or public expense, with its law number",
            "負担者種別",
        ),
        column("total_points", Kind::Float64, Role::Value, "points in all", "合計点数"),
        column(
            "copayment",
            Kind::Float64,
            Role::Value,
            "charged to the patient, yen",
            "一部負担金",
        ),
        column(
            "claim_kind",
            Kind::Code,
            Role::Code,
            "kind of claim (レセプト種別)",
            "レセプト種別",
        ),
    ],
};

/// Deaths.
const DEATH: Table = Table {
    name: "death",
    item: DataItem::Death,
    body: &[
        column(
            "death_date",
            Kind::Date,
            Role::Date,
            "day, or the last day of the month known",
            "死亡日",
        ),
        column(
            "death_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where it was recorded",
            "記録の種類",
        ),
        column(
            "cause_source_value",
            Kind::Code,
            Role::Code,
            "cause, source code",
            "死因（元コード）",
        ),
        column("cause_source_system", Kind::Code, Role::Concept, "code system", "コード体系"),
    ],
};

/// Free text, wherever it occurs.
const NOTE: Table = Table {
    name: "note",
    item: DataItem::Notes,
    body: &[
        column(
            "visit_key",
            Kind::Int64,
            Role::Key,
            "visit the row belongs to, unique per subject",
            "受診キー",
        ),
        column("note_date", Kind::Date, Role::Date, "day", "日付"),
        column(
            "note_type_concept_id",
            Kind::Int32,
            Role::Concept,
            "where it was recorded",
            "記録の種類",
        ),
        column("note_class_source_value", Kind::Code, Role::Code, "kind of text", "文書種別"),
        column("note_text", Kind::Text, Role::FreeText, "the text", "本文"),
    ],
};
