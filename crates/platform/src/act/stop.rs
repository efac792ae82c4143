//! `stop add`, `stop list`: refusals (提供の停止の求め). Nothing ends a stop; nothing is asked but who and where.

use std::collections::HashSet;

use sudare_consent::receipt::{Form, Language, Receipt, ReceiptFields};
use sudare_consent::stop::{Reception, Requester, StopRequest as Asked};
use sudare_identity::{Revealing, SourcePatientId};
use sudare_ledger::Parameters;
use sudare_ledger::level::{Linked, Withdraw};
use sudare_ledger::record::{Cause, Scope, Withdrawal};
use sudare_model::time::Instant;
use sudare_model::{ProviderId, Rule, Track, Tracks};
use sudare_store::control::StopRequest;
use sudare_store::files;

use super::register;
use crate::answer::{StopAdded, StopReceipt, StopRow};
use crate::error::{ActError, Doing as _};
use crate::gate::subject_of;
use crate::site::{self, Site};

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

/// Records a stop request. It is in force from now on, before anything that is received or built later.
///
/// # Errors
/// [`ActError::Usage`] if provider, requester or track are unknown or the number is empty; [`ActError::Refused`] with
/// R-OPT-02 if a family member asks for a living person.
pub fn stop_add(site: &mut Site, asked: &StopAsked<'_>) -> Result<StopAdded, ActError> {
    let now = site.clock.now();
    let document = register::in_force(site)?;
    let provider = provider_id(asked.provider)?;
    let known = document.provider(&provider).ok_or_else(|| {
        ActError::usage("--provider", "the register in force has no such provider")
    })?;
    if asked.patient_number.is_empty() {
        return Err(ActError::usage("--patient-file", "holds no patient number"));
    }
    let word = if asked.requester == "de_facto_spouse" { "spouse" } else { asked.requester };
    let requester = Requester::from_word(word)
        .ok_or_else(|| ActError::usage("--requester", "is not one of those who may ask"))?;
    let track = asked.track.map(|word| {
        Track::from_word(word)
            .ok_or_else(|| ActError::usage("--track", "is neither anonymised nor pseudonymised"))
    });
    let track = track.transpose()?;
    let patient =
        SourcePatientId::new(provider.clone(), Revealing::new(asked.patient_number.to_owned()));
    let request = Asked {
        provider: provider.clone(),
        subject: subject_of(&site.keys, &patient),
        tracks: track.map(Tracks::only),
        received: now,
        requester,
        reception: Reception::Other,
        stated_dead: asked.subject_dead,
    };
    let stop = request
        .accept(false, now, 0)
        .map_err(|why| ActError::refused(Rule::RequesterUnfit, why.to_string()))?;
    let row = register::stop_row(site, &provider, stop.subject, stop.tracks, stop.since, word);
    let id = row.id.clone();
    put_in_force(site, vec![row])?;
    let receipt = Receipt::new(ReceiptFields {
        provider: known.party.name.clone(),
        requester: Revealing::new(requester.japanese().to_owned()),
        identification: patient.number().clone(),
        relation: requester,
        tracks: stop.tracks,
        received: now,
        stopped: now,
        delivered: now,
        form: Form::Paper,
    })
    .doing("writing the receipt")?;
    let path = keep_receipt(site, &id, &receipt)?;
    let sequence = listed(site, Some(&provider))?
        .iter()
        .find(|row| row.id == id)
        .map_or(0, |row| u64::try_from(row.sequence).unwrap_or_default());
    Ok(StopAdded {
        sequence,
        epoch: site.ledger.epoch(),
        effective: now.to_string(),
        receipt: path,
    })
}

/// Puts stop requests in force: in the control store as what the gate obeys, then in the ledger as a withdrawal.
/// Requests that are in force already change nothing.
pub(crate) fn put_in_force(site: &Site, mut rows: Vec<StopRequest>) -> Result<(), ActError> {
    let known: HashSet<String> = listed(site, None)?.into_iter().map(|row| row.id).collect();
    rows.retain(|row| !known.contains(&row.id));
    let first = site.runtime.block_on(site.control.next_stop_sequence());
    for (sequence, row) in (first.doing("numbering a stop")?..).zip(&mut rows) {
        row.sequence = sequence;
    }
    // The store first: from here on the gate obeys, whatever happens to this process. What it then leaves unsaid in
    // the ledger is said when the site opens next.
    site.runtime.block_on(site.control.add_stops(&rows)).doing("storing stop requests")?;
    record_withdrawals(site)
}

/// Site value: the number of the last stop request whose withdrawal is in the ledger.
const RECORDED: &str = "stops.recorded";

