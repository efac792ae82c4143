//! What a run of households adds to every growing file, in order, and the counts of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;

use flate2::Compression;
use flate2::write::GzEncoder;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::checkup::{Insured, Parcel};
use crate::claims::ClaimKind;
use crate::writing::Written;
use crate::zip::Member;

/// Counts by provider position and word.
pub(crate) type Tally = BTreeMap<(usize, &'static str), u64>;

/// A claim without its number: the bytes behind `RE,<number>`.
pub(crate) struct Receipt {
    pub(crate) provider: usize,
    pub(crate) kind: ClaimKind,
    /// Position of the month of the file it goes into.
    pub(crate) month: usize,
    pub(crate) range: Range<usize>,
    /// HO and KO records.
    pub(crate) payers: u64,
    pub(crate) points: u64,
}

/// The additions of some households.
#[derive(Default)]
pub(crate) struct Chunk {
    pub(crate) people: Vec<u8>,
    pub(crate) facts: Vec<u8>,
    pub(crate) messy: Vec<u8>,
    pub(crate) canary: Vec<u8>,
    /// By notice and by provider.
    pub(crate) given: BTreeMap<usize, Vec<u8>>,
    pub(crate) stops: BTreeMap<usize, Vec<u8>>,
    pub(crate) claims: Vec<u8>,
    pub(crate) receipts: Vec<Receipt>,
    /// Lines of growing files by provider and path below its folder; packed by [`Chunk::pack`] where the file is.
    pub(crate) lines: BTreeMap<(usize, String), Vec<u8>>,
    /// What such a file begins with, written once.
    pub(crate) heads: BTreeMap<(usize, String), Vec<u8>>,
    /// Numbers under which the insurer knows the person at hand from claims; emptied with each person.
    pub(crate) insured: Vec<Insured>,
    /// Checkup documents by the zip they go into.
    pub(crate) members: Vec<(Parcel, Member)>,
    pub(crate) tally: Tally,
    pub(crate) persons: u64,
    /// Facts are counted but not listed.
    pub(crate) silent: bool,
}

/// Who a fact is about and where it stands.
pub(crate) struct Source<'a> {
    pub(crate) person: u64,
    pub(crate) provider: usize,
    pub(crate) provider_id: &'a str,
    pub(crate) number: &'a str,
    pub(crate) file: &'a str,
    /// Where else the same stands: in the insurer's copy of a claim.
    pub(crate) also: Option<&'a Source<'a>>,
}

/// What a perfect reader finds.
pub(crate) struct Fact<'a> {
    pub(crate) kind: &'static str,
    pub(crate) day: Day,
    pub(crate) system: Option<CodeSystem>,
    pub(crate) code: &'a str,
    pub(crate) value: &'a str,
    pub(crate) unit: &'a str,
}

impl Chunk {
    /// Packs the lines of files that are gzip; members behind each other are one file (RFC 1952, 2.2).
    pub(crate) fn pack(&mut self) {
        for ((_, file), lines) in &mut self.lines {
            if file.ends_with(".gz") {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                // Writing to memory does not fail.
                let _ = encoder.write_all(lines);
                *lines = encoder.finish().unwrap_or_default();
            }
        }
    }

    pub(crate) fn count(&mut self, provider: usize, word: &'static str) {
        *self.tally.entry((provider, word)).or_default() += 1;
    }

    /// One row of `truth/facts.csv` for each place where it stands.
    pub(crate) fn fact(&mut self, source: &Source<'_>, fact: &Fact<'_>) {
        self.told(source, fact);
        if let Some(also) = source.also {
            self.told(also, fact);
        }
    }

    fn told(&mut self, source: &Source<'_>, fact: &Fact<'_>) {
        self.count(source.provider, fact.kind);
        if self.silent {
            return;
        }
        let row = &mut self.facts;
        push_person(row, source.person);
        let system = fact.system.map_or("", CodeSystem::word);
        push_fields(row, &[source.provider_id, source.number, fact.kind]);
        push_day(row, fact.day);
        push_fields(row, &[system, fact.code, fact.value, fact.unit, source.file]);
        end_row(row);
    }

    /// One row of `truth/people.csv`.
    pub(crate) fn person(&mut self, person: u64, provider_id: &str, written: &Written) {
        let row = &mut self.people;
        push_person(row, person);
        let kanji = joined(&written.family, &written.given);
        let kana = joined(&written.family_kana, &written.given_kana);
        push_fields(row, &[provider_id, &written.number, &kanji, &kana]);
        push_day(row, written.birth);
        push_fields(
            row,
            &[
                if written.male { "M" } else { "F" },
                &written.postal,
                &written.address,
                &written.phone,
                &written.insurer,
                &written.symbol,
                &written.card,
                &written.branch,
            ],
        );
        end_row(row);
    }
}

fn joined(family: &str, given: &str) -> String {
    if family.is_empty() || given.is_empty() {
        format!("{family}{given}")
    } else {
        format!("{family} {given}")
    }
}

fn push_person(row: &mut Vec<u8>, person: u64) {
    row.push(b'P');
    let mut digits = [b'0'; 20];
    let mut left = person;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
    }
    let from = digits.iter().position(|digit| *digit != b'0').unwrap_or(19).min(12);
    row.extend(digits.iter().skip(from));
    row.push(b',');
}

fn push_day(row: &mut Vec<u8>, day: Day) {
    let (year, month, day) = day.ymd();
    let digit = |value: u32| b'0' + u8::try_from(value % 10).unwrap_or_default();
    let year = u32::try_from(year).unwrap_or_default();
    row.extend([
        digit(year / 1000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
        b',',
    ]);
}

/// Fields each with a comma behind, quoted where CSV needs it.
fn push_fields(row: &mut Vec<u8>, fields: &[&str]) {
    for field in fields {
        if field.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
            row.push(b'"');
            row.extend(field.replace('"', "\"\"").bytes());
            row.push(b'"');
        } else {
            row.extend_from_slice(field.as_bytes());
        }
        row.push(b',');
    }
}

/// The last comma becomes the end of the row.
fn end_row(row: &mut [u8]) {
    if let Some(last) = row.last_mut() {
        *last = b'\n';
    }
}

/// A person's name in the truth: `P` and at least eight digits.
pub(crate) fn person_id(person: u64) -> String {
    format!("P{person:08}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_csv_and_persons_have_eight_digits() {
        let mut row = Vec::new();
        push_person(&mut row, 42);
        push_day(&mut row, Day::from_ymd(2024, 2, 29).unwrap());
        push_fields(&mut row, &["a,b", "c\"d", "e"]);
        end_row(&mut row);
        let text = String::from_utf8(row).unwrap();
        assert_eq!(text, "P00000042,2024-02-29,\"a,b\",\"c\"\"d\",e\n");
        for person in [0, 7, 12_345_678, 123_456_789_012] {
            let mut row = Vec::new();
            push_person(&mut row, person);
            assert_eq!(String::from_utf8(row).unwrap(), format!("{},", person_id(person)));
        }
    }
}
