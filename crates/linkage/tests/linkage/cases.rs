//! Who is linked, who is not, and who waits for review.

use sudare_linkage::cluster::Contradiction;
use sudare_linkage::{LinkError, Linker, PersonMap, truth};

use crate::people::{Row, batch, link, pairs, row, together};

const INSURED: [(&str, &str); 3] = [
    ("insurer_number", "01130012"),
    ("insurance_symbol", "１２－３"),
    ("insurance_number", "００45"),
];

fn insured(branch: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut rest = INSURED.to_vec();
    rest.push(("insurance_branch", branch));
    rest
}

#[test]
fn the_same_insured_number_with_branch_links_whatever_the_name() {
    let other = [
        ("insurer_number", "1130012"),
        ("insurance_symbol", "123"),
        ("insurance_number", "45"),
        ("insurance_branch", "２"),
    ];
    let linked = link(
        &[
            row(1, "ヤマダ ハナコ", "1980-03-04", "F", &insured("02")),
            row(2, "サトウ ハナコ", "1980-03-04", "F", &other),
            row(3, "ヤマダ ハナコ", "1980-03-05", "F", &other),
            row(4, "ヤマダ ハナコ", "1980-03-04", "M", &other),
        ],
        None,
    );
    assert!(together(&linked, &[1, 2]));
    assert_eq!(linked.evidence.persons, 3);
    assert_eq!(linked.evidence.rules.first().unwrap().1, 1);
}

#[test]
fn a_familys_number_alone_links_nobody() {
    let linked = link(
        &[
            row(1, "ヤマダ ハナコ", "1980-03-04", "F", &INSURED),
            row(2, "ヤマダ ハナヨ", "1980-03-04", "F", &INSURED),
        ],
        None,
    );
    assert!(!together(&linked, &[1, 2]));
    let late = [("insurer_number", "39131008"), ("insurance_number", "12345678")];
    let linked = link(
        &[row(1, "ヤマダ ウメ", "1930-03-04", "F", &late), row(2, "", "1930-03-04", "F", &late)],
        None,
    );
    assert!(together(&linked, &[1, 2]), "the late elderly have a number each");
}

#[test]
fn the_name_needs_one_more_field() {
    for (field, one, other) in [
        ("postal_code", "060-0001", "０６００００１"),
        ("phone", "011-222-3333", "0112223333"),
        ("name_kanji", "髙橋　一郎", "高橋一郎"),
        ("address", "札幌市中央区北一条西二丁目３番地", "札幌市中央区北一条西2-3"),
    ] {
        let rows = [
            row(1, "タカハシ イチロウ", "1950-12-31", "M", &[(field, one)]),
            row(2, "ﾀｶﾊｼ ｲﾁﾛｰ", "1950-12-31", "M", &[(field, other)]),
            row(3, "タカハシ イチロウ", "1950-12-31", "M", &[]),
            row(4, "タカハシ イチロウ", "1950-12-31", "M", &[(field, "別 999")]),
        ];
        let linked = link(&rows, None);
        assert!(together(&linked, &[1, 2]), "{field}");
        assert_eq!(linked.evidence.persons, 3, "{field}");
    }
    let member = [("insurance_symbol", "12"), ("insurance_number", "34")];
    let rows = [
        row(1, "タカハシ イチロウ", "1950-12-31", "M", &member),
        row(2, "タカハシ イチロウ", "1950-12-31", "M", &member),
    ];
    assert!(together(&link(&rows, None), &[1, 2]));
}

#[test]
fn what_is_missing_or_a_placeholder_links_nobody() {
    let rest = [("phone", "0112223333"), ("name_kanji", "高橋一郎")];
    for (kana, birth, sex) in [
        ("", "1950-12-31", "M"),
        ("タカハシ ■", "1950-12-31", "M"),
        ("タカハシ ベビー", "2024-05-01", "M"),
        ("タカハシ イチロウ", "", "M"),
        ("タカハシ イチロウ", "1900-01-01", "M"),
        ("タカハシ イチロウ", "1950-12-31", "U"),
    ] {
        let linked =
            link(&[row(1, kana, birth, sex, &rest), row(2, kana, birth, sex, &rest)], None);
        assert!(!together(&linked, &[1, 2]), "{birth} {sex}");
        assert_eq!(linked.evidence.subjects_without_key, 2);
    }
}

#[test]
fn statements_of_one_subject_link_over_time() {
    let before = [("phone", "0112223333"), ("postal_code", "0600001")];
    let after = [("phone", "0455556666"), ("postal_code", "2200011")];
    let rows = [
        row(1, "スズキ アオイ", "1990-01-02", "F", &before),
        row(2, "スズキ アオイ", "1990-01-02", "F", &before),
        row(2, "ワタナベ アオイ", "1990-01-02", "F", &after),
        row(3, "ワタナベ アオイ", "1990-01-02", "F", &after),
        row(3, "ワタナベ アオイ", "1990-01-02", "F", &after),
    ];
    let linked = link(&rows, None);
    assert!(together(&linked, &[1, 2, 3]));
    assert_eq!((linked.evidence.rows, linked.evidence.statements), (5, 4));
}

