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

use crate::recipient::{nearest, not_in_force};
use crate::records::{ContractRecord, DecisionRecord, Refused};
use crate::why::{Sought, Term, Why};

/// Evidence of a contract in force and an approving decision, for one level. Made by [`approve`].
#[must_use = "an approval is for a grant"]
pub struct Approval<L: Released> {
    sought: Sought,
    today: Day,
    /// The contract's.
    term: Term,
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
    let sought = || Sought { user: user.clone(), project: project.clone(), track: L::TRACK };
    let own = contracts.iter().filter(|one| one.user == *user && one.track == L::TRACK);
    let contract = nearest(own.clone().filter(|one| one.project == *project), today);
    let no = |why| Refused { rule: Rule::ContractMissing, why };
    let contract = contract.ok_or_else(|| {
        let others = own.filter(|one| one.is_live(today)).map(|one| one.project.clone()).collect();
        no(Why::NoContract { sought: sought(), others })
    })?;
    if !contract.is_live(today) {
        return Err(no(not_in_force(contract, today)));
    }
    let own = decisions
        .iter()
        .filter(|one| one.user == *user && one.project == *project && one.track == L::TRACK);
    let taken = own.clone().filter(|one| one.date <= today);
    let why = match taken.clone().max_by_key(|one| (one.date, !one.approved)) {
        Some(latest) if latest.approved => {
            return Ok(Approval {
                sought: sought(),
                today,
                term: contract.term(),
                level: PhantomData,
            });
        }
        Some(latest) => {
            let instead = taken.filter(|one| one.approved).map(|one| one.date).max();
            Why::Declined { sought: sought(), date: latest.date, outcome: latest.outcome, instead }
        }
        None => match own.map(|one| one.date).min() {
            Some(date) => Why::DecisionToCome { sought: sought(), date },
            None => Why::NoDecision { sought: sought(), contract: contract.until },
        },
    };
    Err(Refused { rule: Rule::DecisionMissing, why })
}

impl<L: Released> Approval<L> {
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
        let Self { sought, today, term, .. } = self;
        let until = until.unwrap_or(term.until);
        if until > term.until {
            let why = Why::ContractTooShort { sought, term };
            return Err(Refused { rule: Rule::ContractMissing, why });
        }
        Ok(Permission {
            user: sought.user,
            project: sought.project,
            track: L::TRACK,
            dataset: Some(dataset),
            from: today,
            until,
            decision,
        })
    }

    /// The grant in force for a dataset, of those the ledger holds; of several, the last given.
    ///
    /// # Errors
    /// [`Refused`] with R-SUPA-01 if there is none, or it has not begun, has expired or was withdrawn.
    pub fn granted(self, grants: &[Granted], dataset: &DatasetId) -> Result<Grant<L>, Refused> {
        let Self { sought, today, term, .. } = self;
        let Sought { user, project, .. } = &sought;
        let wanted = Wanted { user, project, track: L::TRACK, dataset };
        let Some(found) = grants.iter().rev().find(|grant| grant.covers(wanted, today)) else {
            let why = no_grant(grants, wanted, today);
            return Err(Refused { rule: Rule::DecisionMissing, why });
        };
        Ok(Grant {
            from: found.permission.from,
            until: found.permission.until.min(term.until),
            user: sought.user,
            project: sought.project,
            dataset: dataset.clone(),
            entry: found.entry,
            level: PhantomData,
        })
    }
}

/// Why no grant covers what is wanted: what became of the last that was for it.
fn no_grant(grants: &[Granted], wanted: Wanted<'_>, today: Day) -> Why {
    match grants.iter().rev().find(|grant| grant.is_for(wanted)) {
        None => Why::NoGrant { dataset: wanted.dataset.clone(), user: wanted.user.clone() },
        Some(Granted { entry, withdrawn: Some(by), .. }) => {
            Why::GrantWithdrawn { entry: *entry, by: *by }
        }
        Some(Granted { entry, permission, .. }) => {
            let term = Term { from: permission.from, until: permission.until };
            Why::Grant { entry: *entry, term, today }
        }
    }
}

impl<L: Released> fmt::Debug for Approval<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Approval<{}>({})", L::NAME, self.sought)
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
        let (entry, term) = (self.entry, Term { from: self.from, until: self.until });
        let why = if self.user != *user || self.dataset != *dataset {
            Why::GrantOther { entry, user: user.clone(), dataset: dataset.clone() }
        } else if (self.from..=self.until).contains(&today) {
            return Ok(());
        } else {
            Why::Grant { entry, term, today }
        };
        Err(Refused { rule: Rule::DecisionMissing, why })
    }
}

impl<L: Released> fmt::Debug for Grant<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant<{}>({}, {}, {})", L::NAME, self.user, self.project, self.dataset)
    }
}
