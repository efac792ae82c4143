//! The keys of a specification and what each may be, so that a slip is answered in the words of the
//! reference page and not in those of a parser.
//!
//! Invariant: what passes here deserialises; what does not is told with its line and its key.

use sudare_model::nearest::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{SpecError, Text};

/// What a value may be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Date,
    /// A whole number.
    Whole,
    /// A number.
    Share,
    /// `[anonymise]`.
    Numbers,
}

/// A key: its name, whether it must be there, what it may be, and the same in words.
type Key = (&'static str, bool, Kind, &'static str);

const TOP: &[Key] = &[
    ("format", true, Kind::Text, "the text \"sudare-dataset-1\""),
    ("id", true, Kind::Text, "a text, the dataset's own id, such as \"cohort-a\""),
    ("track", true, Kind::Text, "the text \"anonymised\" or \"pseudonymised\""),
    ("project", true, Kind::Text, "a text, the id of the user's project, such as \"p1\""),
    ("recipient", false, Kind::Text, "a text, the id of a user of the register"),
    ("tables", false, Kind::Texts, "a list of names of tables, such as [\"person\"]"),
    ("from", false, Kind::Date, "a date such as 2024-04-01, without quotes"),
    ("until", false, Kind::Date, "a date such as 2024-04-01, without quotes"),
    ("anonymise", false, Kind::Numbers, "a table, written `[anonymise]`"),
];

const NUMBERS: &[Key] = &[
    ("k", false, Kind::Whole, "a whole number of 2 or more"),
    ("quasi_identifiers", false, Kind::Texts, "a list of words, such as [\"sex\"]"),
    ("max_suppression", false, Kind::Share, "a number from 0 to below 1"),
    ("date_shift_days", false, Kind::Whole, "a whole number from 0 to 366"),
    ("rare_code_min_persons", false, Kind::Whole, "a whole number of 1 or more"),
    ("outlier_quantile", false, Kind::Share, "a number from 0 to below 0.5"),
    ("earlier_releases", false, Kind::Text, "the text \"suppress\" or \"refuse\""),
];

/// The first slip in a key or in the kind of a value. Text that is no TOML is left to its parser.
pub(super) fn check(place: Text<'_>) -> Result<(), SpecError> {
    let Ok(root) = DeTable::parse(place.0) else { return Ok(()) };
    table(place, root.get_ref(), "", TOP)?;
    match root.get_ref().get("anonymise").map(Spanned::get_ref) {
        Some(DeValue::Table(numbers)) => table(place, numbers, "anonymise.", NUMBERS),
        _ => Ok(()),
    }
}

fn table(place: Text<'_>, table: &DeTable<'_>, path: &str, keys: &[Key]) -> Result<(), SpecError> {
    let names = || keys.iter().map(|(name, ..)| *name);
    for (key, value) in table {
        let written: &str = key.get_ref();
        let at = format!("{path}{written}");
        let Some((_, _, kind, what)) = keys.iter().find(|(name, ..)| *name == written) else {
            let absent = names().filter(|name| !table.contains_key(*name));
            let hint = match nearest(written, absent).or_else(|| nearest(written, names())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(place.at(&key.span(), &at, &format!("is no known key; {hint}")));
        };
        if !fits(*kind, value.get_ref()) {
            return Err(place.at(&value.span(), &at, &format!("must be {what}")));
        }
    }
    let missing = keys.iter().find(|(name, needed, ..)| *needed && !table.contains_key(*name));
    match missing {
        Some((name, _, _, what)) => {
            Err(place.at(&(0..0), name, &format!("is missing; it is {what}")))
        }
        None => Ok(()),
    }
}

fn fits(kind: Kind, value: &DeValue<'_>) -> bool {
    let text = |one: &DeValue<'_>| matches!(one, DeValue::String(_));
    match (kind, value) {
        (Kind::Text, one) => text(one),
        (Kind::Texts, DeValue::Array(list)) => list.iter().all(|one| text(one.get_ref())),
        (Kind::Date, DeValue::Datetime(_))
        | (Kind::Numbers, DeValue::Table(_))
        | (Kind::Share, DeValue::Integer(_) | DeValue::Float(_)) => true,
        (Kind::Whole, DeValue::Integer(number)) => {
            u32::from_str_radix(number.as_str(), number.radix()).is_ok()
        }
        _ => false,
    }
}
