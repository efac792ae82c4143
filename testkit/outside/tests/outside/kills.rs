//! Kills: a demo is killed with SIGKILL and run again; nothing acknowledged is lost and nothing is counted twice.
//!
//! Ways to choose the moment. [`random`]: any moment, by the clock. [`steps`]: between two steps that have a name, seen
//! on the disk. [`calls`]: before each single rename and removal, by `strace`. [`stops`]: while stop requests come in.
//! After every kill [`left`] is held to what was acknowledged before, and after the last resume to an
//! undisturbed run ([`ending`]).
//!
//! `SUDARE_KILLS` says how many random kills (5 without it), `SUDARE_KILL_SEED` which moments; `SUDARE_KILL_CALLS=1`
//! runs the kills before each call, which take minutes. Everything lies below `TMPDIR`.

#[path = "kills/book.rs"]
mod book;
#[path = "kills/calls.rs"]
mod calls;
#[path = "kills/ending.rs"]
mod ending;
#[path = "kills/left.rs"]
mod left;
#[path = "kills/prepared.rs"]
mod prepared;
#[path = "kills/random.rs"]
mod random;
#[path = "kills/steps.rs"]
mod steps;
#[path = "kills/stops.rs"]
mod stops;

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::run::sudare;

const PERSONS: &str = "60";
const SEED: &str = "7";

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// `sudare demo` on a home.
fn demo(binary: &Path, home: &Path) -> Command {
    let mut command = sudare(binary, home);
    command.args(["demo", "--persons", PERSONS, "--seed", SEED]);
    command
}

/// A demo in the background; what it says goes to a file, so that what it said before its death is known.
fn start(mut command: Command, said: &Path) -> Child {
    command.stdout(File::create(said).unwrap()).stderr(Stdio::null()).spawn().unwrap()
}

/// SIGKILL: nothing of the program runs after it. Whether it was still running.
fn kill(child: &mut Child) -> bool {
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}
