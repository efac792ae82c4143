//! What a certificate claims, held against the ledger entry that made the dataset.
//!
//! The certificate and the ledger are signed by two keys. Whoever holds the one for certificates alone cannot make a
//! dataset look made otherwise than the ledger says: every figure that stands in both must be the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_deident::certificate::LedgerPlace;
use sudare_deident::verify::LedgerClaim;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::proof::verify_inclusion;
use sudare_ledger::record::{Record, Verdict};
use sudare_ledger::{Proof, Verifier};
use sudare_model::{Digest, LevelName, Rule};

/// Whether the ledger holds the act that made this release: the entry is under a checkpoint that a key signed, and
/// says the same of this dataset as the certificate.
pub(super) fn in_ledger(claim: &LedgerClaim<'_>, keys: &[Verifier]) -> Result<(), String> {
    let place = claim.place;
    let verifier = keys
        .iter()
        .find(|key| key.name() == place.origin)
        .ok_or_else(|| format!("no key is trusted for the log `{}`", place.origin))?;
    let bytes = STANDARD.decode(&place.entry).map_err(|_| "its entry is no base64".to_owned())?;
    let proof = proof(place).ok_or_else(|| "its proof does not read".to_owned())?;
    verify_inclusion(&bytes, &proof, verifier).map_err(|error| error.to_string())?;
    let entry = Entry::decode(&bytes).map_err(|error| error.to_string())?;
    let Half::Done(done) = &entry.half else {
        return Err("the entry is not that of an act done".to_owned());
    };
    let level = entry.act.makes().map(LevelName::word);
    same("level", claim.track.word(), level.unwrap_or("none"))?;
    says_the_same(claim, done)
}

fn says_the_same(claim: &LedgerClaim<'_>, done: &Done) -> Result<(), String> {
    let made = done.made.as_ref().ok_or_else(|| "the entry made no dataset".to_owned())?;
    let Record::Verdict(verdict) = &done.record else {
        return Err("the entry is not that of a dataset assessed".to_owned());
    };
    same("dataset", claim.dataset.as_str(), made.dataset.as_str())?;
    same("digest of the files", &claim.outputs, &made.contents.manifest)?;
    for (table, rows) in claim.rows {
        let said = made.contents.rows.get(table).copied().unwrap_or_default();
        same(&format!("number of rows of `{table}`"), rows, &said)?;
    }
    same("number of tables", &claim.rows.len(), &made.contents.rows.len())?;
    as_assessed(claim, verdict)
}

fn as_assessed(claim: &LedgerClaim<'_>, verdict: &Verdict) -> Result<(), String> {
    let project = verdict.project.as_ref().map_or("none", |project| project.as_str());
    same("project", claim.project, project)?;
    same("specification", &claim.specification, &verdict.policy)?;
    same("register epoch", &claim.epoch, &verdict.epoch)?;
    same("track", claim.track.word(), verdict.track.word())?;
    // Persons are suppressed to reach k here, and to keep it together with earlier releases; `removed` counts more.
    let by = |rule: Rule| verdict.removed.get(rule.id()).copied().unwrap_or_default();
    let removed = by(Rule::RiskTooHigh).saturating_add(by(Rule::EarlierReleases));
    same("number of persons suppressed", &claim.suppressed, &removed)?;
    let counted = |k: Option<u64>| k.map_or_else(|| "none".to_owned(), |k| k.to_string());
    same("k", &counted(claim.k), &counted(verdict.k))
}

/// Names what differs. Nothing that stands in an entry or in a certificate is personal.
fn same<T: PartialEq + std::fmt::Display + ?Sized>(
    what: &str,
    certificate: &T,
    entry: &T,
) -> Result<(), String> {
    if certificate == entry {
        return Ok(());
    }
    Err(format!("of the {what} the certificate says {certificate} and the entry {entry}"))
}

fn proof(place: &LedgerPlace) -> Option<Proof> {
    let hash = |text: &String| {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Digest::from_bytes(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
    };
    Some(Proof {
        index: place.index,
        size: place.tree_size,
        hashes: place.proof.iter().map(hash).collect::<Option<_>>()?,
        checkpoint: place.checkpoint.clone(),
    })
}
