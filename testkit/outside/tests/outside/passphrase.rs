//! A passphrase around the site key: through a file or a pipe, around a new site or one that is there. Killed at any
//! moment, a site opens by the passphrase of before or by the one asked for.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{binary, done, json, sudare};

/// Moments at which a process is killed, spread over the time it takes.
const MOMENTS: u32 = 5;

struct Guarded {
    binary: PathBuf,
    folder: tempfile::TempDir,
}

impl Guarded {
    /// A site whose key lies in clear, and two files with a passphrase each.
    fn new() -> Option<Self> {
        let site = Self { binary: binary()?, folder: tempfile::tempdir().unwrap() };
        fs::write(site.at("one"), "four words nobody guesses\n").unwrap();
        fs::write(site.at("two"), "and four others\n").unwrap();
        done(site.sudare().arg("init"));
        Some(site)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sudare(&self) -> Command {
        sudare(&self.binary, &self.at("home"))
    }

    /// The command that wraps the key by one passphrase where another wraps it, or none.
    fn wrap(&self, by: Option<&str>, new: &str) -> Command {
        let mut command = self.sudare();
        command.args(["--json", "site", "passphrase", "--new"]).arg(self.at(new));
        if let Some(by) = by {
            command.arg("--passphrase-file").arg(self.at(by));
        }
        command
    }

    fn opens(&self, by: Option<&str>) -> bool {
        let mut command = self.sudare();
        command.args(["stop", "list"]);
        if let Some(by) = by {
            command.arg("--passphrase-file").arg(self.at(by));
        }
        let output = command.output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
        output.status.success()
    }

    fn checkpoint(&self) -> Vec<u8> {
        fs::read(self.at("home/ledger/checkpoint")).unwrap()
    }
}

#[test]
fn a_site_that_is_there_is_wrapped_and_opens_whenever_that_is_killed() {
    let Some(site) = Guarded::new() else { return };
    let checkpoint = site.checkpoint();
    let first = json(&done(&mut site.wrap(None, "one")));
    assert_eq!(first["wrapped_before"], false);
    assert!(!site.opens(None) && site.opens(Some("one")));
    let refused = site.wrap(None, "two").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let started = Instant::now();
    assert_eq!(json(&done(&mut site.wrap(Some("one"), "two")))["wrapped_before"], true);
    let takes = started.elapsed();
    let mut held = "two";
    for moment in 1..=MOMENTS {
        let other = if held == "one" { "two" } else { "one" };
        let mut running = site.wrap(Some(held), other).stdout(Stdio::null()).spawn().unwrap();
        // The last moments are the ones that write.
        let before_end = takes / (4 * moment);
        std::thread::sleep(takes.saturating_sub(before_end).max(Duration::from_millis(1)));
        running.kill().unwrap();
        running.wait().unwrap();
        if site.opens(Some(other)) {
            assert!(!site.opens(Some(held)), "both passphrases open the site");
            held = other;
        } else {
            assert!(site.opens(Some(held)), "no passphrase opens the site");
        }
    }
    assert_eq!(site.checkpoint(), checkpoint, "the ledger knows nothing of it");
    let ledger = site.at("home/ledger");
    done(site.sudare().arg("verify").arg(ledger));
}

#[test]
fn a_passphrase_comes_through_a_pipe() {
    let Some(site) = Guarded::new() else { return };
    let typed = |line: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", line]).current_dir(site.folder.path());
        bash.env("SUDARE", &site.binary).env("SUDARE_HOME", "home");
        bash.env_remove("SUDARE_PASSPHRASE_FILE");
        bash.output().unwrap()
    };
    let wrapped = typed("\"$SUDARE\" site passphrase --new <(cat one)");
    assert!(wrapped.status.success(), "{wrapped:?}");
    let listed = typed("\"$SUDARE\" stop list --passphrase-file <(cat one)");
    assert!(listed.status.success(), "{listed:?}");
    for wrong in ["cat two", "cat one two", "true", "head -c 100000 /dev/zero"] {
        let refused = typed(&format!("\"$SUDARE\" stop list --passphrase-file <({wrong} || true)"));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{wrong}: {said}");
        assert!(said.contains("--passphrase-file") && !said.contains("words"), "{said}");
    }
}
