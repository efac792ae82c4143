//! The register in force: one gate for each provider, built from a document and its lists.

use std::collections::BTreeMap;
use std::io::BufRead;

use sudare_model::time::Instant;
use sudare_model::{Admission, DataItem, ProviderId, Rule, SubjectKey, Track};

use crate::document::Document;
use crate::gate::{GateBuilder, ProviderGate};
use crate::lists::{self, ListError, RowProblem};
use crate::rules::RuleSet;

/// Opens a list file by the path the register names.
pub type Open<'o> = &'o dyn Fn(&str) -> std::io::Result<Box<dyn BufRead>>;

/// Makes the key of a patient of a provider. The number is not kept.
pub type Key<'k> = &'k dyn Fn(&ProviderId, &str) -> SubjectKey;

/// All gates of a site.
#[derive(Debug, Default)]
pub struct Register {
    gates: BTreeMap<ProviderId, ProviderGate>,
}

impl Register {
    /// Adds or replaces a provider's gate.
    pub fn insert(&mut self, gate: ProviderGate) {
        self.gates.insert(gate.provider().clone(), gate);
    }

    /// The gate of a provider.
    #[must_use]
    pub fn gate(&self, provider: &ProviderId) -> Option<&ProviderGate> {
        self.gates.get(provider)
    }

    /// The intake predicate R-INT-04 for one patient of one provider at an instant.
    #[must_use]
    pub fn admission(&self, subject: SubjectKey, provider: &ProviderId, at: Instant) -> Admission {
        if let Some(gate) = self.gates.get(provider) {
            return gate.admission(subject, at);
        }
        let mut admission = Admission::none(subject);
        for track in Track::ALL {
            for item in DataItem::ALL.iter().copied() {
                admission.refuse(track, item, Rule::ProviderUnknown);
            }
        }
        admission
    }
}

impl GateBuilder {
    /// Takes the notices and stop requests that a document and its lists hold for this provider, and says which rows
    /// could not be read. Stops taken from elsewhere (`stop add`) are added by [`GateBuilder::stop`].
    ///
    /// # Errors
    /// [`ListError`] if a list cannot be opened or read: the gate must not be used then, for a stop may be missing.
    pub fn load(
        &mut self,
        document: &Document,
        open: Open<'_>,
        key: Key<'_>,
    ) -> Result<Vec<RowProblem>, ListError> {
        let provider = self.provider().clone();
        let mut problems = Vec::new();
        for one in &document.given {
            if document.notice(&one.notice).is_some_and(|notice| notice.provider == provider) {
                let subject = key(&provider, one.patient.reveal());
                self.given(&one.notice, subject, one.date, one.method, one.to);
            }
        }
        for list in &document.given_lists {
            let Some(notice) = document.notice(&list.notice) else { continue };
            if notice.provider == provider {
                let mut source = opened(open, &list.file)?;
                lists::read_given(
                    &list.file,
                    &mut source,
                    notice.date,
                    &mut |row| {
                        let subject = key(&provider, row.patient);
                        self.given(&notice.id, subject, row.date, row.method, row.to);
                    },
                    &mut |problem| problems.push(problem),
                )?;
            }
        }
        for one in document.stops.iter().filter(|one| one.provider == provider) {
            self.stop(key(&provider, one.patient.reveal()), one.tracks, one.received);
        }
        for list in document.stop_lists.iter().filter(|list| list.provider == provider) {
            let mut source = opened(open, &list.file)?;
            lists::read_stops(
                &list.file,
                &mut source,
                &mut |row| self.stop(key(&provider, row.patient), row.tracks, row.received),
                &mut |problem| problems.push(problem),
            )?;
        }
        Ok(problems)
    }
}

/// Builds the gate of one provider from a document and its lists.
///
/// # Errors
/// As [`GateBuilder::load`].
pub fn gate(
    document: &Document,
    provider: &ProviderId,
    rules: &RuleSet,
    open: Open<'_>,
    key: Key<'_>,
) -> Result<(ProviderGate, Vec<RowProblem>), ListError> {
    let mut builder = GateBuilder::new(document, provider, rules);
    let problems = builder.load(document, open, key)?;
    Ok((builder.build(), problems))
}

fn opened(open: Open<'_>, file: &str) -> Result<Box<dyn BufRead>, ListError> {
    open(file).map_err(|source| ListError::Read { file: file.to_owned(), source })
}
