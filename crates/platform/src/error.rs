//! Why an act did not happen: three faces, which are the exit statuses of the command line.

use std::error::Error;
use std::fmt;

use sudare_model::Rule;

/// A problem in something a person wrote: a file, an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File and line, or argument.
    pub place: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Usage or configuration: exit status 2. Every problem found is listed.
    #[error("{}", lines(.0))]
    Usage(Vec<Problem>),
    /// A rule refused: exit status 3. The message cites rule id and article.
    #[error("refused by {rule}; {what}")]
    Refused {
        /// The rule.
        rule: Rule,
        /// What it refused and what would help.
        what: String,
    },
    /// Something failed: exit status 1.
    #[error("failed while {doing}")]
    Failed {
        /// What was being done.
        doing: String,
        /// Why. Never holds a patient's value.
        source: Box<dyn Error + Send + Sync>,
    },
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl ActError {
    /// One problem in what a person wrote.
    #[must_use]
    pub fn usage(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Usage(vec![Problem { place: place.into(), message: message.into() }])
    }

    /// A refusal.
    #[must_use]
    pub fn refused(rule: Rule, what: impl Into<String>) -> Self {
        Self::Refused { rule, what: what.into() }
    }
}

/// Says what was being done when something failed.
pub(crate) trait Doing<T> {
    /// Turns an error into [`ActError::Failed`].
    fn doing(self, what: &str) -> Result<T, ActError>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Doing<T> for Result<T, E> {
    fn doing(self, what: &str) -> Result<T, ActError> {
        self.map_err(|error| ActError::Failed { doing: what.to_owned(), source: error.into() })
    }
}
