//! Bad input, given to `receive` and to `tools parse`: each ends with a status and a finding, none with a crash, a wait
//! without end or a loss that nothing tells of.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{binary, done, json, sudare};

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A small region, and a site that knows its register.
pub(crate) struct Ground {
    pub(crate) binary: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) fn new() -> Option<Self> {
        let ground = Self { binary: binary()?, folder: tempfile::tempdir().unwrap() };
        let region = ground.at("region");
        let region = region.to_str().unwrap();
        done(ground.sudare().args(["synth", "--out", region, "--persons", "60", "--seed", "2"]));
        done(ground.sudare().arg("init"));
        done(ground.sudare().args(["register", "apply"]).arg(ground.at("region/register.toml")));
        Some(ground)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn sudare(&self) -> Command {
        sudare(&self.binary, &self.folder.path().join("home"))
    }

    /// Status, standard output and standard error together, within [`PATIENCE`].
    #[track_caller]
    pub(crate) fn said(&self, arguments: &[&str]) -> (i32, String) {
        let start = Instant::now();
        let output = self.sudare().args(arguments).output().unwrap();
        assert!(start.elapsed() < PATIENCE, "{arguments:?} took {:?}", start.elapsed());
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains("panicked"), "{arguments:?}:\n{text}");
        (output.status.code().unwrap(), text)
    }

    /// What `receive` and `tools parse` find in a path: the codes of each.
    #[track_caller]
    fn found(&self, provider: &str, path: &Path) -> (String, String) {
        let mut receive = self.sudare();
        receive.args(["--json", "receive", "--provider", provider]).arg(path);
        let out = tempfile::tempdir().unwrap();
        let mut parse = self.sudare();
        parse.args(["--json", "tools", "parse", "--out"]).arg(out.path().join("tables")).arg(path);
        let findings = |value: Value| value.get("findings").unwrap().to_string();
        (findings(json(&done(&mut receive))), findings(json(&done(&mut parse))))
    }

    #[track_caller]
    fn finds(&self, provider: &str, path: &Path, code: &str) {
        let (received, parsed) = self.found(provider, path);
        assert!(received.contains(code), "receive of {} says {received}", path.display());
        assert!(parsed.contains(code), "tools parse of {} says {parsed}", path.display());
    }

    /// The bytes of a claim file, whole.
    fn claims(&self) -> Vec<u8> {
        let folder = self.at("region/deliveries/clinic-1/uke");
        let mut files: Vec<_> =
            fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
        files.sort_by_key(|file| fs::metadata(file).unwrap().len());
        fs::read(files.last().unwrap()).unwrap()
    }

    /// A message of the storage: its place below the provider's folder, and its bytes.
    fn message(&self) -> (PathBuf, Vec<u8>) {
        let top = self.at("region/deliveries/hospital-1");
        let mut open = vec![top.join("ssmix2")];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.to_string_lossy().contains("_OML-11_") {
                    found.push(path);
                }
            }
        }
        found.sort();
        let file = found.first().unwrap();
        (file.strip_prefix(&top).unwrap().to_path_buf(), fs::read(file).unwrap())
    }

    /// Puts bytes where a message of the storage lies, in a delivery of its own.
    fn put(&self, delivery: &str, place: &Path, bytes: &[u8]) -> PathBuf {
        let folder = self.at(delivery);
        let file = folder.join(place);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        folder
    }
}

#[test]
fn bad_claim_files_are_findings() {
    let Some(ground) = Ground::new() else { return };
    let whole = ground.claims();
    let with = |from: u8, to: u8| -> Vec<u8> {
        whole.iter().map(|byte| if *byte == from { to } else { *byte }).collect()
    };
    let wide: Vec<u8> = whole.iter().flat_map(|byte| [*byte, 0]).collect();
    let utf8 = "IR,1,22,1,9200015,,簾,202601,00,\r\nRE,1,1112,202512,青竹　花,2,1957,,,,,,,0,\r\n";
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("truncated", whole[..whole.len() * 2 / 3 - 1].to_vec(), "UKE-GO-MISSING"),
        ("utf8", utf8.into(), "UKE-ENCODING"),
        ("utf16", wide, "FILE-UNKNOWN"),
        ("semicolons", with(b',', b';'), "UKE-SEPARATOR"),
        ("tabs", with(b',', b'\t'), "UKE-SEPARATOR"),
        ("empty", Vec::new(), "FILE-EMPTY"),
        ("two bytes", vec![0xfb, 0xfc], "FILE-UNKNOWN"),
    ];
    for (name, bytes, code) in cases {
        let file = ground.at(&format!("{name}.UKE"));
        fs::write(&file, bytes).unwrap();
        ground.finds("clinic-1", &file, code);
    }
    assert_eq!(ground.said(&["verify", ground.at("home/ledger").to_str().unwrap()]).0, 0);
}

#[test]
fn bad_messages_are_findings() {
    let Some(ground) = Ground::new() else { return };
    let (place, whole) = ground.message();
    let wide: Vec<u8> = whole.iter().flat_map(|byte| [*byte, 0]).collect();
    let garbled = [whole.as_slice(), b"OBX|99|ST|\xfb\xfc||x\r"].concat();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("utf16", wide, "SSMIX-NOT-HL7"),
        ("garbled", garbled, "SSMIX-"),
        ("empty", Vec::new(), "FILE-EMPTY"),
        ("two-bytes", vec![0xfb, 0xfc], "SSMIX-NOT-HL7"),
    ];
    for (name, bytes, code) in cases {
        ground.finds("hospital-1", &ground.put(name, &place, &bytes), code);
    }
}

