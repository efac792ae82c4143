//! Every session in the README and in `docs/` is typed as it stands, in one empty folder for each page.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use sudare_outside::transcript::{commands, unseen};

use crate::run::{binary, root};

/// Pages whose sessions are run, beside every page of [`FOLDERS`].
const PAGES: &[&str] = &["README.md", "README.ja.md"];
const FOLDERS: &[&str] = &["docs/guide", "docs/reference"];

#[test]
fn every_session_of_the_documents_runs() {
    let Some(binary) = binary() else { return };
    let mut pages: Vec<_> = PAGES.iter().map(|page| root().join(page)).collect();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.sort();
    for page in pages {
        run_page(&page, &binary);
    }
}

fn run_page(page: &Path, binary: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    std::fs::hard_link(binary, tools.join("sudare"))
        .or_else(|_| std::fs::copy(binary, tools.join("sudare")).map(|_| ()))
        .unwrap();
    let mut path = OsString::from(&tools);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    // What a reader exports stays for the rest of the page.
    let mut exported = String::new();
    for command in commands(&std::fs::read_to_string(page).unwrap()) {
        let place = format!("{}:{}: {}", page.display(), command.line, command.typed);
        // Building and testing is what runs this test; only what follows `--` is the reader's act.
        let Some(typed) = as_built(&command.typed) else {
            eprintln!("not run here: {place}");
            continue;
        };
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("{exported}{typed}")])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("SUDARE_HOME")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(command.status), "{place}\n{text}");
        if let Some(line) = unseen(&command.seen, &text) {
            panic!("{place}\nthe page says `{line}`, and the output is\n{text}");
        }
        if typed.starts_with("export ") {
            exported = format!("{exported}{typed}\n");
        }
    }
}

/// The command with `cargo run … --` replaced by the built binary; `None` for what only builds, fetches or tests.
fn as_built(typed: &str) -> Option<String> {
    if let Some(rest) = typed.strip_prefix("cargo run --release -- ") {
        return Some(format!("sudare {rest}"));
    }
    let building = ["cargo ", "git clone ", "cd sudare", ".ci/run"];
    if building.iter().any(|start| typed.starts_with(start)) { None } else { Some(typed.into()) }
}
