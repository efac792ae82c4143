//! What can be typed. Every command's help ends with an example that a document test runs.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sudare_platform::act::Which;

/// Sudare (簾): identified medical records in, lawful datasets out, every step provable.
#[derive(Debug, Parser)]
#[command(name = "sudare", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The site's folder.
    #[arg(
        long,
        global = true,
        env = "SUDARE_HOME",
        default_value = "sudare-home",
        value_name = "DIR"
    )]
    pub(crate) home: PathBuf,
    /// File or pipe with the passphrase of the site key, where one wraps it: one line. `init` wraps a new site's key
    /// with it.
    #[arg(long, global = true, env = "SUDARE_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print one JSON object on standard output, for machines.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole main job on an invented region: from files to two verified datasets.
    #[command(after_help = "Example:\n  sudare demo --persons 1000 --seed 1\n\n\
        The region is written to HOME/region; killed and run again, a demo goes on where it stopped.")]
    Demo(DemoArgs),
    /// Write an invented region: deliveries in the real formats, and the truth beside them.
    #[command(after_help = "Example:\n  sudare synth --out region --persons 1000 --seed 1")]
    Synth(SynthArgs),
    /// Make a new, empty site: its keys, stores and ledger.
    #[command(
        after_help = "Examples:\n  sudare init --home sudare-home\n  sudare init --home sudare-home --passphrase-file passphrase.txt\n\n\
        Without a passphrase the site key lies in clear in HOME/keys/site.age, readable by its owner alone."
    )]
    Init,
    /// The site itself.
    #[command(subcommand)]
    Site(SiteCommand),
    /// Providers, notices, notifications, publications, users.
    #[command(subcommand)]
    Register(RegisterCommand),
    /// Stop requests (提供の停止の求め).
    #[command(subcommand)]
    Stop(StopCommand),
    /// The official claim masters (レセプト電算処理マスター), by which `receive` names claim codes.
    #[command(subcommand)]
    Masters(MastersCommand),
    /// Receive a provider's files, screen them, and answer the provider.
    #[command(
        after_help = "Examples:\n  sudare receive --provider hospital-1 region/deliveries/hospital-1\n  sudare receive --provider hospital-1 --list files.csv region/deliveries/hospital-1\n\n\
        Formats are told apart by content: SS-MIX2, claims (UKE), DPC surveys, checkups, FHIR, municipal tables. The same \
        files twice change nothing. Findings name files by number; --list writes which number is which file (delivery, \
        file_no, path), also of files that came before. Give the list to the provider and remove it: nothing of it is kept."
    )]
    Receive(ReceiveArgs),
    /// Listen for a provider's images (DICOM C-STORE), and receive what comes as if it were files.
    #[command(
        after_help = "Examples:\n  sudare listen --provider hospital-1\n  sudare listen --provider hospital-1 --bind 0.0.0.0:11112 --calling CT1 --calling PACS\n\n\
        Success is answered for an image that lies sealed and durable in HOME/spool; what a kill leaves there is received at \
        the next start. Other commands work while it runs. Ctrl-C or SIGTERM ends it and receives what came. The line is not \
        encrypted: listen at 127.0.0.1 behind a tunnel, or in a network that is."
    )]
    Listen(ListenArgs),
    /// Decide who is who across providers.
    #[command(after_help = "Example:\n  sudare link")]
    Link,
    /// Datasets.
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Grants: who may have which dataset.
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Hand a dataset over: an encrypted package for a recipient who holds a grant.
    #[command(
        after_help = "Example:\n  sudare deliver --dataset cohort-p --to pharma-1 --out cohort-p.age"
    )]
    Deliver(DeliverArgs),
    /// Check a dataset or a ledger, offline; names what is wrong.
    #[command(
        after_help = "Examples:\n  sudare verify sudare-home/releases/cohort-a\n  sudare verify sudare-home/ledger --key producer.key\n\n\
        Without --key or --key-fingerprint the keys beside the data are used: what then holds is consistent, and whose it is \
        the fingerprint tells, compared with the one the producer published. Status 0 means that all held; `trust` in the \
        answer says by whose keys."
    )]
    Verify(VerifyArgs),
    /// The engines as plain tools on plain files; no site needed.
    #[command(subcommand)]
    Tools(ToolsCommand),
}

