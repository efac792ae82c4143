//! What each act answers: counts, ids, paths and rules, never a value of a patient.
//!
//! The command line prints these for people and, with `--json`, as they are; field names are the contract that
//! `docs/reference/cli.md` lists.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sudare_intake::quality::Remark;

/// Counts by name, in name order.
pub type Counts = BTreeMap<String, u64>;

/// A rule that refused something, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Requirement id, such as `R-NOT-02`.
    pub rule: String,
    /// Article.
    pub article: String,
    /// Track the refusal was decided for.
    pub track: String,
    /// Why, in English.
    pub english: String,
    /// Why, in Japanese.
    pub japanese: String,
    /// Patient units (folders, claims) of which at least one item was refused by this rule.
    pub units: u64,
}

/// Findings of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    /// Stable code.
    pub code: String,
    /// Severity.
    pub severity: String,
    /// What it means and what the provider can do.
    pub english: String,
    /// The same in Japanese.
    pub japanese: String,
    /// How many.
    pub count: u64,
}

/// Answer of `init`.
#[derive(Debug, Clone, Serialize)]
pub struct Initialised {
    /// The site's folder.
    pub home: PathBuf,
    /// The ledger's folder.
    pub ledger: PathBuf,
    /// The key with which anyone verifies the ledger.
    pub verifier_key: String,
    /// Fingerprint of the site's keys for verifiers: to be published, so that others can compare.
    pub fingerprint: String,
    /// Whether the site was there before.
    pub existed: bool,
    /// Whether a passphrase wraps the site key.
    pub wrapped: bool,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

/// Answer of `site passphrase`: the site key is wrapped by the new passphrase.
#[derive(Debug, Clone, Serialize)]
pub struct Wrapped {
    /// The site's folder.
    pub home: PathBuf,
    /// Whether another passphrase wrapped it before; it lay in clear otherwise.
    pub wrapped_before: bool,
}

/// Answer of `register apply`.
#[derive(Debug, Clone, Serialize)]
pub struct RegisterApplied {
    /// Epoch of the register after this act: the ledger entry that recorded it.
    pub epoch: u64,
    /// Whether the same register was in force already.
    pub unchanged: bool,
    /// Entries by kind: providers, notices, given, stops, users …
    pub counts: Counts,
    /// List rows that could not be read, each with file, line and field.
    pub row_errors: Vec<String>,
    /// What a reader should know but nothing refuses.
    pub warnings: Vec<String>,
}

/// Answer of `stop add`: the request is taken and cannot be lost.
#[derive(Debug, Clone, Serialize)]
pub struct StopAdded {
    /// Name of the request, which it has from its acceptance on.
    pub request: String,
    /// `recorded` in the register and the ledger, or `waiting` in the letterbox for whoever has the site.
    pub state: String,
    /// Why it waits.
    pub waits: Option<String>,
    /// Number of the request in the register; none while it waits.
    pub sequence: Option<u64>,
    /// Epoch of the register after this act; none while it waits.
    pub epoch: Option<u64>,
    /// When it takes effect: at once.
    pub effective: String,
    /// Whether anything of this patient was received and is still here; none if that cannot be told now.
    pub known: Option<bool>,
    /// The receipt (Act Art. 53(1)), to be handed over.
    pub receipt: PathBuf,
}

/// One stop request as `stop list` shows it: no patient number.
#[derive(Debug, Clone, Serialize)]
pub struct StopRow {
    /// Number in the register; none while it waits.
    pub sequence: Option<u64>,
    /// Name of the request.
    pub request: String,
    /// `recorded` or `waiting`.
    pub state: String,
    /// Provider it was made to.
    pub provider: String,
    /// Tracks it stops.
    pub tracks: String,
    /// When it was received.
    pub received: String,
    /// Who asked; `unstated` where a list did not say.
    pub requester: String,
}

/// Answer of `stop receipt`: the one answer that names a patient, because it is handed to the requester.
#[derive(Clone, Serialize)]
pub struct StopReceipt {
    /// Number of the request in the register; none while it waits.
    pub sequence: Option<u64>,
    /// The receipt in Japanese, then in English.
    pub text: String,
}

impl std::fmt::Debug for StopReceipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StopReceipt({:?})", self.sequence)
    }
}

