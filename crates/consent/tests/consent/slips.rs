//! One slip in every key and every value of a register: what each is answered with stands in `slips.txt`, to be read.
//!
//! `UPDATE_EXPECT=1` writes the file anew.

use std::fmt::Write as _;

use expect_test::expect_file;

use crate::region::{problems, read, whole};

/// A line with its key, or something of its value, written wrongly.
fn slips(line: &str) -> Vec<String> {
    let Some((key, value)) = line.split_once(" = ") else {
        // The head of a section.
        return vec![line.replacen("]", "x]", 1)];
    };
    let with = |value: &str| format!("{key} = {value}");
    let mut slips = vec![format!("{} = {value}", without_last(key))];
    if value.starts_with('{') {
        // An inner table: each of its keys and values.
        let inner = value.trim_matches(['{', '}', ' ']).split(", ").collect::<Vec<_>>();
        for (at, one) in inner.iter().enumerate() {
            for slip in self::slips(one) {
                let mut inner: Vec<String> = inner.iter().map(|&one| one.to_owned()).collect();
                inner[at] = slip;
                slips.push(with(&format!("{{ {} }}", inner.join(", "))));
            }
        }
    } else if let Some(text) = value.strip_prefix('"') {
        slips.push(with("\"\""));
        slips.push(with("7"));
        slips.push(with(&format!("\"{}\"", without_last(text.trim_end_matches('"')))));
        slips.push(with("\"なにか\""));
    } else if value.starts_with('[') {
        slips.push(with("[]"));
        slips.push(with(&value.replacen("\"]", "x\"]", 1)));
        slips.push(with("\"anonymised\""));
    } else if value.contains('T') {
        slips.push(with("2024-06-03"));
        slips.push(with("\"2024-06-03T10:15:00+09:00\""));
    } else if value.contains('-') {
        slips.push(with(&format!("\"{value}\"")));
        slips.push(with("2024-02-30"));
        slips.push(with("2019-01-01"));
        slips.push(with("2031-01-01"));
    } else {
        slips.push(with("-1"));
        slips.push(with("true"));
        slips.push(with("false"));
        slips.push(with("\"30\""));
        slips.push(with("3000000"));
    }
    slips
}

fn without_last(text: &str) -> String {
    let mut text = text.to_owned();
    text.pop();
    text
}

#[test]
fn every_slip_is_answered_with_its_line_its_key_and_what_was_expected() {
    let register = whole();
    read(&register);
    let mut page = String::new();
    for (at, line) in register.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        for slip in slips(line) {
            let mut lines: Vec<&str> = register.lines().collect();
            lines[at] = &slip;
            let found = problems(&lines.join("\n"));
            // What a person cannot have meant otherwise is no slip; the page shows that too.
            writeln!(page, "{}| {slip}", at + 1).unwrap();
            for one in &found {
                assert!(!one.contains("SECRET"), "{slip}: {one}");
                writeln!(page, "    {one}").unwrap();
            }
            // A slip in a key is one problem, told where it is.
            if line.split(" = ").next() != slip.split(" = ").next() && !line.starts_with('[') {
                let here = format!("line {}: ", at + 1);
                assert!(found.len() == 1 && found[0].starts_with(&here), "{slip}: {found:#?}");
                assert!(found[0].contains("did you mean `"), "{slip}: {found:#?}");
            }
        }
    }
    expect_file!["slips.txt"].assert_eq(&page);
}
