//! `stop add`, `stop list`, `stop receipt`: refusals (提供の停止の求め). Nothing ends a stop; nothing is asked but who and
//! where.
//!
//! A refusal waits for nobody: it is taken at the [`Desk`], durably, into the letterbox; then, if no other process has
//! the site, it is put in force at once. Otherwise it waits there, and whoever has the site heeds it.

use sudare_consent::stop::{Reception, Requester, StopInForce, StopRequest as Asked};
use sudare_identity::{Revealing, SourcePatientId};
use sudare_model::time::Instant;
use sudare_model::{ProviderId, Rule, Track, Tracks};
use sudare_store::control::StopRequest;

use super::register;
use crate::answer::{StopAdded, StopRow};
use crate::error::{ActError, At as _, Doing as _};
use crate::gate::subject_of;
use crate::site::Desk;

mod force;
mod known;
mod number;
mod receipt;

pub(crate) use force::{heed, put_in_force, record_withdrawals};
pub use number::{patient_number, patient_number_in};
pub use receipt::{Which, stop_receipt};

/// A stop request as it reaches the producer.
#[derive(Clone, Copy)]
pub struct StopAsked<'a> {
    /// The provider it was made to.
    pub provider: &'a str,
    /// Patient number at that provider.
    pub patient_number: &'a str,
    /// The track to stop; both where the requester did not distinguish.
    pub track: Option<&'a str>,
    /// Who asks, by the register's word.
    pub requester: &'a str,
    /// Whether the subject was stated to be dead.
    pub subject_dead: bool,
}

/// Takes a stop request. It is in force from now on, before anything that is received, built or delivered later; once
/// this has answered it cannot be lost.
///
/// # Errors
/// [`ActError::Usage`] if the register never knew the provider, requester or track are unknown or the number is empty;
/// [`ActError::Refused`] with R-OPT-02 if a family member asks for a living person. An error means that nothing was
/// acknowledged, and the request is to be made again.
pub fn stop_add(desk: &Desk, asked: &StopAsked<'_>) -> Result<StopAdded, ActError> {
    let now = desk.clock.now();
    let provider = provider_id(asked.provider)?;
    let name = known::provider(desk, &provider)?.ok_or_else(unknown)?;
    if asked.patient_number.is_empty() {
        return Err(ActError::usage("--patient-file", "holds no patient number"));
    }
    let number = Revealing::new(asked.patient_number.to_owned());
    let patient = SourcePatientId::new(provider, number);
    let stop = accepted(desk, asked, &patient, now)?;
    let row = register::stop_row(
        &desk.keys,
        now,
        &stop.provider,
        stop.subject,
        stop.tracks,
        stop.since,
        stop.requester.word(),
    );
    // First of all: a request that is taken twice counts once, one that is lost never.
    desk.letterbox.put(&row).doing("taking the stop request")?;
    let receipt = receipt::keep(desk, &row, &stop, name, &patient)?;
    let (waits, epoch) = settle(desk);
    let stored = force::listed(&desk.runtime, &desk.control, Some(&stop.provider));
    let stored = stored.ok().into_iter().flatten().find(|one| one.id == row.id);
    Ok(StopAdded {
        request: request_name(&row),
        state: state_word(waits.is_some()),
        waits,
        sequence: stored.and_then(|one| u64::try_from(one.sequence).ok()),
        epoch,
        effective: row.effective.to_string(),
        // What was taken is taken: that this cannot be told is no failure.
        known: known::patient(desk, stop.subject).ok(),
        receipt,
    })
}

/// What was asked, checked.
fn accepted(
    desk: &Desk,
    asked: &StopAsked<'_>,
    patient: &SourcePatientId,
    now: Instant,
) -> Result<StopInForce, ActError> {
    let requester = Requester::read(asked.requester)
        .ok_or_else(|| ActError::usage("--requester", "is not one of those who may ask"))?;
    let track = asked.track.map(|word| {
        Track::from_word(word)
            .ok_or_else(|| ActError::usage("--track", "is neither anonymised nor pseudonymised"))
    });
    let request = Asked {
        provider: patient.provider().clone(),
        subject: subject_of(&desk.keys, patient),
        tracks: track.transpose()?.map(Tracks::only),
        received: now,
        requester,
        reception: Reception::Other,
        stated_dead: asked.subject_dead,
    };
    let refused = |why: sudare_consent::stop::StopRefused| {
        ActError::refused(Rule::RequesterUnfit, why.to_string())
    };
    request.accept(false, now, 0).map_err(refused)
}

/// Puts what waits in force, if the site can be had now. Why it still waits, or the register's epoch.
fn settle(desk: &Desk) -> (Option<String>, Option<u64>) {
    match desk.site() {
        Ok(Some(site)) => (None, Some(site.ledger.epoch())),
        Ok(None) => {
            (Some("another act has the site; it heeds the request before it ends".to_owned()), None)
        }
        Err(error) => {
            (Some(format!("the site does not open ({error}); it is heeded when it does")), None)
        }
    }
}

/// The word for where a request is.
fn state_word(waits: bool) -> String {
    if waits { "waiting" } else { "recorded" }.to_owned()
}

/// Lists stop requests in the order they were received, those that wait last; patients are not shown. Waits for nobody.
///
/// # Errors
/// [`ActError::Usage`] if the register never knew the provider.
pub fn stop_list(desk: &Desk, provider: Option<&str>) -> Result<Vec<StopRow>, ActError> {
    let provider = provider.map(provider_id).transpose()?;
    if let Some(provider) = &provider {
        known::provider(desk, provider)?.ok_or_else(unknown)?;
    }
    // What waits is put in force if it can be. A letter that another process stores meanwhile is seen twice rather
    // than not at all, so letters are read first.
    let _settled = settle(desk);
    let mut waiting = desk.letterbox.letters().doing("reading the letterbox")?;
    let stored = force::listed(&desk.runtime, &desk.control, provider.as_ref())?;
    waiting.retain(|row| provider.as_ref().is_none_or(|wanted| row.provider == *wanted));
    waiting.retain(|row| stored.iter().all(|one| one.id != row.id));
    let stored = stored.into_iter().map(|row| listed_row(row, false));
    Ok(stored.chain(waiting.into_iter().map(|row| listed_row(row, true))).collect())
}

fn listed_row(row: StopRequest, waiting: bool) -> StopRow {
    StopRow {
        sequence: u64::try_from(row.sequence).ok().filter(|_| !waiting),
        request: request_name(&row),
        state: state_word(waiting),
        provider: row.provider.to_string(),
        tracks: tracks_word(row.tracks),
        received: received_word(row.received),
        requester: row.requester,
    }
}

/// What a stop request is called before it has a number: the beginning of its id, a keyed digest.
fn request_name(row: &StopRequest) -> String {
    row.id.chars().take(16).collect()
}

fn unknown() -> ActError {
    ActError::usage("--provider", "no state of the register ever had such a provider")
}

/// Reads a provider's id as typed.
pub(crate) fn provider_id(text: &str) -> Result<ProviderId, ActError> {
    ProviderId::parse(text).at("--provider")
}

fn tracks_word(tracks: Tracks) -> String {
    let words = Track::ALL.into_iter().filter(|track| tracks.has(*track)).map(Track::word);
    words.collect::<Vec<_>>().join("+")
}

/// A stop whose date could not be read is in force from the beginning of time.
fn received_word(received: Instant) -> String {
    if received.unix() < 0 { "unreadable, always".to_owned() } else { received.to_string() }
}
