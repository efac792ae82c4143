//! `receive`, and `screen` with it: a provider's files come in, and refused rows never reach storage.
//!
//! In order: walk the files and name the delivery by what is new in it; begin in the ledger; read every unit, asking
//! the gate before its content is read; keep the files without the refused units (level `received`); keep the rows
//! that passed (level `cleared`), identity apart from content under a key of its own; answer the provider.
//!
//! The same files twice change nothing; a delivery that was interrupted is received again from its start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudare_consent::document::{Document, ProviderKind};
use sudare_intake::{Choice, Counts as Counted, Files as _, Sender, plan};
use sudare_ledger::level::{Cleared, Receive, Received, Screen};
use sudare_ledger::{Contents, Dataset, Parameters, record};
use sudare_model::time::Day;
use sudare_model::{DeliveryId, ProviderId, Rule, Track, Tracks};
use sudare_store::control::DeliveryRow;
use sudare_store::files::Sha256;
use sudare_store::inbox::{Inbox, Limits};
use sudare_store::keys::Purpose;

use super::{masters, register, stop};
use crate::answer::{Counts, ReceiveAnswer};
use crate::error::{ActError, At as _, Doing as _};
use crate::gate::SiteGate;
use crate::inbox::{Chosen, Opened};
use crate::progress::Progress;
use crate::reading::whole;
use crate::site::{self, Site};

mod answer;
mod arrived;
mod history;
mod keeping;
mod list;
mod quality;
mod quality_page;
mod refused;
mod screening;

use arrived::Arrived;
use keeping::{Keeping, Kept, Read};

/// Receives files from a provider.
///
/// # Errors
/// As [`receive_listing`].
pub fn receive(
    site: &mut Site,
    provider: &str,
    paths: &[PathBuf],
    progress: &dyn Progress,
) -> Result<ReceiveAnswer, ActError> {
    receive_listing(site, provider, paths, None, progress)
}

/// Receives files from a provider, and writes to `list`, where that is given, which file has which number. Files that
/// came before have the numbers they had.
///
/// # Errors
/// [`ActError::Refused`] if the provider is not in the register; [`ActError::Usage`] if a path is not there or the
/// list's place is taken; [`ActError::Failed`] if something cannot be stored. What is wrong inside files is a finding.
pub fn receive_listing(
    site: &mut Site,
    provider: &str,
    paths: &[PathBuf],
    list: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ReceiveAnswer, ActError> {
    let provider = stop::provider_id(provider)?;
    list::place_is_free(list)?;
    let walk = || Ok(Opened::new(Inbox::walk(paths, &Limits::DEFAULT).at("PATH")?));
    take_in(site, provider, walk, list, progress)
}

/// The register in force, if it has a provider.
pub(super) fn register_with(site: &Site, provider: &ProviderId) -> Result<Document, ActError> {
    let document = register::in_force(site)?;
    if document.provider(provider).is_none() {
        let what = format!("provider `{provider}` is not in the register in force");
        return Err(ActError::refused(Rule::ProviderUnknown, what));
    }
    Ok(document)
}

/// Receives what `open` gives, wherever it lies, and lists its files where that is asked.
pub(super) fn take_in(
    site: &mut Site,
    provider: ProviderId,
    open: impl FnOnce() -> Result<Opened, ActError>,
    list: Option<&Path>,
    progress: &dyn Progress,
) -> Result<ReceiveAnswer, ActError> {
    stop::heed(site)?;
    let document = register_with(site, &provider)?;
    let codes = own_codes(&document, &provider);
    let mut gate = SiteGate {
        keys: site.keys.clone(),
        register: register::gate(site, &document, &provider)?,
        at: site.clock.now(),
        disputed: std::collections::HashSet::new(),
    };
    let arrived = Arrived::sort_out(site, &provider, open()?, &mut gate, progress)?;
    whole(&arrived.files)?;
    let received = match arrived.delivery.clone() {
        None => again(site, &provider, &arrived)?,
        Some(delivery) => {
            let door = Door { site, provider, codes, delivery, arrived: &arrived, gate, progress };
            let received = door.take()?;
            // What was asked while this ran is in the ledger before anything is made of what came in.
            stop::heed(site)?;
            received
        }
    };
    let list = list::write(list, &arrived)?;
    whole(&arrived.files)?;
    Ok(ReceiveAnswer { list, ..received })
}

/// The codes that a provider's claims must name. An insurer or a municipality holds the claims of many institutions.
fn own_codes(document: &Document, provider: &ProviderId) -> Vec<String> {
    let own = |kind| !matches!(kind, ProviderKind::Insurer | ProviderKind::Municipality);
    let found = document.provider(provider).filter(|one| own(one.kind));
    found.map(|one| one.claims_codes.clone()).unwrap_or_default()
}

/// The answer to files that all came before: nothing was added, and what they brought when they came.
fn again(site: &Site, provider: &ProviderId, arrived: &Arrived) -> Result<ReceiveAnswer, ActError> {
    let mut earlier = Vec::new();
    for (delivery, files) in arrived.before() {
        let row = site.runtime.block_on(site.control.delivery(delivery));
        let row = row.doing("reading an earlier delivery")?;
        let answer = row.and_then(|row| serde_json::from_str(&row.counts_json).ok());
        earlier.push((delivery.to_string(), files, answer));
    }
    Ok(answer::nothing_new(provider, arrived.given, &arrived.files, earlier))
}

/// One delivery at the door.
struct Door<'a> {
    site: &'a Site,
    provider: ProviderId,
    /// The codes under which it claims.
    codes: Vec<String>,
    delivery: DeliveryId,
    arrived: &'a Arrived,
    gate: SiteGate,
    progress: &'a dyn Progress,
}

