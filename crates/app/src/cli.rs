//! The command line: arguments in, one act of the platform each, an answer out.
//!
//! Bad rows are findings, not failures. Errors go to standard error, answers to standard output; with `--json` the
//! answer is one object.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use sudare_platform::ActError;

mod args;
mod bars;
mod demo;
mod fault;
mod listen;
mod run;
mod show;

use args::Cli;

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return fault::arguments(&error, std::env::args_os()),
    };
    trace_to_stderr();
    match run::command(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fault::report(&error, cli.json),
    }
}

/// Logs go to standard error if `SUDARE_LOG` asks for them (`SUDARE_LOG=debug`), and hold no patient's value.
fn trace_to_stderr() {
    let Ok(mut filter) = tracing_subscriber::EnvFilter::try_from_env("SUDARE_LOG") else { return };
    // At the level of traces it prints the bounds of columns, and a bound is a value of a row.
    if let Ok(silent) = "datafusion_datasource_parquet::page_filter=off".parse() {
        filter = filter.add_directive(silent);
    }
    // Colours are for a person who watches; NO_COLOR is how that person says no.
    let watched = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let _already_set = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(watched)
        .with_writer(std::io::stderr)
        .try_init();
}

/// What a command gives.
pub(crate) type Outcome<T> = Result<T, ActError>;
