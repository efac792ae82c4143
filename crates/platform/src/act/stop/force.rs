//! Putting stop requests in force: in the control store, which the gate obeys, and in the ledger, which tells of it.
//!
//! Invariant: a request counts once, however often a process is killed between store, ledger and letterbox. It is known
//! by its id in the store; the ledger says itself how many it has recorded; a letter goes last.

use std::collections::HashSet;

use sudare_ledger::Parameters;
use sudare_ledger::book::Holding;
use sudare_ledger::level::Withdraw;
use sudare_ledger::record::{Cause, Scope, Withdrawal};
use sudare_model::{DatasetId, LevelName, ProviderId};
use sudare_store::control::{Control, StopRequest};
use tokio::runtime::Runtime;

use crate::error::{ActError, Doing as _};
use crate::site::Site;

/// Puts in force what waits in the letterbox. Every act that takes a site does so when it opens, and again before
/// anything leaves and at its own end.
pub(crate) fn heed(site: &Site) -> Result<(), ActError> {
    let letters = site.letterbox.letters().doing("reading the letterbox")?;
    if letters.is_empty() {
        return Ok(());
    }
    put_in_force(site, letters.clone())?;
    for letter in &letters {
        if letter.receipt_delivered {
            let noted = site.runtime.block_on(site.control.deliver_receipt(&letter.id));
            noted.doing("noting a receipt")?;
        }
        site.letterbox.remove(letter).doing("emptying the letterbox")?;
    }
    Ok(())
}

/// Puts stop requests in force: in the control store as what the gate obeys, then in the ledger as a withdrawal.
/// Requests that are in force already change nothing.
pub(crate) fn put_in_force(site: &Site, mut rows: Vec<StopRequest>) -> Result<(), ActError> {
    let mut known: HashSet<String> =
        listed(&site.runtime, &site.control, None)?.into_iter().map(|row| row.id).collect();
    rows.retain(|row| known.insert(row.id.clone()));
    let first = site.runtime.block_on(site.control.next_stop_sequence());
    for (sequence, row) in (first.doing("numbering a stop")?..).zip(&mut rows) {
        row.sequence = sequence;
    }
    // The store first: from here on the gate obeys, whatever happens to this process. What it then leaves unsaid in
    // the ledger is said when the site opens next.
    site.runtime.block_on(site.control.add_stops(&rows)).doing("storing stop requests")?;
    record_withdrawals(site)
}

/// Records in the ledger every stop request that is in force and not recorded yet: those after the first so many, by
/// the ledger's own count.
pub(crate) fn record_withdrawals(site: &Site) -> Result<(), ActError> {
    let rows = listed(&site.runtime, &site.control, None)?;
    let recorded = usize::try_from(site.ledger.stop_requests()).doing("counting stop requests")?;
    let new = rows.get(recorded..).unwrap_or_default();
    if new.is_empty() {
        return Ok(());
    }
    let now = site.clock.now();
    let scribe = site.ledger.scribe::<Withdraw>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning a withdrawal")?;
    let said: Vec<u8> = new.iter().flat_map(|row| row.id.bytes()).collect();
    let record = Withdrawal {
        cause: Cause::StopRequest,
        scope: Scope::Persons,
        datasets: first_linked(site),
        requests: new.len() as u64,
        commitment: site.commitment(&said),
    };
    scribe.complete(open, record, now).doing("recording a withdrawal").map(drop)
}

/// The linked datasets that carry on no other. Every release was made from one of these, at some distance, so naming
/// them makes every earlier release stale, and their number does not grow with every link.
fn first_linked(site: &Site) -> Vec<DatasetId> {
    let book = site.ledger.book();
    let carries_on = |one: &Holding| {
        let first = one.inputs.first().and_then(|input| book.holding(input));
        first.is_some_and(|input| input.level == LevelName::Linked)
    };
    let linked = book.holdings(LevelName::Linked).filter(|one| !carries_on(one));
    linked.map(|one| one.dataset.clone()).collect()
}

/// The stop requests in the store, by number.
pub(super) fn listed(
    runtime: &Runtime,
    control: &Control,
    provider: Option<&ProviderId>,
) -> Result<Vec<StopRequest>, ActError> {
    let mut rows = Vec::new();
    runtime
        .block_on(control.each_stop(provider, &mut |row| rows.push(row)))
        .doing("reading stop requests")?;
    Ok(rows)
}
