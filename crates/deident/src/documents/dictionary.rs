//! The data dictionary: every released column, what it means, what was done to it, how full it is.
//!
//! It describes the output alone (R-REID-02): counts and ranges are taken from the rows as they
//! leave.

use serde::{Deserialize, Serialize};
use sudare_model::table::{Kind, Role, Table};

use crate::policy::{PERSON_COLUMNS, PERSON_ID, VISIT_ID};
use crate::release::{ColumnStats, TableSummary};
use crate::story::Story;

/// The dictionary as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dictionary {
    /// `sudare-dictionary-1`.
    pub format: String,
    /// The dataset.
    pub dataset: String,
    /// How the CSV files are written.
    pub csv: String,
    /// Every column, in the order of tables and columns.
    pub columns: Vec<Entry>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What it holds.
    pub meaning: String,
    /// The same in Japanese.
    pub meaning_ja: String,
    /// How it is stored.
    pub kind: String,
    /// What it could do to a person.
    pub role: String,
    /// What was done to it.
    pub rule: String,
    /// The requirement that asked for it.
    pub requirement: String,
    /// Rows of the table.
    pub rows: u64,
    /// Rows with a value.
    pub filled: u64,
    /// Share of rows without one, 0 to 1.
    pub missing_share: f64,
    /// Distinct texts; absent for numbers and where there are more than ten thousand.
    pub distinct: Option<u64>,
    /// Least value.
    pub least: Option<String>,
    /// Greatest value.
    pub greatest: Option<String>,
}

const FORMAT: &str = "sudare-dictionary-1";
const CSV_CONVENTION: &str = "RFC 4180, UTF-8 with byte-order mark, CR LF; an empty cell is \
        null and \"\" an empty \
    text; a text beginning with = + - @, tab, CR or ' that is no number and no row of signs \
        has ' before it";

pub(super) fn dictionary(story: &Story<'_>) -> Dictionary {
    let claims = crate::certificate::columns(story);
    let mut columns = Vec::new();
    for table in story.tables {
        for stats in &table.columns {
            let claim =
                claims.iter().find(|claim| claim.table == table.name && claim.column == stats.name);
            let mut entry = entry(table, stats);
            if let Some(claim) = claim {
                entry.rule = claim.rule.clone();
                entry.requirement = claim.requirement.clone();
            }
            columns.push(entry);
        }
    }
    Dictionary {
        format: FORMAT.to_owned(),
        dataset: story.policy.spec.id.to_string(),
        csv: CSV_CONVENTION.to_owned(),
        columns,
    }
}

fn entry(table: &TableSummary, stats: &ColumnStats) -> Entry {
    let (least, greatest) = stats.bounds();
    let (meaning, meaning_ja, kind, role) = words(&table.name, &stats.name);
    Entry {
        table: table.name.clone(),
        column: stats.name.clone(),
        meaning: meaning.to_owned(),
        meaning_ja: meaning_ja.to_owned(),
        kind: kind.to_owned(),
        role: role.to_owned(),
        rule: String::new(),
        requirement: String::new(),
        rows: table.rows,
        filled: stats.filled,
        missing_share: rounded(stats.missing_share()),
        distinct: stats.distinct,
        least,
        greatest,
    }
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Meaning in English and Japanese, kind and role of a released column.
fn words(table: &str, column: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    if column == PERSON_ID {
        return ("person in this dataset", "データセット内の個人識別子", "text", "subject");
    }
    if column == VISIT_ID {
        return ("visit, unique within the person", "個人内で一意の受診識別子", "integer", "key");
    }
    if table == "person" {
        let found = PERSON_COLUMNS.iter().find(|one| one.name == column);
        let text = matches!(column, "gender_source_value" | "area");
        let kind = if text { "text" } else { "integer" };
        let role = if column == "gender_concept_id" { "concept" } else { "quasi" };
        return found.map_or(("", "", kind, role), |one| (one.english, one.japanese, kind, role));
    }
    let stored =
        Table::named(table).and_then(|table| table.columns().find(|one| one.name == column));
    stored
        .map_or(("", "", "", ""), |one| (one.english, one.japanese, kind(one.kind), role(one.role)))
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Bytes16 => "bytes",
        Kind::UInt8 | Kind::UInt32 | Kind::Int32 | Kind::Int64 => "integer",
        Kind::Float64 => "number",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        Kind::Code | Kind::Text => "text",
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Subject => "subject",
        Role::Key => "key",
        Role::Lineage => "lineage",
        Role::Track => "track",
        Role::Provider => "provider",
        Role::Concept => "concept",
        Role::Quasi => "quasi",
        Role::Date => "date",
        Role::Code => "code",
        Role::Value => "value",
        Role::FreeText => "free text",
    }
}

impl Dictionary {
    /// As JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        // Texts, numbers and lists: there is always a JSON form.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// As CSV, written as the tables are.
    pub(super) fn csv(&self) -> Vec<u8> {
        let mut bytes = crate::release::BYTE_ORDER_MARK.to_vec();
        let head = "table,column,meaning,meaning_ja,kind,role,rule,requirement,rows,filled,\
                    missing_share,distinct,least,greatest\r\n";
        bytes.extend_from_slice(head.as_bytes());
        for entry in &self.columns {
            let texts = [
                &entry.table,
                &entry.column,
                &entry.meaning,
                &entry.meaning_ja,
                &entry.kind,
                &entry.role,
                &entry.rule,
                &entry.requirement,
            ];
            for text in texts {
                crate::release::cell(&mut bytes, text);
                bytes.push(b',');
            }
            let distinct = entry.distinct.map(|count| count.to_string()).unwrap_or_default();
            let least = entry.least.clone().unwrap_or_default();
            let greatest = entry.greatest.clone().unwrap_or_default();
            let numbers = format!(
                "{},{},{},{distinct},{least},{greatest}\r\n",
                entry.rows, entry.filled, entry.missing_share
            );
            bytes.extend_from_slice(numbers.as_bytes());
        }
        bytes
    }
}
