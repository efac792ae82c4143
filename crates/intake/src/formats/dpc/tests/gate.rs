//! Who is refused, what is damaged, and where a file is cut.

use proptest::prelude::*;
use sudare_model::DataItem;

use super::{acts, outpatient, read, read_bytes, sjis, stay};

#[test]
fn a_refused_patient_contributes_no_row_and_no_byte() {
    for one in [stay, |patient: &str, _: &str, _: &str| acts(patient)] {
        let of = |patient| one(patient, "19500203", "6");
        let refused = of("0000000009");
        let text = [of("0000000001"), refused.clone(), of("0000000002")].concat();
        let both = read(&text);
        let alone = read(&[of("0000000001"), of("0000000002")].concat());
        assert_eq!((both.counts.units, both.counts.refused), (3, 1));
        assert_eq!(both.counts.rows, alone.counts.rows);
        assert_eq!(
            both.kept(false) + both.kept(true),
            (sjis(&text).len() - sjis(&refused).len()) as u64
        );
    }
}

#[test]
fn the_lines_of_a_refused_patient_are_cut_out_wherever_they_stand() {
    let lines = |patient: &str| {
        let text = stay(patient, "19500203", "1");
        text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>()
    };
    let mixed = lines("0000000001").into_iter().zip(lines("0000000009"));
    let text: String = mixed.map(|(one, two)| one + &two).collect();
    let read = read(&text);
    assert_eq!(read.found("DPC-SCATTERED"), 18);
    assert_eq!(read.kept(false), sjis(&stay("0000000001", "19500203", "1")).len() as u64);
    assert_eq!(read.rows("condition_occurrence"), 3);
    assert!(!format!("{:?}", read.outcomes[0].identity).contains("0000000009"));
}

#[test]
fn items_not_admitted_make_no_row_and_their_lines_are_not_kept() {
    let text = stay("0000000008", "19500203", "6");
    let read = read(&text);
    assert_eq!((read.rows("death"), read.rows("condition_occurrence")), (0, 0));
    assert_eq!((read.rows("visit_occurrence"), read.rows("person")), (1, 1));
    assert_eq!(read.counts.withheld[&DataItem::Death], 1);
    assert_eq!(read.counts.withheld[&DataItem::Diagnoses], 3);
    assert!(!read.print(&["observation"]).contains("A000030"), "no other table tells of a death");
    let cut = |line: &&str| {
        !["A000030", "A006010", "A006030", "A006050"].iter().any(|code| line.contains(code))
    };
    let expected: usize = text.split_inclusive('\n').filter(cut).map(|line| sjis(line).len()).sum();
    assert_eq!(read.kept(false), expected as u64);
}

#[test]
fn one_number_with_two_birth_dates_is_set_aside_in_every_file() {
    let one = sjis(&stay("0000000001", "19500203", "1"));
    let two = sjis(&outpatient("0000000001", "19500204", "1"));
    let three = sjis(&acts("0000000001"));
    let read = read_bytes(&[&one, &two, &three], 1 << 20);
    assert_eq!(read.found("DPC-PATIENT-CONFLICT"), 3);
    assert!(read.counts.rows.is_empty());
    assert_eq!(read.kept(true), (one.len() + two.len() + three.len()) as u64);
    let other = sjis(&outpatient("0000000001", "19500203", "2"));
    assert_eq!(read_bytes(&[&one, &other], 1 << 20).found("DPC-PATIENT-CONFLICT"), 2);
}

