//! A kill before each single rename and each removal of a demo. These are where this program makes a state hold, so
//! this visits every state that a kill can leave, in order and without luck. `strace` delivers the signal; without it,
//! or without `SUDARE_KILL_CALLS=1`, the test says that it skips.

use std::path::Path;
use std::process::{Command, Stdio};

use super::prepared::{From, Prepared};
use super::{demo, left, number, start};
use crate::run::binary;

#[test]
fn a_demo_killed_before_each_rename_and_removal_ends_the_same() {
    let Some(binary) = binary() else { return };
    if number("SUDARE_KILL_CALLS", 0) == 0 {
        eprintln!("skipped: SUDARE_KILL_CALLS=1 runs the kills before each call");
        return;
    }
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|it| it.success())
    {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for from in [From::Linked, From::Nothing] {
        let prepared = Prepared::new(&binary, folder.path(), from);
        for call in ["rename", "unlink"] {
            for at in 1.. {
                let Some(name) = kill_before(&binary, &prepared, call, at) else {
                    assert!(at > 5, "a demo makes more calls of {call} than {at}");
                    eprintln!("killed before each of {} calls of {call} from {from:?}", at - 1);
                    break;
                };
                eprintln!("killed before {call} {at} from {from:?}: {name}");
            }
        }
    }
}

/// Kills a demo before its call number `at` and resumes it. The name that the call would have made or removed; none
/// when the demo ended before.
fn kill_before(binary: &Path, prepared: &Prepared, call: &str, at: usize) -> Option<String> {
    let round = tempfile::tempdir().unwrap();
    let (home, said) = (round.path().join("home"), round.path().join("said"));
    let trace = round.path().join("trace");
    prepared.at(&home);
    let plain = demo(binary, &home);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-s", "256", "-e", &format!("trace={call}"), "-o"]).arg(&trace);
    traced.arg("-e").arg(format!("inject={call}:signal=SIGKILL:when={at}"));
    traced.arg(plain.get_program()).args(plain.get_args());
    traced.env_remove("SUDARE_HOME").env_remove("SUDARE_LOG");
    let status = start(traced, &said).wait().unwrap();
    if status.success() {
        return None;
    }
    let trace = std::fs::read_to_string(&trace).unwrap();
    let last = trace.lines().rfind(|line| line.contains(&format!("{call}("))).unwrap();
    let name = last.rsplit('"').nth(1).unwrap().replace(&*home.to_string_lossy(), "");
    let place = format!("killed before {call} {at} from {:?}: {name}", prepared.from);
    left::check(binary, &home, &prepared.entries, &said, &place);
    prepared.end(binary, &home, 1, &place);
    Some(name)
}
