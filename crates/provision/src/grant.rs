//! A grant: this user may have datasets of this level for this project, by contract and decision.

use std::fmt;
use std::marker::PhantomData;

use sudare_ledger::level::Released;
use sudare_ledger::record::Permission;
use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, Digest, ProjectId, Rule, UserId};

use crate::records::{ContractRecord, DecisionRecord, Refused};

/// Evidence of a contract in force and an approving decision, for one level. Made by [`grant`], used up by a
/// delivery.
#[must_use = "a grant is for a delivery"]
pub struct Grant<L: Released> {
    user: UserId,
    project: ProjectId,
    from: Day,
    until: Day,
    entry: Option<u64>,
    level: PhantomData<fn() -> L>,
}

/// Checks contract and decision of a user's project (R-SUPA-01, R-SUPA-02, R-SUPP-02). Of several decisions the
/// latest counts; on one day, a refusal does.
///
/// # Errors
/// [`Refused`] with R-SUPA-02 without a contract in force, with R-SUPA-01 without an approving decision.
pub fn grant<L: Released>(
    user: &UserId,
    project: &ProjectId,
    contracts: &[ContractRecord],
    decisions: &[DecisionRecord],
    now: Instant,
) -> Result<Grant<L>, Refused> {
    let today = now.day_in_japan();
    let refused = |rule| Refused { rule, user: user.clone() };
    let contract = contracts
        .iter()
        .filter(|one| one.user == *user && one.project == *project && one.track == L::TRACK)
        .filter(|one| one.is_live(today))
        .max_by_key(|one| one.until)
        .ok_or_else(|| refused(Rule::ContractMissing))?;
    decisions
        .iter()
        .filter(|one| one.user == *user && one.project == *project && one.track == L::TRACK)
        .filter(|one| one.date <= today)
        .max_by_key(|one| (one.date, !one.approved))
        .filter(|one| one.approved)
        .ok_or_else(|| refused(Rule::DecisionMissing))?;
    Ok(Grant {
        user: user.clone(),
        project: project.clone(),
        from: contract.from,
        until: contract.until,
        entry: None,
        level: PhantomData,
    })
}

impl<L: Released> Grant<L> {
    /// What the ledger records of it, for the `grant` act. `decision` is a keyed digest of decision and contract.
    #[must_use]
    pub fn permission(&self, dataset: Option<DatasetId>, decision: Digest) -> Permission {
        Permission {
            user: self.user.clone(),
            project: self.project.clone(),
            track: L::TRACK,
            dataset,
            from: self.from,
            until: self.until,
            decision,
        }
    }

    /// The same grant, recorded in the ledger at this entry: the supply will name it.
    pub fn recorded(mut self, entry: u64) -> Self {
        self.entry = Some(entry);
        self
    }

    /// The entry that recorded it.
    #[must_use]
    pub const fn entry(&self) -> Option<u64> {
        self.entry
    }

    /// The project it is for.
    #[must_use]
    pub const fn project(&self) -> &ProjectId {
        &self.project
    }

    /// The user it is for.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    pub(crate) fn still_holds(&self, now: Instant) -> Result<(), Refused> {
        let today = now.day_in_japan();
        if self.from <= today && today <= self.until {
            return Ok(());
        }
        Err(Refused { rule: Rule::ContractMissing, user: self.user.clone() })
    }
}

impl<L: Released> fmt::Debug for Grant<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant<{}>({}, {})", L::NAME, self.user, self.project)
    }
}
