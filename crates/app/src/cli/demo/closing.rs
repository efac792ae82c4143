//! The account at the end of a demo: what came in, what was refused and why, what went out, where to look.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sudare_platform::answer::Refused;

use super::DemoAnswer;
use crate::cli::show::grouped;

/// Whether the reader's own language is Japanese, as the environment says it.
pub(super) fn reads_japanese() -> bool {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(std::env::var_os);
    said.is_some_and(|locale| locale.to_string_lossy().starts_with("ja"))
}

/// The account; reasons and reports are Japanese for whoever reads it.
pub(super) fn account(tale: &DemoAnswer, japanese: bool) -> String {
    let of = |name: &str| tale.counts.get(name).copied().unwrap_or_default();
    let mut text = format!("\n簾 {}\n", "─".repeat(76));
    let (records, bytes) = (of("receive.records"), of("receive.bytes"));
    let rest = format!("files: {} records, {} bytes", grouped(records), grouped(bytes));
    line(&mut text, "came in", of("files.read"), &rest);
    line(&mut text, "", of("units.read"), "patients' folders and claims");
    line(&mut text, "admitted", of("units.admitted"), "of them, in whole or in part");
    line(&mut text, "refused", of("units.refused"), "of them, in whole");
    refused(&mut text, &tale.refused, japanese);
    let rest = format!("persons, from {} patients at providers", grouped(of("link.subjects")));
    line(&mut text, "linked", of("link.persons"), &rest);
    for made in &tale.datasets {
        let count = |name: &str| of(&format!("{}.{name}", made.level));
        let (rows, lost) = (grouped(count("rows")), grouped(count("suppressed")));
        let mut rest = format!("persons, {rows} rows; {lost} persons suppressed");
        if count("k_required") > 0 {
            let _infallible =
                write!(rest, "; k {}, required {}", count("k_measured"), count("k_required"));
        }
        line(&mut text, &made.level, count("out"), &rest);
    }
    let rest = format!(
        "of {}, offline; all in {:.1} s and at most {} MiB",
        tale.datasets.len() + 1,
        tale.seconds,
        tale.peak_bytes / (1024 * 1024)
    );
    line(&mut text, "verified", tale.verified.len() as u64, &rest);
    look_at(&mut text, tale, japanese);
    text
}

/// One line: what, how many, of what.
fn line(text: &mut String, label: &str, count: u64, rest: &str) {
    let _infallible = writeln!(text, "{label:14}{:>10}  {rest}", grouped(count));
}

/// Refusals by rule, those of a part of a folder or claim among them; the most frequent first.
fn refused(text: &mut String, refused: &[Refused], japanese: bool) {
    let mut by_rule: BTreeMap<&str, (&Refused, [u64; 2])> = BTreeMap::new();
    for one in refused {
        let (_, [anonymised, pseudonymised]) =
            by_rule.entry(&one.rule).or_insert_with(|| (one, [0, 0]));
        if one.track == "anonymised" {
            *anonymised += one.units;
        } else {
            *pseudonymised += one.units;
        }
    }
    let mut rules: Vec<_> = by_rule.into_iter().collect();
    rules.sort_by_key(|(_, (_, tracks))| std::cmp::Reverse(tracks.iter().sum::<u64>()));
    if rules.is_empty() {
        return;
    }
    let _infallible = writeln!(
        text,
        "\n{:12}anonymised  pseudonymised  refused in whole or in part, because",
        ""
    );
    for (rule, (one, [anonymised, pseudonymised])) in rules {
        let why = if japanese { &one.japanese } else { &one.english };
        let _infallible = writeln!(
            text,
            "  {rule:10}{:>10}  {:>13}  {why} ({})",
            grouped(anonymised),
            grouped(pseudonymised),
            one.article
        );
    }
    text.push('\n');
}

/// Where everything is, seen from where the command was typed.
fn look_at(text: &mut String, tale: &DemoAnswer, japanese: bool) {
    let here = std::env::current_dir().unwrap_or_default();
    let near = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(&here).unwrap_or(path).display().to_string()
    };
    text.push_str("\nlook at\n");
    let report = if japanese { "report.ja.html" } else { "report.html" };
    for made in &tale.datasets {
        let _infallible = writeln!(text, "  report    {}/{report}", near(&made.path));
    }
    for package in &tale.packages {
        let _infallible = writeln!(text, "  package   {}", near(package));
    }
    let _infallible = write!(text, "  ledger    {}", near(&tale.ledger));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_one_line_with_both_tracks() {
        let one = |track: &str, units| Refused {
            rule: "R-NOT-02".to_owned(),
            article: "Act Art. 52(1)".to_owned(),
            track: track.to_owned(),
            english: "no notice".to_owned(),
            japanese: "通知なし".to_owned(),
            units,
        };
        let mut text = String::new();
        refused(&mut text, &[one("pseudonymised", 1141), one("anonymised", 42)], true);
        let line = "  R-NOT-02          42          1,141  通知なし (Act Art. 52(1))";
        assert_eq!(text.lines().nth(2), Some(line), "{text}");
    }
}
