//! The part of the answer's page that shows how good the delivery is: what stands out first, then each figure in a
//! picture and in a table, in Japanese and English. Every text in it is a constant, a name of the model or a number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sudare_deident::documents::chart::{Series, bars, escape, number, table};
use sudare_intake::quality::{Beside, Figure, Quality, TableQuality};

/// What the page's style sheet says of this part.
pub(super) const STYLE: &str = ".wide{overflow-x:auto}svg{max-width:100%;height:auto}\
     svg text{font:12px sans-serif}svg .a{fill:#264af4}svg .b{fill:#c16800}\
     .quality td{text-align:right}.quality td.t{text-align:left}.quality caption{text-align:left}";

/// Months that are shown, the newest; `quality.json` has all.
const MONTHS_MAX: usize = 24;
/// Bars for this many columns at most; the table has all.
const BARS_MAX: usize = 12;

const NOW: &str = "今回 now";
const USUAL: &str = "通常 usual";

/// The section.
pub(super) fn section(quality: &Quality) -> String {
    let mut page = String::from(
        "<section class=\"quality\"><h2>データ品質 <span lang=\"en\">Data quality</span></h2>",
    );
    page.push_str(&remarks(quality));
    page.push_str(&conformance(quality));
    page.push_str(&rows(quality));
    page.push_str(&months(quality));
    page.push_str(&filled(quality));
    page.push_str(&doubts(quality));
    page.push_str("</section>");
    page
}

fn heading(japanese: &str, english: &str) -> String {
    format!("<h3>{japanese} <span lang=\"en\">{english}</span></h3>")
}

fn said(japanese: &str, english: &str) -> String {
    format!("<p>{}<br><span lang=\"en\">{}</span></p>", escape(japanese), escape(english))
}

/// What stands out, and what it stands beside.
fn remarks(quality: &Quality) -> String {
    let mut html = match quality.earlier.len() {
        0 => said(
            "比較できる過去の提出はありません。",
            "There is no earlier delivery to compare this one with.",
        ),
        before => said(
            &format!("同じ提供元の過去{before}回の提出の中央値を「通常」としています。"),
            &format!("Usual is the median of the same provider's earlier deliveries ({before})."),
        ),
    };
    if quality.correction {
        html.push_str(&said(
            "差替えが中心の提出のため、行数は比較していません。",
            "Most files take the place of earlier ones; the numbers of rows are not compared.",
        ));
    }
    if quality.remarks.is_empty() {
        html.push_str(&said("特に目立つ点はありません。", "Nothing stands out."));
        return html;
    }
    html.push_str("<ul>");
    for one in &quality.remarks {
        let (japanese, english) = (escape(&one.japanese), escape(&one.english));
        let _ = write!(html, "<li>{japanese}<br><span lang=\"en\">{english}</span>");
    }
    html.push_str("</ul>");
    html
}

/// The figure of this delivery that is compared, if it is.
fn beside(quality: &Quality, figure: Figure, is: impl Fn(&Beside) -> bool) -> Option<&Beside> {
    quality.beside.iter().find(|one| one.figure == figure && is(one))
}

fn usual(one: Option<&Beside>) -> String {
    one.map_or_else(|| "–".to_owned(), |one| number(one.usual))
}

/// Bars of a figure now and usually; the second only where anything is usual.
fn pair(id: &str, title: &str, labels: &[String], now: Vec<f64>, before: Vec<f64>) -> String {
    let mut series = vec![Series { name: NOW.to_owned(), values: now }];
    if before.iter().any(|value| *value > 0.0) {
        series.push(Series { name: USUAL.to_owned(), values: before });
    }
    bars(id, title, labels, &series)
}

