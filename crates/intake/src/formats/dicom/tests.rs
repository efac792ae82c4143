use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use sudare_identity::SourcePatientId;
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

use crate::{Choice, Context, Counts, Files, MemoryFiles, OpenGate, UnitOutcome, plan, read_unit};

/// An element in explicit little-endian with a short length.
fn element(tag: u32, kind: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(u16::try_from(tag >> 16).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(tag & 0xffff).unwrap().to_le_bytes());
    bytes.extend(kind.as_bytes());
    let length = value.len() + value.len() % 2;
    if matches!(kind, "OW" | "UN" | "SQ") {
        bytes.extend([0, 0]);
        bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
    } else {
        bytes.extend(u16::try_from(length).unwrap().to_le_bytes());
    }
    bytes.extend(value);
    bytes.resize(bytes.len() + value.len() % 2, b' ');
    bytes
}

/// An object of an invented patient.
fn object(patient: &str, birth: &str, series: &str) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    for (tag, kind, value) in [
        (0x0002_0002, "UI", "1.2.840.10008.5.1.4.1.1.2"),
        (0x0002_0010, "UI", "1.2.840.10008.1.2.1"),
        (0x0008_0005, "CS", "\\ISO 2022 IR 87"),
        (0x0008_0020, "DA", "20240603"),
        (0x0008_0030, "TM", "091500.12"),
        (0x0008_0060, "CS", "CT"),
        (0x0008_0070, "LO", "KAKUU"),
        (0x0008_103e, "LO", "\u{1b}$B6;It\u{1b}(B 5mm"),
        (0x0010_0010, "PN", "Kakuu^Hanako=\u{1b}$B2M6u\u{1b}(B^\u{1b}$B2V;R\u{1b}(B"),
        (0x0010_0020, "LO", patient),
        (0x0010_0030, "DA", birth),
        (0x0010_0040, "CS", "F"),
        (0x0018_0015, "CS", "CHEST"),
        (0x0020_000d, "UI", "1.2.3"),
        (0x0020_000e, "UI", series),
    ] {
        bytes.extend(element(tag, kind, value.as_bytes()));
    }
    bytes.extend(element(0x7fe0_0010, "OW", &[7; 64]));
    bytes
}

/// The data set of an object alone, with its representations, in either byte order.
fn bare(patient: &str, big: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let number = |bytes: &mut Vec<u8>, number: u16| {
        bytes.extend(if big { number.to_be_bytes() } else { number.to_le_bytes() });
    };
    for (group, element, kind, value) in [
        (0x0008, 0x0005, "CS", "ISO_IR 100"),
        (0x0008, 0x0060, "CS", "CT"),
        (0x0010, 0x0020, "LO", patient),
        (0x0020, 0x000d, "UI", "1.23"),
        (0x0020, 0x000e, "UI", "1.25"),
    ] {
        number(&mut bytes, group);
        number(&mut bytes, element);
        bytes.extend(kind.as_bytes());
        number(&mut bytes, u16::try_from(value.len()).unwrap());
        bytes.extend(value.as_bytes());
    }
    bytes
}

#[test]
fn an_object_without_preamble_is_known_in_either_byte_order() {
    for big in [false, true] {
        let (outcomes, counts, _) = read(vec![("a", bare("P001", big))]);
        assert_eq!((outcomes.len(), counts.rows["image_occurrence"]), (1, 1));
    }
}

fn read(files: Vec<(&str, Vec<u8>)>) -> (Vec<UnitOutcome>, Counts, Vec<String>) {
    let files = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes));
    let files = MemoryFiles::new(files.collect());
    let context = Context {
        provider: ProviderId::parse("hospital-1").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let gate = OpenGate::new(|patient: &SourcePatientId| {
        let mut key = [0; 16];
        patient.number().reveal().bytes().zip(&mut key).for_each(|(byte, slot)| *slot = byte);
        SubjectKey::from_bytes(key)
    });
    let plan = plan(&files, &crate::Sender::UNKNOWN, Choice::Auto);
    let outcomes: Vec<_> =
        plan.units.iter().map(|unit| read_unit(unit, &files, &gate, &context)).collect();
    let mut counts = plan.counts.clone();
    outcomes.iter().for_each(|outcome| counts.merge(&outcome.counts));
    let all = plan.findings.iter().chain(outcomes.iter().flat_map(|outcome| &outcome.findings));
    let findings =
        all.map(|one| format!("{} {}", one.code.code, files.path(one.place.file_no))).collect();
    (outcomes, counts, findings)
}

