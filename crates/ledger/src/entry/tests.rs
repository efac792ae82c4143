use std::collections::BTreeMap;

use expect_test::expect;
use proptest::prelude::*;
use sudare_model::{Digest, Track, Tracks};

use super::*;
use crate::record::{Register, Verdict};

fn done() -> Entry {
    let record = Verdict {
        epoch: 2,
        track: Track::Anonymised,
        project: None,
        policy: Digest::from_bytes([1; 32]),
        k: Some(10),
        risk_ppm: None,
        removed: BTreeMap::from([("R-ANON-05".to_owned(), 3)]),
        cohort: None,
    };
    let contents = Contents {
        manifest: Digest::from_bytes([2; 32]),
        rows: BTreeMap::from([("person".to_owned(), 7), ("measurement".to_owned(), 70)]),
        tracks: Tracks::only(Track::Anonymised),
    };
    let made = Some(Made { dataset: DatasetId::parse("a-1").unwrap(), contents });
    let half = Half::Done(Done { begun: 11, made, record: record.into() });
    Entry { at: Instant::from_unix(1_720_000_000), act: Act::Anonymise, half }
}

fn begun() -> Entry {
    let parameters = Parameters::new().with("policy", "k10 \"plain\"").unwrap();
    let half = Half::Begun(Begun {
        dataset: Some(DatasetId::parse("a-1").unwrap()),
        inputs: vec![DatasetId::parse("l-1").unwrap()],
        parameters,
    });
    Entry { at: Instant::from_unix(-1), act: Act::Anonymise, half }
}

#[test]
fn an_entry_is_written_in_one_way() {
    let written = |entry: &Entry| String::from_utf8(entry.encode()).unwrap();
    expect![[r#"{"act":"anonymise","at":1720000000,"begun":11,"half":"done","made":{"contents":{"manifest":"0202020202020202020202020202020202020202020202020202020202020202","rows":{"measurement":70,"person":7},"tracks":["anonymised"]},"dataset":"a-1","level":"anonymised"},"record":{"epoch":2,"k":10,"policy":"0101010101010101010101010101010101010101010101010101010101010101","removed":{"R-ANON-05":3},"track":"anonymised"},"v":1,"verb":"deidentify"}"#]].assert_eq(&written(&done()));
    expect![[r#"{"act":"anonymise","at":-1,"dataset":"a-1","half":"begun","inputs":["l-1"],"parameters":{"policy":"k10 \"plain\""},"v":1,"verb":"deidentify"}"#]].assert_eq(&written(&begun()));
}

#[test]
fn an_entry_reads_back() {
    let reason = Reason::new("cut off").unwrap();
    let abandoned = Entry {
        at: Instant::from_unix(5),
        act: Act::Link,
        half: Half::Abandoned { begun: 3, reason },
    };
    for entry in [done(), begun(), abandoned] {
        assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    }
}

#[test]
fn another_form_of_the_same_entry_is_refused() {
    let text = String::from_utf8(done().encode()).unwrap();
    let decode = |text: String| Entry::decode(text.as_bytes());
    assert_eq!(decode(text.replace("\"v\":1", "\"v\": 1")), Err(EntryError::Form));
    assert_eq!(decode(text.replace("\"v\":1", "\"v\":2")), Err(EntryError::Version));
    assert_eq!(decode(text.replace("0202", "0A02")), Err(EntryError::Form));
    assert_eq!(decode(text.replace("\"v\":1", "\"v\":1,\"w\":1")), Err(EntryError::Field("entry")));
    assert_eq!(
        decode(text.replace("verb\":\"deidentify", "verb\":\"link")),
        Err(EntryError::Field("verb"))
    );
    assert_eq!(
        decode(text.replace("level\":\"anon", "level\":\"pseudon")),
        Err(EntryError::Field("level"))
    );
    assert_eq!(decode(text.replace("\"k\":10", "\"k\":1.0")), Err(EntryError::Field("record")));
    assert_eq!(
        decode(text.replace("\"half\":\"done\"", "\"half\":\"site\"")),
        Err(EntryError::Field("half"))
    );
    assert_eq!(decode("[]".to_owned()), Err(EntryError::Json));
    let twice = text.replace("\"begun\":11,", "\"begun\":12,\"begun\":11,");
    assert_eq!(decode(twice), Err(EntryError::Form));
    let deep = "[".repeat(60_000);
    assert_eq!(decode(deep), Err(EntryError::Json));
}

#[test]
fn words_are_plain() {
    assert_eq!(Parameters::new().with("Name", "x"), Err(WordError::Name));
    assert_eq!(Parameters::new().with("name", "山田"), Err(WordError::Value));
    assert_eq!(Parameters::new().with("name", "a\nb"), Err(WordError::Value));
    let many = (0..65).try_fold(Parameters::new(), |all, at| all.with(&format!("p{at}"), at));
    assert_eq!(many, Err(WordError::Many));
}

#[test]
fn every_verb_of_the_flow_is_written() {
    for verb in Verb::ALL {
        assert!(Act::ALL.iter().any(|act| act.verb() == verb.word()), "{verb}");
    }
}

proptest! {
    #[test]
    fn a_changed_byte_is_another_entry_or_none(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let bytes = done().encode();
        let mut changed = bytes.clone();
        let at = at.index(bytes.len());
        changed[at] = byte;
        if let Ok(entry) = Entry::decode(&changed) {
            prop_assert_eq!(entry.encode(), changed);
        }
    }

    #[test]
    fn counts_of_any_name_read_back(counts in prop::collection::btree_map(".{0,12}", any::<u64>(), 0..6)) {
        let record = Register { digest: Digest::from_bytes([0; 32]), counts };
        let half = Half::Done(Done { begun: 1, made: None, record: record.into() });
        let entry = Entry { at: Instant::from_unix(0), act: Act::Register, half };
        prop_assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    }
}
