//! The folder of a release: drafted beside its name, certified, and then renamed to it.
//!
//! `HOME/releases/.draft-ID/` while it is written; `HOME/releases/.pending-ID.json` is the certificate as it will be,
//! from before the ledger entry until the release has its name.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_deident::ReleaseWriter;
use sudare_deident::certificate::{self, CERTIFICATE, Envelope, LedgerPlace, Statement};
use sudare_deident::seal::{Sign, SignError};
use sudare_ledger::note::Signer;
use sudare_model::DatasetId;
use sudare_store::files;

use crate::error::{ActError, Doing as _};
use crate::site::{self, CERTIFICATE_KEY_NAME, Site};

/// A certificate is a few hundred kilobytes.
const CERTIFICATE_BYTES_MAX: u64 = 64 << 20;

/// Where a release lies.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    draft: PathBuf,
    pending: PathBuf,
}

impl Folder {
    /// The folder of a dataset.
    pub(crate) fn of(site: &Site, id: &DatasetId) -> Self {
        let releases = site.releases();
        Self {
            path: releases.join(id.as_str()),
            draft: releases.join(format!(".draft-{id}")),
            pending: releases.join(format!(".pending-{id}.json")),
        }
    }

    /// The release itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the release has its name, which it gets last.
    pub(crate) fn is_certified(&self) -> bool {
        self.path.join(CERTIFICATE).exists()
    }

    /// An empty draft. What an earlier, killed one left is removed.
    pub(super) fn draft(&self) -> Result<Draft, ActError> {
        files::remove_tree(&self.draft).doing("removing an earlier draft")?;
        if let Some(releases) = self.path.parent() {
            site::folder(releases)?;
        }
        site::folder(&self.draft)?;
        Ok(Draft { folder: self.draft.clone(), pending: self.pending.clone() })
    }

    /// Certifies what is pending by the entry that recorded it, and gives the release its name.
    pub(super) fn certify(&self, site: &Site, entry: u64) -> Result<(), ActError> {
        let doing = "certifying the release";
        let pending = files::read_bytes(&self.pending, CERTIFICATE_BYTES_MAX).doing(doing)?;
        let mut statement: Statement = serde_json::from_slice(&pending).doing(doing)?;
        let proof = site.ledger.proof(entry).doing("proving the entry")?;
        statement.predicate.ledger = LedgerPlace {
            origin: site.ledger.verifier().name().to_owned(),
            index: proof.index,
            tree_size: proof.size,
            entry: STANDARD.encode(site.ledger.entry(entry).doing("reading the entry")?),
            proof: proof.hashes.iter().map(|hash| STANDARD.encode(hash.as_bytes())).collect(),
            checkpoint: proof.checkpoint,
        };
        let signer = CertificateSigner(site::certificate_signer(&site.keys)?);
        files::remove_file(&self.draft.join(CERTIFICATE)).doing(doing)?;
        let mut draft = Draft { folder: self.draft.clone(), pending: self.pending.clone() };
        certificate::seal(&statement, &signer, &mut draft).doing(doing)?;
        files::sync_tree(&self.draft).doing(doing)?;
        files::rename_durably(&self.draft, &self.path).doing(doing)?;
        files::remove_file(&self.pending).doing(doing)
    }

    /// The statement of a certified release; who signed it is not asked here.
    pub(crate) fn statement(&self) -> Result<Statement, ActError> {
        let doing = "reading the certificate";
        let bytes = files::read_bytes(&self.path.join(CERTIFICATE), CERTIFICATE_BYTES_MAX);
        let envelope: Envelope = serde_json::from_slice(&bytes.doing(doing)?).doing(doing)?;
        let payload = STANDARD.decode(&envelope.payload).doing(doing)?;
        serde_json::from_slice(&payload).doing(doing)
    }
}

/// A release being written.
#[derive(Debug)]
pub(super) struct Draft {
    folder: PathBuf,
    pending: PathBuf,
}

impl Draft {
    /// Keeps the certificate as it will be.
    pub(super) fn pend(&self, statement: &Statement) -> Result<(), ActError> {
        files::sync_tree(&self.folder).doing("making the release durable")?;
        let bytes = serde_json::to_vec(statement).doing("keeping the statement")?;
        files::write_atomically(&self.pending, &bytes).doing("keeping the statement")
    }
}

impl ReleaseWriter for Draft {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write + Send>> {
        let file = files::create_private(&self.folder.join(name))?;
        Ok(Box::new(io::BufWriter::with_capacity(1 << 20, file)))
    }
}

/// Signs certificates under the site's name.
struct CertificateSigner(Signer);

impl Sign for CertificateSigner {
    fn key_id(&self) -> String {
        CERTIFICATE_KEY_NAME.to_owned()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(message).map(|signature| signature.to_vec()).map_err(|_| SignError)
    }
}
