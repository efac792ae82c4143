//! The specification of a dataset, as a person writes it.
//!
//! What it is for: reading `SPEC.toml` strictly, with errors that name the key. What it is not for:
//! deciding what happens to a column; that is [`crate::policy`]. Invariant: a key that is not known
//! is an error, so that a typing error never weakens a dataset.

use serde::Deserialize;
use sudare_model::nearest::nearest;
use sudare_model::table::Table;
use sudare_model::time::Day;
use sudare_model::{DatasetId, Digest, ProjectId, Track, UserId};
use toml::Spanned;

use crate::risk::Quasi;
use crate::rules::Rules;
use crate::seal;

mod keys;

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
    lines: Lines,
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
    /// What is done where an earlier release of the project leaves fewer than k alike.
    pub earlier_releases: WithEarlier,
}

/// What is done about persons of whom this release and earlier ones together leave fewer than k
/// alike (R-ANON-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithEarlier {
    /// The generalisation is chosen with them in mind, and who remains is left out.
    Suppress,
    /// The build is refused.
    Refuse,
}

impl WithEarlier {
    /// The word in a specification.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suppress => "suppress",
            Self::Refuse => "refuse",
        }
    }
}

/// What is wrong with a specification, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", named(.key))]
pub struct SpecError {
    /// Line of the text, from 1.
    pub line: usize,
    /// Path of the key, such as `anonymise.k`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what would fit.
    pub why: String,
}

fn named(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("`{key}`: ") }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: Spanned<String>,
    id: Spanned<String>,
    track: Spanned<String>,
    project: Spanned<String>,
    recipient: Option<Spanned<String>>,
    tables: Option<Spanned<Vec<Spanned<String>>>>,
    from: Option<Spanned<toml::value::Datetime>>,
    until: Option<Spanned<toml::value::Datetime>>,
    anonymise: Option<Spanned<RawAnonymise>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawAnonymise {
    k: Option<Spanned<u32>>,
    quasi_identifiers: Option<Spanned<Vec<Spanned<String>>>>,
    max_suppression: Option<Spanned<f64>>,
    date_shift_days: Option<Spanned<u32>>,
    rare_code_min_persons: Option<Spanned<u32>>,
    outlier_quantile: Option<Spanned<f64>>,
    earlier_releases: Option<Spanned<String>>,
}

const FORMAT: &str = "sudare-dataset-1";
const FREE_TEXT_TABLE: &str = "note";
const SHIFT_DAYS_MAX: u32 = 366;

/// The text, for lines.
#[derive(Clone, Copy)]
struct Text<'a>(&'a str);

impl Text<'_> {
    fn line(self, byte: usize) -> usize {
        let before = self.0.as_bytes().iter().take(byte);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    fn at(self, span: &std::ops::Range<usize>, key: &str, why: &str) -> SpecError {
        SpecError { line: self.line(span.start), key: key.to_owned(), why: why.to_owned() }
    }

    fn wrong<T>(self, found: &Spanned<T>, key: &str, why: &str) -> SpecError {
        self.at(&found.span(), key, why)
    }

    /// What the reader of TOML says, with the key that stands on the line it points at.
    fn unread(self, error: &toml::de::Error) -> SpecError {
        let line = self.line(error.span().map_or(0, |span| span.start));
        let written = self.0.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let key = written.split_once('=').map_or("", |(key, _)| key.trim());
        let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let key = if plain && !error.message().contains("missing field") { key } else { "" };
        let why = match error.message() {
            date if date.starts_with("invalid date") => format!("there is no such day ({date})"),
            other => other.to_owned(),
        };
        SpecError { line, key: key.to_owned(), why }
    }
}

impl Spec {
    /// Reads a specification; what it leaves out comes from the rules.
    ///
    /// # Errors
    /// [`SpecError`] names the line and the key that does not fit.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, SpecError> {
        let place = Text(text);
        keys::check(place)?;
        let raw: Raw = toml::from_str(text).map_err(|error| place.unread(&error))?;
        if raw.format.get_ref() != FORMAT {
            return Err(place.wrong(&raw.format, "format", &format!("must be `{FORMAT}`")));
        }
        let track = Track::from_word(raw.track.get_ref()).ok_or_else(|| {
            place.wrong(&raw.track, "track", "must be `anonymised` or `pseudonymised`")
        })?;
        if let (Track::Pseudonymised, Some(numbers)) = (track, &raw.anonymise) {
            let why = "belongs to the track `anonymised` alone (R-PSEU-04)";
            return Err(place.wrong(numbers, "anonymise", why));
        }
        let day = |key, date: &Option<Spanned<_>>| {
            date.as_ref().map(|date| day(place, key, date)).transpose()
        };
        let (from, until) = (day("from", &raw.from)?, day("until", &raw.until)?);
        if let (Some(from), Some(until), Some(written)) = (from, until, &raw.until)
            && until < from
        {
            return Err(place.wrong(written, "until", "is before `from`"));
        }
        let lines = Lines {
            project: place.line(raw.project.span().start),
            recipient: raw.recipient.as_ref().map_or(1, |one| place.line(one.span().start)),
        };
        let id = id(place, "id", &raw.id, DatasetId::parse)?;
        let project = self::id(place, "project", &raw.project, ProjectId::parse)?;
        let recipient = raw.recipient.as_ref();
        let user = |one| self::id(place, "recipient", one, UserId::parse);
        Ok(Self {
            id,
            track,
            project,
            recipient: recipient.map(user).transpose()?,
            tables: tables(place, raw.tables.as_ref())?,
            from,
            until,
            anonymise: match raw.anonymise {
                Some(numbers) => anonymise(place, &numbers.into_inner(), rules)?,
                None => anonymise(place, &RawAnonymise::default(), rules)?,
            },
            digest: seal::sha256(text.as_bytes()),
            lines,
        })
    }

    /// A fault of `project` or `recipient` that only the register shows.
    #[must_use]
    pub fn unknown(&self, key: Registered, why: String) -> SpecError {
        let (line, key) = match key {
            Registered::Project => (self.lines.project, "project"),
            Registered::Recipient => (self.lines.recipient, "recipient"),
        };
        SpecError { line, key: key.to_owned(), why }
    }
}

