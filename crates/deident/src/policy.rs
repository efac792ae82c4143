//! What is done to every column: the specification and the rules, resolved.
//!
//! What it is for: one answer for each column of each table, with the requirement that asks for it.
//! Certificate, dictionary and kernels all read this answer. Invariant: a column without a
//! treatment does not leave, and the treatment follows from the column's role, never from its name
//! alone. Start reading at [`Policy::new`].

use std::fmt;

use serde::{Deserialize, Serialize};
use sudare_model::Track;
use sudare_model::table::{Column, Kind, Role, Table};
use sudare_model::time::Day;

use crate::risk::{Goal, Ladder, Quasi, Step};
use crate::rules::Rules;
use crate::spec::{Spec, whole};

mod column;

pub use column::{PERSON_COLUMNS, PersonColumn, treatment};

/// What is done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// The subject key becomes the id of the person in this dataset (anonymised) or project
    /// (pseudonymised).
    PersonId,
    /// The visit key becomes a visit id of this dataset or project.
    VisitId,
    /// As it is.
    Copy,
    /// Moved by the person's shift.
    Shift,
    /// A code: kept, replaced by its parent, or emptied where too few persons hold it.
    RareCode,
    /// The system of the code before it: emptied with it.
    SystemOf,
    /// The standard concept of the row's main code: 0 where that code is not kept as it is.
    ConceptOf,
    /// A number: moved to the bound of its item where it lies beyond.
    Clip,
    /// Made coarser by the step that the risk asks for.
    Generalise,
    /// Does not leave.
    Withhold,
}

impl Treatment {
    /// The word in the certificate, the dictionary and the report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PersonId => "person_id",
            Self::VisitId => "visit_id",
            Self::Copy => "copy",
            Self::Shift => "shift",
            Self::RareCode => "rare_code",
            Self::SystemOf => "system_of",
            Self::ConceptOf => "concept_of",
            Self::Clip => "clip",
            Self::Generalise => "generalise",
            Self::Withhold => "withhold",
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A column and what is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnPolicy {
    /// The stored column.
    pub source: &'static Column,
    /// What is done.
    pub treatment: Treatment,
    /// The requirement that asks for it.
    pub requirement: &'static str,
}

impl ColumnPolicy {
    /// Its name in the release; `None` where it does not leave.
    #[must_use]
    pub const fn released(&self) -> Option<&'static str> {
        match self.treatment {
            Treatment::Withhold => None,
            Treatment::PersonId => Some(PERSON_ID),
            Treatment::VisitId => Some(VISIT_ID),
            _ => Some(self.source.name),
        }
    }
}

/// Name of the person id in every released table.
pub const PERSON_ID: &str = "person_id";
/// Name of the visit id.
pub const VISIT_ID: &str = "visit_id";

/// A table and what is done to its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePolicy {
    /// The table.
    pub table: &'static Table,
    /// Its stored columns, in stored order.
    pub columns: Vec<ColumnPolicy>,
}

impl TablePolicy {
    /// The date that says when a row was: the first date of the table.
    #[must_use]
    pub fn first_date(&self) -> Option<&'static Column> {
        self.table.columns().find(|column| column.role == Role::Date && column.kind == Kind::Date)
    }

    /// The last day of what began on the first date, for tables of things that last.
    #[must_use]
    pub fn end_date(&self) -> Option<&'static Column> {
        let lasts = matches!(self.table.name, "condition_occurrence" | "payer_plan_period");
        let mut ends = self.table.columns().filter(|column| column.name.ends_with("_end_date"));
        if lasts { ends.next() } else { None }
    }

    /// Whether the rows say how things are from their date on, so that a start before the period is
    /// no reason to leave them out.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.end_date().is_some() || self.table.name == "death"
    }

    /// Whether a row without its main code says nothing that may be left: it leaves with the code.
    #[must_use]
    pub fn stands_on_code(&self) -> bool {
        self.main_code().is_some() && !matches!(self.table.name, "visit_occurrence" | "death")
    }

    /// The main code of a row and the column of its system: what the row is about.
    #[must_use]
    pub fn main_code(&self) -> Option<(&'static Column, &'static Column)> {
        self.table.columns().find_map(|code| {
            let system = system_of(self.table, code)?;
            Some((code, system))
        })
    }
}

/// The column beside a code that names its system.
#[must_use]
pub fn system_of(table: &Table, code: &Column) -> Option<&'static Column> {
    if code.role != Role::Code {
        return None;
    }
    let stem = code.name.strip_suffix("_source_value")?;
    table.columns().find(|other| other.name.strip_suffix("_source_system") == Some(stem))
}

/// Everything that is decided before data are seen.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The specification.
    pub spec: Spec,
    /// The rules.
    pub rules: Rules,
    /// What is done to each table; `person` first.
    pub tables: Vec<TablePolicy>,
    /// Persons born in this year or before are told apart no further; anonymised alone.
    pub oldest_birth_year: Option<u32>,
}

impl Policy {
    /// Resolves a specification under the rules. `today` counts ages where the specification has no
    /// last day.
    #[must_use]
    pub fn new(spec: Spec, rules: Rules, today: Day) -> Self {
        let tables = spec
            .tables
            .iter()
            .map(|table| TablePolicy {
                table,
                columns: table
                    .columns()
                    .map(|source| {
                        let (treatment, requirement) = treatment(table, source, &spec);
                        ColumnPolicy { source, treatment, requirement }
                    })
                    .collect(),
            })
            .collect();
        let (year, _, _) = spec.until.unwrap_or(today).ymd();
        let oldest = u32::try_from(year).unwrap_or_default();
        let oldest_birth_year = (spec.track == Track::Anonymised)
            .then(|| oldest.saturating_sub(whole(rules.oldest_age.value)));
        Self { spec, rules, tables, oldest_birth_year }
    }

    /// The ladders of the track: pseudonymised data have one step each.
    #[must_use]
    pub fn ladders(&self) -> [Ladder; Quasi::COUNT] {
        Quasi::ALL.map(|quasi| match self.spec.track {
            Track::Pseudonymised => {
                let digits = whole(self.rules.area_digits_pseudonymised.value);
                let step = if quasi == Quasi::Area { Step::Digits(digits) } else { Step::Exact };
                Ladder { quasi, steps: vec![step], weight: 0.0 }
            }
            Track::Anonymised if self.spec.anonymise.quasi_identifiers.contains(&quasi) => {
                let rules = &self.rules;
                let weight = match quasi {
                    Quasi::Sex => &rules.weight_sex,
                    Quasi::BirthYear => &rules.weight_birth_year,
                    Quasi::Area => &rules.weight_area,
                };
                Ladder::stated(quasi, whole(rules.area_digits_anonymised.value), weight.value)
            }
            Track::Anonymised => Ladder::withheld(quasi),
        })
    }

    /// What is wanted of the risk; nothing of pseudonymised data (R-PSEU-04).
    #[must_use]
    pub fn goal(&self) -> Option<Goal> {
        (self.spec.track == Track::Anonymised).then(|| Goal {
            k: u64::from(self.spec.anonymise.k),
            max_suppression: self.spec.anonymise.max_suppression,
        })
    }

    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TablePolicy> {
        self.tables.iter().find(|policy| policy.table.name == name)
    }

    /// The tables of events: all but `person`.
    pub fn events(&self) -> impl Iterator<Item = &TablePolicy> {
        self.tables.iter().filter(|policy| policy.table.name != "person")
    }
}