/// A region has at least one person, and at most as many as a large prefecture.
fn people() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=10_000_000)
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many people live in the region.
    #[arg(long, default_value_t = 1000, value_parser = people())]
    pub(crate) persons: u64,
    /// Seed of the region: same seed, same region.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Arguments of `synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Where to write it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// How many people live in the region.
    #[arg(long, default_value_t = 1000, value_parser = people())]
    pub(crate) persons: u64,
    /// Seed of the region: same seed, same region.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Plant unique strings in every identifying field of a few people, for leak tests.
    #[arg(long)]
    pub(crate) canary: bool,
}

/// Commands of `site`.
#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// Wrap the site key by a passphrase, or by another than before.
    #[command(
        after_help = "Examples:\n  sudare site passphrase --new passphrase.txt\n  sudare site passphrase --passphrase-file old.txt --new new.txt\n\n\
        Killed at any moment, it leaves the site key wrapped as before or as asked. Copies of keys/site.age that were \
        made before open as before: destroy them."
    )]
    Passphrase {
        /// File or pipe with the passphrase that wraps the site key from now on: one line.
        #[arg(long, value_name = "FILE")]
        new: PathBuf,
    },
}

/// Commands of `register`.
#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// Apply a register file; a file that contradicts itself changes nothing.
    #[command(after_help = "Example:\n  sudare register apply region/register.toml")]
    Apply {
        /// The register file.
        file: PathBuf,
    },
}

/// Commands of `stop`.
#[derive(Debug, Subcommand)]
pub(crate) enum StopCommand {
    /// Take a stop request; it takes effect at once, waits for no other act and asks for no reason.
    #[command(
        after_help = "Example:\n  sudare stop add --provider hospital-1 --patient-file number.txt --requester subject\n\n\
        The patient number is read from a file or, with `-`, from standard input, so that it stays out of the shell's history."
    )]
    Add(StopAddArgs),
    /// Print the receipt of a stop request, to be handed over; it names the patient.
    #[command(after_help = "Example:\n  sudare stop receipt --number 1")]
    Receipt(StopReceiptArgs),
    /// List stop requests, those that wait for the end of an act among them, without patient numbers.
    #[command(after_help = "Example:\n  sudare stop list --provider hospital-1")]
    List {
        /// Only those made to this provider.
        #[arg(long, value_name = "ID")]
        provider: Option<String>,
    },
}

/// Commands of `masters`.
#[derive(Debug, Subcommand)]
pub(crate) enum MastersCommand {
    /// Add the masters of a folder; `receive` reads claims by them from then on.
    #[command(after_help = "Example:\n  sudare masters add masters-2026-06\n\n\
        Every .csv and .txt of the folder is a master (disease, modifier, act, drug, material, comment), as published, in \
        Shift_JIS or UTF-8. An edition adds versions of codes and takes none away: a code is named as it was on the day of \
        care. The same files twice change nothing. What was received before keeps the names it got.")]
    Add {
        /// Folder of the masters.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Say which masters the site has.
    #[command(after_help = "Example:\n  sudare masters list")]
    List,
}

/// Arguments of `stop add`.
#[derive(Debug, Args)]
pub(crate) struct StopAddArgs {
    /// Provider the request was made to.
    #[arg(long, value_name = "ID")]
    pub(crate) provider: String,
    /// File that holds the patient number, or `-`.
    #[arg(long, value_name = "FILE")]
    pub(crate) patient_file: PathBuf,
    /// Track to stop; both if the requester did not distinguish.
    #[arg(long, value_enum)]
    pub(crate) track: Option<TrackArg>,
    /// Who asks.
    #[arg(long, value_enum, default_value = "subject")]
    pub(crate) requester: RequesterArg,
    /// The subject is stated to be dead (a family member asks).
    #[arg(long)]
    pub(crate) subject_dead: bool,
}

/// Arguments of `stop receipt`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct StopReceiptArgs {
    /// Number of the request, as `stop list` shows it.
    #[arg(long, value_name = "N")]
    number: Option<u64>,
    /// Name of the request, as `stop add` gave it: a request that waits has no number yet.
    #[arg(long, value_name = "NAME")]
    request: Option<String>,
}

