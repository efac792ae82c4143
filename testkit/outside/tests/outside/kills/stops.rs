//! Kills while stop requests come in. A request whose command ended well is in force for ever after; one that was cut
//! off is in force whole or not at all. Asking again is a request of its own, of its own time. What is in force is in
//! the ledger, once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::ending::Ending;
use super::prepared::{From, Prepared};
use super::{book, kill, number};
use crate::run::{binary, done, json, sudare};

/// Requests, each cut off until it is acknowledged.
const REQUESTS: usize = 4;

#[test]
fn a_stop_request_acknowledged_before_a_kill_is_in_force_after_it() {
    let Some(binary) = binary() else { return };
    let (kills, seed) = (number("SUDARE_KILLS", 5).div_ceil(5), number("SUDARE_KILL_SEED", 1));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let prepared = Prepared::new(&binary, folder.path(), From::Linked);
    let (killed, calm) = (folder.path().join("killed"), folder.path().join("calm"));
    prepared.at(&killed);
    prepared.at(&calm);
    let asked = asked(&calm, folder.path());
    let begun = Instant::now();
    for one in &asked {
        done(&mut one.command(&binary, &calm));
    }
    let whole = begun.elapsed().div_f64(REQUESTS as f64);

    let (mut met, mut listed, mut acknowledged) = (0, Vec::new(), Vec::new());
    for one in &asked {
        for round in 0..=kills {
            let place = format!("seed {seed}, request of {}, round {round}", one.provider);
            let before = book::entries(&killed);
            let mut command = one.command(&binary, &killed);
            if round == kills {
                acknowledged.push(json(&done(&mut command)));
            } else {
                let mut child =
                    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                sleep(whole.mul_f64(random.random_range(0.0..1.0)));
                met += u64::from(kill(&mut child));
            }
            assert!(book::entries(&killed).starts_with(&before), "{place}: an entry is lost");
            let now = stops(&binary, &killed);
            assert!(now.starts_with(&listed), "{place}: {listed:?} became {now:?}");
            // At most the one that was cut off came to it.
            assert!(now.len() <= listed.len() + 1, "{place}: {listed:?} became {now:?}");
            listed = now;
        }
    }
    let numbers: BTreeSet<u64> =
        acknowledged.iter().map(|answer| answer["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers.len(), REQUESTS, "{acknowledged:?}");
    assert!(listed.len() >= REQUESTS, "{listed:?}");
    for number in numbers {
        let number = number.to_string();
        done(sudare(&binary, &killed).args(["stop", "receipt", "--number", &number]));
    }
    assert_eq!(withdrawn(&killed), listed.len(), "seed {seed}: requests in the ledger");
    eprintln!("kills while stop requests came in: {met} met one, seed {seed}");
    same_releases(&binary, &killed, &calm);
}

/// After the same stop requests, what leaves is the same.
fn same_releases(binary: &Path, killed: &Path, calm: &Path) {
    for home in [killed, calm] {
        done(sudare(binary, home).arg("link"));
    }
    let [killed, calm] = [killed, calm].map(|home| Ending::reach(binary, home));
    killed.assert_same_tables(&calm, "after stop requests");
}

struct Asked {
    provider: String,
    file: PathBuf,
}

impl Asked {
    fn command(&self, binary: &Path, home: &Path) -> Command {
        let mut command = sudare(binary, home);
        command.args(["--json", "stop", "add", "--provider", &self.provider, "--patient-file"]);
        command.arg(&self.file);
        command
    }
}

/// Requests of the first persons of the region, each with a file that holds the patient number.
fn asked(home: &Path, folder: &Path) -> Vec<Asked> {
    let people = std::fs::read_to_string(home.join("region/truth/people.csv")).unwrap();
    let rows = people.lines().skip(1).take(REQUESTS).enumerate();
    let asked = rows.map(|(at, row)| {
        let mut cells = row.split(',').skip(1);
        let provider = cells.next().unwrap().to_owned();
        let file = folder.join(format!("patient-{at}"));
        std::fs::write(&file, cells.next().unwrap()).unwrap();
        Asked { provider, file }
    });
    asked.collect()
}

fn stops(binary: &Path, home: &Path) -> Vec<Value> {
    let listed = json(&done(sudare(binary, home).args(["--json", "stop", "list"])));
    listed.as_array().unwrap().clone()
}

/// Requests of which the ledger says that they took effect.
fn withdrawn(home: &Path) -> usize {
    let entries = book::entries(home).into_iter();
    let entries = entries.map(|entry| serde_json::from_slice::<Value>(&entry).unwrap());
    let done = entries.filter(|entry| entry["act"] == "withdraw" && entry["half"] == "done");
    let requests: u64 = done.map(|entry| entry["record"]["requests"].as_u64().unwrap()).sum();
    usize::try_from(requests).unwrap()
}
