//! Where the columns that claims fill stand in the clinical tables. A wrong name or kind does not compile.

use sudare_model::table::Kind;

macro_rules! positions {
    ($($module:ident of $table:literal { $($name:ident = $column:literal $kind:ident;)* })*) => { $(
        pub(super) mod $module {
            use super::Kind;
            use crate::columns::{column, table};
            pub(in super::super) const TABLE: usize = table($table);
            $(pub(in super::super) const $name: usize = column(TABLE, $column, Kind::$kind);)*
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
    }
    drug of "drug_exposure" {
        VISIT = "visit_key" Int64;
        START = "drug_exposure_start_date" Date;
        END = "drug_exposure_end_date" Date;
        CODE = "drug_source_value" Code;
        SYSTEM = "drug_source_system" Code;
        NAME = "drug_source_name" Code;
        UNIT = "dose_unit_source_value" Code;
        QUANTITY = "quantity" Float64;
        DAYS = "days_supply" Int32;
        DOSE = "dose_value" Float64;
        ROUTE = "route_source_value" Code;
        USAGE = "usage_source_value" Code;
        SIG = "sig" Text;
        STATUS = "order_status_source_value" Code;
    }
    device of "device_exposure" {
        VISIT = "visit_key" Int64;
        DATE = "device_exposure_start_date" Date;
        CODE = "device_source_value" Code;
        SYSTEM = "device_source_system" Code;
        NAME = "device_source_name" Text;
        QUANTITY = "quantity" Float64;
        UNIT = "unit_source_value" Code;
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
    }
    death of "death" {
        DATE = "death_date" Date;
        CAUSE = "cause_source_value" Code;
        SYSTEM = "cause_source_system" Code;
    }
    measurement of "measurement" {
        VISIT = "visit_key" Int64;
        DATE = "measurement_date" Date;
        CODE = "measurement_source_value" Code;
        SYSTEM = "measurement_source_system" Code;
        NAME = "measurement_source_name" Code;
        OPERATOR = "operator_source_value" Code;
        NUMBER = "value_as_number" Float64;
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
    }
    note of "note" {
        VISIT = "visit_key" Int64;
        DATE = "note_date" Date;
        CLASS = "note_class_source_value" Code;
        TEXT = "note_text" Text;
    }
    payer of "payer_plan_period" {
        START = "payer_plan_period_start_date" Date;
        END = "payer_plan_period_end_date" Date;
        SOURCE = "payer_source_value" Code;
        RELATION = "relation_source_value" Code;
    }
    cost of "cost" {
        VISIT = "visit_key" Int64;
        DATE = "cost_date" Date;
        PAYER = "payer_kind" Code;
        POINTS = "total_points" Float64;
        CHARGED = "copayment" Float64;
        KIND = "claim_kind" Code;
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
    }
}
