//! The `sudare` binary: the only crate that knows argv and the terminal.
//!
//! Exit status: 0 done; 1 failed; 2 usage or configuration; 3 refused by a rule. Start reading at [`cli`].

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::main()
}
