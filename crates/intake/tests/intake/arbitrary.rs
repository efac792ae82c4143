//! Whatever the bytes are: no panic, no silent loss of a file, the same answer twice, and all else that the oracle of
//! the fuzzing holds (`fuzz/oracle.rs`), on the corpus, on damaged files of it and on bytes of chance.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sudare_intake::Choice;

use crate::readers::oracle::hold;
use crate::readers::{CHECKUP, CLAIMS, IMAGE, MAPPING, MESSAGE, MESSAGE_PATH, TABLE, TARGETS, run};
use crate::support::{load, read, shared};

/// FHIR lines and a survey file that are right, beside those of the targets.
const FHIR: &[u8] = include_bytes!("../../../../fuzz/corpus/fhir_json/good.ndjson");
const SURVEY: &[u8] = include_bytes!("../../../../fuzz/corpus/dpc_file/good.txt");

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// Every file of the corpus with its target.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let of = |target: &str| load(&corpus().join(target)).into_iter().map(|(_, bytes)| bytes);
    TARGETS.iter().flat_map(|one| of(one.name).map(|bytes| (one.name, bytes))).collect()
}

#[test]
fn the_corpus_is_read_without_a_warning() {
    let everything = read(vec![
        (MESSAGE_PATH.to_owned(), MESSAGE.to_vec()),
        ("A.UKE".to_owned(), CLAIMS.to_vec()),
        ("a.ndjson".to_owned(), FHIR.to_vec()),
        ("a.txt".to_owned(), SURVEY.to_vec()),
        ("t/a.csv".to_owned(), TABLE.to_vec()),
        ("t/a.toml".to_owned(), MAPPING.to_vec()),
        ("c/DATA/h1.xml".to_owned(), CHECKUP.to_vec()),
        ("IM1".to_owned(), IMAGE.to_vec()),
    ]);
    assert_eq!(everything.findings(), Vec::<&sudare_model::Finding>::new());
    assert!(everything.rows("condition_occurrence") > 1);
    assert!(everything.identity().len() > 1);
    assert!(!everything.content().is_empty());
    assert!(everything.plan.units.len() == 8 && everything.outcomes.len() == 8);
}

#[test]
fn every_target_has_a_line_in_the_manifest_and_a_corpus() {
    let manifest = std::fs::read_to_string(corpus().join("../Cargo.toml")).unwrap();
    for target in TARGETS {
        let line = format!("{{ name = \"{}\", path = \"target.rs\" }}", target.name);
        assert!(manifest.contains(&line), "{} is not in the manifest", target.name);
        assert!(!load(&corpus().join(target.name)).is_empty(), "{} has no corpus", target.name);
    }
    assert_eq!(manifest.matches("{ name = ").count(), TARGETS.len());
    let folders = std::fs::read_dir(corpus()).unwrap().count();
    assert_eq!(folders, TARGETS.len());
}

#[test]
fn every_file_of_the_corpus_is_held_by_every_target() {
    for (_, bytes) in seeds() {
        TARGETS.iter().for_each(|target| run(target.name, &bytes, None));
    }
}

#[test]
fn a_file_of_the_corpus_may_end_anywhere() {
    for (target, bytes) in seeds() {
        // Ends near the beginning cut a head, others a record.
        for sixteenth in 0..16 {
            run(target, &bytes[..sixteenth.min(bytes.len())], None);
            run(target, &bytes[..bytes.len() * sixteenth / 16], None);
        }
        run(target, &bytes[..bytes.len().saturating_sub(1)], None);
    }
}

#[test]
fn finding_codes_are_distinct_and_explained_in_two_languages() {
    let codes: Vec<_> = sudare_intake::formats::finding_codes().collect();
    let mut names: Vec<_> = codes.iter().map(|code| code.code).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len());
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/readings");
    let pages: String = std::fs::read_dir(docs)
        .unwrap()
        .map(|page| std::fs::read_to_string(page.unwrap().path()).unwrap())
        .collect();
    for code in codes {
        assert!(!code.english.is_empty() && !code.japanese.is_ascii(), "{}", code.code);
        assert!(pages.contains(&format!("`{}`", code.code)), "{} is not explained", code.code);
    }
}

/// What fuzzing comes to late: patients side by side in one delivery, of whom some are refused.
#[test]
fn every_delivery_of_an_invented_region_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let region = sudare_synth::Region::new(24, 5);
    sudare_synth::write(&region, folder.path(), &|_| ()).unwrap();
    for provider in std::fs::read_dir(folder.path().join("deliveries")).unwrap() {
        hold(None, &load(&provider.unwrap().path()), Choice::Auto, None);
    }
}

#[test]
fn every_shared_sample_is_held() {
    let samples = ["ssmix2_nho", "ssmix2_twins", "uke", "dicom", "fhir_jp_clins", "checkup_xsd"];
    for folder in samples.into_iter().filter_map(shared) {
        hold(None, &load(&folder), Choice::Auto, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes_are_held(bytes in proptest::collection::vec(any::<u8>(), 1..2000)) {
        TARGETS.iter().for_each(|target| run(target.name, &bytes, None));
    }

    #[test]
    fn a_damaged_file_is_held(
        seed in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let seeds = seeds();
        let (target, bytes) = seed.get(&seeds);
        let mut bytes = bytes.clone();
        for (at, byte) in &changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        run(target, &bytes, None);
    }
}
