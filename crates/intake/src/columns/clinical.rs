//! Where the columns that readers fill stand in the clinical tables, a module a table. A wrong name or kind does not
//! compile.

use sudare_model::table::Kind;

macro_rules! positions {
    ($($module:ident of $table:literal { $($name:ident = $column:literal $kind:ident;)* })*) => { $(
        pub(crate) mod $module {
            use super::Kind;
            use crate::columns::{column, table};
            pub(crate) const TABLE: usize = table($table);
            $(pub(crate) const $name: usize = column(TABLE, $column, Kind::$kind);)*
        }
    )* };
}

positions! {
    act of "procedure_occurrence" {
        VISIT = "visit_key" Int64;
        DATE = "procedure_date" Date;
        CODE = "procedure_source_value" Code;
        SYSTEM = "procedure_source_system" Code;
        NAME = "procedure_source_name" Code;
        CATEGORY = "category_source_value" Code;
        QUANTITY = "quantity" Float64;
        POINTS = "points" Float64;
        STATUS = "order_status_source_value" Code;
        TIME = "procedure_datetime" DateTime;
        PRECISION = "date_precision" Code;
    }
    cost of "cost" {
        VISIT = "visit_key" Int64;
        DATE = "cost_date" Date;
        PAYER = "payer_kind" Code;
        POINTS = "total_points" Float64;
        CHARGED = "copayment" Float64;
        KIND = "claim_kind" Code;
    }
    death of "death" {
        DATE = "death_date" Date;
        CAUSE = "cause_source_value" Code;
        SYSTEM = "cause_source_system" Code;
    }
    device of "device_exposure" {
        VISIT = "visit_key" Int64;
        DATE = "device_exposure_start_date" Date;
        CODE = "device_source_value" Code;
        SYSTEM = "device_source_system" Code;
        NAME = "device_source_name" Text;
        QUANTITY = "quantity" Float64;
        UNIT = "unit_source_value" Code;
        UCUM = "unit_ucum" Code;
    }
    disease of "condition_occurrence" {
        VISIT = "visit_key" Int64;
        START = "condition_start_date" Date;
        CODE = "condition_source_value" Code;
        SYSTEM = "condition_source_system" Code;
        ICD10 = "condition_icd10" Code;
        NAME = "condition_source_name" Text;
        MODIFIERS = "condition_modifiers" Code;
        STATUS = "condition_status_source_value" Code;
        MAIN = "condition_is_main" UInt8;
        OUTCOME = "condition_outcome_source_value" Code;
        END = "condition_end_date" Date;
        PRECISION = "date_precision" Code;
    }
    drug of "drug_exposure" {
        VISIT = "visit_key" Int64;
        START = "drug_exposure_start_date" Date;
        END = "drug_exposure_end_date" Date;
        CODE = "drug_source_value" Code;
        SYSTEM = "drug_source_system" Code;
        NAME = "drug_source_name" Code;
        UNIT = "dose_unit_source_value" Code;
        UCUM = "dose_unit_ucum" Code;
        QUANTITY = "quantity" Float64;
        DAYS = "days_supply" Int32;
        DOSE = "dose_value" Float64;
        ROUTE = "route_source_value" Code;
        USAGE = "usage_source_value" Code;
        SIG = "sig" Text;
        STATUS = "order_status_source_value" Code;
        PRECISION = "date_precision" Code;
    }
    image of "image_occurrence" {
        VISIT = "visit_key" Int64;
        STUDY = "study_key" Int64;
        SERIES = "series_key" Int64;
        DATE = "image_occurrence_date" Date;
        TIME = "image_occurrence_datetime" DateTime;
        MODALITY = "modality_source_value" Code;
        SITE = "anatomic_site_source_value" Code;
        SIDE = "laterality_source_value" Code;
        PROCEDURE = "procedure_source_value" Code;
        PROCEDURE_SYSTEM = "procedure_source_system" Code;
        MANUFACTURER = "manufacturer_source_value" Code;
        SERIES_TEXT = "series_description" Text;
        STUDY_TEXT = "study_description" Text;
        INSTANCES = "instances" Int32;
    }
    measurement of "measurement" {
        VISIT = "visit_key" Int64;
        DATE = "measurement_date" Date;
        CODE = "measurement_source_value" Code;
        SYSTEM = "measurement_source_system" Code;
        NAME = "measurement_source_name" Code;
        OPERATOR = "operator_source_value" Code;
        NUMBER = "value_as_number" Float64;
        TIME = "measurement_datetime" DateTime;
        VALUE = "value_source_value" Code;
        UNIT = "unit_source_value" Code;
        LOW = "range_low" Float64;
        HIGH = "range_high" Float64;
        FLAG = "abnormal_flag" Code;
        SPECIMEN = "specimen_source_value" Code;
        STATUS = "result_status" Code;
        UCUM = "unit_ucum" Code;
        METHOD = "method_source_value" Code;
        PRECISION = "date_precision" Code;
    }
    note of "note" {
        VISIT = "visit_key" Int64;
        DATE = "note_date" Date;
        CLASS = "note_class_source_value" Code;
        TEXT = "note_text" Text;
    }
    observation of "observation" {
        VISIT = "visit_key" Int64;
        DATE = "observation_date" Date;
        CODE = "observation_source_value" Code;
        SYSTEM = "observation_source_system" Code;
        NUMBER = "value_as_number" Float64;
        VALUE = "value_source_value" Code;
        VALUE_DATE = "value_as_date" Date;
        VALUE_TEXT = "value_as_string" Text;
        SEVERITY = "severity_source_value" Code;
        PRECISION = "date_precision" Code;
    }
    payer of "payer_plan_period" {
        START = "payer_plan_period_start_date" Date;
        END = "payer_plan_period_end_date" Date;
        SOURCE = "payer_source_value" Code;
        RELATION = "relation_source_value" Code;
    }
    person of "person" {
        GENDER = "gender_concept_id" Int32;
        GENDER_SOURCE = "gender_source_value" Code;
        YEAR = "year_of_birth" Int32;
        MONTH = "month_of_birth" Int32;
        DAY = "day_of_birth" Int32;
        POSTAL = "postal_code" Code;
    }
    visit of "visit_occurrence" {
        KEY = "visit_key" Int64;
        CONCEPT = "visit_concept_id" Int32;
        START = "visit_start_date" Date;
        END = "visit_end_date" Date;
        SOURCE = "visit_source_value" Code;
        SYSTEM = "visit_source_system" Code;
        DEPARTMENT = "department_source_value" Code;
        OUTCOME = "discharged_to_source_value" Code;
        DAYS = "actual_days" Int32;
        START_TIME = "visit_start_datetime" DateTime;
        END_TIME = "visit_end_datetime" DateTime;
        FROM = "admitted_from_source_value" Code;
    }
}
