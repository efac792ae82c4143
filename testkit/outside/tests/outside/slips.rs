//! Slips of the pen: one in every file a person writes, and on the command line. Each is answered with its place and
//! status 2, and nothing is done. Where a row of a list is wrong the rest goes on, and the row is named.

use std::fs;
use std::process::{Command, Stdio};

use crate::bad_input::Ground;
use crate::run::sudare;

/// A patient number that no answer may repeat.
const SECRET: &str = "SECRET4711";

impl Ground {
    /// Writes a changed file, says what `register apply` says, and puts the file back.
    #[track_caller]
    fn applied(&self, file: &str, change: impl Fn(&str) -> String) -> (i32, String) {
        let path = self.at("region").join(file);
        let before = fs::read_to_string(&path).unwrap();
        let after = change(&before);
        assert_ne!(before, after, "nothing was changed");
        fs::write(&path, after).unwrap();
        let register = self.at("region/register.toml");
        let said = self.said(&["register", "apply", register.to_str().unwrap()]);
        fs::write(&path, before).unwrap();
        assert!(!said.1.contains(SECRET), "a patient number is repeated:\n{}", said.1);
        said
    }
}

#[test]
fn a_slip_in_the_register_is_named_with_its_line_and_changes_nothing() {
    let Some(ground) = Ground::new() else { return };
    let cases = [
        ("kind = \"hospital\"", "kind = \"hosptial\"", "did you mean `hospital`"),
        ("[[provider]]", "[[providr]]", "did you mean `provider`"),
        ("\"diagnoses\"", "\"diagnosis\"", "did you mean `diagnoses`"),
        ("track = \"anonymised\"", "track = \"anonymized\"", "did you mean `anonymised`"),
        ("stop_on_request = true", "stop_on_request = false", "R-NOT-01"),
        ("claims_code = \"9", "claims_code = \"", "expected 7 digits"),
        ("sudare-register-1", "sudare-register-2", "expected `sudare-register-1`"),
        (
            "notice = \"hospital-1-a-1\"",
            "notice = \"hospital-1-a-9\"",
            "`hospital-1-a-9` is no registered notice",
        ),
        ("id = \"hospital-2\"", "id = \"hospital-1\"", "is written twice"),
        ("name = \"", "name = ", "register.toml:"),
    ];
    for (from, to, said) in cases {
        let (status, text) =
            ground.applied("register.toml", |register| register.replacen(from, to, 1));
        assert_eq!(status, 2, "{to}\n{text}");
        assert!(text.contains(said) && text.contains("register.toml:"), "{to}\n{text}");
    }
    let inline = format!(
        "\n[[given]]\nnotice = \"hospital-1-a-1\"\npatient = \"{SECRET}\ndate = 2024-05-02\n"
    );
    let (status, text) = ground.applied("register.toml", |register| format!("{register}{inline}"));
    assert_eq!(status, 2, "{text}");
    let ledger = ground.at("home/ledger");
    assert_eq!(ground.said(&["verify", ledger.to_str().unwrap()]).0, 0);
}

#[test]
fn a_slip_in_a_list_is_named_with_its_row() {
    let Some(ground) = Ground::new() else { return };
    let given = "register/given-clinic-1-a-2.csv";
    let stops = "register/stops-clinic-1.csv";
    let row = |row: &'static str| move |list: &str| format!("{list}{SECRET}{row}\n");
    let cases = [
        (given, row(",2025-13-01,posted,subject"), "column `date`"),
        (given, row(",2025-01-01,psted,subject"), "did you mean `posted`"),
        (stops, row(",x,2025-01-01T00:00:00+09:00,subject"), "taken as both"),
        (stops, row(",,2025-01-01T00:,subject"), "taken as always"),
    ];
    for (list, change, said) in cases {
        let (status, text) = ground.applied(list, change);
        assert!(status == 0 && text.contains(said) && text.contains(list), "{list}\n{text}");
    }
    for list in [given, stops] {
        let (status, text) = ground.applied(list, |list| list.replacen("patient", "patinet", 1));
        assert!(status != 0 && text.contains(list) && text.contains("`patient`"), "{text}");
    }
}

#[test]
fn an_open_quote_never_swallows_a_stop_request() {
    let Some(ground) = Ground::new() else { return };
    let rest = ",,2025-01-01T00:00:00+09:00,subject\n";
    let (status, text) = ground.applied("register/stops-clinic-1.csv", |list| {
        format!("{list}\"{SECRET}{rest}{SECRET}1{rest}{SECRET}2{rest}")
    });
    assert_eq!(status, 2, "{text}");
}

#[test]
fn a_slip_in_a_specification_is_named_with_its_key() {
    let Some(ground) = Ground::new() else { return };
    let good =
        "format = \"sudare-dataset-1\"\nid = \"c\"\ntrack = \"anonymised\"\nproject = \"p2\"\n";
    let spec = ground.at("cohort.toml");
    let cases = [
        (good.replace("project", "projcet"), "projcet"),
        (good.replace("anonymised", "anonymized"), "`track`"),
        (good.replace("\"c\"", "\"../c\""), "`id`"),
        (format!("{good}[anonymise]\nk = 1\n"), "`anonymise.k`"),
        (format!("{good}tables = [\"persn\"]\n"), "`tables[0]`"),
        (format!("{good}from = 2024-13-01\n"), "cohort.toml:5: `from`"),
        (String::new(), "format"),
    ];
    for (text, said) in cases {
        fs::write(&spec, &text).unwrap();
        let (status, answer) = ground.said(&["dataset", "build", spec.to_str().unwrap()]);
        assert!(status == 2 && answer.contains(said), "{text}\n{status} {answer}");
        assert!(answer.contains("cohort.toml"), "{answer}");
    }
}

