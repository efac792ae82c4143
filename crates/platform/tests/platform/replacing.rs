//! A corrected file takes the place of the one before; contradictions last until they are corrected.

use crate::door::{Bench, ONE, TWO, basic, claim, claims, disease};

fn bench() -> Bench {
    let bench = Bench::new();
    bench.apply("2024-07-01", &[(ONE, "2024-05-02", "subject"), (TWO, "2024-05-02", "subject")]);
    bench
}

const DAY: &str = "2024-07-01";

#[test]
fn a_corrected_claim_file_replaces_the_first_also_over_a_chain() {
    let bench = bench();
    let april = |one: &str, two: &str| {
        let both = [claim(ONE, "19800101", one), claim(TWO, "19800202", two)];
        [claims("202404", &both)]
    };
    let first = april("4659001", "4659002");
    bench.receive(DAY, &first);
    let second = bench.receive(DAY, &april("4659011", "4659002"));
    assert_eq!((second.brought.files["replacing"], second.brought.files["screened_again"]), (1, 0));
    assert_eq!(bench.diseases(DAY), ["4659002", "4659011"]);
    bench.receive(DAY, &april("4659021", "4659002"));
    assert_eq!(bench.diseases(DAY), ["4659002", "4659021"]);
    assert!(bench.receive(DAY, &april("4659021", "4659002")).unchanged);
    // Back to the first: what the provider says last is what counts.
    let back = bench.receive(DAY, &first);
    assert_eq!((back.unchanged, back.brought.files["replacing"]), (false, 1));
    assert_eq!(bench.diseases(DAY), ["4659001", "4659002"]);
    // A patient left out of the corrected file is gone with it.
    bench.receive(DAY, &[claims("202404", &[claim(TWO, "19800202", "4659002")])]);
    assert_eq!(bench.diseases(DAY), ["4659002"]);
}

#[test]
fn what_cannot_be_read_replaces_nothing() {
    let bench = bench();
    bench.receive(DAY, &[claims("202404", &[claim(ONE, "19800101", "4659001")])]);
    let (name, bytes) = claims("202404", &[claim(ONE, "19800101", "4659011")]);
    // Names in another encoding: the file is set aside whole.
    let broken = String::from_utf8(bytes).unwrap().replace("YAMADA TARO", "\u{7c3e}");
    let answer = bench.receive(DAY, &[(name, broken.into_bytes())]);
    assert_eq!((answer.brought.files["set_aside"], answer.brought.files["replacing"]), (1, 0));
    assert_eq!(bench.diseases(DAY), ["4659001"]);
}

#[test]
fn an_order_updated_in_a_later_delivery_counts_once_and_a_deleted_one_not_at_all() {
    let bench = bench();
    let other = disease(ONE, ("3", 1, 1), "20050009");
    bench.receive(DAY, &[disease(ONE, ("2", 5, 1), "20050001"), other.clone()]);
    // The old file stays where it was, as some systems leave it, beside the new one.
    let update = [
        disease(ONE, ("2", 5, 1), "20050001"),
        disease(ONE, ("2", 6, 1), "20050002"),
        other.clone(),
    ];
    let answer = bench.receive(DAY, &update);
    assert_eq!((answer.brought.files["read"], answer.brought.files["replacing"]), (1, 1));
    assert_eq!(bench.diseases(DAY), ["20050002", "20050009"]);
    assert!(bench.receive(DAY, &update).unchanged);
    // A version older than the one received is late: it is kept and does not count.
    let late = [disease(ONE, ("2", 4, 1), "20050000")];
    assert_eq!(bench.receive(DAY, &late).brought.files["replacing"], 0);
    assert_eq!(bench.diseases(DAY), ["20050002", "20050009"]);
    assert!(bench.receive(DAY, &late).unchanged);
    // Renamed to superseded, and deleted.
    let deleted = [
        disease(ONE, ("2", 5, 0), "20050001"),
        disease(ONE, ("2", 6, 0), "20050002"),
        disease(ONE, ("2", 7, 0), "20050002"),
        other,
    ];
    bench.receive(DAY, &deleted);
    assert_eq!(bench.diseases(DAY), ["20050009"]);
}

