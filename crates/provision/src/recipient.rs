//! Who may receive what: the level of a dataset fixes the kind of recipient.
//!
//! [`CertifiedUser`] and [`ContractedUser`] are evidence. They have no public constructor, are made by checking a
//! record at an instant, cannot be copied, and are used up by a delivery, so that each delivery checks again.

use sudare_ledger::level::{Anonymised, Pseudonymised, Released};
use sudare_model::time::{Day, Instant};
use sudare_model::{Rule, Track};

use crate::records::{CertificateRecord, ContractRecord, Refused, UserRecord};
use crate::why::{Sought, Why};

mod sealed {
    /// Only this crate says what evidence is.
    pub trait Sealed {}
}

/// Evidence that a user may receive.
pub trait Evidence: sealed::Sealed {
    /// The user it is about.
    fn user(&self) -> &UserRecord;

    /// Asks again whether it still holds.
    ///
    /// # Errors
    /// [`Refused`] with the rule that no longer holds.
    fn still_holds(&self, now: Instant) -> Result<(), Refused>;
}

/// A level that may be delivered, and to whom.
pub trait Deliverable: Released {
    /// What must be shown to receive it.
    type Recipient: Evidence;
}

impl Deliverable for Anonymised {
    type Recipient = ContractedUser;
}

impl Deliverable for Pseudonymised {
    type Recipient = CertifiedUser;
}

/// A user whose certificate was live when asked (R-SUPP-01, Act 36).
#[derive(Debug)]
#[must_use = "evidence is for a delivery"]
pub struct CertifiedUser {
    user: UserRecord,
    certificate: CertificateRecord,
}

/// A user with a contract for anonymised information that was in force when asked (R-SUPA-02).
#[derive(Debug)]
#[must_use = "evidence is for a delivery"]
pub struct ContractedUser {
    user: UserRecord,
    contract: ContractRecord,
}

/// Checks that a user holds a live certificate.
///
/// # Errors
/// [`Refused`] with R-SUPP-01 if there is none, it is another's, not yet or no longer valid, or revoked.
pub fn certify(
    user: &UserRecord,
    certificate: Option<&CertificateRecord>,
    now: Instant,
) -> Result<CertifiedUser, Refused> {
    let held = certificate.filter(|held| held.user == user.id).ok_or_else(|| {
        let why = Why::NoCertificate(user.id.clone());
        Refused { rule: Rule::RecipientNotCertified, why }
    })?;
    let evidence = CertifiedUser { user: user.clone(), certificate: held.clone() };
    evidence.still_holds(now)?;
    Ok(evidence)
}

/// Checks that a user has a contract for anonymised information in force.
///
/// # Errors
/// [`Refused`] with R-SUPA-02 if there is none in force on the day.
pub fn contracted(
    user: &UserRecord,
    contracts: &[ContractRecord],
    now: Instant,
) -> Result<ContractedUser, Refused> {
    let today = now.day_in_japan();
    let track = Track::Anonymised;
    let own = contracts.iter().filter(|one| one.user == user.id && one.track == track);
    let why = match nearest(own, today) {
        Some(contract) if contract.is_live(today) => {
            return Ok(ContractedUser { user: user.clone(), contract: contract.clone() });
        }
        Some(contract) => not_in_force(contract, today),
        None => Why::NoContractOnTrack { user: user.id.clone(), track },
    };
    Err(Refused { rule: Rule::ContractMissing, why })
}

/// Of several contracts the one to speak of: one in force and of these the longest, else the next to begin, else the
/// last that ended.
pub(crate) fn nearest<'c>(
    contracts: impl Iterator<Item = &'c ContractRecord> + Clone,
    today: Day,
) -> Option<&'c ContractRecord> {
    let live = contracts.clone().filter(|one| one.is_live(today)).max_by_key(|one| one.until);
    let next = contracts.clone().filter(|one| today < one.from).min_by_key(|one| one.from);
    live.or(next).or_else(|| contracts.max_by_key(|one| one.until))
}

/// Why a contract that is not in force is not.
pub(crate) fn not_in_force(contract: &ContractRecord, today: Day) -> Why {
    let ContractRecord { user, project, track, .. } = contract.clone();
    Why::Contract { sought: Sought { user, project, track }, term: contract.term(), today }
}

impl sealed::Sealed for CertifiedUser {}
impl Evidence for CertifiedUser {
    fn user(&self) -> &UserRecord {
        &self.user
    }

    fn still_holds(&self, now: Instant) -> Result<(), Refused> {
        if self.certificate.is_live(now) {
            return Ok(());
        }
        Err(Refused { rule: Rule::RecipientNotCertified, why: self.certificate.why_not(now) })
    }
}

impl sealed::Sealed for ContractedUser {}
impl Evidence for ContractedUser {
    fn user(&self) -> &UserRecord {
        &self.user
    }

    fn still_holds(&self, now: Instant) -> Result<(), Refused> {
        let today = now.day_in_japan();
        if self.contract.is_live(today) {
            return Ok(());
        }
        Err(Refused { rule: Rule::ContractMissing, why: not_in_force(&self.contract, today) })
    }
}
