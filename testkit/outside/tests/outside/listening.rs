//! A listener from outside: killed after it acknowledged, ended by a signal, searched for a planted name.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use sudare_canary::{Hunter, Needle};

use crate::answers::listed;
use crate::bad_input::Ground;
use crate::modality::{Modality, Whose, image};
use crate::run::root;

/// A name and a number that nobody has.
const NAME: &str = "KANARIYAMA^TORIHIKO";
const NUMBER: &str = "KANARIYA-20261123";
const BIRTH: &str = "19530917";

/// A listener in the background.
struct Listener {
    child: Child,
    address: SocketAddr,
    /// Lines of standard error as they come, and all of them.
    lines: mpsc::Receiver<String>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn start(ground: &Ground, log: &'static str) -> Self {
        let mut command = ground.sudare();
        command.args(["--json", "listen", "--provider", "hospital-1", "--bind", "127.0.0.1:0"]);
        command.env("SUDARE_LOG", log).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let keep = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                keep.lock().unwrap().push(line.clone());
                let _gone = tell.send(line);
            }
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut listener = Self { child, address, lines, said };
        let line = listener.line("listening  ");
        listener.address = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        listener
    }

    /// The next line that begins so.
    #[track_caller]
    fn line(&self, with: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
            if line.starts_with(with) {
                return line;
            }
        }
    }

    /// Ends it by a signal; its answer and what it said.
    #[track_caller]
    fn end(mut self, signal: &str) -> (Value, Vec<String>) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut answer = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{answer}");
        // The lines end with the process.
        while self.lines.recv().is_ok() {}
        let said = self.said.lock().unwrap().clone();
        (serde_json::from_str(&answer).unwrap(), said)
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A patient of the region's first hospital to whom a notice was given and who asked for nothing.
fn patient(ground: &Ground) -> String {
    let list =
        |name: &str| fs::read_to_string(ground.at(&format!("region/register/{name}.csv"))).unwrap();
    let stops = list("stops-hospital-1");
    let given = list("given-hospital-1-p-2");
    let told = given.lines().filter(|line| line.ends_with(",subject"));
    let mut numbers = told.filter_map(|line| line.split(',').next());
    numbers.find(|number| !stops.contains(number)).unwrap().to_owned()
}

fn send(modality: &mut Modality, patient: &str, name: &str, nth: usize) {
    let instance = format!("1.2.392.99.{nth}");
    let whose = Whose { patient, name, birth: BIRTH };
    let object = image(&whose, &instance, &format!("1.2.392.98.{nth}"), 100_000);
    assert_eq!(modality.store(&instance, &object), 0);
}

/// Rows of images over all answers to the provider, and how many answers there are.
fn received(home: &Path) -> (u64, usize) {
    let answers = fs::read_dir(home.join("answers/hospital-1"));
    let answers = answers.into_iter().flatten().map(|one| one.unwrap().path().join("answer.json"));
    let rows = |path: std::path::PathBuf| {
        let answer: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        answer.pointer("/rows/image_occurrence").and_then(Value::as_u64).unwrap_or(0)
    };
    let rows: Vec<u64> = answers.map(rows).collect();
    (rows.iter().sum(), rows.len())
}

/// Files below the spool.
fn spooled(home: &Path) -> usize {
    let found = Command::new("find").arg(home.join("spool")).args(["-type", "f"]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().count()
}

#[test]
fn what_was_acknowledged_before_a_kill_is_received_once_after_it() {
    let Some(ground) = Ground::new() else { return };
    let (home, patient) = (ground.at("home"), patient(&ground));
    // While it arrives, while it settles, and in the middle of receiving it.
    for (nth, wait) in [0, 300, 2050, 2150, 2300, 2500].into_iter().enumerate() {
        let listener = Listener::start(&ground, "off");
        let mut modality = Modality::call(listener.address, "SUDARE").unwrap();
        send(&mut modality, &patient, NAME, nth);
        let half = format!("1.2.392.97.{nth}");
        if wait == 0 {
            modality.begin(&half, b"\x08\0\x05\0CS\x04\0ISO ");
        } else {
            modality.release();
        }
        sleep(Duration::from_millis(wait));
        listener.kill();
        assert!(spooled(&home) >= 2 || received(&home).0 > 0, "{wait}");
    }
    let listener = Listener::start(&ground, "off");
    sleep(Duration::from_millis(2500));
    let (answer, _) = listener.end("-TERM");
    assert_eq!((spooled(&home), &answer["waiting"]), (0, &Value::from(0)));
    let once = received(&home);
    assert_eq!(once.0, 6, "{answer}");
    // All of them again are nothing new.
    let listener = Listener::start(&ground, "off");
    let mut modality = Modality::call(listener.address, "SUDARE").unwrap();
    (0..6).for_each(|nth| send(&mut modality, &patient, NAME, nth));
    modality.release();
    assert!(listener.line("received   ").contains("nothing new"));
    let (answer, _) = listener.end("-INT");
    assert_eq!((&answer["deliveries"], received(&home)), (&serde_json::json!([]), once));
    let page = fs::read_to_string(root().join("docs/reference/json.md")).unwrap();
    let keys = answer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(listed(&page, "`sudare listen`"), keys);
    assert_eq!(ground.said(&["verify", home.join("ledger").to_str().unwrap()]).0, 0);
}

#[test]
fn a_planted_name_is_in_no_file_and_in_no_log() {
    let Some(ground) = Ground::new() else { return };
    let (home, patient) = (ground.at("home"), patient(&ground));
    let needles =
        [("name", "KANARIYAMA"), ("given", "TORIHIKO"), ("number", NUMBER), ("birth", BIRTH)];
    let needles = needles.map(|(label, text)| Needle { label: label.into(), text: text.into() });
    let hunter = Hunter::new(&needles).unwrap();
    let listener = Listener::start(&ground, "trace");
    let mut modality = Modality::call(listener.address, "SUDARE").unwrap();
    send(&mut modality, &patient, NAME, 1);
    send(&mut modality, NUMBER, NAME, 2);
    // As it lies in the spool.
    assert!(spooled(&home) >= 3);
    let clean = |folder: &Path| {
        let account = hunter.folder(folder, &[]).unwrap();
        let found: Vec<_> = account.sightings.iter().map(|one| (&one.place, &one.label)).collect();
        assert!(found.is_empty(), "{found:?}");
        account.files
    };
    assert!(clean(&home) > 3);
    // What breaks in the middle is told by no word of it.
    modality.begin("1.2.392.97.1", NAME.as_bytes());
    drop(modality);
    let mut refused = Modality::call(listener.address, "SUDARE").unwrap();
    assert_eq!(refused.store("1.2.392.97.2", NAME.as_bytes()), 0xC000);
    refused.release();
    listener.line("received   ");
    let (answer, said) = listener.end("-TERM");
    assert_eq!(answer.pointer("/units/refused"), Some(&Value::from(1)));
    assert_eq!(answer.pointer("/units/admitted"), Some(&Value::from(1)));
    let log = ground.at("log");
    fs::create_dir(&log).unwrap();
    fs::write(log.join("said"), said.join("\n") + &answer.to_string()).unwrap();
    assert!(said.iter().any(|line| line.contains("DEBUG") || line.contains("TRACE")));
    assert!(clean(&home) > 20 && clean(&log) == 1);
    // The hunt finds it where it is.
    fs::write(log.join("planted"), NAME).unwrap();
    assert!(!hunter.folder(&log, &[]).unwrap().sightings.is_empty());
}
