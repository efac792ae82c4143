//! What the ledger recorded of the deliveries that a dataset is made from: units and refusals at
//! the door, patients linked.

use sudare_deident::story::{Door, Refused};
use sudare_ledger::Dataset;
use sudare_ledger::book::Holding;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::Linked;
use sudare_ledger::record::{Intake, Record};
use sudare_model::{DatasetId, Rule, Track};

use crate::error::{ActError, Doing as _};
use crate::site::Site;

const DOING: &str = "reading how a dataset was made";

/// What is recorded of everything that a linked dataset was made from.
pub(super) fn door(site: &Site, linked: &Dataset<Linked>) -> Result<Door, ActError> {
    let mut door = Door { units: Some(0), ..Door::default() };
    let Some(holding) = site.ledger.holding(linked.id()) else { return Ok(door) };
    if let Some(Record::LinkModel(model)) = record_of(site, &holding)? {
        door.subjects = model.subjects;
    }
    for cleared in &holding.inputs {
        for received in inputs(site, cleared) {
            let Some(holding) = site.ledger.holding(&received) else { continue };
            if let Some(Record::Intake(intake)) = record_of(site, &holding)? {
                add(&mut door, &intake)?;
            }
        }
    }
    door.refused.sort_unstable();
    door.refused.dedup_by(|one, kept| {
        let same = (&one.provider, one.rule, one.track) == (&kept.provider, kept.rule, kept.track);
        kept.units += if same { one.units } else { 0 };
        same
    });
    Ok(door)
}

fn inputs(site: &Site, dataset: &DatasetId) -> Vec<DatasetId> {
    site.ledger.holding(dataset).map(|one| one.inputs).unwrap_or_default()
}

/// The record of the entry that made a dataset.
pub(super) fn record_of(site: &Site, holding: &Holding) -> Result<Option<Record>, ActError> {
    let bytes = site.ledger.entry(holding.entry).doing(DOING)?;
    match Entry::decode(&bytes).doing(DOING)?.half {
        Half::Done(Done { record, .. }) => Ok(Some(record)),
        _ => Ok(None),
    }
}

fn add(door: &mut Door, intake: &Intake) -> Result<(), ActError> {
    let of = |name: &str| intake.units.as_ref().and_then(|units| units.get(name).copied());
    door.units = door.units.zip(of("read")).map(|(all, read)| all + read);
    door.refused_whole += of("refused").unwrap_or_default();
    for (name, units) in &intake.refused {
        let (rule, track) = name.split_once('/').unwrap_or((name, ""));
        let unknown =
            || std::io::Error::other(format!("the ledger names an unknown rule `{rule}`"));
        door.refused.push(Refused {
            provider: intake.provider.clone(),
            rule: Rule::from_id(rule).ok_or_else(unknown).doing(DOING)?,
            track: Track::from_word(track),
            units: *units,
        });
    }
    Ok(())
}
