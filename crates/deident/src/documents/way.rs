//! The way of persons into the dataset: what came to the door, what was refused there, who was
//! left out later and why.

use std::collections::BTreeMap;

use sudare_model::Rule;

use super::chart::{Series, bars, escape, table};
use super::flow::{Stage, flow};
use super::report::{count, section};
use super::words::Words;
use crate::risk::float;
use crate::story::Story;

/// From the door to the release: patient units first, then persons.
pub(super) fn persons(story: &Story<'_>, words: &Words) -> String {
    let flows: Vec<Vec<Stage>> =
        [at_the_door(story, words), inside(story, words)].into_iter().flatten().collect();
    let mut rows = Vec::new();
    for stage in flows.iter().flatten() {
        rows.push(vec![stage.name.clone(), count(stage.count)]);
        for (why, lost) in &stage.losses {
            rows.push(vec![format!("− {why}"), count(*lost)]);
        }
    }
    section(words.persons, words.persons_intro)
        + &flow("chart-persons", words.persons, &flows)
        + &table(words.persons, &[words.stage, words.count], &rows)
}

/// In patient units, where every delivery recorded them.
fn at_the_door(story: &Story<'_>, words: &Words) -> Option<Vec<Stage>> {
    let read = story.door.units?;
    let refused = story.door.refused_whole.min(read);
    let stage = |name: &str, count, losses: Vec<(String, u64)>| Stage {
        name: name.to_owned(),
        count,
        losses,
    };
    Some(vec![
        stage(words.units_read, read, vec![(words.units_refused.to_owned(), refused)]),
        stage(words.units_admitted, read - refused, Vec::new()),
    ])
}

/// In persons.
fn inside(story: &Story<'_>, words: &Words) -> Option<Vec<Stage>> {
    let risk = story.risk;
    let elsewhere = risk.linked.saturating_sub(risk.stopped).saturating_sub(risk.persons);
    let earlier = risk.earlier.as_ref().map_or(0, |earlier| earlier.suppressed);
    let why = |why: &str, lost| (why.to_owned(), lost);
    let mut suppressed = vec![why(words.left_out, risk.suppressed.saturating_sub(earlier))];
    if risk.earlier.is_some() {
        suppressed.push(why(words.left_out_earlier, earlier));
    }
    let linked = format!("{} ({}: {})", words.linked, words.subjects, count(story.door.subjects));
    Some(vec![
        Stage {
            name: linked,
            count: risk.linked,
            losses: vec![why(words.stopped, risk.stopped), why(words.elsewhere, elsewhere)],
        },
        Stage { name: words.received.to_owned(), count: risk.persons, losses: suppressed },
        Stage {
            name: words.released.to_owned(),
            count: risk.persons.saturating_sub(risk.suppressed),
            losses: Vec::new(),
        },
    ])
}

/// What was refused at the door, by rule in a picture, by provider, rule and track in a table.
pub(super) fn refused(story: &Story<'_>, words: &Words) -> String {
    let html = section(words.refused, words.refused_intro);
    let refused = &story.door.refused;
    if refused.is_empty() {
        return html + &format!("<p>{}</p>\n", escape(words.refused_none));
    }
    let track = story.policy.spec.track;
    let mut by_rule: BTreeMap<Rule, u64> = BTreeMap::new();
    for one in refused.iter().filter(|one| one.track.is_none_or(|of| of == track)) {
        *by_rule.entry(one.rule).or_default() += one.units;
    }
    let labels: Vec<_> =
        by_rule.keys().map(|rule| format!("{} {}", rule.id(), words.short(*rule))).collect();
    let values = by_rule.values().map(|units| float(*units)).collect();
    let series = [Series { name: words.units.to_owned(), values }];
    let picture = if by_rule.is_empty() {
        format!("<p>{}</p>\n", escape(words.refused_other))
    } else {
        bars("chart-refused", words.refused, &labels, &series)
    };
    let row = |one: &crate::story::Refused| {
        vec![
            one.provider.to_string(),
            one.track.map_or(words.track_unknown, |track| words.short_track(track)).to_owned(),
            one.rule.id().to_owned(),
            one.rule.article().to_owned(),
            words.rule(one.rule).to_owned(),
            count(one.units),
        ]
    };
    let rows: Vec<_> = refused.iter().map(row).collect();
    let head = [
        words.provider,
        words.track_head,
        words.requirement,
        words.article,
        words.reason,
        words.units,
    ];
    html + &picture + &table(words.refused, &head, &rows)
}