impl StopReceiptArgs {
    /// Which request is meant.
    pub(crate) fn which(&self) -> Which<'_> {
        match (&self.request, self.number) {
            (Some(name), _) => Which::Request(name),
            (None, number) => Which::Number(number.unwrap_or_default()),
        }
    }
}

/// A track as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TrackArg {
    /// Article 52.
    Anonymised,
    /// Article 57.
    Pseudonymised,
}

impl TrackArg {
    /// The word the register uses.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Anonymised => "anonymised",
            Self::Pseudonymised => "pseudonymised",
        }
    }
}

/// Who asks to stop (Order Art. 11 for the family of a dead subject).
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RequesterArg {
    /// The data subject.
    Subject,
    /// A parent or guardian.
    Guardian,
    /// Spouse.
    Spouse,
    /// De facto spouse.
    DeFactoSpouse,
    /// Child.
    Child,
    /// Parent.
    Parent,
    /// Grandchild.
    Grandchild,
    /// Grandparent.
    Grandparent,
    /// Sibling.
    Sibling,
}

impl RequesterArg {
    /// The word the register uses.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Guardian => "guardian",
            Self::Spouse => "spouse",
            Self::DeFactoSpouse => "de_facto_spouse",
            Self::Child => "child",
            Self::Parent => "parent",
            Self::Grandchild => "grandchild",
            Self::Grandparent => "grandparent",
            Self::Sibling => "sibling",
        }
    }
}

/// Arguments of `receive`.
#[derive(Debug, Args)]
pub(crate) struct ReceiveArgs {
    /// Provider the files come from.
    #[arg(long, value_name = "ID")]
    pub(crate) provider: String,
    /// Write which file has which number, as findings name them: for the provider, since paths may name patients.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Arguments of `listen`.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Provider whose images come in.
    #[arg(long, value_name = "ID")]
    pub(crate) provider: String,
    /// The listener's application entity title: whoever calls another is rejected.
    #[arg(long, value_name = "TITLE", default_value = "SUDARE")]
    pub(crate) ae_title: String,
    /// Address and port; at an address that other machines reach, --calling must name who may send.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:11112")]
    pub(crate) bind: String,
    /// Application entity title that may send; once for each. Without it, any of this machine.
    #[arg(long, value_name = "TITLE")]
    pub(crate) calling: Vec<String>,
    /// End after one association, once what it brought is received.
    #[arg(long)]
    pub(crate) once: bool,
    /// Associations at once.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) associations: u16,
    /// Largest object, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) object_limit: u32,
    /// Seconds for which an association may be silent.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) idle: u16,
}

/// Commands of `dataset`.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    /// De-identify, measure the risk, certify.
    #[command(
        after_help = "Example:\n  sudare dataset build cohort-a.toml\n  sudare dataset build cohort-a.toml --dry-run"
    )]
    Build(BuildArgs),
}

/// Arguments of `dataset build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// The specification.
    pub(crate) spec: PathBuf,
    /// Say what would be built and what would refuse it; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Seed for random choices, for rehearsals on invented people: who knows it can repeat them.
    #[arg(long, value_name = "N")]
    pub(crate) rehearsal_seed: Option<u64>,
}

