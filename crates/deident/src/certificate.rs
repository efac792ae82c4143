//! The certificate: an in-toto Statement v1 in a DSSE envelope, signed with Ed25519.
//!
//! What it is for: saying, of every file and every column, where it comes from and by which rule.
//! What it is not for: secrets: no key, no key id, no kept list and no bound stands in it
//! (R-REID-02). Invariant: same story, same ledger place and same key give the same bytes. Sources:
//! in-toto attestation framework v1 (Statement), secure-systems-lab DSSE v1 (envelope and PAE).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_model::{Digest, Track};

use crate::policy::{ColumnPolicy, PERSON_COLUMNS, Policy, TablePolicy, Treatment};
use crate::release::{ReleaseError, ReleaseWriter};
use crate::risk::{Quasi, Step};
use crate::seal::{Sign, SignError};
use crate::story::{Outputs, Story};

mod wire;

pub use wire::{
    ColumnClaim, Counted, EarlierClaim, Envelope, LedgerPlace, Named, Predicate, QuasiClaim,
    RegisterClaim, RiskClaim, RowAccount, Sha256, Signature, Statement, TableClaim, ThresholdClaim,
    Withheld,
};

/// File name of the certificate.
pub const CERTIFICATE: &str = "certificate.json";
/// Type of the payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of the statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "urn:sudare:certificate:v1";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The key could not be used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] ReleaseError),
    /// It could not be put together.
    #[error("the certificate could not be encoded")]
    Encode,
}

/// Writes the certificate of a release whose ledger entry stands, and gives its digest.
///
/// # Errors
/// [`CertifyError`] if it cannot be signed or written.
pub fn certify(
    story: &Story<'_>,
    outputs: &Outputs,
    ledger: &LedgerPlace,
    signer: &dyn Sign,
    out: &mut dyn ReleaseWriter,
) -> Result<Digest, CertifyError> {
    seal(&statement(story, outputs, ledger), signer, out)
}

/// Signs a statement and writes it as the certificate, and gives the file's digest. A process that
/// was killed between the ledger entry and the certificate is finished by this, from the statement
/// it had kept.
///
/// # Errors
/// [`CertifyError`] if it cannot be signed or written.
pub fn seal(
    statement: &Statement,
    signer: &dyn Sign,
    out: &mut dyn ReleaseWriter,
) -> Result<Digest, CertifyError> {
    let payload = serde_json::to_vec(statement).map_err(|_| CertifyError::Encode)?;
    let signature = signer.sign(&pre_authentication(&payload))?;
    let envelope = Envelope {
        payload_type: PAYLOAD_TYPE.to_owned(),
        payload: STANDARD.encode(&payload),
        signatures: vec![Signature { keyid: signer.key_id(), sig: STANDARD.encode(signature) }],
    };
    let mut bytes = serde_json::to_vec_pretty(&envelope).map_err(|_| CertifyError::Encode)?;
    bytes.push(b'\n');
    Ok(crate::release::whole_file(out, CERTIFICATE, &bytes)?.digest)
}

/// What is signed: the pre-authentication encoding of DSSE v1.
#[must_use]
pub fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The statement that is signed.
#[must_use]
pub fn statement(story: &Story<'_>, outputs: &Outputs, ledger: &LedgerPlace) -> Statement {
    let policy = story.policy;
    let spec = &policy.spec;
    let files = outputs.files().iter().map(|file| Named {
        name: file.name.clone(),
        digest: Sha256 { sha256: file.digest.to_string() },
    });
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: files.collect(),
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            dataset: spec.id.to_string(),
            track: spec.track.word().to_owned(),
            article: spec.track.article().to_owned(),
            project: spec.project.to_string(),
            recipient: spec.recipient.as_ref().map(ToString::to_string),
            specification: Sha256 { sha256: spec.digest.to_string() },
            ruleset: policy.rules.date(),
            thresholds: thresholds(policy),
            code_version: story.code_version.to_owned(),
            columns: columns(story),
            withheld: withheld(policy),
            tables: tables(story),
            rows: rows(story),
            risk: risk(story),
            register: RegisterClaim {
                epoch: story.register.epoch,
                read_at: story.register.read_at.to_string(),
            },
            inputs: story
                .inputs
                .iter()
                .map(|input| Named {
                    name: input.name.clone(),
                    digest: Sha256 { sha256: input.digest.to_string() },
                })
                .collect(),
            outputs: Sha256 { sha256: outputs.digest().to_string() },
            ledger: ledger.clone(),
        },
    }
}