/// Records in the ledger every stop request that is in force and not recorded yet.
pub(crate) fn record_withdrawals(site: &Site) -> Result<(), ActError> {
    let reading = "reading which stop requests are recorded";
    let recorded = site.runtime.block_on(site.control.site(RECORDED)).doing(reading)?;
    let recorded: i64 = recorded.and_then(|text| text.parse().ok()).unwrap_or_default();
    let rows = listed(site, None)?;
    let new: Vec<&StopRequest> = rows.iter().filter(|row| row.sequence > recorded).collect();
    let Some(last) = new.iter().map(|row| row.sequence).max() else { return Ok(()) };
    let now = site.clock.now();
    let scribe = site.ledger.scribe::<Withdraw>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning a withdrawal")?;
    let said: Vec<u8> = new.iter().flat_map(|row| row.id.bytes()).collect();
    let record = Withdrawal {
        cause: Cause::StopRequest,
        scope: Scope::Persons,
        // Every release is made from a linked dataset, so naming these makes every earlier release stale.
        datasets: site.ledger.usable::<Linked>().iter().map(|one| one.id().clone()).collect(),
        requests: new.len() as u64,
        commitment: site.commitment(&said),
    };
    scribe.complete(open, record, now).doing("recording a withdrawal")?;
    site.runtime
        .block_on(site.control.set_site(RECORDED, &last.to_string()))
        .doing("noting which stop requests are recorded")
}

/// Opens the receipt of a stop request, to be handed over (Act Art. 53(1)).
///
/// # Errors
/// [`ActError::Usage`] if there is no such request; [`ActError::Failed`] if its receipt cannot be opened: requests
/// that came with a register were answered by their provider.
pub fn stop_receipt(site: &Site, sequence: u64) -> Result<StopReceipt, ActError> {
    let rows = listed(site, None)?;
    let row = rows
        .iter()
        .find(|row| u64::try_from(row.sequence) == Ok(sequence))
        .ok_or_else(|| ActError::usage("--number", "there is no such stop request"))?;
    let (path, owner) = receipt_place(site, &row.id);
    let doing = "opening the receipt";
    let sealed = files::read_bytes(&path, RECEIPT_BYTES_MAX).doing(doing)?;
    let key = site.keys.data_key(&owner).doing(doing)?;
    let bytes = key.open_bytes(&owner, &sealed).doing(doing)?;
    let text = String::from_utf8(bytes).doing(doing)?;
    site.runtime.block_on(site.control.deliver_receipt(&row.id)).doing("noting the receipt")?;
    Ok(StopReceipt { sequence, text })
}

/// Longest receipt, both languages.
const RECEIPT_BYTES_MAX: u64 = 1 << 20;

/// Where a receipt lies, and whose key seals it.
fn receipt_place(site: &Site, id: &str) -> (std::path::PathBuf, String) {
    let name: String = id.chars().take(16).collect();
    (site.home.join("receipts").join(format!("{name}.age")), format!("receipt/{name}"))
}

/// Keeps a sealed copy for three years (R-OPT-05) and gives its place. It names the patient by number, so it lies
/// sealed to the site's key; whoever hands it over opens it there.
fn keep_receipt(site: &Site, id: &str, receipt: &Receipt) -> Result<std::path::PathBuf, ActError> {
    site::folder(&site.home.join("receipts"))?;
    let (path, owner) = receipt_place(site, id);
    let key = match site.keys.data_key(&owner) {
        Ok(key) => key,
        Err(_) => site.keys.create_data_key(&owner).doing("making a key for the receipt")?,
    };
    let texts = [Language::Japanese, Language::English].map(|language| receipt.text(language));
    let pieces = texts.iter().map(|text| text.reveal().as_bytes());
    let sealed = key.seal_bytes(&owner, pieces).doing("sealing the receipt")?;
    files::write_atomically(&path, &sealed).doing("keeping the receipt")?;
    Ok(path)
}

/// Lists stop requests in the order they were received; patients are not shown.
///
/// # Errors
/// [`ActError::Usage`] if the provider's id is none.
pub fn stop_list(site: &Site, provider: Option<&str>) -> Result<Vec<StopRow>, ActError> {
    let provider = provider.map(provider_id).transpose()?;
    let rows = listed(site, provider.as_ref())?;
    Ok(rows
        .into_iter()
        .map(|row| StopRow {
            sequence: u64::try_from(row.sequence).unwrap_or_default(),
            provider: row.provider.to_string(),
            tracks: tracks_word(row.tracks),
            received: received_word(row.received),
            requester: row.requester,
        })
        .collect())
}

fn listed(site: &Site, provider: Option<&ProviderId>) -> Result<Vec<StopRequest>, ActError> {
    let mut rows = Vec::new();
    site.runtime
        .block_on(site.control.each_stop(provider, &mut |row| rows.push(row)))
        .doing("reading stop requests")?;
    Ok(rows)
}

/// Reads a provider's id as typed.
pub(crate) fn provider_id(text: &str) -> Result<ProviderId, ActError> {
    ProviderId::parse(text).map_err(|error| ActError::usage("--provider", error.to_string()))
}

fn tracks_word(tracks: Tracks) -> String {
    let words = Track::ALL.into_iter().filter(|track| tracks.has(*track)).map(Track::word);
    words.collect::<Vec<_>>().join("+")
}

/// A stop whose date could not be read is in force from the beginning of time.
fn received_word(received: Instant) -> String {
    if received.unix() < 0 { "unreadable, always".to_owned() } else { received.to_string() }
}
