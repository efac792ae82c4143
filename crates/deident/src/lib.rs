//! Linked to Anonymised or Pseudonymised: tables, risk, certificate, report, and the offline
//! verifier of a release.
//!
//! What it is for: deciding and doing what Article 18 (anonymised) and Article 33 (pseudonymised)
//! of the Regulation ask, and saying so column by column. What it is not for: files, engines and
//! keys; a [`release::ReleaseWriter`], a [`plan`] and a key id stand for them.
//!
//! Invariants: a column without a treatment does not leave; k is counted from the rows written; no
//! identification code leaves; same inputs, same keys, same bytes.
//!
//! The order of a build: [`Spec::parse`], [`Policy::new`], [`plan::people`] and [`plan::links`]
//! into a [`CohortBuilder`] beside the books of [`Earlier`] releases, then for each table of events
//! [`plan::survey`] into a [`Survey`] and [`plan::release`] into a [`TableWriter`], then
//! [`documents::write`], the ledger entry, [`certificate::certify`]. Anyone may then call
//! [`verify::release`].

pub mod certificate;
pub mod cohort;
pub mod detect;
pub mod documents;
pub mod earlier;
pub mod kernel;
pub mod plan;
pub mod policy;
pub mod release;
pub mod risk;
pub mod rules;
pub mod seal;
pub mod spec;
pub mod story;
pub mod survey;
pub mod verify;

pub use cohort::{Cohort, CohortBuilder};
pub use earlier::Earlier;
pub use policy::Policy;
pub use release::{ReleaseWriter, TableWriter};
pub use rules::Rules;
pub use seal::{Sign, TrustedKey};
pub use spec::Spec;
pub use story::{Outputs, Story};
pub use survey::Survey;
