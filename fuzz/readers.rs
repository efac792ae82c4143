//! What there is to fuzz: one line a reader, saying which files of a delivery the bytes become.
//!
//! Binaries of libFuzzer and plain tests (`crates/intake/tests/intake/arbitrary.rs`) include this file, so that the
//! corpus is held by one oracle on any compiler. Start at [`run`]; what must hold of any bytes is in `oracle`.

pub(crate) mod oracle;

use std::sync::Arc;

use sudare_intake::dimse::{self, Request, Status, Uid};
use sudare_intake::formats::municipal::mapping;
use sudare_intake::{Choice, Masters};

/// A reader as it is fuzzed.
pub(crate) struct Target {
    /// The name of the binary and of the folder of its corpus.
    pub(crate) name: &'static str,
    try_on: fn(&[u8], Chosen),
}

/// Which of the oracle's [`oracle::WAYS`] to try; all where none is chosen.
pub(crate) type Chosen = Option<u32>;

pub(crate) const MESSAGE_PATH: &str =
    "000/000/0000001/-/PPR-01/0000001_-_PPR-01_000000000000001_20240301000000000_01_1";

const DOCUMENT_PATH: &str = "ext/000/000/0000001/20240301/18842-5^SUMMARY^LN/\
    0000001_20240301_18842-5^SUMMARY^LN_000000000000001_20240301101010000_01_1/main_document.xml";

/// A message, a mapping, a table, claims, a checkup and an image that are right.
pub(crate) const MESSAGE: &[u8] = include_bytes!("corpus/ssmix2_message/good");
pub(crate) const MAPPING: &[u8] = include_bytes!("corpus/municipal_table/mapping.toml");
pub(crate) const TABLE: &[u8] = include_bytes!("corpus/municipal_table/mapped.csv");
pub(crate) const CLAIMS: &[u8] = include_bytes!("corpus/uke_file/good.uke");
pub(crate) const CHECKUP: &[u8] = include_bytes!("corpus/checkup_document/good.xml");
pub(crate) const IMAGE: &[u8] = include_bytes!("corpus/dicom_file/good");

/// All of them.
pub(crate) static TARGETS: &[Target] = &[
    Target {
        name: "ssmix2_message",
        try_on: |bytes, one| alone(one, "ssmix2", MESSAGE_PATH, bytes),
    },
    Target { name: "hl7_stream", try_on: |bytes, one| alone(one, "ssmix2", "day.hl7", bytes) },
    Target {
        name: "ssmix2_document",
        try_on: |bytes, one| {
            beside(one, "ssmix2", (DOCUMENT_PATH, bytes), (MESSAGE_PATH, MESSAGE));
        },
    },
    Target {
        name: "ssmix2_index",
        try_on: |bytes, one| {
            beside(one, "ssmix2", ("SSMIXIDX.csv", bytes), (MESSAGE_PATH, MESSAGE));
        },
    },
    Target { name: "uke_file", try_on: |bytes, one| alone(one, "uke", "RECEIPTC.UKE", bytes) },
    Target {
        name: "payer_file",
        try_on: |bytes, one| alone(one, "uke", "11_RECODEINFO_MED.CSV", bytes),
    },
    Target { name: "claim_masters", try_on: masters },
    Target { name: "dpc_file", try_on: |bytes, one| alone(one, "dpc", "survey.txt", bytes) },
    Target { name: "fhir_json", try_on: |bytes, one| alone(one, "fhir", "all.ndjson", bytes) },
    Target {
        name: "municipal_table",
        try_on: |bytes, one| beside(one, "municipal", ("a.csv", bytes), ("a.toml", MAPPING)),
    },
    Target {
        name: "municipal_mapping",
        try_on: |bytes, one| {
            let _ = mapping::check(bytes, Some(TABLE));
            beside(one, "municipal", ("a.toml", bytes), ("a.csv", TABLE));
        },
    },
    Target {
        name: "checkup_document",
        try_on: |bytes, one| alone(one, "checkup", "DATA/h1.xml", bytes),
    },
    Target {
        name: "checkup_claim",
        try_on: |bytes, one| {
            beside(one, "checkup", ("CLAIMS/c1.xml", bytes), ("DATA/h1.xml", CHECKUP));
        },
    },
    Target {
        name: "checkup_index",
        try_on: |bytes, one| {
            beside(one, "checkup", ("ix08_V08.xml", bytes), ("DATA/h1.xml", CHECKUP))
        },
    },
    Target { name: "dicom_file", try_on: |bytes, one| alone(one, "dicom", "IM1", bytes) },
    Target {
        name: "dicom_series",
        try_on: |bytes, one| beside(one, "dicom", ("IM1", bytes), ("IM2", IMAGE)),
    },
    Target { name: "dimse_command", try_on: |bytes, _| message(bytes) },
    Target {
        name: "archive",
        try_on: |bytes, one| {
            oracle::hold(one, &[("a.zip".to_owned(), bytes.to_vec())], Choice::Auto, None)
        },
    },
    Target { name: "delivery", try_on: delivery },
];

