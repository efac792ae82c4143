//! What `--json` prints is what the page of answers says: the same keys, no more and no fewer.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::run::{binary, json, root, sudare};

/// The keys that a section of the page lists.
pub(crate) fn listed(page: &str, section: &str) -> BTreeSet<String> {
    let lines = page.lines().skip_while(|line| *line != format!("## {section}")).skip(1);
    let rows = lines.take_while(|line| !line.starts_with("## "));
    rows.filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned)).collect()
}

#[test]
fn every_answer_has_the_keys_that_the_page_lists() {
    let Some(binary) = binary() else { return };
    let page = fs::read_to_string(root().join("docs/reference/json.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let at = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let [region, register, clinic] =
        ["region", "region/register.toml", "region/deliveries/clinic-1"].map(at);
    let [release, ledger, tables] = ["releases/cohort-a", "ledger", "tables"].map(at);
    let mapping = root().join("fuzz/corpus/municipal_table/mapping.toml").display().to_string();
    let [spec, number, list, phrase] =
        ["region/cohort-a.toml", "number", "list.csv", "phrase"].map(at);
    let handing = ["--dataset", "cohort-a", "--to", "university-1"];
    let commands: [(&str, &[&str]); 18] = [
        ("`sudare demo`", &["demo", "--persons", "100"]),
        ("`sudare synth`", &["synth", "--out", &region, "--persons", "100", "--seed", "1"]),
        ("`sudare init`", &["init"]),
        ("`sudare register apply`", &["register", "apply", &register]),
        ("`sudare masters`", &["masters", "list"]),
        ("`sudare receive`", &["receive", "--provider", "clinic-1", &clinic]),
        ("`sudare receive`", &["receive", "--provider", "clinic-1", "--list", &list, &clinic]),
        ("`sudare link`", &["link"]),
        ("`sudare dataset build`", &["dataset", "build", &spec, "--rehearsal-seed", "1"]),
        ("`sudare grant add`", &[&["grant", "add"], &handing[..]].concat()),
        ("`sudare deliver`", &[&["deliver"], &handing[..]].concat()),
        ("`sudare verify`", &["verify", &release]),
        ("`sudare verify`", &["verify", &ledger]),
        ("`sudare tools parse`", &["tools", "parse", &clinic, "--out", &tables]),
        ("`sudare tools check-mapping`", &["tools", "check-mapping", &mapping]),
        ("An error", &["receive", "--provider", "nobody", &clinic]),
        ("An error", &["verify", "nowhere"]),
        ("An error", &["recieve"]),
    ];
    let keys_are = |section: &str, words: &[&str]| {
        let output = sudare(&binary, &home).arg("--json").args(words).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.lines().count(), 1, "{words:?} printed more than one line:\n{text}");
        let Value::Object(answer) = json(&output) else { panic!("{words:?}: no object: {text}") };
        let keys: BTreeSet<String> = answer.keys().cloned().collect();
        assert_eq!(keys, listed(&page, section), "{words:?}");
        answer
    };
    for (section, words) in commands {
        keys_are(section, words);
    }
    fs::write(&number, "nobody-1").unwrap();
    let stop = ["stop", "add", "--provider", "clinic-1", "--patient-file", &number];
    let asked = keys_are("`sudare stop add`", &stop);
    let request = asked["request"].as_str().unwrap();
    keys_are("`sudare stop receipt`", &["stop", "receipt", "--request", request]);
    fs::write(&phrase, "four words nobody guesses").unwrap();
    keys_are("`sudare site passphrase`", &["site", "passphrase", "--new", &phrase]);
}