/// Answer of `receive`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiveAnswer {
    /// Provider.
    pub provider: String,
    /// The delivery, named by its content; of files that all came before, the one they came in, absent if several.
    pub delivery: Option<String>,
    /// Whether every file had been received before: nothing was added, and what was counted then is in `before`.
    pub unchanged: bool,
    /// Dataset at level `received` (files) and at level `cleared` (rows).
    pub datasets: Vec<String>,
    /// What the files brought.
    #[serde(flatten)]
    pub brought: Brought,
    /// What the files brought when they came, if nothing was new and each of their deliveries came again whole.
    #[serde(default)]
    pub before: Option<Box<ReceivedBefore>>,
    /// The list that says which file has which number, where one was asked for. It may name patients.
    #[serde(default)]
    pub list: Option<PathBuf>,
    /// The report for the provider: no clinical content.
    pub report: Option<PathBuf>,
    /// How good the delivery is, for programs: `quality.json`.
    #[serde(default)]
    pub quality: Option<PathBuf>,
    /// What the provider should look at in it.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}

/// What files brought that were received before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReceivedBefore {
    /// The deliveries they came in.
    pub deliveries: Vec<String>,
    /// What they brought then.
    #[serde(flatten)]
    pub brought: Brought,
}

/// What files brought: counts of what was read, and what was refused and found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Brought {
    /// Files given, read, screened again among those read, received before, replacing earlier ones, set aside.
    pub files: Counts,
    /// Bytes read.
    pub bytes: u64,
    /// Records read (segments, claim records).
    pub records: u64,
    /// Rows by table.
    pub rows: Counts,
    /// Rows of identity.
    pub identities: u64,
    /// Patient units (a patient's folder, a claim): read, admitted in part or whole, refused whole.
    pub units: Counts,
    /// Refusals by rule.
    pub refused: Vec<Refused>,
    /// Findings by code.
    pub findings: Vec<FindingCount>,
}

/// Answer of `listen`, when it ended.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListenAnswer {
    /// Provider.
    pub provider: String,
    /// Address and port it listened at.
    pub address: String,
    /// Its application entity title.
    pub ae_title: String,
    /// Associations by how they ended: released, rejected, aborted, idle, broken …
    pub associations: Counts,
    /// Objects: stored, refused; and echoes.
    pub objects: Counts,
    /// Refusals by their status, as `0xA700`.
    pub statuses: Counts,
    /// Bytes of the objects stored.
    pub bytes: u64,
    /// Deliveries made of them, the last thousand.
    pub deliveries: Vec<String>,
    /// Rows by table, over all deliveries.
    pub rows: Counts,
    /// Patient units, over all deliveries.
    pub units: Counts,
    /// Objects that wait in the spool for the next start.
    pub waiting: u64,
}

/// Answer of `link`.
#[derive(Debug, Clone, Serialize)]
pub struct LinkAnswer {
    /// Dataset at level `linked`.
    pub dataset: String,
    /// Whether nothing had changed since the last link.
    pub unchanged: bool,
    /// Patients at providers.
    pub subjects: u64,
    /// Persons.
    pub persons: u64,
    /// Pairs agreeing by each rule, and conflicts left for review.
    pub counts: Counts,
}

/// Answer of `dataset build`.
#[derive(Debug, Clone, Serialize)]
pub struct BuildAnswer {
    /// Dataset id.
    pub dataset: String,
    /// Level it reached.
    pub level: String,
    /// Track.
    pub track: String,
    /// Folder with data, dictionary, report and certificate.
    pub path: PathBuf,
    /// The certificate; empty of a dry run.
    pub certificate: PathBuf,
    /// Whether the same dataset had been built before.
    pub unchanged: bool,
    /// Whether a withdrawal since it was made touches it, so that it may be handed to nobody.
    pub stale: bool,
    /// Rows by table; none of a dry run.
    pub rows: Counts,
    /// Persons in, suppressed, out.
    pub persons: Counts,
    /// k required and measured; absent for pseudonymised data.
    pub k: Option<Counts>,
}

/// Answer of `grant add`.
#[derive(Debug, Clone, Serialize)]
pub struct GrantGiven {
    /// Ledger entry that recorded the grant; `grant withdraw` names it.
    pub entry: u64,
    /// Dataset.
    pub dataset: String,
    /// User who may have it.
    pub user: String,
    /// Project it is for.
    pub project: String,
    /// Track.
    pub track: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Whether the same grant was in force already.
    pub unchanged: bool,
}

