//! The gate at the door: where the register and the site's subject key meet the readers.

use std::collections::HashSet;
use std::sync::Arc;

use sudare_consent::ProviderGate;
use sudare_consent::predicate::Person;
use sudare_identity::{SourcePatientId, half_width};
use sudare_intake::{Asked, Gate};
use sudare_model::time::Instant;
use sudare_model::{Admission, ProviderId, SubjectKey};
use sudare_store::files::Sha256;
use sudare_store::keys::SiteKeys;

/// Answers the readers for one provider at one instant.
#[derive(Debug)]
pub(crate) struct SiteGate {
    pub(crate) keys: Arc<SiteKeys>,
    pub(crate) register: ProviderGate,
    pub(crate) at: Instant,
    /// Of whom files received before contradict each other, and were not corrected.
    pub(crate) disputed: HashSet<SubjectKey>,
}

impl Gate for SiteGate {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let subject = subject_of(&self.keys, asked.patient);
        let person = Person { subject, birth: asked.life.birth, death: asked.life.death };
        self.register.admission_of(&person, self.at)
    }

    fn is_disputed(&self, subject: SubjectKey) -> bool {
        self.disputed.contains(&subject)
    }
}

impl SiteGate {
    /// What the register says of a patient now, as a digest: while it stays the same so does every answer.
    pub(crate) fn standing(&self, subject: SubjectKey) -> [u8; 16] {
        let mut facts = Vec::with_capacity(64);
        self.register.facts_of(subject, self.at, &mut facts);
        let digest = Sha256::of(&facts);
        let mut short = [0; 16];
        short.iter_mut().zip(digest.as_bytes()).for_each(|(slot, byte)| *slot = *byte);
        short
    }

    /// The most that may be received of a patient now: what is admitted where neither birth nor death is known.
    pub(crate) fn at_most(&self, subject: SubjectKey) -> u32 {
        self.register.admission(subject, self.at).mask()
    }
}

/// The patient as content knows them: the one place where a number becomes a key, whether a register, a stop request or
/// a delivery brings it, so that a number typed full-width is the same patient.
pub(crate) fn subject_of(keys: &SiteKeys, patient: &SourcePatientId) -> SubjectKey {
    subject_numbered(keys, patient.provider(), patient.number().reveal())
}

/// The same, for the rows of a list, whose numbers live no longer than the row.
pub(crate) fn subject_numbered(keys: &SiteKeys, at: &ProviderId, number: &str) -> SubjectKey {
    keys.subject_key(at, half_width(number).as_bytes())
}
