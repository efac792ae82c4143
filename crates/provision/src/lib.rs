//! Who may have a dataset, and handing it over.
//!
//! What it is for: evidence that a recipient may receive (a live certificate, a contract, an approved decision, a grant
//! in force), and the encrypted package. What it is not for: seeing anything below the two released levels, naming a
//! person (this crate cannot reach `sudare-identity`), touching files or clocks.
//!
//! Invariant: a dataset leaves only through [`deliver()`], which uses up its evidence, asks every rule again, and has
//! the statutory entry durable before it returns. Start reading at [`recipient`].

pub mod deliver;
pub mod grant;
pub mod package;
pub mod recipient;
pub mod records;
pub mod why;

pub use deliver::{DeliverError, Delivery, Handover, KEY, deliver, made_for};
pub use grant::{Approval, Grant, approve};
pub use package::{PackageError, PackageFile, Packed};
pub use recipient::{CertifiedUser, ContractedUser, Deliverable, certify, contracted};
pub use records::{CertificateRecord, ContractRecord, DecisionRecord, Refused, UserRecord};
pub use why::Why;
