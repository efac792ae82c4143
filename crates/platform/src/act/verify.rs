//! `verify`: a dataset or a ledger, offline, from its files and the verifiers' keys alone. Opens no site.

use std::io;
use std::path::Path;

use sudare_deident::TrustedKey;
use sudare_deident::certificate::CERTIFICATE;
use sudare_deident::verify::{ReleaseFile, ReleaseReader, VerifyReport};
use sudare_ledger::{Verifier, fsck};
use sudare_store::inbox::{Inbox, Limits, Steady};
use sudare_store::log_files::LogFiles;

use crate::answer::{Counts, VerifyAnswer};
use crate::error::{ActError, Doing as _};
use crate::inbox::below;

mod claim;
mod trust;

pub use trust::Pin;
pub(crate) use trust::{fingerprint, lines};

use trust::Keys;

/// Verifies what lies at a path. The answer says whose keys it was verified by, and who gave them.
///
/// # Errors
/// [`ActError::Usage`] if it is neither a dataset nor a ledger, or there is no key; [`ActError::Failed`] naming the
/// first thing that is wrong, or the keys that are not those pinned.
pub fn verify(path: &Path, pin: Pin<'_>) -> Result<VerifyAnswer, ActError> {
    let (kind, check): (_, Check) = if path.join(CERTIFICATE).exists() {
        ("dataset", dataset)
    } else if path.join("checkpoint").exists() {
        ("ledger", ledger)
    } else {
        let help = "is neither a dataset (certificate.json) nor a ledger (checkpoint)";
        return Err(ActError::usage(path.display().to_string(), help));
    };
    let keys = Keys::of(path, pin)?;
    let found = check(path, &keys)?;
    Ok(VerifyAnswer {
        kind: kind.to_owned(),
        path: path.to_path_buf(),
        trust: keys.trust(),
        keys: keys.told(),
        held: found.held,
        acts: found.acts,
        abandoned: found.abandoned,
        unfinished: found.unfinished,
    })
}

/// One of the two checks.
type Check = fn(&Path, &Keys) -> Result<Found, ActError>;

/// What a check found in order.
#[derive(Default)]
struct Found {
    held: Vec<String>,
    acts: Counts,
    abandoned: u64,
    unfinished: Vec<String>,
}

fn wrong(fault: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Failed { doing: "verifying".to_owned(), source: Box::new(fault) }
}

/// What is wrong, and by whose keys.
fn wrong_by(keys: &Keys, fault: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Failed { doing: format!("verifying by {keys}"), source: Box::new(fault) }
}

fn ledger(path: &Path, keys: &Keys) -> Result<Found, ActError> {
    let checked = fsck::fsck(&LogFiles::new(path), keys.log()?);
    let report = checked.map_err(|fault| wrong_by(keys, fault))?;
    keys.lie_in(path)?;
    let held = vec![
        format!("{} entries under one signed root {}", report.size, report.root),
        "every tile is what the entries make".to_owned(),
        "every act follows the rules of the book".to_owned(),
    ];
    let acts = report.acts.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
    let unfinished =
        report.unfinished.iter().map(|(index, act, _dataset)| format!("entry {index}: {act}"));
    Ok(Found { held, acts, abandoned: report.abandoned, unfinished: unfinished.collect() })
}

fn dataset(path: &Path, keys: &Keys) -> Result<Found, ActError> {
    let report = release(path, &keys.all)?.map_err(|fault| wrong_by(keys, fault))?;
    Ok(Found { held: told(&report), ..Found::default() })
}

/// Verifies a release by the keys of the site that is about to hand it over.
pub(crate) fn by_own_keys(path: &Path, keys: &[Verifier]) -> Result<VerifyReport, ActError> {
    release(path, keys)?.map_err(wrong)
}

fn release(
    path: &Path,
    keys: &[Verifier],
) -> Result<Result<VerifyReport, sudare_deident::verify::VerifyFault>, ActError> {
    let trusted: Vec<TrustedKey> = keys
        .iter()
        .filter(|key| trust::signs_certificates(key))
        .map(|key| TrustedKey { key_id: key.name().to_owned(), public: key.public().to_vec() })
        .collect();
    let reader = Reader::open(path)?;
    Ok(sudare_deident::verify::release(&reader, &trusted, &|said| claim::in_ledger(said, keys)))
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
    held.push(
        "the ledger entry that made it is under the signed root and says the same".to_owned(),
    );
    held
}

/// The files of a release on disk.
struct Reader {
    inbox: Inbox,
    folders: Vec<String>,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, ActError> {
        let (inbox, folders) =
            Inbox::with_folders(path, &Limits::DEFAULT).doing("listing the dataset")?;
        let folders = folders.iter().map(|name| below(name));
        let folders = folders.filter(|name| !name.is_empty()).collect();
        Ok(Self { inbox, folders })
    }
}

impl ReleaseReader for Reader {
    fn names(&self) -> io::Result<Vec<String>> {
        let files = self.inbox.entries().map(|(_, entry)| below(entry.name()));
        Ok(files.chain(self.folders.iter().cloned()).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReleaseFile>> {
        let found = self.inbox.entries().find(|(_, entry)| below(entry.name()) == name);
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
