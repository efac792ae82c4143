//! The register of the region: who was told what, who refused, who may receive (`register.toml` and its lists).
//!
//! Per person and provider one of these: fully notified; never; too recently for the waiting period; on one track
//! only; by a version that lacks items; notified and then refused; a child whose guardian was not notified. Shares are
//! assumptions, stop requests 0.3 %.

mod text;

use sudare_model::time::{Day, Instant};

use crate::chunk::Chunk;
use crate::dice::{Dice, Purpose};
use crate::people::Person;
use crate::period::{Period, age};
use crate::site::Sites;
pub(crate) use text::register;

/// Notices of one provider: two tracks, two versions each; the first version lacks [`LACKING`].
pub(crate) const NOTICES: usize = 4;

/// The items that the first version of a notice does not name.
pub(crate) const LACKING: [&str; 2] = ["measurements", "notes"];

/// Days of the waiting period in every notice (R-NOT-03).
pub(crate) const WAITING_DAYS: i32 = 30;

/// `hospital-1-a-2`.
pub(crate) fn notice_id(provider: &str, track: usize, version: usize) -> String {
    let letter = if track == 0 { 'a' } else { 'p' };
    format!("{provider}-{letter}-{version}")
}

/// Position of a notice among all.
const fn notice(provider: usize, track: usize, version: usize) -> usize {
    provider * NOTICES + track * 2 + version - 1
}

/// The ids of all notices in the order of their positions.
pub(crate) fn notice_ids(sites: &Sites) -> Vec<String> {
    let mut ids = Vec::new();
    for provider in &sites.all {
        for track in 0..2 {
            for version in 1..=2 {
                ids.push(notice_id(&provider.id, track, version));
            }
        }
    }
    ids
}

/// A day on which version 2 is in use at every provider.
pub(crate) const fn second_version(period: &Period) -> Day {
    period.start.plus(45)
}

/// What a person was told at a provider, and whether they refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Full,
    Never,
    Recent,
    OneTrack,
    FirstVersion,
    StopBoth,
    StopAnonymised,
    StopPseudonymised,
    /// A child who was told while no guardian was.
    NoGuardian,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Never => "never_notified",
            Self::Recent => "waiting",
            Self::OneTrack => "anonymised_only",
            Self::FirstVersion => "first_version_only",
            Self::StopBoth => "stop_both",
            Self::StopAnonymised => "stop_anonymised",
            Self::StopPseudonymised => "stop_pseudonymised",
            Self::NoGuardian => "guardian_not_notified",
        }
    }
}

/// Words of the standings, for the totals.
pub(crate) const STANDINGS: [&str; 9] = [
    "full",
    "never_notified",
    "waiting",
    "anonymised_only",
    "first_version_only",
    "stop_both",
    "stop_anonymised",
    "stop_pseudonymised",
    "guardian_not_notified",
];

/// One person at one provider, for the register.
pub(crate) struct Entered<'a> {
    pub(crate) seed: u64,
    pub(crate) period: &'a Period,
    pub(crate) person: &'a Person,
    pub(crate) provider: usize,
    pub(crate) number: &'a str,
    /// The first visit in the period.
    pub(crate) first: Day,
    /// Position among the canary persons.
    pub(crate) canary: Option<u64>,
}

/// The second version on both tracks.
const BOTH: &[(usize, usize)] = &[(0, 2), (1, 2)];

/// Adds the rows of a person to the lists.
pub(crate) fn enter(chunk: &mut Chunk, entered: &Entered<'_>) {
    let provider = u32::try_from(entered.provider).unwrap_or_default();
    let mut dice = Dice::new(entered.seed, Purpose::Register, entered.person.no, provider);
    let recent = entered.first > entered.period.as_of.plus(-WAITING_DAYS - 5);
    let period = entered.period;
    let mut standing = standing(&mut dice, entered.canary, recent);
    let child = age(entered.person.birth, period.as_of) < 16;
    if child && entered.canary.is_none() && standing == Standing::Full && dice.chance(0.04) {
        standing = Standing::NoGuardian;
    }
    chunk.count(entered.provider, standing.word());
    let method = dice.pick(&["handed", "handed", "kiosk", "derived_from_encounter", "electronic"]);
    let ordinary = entered.first.max(second_version(period));
    // Never so near the end of the waiting period that a day's difference in counting matters.
    let ordinary = ordinary.min(period.as_of.plus(-WAITING_DAYS - 6));
    match standing {
        Standing::Never => {}
        Standing::Recent => {
            let day = period.as_of.plus(-dice.range(1, WAITING_DAYS - 2));
            give(chunk, entered, BOTH, day, "posted", true);
        }
        Standing::OneTrack => give(chunk, entered, &[(0, 2)], ordinary, method, true),
        Standing::FirstVersion => {
            let day = period.start.plus(dice.range(-20, 30));
            give(chunk, entered, &[(0, 1), (1, 1)], day, "posted", true);
        }
        Standing::Full => give(chunk, entered, BOTH, ordinary, method, true),
        Standing::NoGuardian => give(chunk, entered, BOTH, ordinary, method, false),
        Standing::StopBoth | Standing::StopAnonymised | Standing::StopPseudonymised => {
            give(chunk, entered, BOTH, ordinary, method, true);
            stop(chunk, entered, standing, ordinary, &mut dice);
        }
    }
}

fn standing(dice: &mut Dice, canary: Option<u64>, recent: bool) -> Standing {
    let throw = dice.unit();
    match canary {
        Some(3) => return Standing::Never,
        Some(4) => return Standing::StopBoth,
        Some(_) => return Standing::Full,
        None => {}
    }
    match throw {
        t if t < 0.025 => Standing::Never,
        t if t < 0.04 || recent => Standing::Recent,
        t if t < 0.07 => Standing::OneTrack,
        t if t < 0.095 => Standing::FirstVersion,
        t if t < 0.097 => Standing::StopBoth,
        t if t < 0.0975 => Standing::StopAnonymised,
        t if t < 0.098 => Standing::StopPseudonymised,
        _ => Standing::Full,
    }
}

/// A notice to the person, and with `guarded` to a guardian too where the person is under 16 (R-NOT-07).
fn give(
    chunk: &mut Chunk,
    entered: &Entered<'_>,
    notices: &[(usize, usize)],
    day: Day,
    method: &str,
    guarded: bool,
) {
    let guardian = guarded && age(entered.person.birth, day) < 16;
    for (track, version) in notices {
        let list = chunk.given.entry(notice(entered.provider, *track, *version)).or_default();
        for recipient in ["subject", "guardian"] {
            if recipient == "subject" || guardian {
                let row = format!("{},{day},{method},{recipient}\n", entered.number);
                list.extend_from_slice(row.as_bytes());
            }
        }
    }
}

fn stop(chunk: &mut Chunk, entered: &Entered<'_>, standing: Standing, told: Day, dice: &mut Dice) {
    let tracks = match standing {
        Standing::StopAnonymised => "a",
        Standing::StopPseudonymised => "p",
        _ if dice.chance(0.5) => "ap",
        _ => "",
    };
    let left = entered.period.as_of.epoch_days() - told.epoch_days() - 1;
    let day = told.plus(dice.range(1, left.max(1)));
    let second = i64::from(dice.range(9 * 3600, 17 * 3600));
    let received = Instant::from_unix(Instant::start_of_day_in_japan(day).unix() + second);
    let requester = if age(entered.person.birth, day) < 16 { "guardian" } else { "subject" };
    let row = format!("{},{tracks},{received},{requester}\n", entered.number);
    chunk.stops.entry(entered.provider).or_default().extend_from_slice(row.as_bytes());
}
