//! The ledger, read from outside through its public files alone: the checkpoint's size and the entry bundles of the
//! C2SP tlog-tiles layout (entries of two bytes of length, big-endian, and so many bytes).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Entries of a full bundle.
const BUNDLE: usize = 256;

/// All entries that the checkpoint speaks of; none where there is no ledger yet.
pub(super) fn entries(home: &Path) -> Vec<Vec<u8>> {
    let ledger = home.join("ledger");
    let Ok(checkpoint) = std::fs::read_to_string(ledger.join("checkpoint")) else {
        return Vec::new();
    };
    let size: usize = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let bundles = ledger.join("tile/entries");
    let mut found = Vec::new();
    while found.len() < size {
        let (at, wanted) = (found.len() / BUNDLE, (size - found.len()).min(BUNDLE));
        assert!(at < 1000, "a ledger so long has deeper folders");
        let whole = bundles.join(format!("{at:03}"));
        let path =
            if wanted == BUNDLE { whole } else { bundles.join(format!("{at:03}.p/{wanted}")) };
        let before = found.len();
        let bytes = std::fs::read(&path).unwrap();
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
            found.push(entry.to_vec());
            rest = after;
        }
        assert_eq!(found.len() - before, wanted, "{} holds another number", path.display());
    }
    found
}

/// What the entries say of acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    /// Finished acts with every number they recorded, and how often each stands there.
    pub(super) done: BTreeMap<String, usize>,
    /// First halves.
    pub(super) begun: usize,
    /// Acts given up by whoever came after a kill.
    pub(super) abandoned: usize,
}

impl Story {
    pub(super) fn of(entries: &[Vec<u8>]) -> Self {
        let mut story = Self { done: BTreeMap::new(), begun: 0, abandoned: 0 };
        for entry in entries.iter().map(|entry| serde_json::from_slice::<Value>(entry).unwrap()) {
            match entry["half"].as_str().unwrap() {
                "begun" => story.begun += 1,
                "abandoned" => story.abandoned += 1,
                _ => *story.done.entry(told(&entry)).or_default() += 1,
            }
        }
        story
    }

    /// Finished acts.
    pub(super) fn finished(&self) -> usize {
        self.done.values().sum()
    }
}

/// An act by its verb, the level it made and its numbers. Names that the keys of the site decide, digests, times and
/// places in the log are left out: they differ between two sites.
fn told(entry: &Value) -> String {
    let mut words = vec![entry["act"].as_str().unwrap().to_owned()];
    words.extend(entry["made"]["level"].as_str().map(str::to_owned));
    for word in ["provider", "user", "recipient", "project"] {
        words.extend(entry["record"][word].as_str().map(str::to_owned));
    }
    numbers("made", &entry["made"], &mut words);
    numbers("record", &entry["record"], &mut words);
    words.join(" ")
}

fn numbers(name: &str, value: &Value, words: &mut Vec<String>) {
    match value {
        // These two name other entries.
        Value::Number(_) if [".grant", ".epoch"].iter().any(|index| name.ends_with(index)) => {}
        Value::Number(number) => words.push(format!("{name}={number}")),
        Value::Object(fields) => {
            for (field, value) in fields {
                numbers(&format!("{name}.{field}"), value, words);
            }
        }
        _ => {}
    }
}

/// Whether the ledger says that an act of this kind is finished, and says `with` in it.
pub(super) fn says(entries: &[Vec<u8>], act: &str, with: &[&str]) -> bool {
    entries.iter().any(|entry| {
        let text = String::from_utf8_lossy(entry);
        let value: Value = serde_json::from_slice(entry).unwrap();
        let finished = matches!(value["half"].as_str(), Some("done" | "site"));
        finished && value["act"] == act && with.iter().all(|with| text.contains(with))
    })
}
