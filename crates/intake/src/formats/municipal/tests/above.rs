//! What stands above the headings, and headings that say too little.

use expect_test::expect;

use super::{check, read, rows};

const TABLE: &str = "宛名番号,受診日,身長,体重\n1,R6.6.3,170.5,60\n2,R6.6.4,160,50\n";

#[test]
fn titles_above_the_headings_are_neither_read_nor_kept() {
    let titled = format!("令和6年度 特定健診結果一覧,架空市\n\n作成者,架空 花子\n{TABLE}");
    let found = read(&[("t.csv", &titled)]);
    check(
        &found.findings,
        &expect![[r#"
            MUNI-SPELLING t.csv file 0
            MUNI-TITLE t.csv file 0, record 1, row
            MUNI-TITLE t.csv file 0, record 3, row
        "#]],
    );
    let numbered = |text: &str, by: u32| {
        let (before, behind) = text.split_once("record_no=").unwrap();
        let (number, rest) = behind.split_once('|').unwrap_or((behind, ""));
        format!("{before}{}{rest}", number.parse::<u32>().unwrap() - by)
    };
    let plain = read(&[("t.csv", TABLE)]);
    let all =
        |rows: Vec<String>, by| -> Vec<_> { rows.iter().map(|one| numbered(one, by)).collect() };
    assert_eq!(all(rows(&found), 3), all(rows(&plain), 0));
    let at = |byte| usize::try_from(byte).unwrap();
    let kept = found.outcomes.iter().flat_map(|outcome| &outcome.kept).flat_map(|one| &one.ranges);
    let kept: Vec<&str> =
        kept.map(|range| titled.get(at(range.start)..at(range.end)).unwrap()).collect();
    assert_eq!(kept.concat(), format!("\n{TABLE}"));
}

#[test]
fn titles_may_stand_in_any_cell_and_hold_other_separators() {
    let tabs = TABLE.replace(',', "\t");
    for (titles, table) in [
        ("特定健診結果,,,,令和6年4月1日\n,,,作成者 架空\n", TABLE),
        ("特定健診結果\n", tabs.as_str()),
        ("特定健診結果\t令和6年4月1日\n", tabs.as_str()),
    ] {
        let found = read(&[("t.csv", &format!("{titles}{table}"))]);
        assert_eq!(rows(&found).len(), rows(&read(&[("t.csv", TABLE)])).len(), "{titles}");
    }
    // A remark among the values does not decide.
    let remark = tabs.replace("170.5", "a,b,c,d,e");
    assert_eq!(read(&[("t.csv", &remark)]).counts.findings.get("FILE-UNKNOWN"), None);
}

#[test]
fn headings_and_blank_lines_are_no_rows() {
    let headings = TABLE.lines().next().unwrap();
    for rest in ["\n", "\n\n\n", "\n\u{1a}", "\n,,,\n"] {
        let found = read(&[("t.csv", &format!("{headings}{rest}"))]);
        assert_eq!(found.counts.findings.get("MUNI-NO-ROW"), Some(&1), "{rest:?}");
    }
}

#[test]
fn a_text_of_short_lines_is_no_table() {
    let found = read(&[("t.csv", "一,二\n三\n\n四\n五\n六\n宛名番号,受診日,身長\n1,R6.6.3,170\n")]);
    check(
        &found.findings,
        &expect![[r#"
        FILE-UNKNOWN t.csv file 0
    "#]],
    );
}

#[test]
fn a_table_that_does_not_say_whose_or_when_is_told_so() {
    let found = read(&[
        ("a.csv", "受診日,身長,体重,最高血圧\nR6.6.3,170,60,120\n"),
        ("b.csv", "宛名番号,身長,体重,最高血圧\n1,170,60,120\n"),
    ]);
    check(
        &found.findings,
        &expect![[r#"
            MUNI-KEYLESS a.csv file 0
            MUNI-KEYLESS b.csv file 1
        "#]],
    );
    assert!(found.outcomes.is_empty());
}
