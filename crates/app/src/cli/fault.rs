//! How an act that did not happen is told, and its exit status.

use std::error::Error as _;
use std::io::Write as _;
use std::process::ExitCode;

use sudare_platform::ActError;

/// Prints the error to standard error (and, for machines, one object to standard output).
pub(crate) fn report(error: &ActError, json: bool) -> ExitCode {
    let (status, kind) = match error {
        ActError::Failed { .. } => (1, "failed"),
        ActError::Usage(_) => (2, "usage"),
        ActError::Refused { .. } => (3, "refused"),
    };
    let mut text = format!("{kind}: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str("\n  because ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    let rule = match error {
        ActError::Refused { rule, .. } => {
            text.push_str("\n  ");
            text.push_str(rule.japanese());
            Some((rule.id(), rule.article()))
        }
        _ => None,
    };
    // Nothing can be done when the terminal is gone.
    let _gone = writeln!(std::io::stderr(), "{text}");
    if json {
        let object = serde_json::json!({
            "error": kind, "message": error.to_string(),
            "rule": rule.map(|r| r.0), "article": rule.map(|r| r.1), "status": status,
        });
        let _gone = writeln!(std::io::stdout(), "{object}");
    }
    ExitCode::from(status)
}

/// What could not even be read as a command, for machines: the same object as any other error.
pub(crate) fn mistyped(error: &clap::Error) {
    let text = error.render().to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let object = serde_json::json!({
        "error": "usage", "message": message, "rule": null, "article": null, "status": 2,
    });
    let _gone = writeln!(std::io::stdout(), "{object}");
}