fn conformance(quality: &Quality) -> String {
    let title = "1,000レコードあたりの指摘 Findings per 1,000 records";
    let severities = &quality.conformance.severities;
    let compared = quality.beside.iter().filter_map(|one| one.severity.as_ref());
    let words: BTreeSet<&String> = severities.keys().chain(compared).collect();
    let html = heading("指摘", "Findings");
    if words.is_empty() {
        return html + &said("指摘はありません。", "There are no findings.");
    }
    let (mut now, mut before, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for word in &words {
        let rate = severities.get(*word);
        let compared =
            beside(quality, Figure::Findings, |one| one.severity.as_ref() == Some(*word));
        let per_thousand = rate.and_then(|rate| rate.per_thousand).unwrap_or_default();
        now.push(per_thousand);
        before.push(compared.map_or(0.0, |one| one.usual));
        let count = rate.map_or(0, |rate| rate.count);
        rows.push(vec![(*word).clone(), counted(count), number(per_thousand), usual(compared)]);
    }
    let labels: Vec<String> = words.into_iter().cloned().collect();
    let codes = quality.conformance.codes.iter().map(|(code, rate)| {
        vec![code.clone(), counted(rate.count), number(rate.per_thousand.unwrap_or_default())]
    });
    html + &pair("quality-findings", title, &labels, now, before)
        + &table(title, &["重さ Severity", "件数 Count", NOW, USUAL], &rows)
        + &table(title, &["コード Code", "件数 Count", NOW], &codes.collect::<Vec<_>>())
}

/// Rows of each table and format, those that are usual and did not come among them.
fn rows(quality: &Quality) -> String {
    let title = "表ごとの行数 Rows by table";
    let come = quality.tables.iter().map(|one| (one.table.as_str(), one.format.as_str()));
    let missed = quality.beside.iter().filter(|one| one.figure == Figure::Rows);
    let missed = missed.filter_map(|one| Some((one.table.as_deref()?, one.format.as_deref()?)));
    let names: BTreeSet<(&str, &str)> = come.chain(missed).collect();
    let (mut labels, mut now, mut before, mut rows) = (vec![], vec![], vec![], vec![]);
    for (name, format) in names {
        let one = quality.tables.iter().find(|one| one.table == name && one.format == format);
        let count = one.map_or(0, |one| one.rows);
        let compared = beside(quality, Figure::Rows, |one| {
            one.table.as_deref() == Some(name) && one.format.as_deref() == Some(format)
        });
        labels.push(format!("{name} ({format})"));
        now.push(float(count));
        before.push(compared.map_or(0.0, |one| one.usual));
        rows.push(vec![name.to_owned(), format.to_owned(), counted(count), usual(compared)]);
    }
    heading("行数", "Rows")
        + &pair("quality-rows", title, &labels, now, before)
        + &table(title, &["表 Table", "形式 Format", NOW, USUAL], &rows)
}

/// Rows by month of the event's date: all tables in the picture, each in its column.
fn months(quality: &Quality) -> String {
    let title = "月ごとの行数 Rows by month of the event";
    let mut all: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for one in &quality.tables {
        for (month, rows) in &one.months {
            names.insert(one.table.as_str());
            *all.entry(month).or_default().entry(&one.table).or_default() += rows;
        }
    }
    let shown: Vec<_> = all.iter().skip(all.len().saturating_sub(MONTHS_MAX)).collect();
    let labels: Vec<String> = shown.iter().map(|(month, _)| (**month).to_owned()).collect();
    let sum = |tables: &BTreeMap<&str, u64>| tables.values().sum::<u64>();
    let values = shown.iter().map(|(_, tables)| float(sum(tables))).collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|(month, tables)| {
            let each = names.iter().map(|name| tables.get(name).copied().unwrap_or_default());
            let cells = std::iter::once(sum(tables)).chain(each).map(counted);
            std::iter::once((**month).to_owned()).chain(cells).collect()
        })
        .collect();
    let head: Vec<&str> = ["月 Month", "計 All"].into_iter().chain(names.iter().copied()).collect();
    heading("月別", "By month")
        + &said(
            "新しい24か月まで。全期間は quality.json にあります。",
            "The newest 24 months at most; quality.json has all.",
        )
        + &bars("quality-months", title, &labels, &[Series { name: NOW.to_owned(), values }])
        + &table(title, &head, &rows)
}

