//! How much time a million statements take. Run with `--release -- --ignored --nocapture`.

use std::time::Instant as Clock;

use sudare_linkage::Linker;

use crate::people::{Row, batch, row};

const ROWS: u64 = 1_000_000;
const BATCH: u64 = 8_192;

fn number(of: u64) -> u64 {
    let mixed = (of ^ of >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB) >> 8
}

/// Three quarters as many people as rows; every fourth is seen at two providers.
fn person(at: u64) -> Row {
    let who = number(at * 3 / 4);
    let family =
        ["サトウ", "スズキ", "タカハシ", "タナカ", "イトウ", "ワタナベ", "ヤマモト", "ナカムラ"];
    let given =
        ["ショウイチロウ", "ユウコ", "ハルト", "サクラ", "ケンジ", "ミユキ", "アオイ", "ヒロシ"];
    let births =
        ["1950-12-31", "1961-02-03", "1972-04-05", "1983-06-07", "1994-08-09", "2005-10-11"];
    let pick = |list: &[&'static str], shift: u32| {
        list[usize::try_from(who >> shift).unwrap() % list.len()]
    };
    let mut one = row(
        u128::from(at),
        &format!("{} {}{}", pick(&family, 3), pick(&given, 7), pick(&given, 17)),
        pick(&births, 11),
        ["M", "F"][usize::try_from(who & 1).unwrap()],
        &[],
    );
    one.texts.extend([
        ("name_kanji", format!("髙橋 {}", who % 9973)),
        ("postal_code", format!("{:07}", who % 9_999_999)),
        ("address", format!("札幌市中央区北一条西{}丁目{}番地{}", who % 20, who % 31, who % 17)),
        ("phone", format!("090-{:04}-{:04}", who % 9999, who / 9999 % 9999)),
        ("insurer_number", "01130012".to_owned()),
        ("insurance_symbol", format!("{}", who % 99_991)),
        ("insurance_number", format!("{}", who / 99_991 % 999)),
        ("insurance_branch", format!("{:02}", who % 4)),
    ]);
    one
}

#[test]
#[ignore = "a measurement"]
fn a_million_statements() {
    let mut linker = Linker::new(None);
    let mut adding = std::time::Duration::ZERO;
    for begin in (0..ROWS).step_by(usize::try_from(BATCH).unwrap()) {
        let rows: Vec<Row> = (begin..(begin + BATCH).min(ROWS)).map(person).collect();
        let batch = batch(&rows);
        let begun = Clock::now();
        linker.add(&batch).unwrap();
        adding += begun.elapsed();
    }
    let begun = Clock::now();
    let mut next = 0u128;
    let linked = linker
        .finish(&mut || {
            next += 1;
            next.to_be_bytes()
        })
        .unwrap();
    println!("added in {adding:?}, finished in {:?}: {:?}", begun.elapsed(), linked.evidence);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{:?}", status.lines().find(|line| line.starts_with("VmHWM")));
}