/// Tries the target of a name on some bytes, in one way or in all. Panics where a reader breaks its word.
pub(crate) fn run(name: &str, bytes: &[u8], chosen: Chosen) {
    let target = TARGETS.iter().find(|one| one.name == name).expect("a target");
    (target.try_on)(bytes, chosen);
}

fn alone(chosen: Chosen, format: &'static str, path: &str, bytes: &[u8]) {
    let files = vec![(path.to_owned(), bytes.to_vec())];
    oracle::hold(chosen, &files, Choice::Named(format), None);
}

fn beside(
    chosen: Chosen,
    format: &'static str,
    (path, bytes): (&str, &[u8]),
    (other, companion): (&str, &[u8]),
) {
    let files = vec![(path.to_owned(), bytes.to_vec()), (other.to_owned(), companion.to_vec())];
    oracle::hold(chosen, &files, Choice::Named(format), None);
}

/// Bytes as a claim master, and claims whose codes are looked up in it.
fn masters(bytes: &[u8], chosen: Chosen) {
    if let Ok(masters) = Masters::read([bytes]) {
        let files = vec![("RECEIPTC.UKE".to_owned(), CLAIMS.to_vec())];
        oracle::hold(chosen, &files, Choice::Named("uke"), Some(&Arc::new(masters)));
    }
}

/// What stands between two files of a `delivery`.
const BETWEEN: &[u8] = b"\n--8<--\n";

/// Names that formats look at.
const NAMES: [&str; 16] = [
    "day.hl7",
    "a.uke",
    "a.hen",
    "a.csv",
    "a.txt",
    "a.json",
    "a.ndjson",
    "a.toml",
    "ix08_V08.xml",
    "su08_V08.xml",
    "DATA/h1.xml",
    "CLAIMS/c1.xml",
    "IM1",
    "a.zip",
    "a.gz",
    MESSAGE_PATH,
];

/// Some files under names of their own: the first byte of each chooses its name. Their formats are told from them.
fn delivery(bytes: &[u8], chosen: Chosen) {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut rest = Some(bytes);
    while let Some(from) = rest.filter(|_| files.len() < 8) {
        let at = from.windows(BETWEEN.len()).position(|one| one == BETWEEN);
        let (part, behind) = match at {
            Some(at) => (&from[..at], Some(&from[at + BETWEEN.len()..])),
            None => (from, None),
        };
        if let [name, content @ ..] = part {
            let name = NAMES[usize::from(*name) % NAMES.len()];
            // A storage has no second file of a name.
            let folder =
                if files.is_empty() { String::new() } else { format!("f{}/", files.len()) };
            files.push((format!("{folder}{name}"), content.to_vec()));
        }
        rest = behind;
    }
    oracle::hold(chosen, &files, Choice::Auto, None);
}

/// Bytes as a command of a DICOM message, and as the beginning of a data set. Panics where an answer does not read as
/// the command it is.
fn message(bytes: &[u8]) {
    if let Ok(request) = Request::read(bytes) {
        let answer = dimse::answer(&request, Status::TOO_LARGE);
        let answered = Request::read(&answer);
        assert!(answer.is_empty() || answered.is_err(), "an answer is no request");
        assert_eq!(answer.len() % 2, 0);
    }
    let uid = |text: &str| Uid::parse(text.as_bytes()).expect("a good UID");
    let (class, instance) = (uid("1.2.840.10008.5.1.4.1.1.2"), uid("1.2.3.4.55"));
    for syntax in [
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.1.99",
    ] {
        let whole = dimse::fit(bytes, true, &uid(syntax), &class, &instance);
        let part = dimse::fit(bytes, false, &uid(syntax), &class, &instance);
        let deflated = syntax.ends_with(".99");
        assert!(deflated || whole == part || part == dimse::Fit::Fits, "more bytes make it worse");
    }
}
