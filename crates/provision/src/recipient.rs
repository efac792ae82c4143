//! Who may receive what: the level of a dataset fixes the kind of recipient.
//!
//! [`CertifiedUser`] and [`ContractedUser`] are evidence. They have no public constructor, are made by checking a
//! record at an instant, cannot be copied, and are used up by a delivery, so that each delivery checks again.

use sudare_ledger::level::{Anonymised, Pseudonymised, Released};
use sudare_model::time::Instant;
use sudare_model::{Rule, Track};

use crate::records::{CertificateRecord, ContractRecord, Refused, UserRecord};

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
    let refused = || Refused { rule: Rule::RecipientNotCertified, user: user.id.clone() };
    let held = certificate.filter(|held| held.user == user.id).ok_or_else(refused)?;
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
    let fits = |one: &&ContractRecord| {
        one.user == user.id && one.track == Track::Anonymised && one.is_live(today)
    };
    let found = contracts.iter().find(fits);
    let refused = || Refused { rule: Rule::ContractMissing, user: user.id.clone() };
    let contract = found.ok_or_else(refused)?.clone();
    Ok(ContractedUser { user: user.clone(), contract })
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
        Err(Refused { rule: Rule::RecipientNotCertified, user: self.user.id.clone() })
    }
}

impl sealed::Sealed for ContractedUser {}
impl Evidence for ContractedUser {
    fn user(&self) -> &UserRecord {
        &self.user
    }

    fn still_holds(&self, now: Instant) -> Result<(), Refused> {
        if self.contract.is_live(now.day_in_japan()) {
            return Ok(());
        }
        Err(Refused { rule: Rule::ContractMissing, user: self.user.id.clone() })
    }
}
