//! Why an act did not happen: three faces, which are the exit statuses of the command line.
//!
//! The message of an error is the part after the word of its face: whoever prints it writes `refused: ` or `failed: `
//! before it. A cause is never dropped: it stands in the message of a usage error and in the sources of a failure.

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
    #[error("{rule}; {what}")]
    Refused {
        /// The rule.
        rule: Rule,
        /// What it refused and what would help.
        what: String,
    },
    /// Something failed: exit status 1.
    #[error("while {doing}")]
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

    /// One problem in what a person wrote, as an error tells it, with every cause below it.
    #[must_use]
    pub fn usage_error(place: impl Into<String>, error: &(dyn Error + 'static)) -> Self {
        Self::usage(place, with_causes(error))
    }

    /// The causes, outermost first; what a message has said already is not said again.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        causes(self)
    }

    /// A refusal. The message cites the rule before what is said here.
    #[must_use]
    pub fn refused(rule: Rule, what: impl Into<String>) -> Self {
        Self::Refused { rule, what: what.into() }
    }
}

/// The causes of an error in words. Many an error repeats its cause in its own message; that is told once.
fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said = error.to_string();
    let mut told = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            told.push(text.clone());
        }
        said = text;
        cause = inner.source();
    }
    told
}

/// An error and its causes in one sentence.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        text.push_str(", because ");
        text.push_str(&cause);
    }
    text
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

/// Says in which thing a person wrote a problem is.
pub(crate) trait At<T> {
    /// Turns an error into [`ActError::Usage`] at a place, with its causes.
    fn at(self, place: &str) -> Result<T, ActError>;
}

impl<T, E: Error + 'static> At<T> for Result<T, E> {
    fn at(self, place: &str) -> Result<T, ActError> {
        self.map_err(|error| ActError::usage_error(place, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("`x` could not be read")]
    struct Unread(#[source] std::io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("outside: {0}")]
    struct Repeating(#[source] Unread);

    fn unread() -> Unread {
        Unread(std::io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn a_usage_error_keeps_its_cause() {
        let error = Err::<(), _>(unread()).at("x.toml").unwrap_err();
        assert_eq!(error.to_string(), "x.toml: `x` could not be read, because permission denied");
    }

    #[test]
    fn a_failure_tells_each_cause_once() {
        let error = Err::<(), _>(Repeating(unread())).doing("reading").unwrap_err();
        assert_eq!(error.to_string(), "while reading");
        assert_eq!(error.causes(), ["outside: `x` could not be read", "permission denied"]);
    }

    #[test]
    fn a_refusal_cites_its_rule_once() {
        let error = ActError::refused(Rule::WithdrawnSince, "build it anew");
        let said = error.to_string();
        assert!(said.starts_with("R-OPT-07 (Act Art. 53, 56(ii)): "), "{said}");
        assert!(said.ends_with("; build it anew"), "{said}");
    }
}