#[test]
fn a_contradiction_lasts_until_it_is_corrected() {
    let bench = bench();
    // Two departments' files of one month give one number two birth dates.
    let named = |name: &str, birth: &str, disease: &str| {
        (name.to_owned(), claims("202404", &[claim(ONE, birth, disease)]).1)
    };
    let inner = named("a.UKE", "19800101", "4659001");
    let fine = claims("202404", &[claim(TWO, "19800202", "4659009")]);
    let first = [inner.clone(), named("b.UKE", "19990909", "4659002"), fine.clone()];
    let answer = bench.receive(DAY, &first);
    assert_eq!(
        (answer.brought.files["set_aside"], answer.brought.rows["condition_occurrence"]),
        (2, 1)
    );
    assert!(bench.receive(DAY, &first).unchanged);
    // The next month is set aside too: whose it is nobody can say.
    let may = ("c.UKE".to_owned(), claims("202405", &[claim(ONE, "19800101", "4659003")]).1);
    let answer = bench.receive(DAY, std::slice::from_ref(&may));
    assert_eq!((answer.brought.files["set_aside"], answer.brought.rows.len()), (1, 0));
    // Corrected alone, the other half of the contradiction was not sent again and nobody can compare.
    let corrected = named("b.UKE", "19800101", "4659012");
    let answer = bench.receive(DAY, std::slice::from_ref(&corrected));
    assert_eq!((answer.brought.files["set_aside"], answer.brought.files["replacing"]), (1, 1));
    assert_eq!(bench.diseases(DAY), ["4659009"]);
    // With it everything is read again.
    let all = [inner, corrected, may, fine];
    let answer = bench.receive(DAY, &all);
    assert_eq!((answer.brought.files["screened_again"], answer.brought.files["set_aside"]), (3, 0));
    assert_eq!(bench.diseases(DAY), ["4659001", "4659003", "4659009", "4659012"]);
    assert!(bench.receive(DAY, &all).unchanged);
}

#[test]
fn a_basic_message_corrected_later_replaces_the_person_it_described() {
    let bench = bench();
    let disease = disease(ONE, ("2", 1, 1), "20050001");
    bench.receive(DAY, &[basic(ONE, "19800101", ""), disease.clone()]);
    let (path, bytes) = basic(ONE, "19810101", "");
    let corrected = path.replace("000000001_01_1", "000000002_01_1");
    assert_ne!(path, corrected);
    let answer = bench.receive(DAY, &[(corrected, bytes), disease]);
    assert_eq!((answer.brought.files["replacing"], answer.brought.rows["person"]), (1, 1));
    assert_eq!(bench.diseases(DAY), ["20050001"]);
}

#[test]
fn what_lies_in_an_archive_is_received_as_the_files_it_holds() {
    use std::io::Write as _;
    let bench = bench();
    let packed = |code: &str| {
        let (name, bytes) = claims("202404", &[claim(ONE, "19800101", code)]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&bytes).unwrap();
        [(format!("{name}.gz"), gzip.finish().unwrap())]
    };
    let first = bench.receive(DAY, &packed("4659001"));
    assert_eq!((first.brought.files["given"], first.brought.files["read"]), (1, 1));
    assert_eq!(bench.diseases(DAY), ["4659001"]);
    assert!(bench.receive(DAY, &packed("4659001")).unchanged);
    // Packed or plain, it is the same file.
    let plain = [claims("202404", &[claim(ONE, "19800101", "4659001")])];
    assert!(bench.receive(DAY, &plain).unchanged);
    assert_eq!(bench.receive(DAY, &packed("4659011")).brought.files["replacing"], 1);
    assert_eq!(bench.diseases(DAY), ["4659011"]);
    // Damage is told in the answer and takes nobody's place.
    let [(name, bytes)] = packed("4659021");
    let broken = bench.receive(DAY, &[(name, bytes[..bytes.len() / 2].to_vec())]);
    assert!(broken.brought.findings.iter().any(|one| one.code == "ARCHIVE-BROKEN"));
    assert_eq!(bench.diseases(DAY), ["4659011"]);
}