#[test]
fn a_slip_in_the_configuration_or_the_number_is_named() {
    let Some(ground) = Ground::new() else { return };
    let site = ground.at("home/site.toml");
    fs::write(&site, "contrl_address_file = \"x\"\n").unwrap();
    let (status, text) = ground.said(&["stop", "list"]);
    assert!(status == 2 && text.contains("site.toml:1: "), "{text}");
    fs::remove_file(site).unwrap();

    let number = ground.at("number.txt");
    let file = number.to_str().unwrap();
    let add = ["stop", "add", "--provider", "clinic-1", "--patient-file", file];
    for bytes in [b"".as_slice(), b"\n", b"\xfb\xfc"] {
        fs::write(&number, bytes).unwrap();
        let (status, text) = ground.said(&add);
        assert!(status == 2 && text.contains("--patient-file"), "{bytes:?} {text}");
    }
    fs::write(&number, SECRET).unwrap();
    let (status, text) = ground.said(&[add.as_slice(), &["--requester", "child"]].concat());
    assert!(status == 3 && text.contains("R-OPT-0") && !text.contains(SECRET), "{text}");
}

#[test]
fn a_file_of_anything_but_one_number_is_refused() {
    let Some(ground) = Ground::new() else { return };
    let number = ground.at("number.txt");
    let file = number.to_str().unwrap();
    for bytes in [b"0001\n0002\n".as_slice(), b"0\x000\x001\x00", b"0001,0002"] {
        fs::write(&number, bytes).unwrap();
        let (status, text) =
            ground.said(&["stop", "add", "--provider", "clinic-1", "--patient-file", file]);
        assert_eq!(status, 2, "{bytes:?} {text}");
    }
}

#[test]
fn a_slip_on_the_command_line_is_a_usage_error() {
    let Some(ground) = Ground::new() else { return };
    let cases: [(&[&str], &str, i32); 8] = [
        (&["recieve"], "'receive'", 2),
        (&["receive", "--provder", "clinic-1", "x"], "'--provider'", 2),
        (&["receive", "x"], "--provider", 2),
        (&["receive", "--provider", "a/b", "x"], "--provider", 2),
        (&["receive", "--provider", "clinik-1", "x"], "R-INT-01", 3),
        (&["demo", "--persons", "ten"], "--persons", 2),
        (&["deliver", "--dataset", "nope", "--to", "pharma-1"], "--dataset", 2),
        (&["verify", "nope"], "nope", 2),
    ];
    for (arguments, said, expected) in cases {
        let (status, text) = ground.said(arguments);
        assert!(status == expected && text.contains(said), "{arguments:?} {status}\n{text}");
    }
}

#[test]
fn a_package_may_be_named_without_a_folder() {
    let Some(ground) = Ground::new() else { return };
    let home = ground.at("demo");
    crate::run::done(sudare(&ground.binary, &home).args(["demo", "--persons", "200"]));
    let mut deliver = sudare(&ground.binary, &home);
    deliver.current_dir(ground.folder.path());
    deliver.args(["deliver", "--dataset", "cohort-p", "--to", "pharma-1", "--out", "p.age"]);
    crate::run::done(&mut deliver);
}

#[test]
fn a_demo_leaves_a_site_alone_that_no_demo_made() {
    let Some(ground) = Ground::new() else { return };
    let home = ground.at("home");
    let (status, text) = ground.said(&["demo", "--persons", "100"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("a site that no demo made"), "{text}");
    assert!(!home.join("region").exists());
    let ledger = home.join("ledger");
    assert_eq!(ground.said(&["verify", ledger.to_str().unwrap()]).0, 0);
}

#[test]
fn a_receipt_that_was_never_made_is_said_to_be_none() {
    let Some(ground) = Ground::new() else { return };
    let stop = "\n[[stop]]\nprovider = \"hospital-1\"\npatient = \"4711\"\nrequester = \"subject\"\n\
                tracks = [\"anonymised\"]\nreceived = 2024-06-03T10:15:00+09:00\n";
    let applied = ground.applied("register.toml", |register| format!("{register}{stop}"));
    assert_eq!(applied.0, 0, "{}", applied.1);
    let (status, text) = ground.said(&["stop", "receipt", "--number", "1"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("came with a register or a list"), "{text}");
}

#[test]
fn a_pipe_where_a_file_should_be_is_not_waited_for() {
    let Some(ground) = Ground::new() else { return };
    let pipe = ground.at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for words in [
        &["register", "apply", pipe][..],
        &["dataset", "build", pipe],
        &["stop", "add", "--provider", "clinic-1", "--patient-file", pipe],
        &["verify", "LEDGER", "--key", pipe],
    ] {
        let ledger = ground.at("home/ledger").display().to_string();
        let words: Vec<&str> =
            words.iter().map(|word| if *word == "LEDGER" { &*ledger } else { word }).collect();
        let (status, text) = ground.said(&words);
        assert!(status == 2 && text.contains("no plain file"), "{words:?}: {status}\n{text}");
    }
}

#[test]
fn an_answer_that_was_lost_is_a_failure() {
    let Some(ground) = Ground::new() else { return };
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended =
        ground.sudare().args(["stop", "list"]).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(1));
}
