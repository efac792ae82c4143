//! What stands out in a delivery, as sentences in English and Japanese: what it is, and what the provider can do.

use serde::{Deserialize, Serialize};
use sudare_model::table::Table;

use super::beside::{Beside, Change, Figure};
use super::{Checked, Doubt, Quality, TableQuality, rounded, share};

/// A doubt is told from this share of the rows: fewer are slips of single days.
const DOUBT_SHARE: f64 = 0.001;
/// Repetitions are told from this share of the rows: the same act twice a day is care, every hundredth row is not.
const REPEATED_SHARE: f64 = 0.01;

/// Something that the provider should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Stable word, such as `rows-drop` or `before-birth`.
    pub code: String,
    /// Format of the files, where it is about one.
    pub format: Option<String>,
    /// Clinical table, where it is about one.
    pub table: Option<String>,
    /// Column, where it is about one.
    pub column: Option<String>,
    /// Figure of this delivery.
    pub now: f64,
    /// What is usual, or the least that is told.
    pub usual: f64,
    /// What it is and what to do, in English.
    pub english: String,
    /// The same in Japanese.
    pub japanese: String,
}

/// What stands out: doubts first, then changes.
pub(super) fn remarks(quality: &Quality) -> Vec<Remark> {
    let doubts = quality.tables.iter().flat_map(doubtful);
    let changes = quality.beside.iter().filter_map(changed);
    doubts.chain(changes).collect()
}

fn doubtful(table: &TableQuality) -> impl Iterator<Item = Remark> {
    let told = |code: &str, checked: Checked, least: f64, [english, japanese]: [&str; 2]| {
        let now = rounded(share(checked.found, checked.rows));
        let Checked { rows, found } = checked;
        (found > 0 && now >= least).then(|| Remark {
            code: code.to_owned(),
            format: Some(table.format.clone()),
            table: Some(table.table.clone()),
            column: None,
            now,
            usual: least,
            english: format!(
                "{} ({}): {found} of {rows} rows {english}",
                table.table, table.format
            ),
            japanese: format!(
                "{}（{}）：{rows}行のうち{found}行は{japanese}",
                table.table, table.format
            ),
        })
    };
    let doubts = Doubt::ALL.into_iter().filter_map(move |doubt| {
        let checked = table.doubts.get(doubt.word()).copied()?;
        told(doubt.word(), checked, DOUBT_SHARE, doubt_words(doubt))
    });
    let repeated = told("repeated", table.repeated, REPEATED_SHARE, REPEATED);
    doubts.chain(repeated)
}

const REPEATED: [&str; 2] = [
    "repeat another row of the same patient in everything. Check whether records were written out \
     twice.",
    "、同じ患者の別の行とすべて同じ内容です。同じ記録が重複して出力されていないか確認してください。",
];

const fn doubt_words(doubt: Doubt) -> [&'static str; 2] {
    match doubt {
        Doubt::BeforeBirth => [
            "are dated before the month of birth. Check how dates and birth dates are written out.",
            "、日付が生年月より前です。日付と生年月日の出力を確認してください。",
        ],
        Doubt::AfterDeath => [
            "are dated after the month of death. Check the date of death, and whether records of \
             another patient are among them.",
            "、日付が死亡年月より後です。死亡日と、別の患者の記録が混ざっていないかを確認してください。",
        ],
        Doubt::AfterReceipt => [
            "are dated after the day of receipt. Check the clock of the system and the era of \
             written years; planned acts need not be corrected.",
            "、日付が受領日より後です。システムの時計と元号の変換を確認してください。予定の記録であれば修正は不要です。",
        ],
        Doubt::LongAgo => [
            "are dated more than 100 years back. Check the era of written years, and dates that \
             stand for an unknown day.",
            "、日付が100年より前です。元号の変換と、不明を表す仮の日付を確認してください。",
        ],
        Doubt::EndBeforeStart => [
            "end before they start. Check which of the two dates is right.",
            "、終了日が開始日より前です。どちらの日付が正しいか確認してください。",
        ],
    }
}

