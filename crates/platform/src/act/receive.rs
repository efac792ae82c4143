//! `receive`, and `screen` with it: a provider's files come in, and refused rows never reach storage.
//!
//! In order: walk the files and name the delivery by what is new in it; begin in the ledger; read every unit, asking
//! the gate before its content is read; keep the files without the refused units (level `received`); keep the rows
//! that passed (level `cleared`), identity apart from content under a key of its own; answer the provider.
//!
//! The same files twice change nothing; a delivery that was interrupted is received again from its start.

use std::path::PathBuf;

use rayon::prelude::*;
use sudare_consent::ProviderGate;
use sudare_intake::{Choice, Counts as Counted, Files as _, plan};
use sudare_ledger::level::{Cleared, Receive, Received, Screen};
use sudare_ledger::{Contents, Dataset, Parameters, record};
use sudare_model::{DeliveryId, Digest, ProviderId, Rule, Tracks};
use sudare_store::control::DeliveryRow;
use sudare_store::files::Sha256;
use sudare_store::inbox::{EntryKind, Inbox, Limits};
use sudare_store::keys::Purpose;

use super::{register, stop};
use crate::answer::{Counts, ReceiveAnswer};
use crate::error::{ActError, Doing as _};
use crate::gate::SiteGate;
use crate::inbox::Delivered;
use crate::progress::{Progress, Unit};
use crate::site::{self, Site};

mod answer;
mod keeping;

use keeping::{Keeping, Kept, Read};

/// Receives files from a provider.
///
/// # Errors
/// [`ActError::Refused`] if the provider is not in the register; [`ActError::Usage`] if a path is not there;
/// [`ActError::Failed`] if something cannot be stored. What is wrong inside files is a finding.
pub fn receive(
    site: &mut Site,
    provider: &str,
    paths: &[PathBuf],
    progress: &dyn Progress,
) -> Result<ReceiveAnswer, ActError> {
    let provider = stop::provider_id(provider)?;
    stop::heed(site)?;
    let document = register::in_force(site)?;
    if document.provider(&provider).is_none() {
        let what = format!("provider `{provider}` is not in the register in force");
        return Err(ActError::refused(Rule::ProviderUnknown, what));
    }
    let gate = register::gate(site, &document, &provider)?;
    let inbox = Inbox::walk(paths, &Limits::DEFAULT)
        .map_err(|error| ActError::usage("PATH", error.to_string()))?;
    let given = inbox.entries().len() as u64;
    let new = NewFiles::find(site, &provider, inbox, progress)?;
    let Some(delivery) = new.delivery.clone() else {
        return again(site, &provider, &new, given);
    };
    let door = Door { site, provider, delivery, files: &new.files, progress };
    let received = door.take(gate, given)?;
    new.mark(site, &door, &received)?;
    // What was asked while this ran is in the ledger before anything is made of what came in.
    stop::heed(site)?;
    Ok(received)
}

/// The answer to files that all came before: that of their delivery, if they are of one.
fn again(
    site: &Site,
    provider: &ProviderId,
    new: &NewFiles,
    given: u64,
) -> Result<ReceiveAnswer, ActError> {
    let deliveries = site.runtime.block_on(async {
        let Some(one) = new.known.first() else { return Ok(None) };
        let Some(delivery) = site.control.delivery_of_file(provider, one).await? else {
            return Ok(None);
        };
        site.control.delivery(&delivery).await
    });
    let row = deliveries.doing("reading an earlier delivery")?;
    let answer = row.and_then(|row| serde_json::from_str::<ReceiveAnswer>(&row.counts_json).ok());
    Ok(answer.filter(|answer| answer.files.get("given") == Some(&given)).map_or_else(
        || answer::nothing_new(provider, given, &new.files),
        |answer| ReceiveAnswer { unchanged: true, ..answer },
    ))
}

/// The files of a walk that have not been received from this provider before.
struct NewFiles {
    files: Delivered,
    /// Named by what the new files hold; absent if there is none.
    delivery: Option<DeliveryId>,
    /// Keyed digests of provider, path and content of each new file.
    tokens: Vec<Digest>,
    /// The same of files that were received before.
    known: Vec<Digest>,
}

