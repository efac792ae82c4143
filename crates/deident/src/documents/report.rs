//! The report: what came in, what was lost where and why, classes before and after. One page, no
//! script, nothing fetched from elsewhere.

use sudare_model::Track;

use super::chart::{Series, bars, escape, number, table};
use super::words::Words;
use super::{earlier, way};
use crate::kernel::gate::Why;
use crate::policy::Treatment;
use crate::risk::{BINS, Quasi, float};
use crate::story::Story;

/// The page.
pub(super) fn html(story: &Story<'_>, words: &Words) -> String {
    let track = story.policy.spec.track;
    let title = format!("{} {}", words.title, story.policy.spec.id);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head><body><main>\n<h1>{}</h1>\n<p>{}</p>\n",
        words.lang,
        escape(&title),
        escape(&title),
        escape(words.track(track)),
    );
    page.push_str(&heading(story, words));
    page.push_str(&way::persons(story, words));
    page.push_str(&way::refused(story, words));
    page.push_str(&rows(story, words));
    if track == Track::Anonymised {
        page.push_str(&classes(story, words));
        page.push_str(&earlier::section(story, words));
    }
    page.push_str(&values(story, words));
    page.push_str(&section(words.limits, words.limits_of(track)));
    page.push_str("</main></body></html>\n");
    page
}

