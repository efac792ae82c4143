//! The offline verifier of a release: nothing is asked of whoever made it.
//!
//! What it is for: naming the first thing that is wrong, if anything is. What it is not for:
//! knowing the log; whoever does is asked by a callback. Invariant: every byte of every file is
//! under a digest that is under the signature, and what the certificate claims of k, of rows and of
//! identification codes is counted anew from the Parquet files. Start reading at [`release`].

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_model::{DatasetId, Digest, Track};

use crate::certificate::{
    CERTIFICATE, Envelope, LedgerPlace, PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE, Statement,
    pre_authentication,
};
use crate::detect::Hit;
use crate::seal::{Hasher, TrustedKey};
use crate::story::list_digest;

mod tables;

/// Reads the files of a release.
pub trait ReleaseReader {
    /// Names of all files in the release's folder, hidden ones too; folders as well, so that
    /// nothing hides in one.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReleaseFile>>;
}

/// A file that can be read at any place.
pub trait ReleaseFile: Send + Sync {
    /// Its length in bytes.
    fn bytes(&self) -> u64;

    /// Fills as much of the buffer as the file has from the offset on; 0 at its end.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// What the ledger must have said of a release.
#[derive(Debug)]
pub struct LedgerClaim<'a> {
    /// The dataset.
    pub dataset: &'a DatasetId,
    /// Its track.
    pub track: Track,
    /// Digest of its list of files: what the entry names.
    pub outputs: Digest,
    /// Digest of its specification.
    pub specification: Digest,
    /// Its project.
    pub project: &'a str,
    /// The register state that was read.
    pub epoch: u64,
    /// The smallest class counted; none on the pseudonymised track.
    pub k: Option<u64>,
    /// Persons left out to reach k.
    pub suppressed: u64,
    /// Rows by table, as counted.
    pub rows: &'a [(String, u64)],
    /// Entry and proof as the certificate has them.
    pub place: &'a LedgerPlace,
}

/// What is wrong with a release.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFault {
    /// A file cannot be read.
    #[error("`{file}` cannot be read")]
    Read {
        /// Which one.
        file: String,
        /// What the storage said.
        source: io::Error,
    },
    /// The certificate is not one.
    #[error("`certificate.json` is broken: {0}")]
    Certificate(&'static str),
    /// No trusted key signed it.
    #[error("no trusted key signed `certificate.json`")]
    Signature,
    /// A file differs from its digest.
    #[error("`{0}` is not the file that was certified: its digest differs")]
    Digest(String),
    /// A certified file is not there.
    #[error("`{0}` is certified and is missing")]
    Missing(String),
    /// A file is there that was not certified.
    #[error("`{0}` is there and is not certified")]
    Extra(String),
    /// A table cannot be read as Parquet, or not as certified.
    #[error("`{table}.parquet` does not hold what was certified: {what}")]
    Table {
        /// The table.
        table: String,
        /// What differs.
        what: &'static str,
    },
    /// Rows or values differ from what the dictionary says.
    #[error("`{place}` has {found}, `{document}` says {said}")]
    Count {
        /// Table, or table and column.
        place: String,
        /// What was counted.
        found: u64,
        /// What is said.
        said: u64,
        /// Which document says it.
        document: &'static str,
    },
    /// k does not hold.
    #[error(
        "the smallest class of `person` holds {measured} persons, the certificate says {said} \
        and requires {required}"
    )]
    K {
        /// What was counted.
        measured: u64,
        /// What the certificate says.
        said: u64,
        /// What it requires.
        required: u64,
    },
    /// An identification code is in a table.
    #[error(transparent)]
    IdentificationCode(#[from] Hit),
    /// The ledger does not hold the act.
    #[error("the ledger does not hold this release: {0}")]
    Ledger(String),
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// The dataset.
    pub dataset: DatasetId,
    /// Its track.
    pub track: Track,
    /// Who signed.
    pub signed_by: String,
    /// Files under the signature.
    pub files: usize,
    /// Bytes under the signature.
    pub bytes: u64,
    /// Rows by table.
    pub rows: Vec<(String, u64)>,
    /// Smallest class counted; none on the pseudonymised track.
    pub k: Option<u64>,
    /// Texts looked at for identification codes, in columns.
    pub columns_scanned: usize,
}

/// A certificate is a few hundred kilobytes; a longer one is not read.
const CERTIFICATE_BYTES_MAX: u64 = 64 << 20;
const READ_BYTES: usize = 1 << 20;

