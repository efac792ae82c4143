//! What is told of a dataset: the one source of figures for dictionary, report and certificate.

use std::collections::BTreeMap;

use sudare_model::time::Instant;
use sudare_model::{Digest, ProviderId, Rule, Track};

use crate::cohort::Risk;
use crate::policy::Policy;
use crate::release::{OutFile, TableSummary};
use crate::survey::Account;

/// The register as it was when the rows were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterState {
    /// The last entry read.
    pub epoch: u64,
    /// When.
    pub read_at: Instant,
}

/// A dataset that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its id.
    pub name: String,
    /// Digest of its content, as the ledger has it.
    pub digest: Digest,
}

/// What was refused at the door, before this dataset was thought of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Who delivered.
    pub provider: ProviderId,
    /// The rule that refused.
    pub rule: Rule,
    /// The track it was refused for, where the ledger says one.
    pub track: Option<Track>,
    /// Patient units (a patient's folder, a claim) of which it refused any item.
    pub units: u64,
}

/// What the ledger recorded of the deliveries that were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Door {
    /// Patient units asked for at the door; none where a delivery was recorded without them.
    pub units: Option<u64>,
    /// Patient units refused in whole, of those.
    pub refused_whole: u64,
    /// Patients at providers, as they were linked.
    pub subjects: u64,
    /// Refusals by provider, rule and track.
    pub refused: Vec<Refused>,
}

/// Everything that is told.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    /// What was decided beforehand.
    pub policy: &'a Policy,
    /// What was measured of persons.
    pub risk: &'a Risk,
    /// The tables written, in the order of the policy.
    pub tables: &'a [TableSummary],
    /// What became of the rows of each table of events, by its name.
    pub accounts: &'a BTreeMap<String, Account>,
    /// The register read.
    pub register: RegisterState,
    /// The datasets read.
    pub inputs: &'a [Input],
    /// What the ledger recorded of the deliveries.
    pub door: &'a Door,
    /// Version of the program.
    pub code_version: &'a str,
}

/// The files of a release without its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    files: Vec<OutFile>,
}

impl Outputs {
    /// These files, in the order of their names.
    #[must_use]
    pub fn new(mut files: Vec<OutFile>) -> Self {
        files.sort_unstable();
        Self { files }
    }

    /// The files in the order of their names.
    #[must_use]
    pub fn files(&self) -> &[OutFile] {
        &self.files
    }

    /// One digest of all: SHA-256 over lines `<hex digest>  <name>`. What the ledger entry names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        list_digest(self.files.iter().map(|file| (file.name.as_str(), file.digest)))
    }
}

/// SHA-256 over lines `<hex digest>  <name>\n`, the form that `sha256sum` writes.
pub(crate) fn list_digest<'a>(files: impl Iterator<Item = (&'a str, Digest)>) -> Digest {
    let mut hasher = crate::seal::Hasher::default();
    for (name, digest) in files {
        hasher.update(format!("{digest}  {name}\n").as_bytes());
    }
    hasher.finish()
}