/// Light and dark by the reader's choice; on paper always light.
const STYLE: &str = ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#949494;\
--head:#f2f2f2;--a:#264af4;--b:#c16800;--band:#dfe6fd}\
@media screen and (prefers-color-scheme:dark){:root{--ink:#f2f2f2;--paper:#121212;--line:#767676;\
--head:#232323;--a:#8fa8ff;--b:#ffb25c;--band:#27315c}}\
body{font:16px/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}\
main{max-width:60rem;margin:auto;padding:1.5rem}h1{font-size:1.6rem}h2{font-size:1.25rem;\
margin-top:2.5rem;border-bottom:2px solid var(--a)}.wide{overflow-x:auto}\
table{border-collapse:collapse;margin:1rem 0}\
caption{text-align:left;font-weight:bold;padding:.3rem 0}\
th,td{border:1px solid var(--line);padding:.3rem .6rem}th{text-align:left;background:var(--head)}\
thead th{vertical-align:bottom}td{text-align:right;font-variant-numeric:tabular-nums}\
td.t{text-align:left}svg{max-width:100%;height:auto}\
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}.n{font-weight:bold}.a{fill:var(--a)}\
.b{fill:var(--b)}.band{fill:var(--band)}.thread{fill:none;stroke:var(--b);stroke-width:1.5}\
@media print{main{max-width:none;padding:0}body{print-color-adjust:exact}\
svg,tr{break-inside:avoid}h2,caption{break-after:avoid}.wide{overflow:visible}}";

pub(super) fn section(title: &str, intro: &str) -> String {
    format!("<h2>{}</h2>\n<p>{}</p>\n", escape(title), escape(intro))
}

pub(super) fn count(value: u64) -> String {
    number(float(value))
}

fn heading(story: &Story<'_>, words: &Words) -> String {
    let spec = &story.policy.spec;
    let day =
        |day: Option<sudare_model::time::Day>| day.map_or("…".to_owned(), |day| day.to_string());
    let rows = vec![
        vec![words.dataset.to_owned(), spec.id.to_string()],
        vec![words.project.to_owned(), spec.project.to_string()],
        vec![words.article.to_owned(), spec.track.article().to_owned()],
        vec![words.period.to_owned(), format!("{} – {}", day(spec.from), day(spec.until))],
        vec![words.ruleset.to_owned(), story.policy.rules.date()],
        vec![words.register.to_owned(), story.register.epoch.to_string()],
    ];
    table(words.dataset, &[], &rows)
}

fn rows(story: &Story<'_>, words: &Words) -> String {
    let head = [
        words.table,
        words.read,
        words.other_track,
        words.outside_period,
        words.person_suppressed,
        words.shifted_out,
        words.rare_code,
        words.written,
    ];
    let (mut labels, mut read, mut kept, mut rows) = (vec![], vec![], vec![], vec![]);
    for summary in story.tables {
        let Some(account) = story.accounts.get(&summary.name) else { continue };
        let rare = account.of(Why::Stays).saturating_sub(summary.rows);
        let mut row = vec![summary.name.clone(), count(account.read())];
        let gate = [Why::OtherTrack, Why::OutsidePeriod, Why::PersonSuppressed, Why::ShiftedOut];
        row.extend(gate.map(|why| count(account.of(why))));
        row.extend([count(rare), count(summary.rows)]);
        rows.push(row);
        labels.push(summary.name.clone());
        read.push(float(account.read()));
        kept.push(float(summary.rows));
    }
    let series = [
        Series { name: words.read.to_owned(), values: read },
        Series { name: words.written.to_owned(), values: kept },
    ];
    section(words.rows, words.rows_intro)
        + &bars("chart-rows", words.rows, &labels, &series)
        + &table(words.rows, &head, &rows)
}

fn classes(story: &Story<'_>, words: &Words) -> String {
    let risk = story.risk;
    let bin = |(least, most): (u64, u64)| match most {
        u64::MAX => format!("{least}+"),
        most if most == least => least.to_string(),
        most => format!("{least}–{most}"),
    };
    let labels: Vec<_> = BINS.map(bin).to_vec();
    let pairs = risk.before.classes.iter().zip(&risk.after.classes);
    let rows: Vec<_> = labels
        .iter()
        .zip(pairs)
        .map(|(label, (before, after))| vec![label.clone(), count(*before), count(*after)])
        .collect();
    let values = |list: &[u64]| list.iter().map(|value| float(*value)).collect();
    let series = [
        Series { name: words.before.to_owned(), values: values(&risk.before.classes) },
        Series { name: words.after.to_owned(), values: values(&risk.after.classes) },
    ];
    let stated = &story.policy.spec.anonymise.quasi_identifiers;
    let steps: Vec<_> = Quasi::ALL
        .into_iter()
        .filter(|quasi| stated.contains(quasi))
        .map(|quasi| {
            let step = crate::certificate::step_of(story, quasi.column());
            vec![quasi.word().to_owned(), step]
        })
        .collect();
    section(words.classes, words.classes_intro)
        + &bars("chart-classes", words.classes, &labels, &series)
        + &table(words.classes, &[words.class_size, words.before, words.after], &rows)
        + &format!(
            "<p>{}: {}</p>\n<p>{}: {:.4}</p>\n",
            escape(words.smallest),
            count(risk.after.smallest),
            escape(words.loss),
            risk.loss
        )
        + &table(words.steps, &[words.quasi, words.step], &steps)
}

/// Bars for this many columns at most; the table has all.
const BARS_MAX: usize = 12;

fn values(story: &Story<'_>, words: &Words) -> String {
    let mut lost = Vec::new();
    for policy in story.policy.events() {
        let name = policy.table.name;
        let Some(account) = story.accounts.get(name) else { continue };
        let Some(summary) = story.tables.iter().find(|table| table.name == name) else { continue };
        for column in &policy.columns {
            let Some(released) = column.released() else { continue };
            if matches!(column.treatment, Treatment::PersonId | Treatment::VisitId) {
                continue;
            }
            let before = account.filled.get(column.source.name).copied().unwrap_or_default();
            let stats = summary.columns.iter().find(|stats| stats.name == released);
            let after = stats.map_or(0, |stats| stats.filled);
            let gone = before.saturating_sub(after);
            let clipped = account.clipped.get(column.source.name).copied().unwrap_or_default();
            if gone > 0 || clipped > 0 {
                let share = if before > 0 { float(gone) / float(before) * 100.0 } else { 0.0 };
                lost.push((format!("{name}.{released}"), gone, share, clipped));
            }
        }
    }
    let html = section(words.values, words.values_intro);
    if lost.is_empty() {
        return html + &format!("<p>{}</p>\n", escape(words.values_none));
    }
    let row = |(name, gone, share, clipped): &(String, u64, f64, u64)| {
        vec![name.clone(), count(*gone), number(*share), count(*clipped)]
    };
    let rows: Vec<_> = lost.iter().map(row).collect();
    lost.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    lost.truncate(BARS_MAX);
    let labels: Vec<_> = lost.iter().map(|one| one.0.clone()).collect();
    let shares = lost.iter().map(|one| one.2).collect();
    let series = [Series { name: words.share.to_owned(), values: shares }];
    html + &bars("chart-values", words.values, &labels, &series)
        + &table(words.values, &[words.column, words.emptied, words.share, words.clipped], &rows)
}
