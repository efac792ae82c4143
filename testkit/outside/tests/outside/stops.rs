//! Refusals from outside: taken while another process has the site, heeded by it, and never lost to a kill.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::bad_input::Ground;
use crate::run::{done, json, sudare};

impl Ground {
    /// Takes a refusal and gives the answer.
    #[track_caller]
    fn refuse(&self, provider: &str, number: &str) -> Value {
        let file = self.at("number.txt");
        fs::write(&file, number).unwrap();
        json(&done(self.stop_add(provider).arg(file)))
    }

    fn stop_add(&self, provider: &str) -> Command {
        let mut command = self.sudare();
        command.args(["--json", "stop", "add", "--provider", provider, "--patient-file"]);
        command
    }

    /// How many stop requests are listed in a state.
    #[track_caller]
    fn listed(&self, state: &str) -> usize {
        let listed = json(&done(self.sudare().args(["--json", "stop", "list"])));
        listed.as_array().unwrap().iter().filter(|row| row["state"] == state).count()
    }

    fn receive(&self, provider: &str) -> Command {
        let mut command = self.sudare();
        command.args(["--json", "receive", "--provider", provider]);
        command.arg(self.at("region/deliveries").join(provider));
        command
    }

    /// Lets a user have a dataset.
    #[track_caller]
    fn grants(&self, dataset: &str) {
        done(self.sudare().args(["grant", "add", "--dataset", dataset, "--to", "pharma-1"]));
    }

    /// Builds a pseudonymised dataset and gives how many persons are in it.
    #[track_caller]
    fn build(&self, id: &str) -> u64 {
        let spec = self.at(&format!("{id}.toml"));
        let text = format!(
            "format = \"sudare-dataset-1\"\nid = \"{id}\"\ntrack = \"pseudonymised\"\nproject = \"p1\"\n"
        );
        fs::write(&spec, text).unwrap();
        let mut build = self.sudare();
        let built = json(&done(build.args(["--json", "dataset", "build"]).arg(spec)));
        built.pointer("/persons/out").and_then(Value::as_u64).unwrap()
    }

    /// Provider and number of the people of the region.
    fn people(&self) -> Vec<(String, String)> {
        let truth = fs::read_to_string(self.at("region/truth/people.csv")).unwrap();
        let row = |line: &str| {
            let mut fields = line.split(',').skip(1).map(str::to_owned);
            Some((fields.next()?, fields.next()?))
        };
        truth.lines().skip(1).filter_map(row).collect()
    }

    fn ledger_verifies(&self) {
        let ledger = self.at("home/ledger");
        assert_eq!(self.said(&["verify", ledger.to_str().unwrap()]).0, 0);
    }
}

