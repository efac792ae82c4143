//! The gate at the door: where the register and the site's subject key meet the readers.

use std::sync::Arc;

use sudare_consent::ProviderGate;
use sudare_consent::predicate::Person;
use sudare_identity::SourcePatientId;
use sudare_intake::{Asked, Gate};
use sudare_model::time::Instant;
use sudare_model::{Admission, SubjectKey};
use sudare_store::keys::SiteKeys;

/// Answers the readers for one provider at one instant.
#[derive(Debug)]
pub(crate) struct SiteGate {
    pub(crate) keys: Arc<SiteKeys>,
    pub(crate) register: ProviderGate,
    pub(crate) at: Instant,
}

impl Gate for SiteGate {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let subject = subject_of(&self.keys, asked.patient);
        let person = Person { subject, birth: asked.life.birth, death: asked.life.death };
        self.register.admission_of(&person, self.at)
    }
}

/// The patient as content knows them.
pub(crate) fn subject_of(keys: &SiteKeys, patient: &SourcePatientId) -> SubjectKey {
    keys.subject_key(patient.provider(), patient.number().reveal().as_bytes())
}
