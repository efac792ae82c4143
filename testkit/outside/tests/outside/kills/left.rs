//! What a kill left: the ledger verifies, has lost nothing, and holds all that was acknowledged.

use std::path::Path;

use super::book;
use crate::run::sudare;

/// Holds a home to what it was before the kill and to what its demo had said. Returns the entries of its ledger.
#[track_caller]
pub(super) fn check(
    binary: &Path,
    home: &Path,
    before: &[Vec<u8>],
    said: &Path,
    place: &str,
) -> Vec<Vec<u8>> {
    let entries = book::entries(home);
    assert!(entries.starts_with(before), "{place}: the ledger lost or changed an entry");
    if !entries.is_empty() {
        let output = sudare(binary, home).arg("verify").arg(home.join("ledger")).output().unwrap();
        assert!(output.status.success(), "{place}: the ledger does not verify: {output:?}");
    }
    for command in acknowledged(&std::fs::read_to_string(said).unwrap()) {
        held(home, &entries, &command, place);
    }
    entries
}

/// A command that a demo printed and whose account it printed after it.
struct Acknowledged {
    words: Vec<String>,
    account: String,
}

fn acknowledged(said: &str) -> Vec<Acknowledged> {
    let blocks = said.split("\n$ sudare ").skip(1).filter_map(|block| {
        let (command, account) = block.split_once('\n')?;
        let words = command.split_whitespace().map(str::to_owned).collect();
        Some(Acknowledged { words, account: account.trim().to_owned() })
    });
    blocks.filter(|one| !one.account.is_empty()).collect()
}

/// What the account of a command promised must be there.
#[track_caller]
fn held(home: &Path, entries: &[Vec<u8>], command: &Acknowledged, place: &str) {
    let word = |at: usize| command.words.get(at).map_or("", String::as_str);
    let after = |flag: &str| {
        let at = command.words.iter().position(|word| word == flag).unwrap();
        word(at + 1).to_owned()
    };
    let line = |name: &str| {
        let mut lines = command.account.lines();
        let rest = lines.find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    let kept = match (word(0), word(1)) {
        ("synth", _) => home.join("region/register.toml").is_file(),
        ("init", _) => book::says(entries, "site", &[]),
        ("register", "apply") => book::says(entries, "register", &[]),
        ("receive", _) => {
            let id = &*line("delivery").unwrap();
            // A provider may have sent nothing that was not there before.
            id == "nothing"
                || book::says(entries, "receive", &[id, &after("--provider")])
                    && book::says(entries, "screen", &[id])
                    && home.join("custody").join(id).join("manifest").is_file()
                    && home.join("vault/cleared").join(format!("c-{id}/manifest")).is_file()
        }
        ("link", _) => {
            let id = line("linked").unwrap();
            book::says(entries, "link", &[&id])
                && home.join("vault/linked").join(id).join("manifest").is_file()
        }
        ("dataset", "build") => {
            let name = Path::new(word(2)).file_stem().unwrap().to_str().unwrap();
            let made = format!("\"dataset\":\"{name}\"");
            let any = |act| book::says(entries, act, &[&made]);
            (any("anonymise") || any("pseudonymise"))
                && home.join("releases").join(name).join("certificate.json").is_file()
        }
        ("grant", "add") => book::says(entries, "grant", &[&after("--dataset"), &after("--to")]),
        ("deliver", _) => {
            let (dataset, user) = (after("--dataset"), after("--to"));
            book::says(entries, "deliver", &[&dataset, &user])
                && home.join(format!("packages/{dataset}-{user}.age")).is_file()
        }
        ("verify", _) => true,
        other => panic!("{place}: a demo runs {other:?}, of which this test knows nothing"),
    };
    assert!(
        kept,
        "{place}: acknowledged and lost: {}\n{}",
        command.words.join(" "),
        command.account
    );
}