/// Holds the lock of a site's ledger as another process would.
fn hold(home: &Path) -> fs::File {
    let lock = fs::OpenOptions::new().write(true).open(home.join("ledger/.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn a_refusal_taken_while_another_process_has_the_site_is_heeded_by_whoever_comes_next() {
    let Some(ground) = Ground::new() else { return };
    for provider in ["clinic-1", "hospital-1"] {
        done(&mut ground.receive(provider));
    }
    done(ground.sudare().arg("link"));
    let before = ground.build("before");
    ground.grants("before");
    let recorded = ground.listed("recorded");
    let lock = hold(&ground.at("home"));
    // One after the other, until somebody is asked for of whom something came in.
    let mut waiting = 0;
    for (provider, number) in ground.people() {
        if provider != "clinic-1" && provider != "hospital-1" {
            continue;
        }
        let taken = ground.refuse(&provider, &number);
        waiting += 1;
        assert_eq!((&taken["state"], &taken["sequence"]), (&Value::from("waiting"), &Value::Null));
        if taken["known"] == true {
            let name = taken["request"].as_str().unwrap();
            let (status, text) = ground.said(&["stop", "receipt", "--request", name]);
            assert!(status == 0 && text.contains(&number), "{text}");
            break;
        }
    }
    assert_eq!((ground.listed("recorded"), ground.listed("waiting")), (recorded, waiting));
    // What needs the site still says that another has it.
    assert_eq!(ground.said(&["link"]).0, 1);
    drop(lock);
    // Killed at any moment, what comes next loses none and counts none twice.
    for after in [1u64, 3, 8, 20, 50] {
        let mut next = ground.sudare();
        let mut next =
            next.arg("link").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(after));
        next.kill().unwrap();
        next.wait().unwrap();
    }
    assert_eq!((ground.listed("recorded"), ground.listed("waiting")), (recorded + waiting, 0));
    ground.ledger_verifies();
    assert_eq!(ground.said(&["deliver", "--dataset", "before", "--to", "pharma-1"]).0, 3);
    assert!(ground.build("after") < before);
    ground.grants("after");
    assert_eq!(ground.said(&["deliver", "--dataset", "after", "--to", "pharma-1"]).0, 0);
}

#[test]
fn a_running_receive_heeds_what_was_taken_meanwhile() {
    let Some(ground) = Ground::new() else { return };
    let before = ground.listed("recorded");
    let mut met = false;
    // Whichever provider's files take long enough that a refusal falls into them.
    for provider in ["hospital-1", "clinic-1", "hospital-2", "clinic-2"] {
        let mut receive = ground.receive(provider);
        let mut running = receive.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let taken = ground.refuse("clinic-1", &format!("of-nobody-{provider}"));
        met |= taken["state"] == "waiting";
        running.wait().unwrap();
    }
    assert_eq!((ground.listed("recorded"), ground.listed("waiting")), (before + 4, 0));
    ground.ledger_verifies();
    if !met {
        eprintln!("every refusal fell between two acts");
    }
}

#[test]
fn who_is_not_known_is_told_so() {
    let Some(ground) = Ground::new() else { return };
    let taken = ground.refuse("clinic-1", "of-nobody");
    assert_eq!((&taken["known"], &taken["state"]), (&Value::Bool(false), &Value::from("recorded")));
    for arguments in [
        ["stop", "list", "--provider", "clinik-1"].as_slice(),
        &["stop", "receipt", "--number", "99999"],
        &["stop", "receipt", "--request", "abc"],
        &["stop", "receipt"],
    ] {
        assert_eq!(ground.said(arguments).0, 2, "{arguments:?}");
    }
    let asked: Vec<Value> =
        json(&done(ground.sudare().args(["--json", "stop", "list"]))).as_array().unwrap().clone();
    assert!(asked.iter().all(|row| row["requester"] != "unstated"), "a list's requester is lost");
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_no_file_of_a_number() {
    let Some(ground) = Ground::new() else { return };
    let pipe = ground.at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in [pipe.to_str().unwrap(), "/dev/null", "/dev/zero", "/"] {
        let (status, text) =
            ground.said(&["stop", "add", "--provider", "clinic-1", "--patient-file", file]);
        assert!(status == 2 && text.contains("--patient-file"), "{file} {status} {text}");
    }
}

#[test]
fn a_site_toml_that_is_wrong_is_a_usage_error_with_its_place() {
    let Some(ground) = Ground::new() else { return };
    for (bytes, said) in [
        (b"# one\n\xfb\xfc".as_slice(), "site.toml:2: is not UTF-8"),
        (b"\ncontrl = 1\n", "site.toml:2: unknown field"),
        (b"control_address_file = \"nowhere\"", "nowhere: is not there"),
    ] {
        fs::write(ground.at("home/site.toml"), bytes).unwrap();
        let (status, text) = ground.said(&["stop", "list"]);
        assert!(status == 2 && text.contains(said), "{status} {text}");
    }
}

#[test]
fn a_passphrase_guards_a_site() {
    let Some(ground) = Ground::new() else { return };
    let (right, wrong, two) = (ground.at("right"), ground.at("wrong"), ground.at("two"));
    fs::write(&right, "four words nobody guesses\n").unwrap();
    fs::write(&wrong, "four words nobody guessed\n").unwrap();
    fs::write(&two, "one\ntwo\n").unwrap();
    let guarded = |words: &[&str], file: Option<&Path>| {
        let mut command = sudare(&ground.binary, &ground.at("guarded"));
        command.args(words);
        if let Some(file) = file {
            command.env("SUDARE_PASSPHRASE_FILE", file);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains("four words"), "a passphrase is shown");
        (output.status.code(), text)
    };
    let (status, text) = guarded(&["init"], Some(&right));
    assert!(status == Some(0) && !text.contains("warning"), "{text}");
    assert_eq!(guarded(&["stop", "list"], Some(&right)).0, Some(0));
    for file in [None, Some(wrong.as_path()), Some(&two), Some(Path::new("/nonexistent"))] {
        let (status, text) = guarded(&["stop", "list"], file);
        assert!(status == Some(2) && text.contains("--passphrase-file"), "{file:?} {text}");
    }
    let site = fs::read(ground.at("guarded/keys/site.age")).unwrap();
    assert!(site.starts_with(b"age-encryption.org/v1"));
    // Without one it is as before, and said.
    let (_, text) = ground.said(&["init"]);
    assert!(text.contains("warning") && text.contains("in clear"), "{text}");
}
