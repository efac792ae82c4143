//! Random kills: a demo is killed at a random moment and run again; it must end as one that nobody disturbed.
//!
//! `SUDARE_KILLS` says how many (5 without it), `SUDARE_KILL_SEED` which moments. The seed is printed.

use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::run::{binary, done, json, sudare};

const PERSONS: &str = "60";

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn demo(binary: &Path, home: &Path) -> std::process::Command {
    let mut command = sudare(binary, home);
    command.args(["--json", "demo", "--persons", PERSONS, "--seed", "7"]);
    command
}

#[test]
fn a_demo_killed_at_any_moment_and_run_again_ends_the_same() {
    let Some(binary) = binary() else { return };
    let kills = number("SUDARE_KILLS", 5);
    let seed = number("SUDARE_KILL_SEED", 1);
    eprintln!("{kills} kills, seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);

    let undisturbed = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let expected = json(&done(&mut demo(&binary, &undisturbed.path().join("home"))));
    let whole = start.elapsed();

    let mut hit = 0;
    for round in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let after = whole.mul_f64(random.random_range(0.0..1.0));
        hit += u64::from(kill(&binary, &home, after));
        let place = format!("seed {seed}, round {round}, killed after {after:?}");
        let before = entries(&binary, &home, &place);
        let ended = json(&done(&mut demo(&binary, &home)));
        assert_same(&expected, &ended, &place);
        let afterwards = entries(&binary, &home, &place);
        assert!(afterwards >= before, "{place}: the ledger lost entries");
        for dataset in ended["datasets"].as_array().unwrap() {
            done(sudare(&binary, &home).arg("verify").arg(dataset["path"].as_str().unwrap()));
        }
    }
    assert!(hit * 2 >= kills, "only {hit} of {kills} kills met a running demo");
}

/// Kills a demo after a time; whether it was still running.
fn kill(binary: &Path, home: &Path, after: Duration) -> bool {
    let mut child = demo(binary, home).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(after);
    let running = child.try_wait().unwrap().is_none();
    // SIGKILL on Unix: nothing of the program runs after it.
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

/// The size of the ledger by its checkpoint (second line of the note), after it has verified; 0 where there is none.
fn entries(binary: &Path, home: &Path, place: &str) -> u64 {
    let ledger = home.join("ledger");
    let Ok(checkpoint) = std::fs::read_to_string(ledger.join("checkpoint")) else { return 0 };
    let output = sudare(binary, home).arg("verify").arg(&ledger).output().unwrap();
    assert!(output.status.success(), "{place}: the ledger does not verify: {output:?}");
    checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).unwrap()
}

/// The account of both runs, times and sizes left out.
#[track_caller]
fn assert_same(expected: &Value, ended: &Value, place: &str) {
    assert_eq!(expected["counts"], ended["counts"], "{place}: the counts differ");
    let levels = |value: &Value| -> Vec<(Value, Value)> {
        let datasets = value["datasets"].as_array().unwrap();
        datasets.iter().map(|d| (d["level"].clone(), d["track"].clone())).collect()
    };
    assert_eq!(levels(expected), levels(ended), "{place}: the datasets differ");
}
