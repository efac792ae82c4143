//! What the register says of a user, and what follows of what they may have: asked alike by `grant` and `deliver`.

use sudare_consent::document::{Document, Outcome, UserType};
use sudare_ledger::commitment;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Anonymised, Pseudonymised};
use sudare_ledger::record::{Record, Verdict};
use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, Digest, ProjectId, Rule, Track, UserId};
use sudare_provision::{
    Approval, CertificateRecord, ContractRecord, DecisionRecord, Deliverable, Refused, UserRecord,
    approve, certify, contracted,
};

use super::build::released;
use crate::error::{ActError, At as _, Doing as _};
use crate::site::Site;

/// What the register says of a user.
pub(super) struct Records {
    pub(super) user: UserRecord,
    certificate: Option<CertificateRecord>,
    /// Whether the certificate is of Type II: analysis in the producer's environment.
    visits: bool,
    contracts: Vec<ContractRecord>,
    decisions: Vec<DecisionRecord>,
}

impl Records {
    pub(super) fn of(document: &Document, id: &UserId) -> Result<Self, ActError> {
        let user = document.user(id).ok_or_else(|| {
            ActError::usage("--to", format!("the register in force has no user `{id}`"))
        })?;
        let contracts = document.contracts().iter().map(|one| ContractRecord {
            user: one.user.clone(),
            project: one.project.clone(),
            track: one.track,
            from: one.from,
            until: one.until,
        });
        let decisions = document.decisions().iter().map(|one| DecisionRecord {
            user: one.user.clone(),
            project: one.project.clone(),
            track: one.track,
            date: one.date,
            approved: one.outcome == Outcome::Approved,
            outcome: one.outcome.word(),
        });
        Ok(Self {
            user: UserRecord {
                id: id.clone(),
                name: user.party.name.clone(),
                address: user.party.address.clone(),
                recipient: user.recipient.clone(),
            },
            certificate: user.certificate.as_ref().map(|one| CertificateRecord {
                user: id.clone(),
                from: one.from,
                until: one.until,
                revoked: None,
            }),
            visits: user.certificate.as_ref().is_some_and(|one| one.kind == UserType::Two),
            contracts: contracts.collect(),
            decisions: decisions.collect(),
        })
    }

    /// Whether contract and review let the user have what was made for a project, now.
    pub(super) fn approve<L: Deliverable>(
        &self,
        project: &ProjectId,
        now: Instant,
    ) -> Result<Approval<L>, ActError> {
        approve::<L>(&self.user.id, project, &self.contracts, &self.decisions, now).map_err(refused)
    }

    /// A keyed digest of every contract and decision that stood when something was granted.
    pub(super) fn decision(&self, site: &Site) -> Digest {
        let said = format!("{:?}{:?}", self.contracts, self.decisions);
        site.commitment(commitment(&[0], said.as_bytes()).as_bytes())
    }
}

/// A level that may be handed over, and the check of who receives it.
pub(super) trait Receivable: Deliverable {
    /// Evidence that a user may receive it, now.
    fn recipient(records: &Records, now: Instant) -> Result<Self::Recipient, ActError>;
}

impl Receivable for Anonymised {
    fn recipient(records: &Records, now: Instant) -> Result<Self::Recipient, ActError> {
        contracted(&records.user, &records.contracts, now).map_err(refused)
    }
}

impl Receivable for Pseudonymised {
    fn recipient(records: &Records, now: Instant) -> Result<Self::Recipient, ActError> {
        if records.visits {
            let what = format!(
                "`{}` is certified as Type II: it works where the data stay, and nothing is sent (R-TYPE-01)",
                records.user.id
            );
            return Err(ActError::refused(Rule::RecipientNotCertified, what));
        }
        certify(&records.user, records.certificate.as_ref(), now).map_err(refused)
    }
}

pub(super) fn refused(Refused { rule, why }: Refused) -> ActError {
    ActError::refused(rule, why.to_string())
}

/// The day of an entry.
pub(super) fn day_of(site: &Site, entry: u64) -> Result<Day, ActError> {
    let doing = "reading when an entry was written";
    let entry = site.ledger.entry(entry).doing(doing)?;
    Ok(Entry::decode(&entry).doing(doing)?.at.day_in_japan())
}

/// What a withdrawal has touched since it was made goes to nobody.
pub(super) fn not_stale(site: &Site, dataset: &DatasetId) -> Result<(), ActError> {
    match site.ledger.book().stale_since(dataset) {
        Some(by) => Err(withdrawn_since(site, dataset, by)?),
        None => Ok(()),
    }
}

/// The refusal of a dataset that the withdrawal of an entry touches.
pub(super) fn withdrawn_since(
    site: &Site,
    dataset: &DatasetId,
    by: u64,
) -> Result<ActError, ActError> {
    let made = site.ledger.holding(dataset).map_or(0, |one| one.entry);
    let what = format!(
        "`{dataset}` was made on {} (entry {made}), and stop requests came into force on {} (entry {by}); build it \
         anew under a new id",
        day_of(site, made)?,
        day_of(site, by)?,
    );
    Ok(ActError::refused(Rule::WithdrawnSince, what))
}

/// The project a dataset was made for, as the entry that made it says.
pub(super) fn project_of(site: &Site, dataset: &DatasetId) -> Result<ProjectId, ActError> {
    let doing = "reading how the dataset was made";
    let holding = site.ledger.holding(dataset);
    let entry = holding.map(|one| site.ledger.entry(one.entry)).transpose().doing(doing)?;
    let entry = Entry::decode(&entry.unwrap_or_default()).doing(doing)?;
    match entry.half {
        Half::Done(Done {
            record: Record::Verdict(Verdict { project: Some(project), .. }),
            ..
        }) => Ok(project),
        _ => Err(ActError::usage("--dataset", "was made for no project")),
    }
}

/// Reads a user's id as typed.
pub(super) fn user_id(text: &str) -> Result<UserId, ActError> {
    UserId::parse(text).at("--to")
}

/// Reads the id of a released dataset as typed, and gives its track.
pub(super) fn released_dataset(site: &Site, text: &str) -> Result<(DatasetId, Track), ActError> {
    let id = DatasetId::parse(text).at("--dataset")?;
    let track = released(site, &id)
        .ok_or_else(|| ActError::usage("--dataset", format!("no dataset `{id}` has been built")))?;
    Ok((id, track))
}
