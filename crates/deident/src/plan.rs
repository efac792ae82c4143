//! Plans: what the engine computes for a build. Keys by id, people by rows; nothing of a person is
//! a literal.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use sudare_model::Track;
use sudare_model::table::Table;
use sudare_store::compute::{JoinKind, KEEP, Kernel, KernelCall, KernelError, Plan, TableRef};

use crate::kernel::gate::{COHORT_FATE, COHORT_PERSON, Gate, SUBJECT, TRACKS};
use crate::kernel::part::{PART, Part, PartParams};
use crate::kernel::release::{Decisions, OutColumn, Params, RELEASE, ReleaseKernel};
use crate::kernel::survey::SURVEY;
use crate::policy::{Policy, TablePolicy, Treatment, system_of};

/// Column of the link table: the person's 16 bytes.
pub const LINK_PERSON: &str = "person";

/// Columns of the person table that the cohort reads.
pub(crate) const PEOPLE: [&str; 6] =
    [SUBJECT, "gender_source_value", "year_of_birth", "month_of_birth", "postal_code", TRACKS];

/// Every statement about a person on either track: for [`crate::cohort::CohortBuilder::people`].
#[must_use]
pub fn people(person: &TableRef, link: &TableRef) -> Plan {
    joined(scan(person, &PEOPLE), link, &[SUBJECT, LINK_PERSON])
}

/// Every subject and its person: for [`crate::cohort::CohortBuilder::links`].
#[must_use]
pub fn links(link: &TableRef) -> Plan {
    scan(link, &[SUBJECT, LINK_PERSON])
}

/// The rows of a table with what the gate says of each: for [`crate::survey::Survey::add`].
#[must_use]
pub fn survey(
    policy: &Policy,
    table: &TablePolicy,
    content: &TableRef,
    cohort: &TableRef,
    key_id: &str,
) -> Plan {
    let gate = gate(policy, table, key_id);
    mapped(rows(table, content, cohort), SURVEY, &gate)
}

/// The rows of a part's persons as they leave, in their final order: for
/// [`crate::release::TableWriter::write`]. What is sorted lies in memory.
#[must_use]
pub fn release(
    policy: &Policy,
    table: &TablePolicy,
    content: &TableRef,
    cohort: &TableRef,
    key_id: &str,
    decisions: &Decisions,
    part: Part,
) -> Plan {
    let columns = out_columns(table);
    // The parts one after the other are in order only if the person comes first.
    let person = |out: &&OutColumn| out.treatment == Treatment::PersonId;
    let rest = columns.iter().filter(|out| !person(out));
    let by = columns.iter().filter(person).chain(rest).map(|out| out.name.clone()).collect();
    let mut rows = rows(table, content, cohort);
    if part != Part::WHOLE {
        rows = mapped(rows, PART, &PartParams { part, key: key_id.to_owned() });
    }
    let params = params(policy, table, key_id, decisions);
    Plan::Sort { input: Box::new(mapped(rows, RELEASE, &params)), by }
}

/// The parameters of the release kernel for a table.
#[must_use]
pub fn params(policy: &Policy, table: &TablePolicy, key_id: &str, decisions: &Decisions) -> Params {
    Params {
        gate: gate(policy, table, key_id),
        columns: out_columns(table),
        main: table
            .main_code()
            .map(|(code, system)| (code.name.to_owned(), system.name.to_owned())),
        stands_on_code: table.stands_on_code(),
        decisions: decisions.clone(),
    }
}

/// The columns of a table as they leave, for [`crate::TableWriter::open`]; `content` is the stored
/// schema.
///
/// # Errors
/// [`KernelError`] if a column that leaves is not stored.
pub fn released_schema(
    policy: &Policy,
    table: &TablePolicy,
    content: &Schema,
) -> Result<SchemaRef, KernelError> {
    let params = params(policy, table, "", &Decisions::default());
    let params = serde_json::to_string(&params).unwrap_or_default();
    let schema = ReleaseKernel::default().output(content, &params)?;
    let fields = schema.fields().iter().filter(|field| field.name() != KEEP).cloned();
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// The gate of a table.
#[must_use]
pub fn gate(policy: &Policy, table: &TablePolicy, key_id: &str) -> Gate {
    let spec = &policy.spec;
    let anonymised = spec.track == Track::Anonymised;
    Gate {
        track: spec.track.word().to_owned(),
        key: key_id.to_owned(),
        shift_days: if anonymised { spec.anonymise.date_shift_days } else { 0 },
        from: spec.from.map(|day| day.epoch_days()),
        until: spec.until.map(|day| day.epoch_days()),
        date: table.first_date().map(|column| column.name.to_owned()),
        end: table.end_date().map(|column| column.name.to_owned()),
        lasts: table.lasts(),
    }
}

fn out_columns(table: &TablePolicy) -> Vec<OutColumn> {
    let mut columns = Vec::new();
    for column in &table.columns {
        if let Some(name) = column.released() {
            columns.push(OutColumn {
                source: column.source.name.to_owned(),
                name: name.to_owned(),
                treatment: column.treatment,
                system: system_name(table.table, column.source),
            });
        }
    }
    columns
}

fn system_name(table: &Table, column: &sudare_model::table::Column) -> Option<String> {
    system_of(table, column).map(|system| system.name.to_owned())
}

/// The columns that gate and treatments read, in stored order.
#[must_use]
pub fn needed(table: &TablePolicy) -> Vec<&'static str> {
    let date = table.first_date().map(|column| column.name);
    let end = table.end_date().map(|column| column.name);
    let columns = table.columns.iter().filter(|column| {
        let name = column.source.name;
        column.treatment != Treatment::Withhold
            || [SUBJECT, TRACKS].contains(&name)
            || [date, end].contains(&Some(name))
    });
    columns.map(|column| column.source.name).collect()
}

fn rows(table: &TablePolicy, content: &TableRef, cohort: &TableRef) -> Plan {
    let content = scan(content, &needed(table));
    joined(content, cohort, &[SUBJECT, COHORT_PERSON, COHORT_FATE])
}

fn scan(table: &TableRef, columns: &[&str]) -> Plan {
    Plan::Scan {
        table: table.clone(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn joined(left: Plan, right: &TableRef, columns: &[&str]) -> Plan {
    Plan::Join {
        left: Box::new(left),
        right: Box::new(scan(right, columns)),
        on: vec![(SUBJECT.to_owned(), SUBJECT.to_owned())],
        kind: JoinKind::Inner,
    }
}

fn mapped(input: Plan, kernel: &str, params: &impl serde::Serialize) -> Plan {
    // Parameters are plain structs of texts and numbers with text keys: they always have a JSON
    // form.
    let params = serde_json::to_string(params).unwrap_or_default();
    Plan::Map { input: Box::new(input), call: KernelCall { kernel: kernel.to_owned(), params } }
}
