//! Claim files against an independent reading: commas, totals, inheritance, check digits.

use std::collections::BTreeMap;

use crate::{files, region, rows};

fn columns(name: &str) -> usize {
    match name {
        "IR" => 10,
        "RE" => 38,
        "HO" => 15,
        "KO" => 12,
        "SN" => 9,
        "JD" => 33,
        "SY" => 8,
        "SI" | "IY" => 44,
        "TO" => 48,
        "CO" => 5,
        "GO" => 4,
        other => panic!("record {other}"),
    }
}

/// Doubled digits added up, written apart from the crate's own check.
fn check_digit_holds(number: &str) -> bool {
    let digits: Vec<u32> = number.trim().chars().map(|c| c.to_digit(10).unwrap()).collect();
    let (check, rest) = digits.split_last().unwrap();
    let mut sum = 0;
    for (at, digit) in rest.iter().rev().enumerate() {
        let product = digit * (2 - u32::try_from(at % 2).unwrap());
        sum += if product > 9 { product - 9 } else { product };
    }
    (sum + check) % 10 == 0
}

/// Points of the open receipt by payer and by unit; payers and points of the file.
#[derive(Default)]
struct Count {
    receipts: u64,
    payers: u64,
    points: u64,
    units: u64,
    billed: Option<u64>,
}

impl Count {
    fn close(&mut self) {
        if let Some(billed) = self.billed.take() {
            assert_eq!(billed, self.units, "points of receipt {}", self.receipts);
            self.points += billed;
        }
        self.units = 0;
    }

    fn record(&mut self, fields: &[&str]) {
        assert_eq!(fields.len(), columns(fields[0]), "{}", fields[0]);
        match fields[0] {
            "RE" => {
                self.close();
                self.receipts += 1;
                assert_eq!(fields[1], self.receipts.to_string());
                assert_eq!(fields[2].len(), 4);
            }
            "HO" | "KO" => {
                let payer = fields[1];
                assert_eq!(payer.len(), 8);
                assert!(check_digit_holds(payer), "{payer}");
                let at = 5;
                let points = fields[at].parse().unwrap();
                self.billed.get_or_insert(points);
                self.payers += 1;
                if fields[0] == "KO" {
                    assert!(check_digit_holds(fields[2]));
                }
            }
            "SI" | "IY" | "TO" => {
                let points: u64 = fields[5].parse().unwrap_or(0);
                let count: u64 = fields[6].parse().unwrap();
                assert!(count > 0);
                self.units += points * count;
            }
            _ => {}
        }
    }
}

#[test]
fn totals_hold_by_an_independent_count() {
    let (folder, summary) = region(700, 11);
    let mut receipts = 0;
    let mut claims = 0;
    for (path, bytes) in files(folder.path()) {
        if path.extension().is_none_or(|end| end != "UKE") {
            continue;
        }
        if !path.to_str().unwrap().contains("/RECEIPTC-") {
            let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&bytes);
            receipts += text.lines().filter(|line| line.starts_with("RE,")).count() as u64;
            continue;
        }
        claims += 1;
        let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
        assert!(!broken);
        let text = text.trim_end_matches('\u{1A}');
        assert!(text.ends_with("\r\n"));
        let mut count = Count::default();
        for line in text.split_terminator("\r\n") {
            let fields: Vec<&str> = line.split(',').collect();
            if fields[0] == "GO" {
                count.close();
                assert_eq!(
                    fields[1..],
                    [&count.payers.to_string(), &count.points.to_string(), "99"]
                );
            }
            count.record(&fields);
        }
        assert!(text.starts_with("IR,1,"));
        receipts += count.receipts;
        // Claims of the other kinds are counted above and read by `reading`.
    }
    assert!(claims > 100);
    assert_eq!(receipts, summary.receipts);
}

#[test]
fn facts_of_claims_stand_in_the_files() {
    let (folder, _) = region(300, 5);
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in rows(folder.path(), "truth/facts.csv") {
        if !row["source_file"].contains("/RECEIPTC-") {
            continue;
        }
        let name = match row["code_system"].as_str() {
            "CLAIM-DISEASE" => "SY",
            "CLAIM-PROCEDURE" => "SI",
            "CLAIM-DRUG" => "IY",
            "CLAIM-MATERIAL" => "TO",
            _ if row["code"].ends_with("-claim") => "RE",
            _ => continue,
        };
        *expected.entry((row["source_file"].clone(), name.to_owned())).or_default() += 1;
    }
    let mut found = BTreeMap::new();
    for (path, bytes) in files(folder.path()) {
        if path.to_str().unwrap().contains("/RECEIPTC-") {
            for line in bytes.split(|byte| *byte == b'\n') {
                let name = String::from_utf8_lossy(line.get(..2).unwrap_or_default()).into_owned();
                if ["SY", "SI", "IY", "TO", "RE"].contains(&name.as_str()) {
                    *found.entry((path.to_str().unwrap().to_owned(), name)).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(found, expected);
}
