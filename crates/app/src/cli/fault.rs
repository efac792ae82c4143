//! How an act that did not happen is told, and its exit status.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use serde::Serialize;
use sudare_platform::ActError;

/// What `--json` prints instead of an answer.
#[derive(Debug, Serialize)]
struct Fault {
    /// `failed`, `usage` or `refused`.
    error: &'static str,
    /// What happened.
    message: String,
    /// Why, outermost first.
    because: Vec<String>,
    /// Requirement id of the rule that refused.
    rule: Option<&'static str>,
    /// Its article.
    article: Option<&'static str>,
    /// The exit status.
    status: u8,
}

impl Fault {
    fn of(error: &ActError) -> Self {
        let (status, word) = match error {
            ActError::Failed { .. } => (1, "failed"),
            ActError::Usage(_) => (2, "usage"),
            ActError::Refused { .. } => (3, "refused"),
        };
        let rule = match error {
            ActError::Refused { rule, .. } => Some(rule),
            ActError::Failed { .. } | ActError::Usage(_) => None,
        };
        Self {
            error: word,
            message: error.to_string(),
            because: error.causes(),
            rule: rule.map(|rule| rule.id()),
            article: rule.map(|rule| rule.article()),
            status,
        }
    }

    /// What clap says of a command line, without its colours and its hints at the end.
    fn of_arguments(error: &clap::Error) -> Self {
        let told = error.render().to_string();
        let first = told.trim().split("\n\n").next().unwrap_or_default();
        let message = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                "a command is missing"
            }
            _ => first.strip_prefix("error: ").unwrap_or(first),
        };
        let message = message.to_owned();
        let (rule, article) = (None, None);
        Self { error: "usage", message, because: Vec::new(), rule, article, status: 2 }
    }

    fn text(&self) -> String {
        let mut text = format!("{}: {}", self.error, self.message);
        for cause in &self.because {
            text.push_str("\n  because ");
            text.push_str(cause);
        }
        text
    }

    fn print_object(&self) {
        // Nothing can be done when the reader is gone; a fault always encodes.
        if let Ok(object) = serde_json::to_string(self) {
            let _gone = writeln!(std::io::stdout(), "{object}");
        }
    }
}

/// Prints the error to standard error (and, for machines, one object to standard output).
pub(crate) fn report(error: &ActError, json: bool) -> ExitCode {
    let fault = Fault::of(error);
    let mut text = fault.text();
    if let ActError::Refused { rule, .. } = error {
        text.push_str("\n  ");
        text.push_str(rule.japanese());
    }
    // Nothing can be done when the terminal is gone.
    let _gone = writeln!(std::io::stderr(), "{text}");
    if json {
        fault.print_object();
    }
    ExitCode::from(fault.status)
}

/// Answers a command line that does not read. Help and version are answers; anything else is a usage error.
pub(crate) fn arguments(error: &clap::Error, typed: impl Iterator<Item: AsRef<OsStr>>) -> ExitCode {
    let printed = error.print();
    if !error.use_stderr() {
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if asks_for_json(typed) {
        Fault::of_arguments(error).print_object();
    }
    ExitCode::from(2)
}

/// Whether `--json` was typed, in a line that did not read.
fn asks_for_json(mut typed: impl Iterator<Item: AsRef<OsStr>>) -> bool {
    typed
        .find(|word| matches!(word.as_ref().to_str(), Some("--json" | "--")))
        .is_some_and(|word| word.as_ref() == "--json")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use sudare_platform::Rule;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn a_refusal_and_a_failure_say_so_once() {
        let refused = Fault::of(&ActError::refused(Rule::StopRequested, "rows")).text();
        assert!(refused.starts_with("refused: R-OPT-06 (Act Art. 53, 56(ii)): "), "{refused}");
        let source = std::io::Error::other("the disk is full").into();
        let failed = Fault::of(&ActError::Failed { doing: "linking".to_owned(), source });
        assert_eq!(failed.text(), "failed: while linking\n  because the disk is full");
        assert_eq!(failed.because, ["the disk is full"]);
    }

    #[test]
    fn a_line_that_does_not_read_is_an_object_too() {
        let said = |line: &[&str]| {
            let error = Cli::try_parse_from(line).unwrap_err();
            (asks_for_json(line.iter()), Fault::of_arguments(&error))
        };
        let (json, fault) = said(&["sudare", "--json", "recieve"]);
        assert!(json && fault.message.contains("'recieve'"), "{fault:?}");
        assert!(!fault.message.contains("error:") && !fault.message.contains("Usage"), "{fault:?}");
        let (json, fault) = said(&["sudare", "--json"]);
        assert_eq!((json, fault.message.as_str(), fault.status), (true, "a command is missing", 2));
        let (json, fault) = said(&["sudare", "receive", "x", "--", "--json"]);
        assert!(!json && fault.message.contains("--provider"), "{fault:?}");
    }
}