/// Shares of rows with a value, in percent: in the picture the columns furthest below usual, then the emptiest.
fn filled(quality: &Quality) -> String {
    let title = "値のある行の割合（％） Share of rows with a value, percent";
    let mut all: Vec<(String, f64, Option<f64>)> = Vec::new();
    for one in &quality.tables {
        for (column, share) in columns(quality, one) {
            let compared = beside(quality, Figure::Filled, |beside| {
                beside.column.as_deref() == Some(column)
                    && beside.table.as_ref() == Some(&one.table)
                    && beside.format.as_ref() == Some(&one.format)
            });
            let name = format!("{}.{column} ({})", one.table, one.format);
            all.push((name, share * 100.0, compared.map(|one| one.usual * 100.0)));
        }
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(name, now, usual)| {
            let usual = usual.map_or_else(|| "–".to_owned(), number);
            vec![name.clone(), number(*now), usual]
        })
        .collect();
    let fall = |one: &(String, f64, Option<f64>)| one.2.map_or(0.0, |usual| one.1 - usual);
    all.sort_by(|a, b| fall(a).total_cmp(&fall(b)).then(a.1.total_cmp(&b.1)).then(a.0.cmp(&b.0)));
    all.truncate(BARS_MAX);
    let labels: Vec<String> = all.iter().map(|one| one.0.clone()).collect();
    let now = all.iter().map(|one| one.1).collect();
    let before = all.iter().map(|one| one.2.unwrap_or_default()).collect();
    heading("項目の充足", "Values filled")
        + &said(
            "図は通常を最も下回る項目。一度も値のない項目は表示しません。",
            "The picture has the columns furthest below usual. Columns that never had a value are \
             left out.",
        )
        + &pair("quality-filled", title, &labels, now, before)
        + &table(title, &["項目 Column", NOW, USUAL], &rows)
}

/// Columns of a table with their share, those that are usual and empty now among them.
fn columns<'q>(quality: &'q Quality, one: &'q TableQuality) -> BTreeMap<&'q str, f64> {
    let emptied = quality.beside.iter().filter(|beside| {
        beside.table.as_ref() == Some(&one.table) && beside.format.as_ref() == Some(&one.format)
    });
    let emptied = emptied.filter_map(|beside| Some((beside.column.as_deref()?, beside.now)));
    let filled = one.filled.iter().map(|(column, filled)| (column.as_str(), filled.share));
    emptied.chain(filled).collect()
}

fn doubts(quality: &Quality) -> String {
    let title = "疑わしい行 Doubtful rows";
    let mut rows = Vec::new();
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    for one in &quality.tables {
        let repeated = ("repeated", one.repeated);
        let doubts = one.doubts.iter().map(|(word, checked)| (word.as_str(), *checked));
        for (word, checked) in doubts.chain([repeated]).filter(|(_, checked)| checked.found > 0) {
            let name = format!("{} ({})", one.table, one.format);
            labels.push(format!("{name}: {word}"));
            values.push(float(checked.found));
            let [japanese, english] = meaning(word);
            let meaning = format!("{japanese} {english}");
            rows.push(vec![name, meaning, counted(checked.found), counted(checked.rows)]);
        }
    }
    let html = heading("妥当性", "Plausibility");
    if rows.is_empty() {
        return html + &said("疑わしい行はありません。", "There are no doubtful rows.");
    }
    let series = [Series { name: NOW.to_owned(), values }];
    html + &bars("quality-doubts", title, &labels, &series)
        + &table(title, &["表 Table", "内容 What", "件数 Rows", "確認した行 Rows checked"], &rows)
}

const fn meaning(word: &str) -> [&'static str; 2] {
    match word.as_bytes() {
        b"before-birth" => ["生年月より前", "before the month of birth"],
        b"after-death" => ["死亡年月より後", "after the month of death"],
        b"after-receipt" => ["受領日より後", "after the day of receipt"],
        b"long-ago" => ["100年より前", "more than 100 years back"],
        b"end-before-start" => ["終了が開始より前", "end before start"],
        _ => ["同じ内容の繰返し", "repeats of another row"],
    }
}

fn counted(count: u64) -> String {
    number(float(count))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}
