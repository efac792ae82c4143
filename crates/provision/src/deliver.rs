//! Handing a dataset over: the rules asked again, the package made, the statutory entry written, in this order.

use std::io::Write;

use sudare_ledger::book::Unlawful;
use sudare_ledger::level::Deliver;
use sudare_ledger::record::Supply;
use sudare_ledger::{Dataset, Parameters, Reason, Scribe, WriteError, commitment};
use sudare_model::time::Instant;
use sudare_model::{DataItem, Digest, Rule};

use crate::grant::Grant;
use crate::package::{self, PackageError, PackageFile, Packed};
use crate::recipient::{Deliverable, Evidence};
use crate::records::{Refused, UserRecord};

/// What is handed over and how it is recorded.
pub struct Handover<'f> {
    /// The files of the release.
    pub files: Vec<PackageFile<'f>>,
    /// The items supplied (R-LEDGER-01).
    pub items: Vec<DataItem>,
    /// The site's salt for the keyed digests that stand for the recipient's name and address, and for its key.
    pub salt: &'f [u8],
    /// Asked when the package is made and before the supply is recorded: whether anything came in meanwhile that
    /// forbids it. What it records as a withdrawal the ledger heeds.
    pub last_look: &'f dyn Fn() -> std::io::Result<()>,
}

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A rule refuses.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The ledger refuses or cannot be written.
    #[error(transparent)]
    Ledger(#[from] WriteError),
    /// The package cannot be made.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// What came in meanwhile could not be read.
    #[error("what came in meanwhile could not be read")]
    LastLook(#[source] std::io::Error),
}

impl DeliverError {
    /// The rule that refuses, where one does rather than a machine.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Refused(refused) => Some(refused.rule),
            Self::Ledger(WriteError::Unlawful(
                Unlawful::Stale { .. } | Unlawful::Withdrawn { .. },
            )) => Some(Rule::WithdrawnSince),
            Self::Ledger(WriteError::Unlawful(Unlawful::Grant(_))) => Some(Rule::DecisionMissing),
            Self::Ledger(_) | Self::Package(_) | Self::LastLook(_) => None,
        }
    }
}

/// The parameter of a delivery that says for which key its package is made: [`made_for`].
pub const KEY: &str = "key";

/// The keyed digest that stands for the key a package is made for.
#[must_use]
pub fn made_for(salt: &[u8], user: &UserRecord) -> Digest {
    commitment(salt, user.recipient.as_bytes())
}

/// A delivery on record. The package may leave now, and not before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The entry of the supply.
    pub entry: u64,
    /// The package.
    pub packed: Packed,
}

/// Delivers a dataset: evidence and grant are used up. The package is written to `out`, a place of the producer's;
/// it may be handed over once this returns, for the entry is durable then. After a failure, destroy what `out` holds.
///
/// # Errors
/// [`DeliverError::Refused`] if the certificate, the contract or the grant does not hold at `now`, or the grant is
/// another user's or for another dataset; [`DeliverError::Ledger`] if a withdrawal touches the dataset or the entry
/// cannot be written; [`DeliverError::Package`] if the package cannot be made, in which case the act is abandoned on
/// record.
#[expect(clippy::needless_pass_by_value, reason = "evidence and grant are used up by a delivery")]
pub fn deliver<L: Deliverable, W: Write>(
    to: L::Recipient,
    what: &Dataset<L>,
    grant: Grant<L>,
    handover: Handover<'_>,
    pen: &Scribe<Deliver>,
    out: W,
    now: Instant,
) -> Result<Delivery, DeliverError> {
    to.still_holds(now)?;
    let user = to.user();
    grant.still_holds(&user.id, what.id(), now)?;
    let named = Parameters::new()
        .with("project", grant.project())
        .and_then(|named| named.with(KEY, made_for(handover.salt, user)))
        .map_err(WriteError::from)?;
    let open = pen.begin(what, &user.id, named, now)?;
    let packed = match package::pack(what.id().as_str(), handover.files, &user.recipient, out) {
        Ok(packed) => packed,
        Err(why) => {
            let reason = Reason::new("the package could not be made").map_err(WriteError::from)?;
            pen.abandon(open, &reason, now)?;
            return Err(why.into());
        }
    };
    if let Err(why) = (handover.last_look)() {
        let reason = Reason::new("what came in could not be read").map_err(WriteError::from)?;
        pen.abandon(open, &reason, now)?;
        return Err(DeliverError::LastLook(why));
    }
    let supply = Supply {
        dataset: what.id().clone(),
        recipient: user.id.clone(),
        identification: commitment(handover.salt, &user.identification()),
        project: grant.project().clone(),
        date: now.day_in_japan(),
        items: handover.items,
        grant: grant.entry(),
        package: packed.package,
    };
    let entry = pen.complete(open, supply, now)?;
    Ok(Delivery { entry, packed })
}
