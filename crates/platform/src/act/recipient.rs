//! What the register says of a user, and what follows of what they may have: asked alike by `grant` and `deliver`.

use sudare_consent::document::{Document, Outcome, UserType};
use sudare_ledger::commitment;
use sudare_ledger::entry::{Done, Entry, Half};
use sudare_ledger::level::{Anonymised, Pseudonymised};
use sudare_ledger::record::{Record, Verdict};
use sudare_model::time::Instant;
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
            let what = "a Type II user works where the data stay; nothing is sent (R-TYPE-01)";
            return Err(ActError::refused(Rule::RecipientNotCertified, what));
        }
        certify(&records.user, records.certificate.as_ref(), now).map_err(refused)
    }
}

fn refused(Refused { rule, user }: Refused) -> ActError {
    ActError::refused(rule, format!("user `{user}` may not have it"))
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
