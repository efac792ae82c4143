//! A grant: this user may have this dataset, because contract and review said so, until a day.
//!
//! Two pieces of evidence, each used up. An [`Approval`] says that contract and decision hold today; it is what a
//! grant is recorded by, and it is asked for again when the grant is used. A [`Grant`] says that the ledger holds a
//! grant in force for this very dataset; a delivery uses it up.

use std::fmt;
use std::marker::PhantomData;

use sudare_ledger::book::{Granted, Wanted};
use sudare_ledger::level::Released;
use sudare_ledger::record::Permission;
use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, Digest, ProjectId, Rule, UserId};

use crate::records::{ContractRecord, DecisionRecord, Refused};

/// Evidence of a contract in force and an approving decision, for one level. Made by [`approve`].
#[must_use = "an approval is for a grant"]
pub struct Approval<L: Released> {
    user: UserId,
    project: ProjectId,
    today: Day,
    until: Day,
    level: PhantomData<fn() -> L>,
}

/// Checks contract and decision of a user's project (R-SUPA-01, R-SUPA-02, R-SUPP-02). Of several decisions the
/// latest counts; on one day, a refusal does.
///
/// # Errors
/// [`Refused`] with R-SUPA-02 without a contract in force, with R-SUPA-01 without an approving decision.
pub fn approve<L: Released>(
    user: &UserId,
    project: &ProjectId,
    contracts: &[ContractRecord],
    decisions: &[DecisionRecord],
    now: Instant,
) -> Result<Approval<L>, Refused> {
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
    Ok(Approval {
        user: user.clone(),
        project: project.clone(),
        today,
        until: contract.until,
        level: PhantomData,
    })
}

impl<L: Released> Approval<L> {
    /// The last day of the contract: no grant outlasts it.
    #[must_use]
    pub const fn until(&self) -> Day {
        self.until
    }

    /// What the ledger records of a grant from today until a day, the contract's last where none is given.
    /// `decision` is a keyed digest of decision and contract.
    ///
    /// # Errors
    /// [`Refused`] with R-SUPA-02 if the contract ends before that day.
    pub fn permission(
        self,
        dataset: DatasetId,
        until: Option<Day>,
        decision: Digest,
    ) -> Result<Permission, Refused> {
        let until = until.unwrap_or(self.until);
        if until > self.until {
            return Err(Refused { rule: Rule::ContractMissing, user: self.user });
        }
        Ok(Permission {
            user: self.user,
            project: self.project,
            track: L::TRACK,
            dataset: Some(dataset),
            from: self.today,
            until,
            decision,
        })
    }

    /// The grant in force for a dataset, of those the ledger holds; of several, the last given.
    ///
    /// # Errors
    /// [`Refused`] with R-SUPA-01 if there is none, or it has not begun, has expired or was withdrawn.
    pub fn granted(self, grants: &[Granted], dataset: &DatasetId) -> Result<Grant<L>, Refused> {
        let wanted = Wanted { user: &self.user, project: &self.project, track: L::TRACK, dataset };
        match grants.iter().rev().find(|grant| grant.covers(wanted, self.today)) {
            Some(found) => Ok(Grant {
                user: self.user,
                project: self.project,
                dataset: dataset.clone(),
                from: found.permission.from,
                until: found.permission.until.min(self.until),
                entry: found.entry,
                level: PhantomData,
            }),
            None => Err(Refused { rule: Rule::DecisionMissing, user: self.user }),
        }
    }
}

impl<L: Released> fmt::Debug for Approval<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Approval<{}>({}, {})", L::NAME, self.user, self.project)
    }
}

/// Evidence of a grant in force, recorded in the ledger, for one dataset. Made by [`Approval::granted`], used up by a
/// delivery.
#[must_use = "a grant is for a delivery"]
pub struct Grant<L: Released> {
    user: UserId,
    project: ProjectId,
    dataset: DatasetId,
    from: Day,
    until: Day,
    entry: u64,
    level: PhantomData<fn() -> L>,
}

impl<L: Released> Grant<L> {
    /// The entry that recorded it: the supply names it.
    #[must_use]
    pub const fn entry(&self) -> u64 {
        self.entry
    }

    /// Its last day.
    #[must_use]
    pub const fn until(&self) -> Day {
        self.until
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

    /// Whether it still grants this dataset to this user at an instant.
    pub(crate) fn still_holds(
        &self,
        user: &UserId,
        dataset: &DatasetId,
        now: Instant,
    ) -> Result<(), Refused> {
        let today = now.day_in_japan();
        let fits = self.user == *user && self.dataset == *dataset;
        if fits && (self.from..=self.until).contains(&today) {
            return Ok(());
        }
        Err(Refused { rule: Rule::DecisionMissing, user: user.clone() })
    }
}

impl<L: Released> fmt::Debug for Grant<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant<{}>({}, {}, {})", L::NAME, self.user, self.project, self.dataset)
    }
}
