//! The clinical tables, one constant each. Names and columns: OMOP CDM 5.4; `*_source_*` columns are ours.

use super::{Column, Kind, Role, Table};
use crate::item::DataItem;

/// A table as a list of `column: Kind Role, "English", "Japanese";`.
macro_rules! table {
    ($(#[$doc:meta])* $constant:ident = $name:literal of $item:ident {
        $($column:ident: $kind:ident $role:ident, $english:literal, $japanese:literal;)*
    }) => {
        $(#[$doc])*
        const $constant: Table = Table {
            name: $name,
            item: DataItem::$item,
            body: &[$(Column {
                name: stringify!($column),
                kind: Kind::$kind,
                role: Role::$role,
                english: $english,
                japanese: $japanese,
            }),*],
        };
    };
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
    IMAGE_OCCURRENCE,
];

table! {
    /// Persons: birth, sex, area.
    PERSON = "person" of Demographics {
        gender_concept_id: Int32 Concept, "8507 male, 8532 female, 0 unknown", "性別概念";
        gender_source_value: Code Quasi, "sex: M, F, O or U", "性別";
        year_of_birth: Int32 Quasi, "year of birth", "生年";
        month_of_birth: Int32 Quasi, "month of birth", "生月";
        day_of_birth: Int32 Quasi, "day of birth", "生日";
        postal_code: Code Quasi, "postal code, 7 digits", "郵便番号";
    }
}

table! {
    /// Visits, admissions, discharges.
    VISIT_OCCURRENCE = "visit_occurrence" of Visits {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        visit_concept_id: Int32 Concept, "9201 inpatient, 9202 outpatient, 581458 pharmacy, 0 unknown", "受診区分概念";
        visit_start_date: Date Date, "first day", "開始日";
        visit_start_datetime: DateTime Date, "first instant where given", "開始日時";
        visit_end_date: Date Date, "last day", "終了日";
        visit_end_datetime: DateTime Date, "last instant where given", "終了日時";
        visit_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        visit_source_value: Code Code, "kind of visit in the source", "受診区分（元値）";
        visit_source_system: Code Concept, "code system of the source value", "コード体系";
        department_source_value: Code Code, "department in the source", "診療科";
        admitted_from_source_value: Code Code, "where the patient came from", "入院経路";
        discharged_to_source_value: Code Code, "where the patient went, or the outcome", "退院先・転帰";
        actual_days: Int32 Value, "days of actual care in a claim", "診療実日数";
    }
}

table! {
    /// Diagnoses.
    CONDITION_OCCURRENCE = "condition_occurrence" of Diagnoses {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        condition_concept_id: Int32 Concept, "standard concept, 0 where none is installed", "傷病名概念";
        condition_start_date: Date Date, "start of care for the disease", "診療開始日";
        condition_end_date: Date Date, "date of the outcome", "転帰日";
        condition_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        condition_source_value: Code Code, "disease, source code", "傷病名（元コード）";
        condition_source_system: Code Concept, "code system of the source code", "コード体系";
        condition_icd10: Code Code, "ICD-10 where the source gives it, no dot", "ICD-10";
        condition_source_name: Text FreeText, "name as written, where not coded", "傷病名（文字）";
        condition_modifiers: Code Code, "modifier codes, joined by +", "修飾語コード";
        condition_status_source_value: Code Code, "suspected or confirmed", "疑い・確定";
        condition_is_main: UInt8 Value, "1 where marked as the main disease", "主傷病";
        condition_outcome_source_value: Code Code, "outcome in the source", "転帰";
        date_precision: Code Value, "year or month where the source gives no day", "日付の精度";
    }
}

table! {
    /// Prescriptions, injections, dispensing.
    DRUG_EXPOSURE = "drug_exposure" of Drugs {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        drug_concept_id: Int32 Concept, "standard concept, 0 where none is installed", "薬剤概念";
        drug_exposure_start_date: Date Date, "first day", "開始日";
        drug_exposure_end_date: Date Date, "last day", "終了日";
        drug_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        drug_source_value: Code Code, "drug, source code", "医薬品（元コード）";
        drug_source_system: Code Concept, "code system of the source code", "コード体系";
        drug_source_name: Code Code, "name of the coded drug as written", "医薬品名";
        quantity: Float64 Value, "amount in all, or per day or dose as the source says", "数量";
        days_supply: Int32 Value, "days or doses", "日数・回数";
        dose_value: Float64 Value, "amount of one dose", "1回量";
        dose_unit_source_value: Code Code, "unit in the source", "単位";
        dose_unit_ucum: Code Code, "the same unit in UCUM, where it is known", "単位（UCUM）";
        route_source_value: Code Code, "route", "投与経路";
        usage_source_value: Code Code, "usage code (JAMI)", "用法コード";
        sig: Text FreeText, "usage as written", "用法（文字）";
        order_status_source_value: Code Code, "ordered, dispensed or given", "オーダ・実施";
        date_precision: Code Value, "year or month where the source gives no day", "日付の精度";
    }
}

table! {
    /// Procedures, operations, imaging acts, meals.
    PROCEDURE_OCCURRENCE = "procedure_occurrence" of Procedures {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        procedure_concept_id: Int32 Concept,
            "standard concept, 0 where none is installed", "診療行為概念";
        procedure_date: Date Date, "day", "実施日";
        procedure_datetime: DateTime Date, "instant where given", "実施日時";
        procedure_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        procedure_source_value: Code Code, "procedure, source code", "診療行為（元コード）";
        procedure_source_system: Code Concept, "code system of the source code", "コード体系";
        procedure_source_name: Code Code, "name of the coded act as written", "診療行為名";
        category_source_value: Code Code, "kind of act in the source (診療識別, order type)", "診療識別";
        quantity: Float64 Value, "how many", "数量";
        points: Float64 Value, "points of the calculation unit, on its last record", "点数";
        order_status_source_value: Code Code, "ordered or performed", "オーダ・実施";
        date_precision: Code Value, "year or month where the source gives no day", "日付の精度";
    }
}

table! {
    /// Laboratory results and physiological measurements.
    MEASUREMENT = "measurement" of Measurements {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        measurement_concept_id: Int32 Concept,
            "standard concept, 0 where none is installed", "検査概念";
        measurement_date: Date Date, "day the specimen was taken", "採取日";
        measurement_datetime: DateTime Date, "instant where given", "採取日時";
        measurement_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        measurement_source_value: Code Code, "item, source code", "検査項目（元コード）";
        measurement_source_system: Code Concept, "code system of the source code", "コード体系";
        measurement_source_name: Code Code, "name of the coded item as written", "検査項目名";
        operator_source_value: Code Value, "comparator: <, <=, >, >=", "比較演算子";
        value_as_number: Float64 Value, "result as a number", "結果値";
        value_source_value: Code Value, "coded or short result that is not a number", "結果（文字）";
        unit_source_value: Code Code, "unit as written", "単位";
        unit_ucum: Code Code, "the same unit in UCUM, where it is known", "単位（UCUM）";
        range_low: Float64 Value, "reference range, low", "基準値下限";
        range_high: Float64 Value, "reference range, high", "基準値上限";
        abnormal_flag: Code Value, "H, L, N ... as written", "異常フラグ";
        specimen_source_value: Code Code, "specimen", "検体材料";
        method_source_value: Code Code, "laboratory method", "測定法";
        result_status: Code Value, "F final, P preliminary, O ordered", "結果状態";
        date_precision: Code Value, "year or month where the source gives no day", "日付の精度";
    }
}

table! {
    /// Allergies and other observations.
    OBSERVATION = "observation" of Observations {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        observation_concept_id: Int32 Concept,
            "standard concept, 0 where none is installed", "所見概念";
        observation_date: Date Date, "day", "日付";
        observation_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        observation_source_value: Code Code, "item, source code", "所見項目（元コード）";
        observation_source_system: Code Concept, "code system of the source code", "コード体系";
        value_as_number: Float64 Value, "value as a number", "数値";
        value_source_value: Code Code, "coded value", "コード値";
        value_as_date: Date Date, "value as a date", "日付値";
        value_as_string: Text FreeText, "value as written", "文字値";
        severity_source_value: Code Code, "severity", "重症度";
        date_precision: Code Value, "year or month where the source gives no day", "日付の精度";
    }
}

table! {
    /// Materials and devices.
    DEVICE_EXPOSURE = "device_exposure" of Devices {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        device_concept_id: Int32 Concept, "standard concept, 0 where none is installed", "器材概念";
        device_exposure_start_date: Date Date, "day", "使用日";
        device_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        device_source_value: Code Code, "material, source code", "特定器材（元コード）";
        device_source_system: Code Concept, "code system of the source code", "コード体系";
        device_source_name: Text FreeText, "name as written, where not coded", "器材名（文字）";
        quantity: Float64 Value, "amount", "数量";
        unit_source_value: Code Code, "unit", "単位";
        unit_ucum: Code Code, "the same unit in UCUM, where it is known", "単位（UCUM）";
    }
}

table! {
    /// Insurance periods. Numbers are identity and are not here.
    PAYER_PLAN_PERIOD = "payer_plan_period" of Insurance {
        payer_plan_period_start_date: Date Date, "first day known", "開始日";
        payer_plan_period_end_date: Date Date, "last day known", "終了日";
        payer_source_value: Code Quasi,
            "kind of insurer: first two digits of the insurer number, 00 for municipal", "法別番号";
        relation_source_value: Code Value, "insured person or dependant", "本人・家族";
    }
}

table! {
    /// Points and charges of a claim.
    COST = "cost" of Costs {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        cost_date: Date Date, "first day of the month of care", "診療年月";
        cost_type_concept_id: Int32 Concept,
            "where the row was recorded: 32817 chart, 32810 claim", "記録の種類";
        payer_kind: Code Code, "insurance or public expense, with its law number", "負担者種別";
        total_points: Float64 Value, "points in all", "合計点数";
        copayment: Float64 Value, "charged to the patient, yen", "一部負担金";
        claim_kind: Code Code, "kind of claim (レセプト種別)", "レセプト種別";
    }
}

table! {
    /// Deaths.
    DEATH = "death" of Death {
        death_date: Date Date, "day, or the last day of the month known", "死亡日";
        death_type_concept_id: Int32 Concept, "where it was recorded", "記録の種類";
        cause_source_value: Code Code, "cause, source code", "死因（元コード）";
        cause_source_system: Code Concept, "code system", "コード体系";
    }
}

table! {
    /// Free text, wherever it occurs.
    NOTE = "note" of Notes {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        note_date: Date Date, "day", "日付";
        note_type_concept_id: Int32 Concept, "where it was recorded", "記録の種類";
        note_class_source_value: Code Code, "kind of text", "文書種別";
        note_text: Text FreeText, "the text", "本文";
    }
}

table! {
    /// Series of images, as their headers describe them; the images themselves are kept apart (OMOP imaging extension).
    IMAGE_OCCURRENCE = "image_occurrence" of Images {
        visit_key: Int64 Key, "visit the row belongs to, unique per subject", "受診キー";
        study_key: Int64 Key, "study the series belongs to, unique per subject", "検査キー";
        series_key: Int64 Key, "series, unique per subject", "シリーズキー";
        image_occurrence_date: Date Date, "day of the study", "撮影日";
        image_occurrence_datetime: DateTime Date, "instant where given", "撮影日時";
        modality_source_value: Code Code, "modality: CT, MR, US ...", "モダリティ";
        anatomic_site_source_value: Code Code, "body part as the header says", "撮影部位";
        laterality_source_value: Code Code, "L or R", "左右";
        procedure_source_value: Code Code, "imaging procedure, source code", "撮影行為（元コード）";
        procedure_source_system: Code Concept, "code system of the source code", "コード体系";
        manufacturer_source_value: Code Value, "maker of the device", "装置メーカー";
        series_description: Text FreeText, "series as written", "シリーズ名（文字）";
        study_description: Text FreeText, "study as written", "検査名（文字）";
        instances: Int32 Value, "images of the series in the delivery", "画像数";
    }
}
