//! The dated rule file: numbers that only guidelines or practice give, each with its source.
//!
//! What it is for: defaults of a specification, and the reasons a certificate prints beside them.
//! What it is not for: statute, which is code. Invariant: no threshold of this crate stands
//! anywhere but in `rules/*.toml`.

use serde::{Deserialize, Serialize};

/// A number, why it is so, and how far to trust the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The number.
    pub value: f64,
    /// The requirement it serves.
    pub requirement: String,
    /// Where it comes from.
    pub source: String,
    /// `statute`, `guideline`, `practice`, `decision` or `unverified`.
    pub mark: String,
}

/// One dated rule file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    format: String,
    date: toml::value::Datetime,
    /// Smallest class of persons that the quasi-identifiers may tell apart.
    pub k: Threshold,
    /// Largest share of persons that may be left out to reach k.
    pub max_suppression: Threshold,
    /// A code held by fewer persons is peculiar.
    pub rare_code_min_persons: Threshold,
    /// Share of values of an item at each end that is coded to the bound.
    pub outlier_quantile: Threshold,
    /// Widest shift of a person's dates, in days either way.
    pub date_shift_days: Threshold,
    /// Ages from here on are one, in years.
    pub oldest_age: Threshold,
    /// Most digits of a postal code that anonymised data may keep.
    pub area_digits_anonymised: Threshold,
    /// Digits of a postal code that pseudonymised data keep.
    pub area_digits_pseudonymised: Threshold,
    /// Parts of a birth date that pseudonymised data keep: 1 year, 2 and month, 3 and day.
    pub birth_parts_pseudonymised: Threshold,
    /// What a loss of sex counts when a generalisation is chosen.
    pub weight_sex: Threshold,
    /// What a loss of the birth year counts.
    pub weight_birth_year: Threshold,
    /// What a loss of the area counts.
    pub weight_area: Threshold,
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It is not the TOML expected.
    #[error("the rule file cannot be read: {0}")]
    Syntax(String),
    /// Another format.
    #[error("the rule file's `format` is not `{FORMAT}`")]
    Format,
}

const FORMAT: &str = "sudare-deident-rules-1";

impl Rules {
    /// Reads a rule file.
    ///
    /// # Errors
    /// [`RulesError`] if the text is not a rule file.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules: Self =
            toml::from_str(text).map_err(|error| RulesError::Syntax(error.to_string()))?;
        if rules.format == FORMAT { Ok(rules) } else { Err(RulesError::Format) }
    }

    /// The rules in force from 2024-04-01.
    ///
    /// # Errors
    /// [`RulesError`] if the file built in is broken; a test holds that it is not.
    pub fn of_2024() -> Result<Self, RulesError> {
        Self::parse(include_str!("../rules/2024-04-01.toml"))
    }

    /// The day from which they are in force, `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> String {
        self.date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_built_in_can_be_read_and_every_number_has_its_source() {
        let rules = Rules::of_2024().unwrap();
        assert_eq!(rules.date(), "2024-04-01");
        assert_eq!(rules.k.value, 10.0);
        for threshold in [&rules.k, &rules.oldest_age, &rules.birth_parts_pseudonymised] {
            assert!(threshold.requirement.starts_with("R-"));
            assert!(!threshold.source.is_empty());
        }
    }

    #[test]
    fn another_format_is_refused() {
        let text = include_str!("../rules/2024-04-01.toml").replace("rules-1", "rules-9");
        assert!(matches!(Rules::parse(&text), Err(RulesError::Format)));
        assert!(matches!(Rules::parse("k = 3"), Err(RulesError::Syntax(_))));
    }
}
