//! `verify`: a dataset or a ledger, offline, from its files and the verifiers' keys alone. Opens no site.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_deident::TrustedKey;
use sudare_deident::certificate::{CERTIFICATE, LedgerPlace};
use sudare_deident::verify::{LedgerClaim, ReleaseFile, ReleaseReader, VerifyReport};
use sudare_ledger::entry::{Entry, Half};
use sudare_ledger::proof::verify_inclusion;
use sudare_ledger::record::Record;
use sudare_ledger::{Proof, Verifier, fsck};
use sudare_model::Digest;
use sudare_store::files;
use sudare_store::inbox::{Inbox, Limits, Steady};
use sudare_store::log_files::LogFiles;

use crate::answer::VerifyAnswer;
use crate::error::{ActError, Doing as _};
use crate::inbox::below;

/// Longest file of verifiers' keys.
const KEYS_BYTES_MAX: u64 = 64 << 10;
/// How the name of a key ends that may sign certificates, and nothing else.
const CERTIFICATE_ROLE: &str = ".certificate";

/// Verifies what lies at a path.
///
/// # Errors
/// [`ActError::Usage`] if it is neither a dataset nor a ledger, or no key is given; [`ActError::Failed`] naming the
/// first thing that is wrong.
pub fn verify(path: &Path, key: Option<&Path>) -> Result<VerifyAnswer, ActError> {
    if path.join(CERTIFICATE).exists() {
        return dataset(path, key);
    }
    if path.join("checkpoint").exists() {
        return ledger(path, key);
    }
    let help = "is neither a dataset (certificate.json) nor a ledger (checkpoint)";
    Err(ActError::usage(path.display().to_string(), help))
}

fn wrong(fault: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Failed { doing: "verifying".to_owned(), source: Box::new(fault) }
}

/// The keys to check by: one a line. Without `--key` those of the site that the path lies in.
fn keys(path: &Path, key: Option<&Path>) -> Result<Vec<Verifier>, ActError> {
    let beside = [path.join("verifier.key"), path.join("../../ledger/verifier.key")];
    let file: PathBuf = match key {
        Some(file) => file.to_path_buf(),
        None => beside.into_iter().find(|file| file.exists()).ok_or_else(|| {
            ActError::usage(
                "--key",
                "give the file of the ledger's keys (HOME/ledger/verifier.key)",
            )
        })?,
    };
    let shown = file.display().to_string();
    let text = files::read_text(&file, KEYS_BYTES_MAX)
        .map_err(|error| ActError::usage(&shown, error.to_string()))?;
    let parsed: Result<Vec<Verifier>, _> = text.lines().map(Verifier::parse).collect();
    parsed.map_err(|error| ActError::usage(&shown, error.to_string()))
}

fn ledger(path: &Path, key: Option<&Path>) -> Result<VerifyAnswer, ActError> {
    let keys = keys(path, key)?;
    let verifier = keys.first().ok_or_else(|| ActError::usage("--key", "the file holds no key"))?;
    let report = fsck::fsck(&LogFiles::new(path), verifier).map_err(wrong)?;
    let mut held = vec![
        format!("{} entries under one signed root {}", report.size, report.root),
        "every tile is what the entries make".to_owned(),
        "every act follows the rules of the book".to_owned(),
    ];
    held.extend(report.verbs.iter().map(|(verb, count)| format!("{verb}: {count} entries")));
    let unfinished =
        report.unfinished.iter().map(|(index, act, _dataset)| format!("entry {index}: {act}"));
    Ok(VerifyAnswer {
        kind: "ledger".to_owned(),
        path: path.to_path_buf(),
        held,
        unfinished: unfinished.collect(),
    })
}

fn dataset(path: &Path, key: Option<&Path>) -> Result<VerifyAnswer, ActError> {
    let keys = keys(path, key)?;
    let trusted: Vec<TrustedKey> = keys
        .iter()
        .filter(|key| key.name().ends_with(CERTIFICATE_ROLE))
        .map(|key| TrustedKey { key_id: key.name().to_owned(), public: key.public().to_vec() })
        .collect();
    let reader = Reader::open(path)?;
    let report =
        sudare_deident::verify::release(&reader, &trusted, &|claim| in_ledger(claim, &keys))
            .map_err(wrong)?;
    Ok(VerifyAnswer {
        kind: "dataset".to_owned(),
        path: path.to_path_buf(),
        held: told(&report),
        unfinished: Vec::new(),
    })
}