#[test]
fn a_message_cut_short_is_a_finding() {
    let Some(ground) = Ground::new() else { return };
    let (place, whole) = ground.message();
    let cut = ground.put("cut", &place, &whole[..whole.len() / 2]);
    let (received, parsed) = ground.found("hospital-1", &cut);
    assert!(received.contains("SSMIX-TRUNCATED") && parsed.contains("SSMIX-TRUNCATED"));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_neither_followed_nor_waited_for() {
    let Some(ground) = Ground::new() else { return };
    let outside = ground.at("outside.UKE");
    fs::write(&outside, ground.claims()).unwrap();
    let delivery = ground.at("special");
    fs::create_dir(&delivery).unwrap();
    // Beside a good file, so that the delivery is one.
    fs::write(delivery.join("good.UKE"), ground.claims()).unwrap();
    std::os::unix::fs::symlink(&outside, delivery.join("link.UKE")).unwrap();
    std::os::unix::fs::symlink(".", delivery.join("loop")).unwrap();
    let pipe = delivery.join("pipe.UKE");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    fs::create_dir(delivery.join("folder.UKE")).unwrap();
    let (received, parsed) = ground.found("clinic-1", &delivery);
    for said in [received, parsed] {
        assert!(said.contains("INBOX-LINK") && said.contains("INBOX-SPECIAL"), "{said}");
    }
    let (status, text) =
        ground.said(&["receive", "--provider", "clinic-1", ground.at("absent").to_str().unwrap()]);
    assert_eq!((status, text.contains("absent")), (2, true), "{text}");
}

#[cfg(unix)]
#[test]
fn a_delivery_of_nothing_but_a_link_is_a_finding() {
    let Some(ground) = Ground::new() else { return };
    let link = ground.at("link.UKE");
    std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
    ground.finds("clinic-1", &link, "INBOX-LINK");
}

#[test]
fn an_empty_delivery_is_said_plainly() {
    let Some(ground) = Ground::new() else { return };
    let (empty, out) = (ground.at("empty"), ground.at("tables"));
    fs::create_dir(&empty).unwrap();
    let (empty, out) = (empty.to_str().unwrap(), out.to_str().unwrap());
    let (status, text) = ground.said(&["receive", "--provider", "clinic-1", empty]);
    assert_eq!((status, text.contains("INBOX-EMPTY")), (0, true), "{text}");
    let (status, text) = ground.said(&["tools", "parse", empty, "--out", out]);
    assert_eq!((status, text.contains("there is no file in")), (2, true), "{text}");
    assert!(!ground.at("tables").exists());
}

#[test]
fn what_was_refused_is_screened_again_when_it_comes_again() {
    let Some(ground) = Ground::new() else { return };
    let (register, delivery) =
        (ground.at("region/register.toml"), ground.at("region/deliveries/clinic-1"));
    let lists: Vec<_> = ["a-1", "a-2", "p-1", "p-2"]
        .map(|notice| ground.at(&format!("region/register/given-clinic-1-{notice}.csv")))
        .into();
    let full: Vec<_> = lists.iter().map(|list| fs::read_to_string(list).unwrap()).collect();
    // A site that has never seen the whole register.
    let second = || sudare(&ground.binary, &ground.at("second"));
    done(second().arg("init"));
    let receive = || {
        done(second().args(["register", "apply"]).arg(&register));
        let mut command = second();
        command.args(["--json", "receive", "--provider", "clinic-1"]).arg(&delivery);
        json(&done(&mut command))
    };
    for (list, text) in lists.iter().zip(&full) {
        fs::write(list, format!("{}\n", text.lines().next().unwrap())).unwrap();
    }
    let before = receive();
    assert_eq!(before.pointer("/units/admitted").and_then(Value::as_u64), Some(0), "{before}");
    for (list, text) in lists.iter().zip(&full) {
        fs::write(list, text).unwrap();
    }
    let after = receive();
    assert!(after.pointer("/units/admitted").and_then(Value::as_u64) > Some(0), "{after}");
}

#[test]
fn a_row_taken_out_of_a_list_of_notices_admits_nobody_any_more() {
    let Some(ground) = Ground::new() else { return };
    for notice in ["a-1", "a-2", "p-1", "p-2"] {
        let list = ground.at(&format!("region/register/given-clinic-1-{notice}.csv"));
        let text = fs::read_to_string(&list).unwrap();
        fs::write(&list, format!("{}\n", text.lines().next().unwrap())).unwrap();
    }
    done(ground.sudare().args(["register", "apply"]).arg(ground.at("region/register.toml")));
    let mut receive = ground.sudare();
    receive.args(["--json", "receive", "--provider", "clinic-1"]);
    let answer = json(&done(receive.arg(ground.at("region/deliveries/clinic-1"))));
    assert_eq!(answer.pointer("/units/admitted").and_then(Value::as_u64), Some(0), "{answer}");
}

#[test]
fn a_file_that_grows_while_read_is_set_aside() {
    let Some(ground) = Ground::new() else { return };
    let delivery = ground.at("growing");
    fs::create_dir(&delivery).unwrap();
    let file = delivery.join("growing.UKE");
    // Large enough that a reader meets a writer.
    fs::write(&file, ground.claims().repeat(400)).unwrap();
    let stop = AtomicBool::new(false);
    let (received, parsed) = thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(&file).unwrap();
            while !stop.load(Ordering::Relaxed) {
                file.write_all(b"SI,12,1,112007410,,73,1\r\n").unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        });
        let found = ground.found("clinic-1", &delivery);
        stop.store(true, Ordering::Relaxed);
        found
    });
    for said in [received, parsed] {
        assert!(said.contains("FILE-CHANGED") && !said.contains("FILE-UNREADABLE"), "{said}");
    }
}
