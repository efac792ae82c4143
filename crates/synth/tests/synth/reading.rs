//! What the readers find in the deliveries is what the truth says: writer and reader share no line of code, so a layout
//! that one of them has wrong shows here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use sudare_identity::SourcePatientId;
use sudare_intake::archive::{Limits, unpack};
use sudare_intake::{Choice, Context, Counts, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

use crate::{files, region, rows};

/// A subject without a key: good for tests only. FNV-1a, twice with other beginnings.
fn subject(number: &str) -> SubjectKey {
    let hash = |begin: u64| {
        number
            .bytes()
            .fold(begin, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&hash(0xcbf2_9ce4_8422_2325).to_le_bytes());
    bytes[8..].copy_from_slice(&hash(0x9747_b28c_8422_2325).to_le_bytes());
    SubjectKey::from_bytes(bytes)
}

/// A row as text, by column.
type Row = BTreeMap<String, String>;

/// What the readers make of some files of a provider.
struct Read {
    tables: BTreeMap<String, Vec<Row>>,
    counts: Counts,
}

fn read(root: &Path, provider: &str, wanted: &dyn Fn(&str) -> bool) -> Read {
    let prefix = format!("deliveries/{provider}/");
    let list: Vec<(String, Vec<u8>)> = files(root)
        .into_iter()
        .map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes))
        .filter(|(path, _)| path.starts_with(&prefix) && wanted(path))
        .collect();
    assert!(!list.is_empty(), "{provider} delivers nothing");
    let (list, found) = unpack(Arc::new(MemoryFiles::new(list)), Vec::new(), Limits::DEFAULT);
    assert!(found.is_empty());
    let context = Context {
        provider: ProviderId::parse(provider).unwrap(),
        delivery: DeliveryId::parse("d1").unwrap(),
    };
    let gate = OpenGate::new(|one: &SourcePatientId| subject(one.number().reveal()));
    let plan = plan(&*list, &Sender::UNKNOWN, Choice::Auto);
    let mut read = Read { tables: BTreeMap::new(), counts: plan.counts.clone() };
    for unit in &plan.units {
        let outcome = read_unit(unit, &*list, &gate, &context);
        read.counts.merge(&outcome.counts);
        for (table, batch) in &outcome.content {
            read.tables.entry(table.name.to_owned()).or_default().extend(print(batch));
        }
        if let Some(batch) = &outcome.identity {
            read.tables.entry("identity".to_owned()).or_default().extend(print(batch));
        }
    }
    read
}

fn print(batch: &arrow::record_batch::RecordBatch) -> Vec<Row> {
    let options = FormatOptions::default();
    let mut list = vec![Row::new(); batch.num_rows()];
    for (array, field) in batch.columns().iter().zip(batch.schema().fields()) {
        let shown = ArrayFormatter::try_new(array, &options).unwrap();
        for (at, row) in list.iter_mut().enumerate() {
            if array.is_valid(at) {
                row.insert(field.name().clone(), shown.value(at).to_string());
            }
        }
    }
    list
}

/// Where facts of a kind are found: table, date and code columns.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("diagnosis", "condition_occurrence", "condition_start_date", "condition_source_value"),
    ("drug", "drug_exposure", "drug_exposure_start_date", "drug_source_value"),
    ("procedure", "procedure_occurrence", "procedure_date", "procedure_source_value"),
    ("device", "device_exposure", "device_exposure_start_date", "device_source_value"),
    ("death", "death", "death_date", ""),
    ("lab", "measurement", "measurement_date", "measurement_source_value"),
    ("observation", "observation", "observation_date", "observation_source_value"),
    ("image", "image_occurrence", "image_occurrence_date", "modality_source_value"),
    ("visit", "visit_occurrence", "visit_start_date", ""),
    ("note", "note", "note_date", "note_class_source_value"),
];

