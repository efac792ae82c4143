//! Every input format is planted, and what the readers make of each names nobody but in notes.

use std::collections::BTreeSet;
use std::path::Path;

use sudare_canary::{Account, Hunter, Needle};

use super::{Run, clean, providers};

/// Each format: what the path of its files holds, and fields whose marks must lie in them.
const FORMATS: [(&str, &str, &[&str]); 19] = [
    (
        "SS-MIX2",
        "/ssmix2/",
        &["family", "given", "address", "phone", "number", "patient_number", "note"],
    ),
    ("extended storage", "/ssmix2ext/", &["family", "given", "patient_number", "note"]),
    ("HL7 messages", "/hl7/", &["family", "given", "address", "patient_number", "note"]),
    (
        "medical claims",
        "/RECEIPTC-",
        &["family", "given", "number", "symbol", "patient_number", "note"],
    ),
    ("DPC claims", "/RECEIPTD-", &["family", "given", "patient_number", "note"]),
    ("dental claims", "/RECEIPTS-", &["family", "given", "patient_number", "note"]),
    ("dispensing claims", "/RECEIPTY-", &["family", "given", "patient_number", "note"]),
    ("an insurer's claims", "/rece/", &["family", "given", "number", "symbol", "note"]),
    ("survey, form 1", "/dpc/FF1_", &["patient_number", "birth_date", "postal_code", "note"]),
    ("survey, EFn", "/dpc/EFn_", &["patient_number", "insurer_number"]),
    ("survey, EFg", "/dpc/EFg_", &["patient_number", "birth_date"]),
    ("survey, D", "/dpc/Dn_", &["patient_number"]),
    ("survey, H", "/dpc/Hn_", &["patient_number"]),
    ("DICOM", "/dicom/", &["family", "given", "patient_number", "birth_date"]),
    (
        "FHIR, a resource a line",
        "/fhir/",
        &["family", "given", "address", "number", "patient_number", "note"],
    ),
    ("FHIR documents", "/Bundle-", &["family", "given", "address", "patient_number", "note"]),
    (
        "municipal tables",
        "/kenshin/",
        &["family", "given", "address", "number", "patient_number", "note"],
    ),
    ("checkups", "_1.zip", &["family", "given", "address", "number", "symbol", "note"]),
    ("guidance", "_2.zip", &["family", "given", "address", "number", "symbol", "note"]),
];

/// The fields whose marks cannot be told from content in a table: birth and postal code stand in `person`, the insurer
/// says what kind of insurance it is.
const SHARED: [&str; 3] = ["birth_date", "postal_code", "insurer_number"];

/// Providers who saw persons with marks.
const NOTED: [&str; 7] =
    ["clinic-1", "clinic-4", "dental-1", "hospital-1", "hospital-2", "insurer-1", "municipality-1"];

/// That each format holds the marks of its fields: a format without any would be hunted in vain.
pub(super) fn each_is_planted(planted: &Account) {
    for (format, part, fields) in FORMATS {
        let here = planted.sightings.iter().filter(|one| one.place.contains(part));
        let found: BTreeSet<&str> = here.map(|one| one.label.split(',').nth(1).unwrap()).collect();
        for field in fields {
            assert!(found.contains(field), "no {field} is planted in {format}: {found:?}");
        }
    }
}

/// `tools parse` without `--identity` on each provider's files: no mark in a table, a finding or a summary, but in the
/// table of notes, where there must be some.
pub(super) fn parsed_tables_name_nobody(run: &Run, needles: &[Needle]) {
    let field = |needle: &&Needle| !SHARED.iter().any(|one| needle.label.ends_with(one));
    let marks: Vec<Needle> = needles.iter().filter(field).cloned().collect();
    let hunter = Hunter::new(&marks).unwrap();
    let (mut tables, mut noted) = (BTreeSet::new(), BTreeSet::new());
    for provider in providers(&run.region) {
        let id = provider.file_name().unwrap().to_str().unwrap().to_owned();
        let out = run.region.with_file_name(format!("parsed-{id}"));
        let words = ["tools", "parse", "--format", "auto"];
        let paths = [provider.to_str().unwrap(), "--out", out.to_str().unwrap()];
        // Not traced: of a table of notes, and of `person`, every byte is meant to be written.
        run.run(&[&words[..], &paths].concat(), &format!("parse-{id}"), false);
        let notes = out.join("note.parquet");
        clean(&hunter.folder(&out, &[notes.as_path()]).unwrap());
        tables.extend(std::fs::read_dir(&out).unwrap().map(|one| one.unwrap().file_name()));
        if notes.is_file() && !seen(&hunter, &notes).is_empty() {
            noted.insert(id);
        }
    }
    // The marks did reach the readers.
    for id in NOTED {
        assert!(noted.contains(id), "{id}: no mark in its notes");
    }
    let files = tables.iter().filter(|one| one.to_string_lossy().ends_with(".parquet"));
    let read = files.count();
    assert!(read >= 12, "only {read} kinds of tables were searched");
    eprintln!("parsed: {} spellings hunted in {read} kinds of tables", hunter.spellings());
}

/// What is found in one file.
fn seen(hunter: &Hunter, file: &Path) -> BTreeSet<String> {
    let folder = file.with_extension("alone");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(file, folder.join("file")).unwrap();
    let account = hunter.folder(&folder, &[]).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    account.sightings.into_iter().map(|one| one.label).collect()
}
