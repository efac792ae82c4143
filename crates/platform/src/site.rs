//! A site: one folder with its keys, its stores, its vaults and its ledger, opened for one act at a time.
//!
//! ```text
//! HOME/keys/        site key, wrapped secrets, one wrapped data key for each dataset
//! HOME/control.db   control store (SQLite unless site.toml names another)
//! HOME/ledger/      the log, and verifier.key for whoever checks it
//! HOME/vault/       tables by level, books of releases, sealed; HOME/custody/  files as they came, sealed
//! HOME/releases/    de-identified datasets         HOME/packages/    packages for recipients
//! HOME/answers/     answers to providers           HOME/receipts/    receipts of stop requests, sealed
//! HOME/letterbox/   stop requests that wait, sealed
//! HOME/masters/     the official claim masters, public
//! HOME/spool/       images that came over a network and wait to be received, sealed
//! ```
//!
//! What needs no lock is the [`Desk`]; a site is opened from one.
//!
//! Invariant: what lies in a vault or in custody and is not in the ledger is swept when the site opens; an act that a
//! killed process left open is abandoned then, and what waits in the letterbox is put in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudare_ledger::ledger::OpenError;
use sudare_ledger::note::Signer;
use sudare_ledger::storage::StorageError;
use sudare_ledger::{Ledger, Reason, Verifier};
use sudare_model::{DatasetId, DeliveryId, LevelName};
use sudare_store::control::Control;
use sudare_store::custody::Custody;
use sudare_store::files;
use sudare_store::keys::{Purpose, SiteKeys};
use sudare_store::letterbox::Letterbox;
use sudare_store::log_files::LogFiles;
use sudare_store::vault::{Shelf, Vault};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::{ActError, Doing as _};

mod config;
mod desk;
mod passphrase;

pub use desk::Desk;
pub use passphrase::passphrase_in;
pub(crate) use passphrase::{opened, read as passphrase_of};

/// The name that the ledger's checkpoints and the certificates carry.
const LOG_NAME: &str = "sudare.site";
/// The name of the key that signs certificates.
pub(crate) const CERTIFICATE_KEY_NAME: &str = "sudare.site.certificate";

/// An open site.
#[derive(Debug)]
pub struct Site {
    pub(crate) home: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SiteKeys>,
    pub(crate) ledger: Ledger,
    pub(crate) control: Control,
    pub(crate) vault: Vault,
    pub(crate) custody: Custody,
    pub(crate) letterbox: Letterbox,
    pub(crate) runtime: Arc<Runtime>,
}

impl Site {
    /// Opens a site and sets right what a killed process left.
    ///
    /// # Errors
    /// [`ActError::Usage`] if there is no site; [`ActError::Failed`] if a part of it cannot be opened, or another
    /// process has it open.
    pub fn open(home: &Path, clock: Clock) -> Result<Self, ActError> {
        Self::at(&Desk::open(home, clock)?)
    }

    /// Opens the site of a desk.
    ///
    /// # Errors
    /// [`ActError::Failed`] if a part of it cannot be opened, or another process has it open.
    pub fn at(desk: &Desk) -> Result<Self, ActError> {
        desk.site()?.ok_or(StorageError::Locked).doing("opening the ledger")
    }

    /// Opens the site of a desk; `None` if another process has it.
    fn of(desk: &Desk) -> Result<Option<Self>, ActError> {
        let Desk { home, clock, keys, control, letterbox, runtime } = desk.clone();
        let log = Box::new(LogFiles::new(&ledger_folder(&home)));
        let ledger = match Ledger::open(log, signer(&keys)?) {
            Err(OpenError::Storage(StorageError::Locked)) => return Ok(None),
            opened => opened.doing("opening the ledger")?,
        };
        let vault = Vault::open(&home, Arc::clone(&keys)).doing("opening the vaults")?;
        let custody = Custody::open(&home, Arc::clone(&keys)).doing("opening the custody")?;
        let site = Self { home, clock, keys, ledger, control, vault, custody, letterbox, runtime };
        site.set_right()?;
        crate::act::record_withdrawals(&site)?;
        crate::act::heed(&site)?;
        Ok(Some(site))
    }

    /// Abandons acts that nobody does any more, and removes what no entry speaks of.
    fn set_right(&self) -> Result<(), ActError> {
        let reason = Reason::new("interrupted").doing("naming a reason")?;
        for open in self.ledger.unfinished() {
            self.ledger
                .abandon(open.index, &reason, self.clock.now())
                .doing("abandoning an interrupted act")?;
        }
        // Folder by folder of what is written file by file; the depth is that of the files.
        for (folder, depth) in [
            ("keys", 4),
            ("ledger", 1),
            ("answers", 3),
            ("receipts", 1),
            ("releases", 1),
            ("masters", 1),
        ] {
            files::sweep_unfinished(&self.home.join(folder), depth)
                .doing("sweeping unfinished files")?;
        }
        for level in LevelName::ALL {
            self.sweep(Shelf::Content(*level), *level)?;
        }
        self.sweep(Shelf::Identity, LevelName::Cleared)?;
        self.sweep(Shelf::Cohorts, LevelName::Anonymised)?;
        self.sweep_releases()?;
        for delivery in self.custody.deliveries().doing("listing the custody")? {
            if !self.knows(&received_id(&delivery)?) {
                self.custody.erase(&delivery).doing("sweeping the custody")?;
            }
        }
        self.sweep_answers()
    }

