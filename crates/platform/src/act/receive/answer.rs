//! The answer to the provider: counts, refusals with their articles, findings with their places. No clinical content,
//! no path and no patient number: files are named by their number in path order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sudare_intake::archive;
use sudare_intake::formats::finding_codes;
use sudare_intake::{Counts as Counted, Files as _};
use sudare_model::ProviderId;
use sudare_model::finding::FindingCode;
use sudare_store::files;

use super::keeping::Kept;
use super::{Door, quality, quality_page};
use crate::answer::{Brought, Counts, FindingCount, ReceiveAnswer, ReceivedBefore, Refused};
use crate::error::{ActError, Doing as _};
use crate::inbox::{Chosen, WALK_CODES};
use crate::site;

/// The answer when every file had been received before: nothing was read, and what the files brought when they came.
/// `earlier` are the deliveries they came in, with the number of files at hand that came in each and its answer.
pub(super) fn nothing_new(
    provider: &ProviderId,
    given: u64,
    files: &Chosen,
    earlier: Vec<(String, u64, Option<ReceiveAnswer>)>,
) -> ReceiveAnswer {
    let before = given.saturating_sub(files.refused().len() as u64);
    let delivery = match earlier.as_slice() {
        [(only, ..)] => Some(only.clone()),
        _ => None,
    };
    let last = earlier.iter().rev().find_map(|(.., answer)| answer.as_ref());
    let report = last.and_then(|answer| answer.report.clone());
    let quality = last.and_then(|answer| answer.quality.clone());
    ReceiveAnswer {
        provider: provider.to_string(),
        delivery,
        unchanged: true,
        datasets: Vec::new(),
        brought: Brought {
            files: counts([("given", given), ("read", 0), ("received_before", before)]),
            units: counts([("read", 0), ("admitted", 0), ("refused", 0)]),
            findings: walked(files).into_iter().map(told).collect(),
            ..Brought::default()
        },
        before: summed(earlier),
        list: None,
        report,
        quality,
        remarks: Vec::new(),
    }
}

/// What deliveries brought when they came, if every file of each came again: what some files of a delivery brought
/// is not known.
fn summed(earlier: Vec<(String, u64, Option<ReceiveAnswer>)>) -> Option<Box<ReceivedBefore>> {
    let mut before = ReceivedBefore::default();
    for (delivery, files, answer) in earlier {
        let answer = answer.filter(|answer| answer.brought.files.get("read") == Some(&files))?;
        before.deliveries.push(delivery);
        before.brought.add(answer.brought);
    }
    (!before.deliveries.is_empty()).then(|| Box::new(before))
}

impl Brought {
    /// Adds what other files brought.
    fn add(&mut self, other: Self) {
        add(&mut self.files, other.files);
        self.bytes += other.bytes;
        self.records += other.records;
        self.identities += other.identities;
        add(&mut self.rows, other.rows);
        add(&mut self.units, other.units);
        for one in other.refused {
            let same = |it: &&mut Refused| it.rule == one.rule && it.track == one.track;
            match self.refused.iter_mut().find(same) {
                Some(known) => known.units += one.units,
                None => self.refused.push(one),
            }
        }
        for one in other.findings {
            match self.findings.iter_mut().find(|it| it.code == one.code) {
                Some(known) => known.count += one.count,
                None => self.findings.push(one),
            }
        }
    }
}

fn add(to: &mut Counts, counts: Counts) {
    for (name, count) in counts {
        *to.entry(name).or_default() += count;
    }
}