/// One grant as `grant list` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct GrantRow {
    /// Ledger entry that recorded it.
    pub entry: u64,
    /// Dataset.
    pub dataset: String,
    /// User.
    pub user: String,
    /// Project.
    pub project: String,
    /// Track.
    pub track: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// `in force`, `to come`, `expired` or `withdrawn`.
    pub state: String,
    /// Ledger entry that withdrew it.
    pub withdrawn: Option<u64>,
}

/// Answer of `grant withdraw`.
#[derive(Debug, Clone, Serialize)]
pub struct GrantEnded {
    /// Ledger entry that had granted.
    pub grant: u64,
    /// Dataset.
    pub dataset: String,
    /// User.
    pub user: String,
    /// Ledger entry that withdrew it.
    pub entry: u64,
    /// Whether it had been withdrawn before.
    pub unchanged: bool,
}

/// Answer of `deliver`.
#[derive(Debug, Clone, Serialize)]
pub struct DeliverAnswer {
    /// Dataset.
    pub dataset: String,
    /// Recipient.
    pub user: String,
    /// Whether the same package had been handed over before.
    pub unchanged: bool,
    /// The encrypted package.
    pub package: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Ledger entry of the grant by which it was handed over.
    pub grant: u64,
    /// Ledger entry that recorded the supply.
    pub entry: u64,
}

/// Who vouches for the keys that something was verified by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The verifier gave the keys or their fingerprint: what holds is the producer's.
    Pinned,
    /// The keys lie beside the data: what holds agrees with itself, whoever made it.
    Found,
}

/// The keys that something was verified by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeysUsed {
    /// Their names.
    pub names: Vec<String>,
    /// SHA-256 of the file that holds them, one a line: what a producer publishes.
    pub fingerprint: String,
    /// Where they lie.
    pub file: PathBuf,
}

/// Answer of `verify`.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyAnswer {
    /// What was verified: `dataset` or `ledger`.
    pub kind: String,
    /// Its folder.
    pub path: PathBuf,
    /// `pinned`: verified by keys that the verifier gave; `found`: consistent by keys that lie beside the data.
    pub trust: Trust,
    /// Those keys.
    pub keys: KeysUsed,
    /// Each check that held, in order.
    pub held: Vec<String>,
    /// Acts done by what was done, each once; stop requests and other withdrawals by their kind (ledger only).
    pub acts: Counts,
    /// Acts begun and given up (ledger only).
    pub abandoned: u64,
    /// Acts begun and not finished (ledger only).
    pub unfinished: Vec<String>,
}

/// Answer of `tools parse`.
#[derive(Debug, Clone, Serialize)]
pub struct ParseAnswer {
    /// Formats recognised, with files of each.
    pub formats: Counts,
    /// Files given, read, set aside, not recognised.
    pub files: Counts,
    /// Bytes read.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// Rows by table.
    pub rows: Counts,
    /// Findings by code.
    pub findings: Counts,
    /// Whether numbers in paths stand as `#` in the findings, because they may be a patient's.
    pub masked: bool,
    /// Where the tables are.
    pub out: PathBuf,
}

/// Answer of `tools check-mapping`.
#[derive(Debug, Clone, Serialize)]
pub struct MappingAnswer {
    /// The mapping.
    pub mapping: PathBuf,
    /// How many headings it gives a meaning.
    pub headings: usize,
    /// Columns of the table, from 1, that it gives none.
    pub unmapped: Vec<u16>,
}

/// Answer of `masters add` and `masters list`.
#[derive(Debug, Clone, Serialize)]
pub struct MastersAnswer {
    /// Files of masters that the site has.
    pub files: u64,
    /// How many of them were added now.
    pub added: u64,
    /// Codes by the word for what they name (`disease`, `modifier`, `act`, `drug`, `material`, `comment`).
    pub codes: Counts,
    /// By which the ledger knows them: SHA-256 over those of the files, in order. Absent where there are none.
    pub digest: Option<String>,
}

/// Answer of `synth`.
#[derive(Debug, Clone, Serialize)]
pub struct SynthAnswer {
    /// The region's folder.
    pub out: PathBuf,
    /// The register file.
    pub register: PathBuf,
    /// Providers that deliver files, in the order to receive them.
    pub deliveries: BTreeMap<String, PathBuf>,
    /// What was written: persons, files, messages, claims …
    pub counts: Counts,
    /// Whether the same region was there before.
    pub existed: bool,
}