#[test]
fn damage_is_a_finding_and_nothing_else_is_lost() {
    let check = |bytes: Vec<u8>, code: &str, diseases: u64| {
        let read = read_bytes(&[&bytes], 1 << 20);
        assert!(read.counts.findings.contains_key(code), "{code}: {:?}", read.counts.findings);
        assert_eq!(read.rows("condition_occurrence"), diseases, "{code}");
    };
    let text = stay("0000000001", "19500203", "1") + &stay("0000000002", "19600203", "1");
    let good = sjis(&text);
    let replaced = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    check(good.iter().copied().filter(|byte| *byte != b'\r').collect(), "DPC-LINE-END", 6);
    check(text.clone().into_bytes(), "DPC-ENCODING", 6);
    check([b"\xef\xbb\xbf", text.as_bytes()].concat(), "DPC-ENCODING", 6);
    check(good[..good.len() - 26].to_vec(), "DPC-TRUNCATED", 6);
    check(replaced(b"K297\t", b"K297\t\t"), "DPC-COLUMNS", 6);
    check(replaced(b"K297\t", b"K297\t\t\t"), "DPC-KIND", 5);
    check(replaced(b"K297", &[b'x'; 20_000]), "DPC-LINE-LENGTH", 5);
    check(replaced(b"19500203", b"19500231"), "DPC-DATE", 6);
    check(replaced(b"65.5", b"6x.5"), "DPC-NUMBER", 6);
    check(replaced(b"A000070", b"Z000070"), "DPC-CODE", 6);
    check(replaced(b"\t20240401\t0\t19500203", b"\t\t0\t19500203"), "DPC-VERSION", 6);
    check(replaced(b"19500203\t1", b"19500203\t3"), "DPC-SEX", 6);
    check(replaced(&sjis("胃炎"), b"\x81\xff"), "DPC-BYTES", 6);
    check(replaced(&sjis("胃炎"), b"\xfb\xfc"), "DPC-CHARACTER", 6);
    check(replaced(&sjis("胃炎"), b"\0"), "DPC-CONTROL", 6);
    check(
        replaced(b"0000000001\t20240401\t0\t0\tA006010", b"1\t20240401\t0\t0\tA006010"),
        "DPC-PATIENT",
        5,
    );
    check(
        replaced(b"0000000001\t20240401\t0\t0\tA006010", b"123456789018\t20240401\t0\t0\tA006010"),
        "ID-MY-NUMBER",
        5,
    );
    check(
        [
            good.clone(),
            sjis(&stay("0000000003", "19600203", "1").replace("131234567", "139999999")),
        ]
        .concat(),
        "DPC-FACILITY",
        6,
    );
    check(b"a\tb\r\n".to_vec(), "DPC-LAYOUT", 0);
    let hidden = sjis(&acts("0000000001").replace("01130012", "123456789018"));
    let read = read_bytes(&[&hidden], 1 << 20);
    assert_eq!((read.found("ID-MY-NUMBER"), read.kept(false)), (5, 0));
    assert!(read.counts.rows.is_empty());
}

#[test]
fn files_of_two_facilities_are_not_read_together() {
    let one = sjis(&stay("0000000001", "19500203", "1"));
    let two = sjis(&stay("0000000001", "19700203", "1").replace("131234567", "139999999"));
    let read = read_bytes(&[&one, &two], 1 << 20);
    assert_eq!((read.found("DPC-FACILITY"), read.found("DPC-PATIENT-CONFLICT")), (1, 0));
    assert_eq!(read.plan.units.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn where_a_file_is_cut_changes_no_row(
        patients in proptest::collection::vec((0u32..12, 0usize..3), 1..30),
        kind in 0usize..3,
        unit_bytes in 1u64..4000,
    ) {
        let text: String = patients
            .iter()
            .map(|(patient, lines)| {
                let number = format!("{patient:010}");
                let text = match kind {
                    0 => stay(&number, &format!("19{:02}0101", patient + 30), "6"),
                    1 => acts(&number),
                    _ => outpatient(&number, &format!("19{:02}0101", patient + 30), "1"),
                };
                text.split_inclusive('\n').skip(*lines).collect::<String>()
            })
            .collect();
        let bytes = sjis(&text);
        let (whole, cut) = (read_bytes(&[&bytes], 1 << 30), read_bytes(&[&bytes], unit_bytes));
        prop_assert_eq!(whole.everything(), cut.everything());
        prop_assert_eq!(whole.counts.records, cut.counts.records);
        prop_assert_eq!(whole.counts.units, cut.counts.units);
        prop_assert_eq!(whole.kept(false), cut.kept(false));
    }

    #[test]
    fn damaged_bytes_never_panic(
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..20),
        cut in any::<usize>(),
        kind in 0usize..3,
    ) {
        let mut bytes = sjis(&match kind {
            0 => stay("0000000001", "19500101", "6"),
            1 => acts("0000000001"),
            _ => outpatient("0000000001", "19500101", "1"),
        });
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(1 + cut % bytes.len());
        let read = read_bytes(&[&bytes], 1 << 20);
        let rows: u64 = read.counts.rows.values().sum();
        prop_assert!(rows > 0 || !read.counts.findings.is_empty());
    }
}
