//! `grant add`, `grant list`, `grant withdraw`: who may have which dataset, between its build and its delivery.
//!
//! A grant is an entry of the ledger, made when certificate, contract and review decision hold, and asked for by every
//! delivery, which asks the three again. What was handed over before a withdrawal stays handed over.

use sudare_ledger::Parameters;
use sudare_ledger::book::Granted;
use sudare_ledger::level::{Anonymised, Grant, Pseudonymised, WithdrawGrant};
use sudare_ledger::record::GrantWithdrawal;
use sudare_model::time::Day;
use sudare_model::{DatasetId, Track};

use super::recipient::{self, Receivable, Records, released_dataset, user_id};
use super::register;
use crate::answer::{GrantEnded, GrantGiven, GrantRow};
use crate::error::{ActError, At as _, Doing as _};
use crate::site::Site;

/// Grants a released dataset to a user until a day, by default the contract's last. The same grant twice is one.
///
/// # Errors
/// [`ActError::Usage`] if there is no such dataset or user, the day is past or none, or a grant until another day is in
/// force; [`ActError::Refused`] with the rule that forbids it.
pub fn grant_add(
    site: &mut Site,
    dataset: &str,
    user: &str,
    until: Option<&str>,
) -> Result<GrantGiven, ActError> {
    let (id, track) = released_dataset(site, dataset)?;
    let user = user_id(user)?;
    let until = until.map(day).transpose()?;
    if until.is_some_and(|until| until < site.clock.now().day_in_japan()) {
        return Err(ActError::usage("--until", "is past"));
    }
    super::stop::heed(site)?;
    let records = Records::of(&register::in_force(site)?, &user)?;
    match track {
        Track::Anonymised => give::<Anonymised>(site, &id, &records, until),
        Track::Pseudonymised => give::<Pseudonymised>(site, &id, &records, until),
    }
}

fn give<L: Receivable>(
    site: &Site,
    id: &DatasetId,
    records: &Records,
    until: Option<Day>,
) -> Result<GrantGiven, ActError> {
    let now = site.clock.now();
    let _receives = L::recipient(records, now)?;
    let project = recipient::project_of(site, id)?;
    let approval = records.approve::<L>(&project, now)?;
    recipient::not_stale(site, id)?;
    let grants = site.ledger.grants();
    if let Ok(held) = records.approve::<L>(&project, now)?.granted(&grants, id) {
        return held_already(&grants, held.entry(), until);
    }
    let permission = approval
        .permission(id.clone(), until, records.decision(site))
        .map_err(recipient::refused)?;
    let scribe = site.ledger.scribe::<Grant>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning a grant")?;
    let entry = scribe.complete(open, permission.clone(), now).doing("recording a grant")?;
    Ok(given(&Granted { entry, permission, withdrawn: None }, false))
}

/// A grant that is in force is answered again; one until another day is not changed by the way.
fn held_already(
    grants: &[Granted],
    entry: u64,
    until: Option<Day>,
) -> Result<GrantGiven, ActError> {
    let held = grants.iter().find(|grant| grant.entry == entry);
    let held = held.ok_or_else(|| ActError::usage("grant", "is not in the ledger"))?;
    let ends = held.permission.until;
    if until.is_some_and(|until| until != ends) {
        let help = format!(
            "the grant of entry {entry} holds until {ends}; withdraw it first, with `sudare grant \
             withdraw --entry {entry}`"
        );
        return Err(ActError::usage("--until", help));
    }
    Ok(given(held, true))
}

fn given(grant: &Granted, unchanged: bool) -> GrantGiven {
    let permission = &grant.permission;
    GrantGiven {
        entry: grant.entry,
        dataset: dataset_of(grant),
        user: permission.user.to_string(),
        project: permission.project.to_string(),
        track: permission.track.word().to_owned(),
        from: permission.from.to_string(),
        until: permission.until.to_string(),
        unchanged,
    }
}

fn dataset_of(grant: &Granted) -> String {
    grant.permission.dataset.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Lists grants in the order given, or those of one dataset.
///
/// # Errors
/// [`ActError::Usage`] if the dataset's id is none.
pub fn grant_list(site: &Site, dataset: Option<&str>) -> Result<Vec<GrantRow>, ActError> {
    let dataset = dataset.map(|text| DatasetId::parse(text).at("--dataset")).transpose()?;
    let today = site.clock.now().day_in_japan();
    let wanted = |grant: &&Granted| {
        dataset.is_none() || grant.permission.dataset.as_ref() == dataset.as_ref()
    };
    let row = |grant: &Granted| GrantRow {
        entry: grant.entry,
        dataset: dataset_of(grant),
        user: grant.permission.user.to_string(),
        project: grant.permission.project.to_string(),
        track: grant.permission.track.word().to_owned(),
        from: grant.permission.from.to_string(),
        until: grant.permission.until.to_string(),
        state: state(grant, today).to_owned(),
        withdrawn: grant.withdrawn,
    };
    Ok(site.ledger.grants().iter().filter(wanted).map(row).collect())
}

fn state(grant: &Granted, today: Day) -> &'static str {
    let permission = &grant.permission;
    if grant.withdrawn.is_some() {
        "withdrawn"
    } else if today > permission.until {
        "expired"
    } else if today < permission.from {
        "to come"
    } else {
        "in force"
    }
}

/// Withdraws a grant: from now on nothing is handed over by it. Withdrawing it again changes nothing.
///
/// # Errors
/// [`ActError::Usage`] if no grant is at that entry.
pub fn grant_withdraw(site: &mut Site, entry: u64) -> Result<GrantEnded, ActError> {
    let grants = site.ledger.grants();
    let found = grants.iter().find(|grant| grant.entry == entry);
    let help = "there is no grant at that entry; see `sudare grant list`";
    let found = found.ok_or_else(|| ActError::usage("--entry", help))?;
    let (by, unchanged) = match found.withdrawn {
        Some(by) => (by, true),
        None => (end(site, entry)?, false),
    };
    Ok(GrantEnded {
        grant: entry,
        dataset: dataset_of(found),
        user: found.permission.user.to_string(),
        entry: by,
        unchanged,
    })
}

fn end(site: &Site, grant: u64) -> Result<u64, ActError> {
    let now = site.clock.now();
    let scribe = site.ledger.scribe::<WithdrawGrant>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning a withdrawal")?;
    let ended = GrantWithdrawal { grant };
    scribe.complete(open, ended, now).doing("recording a withdrawal")
}

/// Reads a day as typed.
fn day(text: &str) -> Result<Day, ActError> {
    Day::from_iso(text).ok_or_else(|| ActError::usage("--until", "is not a day, YYYY-MM-DD"))
}