/// Facts of one kind in the wanted files, and the rows that should be them: subject, day, code, value.
fn both(
    root: &Path,
    read: &Read,
    provider: &str,
    kind: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> (Vec<[String; 3]>, Vec<[String; 3]>) {
    let (_, table, day, code) = PLACES.iter().find(|one| one.0 == kind).unwrap();
    let shown = |key: SubjectKey| {
        key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let mut told: Vec<[String; 3]> = rows(root, "truth/facts.csv")
        .iter()
        .filter(|row| row["provider"] == provider && row["kind"] == kind)
        .filter(|row| wanted(&row["source_file"]))
        .map(|row| {
            let code = if code.is_empty() { String::new() } else { row["code"].clone() };
            [shown(subject(&row["patient_number"])), row["date"].clone(), code]
        })
        .collect();
    let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
    let empty = Vec::new();
    let mut found: Vec<[String; 3]> = read
        .tables
        .get(*table)
        .unwrap_or(&empty)
        .iter()
        .map(|row| [cell(row, "subject"), cell(row, day), cell(row, code)])
        .collect();
    told.sort();
    found.sort();
    (told, found)
}

/// 髙 and 﨑 are no characters of JIS X 0208.
const LETTERS: &[&str] = &["UKE-CHARACTER"];

/// Asserts that facts and rows of these kinds are the same, and that nothing was found wrong besides `findings`.
fn agree(root: &Path, provider: &str, ending: &str, kinds: &[&str], findings: &[&str]) -> Read {
    let wanted = |path: &str| path.contains(ending);
    let read = read(root, provider, &wanted);
    let met: Vec<&str> = read.counts.findings.keys().copied().collect();
    assert_eq!(met, findings, "{provider} {ending}: {:?}", read.counts.findings);
    for kind in kinds {
        let (told, found) = both(root, &read, provider, kind, &wanted);
        assert!(!told.is_empty() || *kind == "death", "no {kind} at {provider}");
        let first = told.iter().zip(&found).find(|(a, b)| a != b);
        assert!(told == found, "{provider} {kind}: {} {} {first:?}", told.len(), found.len());
    }
    read
}

#[test]
fn claims_of_pharmacies_read_as_they_were_meant() {
    let (folder, _) = region(500, 3);
    let root = folder.path();
    for pharmacy in ["pharmacy-1", "pharmacy-2"] {
        let read = agree(root, pharmacy, "RECEIPTY", &["drug", "procedure"], LETTERS);
        let visits = rows(root, "truth/facts.csv")
            .iter()
            .filter(|row| row["provider"] == pharmacy && row["kind"] == "visit")
            .count();
        assert_eq!(read.tables["visit_occurrence"].len(), visits);
        // The amount in all, as the truth has it.
        let sum = |list: Vec<f64>| list.iter().sum::<f64>();
        let told = rows(root, "truth/facts.csv")
            .iter()
            .filter(|row| row["provider"] == pharmacy && row["kind"] == "drug")
            .map(|row| row["value"].parse::<f64>().unwrap())
            .collect();
        let found = read.tables["drug_exposure"].iter();
        let found = found.map(|row| row["quantity"].parse::<f64>().unwrap()).collect();
        assert_eq!(sum(told), sum(found));
    }
}

#[test]
fn dental_claims_read_as_they_were_meant() {
    let (folder, _) = region(500, 3);
    let kinds = ["diagnosis", "procedure", "drug"];
    agree(folder.path(), "dental-1", "RECEIPTS", &kinds, LETTERS);
}

#[test]
fn stays_paid_by_group_read_as_they_were_meant() {
    let (folder, _) = region(900, 3);
    let kinds = ["diagnosis", "procedure", "drug", "device", "death"];
    let read = agree(folder.path(), "hospital-1", "RECEIPTD", &kinds, LETTERS);
    let groups = read.tables["observation"].iter();
    let groups = groups.filter(|row| row["observation_source_value"] == "DPC").count();
    assert_eq!(groups, read.tables["visit_occurrence"].len());
}

#[test]
fn checkups_read_as_they_were_meant() {
    let (folder, _) = region(2_500, 3);
    let root = folder.path();
    let kinds = ["lab", "observation", "visit"];
    let read = agree(root, "insurer-1", ".zip", &kinds, &[]);
    let known = rows(root, "truth/facts.csv");
    let known = known.iter().filter(|row| row["source_file"].contains(".zip/"));
    let mut told: Vec<_> = known.map(|row| row["patient_number"].clone()).collect();
    let mut found: Vec<_> =
        read.tables["identity"].iter().map(|row| row["patient_number"].clone()).collect();
    told.sort();
    told.dedup();
    found.sort();
    found.dedup();
    assert_eq!(told, found);
    assert!(read.tables["measurement"].iter().any(|row| row["result_status"] == "not-done"));
}

#[test]
fn a_chart_in_fhir_reads_as_it_was_meant() {
    let (folder, _) = region(600, 3);
    let kinds = ["diagnosis", "drug", "lab", "visit", "note"];
    agree(folder.path(), "clinic-4", "/fhir/", &kinds, &["FHIR-CODINGS-MORE"]);
}

#[test]
fn screenings_read_as_they_were_meant() {
    let (folder, _) = region(1_500, 3);
    let kinds = ["observation", "visit"];
    // A Composition without narrative; an Organization.
    let notes = &["FHIR-EMPTY", "FHIR-TYPE-ADMINISTRATIVE"];
    agree(folder.path(), "municipality-1", "Bundle-", &kinds, notes);
}

#[test]
fn images_read_as_they_were_meant() {
    let (folder, _) = region(2_000, 3);
    let root = folder.path();
    let read = agree(root, "hospital-1", "/dicom/", &["image"], &[]);
    // Names in both ways of writing them are those of the hospital's own patients.
    let known = rows(root, "truth/people.csv");
    for row in &read.tables["identity"] {
        let number = &row["patient_number"];
        let told = known
            .iter()
            .find(|one| one["provider"] == "hospital-1" && one["patient_number"] == *number);
        let told = told.unwrap();
        assert_eq!(row["birth_date"], told["birth_date"]);
        assert_eq!(row["name_kana"].is_empty(), told["name_kana"].is_empty());
        let kanji = row["name_kanji"].chars().zip(told["name_kanji"].chars());
        assert!(kanji.into_iter().any(|(a, b)| a == b && a != ' '), "{number}");
    }
}

#[test]
fn tables_of_the_municipality_read_as_they_were_meant() {
    let (folder, _) = region(1_500, 3);
    let root = folder.path();
    let kinds = ["lab", "observation", "note", "visit"];
    let read = agree(root, "municipality-1", "/kenshin/", &kinds, &[]);
    // Every value is the one the truth has, whatever its width and unit.
    let told: Vec<f64> = rows(root, "truth/facts.csv")
        .iter()
        .filter(|row| row["source_file"].contains("/kenshin/") && row["kind"] == "lab")
        .filter_map(|row| row["value"].parse().ok())
        .collect();
    let found = read.tables["measurement"].iter();
    let found: Vec<f64> =
        found.filter_map(|row| row.get("value_as_number")?.parse().ok()).collect();
    let sum = |list: &[f64]| list.iter().sum::<f64>();
    assert!(told.len() > 100 && (sum(&told) - sum(&found)).abs() < 1e-6);
    let known = rows(root, "truth/people.csv");
    for row in &read.tables["identity"] {
        let mut known = known.iter().filter(|one| one["provider"] == "municipality-1");
        let told = known.find(|one| one["patient_number"] == row["patient_number"]).unwrap();
        assert_eq!(row["birth_date"], told["birth_date"]);
        assert_eq!(row["sex"], told["sex"]);
    }
}

#[test]
fn guidance_reads_as_it_was_meant() {
    // Persons with marks are all guided; few others are in so small a region.
    let folder = tempfile::tempdir().unwrap();
    let canary = sudare_synth::CanaryPrefix::new("QXJ");
    let marked = sudare_synth::Region { canary, ..sudare_synth::Region::new(700, 3) };
    sudare_synth::write(&marked, folder.path(), &|_| ()).unwrap();
    let root = folder.path();
    let kinds = ["lab", "observation", "procedure", "note", "visit"];
    agree(root, "insurer-1", "_2.zip", &kinds, &[]);
}

#[test]
fn an_insurers_claims_read_as_they_were_meant() {
    let (folder, _) = region(1_200, 3);
    let root = folder.path();
    for (file, kinds) in [
        ("_MED.CSV", &["diagnosis", "visit"][..]),
        ("_DEN.CSV", &["diagnosis", "procedure"]),
        ("_PHA.CSV", &["drug", "procedure"]),
    ] {
        let wanted = |path: &str| path.contains(file);
        let read = read(root, "insurer-1", &wanted);
        let met = read.counts.findings.keys();
        // A payer ends its files as it likes.
        let met: Vec<_> = met.filter(|one| **one != "UKE-EOF-MARK").collect();
        assert!(met.iter().all(|one| LETTERS.contains(one)), "{met:?}");
        for kind in kinds {
            let (told, found) = both(root, &read, "insurer-1", kind, &wanted);
            let differs = told.iter().zip(&found).find(|(a, b)| a != b);
            let counts = (told.len(), found.len());
            assert!(told == found && !told.is_empty(), "{file} {kind} {counts:?} {differs:?}");
        }
    }
}

#[test]
fn a_laboratorys_messages_read_as_they_were_meant() {
    let (folder, _) = region(600, 3);
    let root = folder.path();
    let wanted = |path: &str| path.contains("/hl7/");
    let read = read(root, "clinic-1", &wanted);
    let met: Vec<&str> = read.counts.findings.keys().copied().collect();
    assert_eq!(met, ["SSMIX-CODE-LENGTH"]);
    let (told, found) = both(root, &read, "clinic-1", "lab", &wanted);
    assert!(told == found && told.len() > 50, "{} {}", told.len(), found.len());
}

#[test]
fn documents_of_the_extended_storage_read_as_they_were_meant() {
    let (folder, _) = region(900, 3);
    let read = agree(folder.path(), "hospital-1", "/ssmix2ext/", &["note"], &[]);
    assert_eq!(read.tables.len(), 1);
}

#[test]
fn survey_files_read_as_they_were_meant() {
    let (folder, _) = region(900, 3);
    let root = folder.path();
    let kinds = ["diagnosis", "procedure", "lab", "visit", "death"];
    agree(root, "hospital-1", "/dpc/FF1_", &kinds, &[]);
    // A line of an act itself is a procedure beside its details, under the hospital's own code.
    let wanted = |path: &str| path.contains("/dpc/EFn_");
    let mut merged = read(root, "hospital-1", &wanted);
    assert!(merged.counts.findings.is_empty(), "{:?}", merged.counts.findings);
    let acts = merged.tables.get_mut("procedure_occurrence").unwrap();
    acts.retain(|row| row["procedure_source_system"] == "CLAIM-PROCEDURE");
    for kind in ["procedure", "drug", "device"] {
        let (told, found) = both(root, &merged, "hospital-1", kind, &wanted);
        assert!(told == found && !told.is_empty(), "{kind}: {} {}", told.len(), found.len());
    }
}

#[test]
fn survey_files_of_outpatients_and_of_days_read_as_they_were_meant() {
    let (folder, _) = region(900, 3);
    let root = folder.path();
    let wanted = |path: &str| path.contains("/dpc/EFg_");
    let mut merged = read(root, "hospital-1", &wanted);
    assert!(merged.counts.findings.is_empty(), "{:?}", merged.counts.findings);
    let acts = merged.tables.get_mut("procedure_occurrence").unwrap();
    acts.retain(|row| row["procedure_source_system"] == "CLAIM-PROCEDURE");
    for kind in ["procedure", "drug", "diagnosis", "visit"] {
        let (told, found) = both(root, &merged, "hospital-1", kind, &wanted);
        // The hospital dispenses no drugs; few outpatients have an infusion.
        let some = kind == "drug" || !told.is_empty();
        assert!(told == found && some, "{kind}: {} {}", told.len(), found.len());
    }
    let sexes = rows(root, "truth/people.csv");
    for row in &merged.tables["identity"] {
        let mut known = sexes.iter().filter(|one| one["provider"] == "hospital-1");
        let told = known.find(|one| one["patient_number"] == row["patient_number"]).unwrap();
        assert_eq!((&row["birth_date"], &row["sex"]), (&told["birth_date"], &told["sex"]));
    }
    agree(root, "hospital-1", "/dpc/Dn_", &["procedure", "observation"], &[]);
    agree(root, "hospital-1", "/dpc/Hn_", &["observation"], &[]);
}