fn changed(one: &Beside) -> Option<Remark> {
    let change = one.change?;
    let less = change == Change::Drop;
    let table = one.table.as_deref().unwrap_or_default();
    let format = one.format.as_deref().unwrap_or_default();
    let (now, usual, of) = (one.now, one.usual, one.of);
    let (figure, english, japanese) = match one.figure {
        Figure::Rows => (
            "rows",
            format!("{table} ({format}): {now} rows; usual are {usual} (median of {of} earlier)."),
            format!("{table}（{format}）：{now}行です。これまでの{of}回の中央値は{usual}行です。"),
        ),
        Figure::Filled => {
            let column = one.column.as_deref().unwrap_or_default();
            let japanese = japanese_name(table, column);
            let [now, usual] = [now, usual].map(|share| rounded(share * 100.0));
            (
                "filled",
                format!(
                    "{table}.{column} ({format}): {now} % of the rows have a value; usual are \
                     {usual} % (median of {of} earlier)."
                ),
                format!(
                    "{table}.{column}「{japanese}」（{format}）：値のある行は{now}%です。\
                     これまでの{of}回の中央値は{usual}%です。"
                ),
            )
        }
        Figure::Findings => {
            let severity = one.severity.as_deref().unwrap_or_default();
            (
                "findings",
                format!(
                    "Findings of severity {severity}: {now} per 1,000 records; usual are {usual} \
                     (median of {of} earlier)."
                ),
                format!(
                    "重さ {severity} の指摘：1,000レコードあたり{now}件です。\
                     これまでの{of}回の中央値は{usual}件です。"
                ),
            )
        }
    };
    let [do_english, do_japanese] = advice(one.figure, less);
    Some(Remark {
        code: format!("{figure}-{}", if less { "drop" } else { "rise" }),
        format: one.format.clone(),
        table: one.table.clone(),
        column: one.column.clone(),
        now: one.now,
        usual: one.usual,
        english: format!("{english} {do_english}"),
        japanese: format!("{japanese}{do_japanese}"),
    })
}

const fn advice(figure: Figure, less: bool) -> [&'static str; 2] {
    match (figure, less) {
        (Figure::Rows, true) => [
            "Check that the whole period and every department was written out, and send what is \
             missing; if this delivery is meant to be smaller, nothing is to be done.",
            "対象期間と診療科がすべて出力されたか確認し、不足があれば提出してください。意図した範囲の提出であれば対応は不要です。",
        ],
        (Figure::Rows, false) => [
            "Check that nothing was written out twice and that the period is the one meant; if more \
             was meant to be sent, nothing is to be done.",
            "重複して出力していないか、対象期間が正しいか確認してください。意図して増やしたのであれば対応は不要です。",
        ],
        (Figure::Filled, true) => [
            "Check whether a setting or an update of the system stopped writing this value out, and \
             send the files again once it is mended.",
            "システムの設定変更や更新でこの値が出力されなくなっていないか確認し、直した後に再提出してください。",
        ],
        (Figure::Filled, false) => [
            "If this value is new, nothing is to be done; check that it holds what its place in the \
             format is meant for.",
            "新たに出力を始めたのであれば対応は不要です。この項目に定められた内容が入っているか確認してください。",
        ],
        (Figure::Findings, true) => [
            "If something was mended, nothing is to be done; check that the records that had \
             findings are not missing.",
            "修正によるものであれば対応は不要です。指摘のあった記録自体が欠けていないか確認してください。",
        ],
        (Figure::Findings, false) => [
            "Look at the findings that grew most, at their places in findings.csv, and at what \
             changed in the system since.",
            "増えた指摘とその場所（findings.csv）を確認し、前回以降のシステムの変更を確認してください。",
        ],
    }
}

fn japanese_name(table: &str, column: &str) -> &'static str {
    let columns = Table::named(table).map(Table::columns);
    let found = columns.into_iter().flatten().find(|one| one.name == column);
    found.map_or("", |one| one.japanese)
}
