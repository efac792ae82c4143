//! Ladders: for each quasi-identifier the steps from fine to coarse.

use serde::{Deserialize, Serialize};

/// What tells persons apart together with others, as a specification names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quasi {
    /// Sex.
    Sex,
    /// Year of birth.
    BirthYear,
    /// Area of residence, from the postal code.
    Area,
}

impl Quasi {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All, in the order of a tuple.
    pub const ALL: [Self; Self::COUNT] = [Self::Sex, Self::BirthYear, Self::Area];

    /// The word in a specification.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sex => "sex",
            Self::BirthYear => "birth_year",
            Self::Area => "area",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// The column of the released table `person` that holds it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Sex => "gender_source_value",
            Self::BirthYear => "year_of_birth",
            Self::Area => "area",
        }
    }
}

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// As it is.
    Exact,
    /// Years in bands of so many, named by their first year.
    Years(u32),
    /// So many leading digits of the seven.
    Digits(u32),
    /// Not told at all.
    Any,
}

const POSTAL_DIGITS: u32 = 7;

impl Step {
    /// The value at this step. Unknown (0) stays unknown.
    #[must_use]
    pub const fn apply(self, value: u32) -> u32 {
        match self {
            _ if value == 0 => 0,
            Self::Exact => value,
            Self::Years(band) => value - value % if band == 0 { 1 } else { band },
            Self::Digits(digits) => {
                (value - 1) / 10u32.pow(POSTAL_DIGITS.saturating_sub(digits)) + 1
            }
            Self::Any => 0,
        }
    }

    /// The area as it is written: leading digits, zeros kept.
    #[must_use]
    pub fn area(self, value: u32) -> Option<String> {
        let width = match self {
            Self::Exact => POSTAL_DIGITS,
            Self::Digits(digits) => digits,
            Self::Years(_) | Self::Any => return None,
        };
        let width = usize::try_from(width).unwrap_or_default();
        (value > 0).then(|| format!("{:0width$}", value - 1))
    }
}

/// The steps of one quasi-identifier, finest first. The first is the finest that the rules let out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// Of what.
    pub quasi: Quasi,
    /// The steps.
    pub steps: Vec<Step>,
    /// How much its loss counts against that of the others.
    pub weight: f64,
}

impl Ladder {
    /// The ladder of a quasi-identifier that is stated; `area_digits` is the most the rules
    /// let out, `weight` how much its loss counts.
    #[must_use]
    pub fn stated(quasi: Quasi, area_digits: u32, weight: f64) -> Self {
        let steps = match quasi {
            Quasi::Sex => vec![Step::Exact, Step::Any],
            Quasi::BirthYear => {
                vec![Step::Exact, Step::Years(5), Step::Years(10), Step::Years(20), Step::Any]
            }
            Quasi::Area => {
                let digits = (1..=area_digits).rev().map(Step::Digits);
                digits.chain([Step::Any]).collect()
            }
        };
        Self { quasi, steps, weight }
    }

    /// One that is not stated: it does not leave.
    #[must_use]
    pub fn withheld(quasi: Quasi) -> Self {
        Self { quasi, steps: vec![Step::Any], weight: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_only_coarsens() {
        assert_eq!(Step::Years(5).apply(1987), 1985);
        assert_eq!(Step::Digits(3).apply(600_001 + 1), 60 + 1);
        assert_eq!(Step::Digits(3).area(61), Some("060".to_owned()));
        assert_eq!(Step::Any.apply(1987), 0);
        assert_eq!(Step::Years(10).apply(0), 0);
        for ladder in Quasi::ALL.map(|quasi| Ladder::stated(quasi, 3, 1.0)) {
            for pair in ladder.steps.windows(2) {
                for value in 1..30_000 {
                    let fine = pair[0].apply(value);
                    let other = pair[0].apply(value + 1);
                    if fine == other {
                        assert_eq!(pair[1].apply(value), pair[1].apply(value + 1));
                    }
                }
            }
        }
    }
}