#[test]
fn twins_stay_two() {
    let home = [("phone", "0112223333"), ("postal_code", "0600001"), ("address", "札幌市1-1")];
    let of = |branch| [&home[..], &insured(branch)[..]].concat();
    let linked = link(
        &[
            row(1, "スズキ アオイ", "2010-01-02", "F", &of("03")),
            row(2, "スズキ アカネ", "2010-01-02", "F", &of("04")),
            row(3, "スズキ アオイ", "2010-01-02", "F", &home),
        ],
        None,
    );
    assert!(together(&linked, &[1, 3]) && !together(&linked, &[1, 2]));
    // One wrote her sister's name: both branches in one cluster, so a person must look.
    let linked = link(
        &[
            row(1, "スズキ アオイ", "2010-01-02", "F", &of("03")),
            row(2, "スズキ アオイ", "2010-01-02", "F", &of("04")),
            row(3, "スズキ アオイ", "2010-01-02", "F", &of("03")),
            row(4, "スズキ アオイ", "2010-01-02", "F", &home),
        ],
        None,
    );
    assert!(together(&linked, &[1, 3]), "the exact number still holds");
    assert!(!together(&linked, &[1, 2]) && !together(&linked, &[1, 4]));
    assert_eq!(linked.conflicts.len(), 1);
    assert_eq!(linked.conflicts.first().unwrap().because, Contradiction::Branches);
    assert_eq!(linked.conflicts.first().unwrap().subjects.len(), 4);
}

#[test]
fn a_subject_with_two_birth_dates_stands_alone() {
    let home = [("phone", "0112223333")];
    let linked = link(
        &[
            row(1, "スズキ アオイ", "2010-01-02", "F", &home),
            row(1, "スズキ アオイ", "2010-01-03", "F", &home),
            row(2, "スズキ アオイ", "2010-01-02", "F", &home),
            row(3, "スズキ アオイ", "2010-01-02", "F", &home),
        ],
        None,
    );
    assert!(together(&linked, &[2, 3]) && !together(&linked, &[1, 2]));
    assert_eq!(linked.conflicts.first().unwrap().because, Contradiction::BirthDates);
}

#[test]
fn persons_keep_their_ids_over_refreshes() {
    let home = [("phone", "0112223333")];
    let work = [("phone", "0455556666")];
    let first: Vec<Row> = vec![
        row(5, "スズキ アオイ", "2010-01-02", "F", &home),
        row(6, "スズキ アオイ", "2010-01-02", "F", &home),
        row(7, "スズキ アオイ", "2010-01-02", "F", &work),
        row(8, "サトウ ケン", "1970-01-02", "M", &work),
    ];
    let one = link(&first, None);
    let map = PersonMap::read([&one.map]).unwrap();
    assert_eq!(map.len(), 4);
    // Nothing new: nothing changes.
    let same = link(&first, Some(&map));
    assert_eq!(pairs(&same), pairs(&one));
    assert_eq!((same.evidence.persons_new, same.evidence.merges), (0, 0));
    // A new statement joins two persons: the larger stays, the other is told.
    let mut more = first.clone();
    more.push(row(1, "スズキ アオイ", "2010-01-02", "F", &home));
    more.push(row(1, "スズキ アオイ", "2010-01-02", "F", &work));
    let two = link(&more, Some(&map));
    assert!(together(&two, &[1, 5, 6, 7]));
    let person = |linked: &sudare_linkage::Linked, subject| {
        pairs(linked).into_iter().find(|(one, _)| *one == subject).unwrap().1
    };
    assert_eq!(person(&two, 1), person(&one, 5));
    assert_eq!(person(&two, 8), person(&one, 8));
    assert_eq!(two.merges.len(), 1);
    assert_eq!(two.merges.first().unwrap().from.reveal(), &person(&one, 7).to_be_bytes());
    // Taken away again: they part, the larger keeps the id, and that is told too.
    let map = PersonMap::read([&two.map]).unwrap();
    let three = link(&first, Some(&map));
    assert_eq!(person(&three, 5), person(&one, 5));
    assert_ne!(person(&three, 7), person(&one, 5));
    assert_eq!((three.splits.len(), three.evidence.persons_new), (1, 1));
}

#[test]
fn quality_on_a_small_labelled_set() {
    let rows = [
        row(11, "ヤマダ タロウ", "1960-05-06", "M", &[("postal_code", "1000001")]),
        row(12, "ﾔﾏﾀﾞ ﾀﾛｳ", "1960-05-06", "M", &[("postal_code", "100-0001")]),
        row(13, "ヤマダ タロウ", "1960-05-06", "M", &[("phone", "0311112222")]),
        row(21, "オオノ ユウコ", "1975-07-08", "F", &insured("01")),
        row(22, "オーノ ユーコ", "1975-07-08", "F", &insured("01")),
        row(31, "コバヤシ ゴウ", "1988-09-10", "M", &[("name_kanji", "小林剛")]),
        row(32, "コバヤシ ゴウ", "1988-09-10", "M", &[("name_kanji", "小林剛")]),
    ];
    let linked = link(&rows, None);
    let quality =
        truth::pairwise(pairs(&linked), rows.iter().map(|row| (row.subject, row.subject / 10)));
    assert_eq!((quality.right, quality.wrong, quality.missed), (3, 0, 2));
}

#[test]
fn a_batch_without_its_columns_is_refused_by_name() {
    let whole = batch(&[row(1, "", "", "", &[])]);
    for index in 0..whole.num_columns() {
        let name = whole.schema().field(index).name().clone();
        let mut part = whole.clone();
        part.remove_column(index);
        let answer = Linker::new(None).add(&part);
        let used =
            !["provider_id", "patient_number", "relation", "delivery_id", "file_no", "record_no"]
                .contains(&name.as_str());
        match answer {
            Err(LinkError::Column { column }) => assert!(used && column == name),
            other => assert!(!used && other.is_ok(), "{name}"),
        }
    }
    assert_eq!(link(&[], None).map.num_rows(), 0);
}