    /// Removes the answers of deliveries whose rows the ledger does not have: a killed act wrote them, and what came
    /// then is answered when it is received again, perhaps in another delivery.
    fn sweep_answers(&self) -> Result<(), ActError> {
        let answers = self.home.join("answers");
        if !answers.is_dir() {
            return Ok(());
        }
        for provider in files::names_in(&answers).doing("listing the answers")? {
            let folder = answers.join(provider);
            for name in files::names_in(&folder).doing("listing the answers")? {
                let Ok(delivery) = DeliveryId::parse(&name) else { continue };
                if !self.knows(&cleared_id(&delivery)?) {
                    files::remove_tree(&folder.join(name)).doing("sweeping an answer")?;
                }
            }
        }
        Ok(())
    }

    /// Removes a draft that no statement waits for, and a statement whose release has its name already.
    fn sweep_releases(&self) -> Result<(), ActError> {
        let releases = self.releases();
        for name in files::names_in(&releases).doing("listing the releases")? {
            let path = releases.join(&name);
            if let Some(id) = name.strip_prefix(".draft-")
                && !releases.join(format!(".pending-{id}.json")).exists()
            {
                files::remove_tree(&path).doing("sweeping a draft")?;
            }
            let pending = name.strip_prefix(".pending-").and_then(|it| it.strip_suffix(".json"));
            if pending.is_some_and(|id| releases.join(id).exists()) {
                files::remove_file(&path).doing("sweeping a statement")?;
            }
        }
        Ok(())
    }

    fn sweep(&self, shelf: Shelf, level: LevelName) -> Result<(), ActError> {
        for dataset in self.vault.datasets(shelf).doing("listing the vaults")? {
            let known = self.ledger.holding(&dataset).is_some_and(|one| one.level == level);
            if !known {
                self.vault.erase(shelf, &dataset).doing("sweeping the vaults")?;
            }
        }
        Ok(())
    }

    /// Whether the ledger knows a dataset.
    pub(crate) fn knows(&self, dataset: &DatasetId) -> bool {
        self.ledger.holding(dataset).is_some()
    }

    /// A keyed digest that may stand in the ledger for bytes that may not.
    pub(crate) fn commitment(&self, bytes: &[u8]) -> sudare_model::Digest {
        self.keys.digest(Purpose::Commitment, bytes)
    }

    /// The folder of releases.
    pub(crate) fn releases(&self) -> PathBuf {
        self.home.join("releases")
    }
}

/// The dataset at level `received` of a delivery.
pub(crate) fn received_id(delivery: &DeliveryId) -> Result<DatasetId, ActError> {
    dataset_id(&format!("r-{delivery}"))
}

/// The dataset at level `cleared` of a delivery.
pub(crate) fn cleared_id(delivery: &DeliveryId) -> Result<DatasetId, ActError> {
    dataset_id(&format!("c-{delivery}"))
}

/// A dataset id that this program made up.
pub(crate) fn dataset_id(text: &str) -> Result<DatasetId, ActError> {
    DatasetId::parse(text).doing("naming a dataset")
}

/// Whether a home holds a site.
pub(crate) fn exists(home: &Path) -> bool {
    home.join("keys").join("site.age").exists()
}

/// Asks that a home holds a site.
pub(crate) fn is_there(home: &Path) -> Result<(), ActError> {
    if exists(home) {
        return Ok(());
    }
    let help = "there is no site here; make one with `sudare init`";
    Err(ActError::usage(home.display().to_string(), help))
}

/// Where the ledger lies.
pub(crate) fn ledger_folder(home: &Path) -> PathBuf {
    home.join("ledger")
}

/// Where the keys lie with which others verify: one line for the log, one for certificates.
pub(crate) fn verifier_file(home: &Path) -> PathBuf {
    ledger_folder(home).join("verifier.key")
}

/// The signer of the ledger's checkpoints.
pub(crate) fn signer(keys: &SiteKeys) -> Result<Signer, ActError> {
    named_signer(LOG_NAME, keys.ledger_seed().doing("reading the ledger's key")?)
}

/// The signer of certificates.
pub(crate) fn certificate_signer(keys: &SiteKeys) -> Result<Signer, ActError> {
    let seed = keys.certificate_seed().doing("reading the certificates' key")?;
    named_signer(CERTIFICATE_KEY_NAME, seed)
}

/// What others need to verify what this site signed: the key of the log, then that of certificates.
pub(crate) fn verifiers(keys: &SiteKeys) -> Result<[Verifier; 2], ActError> {
    Ok([signer(keys)?.verifier().clone(), certificate_signer(keys)?.verifier().clone()])
}

fn named_signer(name: &str, seed: Zeroizing<[u8; 32]>) -> Result<Signer, ActError> {
    Signer::from_seed(name, seed).doing("making a signer")
}

/// The path from the root, so that a home given as `sudare-home` is one place whatever the caller does.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, ActError> {
    std::path::absolute(path).doing("finding the home")
}

/// Makes a folder of the home.
pub(crate) fn folder(path: &Path) -> Result<(), ActError> {
    files::create_private_dir(path).doing("making a folder of the home")
}
