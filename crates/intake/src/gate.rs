//! Who may be received: asked once for each patient unit, before a byte of its content is read.
//!
//! The gate is where `consent` and the site's subject key meet intake; neither is known here.

use sudare_identity::SourcePatientId;
use sudare_model::{Admission, SubjectKey};

/// Answers for one patient which items may be received under which tracks, and who they are to content rows.
pub trait Gate: Sync {
    /// The admission of a patient. The same patient always gets the same subject.
    fn admission(&self, patient: &SourcePatientId) -> Admission;
}

/// A gate that lets everything through, for plain tools on plain files. The caller says how a patient becomes a
/// subject, because that takes a key.
pub struct OpenGate<F>(F);

impl<F: Fn(&SourcePatientId) -> SubjectKey + Sync> OpenGate<F> {
    /// Takes the derivation of subjects.
    pub const fn new(subject: F) -> Self {
        Self(subject)
    }
}

impl<F> std::fmt::Debug for OpenGate<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenGate(..)")
    }
}

impl<F: Fn(&SourcePatientId) -> SubjectKey + Sync> Gate for OpenGate<F> {
    fn admission(&self, patient: &SourcePatientId) -> Admission {
        Admission::everything((self.0)(patient))
    }
}
