//! The specification of a dataset, as a person writes it.
//!
//! What it is for: reading `SPEC.toml` strictly, with errors that name the key. What it is not for:
//! deciding what happens to a column; that is [`crate::policy`]. Invariant: a key that is not known
//! is an error, so that a typing error never weakens a dataset.

use serde::Deserialize;
use sudare_model::table::Table;
use sudare_model::time::Day;
use sudare_model::{DatasetId, Digest, ProjectId, Track, UserId};

use crate::risk::Quasi;
use crate::rules::Rules;
use crate::seal;

/// What a dataset shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The dataset.
    pub id: DatasetId,
    /// The track, which decides what is done to it.
    pub track: Track,
    /// The project, for which pseudonyms are made.
    pub project: ProjectId,
    /// For whom, where it is known.
    pub recipient: Option<UserId>,
    /// The tables, in the order of the clinical tables. Always holds `person`.
    pub tables: Vec<&'static Table>,
    /// First day of care wanted.
    pub from: Option<Day>,
    /// Last day of care wanted.
    pub until: Option<Day>,
    /// Numbers of the anonymised track; on the other they are not used.
    pub anonymise: Anonymise,
    /// SHA-256 of the text.
    pub digest: Digest,
}

/// The numbers of the anonymised track.
#[derive(Debug, Clone, PartialEq)]
pub struct Anonymise {
    /// Smallest class of persons.
    pub k: u32,
    /// What the adversary is assumed to know of a person.
    pub quasi_identifiers: Vec<Quasi>,
    /// Largest share of persons left out, 0 to 1.
    pub max_suppression: f64,
    /// Widest shift of dates in days; 0 shifts nothing.
    pub date_shift_days: u32,
    /// Fewer persons make a code peculiar.
    pub rare_code_min_persons: u32,
    /// Share at each end that is coded to the bound, 0 to 0.5.
    pub outlier_quantile: f64,
}

/// What is wrong with a specification, and at which key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Not TOML, or a key is unknown, missing or of another type.
    #[error("{0}")]
    Syntax(String),
    /// A value does not fit.
    #[error("`{key}`: {why}")]
    Value {
        /// Path of the key, such as `anonymise.k`.
        key: String,
        /// What would fit.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: String,
    id: String,
    track: String,
    project: String,
    recipient: Option<String>,
    tables: Option<Vec<String>>,
    from: Option<toml::value::Datetime>,
    until: Option<toml::value::Datetime>,
    anonymise: Option<RawAnonymise>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawAnonymise {
    k: Option<u32>,
    quasi_identifiers: Option<Vec<String>>,
    max_suppression: Option<f64>,
    date_shift_days: Option<u32>,
    rare_code_min_persons: Option<u32>,
    outlier_quantile: Option<f64>,
}

const FORMAT: &str = "sudare-dataset-1";
const FREE_TEXT_TABLE: &str = "note";
const SHIFT_DAYS_MAX: u32 = 366;

impl Spec {
    /// Reads a specification; what it leaves out comes from the rules.
    ///
    /// # Errors
    /// [`SpecError`] names the key that does not fit.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, SpecError> {
        let raw: Raw =
            toml::from_str(text).map_err(|error| SpecError::Syntax(error.to_string()))?;
        if raw.format != FORMAT {
            return Err(value("format", &format!("must be `{FORMAT}`")));
        }
        let track = Track::from_word(&raw.track)
            .ok_or_else(|| value("track", "must be `anonymised` or `pseudonymised`"))?;
        if track == Track::Pseudonymised && raw.anonymise.is_some() {
            return Err(value("anonymise", "belongs to the track `anonymised` alone (R-PSEU-04)"));
        }
        let from = raw.from.as_ref().map(|date| day("from", date)).transpose()?;
        let until = raw.until.as_ref().map(|date| day("until", date)).transpose()?;
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            return Err(value("until", "is before `from`"));
        }
        Ok(Self {
            id: DatasetId::parse(&raw.id).map_err(|error| value("id", &error.to_string()))?,
            track,
            project: ProjectId::parse(&raw.project)
                .map_err(|error| value("project", &error.to_string()))?,
            recipient: raw
                .recipient
                .as_deref()
                .map(UserId::parse)
                .transpose()
                .map_err(|error| value("recipient", &error.to_string()))?,
            tables: tables(raw.tables.as_deref())?,
            from,
            until,
            anonymise: anonymise(&raw.anonymise.unwrap_or_default(), rules)?,
            digest: seal::sha256(text.as_bytes()),
        })
    }
}

fn value(key: &str, why: &str) -> SpecError {
    SpecError::Value { key: key.to_owned(), why: why.to_owned() }
}

fn day(key: &str, date: &toml::value::Datetime) -> Result<Day, SpecError> {
    Day::from_iso(&date.to_string()).ok_or_else(|| value(key, "must be a date, such as 2024-04-01"))
}