/// A key whose value must be in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// `project`
    Project,
    /// `recipient`
    Recipient,
}

/// Where the keys stand that the register is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lines {
    project: usize,
    recipient: usize,
}

fn id<T, E: std::fmt::Display>(
    text: Text<'_>,
    key: &str,
    found: &Spanned<String>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, SpecError> {
    parse(found.get_ref()).map_err(|error| text.wrong(found, key, &error.to_string()))
}

fn day(text: Text<'_>, key: &str, date: &Spanned<toml::value::Datetime>) -> Result<Day, SpecError> {
    Day::from_iso(&date.get_ref().to_string())
        .ok_or_else(|| text.wrong(date, key, "must be a date, such as 2024-04-01"))
}

fn tables(
    text: Text<'_>,
    wanted: Option<&Spanned<Vec<Spanned<String>>>>,
) -> Result<Vec<&'static Table>, SpecError> {
    let all = || sudare_model::table::CLINICAL.iter();
    let Some(wanted) = wanted else {
        return Ok(all().filter(|table| table.name != FREE_TEXT_TABLE).collect());
    };
    for (at, name) in wanted.get_ref().iter().enumerate() {
        let key = format!("tables[{at}]");
        if name.get_ref() == FREE_TEXT_TABLE {
            return Err(text.wrong(name, &key, "free text does not leave (R-ANON-06)"));
        }
        if Table::named(name.get_ref()).is_none() {
            let names = all().map(|table| table.name).filter(|name| *name != FREE_TEXT_TABLE);
            let hint = match nearest(name.get_ref(), names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", names.collect::<Vec<_>>().join(", ")),
            };
            return Err(text.wrong(name, &key, &format!("is no clinical table; {hint}")));
        }
    }
    let names = |table: &Table| wanted.get_ref().iter().any(|name| name.get_ref() == table.name);
    if !all().any(|table| table.name == "person" && names(table)) {
        let why = "must hold `person`: persons are what is counted";
        return Err(text.wrong(wanted, "tables", why));
    }
    Ok(all().filter(|table| names(table)).collect())
}

/// A number of `[anonymise]`, or the rule file's; refused where it does not fit.
fn number<T: Copy>(
    text: Text<'_>,
    key: &str,
    found: Option<&Spanned<T>>,
    default: T,
    fits: impl Fn(T) -> bool,
    why: &str,
) -> Result<T, SpecError> {
    match found {
        None => Ok(default),
        Some(found) if fits(*found.get_ref()) => Ok(*found.get_ref()),
        Some(found) => Err(text.wrong(found, &format!("anonymise.{key}"), why)),
    }
}

fn anonymise(text: Text<'_>, raw: &RawAnonymise, rules: &Rules) -> Result<Anonymise, SpecError> {
    Ok(Anonymise {
        k: number(
            text,
            "k",
            raw.k.as_ref(),
            whole(rules.k.value),
            |k| k >= 2,
            "must be 2 or more",
        )?,
        quasi_identifiers: match &raw.quasi_identifiers {
            None => Quasi::ALL.to_vec(),
            Some(words) => quasi(text, words)?,
        },
        max_suppression: number(
            text,
            "max_suppression",
            raw.max_suppression.as_ref(),
            rules.max_suppression.value,
            |share| (0.0..1.0).contains(&share),
            "must be from 0 to below 1",
        )?,
        date_shift_days: number(
            text,
            "date_shift_days",
            raw.date_shift_days.as_ref(),
            whole(rules.date_shift_days.value),
            |days| days <= SHIFT_DAYS_MAX,
            "must be 366 or less",
        )?,
        rare_code_min_persons: number(
            text,
            "rare_code_min_persons",
            raw.rare_code_min_persons.as_ref(),
            whole(rules.rare_code_min_persons.value),
            |persons| persons > 0,
            "must be 1 or more",
        )?,
        outlier_quantile: number(
            text,
            "outlier_quantile",
            raw.outlier_quantile.as_ref(),
            rules.outlier_quantile.value,
            |share| (0.0..0.5).contains(&share),
            "must be from 0 to below 0.5",
        )?,
        earlier_releases: match &raw.earlier_releases {
            None => WithEarlier::Suppress,
            Some(word) => [WithEarlier::Suppress, WithEarlier::Refuse]
                .into_iter()
                .find(|one| one.word() == word.get_ref())
                .ok_or_else(|| {
                    let why = "must be `suppress` or `refuse`";
                    text.wrong(word, "anonymise.earlier_releases", why)
                })?,
        },
    })
}

fn quasi(text: Text<'_>, words: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Quasi>, SpecError> {
    let mut found = Vec::new();
    for (at, word) in words.get_ref().iter().enumerate() {
        let wrong = |why| text.wrong(word, &format!("anonymise.quasi_identifiers[{at}]"), why);
        let one = Quasi::from_word(word.get_ref())
            .ok_or_else(|| wrong("must be `sex`, `birth_year` or `area`"))?;
        if found.contains(&one) {
            return Err(wrong("is named twice"));
        }
        found.push(one);
    }
    if found.is_empty() {
        let why = "must name at least one";
        return Err(text.wrong(words, "anonymise.quasi_identifiers", why));
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
mod tests;