/// The answer of a delivery, written beside as a report.
pub(super) fn answer(door: &Door<'_>, kept: &mut Kept) -> Result<ReceiveAnswer, ActError> {
    let counted = &kept.counts;
    let (given, read) = (door.arrived.given, u64::from(door.files().count()));
    let walked = door.files().refused().len() as u64;
    let mut answer = ReceiveAnswer {
        provider: door.provider.to_string(),
        delivery: Some(door.delivery.to_string()),
        unchanged: false,
        datasets: vec![
            site::received_id(&door.delivery)?.to_string(),
            site::cleared_id(&door.delivery)?.to_string(),
        ],
        brought: Brought {
            files: counts([
                ("given", given),
                ("read", read),
                ("screened_again", door.arrived.screened_again),
                ("received_before", given.saturating_sub(read + walked)),
                ("replacing", kept.replacing),
                ("superseded", counted.superseded),
                ("deleted", counted.deleted),
                ("set_aside", counted.quarantined),
            ]),
            bytes: counted.bytes,
            records: counted.records,
            rows: owned(&counted.rows),
            identities: counted.rows.get(sudare_identity::table::IDENTITY).copied().unwrap_or(0),
            units: counts([
                ("read", counted.units),
                ("admitted", counted.units.saturating_sub(counted.refused)),
                ("refused", counted.refused),
            ]),
            refused: refused(counted),
            findings: findings(door, counted).into_iter().map(told).collect(),
        },
        before: None,
        list: None,
        report: None,
        quality: None,
        remarks: Vec::new(),
    };
    answer.brought.rows.remove(sudare_identity::table::IDENTITY);
    let folder = door.site.home.join("answers").join(door.provider.as_str());
    let folder = folder.join(door.delivery.as_str());
    site::folder(&folder)?;
    let quality = quality::of(door, kept, &answer)?;
    answer.quality = Some(quality::write(&folder, &quality)?);
    answer.remarks.clone_from(&quality.remarks);
    answer.report = Some(write(&folder, kept, &answer, &quality_page::section(&quality))?);
    Ok(answer)
}

