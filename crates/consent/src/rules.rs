//! The dated rule file: numbers that only guidelines or practice give, each with its source.
//!
//! Statute is code ([`sudare_model::Rule`]); what stands here may change with a circular, so it has a date.

use serde::Deserialize;
use sudare_model::time::Day;

use crate::notice::Method;

const FILES: &[&str] = &[include_str!("../rules/2024-04-01.toml")];

/// The settings in force from a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// From when.
    pub in_force_from: Day,
    /// The shortest stop-request period that needs no reason, in days (R-NOT-03).
    pub stop_request_period_days: u16,
    /// Methods by which a notice counts as given (R-NOT-02).
    pub accepted_methods: Vec<Method>,
    /// Below this age at the day of notice, a guardian must have been notified as well (R-NOT-07). It binds only
    /// where the birth date is known to whoever asks.
    pub guardian_notice_below_age: u8,
}

/// Why there is no rule set.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// The file is not what the format says.
    #[error("the rule file does not read")]
    Syntax(#[from] toml::de::Error),
    /// A value that has no meaning here.
    #[error("rule file: `{0}` does not fit")]
    Value(&'static str),
    /// No file covers the day.
    #[error("no rule file is in force on {0}")]
    NoneInForce(Day),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    in_force_from: toml::value::Date,
    time_zone: String,
    stop_request_period_days: Period,
    notice_methods: Methods,
    minors: Minors,
}

#[derive(Deserialize)]
struct Period {
    default: u16,
    #[serde(flatten)]
    _source: Source,
}

#[derive(Deserialize)]
struct Methods {
    accepted: Vec<String>,
    #[serde(flatten)]
    _source: Source,
}

#[derive(Deserialize)]
struct Minors {
    guardian_notice_below_age: u8,
    #[serde(flatten)]
    _source: Source,
}

/// Every value says where it comes from, or the file does not read.
#[derive(Deserialize)]
struct Source {
    #[serde(rename = "requirement")]
    _requirement: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "mark")]
    _mark: String,
}

impl RuleSet {
    /// The rule set in force on a day, from the files that ship.
    ///
    /// # Errors
    /// [`RuleFileError::NoneInForce`] before the first file; the others only if a shipped file is broken.
    pub fn in_force(day: Day) -> Result<Self, RuleFileError> {
        let mut found = None;
        for text in FILES {
            let set = Self::read(text)?;
            if set.in_force_from <= day {
                found = Some(set);
            }
        }
        found.ok_or(RuleFileError::NoneInForce(day))
    }

    /// Reads a rule file.
    ///
    /// # Errors
    /// [`RuleFileError`] if it is not `sudare-rules-1`, lacks a source, or names an unknown method.
    pub fn read(text: &str) -> Result<Self, RuleFileError> {
        let file: File = toml::from_str(text)?;
        if file.format != "sudare-rules-1" {
            return Err(RuleFileError::Value("format"));
        }
        // All day arithmetic is in `model::time`, which knows Japan time and no other.
        if file.time_zone != "Asia/Tokyo" {
            return Err(RuleFileError::Value("time_zone"));
        }
        let from = file.in_force_from;
        let day = Day::from_ymd(i32::from(from.year), u32::from(from.month), u32::from(from.day));
        let accepted: Option<Vec<Method>> =
            file.notice_methods.accepted.iter().map(|word| Method::from_word(word)).collect();
        Ok(Self {
            in_force_from: day.ok_or(RuleFileError::Value("in_force_from"))?,
            stop_request_period_days: file.stop_request_period_days.default,
            accepted_methods: accepted.ok_or(RuleFileError::Value("notice_methods.accepted"))?,
            guardian_notice_below_age: file.minors.guardian_notice_below_age,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_read() {
        let rules = RuleSet::in_force(Day::from_ymd(2024, 4, 1).unwrap()).unwrap();
        assert_eq!(rules.stop_request_period_days, 30);
        assert_eq!(rules.accepted_methods.len(), 5);
        assert!(RuleSet::in_force(Day::from_ymd(2024, 3, 31).unwrap()).is_err());
    }

    #[test]
    fn a_value_without_a_source_does_not_read() {
        let text = FILES[0].replace("mark =", "remark =");
        assert!(RuleSet::read(&text).is_err());
    }
}