fn thresholds(policy: &Policy) -> Vec<ThresholdClaim> {
    let rules = &policy.rules;
    let named = match policy.spec.track {
        Track::Anonymised => vec![
            ("k", &rules.k),
            ("max_suppression", &rules.max_suppression),
            ("rare_code_min_persons", &rules.rare_code_min_persons),
            ("outlier_quantile", &rules.outlier_quantile),
            ("date_shift_days", &rules.date_shift_days),
            ("oldest_age", &rules.oldest_age),
            ("area_digits", &rules.area_digits_anonymised),
        ],
        Track::Pseudonymised => vec![
            ("area_digits", &rules.area_digits_pseudonymised),
            ("birth_parts", &rules.birth_parts_pseudonymised),
        ],
    };
    let claim = |(name, threshold): (&str, &crate::rules::Threshold)| ThresholdClaim {
        name: name.to_owned(),
        default: threshold.value,
        requirement: threshold.requirement.clone(),
        source: threshold.source.clone(),
        mark: threshold.mark.clone(),
    };
    named.into_iter().map(claim).collect()
}

pub(crate) fn columns(story: &Story<'_>) -> Vec<ColumnClaim> {
    let policy = story.policy;
    let mut claims = Vec::new();
    for table in &policy.tables {
        if table.table.name == "person" {
            claims.extend(person_columns(story, table));
            continue;
        }
        for column in &table.columns {
            if let Some(name) = column.released() {
                claims.push(ColumnClaim {
                    table: table.table.name.to_owned(),
                    column: name.to_owned(),
                    source: format!("{}.{}", table.table.name, column.source.name),
                    rule: column.treatment.word().to_owned(),
                    parameters: parameters(policy, column.treatment),
                    requirement: column.requirement.to_owned(),
                });
            }
        }
    }
    claims
}

fn person_columns(story: &Story<'_>, table: &TablePolicy) -> Vec<ColumnClaim> {
    let track = story.policy.spec.track;
    let leaves =
        PERSON_COLUMNS.iter().filter(|one| one.anonymised || track == Track::Pseudonymised);
    let claim = |one: &crate::policy::PersonColumn| {
        let source: Option<&ColumnPolicy> =
            table.columns.iter().find(|column| column.source.name == one.source);
        let treatment = source.map_or(Treatment::PersonId, |column| column.treatment);
        let requirement = source.map_or("", |column| column.requirement);
        ColumnClaim {
            table: "person".to_owned(),
            column: one.name.to_owned(),
            source: format!("person.{}", one.source),
            rule: treatment.word().to_owned(),
            parameters: if treatment == Treatment::Generalise {
                let step = step_of(story, one.name);
                [("step".to_owned(), step)].into()
            } else {
                parameters(story.policy, treatment)
            },
            requirement: requirement.to_owned(),
        }
    };
    leaves.map(claim).collect()
}

/// The step by which a column of the person table was generalised.
pub(crate) fn step_of(story: &Story<'_>, column: &str) -> String {
    let named = if column == "gender_concept_id" { Quasi::Sex.column() } else { column };
    let mut steps = Quasi::ALL.into_iter().zip(story.risk.steps);
    let step = steps.find(|(quasi, _)| quasi.column() == named).map(|(_, step)| step);
    match step {
        Some(Step::Years(years)) => format!("bands of {years} years"),
        Some(Step::Digits(digits)) => format!("first {digits} digits"),
        Some(Step::Any) => "not told".to_owned(),
        Some(Step::Exact) | None => "as received".to_owned(),
    }
}

fn parameters(policy: &Policy, treatment: Treatment) -> std::collections::BTreeMap<String, String> {
    let numbers = &policy.spec.anonymise;
    let one = |name: &str, value: String| (name.to_owned(), value);
    let list = match treatment {
        Treatment::PersonId | Treatment::VisitId => {
            let scope = match policy.spec.track {
                Track::Anonymised => "this build; the key is destroyed",
                Track::Pseudonymised => "project",
            };
            vec![one("method", "HMAC-SHA256".to_owned()), one("key", scope.to_owned())]
        }
        Treatment::Shift => {
            vec![one("days", format!("1 to {} either way", numbers.date_shift_days))]
        }
        Treatment::RareCode | Treatment::SystemOf | Treatment::ConceptOf => {
            vec![one("min_persons", numbers.rare_code_min_persons.to_string())]
        }
        Treatment::Clip => vec![
            one("quantile", numbers.outlier_quantile.to_string()),
            one("tail_min", numbers.rare_code_min_persons.to_string()),
        ],
        Treatment::Copy | Treatment::Generalise | Treatment::Withhold => Vec::new(),
    };
    list.into_iter().collect()
}