/// Verifies a release.
///
/// # Errors
/// [`VerifyFault`] names the first thing that is wrong.
pub fn release(
    reader: &dyn ReleaseReader,
    keys: &[TrustedKey],
    ledger: &dyn Fn(&LedgerClaim<'_>) -> Result<(), String>,
) -> Result<VerifyReport, VerifyFault> {
    let (statement, signed_by) = certificate(reader, keys)?;
    let bytes = files(reader, &statement)?;
    let predicate = &statement.predicate;
    let track = Track::from_word(&predicate.track)
        .ok_or(VerifyFault::Certificate("its track is unknown"))?;
    if predicate.article != track.article() {
        return Err(VerifyFault::Certificate("its article is not that of its track"));
    }
    let dataset = DatasetId::parse(&predicate.dataset)
        .map_err(|_| VerifyFault::Certificate("its dataset id is none"))?;
    let counted = tables::count(reader, predicate, track)?;
    let outputs = digest(&predicate.outputs.sha256)?;
    ledger(&LedgerClaim {
        dataset: &dataset,
        track,
        outputs,
        specification: digest(&predicate.specification.sha256)?,
        project: &predicate.project,
        epoch: predicate.register.epoch,
        k: counted.k,
        suppressed: predicate.risk.suppressed,
        rows: &counted.rows,
        place: &predicate.ledger,
    })
    .map_err(VerifyFault::Ledger)?;
    Ok(VerifyReport {
        dataset,
        track,
        signed_by,
        files: statement.subject.len(),
        bytes,
        rows: counted.rows,
        k: counted.k,
        columns_scanned: counted.columns_scanned,
    })
}

/// Opens the envelope: a trusted key must have signed exactly this payload.
fn certificate(
    reader: &dyn ReleaseReader,
    keys: &[TrustedKey],
) -> Result<(Statement, String), VerifyFault> {
    let names = names(reader)?;
    if !names.iter().any(|name| name == CERTIFICATE) {
        return Err(VerifyFault::Missing(CERTIFICATE.to_owned()));
    }
    let bytes = small_file(reader, CERTIFICATE)?;
    let envelope: Envelope = serde_json::from_slice(&bytes)
        .map_err(|_| VerifyFault::Certificate("it is no DSSE envelope"))?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(VerifyFault::Certificate("its payload is no in-toto statement"));
    }
    let payload = STANDARD
        .decode(&envelope.payload)
        .map_err(|_| VerifyFault::Certificate("its payload is no base64"))?;
    let message = pre_authentication(&payload);
    let [signature] = envelope.signatures.as_slice() else {
        return Err(VerifyFault::Certificate("it must have one signature"));
    };
    let signed = STANDARD
        .decode(&signature.sig)
        .map_err(|_| VerifyFault::Certificate("its signature is no base64"))?;
    let key = keys
        .iter()
        .find(|key| key.key_id == signature.keyid && key.accepts(&message, &signed))
        .ok_or(VerifyFault::Signature)?;
    // One statement has one file: a reader of bytes and a reader of JSON see the same.
    let mut again = serde_json::to_vec_pretty(&envelope).unwrap_or_default();
    again.push(b'\n');
    if again != bytes {
        return Err(VerifyFault::Certificate("it is not written as certificates are"));
    }
    let statement: Statement = serde_json::from_slice(&payload)
        .map_err(|_| VerifyFault::Certificate("its statement cannot be read"))?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err(VerifyFault::Certificate("its statement is of another type"));
    }
    Ok((statement, key.key_id.clone()))
}

/// Every certified file is there with its digest, and no other. Gives the bytes read.
fn files(reader: &dyn ReleaseReader, statement: &Statement) -> Result<u64, VerifyFault> {
    let names = names(reader)?;
    for name in &names {
        if name != CERTIFICATE && !statement.subject.iter().any(|one| one.name == *name) {
            return Err(VerifyFault::Extra(name.clone()));
        }
    }
    let mut bytes = 0;
    let mut list = Vec::new();
    for file in &statement.subject {
        if !names.contains(&file.name) {
            return Err(VerifyFault::Missing(file.name.clone()));
        }
        let said = digest(&file.digest.sha256)?;
        let (found, length) = hash(reader, &file.name)?;
        if found != said {
            return Err(VerifyFault::Digest(file.name.clone()));
        }
        bytes += length;
        list.push((file.name.as_str(), found));
    }
    if list_digest(list.into_iter()) != digest(&statement.predicate.outputs.sha256)? {
        return Err(VerifyFault::Certificate("its list of files has another digest"));
    }
    Ok(bytes)
}

fn names(reader: &dyn ReleaseReader) -> Result<Vec<String>, VerifyFault> {
    let mut names =
        reader.names().map_err(|source| VerifyFault::Read { file: ".".to_owned(), source })?;
    names.sort_unstable();
    Ok(names)
}

fn digest(hex: &str) -> Result<Digest, VerifyFault> {
    Digest::parse(hex).ok_or(VerifyFault::Certificate("a digest in it is none"))
}

fn open(reader: &dyn ReleaseReader, name: &str) -> Result<Box<dyn ReleaseFile>, VerifyFault> {
    reader.open(name).map_err(|source| VerifyFault::Read { file: name.to_owned(), source })
}

fn hash(reader: &dyn ReleaseReader, name: &str) -> Result<(Digest, u64), VerifyFault> {
    let file = open(reader, name)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; READ_BYTES];
    let mut offset = 0;
    loop {
        let count = file
            .read_at(offset, &mut buffer)
            .map_err(|source| VerifyFault::Read { file: name.to_owned(), source })?;
        if count == 0 {
            return Ok((hasher.finish(), offset));
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        offset += u64::try_from(count).unwrap_or_default();
    }
}

fn small_file(reader: &dyn ReleaseReader, name: &str) -> Result<Vec<u8>, VerifyFault> {
    let file = open(reader, name)?;
    if file.bytes() > CERTIFICATE_BYTES_MAX {
        return Err(VerifyFault::Certificate("it is too long"));
    }
    let mut bytes = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let offset = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let count = file
            .read_at(offset, &mut buffer)
            .map_err(|source| VerifyFault::Read { file: name.to_owned(), source })?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
}