/// Commands of `grant`.
#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// Let a user have a dataset, by contract, review decision and, for pseudonymised data, certificate.
    #[command(
        after_help = "Example:\n  sudare grant add --dataset cohort-p --to pharma-1 --until 2026-12-31"
    )]
    Add(GrantAddArgs),
    /// List grants, and whether each is in force.
    #[command(after_help = "Example:\n  sudare grant list --dataset cohort-p")]
    List {
        /// Only those of this dataset.
        #[arg(long, value_name = "ID")]
        dataset: Option<String>,
    },
    /// Withdraw a grant; what was handed over before stays handed over.
    #[command(after_help = "Example:\n  sudare grant withdraw --entry 42")]
    Withdraw {
        /// Ledger entry of the grant, as `grant list` shows it.
        #[arg(long, value_name = "N")]
        entry: u64,
    },
}

/// Arguments of `grant add`.
#[derive(Debug, Args)]
pub(crate) struct GrantAddArgs {
    /// Dataset to be had.
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: String,
    /// User who may have it.
    #[arg(long, value_name = "USER")]
    pub(crate) to: String,
    /// Last day, YYYY-MM-DD; default the contract's last.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
}

/// Arguments of `deliver`.
#[derive(Debug, Args)]
pub(crate) struct DeliverArgs {
    /// Dataset to hand over.
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: String,
    /// User who receives it.
    #[arg(long, value_name = "USER")]
    pub(crate) to: String,
    /// Package to write; default HOME/packages/DATASET-USER.age.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A dataset's folder or a ledger's folder.
    pub(crate) path: PathBuf,
    /// File with the producer's keys (HOME/ledger/verifier.key), got from elsewhere than the data.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Fingerprint of the producer's keys as published: the SHA-256 of that file.
    #[arg(long, value_name = "HEX")]
    pub(crate) key_fingerprint: Option<String>,
}

/// Commands of `tools`.
#[derive(Debug, Subcommand)]
pub(crate) enum ToolsCommand {
    /// Read files of a format and write clinical tables, findings and a summary.
    #[command(after_help = "Example:\n  sudare tools parse --format auto store --out tables\n\n\
        Writes TABLE.parquet, findings.jsonl and summary.json; identity.parquet only with --identity. An earlier run's \
        files in DIR are cleared; a DIR that holds anything else is refused. In findings.jsonl the numbers in paths \
        stand as #, for they may be a patient's; with --identity they stand as they are.")]
    Parse(ParseArgs),
    /// Check a mapping of municipal tables, and whether a table has its headings.
    #[command(
        after_help = "Example:\n  sudare tools check-mapping mapping.toml --table kenshin.csv\n\n\
        Tells every fault with its line and what is meant, then exits with 2."
    )]
    CheckMapping(CheckMappingArgs),
}

/// Arguments of `tools parse`.
#[derive(Debug, Args)]
pub(crate) struct ParseArgs {
    /// Format, or `auto` to tell by content.
    #[arg(long, default_value = "auto", value_parser = formats())]
    pub(crate) format: String,
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Where to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write the identity table too: it names people.
    #[arg(long)]
    pub(crate) identity: bool,
    /// Folder of the official claim masters, by which names and units of codes are resolved.
    #[arg(long, value_name = "DIR")]
    pub(crate) masters: Option<PathBuf>,
}

/// Arguments of `tools check-mapping`.
#[derive(Debug, Args)]
pub(crate) struct CheckMappingArgs {
    /// The mapping.
    #[arg(value_name = "FILE")]
    pub(crate) mapping: PathBuf,
    /// A table that it is for: its first row must have the headings.
    #[arg(long, value_name = "CSV")]
    pub(crate) table: Option<PathBuf>,
}

/// The formats that can be named.
fn formats() -> clap::builder::PossibleValuesParser {
    sudare_platform::act::formats().collect::<Vec<_>>().into()
}