impl NewFiles {
    fn find(
        site: &Site,
        provider: &ProviderId,
        inbox: Inbox,
        progress: &dyn Progress,
    ) -> Result<Self, ActError> {
        let entries = inbox.entries();
        let bytes = entries.iter().map(sudare_store::inbox::Entry::length).sum();
        progress.begin("comparing", Some(bytes), Unit::Bytes);
        let tokens: Vec<Option<Digest>> = (0..entries.len())
            .into_par_iter()
            .map(|at| {
                let entry = entries.get(at).filter(|entry| entry.kind() == EntryKind::File)?;
                let steady = inbox.open(u32::try_from(at).ok()?);
                let content = steady.ok().and_then(|mut steady| digest_of(&mut steady));
                progress.advance(entry.length());
                // Where the provider's folder lies is not part of what was sent.
                let mut said = format!("{provider}\0{}\0", place_in(entry.name())).into_bytes();
                match content {
                    Some(content) => said.extend(content.as_bytes()),
                    // A file that cannot be read now: reading it gives the finding.
                    None => said.extend(entry.length().to_be_bytes()),
                }
                Some(site.keys.digest(Purpose::Token, &said))
            })
            .collect();
        progress.end();
        let known = site.runtime.block_on(site.control.received_files(provider));
        let known = known.doing("reading what was received before")?;
        let is_new = |at: usize| {
            tokens.get(at).copied().flatten().is_some_and(|token| !known.contains(&token))
        };
        let mut new: Vec<Digest> = Vec::new();
        let before = tokens.iter().flatten().filter(|token| known.contains(token)).copied();
        let before: Vec<Digest> = before.collect();
        let mut any = false;
        let mut whole = Sha256::new();
        for token in tokens.iter().flatten().filter(|token| !known.contains(token)) {
            any = true;
            whole.update(token.as_bytes());
            new.push(*token);
        }
        let name: String = whole.finish().to_string().chars().take(24).collect();
        let delivery = DeliveryId::parse(&name).doing("naming the delivery")?;
        let wanted = |at: u32| usize::try_from(at).is_ok_and(is_new);
        Ok(Self {
            files: Delivered::new(inbox, &wanted),
            delivery: any.then_some(delivery),
            tokens: new,
            known: before,
        })
    }

    /// Notes the delivery, so that its files are known when they come again.
    fn mark(&self, site: &Site, door: &Door<'_>, received: &ReceiveAnswer) -> Result<(), ActError> {
        let row = DeliveryRow {
            id: door.delivery.clone(),
            provider: door.provider.clone(),
            digest: site.keys.digest(Purpose::Token, door.delivery.as_str().as_bytes()),
            state: "cleared".to_owned(),
            counts_json: serde_json::to_string(received).doing("writing the answer")?,
            datasets_json: "[]".to_owned(),
        };
        site.runtime
            .block_on(async {
                site.control.put_delivery(&row).await?;
                site.control.add_received_files(&door.provider, &door.delivery, &self.tokens).await
            })
            .doing("noting the delivery")
    }
}

/// The path below the folder that was given; the name of a file that was given itself.
fn place_in(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    text.split_once('/').map_or_else(|| text.to_string(), |(_folder, rest)| rest.to_owned())
}

fn digest_of(source: &mut dyn std::io::Read) -> Option<Digest> {
    let mut hash = Sha256::new();
    let mut piece = vec![0u8; 1 << 16];
    loop {
        match source.read(&mut piece).ok()? {
            0 => return Some(hash.finish()),
            read => hash.update(piece.get(..read)?),
        }
    }
}

/// One delivery at the door.
struct Door<'a> {
    site: &'a Site,
    provider: ProviderId,
    delivery: DeliveryId,
    files: &'a Delivered,
    progress: &'a dyn Progress,
}