fn told(report: &VerifyReport) -> Vec<String> {
    let rows: u64 = report.rows.iter().map(|(_, rows)| rows).sum();
    let mut held = vec![
        format!("the certificate of `{}` is signed by {}", report.dataset, report.signed_by),
        format!("{} files, {} bytes: every digest", report.files, report.bytes),
        format!("{rows} rows in {} tables, as the dictionary says", report.rows.len()),
        format!("no identification code in {} columns of text", report.columns_scanned),
    ];
    if let Some(k) = report.k {
        held.push(format!("k counted anew from the data: {k}"));
    }
    held.push("the ledger entry that made it is under the signed root".to_owned());
    held
}

/// Whether the ledger holds the act that made this release: the entry is under a checkpoint that a key signed, and
/// says of this dataset that it holds these files.
fn in_ledger(claim: &LedgerClaim<'_>, keys: &[Verifier]) -> Result<(), String> {
    let place = claim.place;
    let verifier = keys
        .iter()
        .find(|key| key.name() == place.origin)
        .ok_or_else(|| format!("no key is trusted for the log `{}`", place.origin))?;
    let bytes = STANDARD.decode(&place.entry).map_err(|_| "its entry is no base64".to_owned())?;
    let proof = proof(place).ok_or_else(|| "its proof does not read".to_owned())?;
    verify_inclusion(&bytes, &proof, verifier).map_err(|error| error.to_string())?;
    let entry = Entry::decode(&bytes).map_err(|error| error.to_string())?;
    let Half::Done(done) = &entry.half else {
        return Err("the entry is not that of an act done".to_owned());
    };
    let made = done.made.as_ref().ok_or_else(|| "the entry made no dataset".to_owned())?;
    if made.dataset != *claim.dataset {
        return Err("the entry made another dataset".to_owned());
    }
    if made.contents.manifest != claim.outputs {
        return Err("the entry names other files".to_owned());
    }
    match &done.record {
        Record::Verdict(verdict) if verdict.policy == claim.specification => {}
        _ => return Err("the entry names another specification".to_owned()),
    }
    if entry.act.makes().map(sudare_model::LevelName::word) != Some(claim.track.word()) {
        return Err("the entry made a dataset of another level".to_owned());
    }
    Ok(())
}

fn proof(place: &LedgerPlace) -> Option<Proof> {
    let hash = |text: &String| {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Digest::from_bytes(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
    };
    Some(Proof {
        index: place.index,
        size: place.tree_size,
        hashes: place.proof.iter().map(hash).collect::<Option<_>>()?,
        checkpoint: place.checkpoint.clone(),
    })
}

/// The files of a release on disk.
struct Reader {
    inbox: Inbox,
    folders: Vec<String>,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, ActError> {
        let inbox =
            Inbox::walk(&[path.to_path_buf()], &Limits::DEFAULT).doing("listing the dataset")?;
        let folders = inbox.folders().iter().map(|name| below(name));
        let folders = folders.filter(|name| !name.is_empty()).collect();
        Ok(Self { inbox, folders })
    }
}

impl ReleaseReader for Reader {
    fn names(&self) -> io::Result<Vec<String>> {
        let files = self.inbox.entries().iter();
        let files = files.map(|entry| below(entry.name()));
        Ok(files.chain(self.folders.iter().cloned()).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReleaseFile>> {
        let mut numbered = (0u32..).zip(self.inbox.entries());
        let found = numbered.find(|(_, entry)| below(entry.name()) == name);
        let (file_no, _) = found.ok_or(io::ErrorKind::NotFound)?;
        let steady = self.inbox.open(file_no).map_err(io::Error::other)?;
        Ok(Box::new(OneFile(steady)))
    }
}

/// A file of a release.
struct OneFile(Steady);

impl ReleaseFile for OneFile {
    fn bytes(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.0.length().saturating_sub(offset);
        let length = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        let bytes = self.0.range(offset, length).map_err(io::Error::other)?;
        if let Some(target) = buffer.get_mut(..length) {
            target.copy_from_slice(&bytes);
        }
        Ok(length)
    }
}
