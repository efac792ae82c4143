//! The page of the command line is what the binary itself says, command by command.
//!
//! With `SUDARE_BLESS` set the page is written instead of compared.

use std::path::Path;
use std::process::Command;

use crate::run::{binary, root};

const PAGE: &str = "docs/reference/cli.md";

const HEAD: &str = "# Command line

Written from the binary's own help by `SUDARE_BLESS=1 SUDARE_BIN=… cargo test -p sudare-outside reference`, and compared
with it by every run of `.ci/run`.

Exit status: 0 done; 1 failed; 2 usage or configuration; 3 refused by a rule (the message cites [rule](codes.md) and
article).
Bad rows are findings, not failures.
Answers go to standard output, progress and errors to standard error; with `--json` the answer is one object.
";

#[test]
fn the_page_of_the_command_line_is_what_the_binary_says() {
    let Some(binary) = binary() else { return };
    let mut page = String::from(HEAD);
    describe(&binary, &mut Vec::new(), &mut page);
    let file = root().join(PAGE);
    if std::env::var_os("SUDARE_BLESS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let stands = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = page.lines().zip(stands.lines()).find(|(is, was)| is != was);
    assert!(page == stands, "{PAGE} is not what the binary says, beginning at {differs:?}");
}

/// Adds a command's help, then that of each command under it.
fn describe(binary: &Path, command: &mut Vec<String>, page: &mut String) {
    let output = Command::new(binary)
        .args(&*command)
        .arg("--help")
        .env_remove("SUDARE_HOME")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?} has no help");
    let help = String::from_utf8(output.stdout).unwrap();
    let name = [&["sudare".to_owned()], command.as_slice()].concat().join(" ");
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    for inner in commands(&help) {
        command.push(inner);
        describe(binary, command, page);
        command.pop();
    }
}

/// The first words of the lines under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}
