//! Who may be received: asked for each patient unit, before a row is made of it.
//!
//! The gate is where `consent` and the site's subject key meet intake; neither is known here.

use sudare_identity::SourcePatientId;
use sudare_model::time::Day;
use sudare_model::{Admission, SubjectKey};

/// Who is asked for: the patient's number, and what the record says of them that the law looks at.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Provider and patient number.
    pub patient: &'a SourcePatientId,
    /// Birth and death.
    pub life: Life,
}

/// Birth and death as a record states them; what is not known is `None`, and then the key alone decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// Birth date: a notice to a child must have reached a guardian as well.
    pub birth: Option<Day>,
    /// Day of death, or the last day on which it can have been: no notice given later counts.
    pub death: Option<Day>,
}

impl Life {
    /// Nothing known.
    pub const UNKNOWN: Self = Self { birth: None, death: None };

    /// What either states: where both do, the birth of this one and the earlier death.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let death = match (self.death, other.death) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self { birth: self.birth.or(other.birth), death }
    }
}

/// Answers for one patient which items may be received under which tracks, and who they are to content rows.
pub trait Gate: Sync {
    /// The admission of a patient. The same patient always gets the same subject; to know more of a life never admits
    /// more.
    fn admission(&self, asked: &Asked<'_>) -> Admission;

    /// Whether files received before contradict each other about who this is, and no corrected one has come: then
    /// nothing more is joined to them.
    fn is_disputed(&self, _subject: SubjectKey) -> bool {
        false
    }
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
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        Admission::everything((self.0)(asked.patient))
    }
}