fn tables(wanted: Option<&[String]>) -> Result<Vec<&'static Table>, SpecError> {
    let all = || sudare_model::table::CLINICAL.iter();
    let Some(wanted) = wanted else {
        return Ok(all().filter(|table| table.name != FREE_TEXT_TABLE).collect());
    };
    for (at, name) in wanted.iter().enumerate() {
        let key = format!("tables[{at}]");
        if name == FREE_TEXT_TABLE {
            return Err(value(&key, "free text does not leave (R-ANON-06)"));
        }
        if Table::named(name).is_none() {
            return Err(value(&key, "is no clinical table"));
        }
    }
    if !wanted.iter().any(|name| name == "person") {
        return Err(value("tables", "must hold `person`: persons are what is counted"));
    }
    Ok(all().filter(|table| wanted.iter().any(|name| name == table.name)).collect())
}

fn anonymise(raw: &RawAnonymise, rules: &Rules) -> Result<Anonymise, SpecError> {
    let quasi_identifiers = match &raw.quasi_identifiers {
        None => Quasi::ALL.to_vec(),
        Some(words) => quasi(words)?,
    };
    let k = raw.k.unwrap_or_else(|| whole(rules.k.value));
    if k < 2 {
        return Err(value("anonymise.k", "must be 2 or more"));
    }
    let max_suppression = raw.max_suppression.unwrap_or(rules.max_suppression.value);
    if !(0.0..1.0).contains(&max_suppression) {
        return Err(value("anonymise.max_suppression", "must be from 0 to below 1"));
    }
    let outlier_quantile = raw.outlier_quantile.unwrap_or(rules.outlier_quantile.value);
    if !(0.0..0.5).contains(&outlier_quantile) {
        return Err(value("anonymise.outlier_quantile", "must be from 0 to below 0.5"));
    }
    let date_shift_days = raw.date_shift_days.unwrap_or_else(|| whole(rules.date_shift_days.value));
    if date_shift_days > SHIFT_DAYS_MAX {
        return Err(value("anonymise.date_shift_days", "must be 366 or less"));
    }
    let rare = raw.rare_code_min_persons;
    let rare_code_min_persons = rare.unwrap_or_else(|| whole(rules.rare_code_min_persons.value));
    if rare_code_min_persons == 0 {
        return Err(value("anonymise.rare_code_min_persons", "must be 1 or more"));
    }
    Ok(Anonymise {
        k,
        quasi_identifiers,
        max_suppression,
        date_shift_days,
        rare_code_min_persons,
        outlier_quantile,
    })
}

fn quasi(words: &[String]) -> Result<Vec<Quasi>, SpecError> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let key = format!("anonymise.quasi_identifiers[{at}]");
        let one = Quasi::from_word(word)
            .ok_or_else(|| value(&key, "must be `sex`, `birth_year` or `area`"))?;
        if found.contains(&one) {
            return Err(value(&key, "is named twice"));
        }
        found.push(one);
    }
    if found.is_empty() {
        return Err(value("anonymise.quasi_identifiers", "must name at least one"));
    }
    found.sort_unstable();
    Ok(found)
}

/// A rule file's number as a whole one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to u32")]
pub(crate) fn whole(number: f64) -> u32 {
    number.clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const HEAD: &str = "format = \"sudare-dataset-1\"\nid = \"d\"\nproject = \"p1\"\n";

    fn check(rest: &str, expected: &Expect) {
        let rules = Rules::of_2024().unwrap();
        let said = match Spec::parse(&format!("{HEAD}{rest}"), &rules) {
            Ok(spec) => {
                let tables: Vec<_> = spec.tables.iter().map(|table| table.name).collect();
                format!("{} {} k={}", spec.track, tables.len(), spec.anonymise.k)
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn a_specification_is_read_and_its_errors_name_the_key() {
        check("track = \"anonymised\"", &expect!["anonymised 11 k=10"]);
        check(
            "track = \"anonymised\"\ntables = [\"person\", \"note\"]",
            &expect!["`tables[1]`: free text does not leave (R-ANON-06)"],
        );
        check(
            "track = \"anonymised\"\ntables = [\"death\"]",
            &expect!["`tables`: must hold `person`: persons are what is counted"],
        );
        check("track = \"x\"", &expect!["`track`: must be `anonymised` or `pseudonymised`"]);
        check(
            "track = \"pseudonymised\"\n[anonymise]\nk = 5",
            &expect!["`anonymise`: belongs to the track `anonymised` alone (R-PSEU-04)"],
        );
        check(
            "track = \"anonymised\"\n[anonymise]\nk = 1",
            &expect!["`anonymise.k`: must be 2 or more"],
        );
        check(
            "track = \"anonymised\"\n[anonymise]\nquasi_identifiers = [\"sex\", \"age\"]",
            &expect!["`anonymise.quasi_identifiers[1]`: must be `sex`, `birth_year` or `area`"],
        );
        check(
            "track = \"anonymised\"\nfrom = 2024-04-01\nuntil = 2024-03-01",
            &expect!["`until`: is before `from`"],
        );
    }

    #[test]
    fn a_typing_error_is_an_error() {
        let rules = Rules::of_2024().unwrap();
        let text = format!("{HEAD}track = \"anonymised\"\n[anonymise]\nkk = 3\n");
        let said = Spec::parse(&text, &rules).unwrap_err().to_string();
        assert!(said.contains("unknown field `kk`"), "{said}");
    }
}
