//! Whatever the bytes are: no panic, no silent loss of a file, and the same answer twice.

use proptest::prelude::*;
use sudare_intake::{Choice, OpenGate};

use crate::support::{Everything, read, read_with, subject};

const SSMIX_PATH: &str =
    "000/000/0000001/-/PPR-01/0000001_-_PPR-01_000000000000001_20240301000000000_01_1";

/// A message, a claim file, FHIR lines, a survey file, a table and its mapping that are right, to be damaged.
const MESSAGE: &[u8] = include_bytes!("../../../../fuzz/corpus/ssmix2_message/good");
const CLAIMS: &[u8] = include_bytes!("../../../../fuzz/corpus/uke_file/good.uke");
const FHIR: &[u8] = include_bytes!("../../../../fuzz/corpus/fhir_json/good.ndjson");
const SURVEY: &[u8] = include_bytes!("../../../../fuzz/corpus/dpc_file/good.txt");
const TABLE: &[u8] = include_bytes!("../../../../fuzz/corpus/municipal_table/mapped.csv");
const MAPPING: &[u8] = include_bytes!("../../../../fuzz/corpus/municipal_table/mapping.toml");

fn each(bytes: &[u8]) -> [Everything; 5] {
    let gate = OpenGate::new(subject);
    let message = vec![(SSMIX_PATH.to_owned(), bytes.to_vec())];
    let claims = vec![("A.UKE".to_owned(), bytes.to_vec())];
    let survey = vec![("a.txt".to_owned(), bytes.to_vec())];
    let tables =
        vec![("a.csv".to_owned(), bytes.to_vec()), ("a.toml".to_owned(), MAPPING.to_vec())];
    let resources = vec![("a.ndjson".to_owned(), bytes.to_vec())];
    [
        read_with(message, Choice::Named("ssmix2"), &gate),
        read_with(claims, Choice::Named("uke"), &gate),
        read_with(resources, Choice::Named("fhir"), &gate),
        read_with(survey, Choice::Named("dpc"), &gate),
        read_with(tables, Choice::Named("municipal"), &gate),
    ]
}

/// A file that made no row and kept no record has a finding that says why.
fn nothing_silent(everything: &Everything) {
    let rows: u64 = everything.counts.rows.values().sum();
    assert!(rows > 0 || !everything.findings().is_empty());
}

#[test]
fn the_corpus_is_read_without_a_warning() {
    let everything = read(vec![
        (SSMIX_PATH.to_owned(), MESSAGE.to_vec()),
        ("A.UKE".to_owned(), CLAIMS.to_vec()),
        ("a.ndjson".to_owned(), FHIR.to_vec()),
        ("a.txt".to_owned(), SURVEY.to_vec()),
        ("t/a.csv".to_owned(), TABLE.to_vec()),
        ("t/a.toml".to_owned(), MAPPING.to_vec()),
    ]);
    assert_eq!(everything.findings(), Vec::<&sudare_model::Finding>::new());
    assert!(everything.rows("condition_occurrence") > 1);
    assert!(everything.identity().len() > 1);
    assert!(!everything.content().is_empty());
    assert!(everything.plan.units.len() == 6 && everything.outcomes.len() == 6);
}

#[test]
fn every_file_of_the_corpus_is_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut seen = 0;
    for (_, bytes) in crate::support::load(&root) {
        each(&bytes).iter().for_each(nothing_silent);
        seen += 1;
    }
    assert!(seen >= 8);
}

#[test]
fn finding_codes_are_distinct_and_explained_in_two_languages() {
    let codes: Vec<_> = sudare_intake::formats::finding_codes().collect();
    let mut names: Vec<_> = codes.iter().map(|code| code.code).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len());
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/readings");
    let pages: String = std::fs::read_dir(docs)
        .unwrap()
        .map(|page| std::fs::read_to_string(page.unwrap().path()).unwrap())
        .collect();
    for code in codes {
        assert!(!code.english.is_empty() && !code.japanese.is_ascii(), "{}", code.code);
        assert!(pages.contains(&format!("`{}`", code.code)), "{} is not explained", code.code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 1..2000)) {
        each(&bytes).iter().for_each(nothing_silent);
    }

    #[test]
    fn a_damaged_file_never_panics_and_reads_the_same_twice(
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..12),
        cut in any::<usize>(),
        sample in 0usize..5,
    ) {
        let mut bytes = [MESSAGE, CLAIMS, FHIR, SURVEY, TABLE][sample].to_vec();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(1 + cut % bytes.len());
        for (first, second) in each(&bytes).iter().zip(&each(&bytes)) {
            nothing_silent(first);
            prop_assert_eq!(first.content(), second.content());
            prop_assert_eq!(first.identity(), second.identity());
            prop_assert_eq!(first.findings(), second.findings());
        }
    }
}