impl Door<'_> {
    /// Receives and screens the delivery, or what is left of it to do.
    fn take(&self, register: ProviderGate, given: u64) -> Result<ReceiveAnswer, ActError> {
        let (site, ledger) = (self.site, &self.site.ledger);
        let epoch = ledger.epoch();
        let now = site.clock.now();
        let mut plan = plan(self.files, &self.provider, Choice::Auto);
        let received_id = site::received_id(&self.delivery)?;
        let cleared_id = site::cleared_id(&self.delivery)?;
        let before = ledger.dataset::<Received>(&received_id).ok();
        let done = ledger.dataset::<Cleared>(&cleared_id).is_ok();
        let named = Parameters::new().with("provider", &self.provider).doing("naming the act")?;
        let open = match &before {
            None => {
                let scribe = ledger.scribe::<Receive>();
                let open = scribe.begin(received_id, named.clone(), now);
                Some(open.doing("beginning the delivery")?)
            }
            Some(_) => None,
        };
        let gate = SiteGate { keys: site.keys.clone(), register, at: now };
        let kept = loop {
            let keeping = Keeping::begin(site, self, &cleared_id, before.is_none(), !done)?;
            match keeping.read(&plan, &gate)? {
                Read::Kept(kept) => break kept,
                Read::Torn(torn) => plan.set_aside(&torn),
            }
        };
        let received = match (before, open) {
            (Some(before), _) => before,
            (None, Some(open)) => {
                let record = self.intake(epoch, &kept.counts);
                let contents = kept.received_contents(site, &self.delivery)?;
                let scribe = ledger.scribe::<Receive>();
                scribe.promote(open, contents, record, now).doing("recording the delivery")?
            }
            (None, None) => return Err(ActError::usage("receive", "nothing was begun")),
        };
        if !done {
            self.clear(&received, cleared_id, &kept, epoch, named)?;
        }
        answer::answer(self, &kept, given)
    }

    /// Records that the rows kept are those that passed the intake predicate.
    fn clear(
        &self,
        received: &Dataset<Received>,
        cleared_id: sudare_model::DatasetId,
        kept: &Kept,
        epoch: u64,
        named: Parameters,
    ) -> Result<(), ActError> {
        let now = self.site.clock.now();
        let scribe = self.site.ledger.scribe::<Screen>();
        let open = scribe.begin(received, cleared_id, named, now).doing("beginning the screen")?;
        let withheld: u64 = kept.counts.withheld.values().sum();
        let rows: u64 = kept.rows.values().sum();
        let record = record::Standing {
            epoch,
            rules: Sha256::of(format!("{:?}", register::rules(self.site)?).as_bytes()),
            rows_in: rows + withheld,
            rows_out: rows,
            refused: by_rule(&kept.counts),
        };
        let contents =
            Contents { manifest: kept.manifest, rows: kept.rows.clone(), tracks: Tracks::BOTH };
        scribe.promote(open, contents, record, now).doing("recording the screen")?;
        Ok(())
    }

    fn intake(&self, epoch: u64, counts: &Counted) -> record::Intake {
        let mut findings = Counts::new();
        for (code, count) in answer::findings(self, counts) {
            *findings.entry(code.severity.word().to_owned()).or_default() += count;
        }
        record::Intake {
            epoch,
            delivery: self.delivery.clone(),
            provider: self.provider.clone(),
            files: u64::from(self.files.count()),
            bytes: counts.bytes,
            findings,
            refused: by_rule(counts),
            units: Some(Counts::from([
                ("read".to_owned(), counts.units),
                ("refused".to_owned(), counts.refused),
            ])),
        }
    }
}

/// Patient units by the rule that refused them any item and the track it refused them for, as `R-NOT-02/anonymised`.
fn by_rule(counts: &Counted) -> Counts {
    let mut by_rule = Counts::new();
    for (refusal, count) in &counts.refusals {
        let slot =
            by_rule.entry(format!("{}/{}", refusal.rule.id(), refusal.track.word())).or_default();
        *slot = (*slot).max(*count);
    }
    by_rule
}
