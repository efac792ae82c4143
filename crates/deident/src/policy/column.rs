//! The treatment of a column by its role and the track; and the released person table, which is
//! written anew.

use sudare_model::Track;
use sudare_model::table::{Column, Kind, Role, Table};

use super::{Treatment, system_of};
use crate::spec::Spec;

/// What is done to a stored column, and the requirement that asks for it.
#[must_use]
pub fn treatment(table: &Table, column: &Column, spec: &Spec) -> (Treatment, &'static str) {
    if table.name == "person" && column.role != Role::Subject {
        return person(column, spec);
    }
    match spec.track {
        Track::Anonymised => anonymised(table, column, spec),
        Track::Pseudonymised => pseudonymised(column),
    }
}

fn anonymised(table: &Table, column: &Column, spec: &Spec) -> (Treatment, &'static str) {
    match column.role {
        Role::Subject => (Treatment::PersonId, "R-ANON-03"),
        Role::Key if is_visit(column) => (Treatment::VisitId, "R-ANON-03"),
        // Keys of other things, such as a study, lead back to the source and join nothing here.
        Role::Key | Role::Lineage | Role::Track => (Treatment::Withhold, "R-ANON-03"),
        // A hospital tells the area, and with a date the person: it leaves on neither account.
        Role::Provider | Role::Quasi => (Treatment::Withhold, "R-ANON-01"),
        Role::FreeText => (Treatment::Withhold, "R-ANON-06"),
        Role::Date if column.kind == Kind::Date && spec.anonymise.date_shift_days == 0 => {
            (Treatment::Copy, "R-ANON-05")
        }
        Role::Date if column.kind == Kind::Date => (Treatment::Shift, "R-ANON-01"),
        Role::Date => (Treatment::Withhold, "R-ANON-01"),
        Role::Code => (Treatment::RareCode, "R-ANON-04"),
        Role::Value if column.kind == Kind::Code => (Treatment::RareCode, "R-ANON-04"),
        Role::Value if column.kind == Kind::UInt8 => (Treatment::Copy, "R-ANON-05"),
        Role::Value => (Treatment::Clip, "R-ANON-04"),
        Role::Concept => (concept(table, column), "R-ANON-04"),
    }
}

fn concept(table: &Table, column: &Column) -> Treatment {
    let names_system =
        table.columns().any(|code| system_of(table, code).is_some_and(|other| other == column));
    if names_system {
        Treatment::SystemOf
    } else if column.name.ends_with("_type_concept_id") || table.name == "visit_occurrence" {
        // Where a row was recorded, and whether in or out: a handful of values that no code
        // decides.
        Treatment::Copy
    } else {
        Treatment::ConceptOf
    }
}

fn is_visit(column: &Column) -> bool {
    column.name == "visit_key"
}

fn pseudonymised(column: &Column) -> (Treatment, &'static str) {
    match column.role {
        Role::Subject => (Treatment::PersonId, "R-PSEU-01"),
        Role::Key if is_visit(column) => (Treatment::VisitId, "R-PSEU-01"),
        Role::Key | Role::Lineage | Role::Track => (Treatment::Withhold, "R-PSEU-01"),
        Role::FreeText => (Treatment::Withhold, "R-ANON-06"),
        Role::Provider | Role::Quasi | Role::Date | Role::Code | Role::Value | Role::Concept => {
            (Treatment::Copy, "R-PSEU-04")
        }
    }
}

fn person(column: &Column, spec: &Spec) -> (Treatment, &'static str) {
    let anonymised = spec.track == Track::Anonymised;
    match column.role {
        Role::Quasi if column.name == "day_of_birth" => {
            (Treatment::Withhold, if anonymised { "R-ANON-01" } else { "R-PSEU-01" })
        }
        Role::Quasi if column.name == "month_of_birth" && anonymised => {
            (Treatment::Withhold, "R-ANON-01")
        }
        Role::Quasi | Role::Concept if anonymised => (Treatment::Generalise, "R-ANON-05"),
        Role::Quasi | Role::Concept if column.name == "postal_code" => {
            (Treatment::Generalise, "R-PSEU-01")
        }
        Role::Quasi | Role::Concept => (Treatment::Copy, "R-PSEU-04"),
        _ => (Treatment::Withhold, if anonymised { "R-ANON-03" } else { "R-PSEU-01" }),
    }
}

/// A column of the released person table, which holds one row for each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonColumn {
    /// Its name.
    pub name: &'static str,
    /// The stored column it is made from.
    pub source: &'static str,
    /// What it holds.
    pub english: &'static str,
    /// The same in Japanese.
    pub japanese: &'static str,
    /// Whether it leaves on the anonymised track.
    pub anonymised: bool,
}

/// The released person table.
pub const PERSON_COLUMNS: &[PersonColumn] = &[
    PersonColumn {
        name: super::PERSON_ID,
        source: "subject",
        english: "person in this dataset",
        japanese: "データセット内の個人識別子",
        anonymised: true,
    },
    PersonColumn {
        name: "gender_concept_id",
        source: "gender_source_value",
        english: "8507 male, 8532 female, 0 unknown",
        japanese: "性別概念",
        anonymised: true,
    },
    PersonColumn {
        name: "gender_source_value",
        source: "gender_source_value",
        english: "sex: M, F, O or U",
        japanese: "性別",
        anonymised: true,
    },
    PersonColumn {
        name: "year_of_birth",
        source: "year_of_birth",
        english: "year of birth, or the first year of its band",
        japanese: "生年（又は区分の初年）",
        anonymised: true,
    },
    PersonColumn {
        name: "month_of_birth",
        source: "month_of_birth",
        english: "month of birth",
        japanese: "生月",
        anonymised: false,
    },
    PersonColumn {
        name: "area",
        source: "postal_code",
        english: "leading digits of the postal code",
        japanese: "郵便番号の上位桁",
        anonymised: true,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::Rules;

    #[test]
    fn no_two_columns_of_a_table_leave_under_one_name() {
        let rules = Rules::of_2024().unwrap();
        for track in Track::ALL {
            let text = format!(
                "format = \"sudare-dataset-1\"\nid = \"d\"\nproject = \"p\"\ntrack = \"{}\"\n",
                track.word()
            );
            let spec = Spec::parse(&text, &rules).unwrap();
            let day = sudare_model::time::Day::from_epoch_days(20_000);
            for table in crate::Policy::new(spec, rules.clone(), day).events() {
                let names: Vec<_> =
                    table.columns.iter().filter_map(super::super::ColumnPolicy::released).collect();
                let distinct: BTreeSet<_> = names.iter().collect();
                assert_eq!(distinct.len(), names.len(), "{}", table.table.name);
            }
        }
    }
}