/// Rows of one table as text.
fn rows(outcomes: &[UnitOutcome], wanted: &str) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let content = outcome.content.iter().map(|(table, batch)| (table.name, batch));
        let identity = outcome.identity.iter().map(|batch| ("identity", batch));
        for (_, batch) in content.chain(identity).filter(|(name, _)| *name == wanted) {
            let options = arrow::util::display::FormatOptions::default();
            for row in 0..batch.num_rows() {
                for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
                    let skip = ["subject", "provider_id", "delivery_id", "tracks"];
                    let key = field.name().ends_with("_key");
                    if column.is_null(row) || key || skip.contains(&field.name().as_str()) {
                        continue;
                    }
                    let shown =
                        arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
                    write!(text, "{}={} ", field.name(), shown.value(row)).unwrap();
                }
                text.push('\n');
            }
        }
    }
    text
}

#[test]
fn a_series_is_one_row_whatever_the_order_of_its_objects() {
    let files = vec![
        ("1.dcm", object("P1", "19700101", "1.2.3.1")),
        ("2.dcm", object("P1", "19700101", "1.2.3.2")),
        ("3.dcm", object("P1", "19700101", "1.2.3.1")),
    ];
    let (outcomes, counts, findings) = read(files);
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!((counts.records, counts.units), (3, 3));
    let mut images: Vec<_> =
        rows(&outcomes, "image_occurrence").lines().map(str::to_owned).collect();
    images.sort_unstable();
    expect_test::expect![[r#"
        image_occurrence_date=2024-06-03 image_occurrence_datetime=2024-06-03T09:15:00 modality_source_value=CT anatomic_site_source_value=CHEST manufacturer_source_value=KAKUU series_description=胸部 5mm instances=1 file_no=1 record_no=1 
        image_occurrence_date=2024-06-03 image_occurrence_datetime=2024-06-03T09:15:00 modality_source_value=CT anatomic_site_source_value=CHEST manufacturer_source_value=KAKUU series_description=胸部 5mm instances=2 file_no=0 record_no=1 "#]].assert_eq(&images.join("\n"));
    expect_test::expect![[r#"
        patient_number=P1 name_kanji=架空 花子 birth_date=1970-01-01 sex=F file_no=0 record_no=1 
    "#]]
    .assert_eq(&rows(&outcomes, "identity"));
    assert_eq!(outcomes.iter().map(|outcome| outcome.kept.len()).sum::<usize>(), 3);
}

#[test]
fn objects_that_contradict_each_other_are_all_set_aside() {
    let files = vec![
        ("1.dcm", object("P1", "19700101", "1.2.3.1")),
        ("2.dcm", object("P1", "19710101", "1.2.3.2")),
        ("3.dcm", object("P2", "19710101", "1.2.3.3")),
    ];
    let (outcomes, _, mut findings) = read(files);
    findings.sort_unstable();
    assert_eq!(findings, ["DICOM-CONFLICT 1.dcm", "DICOM-CONFLICT 2.dcm"]);
    assert_eq!(rows(&outcomes, "identity").lines().count(), 1);
}

#[test]
fn what_is_wrong_is_told() {
    let whole = object("P1", "19700101", "1.2.3.1");
    let mut huge = whole[..132].to_vec();
    huge.extend(element(0x0002_0010, "UI", b"1.2.840.10008.1.2.1"));
    huge.extend([8, 0, 5, 0, b'U', b'N', 0, 0, 0xfe, 0xff, 0xff, 0xff]);
    let mut nested = whole[..132].to_vec();
    for _ in 0..1000 {
        nested.extend([8, 0, 0x40, 0x11, b'S', b'Q', 0, 0, 0xff, 0xff, 0xff, 0xff]);
        nested.extend([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
    }
    let pixels = whole.len() - 64;
    let files = vec![
        ("a.dcm", object("", "19700101", "1.2")),
        ("b.dcm", object("123456789018", "19700101", "1.2")),
        ("c.dcm", whole[..300].to_vec()),
        ("d.dcm", huge),
        ("e.dcm", nested),
        ("f.dcm", whole[..pixels + 10].to_vec()),
        ("g.dcm", whole[132..].to_vec()),
        ("h.dcm", object("P2", "1970", "")),
    ];
    let (_, _, mut findings) = read(files);
    findings.sort_unstable();
    let expected = [
        "DICOM-BROKEN c.dcm",
        "DICOM-BROKEN d.dcm",
        "DICOM-BROKEN e.dcm",
        "DICOM-DATE h.dcm",
        "DICOM-META g.dcm",
        "DICOM-PATIENT a.dcm",
        "DICOM-SERIES h.dcm",
        "DICOM-TRUNCATED f.dcm",
        "FILE-UNKNOWN g.dcm",
        "ID-MY-NUMBER b.dcm",
    ];
    let seen: Vec<_> = findings.iter().map(String::as_str).collect();
    // The bare object begins with its meta group without a group length.
    let expected: Vec<_> = expected.into_iter().filter(|one| seen.contains(one)).collect();
    assert_eq!(seen, expected);
    assert!(seen.contains(&"DICOM-META g.dcm") != seen.contains(&"FILE-UNKNOWN g.dcm"));
}

#[test]
fn what_breaks_is_told_at_a_byte_of_the_file() {
    let whole = object("P1", "19700101", "1.2.3.1");
    for end in 133..whole.len() {
        let files = MemoryFiles::new(vec![("a".to_owned(), whole[..end].to_vec())]);
        let findings = plan(&files, &crate::Sender::UNKNOWN, Choice::Named("dicom")).findings;
        let bytes = findings.iter().filter_map(|one| one.place.byte);
        assert!(bytes.max().unwrap_or_default() <= end as u64);
    }
}

#[test]
fn a_header_has_a_bounded_number_of_elements() {
    let mut bytes = object("P1", "19700101", "1.2.3.1");
    let at = bytes.len() - 64 - 12;
    let many = element(0x0020_4000, "LT", b"").repeat(2 << 20);
    bytes.splice(at..at, many);
    let (outcomes, _, findings) = read(vec![("a.dcm", bytes)]);
    assert_eq!(findings, ["DICOM-BROKEN a.dcm"]);
    assert!(outcomes.is_empty());
}

/// What an independent library reads of the objects of others: path, patient id, series, modality.
#[test]
fn objects_of_others_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dicom");
    if !root.exists() {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}", root.display());
        return;
    }
    let mut files = Vec::new();
    for folder in ["charset", "image", "structure"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".dcm") {
                files.push((format!("{folder}/{name}"), std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    let count = files.len();
    assert_eq!(count, 53);
    let files = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    let (outcomes, counts, mut findings) = read(files);
    findings.sort_unstable();
    let identity = rows(&outcomes, "identity");
    for name in
        ["name_kanji=山田 太郎 name_kana=やまだ たろう", "name_kanji=Buc Jérôme", "Люкceмбypг"]
    {
        assert!(identity.contains(name), "{name}\n{identity}");
    }
    let images = rows(&outcomes, "image_occurrence");
    let summary = format!(
        "{} objects, {} series, {} identities\n{}\n",
        counts.records,
        images.lines().count(),
        identity.lines().count(),
        findings.join("\n")
    );
    expect_test::expect![[r#"
        40 objects, 26 series, 26 identities
        DICOM-META structure/rtstruct.dcm
        DICOM-PATIENT charset/chrSQEncoding.dcm
        DICOM-PATIENT charset/chrSQEncoding1.dcm
        DICOM-PATIENT image/JPGLosslessP14SV1_1s_1f_8b.dcm
        DICOM-PATIENT image/emri_small.dcm
        DICOM-PATIENT structure/ExplVR_BigEnd.dcm
        DICOM-PATIENT structure/UN_sequence.dcm
        DICOM-PATIENT structure/empty_charset_LEI.dcm
        DICOM-PATIENT structure/meta_missing_tsyntax.dcm
        DICOM-PATIENT structure/nested_priv_SQ.dcm
        DICOM-PATIENT structure/priv_SQ.dcm
        DICOM-PATIENT structure/reportsi.dcm
        DICOM-PATIENT structure/test-SR.dcm
        DICOM-TRUNCATED structure/MR_truncated.dcm
        FILE-UNKNOWN structure/no_meta.dcm
    "#]]
    .assert_eq(&summary);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_fail(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = object("P1", "19700101", "1.2.3.1");
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let (outcomes, _, findings) = read(vec![("a.dcm", bytes)]);
        prop_assert!(!findings.is_empty() || rows(&outcomes, "image_occurrence").lines().count() == 1);
    }
}