fn counts<const N: usize>(pairs: [(&str, u64); N]) -> Counts {
    pairs.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

fn owned(counts: &BTreeMap<&'static str, u64>) -> Counts {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// Refusals by rule and track: patient units of which the rule refused any item.
fn refused(counted: &Counted) -> Vec<Refused> {
    counted
        .refusals
        .iter()
        .map(|((rule, track), units)| Refused {
            rule: rule.id().to_owned(),
            article: rule.article().to_owned(),
            track: track.word().to_owned(),
            english: rule.english().to_owned(),
            japanese: rule.japanese().to_owned(),
            units: *units,
        })
        .collect()
}

/// Findings by code, those of the walk among them.
pub(super) fn findings(door: &Door<'_>, counted: &Counted) -> Vec<(&'static FindingCode, u64)> {
    let read = finding_codes()
        .filter_map(|code| counted.findings.get(code.code).map(|count| (code, *count)));
    read.chain(walked(door.files())).collect()
}

/// What the walk and the archives refused, by code.
fn walked(files: &Chosen) -> Vec<(&'static FindingCode, u64)> {
    let count = |code: &'static FindingCode| {
        let found = files.refused().iter().filter(|one| one.code.code == code.code).count();
        (code, found as u64)
    };
    WALK_CODES
        .iter()
        .chain(archive::ALL)
        .copied()
        .map(count)
        .filter(|(_, found)| *found > 0)
        .collect()
}

fn told((code, count): (&'static FindingCode, u64)) -> FindingCount {
    FindingCount {
        code: code.code.to_owned(),
        severity: code.severity.word().to_owned(),
        english: code.english.to_owned(),
        japanese: code.japanese.to_owned(),
        count,
    }
}

/// Writes `answer.json`, `findings.csv` and `answer.html` and gives the page.
fn write(
    folder: &Path,
    kept: &Kept,
    answer: &ReceiveAnswer,
    quality: &str,
) -> Result<PathBuf, ActError> {
    let doing = "writing the answer to the provider";
    let json = serde_json::to_vec_pretty(answer).doing(doing)?;
    files::write_atomically(&folder.join("answer.json"), &json).doing(doing)?;
    let mut csv =
        String::from("code,severity,file_no,record,segment,field,byte,english,japanese\n");
    for one in &kept.findings {
        let place = &one.place;
        let _infallible = writeln!(
            csv,
            "{},{},{},{},{},{},{},\"{}\",\"{}\"",
            one.code.code,
            one.code.severity.word(),
            place.file_no,
            place.record,
            place.segment.unwrap_or_default(),
            place.field.map(|field| field.to_string()).unwrap_or_default(),
            place.byte.map(|byte| byte.to_string()).unwrap_or_default(),
            one.code.english.replace('"', "\"\""),
            one.code.japanese.replace('"', "\"\""),
        );
    }
    files::write_atomically(&folder.join("findings.csv"), csv.as_bytes()).doing(doing)?;
    let page = folder.join("answer.html");
    files::write_atomically(&page, html(answer, quality).as_bytes()).doing(doing)?;
    Ok(page)
}

/// What a count counts, in Japanese and English.
fn label(of: &str, name: &str) -> (&'static str, &'static str) {
    match (of, name) {
        ("files", "given") => ("提出されたファイル", "files given"),
        ("files", "read") => ("読み取ったファイル", "files read"),
        ("files", "screened_again") => ("うち再審査したファイル", "of these screened again"),
        ("files", "received_before") => ("受領済みのファイル", "files received before"),
        ("files", "replacing") => {
            ("以前のファイルと差し替えたもの", "files that replace earlier ones")
        }
        ("files", "superseded") => {
            ("新しい版のあるファイル", "files of which a newer version is there")
        }
        ("files", "deleted") => ("削除されたファイル", "files deleted"),
        ("files", "set_aside") => {
            ("保留したファイル又は患者単位", "files or patient units set aside")
        }
        (_, "read") => ("読み取った患者単位", "patient units read"),
        (_, "admitted") => ("受け入れた患者単位", "patient units admitted, in part or whole"),
        _ => ("受け入れなかった患者単位", "patient units refused"),
    }
}

/// One page in both languages: every text in it is a constant, an id or a number.
fn html(answer: &ReceiveAnswer, quality: &str) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\">\
         <title>受領のお知らせ / Answer to {provider}</title>\
         <style>body{{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;margin:1rem 0}}td,th{{border:1px solid #767676;\
         padding:.3rem .6rem;text-align:left}}td.n{{text-align:right}}{style}</style>\
         <h1>受領のお知らせ <span lang=\"en\">Answer to the provider</span></h1>\
         <p>{provider} · {delivery}</p><table><caption>件数 Counts</caption>",
        style = quality_page::STYLE,
        provider = answer.provider,
        delivery = answer.delivery.as_deref().unwrap_or_default(),
    );
    for (of, counts) in [("files", &answer.brought.files), ("units", &answer.brought.units)] {
        for (name, count) in counts {
            let (japanese, english) = label(of, name);
            let _infallible = write!(
                page,
                "<tr><th>{japanese}<br><span lang=\"en\">{english}</span><td class=\"n\">{count}"
            );
        }
    }
    page.push_str(
        "</table><table><caption>受領できなかったもの Refused</caption>\
         <tr><th>根拠 Rule<th>経路 Track<th>理由 Reason<th>単位数 Units",
    );
    for one in &answer.brought.refused {
        let _infallible = write!(
            page,
            "<tr><td>{} {}<td>{}<td>{}<br><span lang=\"en\">{}</span><td class=\"n\">{}",
            one.rule, one.article, one.track, one.japanese, one.english, one.units
        );
    }
    page.push_str(
        "</table><table><caption>確認事項 Findings</caption>\
         <tr><th>コード Code<th>重さ Severity<th>内容 What it means<th>件数 Count",
    );
    for one in &answer.brought.findings {
        let _infallible = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<br><span lang=\"en\">{}</span><td class=\"n\">{}",
            one.code, one.severity, one.japanese, one.english, one.count
        );
    }
    page.push_str(
        "</table><p>場所は findings.csv にあり、ファイルは番号で示します。パスに患者番号が含まれることがあるため、\
         どの番号がどのファイルかはこのお知らせに書かず、別にお渡しする一覧(delivery, file_no, path)で示します。<br>\
         <span lang=\"en\">findings.csv has the places and names files by number. A path may hold a patient number, so \
         which number is which file stands in a list of its own (delivery, file_no, path), handed to you apart; the \
         producer writes it with <code>sudare receive --list</code> from the same files.</span>",
    );
    page.push_str(quality);
    page
}
