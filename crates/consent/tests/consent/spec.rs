//! The table of `spec/screen/intake-predicate.md`, run.

use std::collections::BTreeMap;

use sudare_consent::GateBuilder;
use sudare_consent::notice::{Method, NoticeTo};
use sudare_consent::predicate::Person;
use sudare_model::{DataItem, NoticeId, Track, Tracks};

use crate::region::{REGISTER, day, hospital, instant, key, read, rules};

const SPEC: &str = include_str!("../../../../spec/screen/intake-predicate.md");

#[test]
fn every_case_of_the_table_holds() {
    let rows = SPEC.lines().filter(|line| line.starts_with("| ")).skip(2);
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [case, changed, asked, track, item, answer] = cells[..] else { panic!("{row}") };
        let changed: BTreeMap<&str, &str> =
            changed.split_whitespace().map(|pair| pair.split_once('=').unwrap()).collect();
        assert_eq!(ask(&changed, asked, track, item), answer, "{case}");
        count += 1;
    }
    assert!(count >= 38, "{count} cases read");
}

fn ask(changed: &BTreeMap<&str, &str>, asked: &str, track: &str, item: &str) -> String {
    let document = read(&register(changed));
    let get = |name| changed.get(name).copied();
    let provider = match get("provider") {
        Some(_) => sudare_model::ProviderId::parse("hospital-9").unwrap(),
        None => hospital(),
    };
    let subject = key(&provider, "0001");
    let mut builder = GateBuilder::new(&document, &provider, &rules());
    let notice = NoticeId::parse("hospital-1-a-1").unwrap();
    let given = get("given").unwrap_or("2024-05-02");
    if given != "none" {
        builder.given(&notice, subject, day(given), Method::Handed, NoticeTo::Subject);
    }
    if let Some(told) = get("guardian") {
        builder.given(&notice, subject, day(told), Method::Handed, NoticeTo::Guardian);
    }
    if let Some(since) = get("stop") {
        let tracks = match get("stopped") {
            Some("a") => Tracks::only(Track::Anonymised),
            Some("p") => Tracks::only(Track::Pseudonymised),
            _ => Tracks::NONE,
        };
        builder.stop(subject, tracks, instant(since));
    }
    let person = Person { subject, birth: get("birth").map(day), death: get("death").map(day) };
    let admission = builder.build().admission_of(&person, instant(asked));
    let (track, item) = (Track::from_word(track).unwrap(), DataItem::from_word(item).unwrap());
    let refused = admission.refusals().iter().find(|one| one.track == track && one.item == item);
    assert_eq!(refused.is_none(), admission.tracks(item).has(track));
    refused.map_or_else(|| "admitted".to_owned(), |one| one.rule.id().to_owned())
}

fn register(changed: &BTreeMap<&str, &str>) -> String {
    let mut text = REGISTER.to_owned();
    let replace = |text: &mut String, from: &str, to: &str| {
        assert!(text.contains(from));
        *text = text.replace(from, to);
    };
    for (name, value) in changed {
        match (*name, value.split_once("..")) {
            ("check", Some((from, until))) => replace(
                &mut text,
                "{ date = 2024-04-01, valid_until = 2027-03-31 }",
                &format!("{{ date = {from}, valid_until = {until} }}"),
            ),
            ("check", None) => replace(
                &mut text,
                "security_check = { date = 2024-04-01, valid_until = 2027-03-31 }\n",
                "",
            ),
            ("filed", _) if *value != "none" => {
                replace(&mut text, "filed = 2024-04-20", &format!("filed = {value}"));
                replace(&mut text, "date = 2024-05-01", &format!("date = {value}"));
            }
            ("filed", _) => {
                let from = text.find("[[notification]]").unwrap();
                text.truncate(from);
            }
            ("published", _) if *value != "none" => {
                replace(&mut text, "date = 2024-05-01", &format!("date = {value}"));
            }
            ("published", _) => {
                let from = text.find("[[publication]]").unwrap();
                text.truncate(from);
            }
            ("start", _) => replace(
                &mut text,
                "planned_start = 2024-06-01",
                &format!("planned_start = {value}"),
            ),
            ("period", _) => {
                replace(&mut text, "period_days = 30", &format!("period_days = {value}"))
            }
            _ => {}
        }
    }
    text
}