fn withheld(policy: &Policy) -> Vec<Withheld> {
    let mut list = Vec::new();
    for table in &policy.tables {
        for column in table.columns.iter().filter(|column| column.released().is_none()) {
            list.push(Withheld {
                source: format!("{}.{}", table.table.name, column.source.name),
                requirement: column.requirement.to_owned(),
            });
        }
    }
    list
}

fn tables(story: &Story<'_>) -> Vec<TableClaim> {
    let claim = |table: &crate::release::TableSummary| TableClaim {
        table: table.name.clone(),
        rows: table.rows,
        columns: table
            .columns
            .iter()
            .map(|column| Counted { column: column.name.clone(), filled: column.filled })
            .collect(),
    };
    story.tables.iter().map(claim).collect()
}

fn rows(story: &Story<'_>) -> Vec<RowAccount> {
    use crate::kernel::gate::Why;
    let written = |name: &str| {
        story.tables.iter().find(|table| table.name == name).map_or(0, |table| table.rows)
    };
    let one = |(name, account): (&String, &crate::survey::Account)| RowAccount {
        table: name.clone(),
        read: account.read(),
        other_track: account.of(Why::OtherTrack),
        outside_period: account.of(Why::OutsidePeriod),
        person_suppressed: account.of(Why::PersonSuppressed),
        shifted_out: account.of(Why::ShiftedOut),
        rare_code: account.of(Why::Stays).saturating_sub(written(name)),
        written: written(name),
    };
    story.accounts.iter().map(one).collect()
}

/// The adversary of R-ANON-07, in words.
const ADVERSARY: &str = "an ordinary person or ordinary medical staff (R-ANON-07) who looks \
        for one person, knows the \
    quasi-identifiers named here and that the person is in the dataset, and knows no event of \
        care";
const ADVERSARY_PSEUDONYMISED: &str = "none assumed: Reg. 33 asks for no measure on the \
        difference from other records (R-PSEU-04); contract, place of \
     analysis and certification of the user carry the protection";
const NOT_MEASURED: &str = "longitudinal uniqueness: what someone learns who knows events of a \
        person; releases of other projects and pseudonymised releases; persons whose link between \
        providers changed since an earlier release (R-ANON-08)";
const NOT_MEASURED_PSEUDONYMISED: &str = "longitudinal uniqueness: what someone learns who knows \
        events of a person; other releases";

fn earlier(story: &Story<'_>) -> Option<EarlierClaim> {
    let earlier = story.risk.earlier.as_ref()?;
    Some(EarlierClaim {
        releases: earlier.releases.clone(),
        not_compared: earlier.unread.clone(),
        setting: story.policy.spec.anonymise.earlier_releases.word().to_owned(),
        smallest: earlier.smallest,
        suppressed: earlier.suppressed,
        left: earlier.left,
        left_below_k: earlier.left_below_k,
    })
}

fn risk(story: &Story<'_>) -> RiskClaim {
    let goal = story.policy.goal();
    let stated = |quasi: &Quasi| match story.policy.spec.track {
        Track::Anonymised => story.policy.spec.anonymise.quasi_identifiers.contains(quasi),
        Track::Pseudonymised => false,
    };
    let written = story.tables.iter().find_map(|table| table.classes.as_ref());
    let sizes = written.unwrap_or(&story.risk.after);
    RiskClaim {
        k_required: goal.as_ref().map(|goal| goal.k),
        k_measured: sizes.smallest,
        classes: sizes.total(),
        persons: story.risk.persons,
        suppressed: story.risk.suppressed,
        max_suppression: goal.as_ref().map(|goal| goal.max_suppression),
        quasi_identifiers: Quasi::ALL
            .into_iter()
            .filter(stated)
            .map(|quasi| QuasiClaim {
                name: quasi.word().to_owned(),
                column: quasi.column().to_owned(),
                step: step_of(story, quasi.column()),
            })
            .collect(),
        generaliser: story.risk.generaliser.to_owned(),
        loss: story.risk.loss,
        earlier: earlier(story),
        adversary: match goal {
            Some(_) => ADVERSARY.to_owned(),
            None => ADVERSARY_PSEUDONYMISED.to_owned(),
        },
        not_measured: match story.policy.spec.track {
            Track::Anonymised => NOT_MEASURED.to_owned(),
            Track::Pseudonymised => NOT_MEASURED_PSEUDONYMISED.to_owned(),
        },
    }
}