impl Door<'_> {
    fn files(&self) -> &Chosen {
        &self.arrived.files
    }

    /// The day the delivery was received: what the ledger says of it, so that a delivery that was interrupted is
    /// measured as it was the first time; today if it says nothing yet.
    fn received_on(&self) -> Result<Day, ActError> {
        let known = self.site.ledger.holding(&site::received_id(&self.delivery)?);
        Ok(known.map_or(self.gate.at, |holding| holding.at).day_in_japan())
    }

    /// Receives and screens the delivery, or what is left of it to do.
    fn take(&self) -> Result<ReceiveAnswer, ActError> {
        let (site, ledger) = (self.site, &self.site.ledger);
        let epoch = ledger.epoch();
        let now = self.gate.at;
        let sender = Sender { claims_codes: &self.codes };
        let mut plan = plan(self.files(), &sender, Choice::Auto);
        let mut named =
            Parameters::new().with("provider", &self.provider).doing("naming the act")?;
        let asked = plan.asks_masters().then(|| masters::in_force(site)).transpose()?;
        if let Some(of_site) = asked.flatten() {
            named = named.with("masters", of_site.digest).doing("naming the act")?;
            plan.resolve_with(&Arc::new(of_site.masters));
        }
        let received_id = site::received_id(&self.delivery)?;
        let cleared_id = site::cleared_id(&self.delivery)?;
        let before = ledger.dataset::<Received>(&received_id).ok();
        let done = ledger.dataset::<Cleared>(&cleared_id).is_ok();
        let open = match &before {
            None => {
                let scribe = ledger.scribe::<Receive>();
                let open = scribe.begin(received_id, named.clone(), now);
                Some(open.doing("beginning the delivery")?)
            }
            Some(_) => None,
        };
        let mut kept = loop {
            let keeping = Keeping::begin(site, self, &cleared_id, before.is_none(), !done)?;
            match keeping.read(&plan)? {
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
        let answer = answer::answer(self, &mut kept)?;
        // Before the ledger has the rows, so that no rows it has are ever unknown here; until it has them, what is
        // noted means nothing.
        self.note(&kept, &answer)?;
        if !done {
            self.clear(&received, cleared_id, &kept, epoch, named)?;
        }
        Ok(answer)
    }

    /// Notes the delivery and its files, so that they are known when they come again.
    fn note(&self, kept: &Kept, answer: &ReceiveAnswer) -> Result<(), ActError> {
        let site = self.site;
        let row = DeliveryRow {
            id: self.delivery.clone(),
            provider: self.provider.clone(),
            digest: site.keys.digest(Purpose::Token, self.delivery.as_str().as_bytes()),
            state: "cleared".to_owned(),
            counts_json: serde_json::to_string(answer).doing("writing the answer")?,
            datasets_json: "[]".to_owned(),
        };
        let files = self.arrived.rows(&self.delivery, &kept.unread);
        site.runtime
            .block_on(async {
                site.control.put_delivery(&row).await?;
                site.control.add_received_files(&self.provider, &files).await
            })
            .doing("noting the delivery")
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
            files: u64::from(self.files().count()),
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
    let named = |(rule, track): &(Rule, Track)| format!("{}/{}", rule.id(), track.word());
    counts.refusals.iter().map(|(one, units)| (named(one), *units)).collect()
}
