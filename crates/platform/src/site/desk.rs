//! The desk (受付): the part of a site that works while an act runs in another process. It takes stop requests.
//!
//! Invariant: nothing here waits for the lock of the ledger, and nothing here writes what that lock protects. What is
//! taken at the desk lies in the letterbox until a process that has the site puts it in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudare_store::control::Control;
use sudare_store::keys::{Passphrase, SiteKeys};
use sudare_store::letterbox::Letterbox;
use tokio::runtime::Runtime;

use super::passphrase::opened;
use super::{Site, absolute, config, is_there};
use crate::clock::Clock;
use crate::error::{ActError, Doing as _};

/// The desk of a site. Clones are the same desk.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(crate) home: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) keys: Arc<SiteKeys>,
    pub(crate) control: Control,
    pub(crate) letterbox: Letterbox,
    pub(crate) runtime: Arc<Runtime>,
}

impl Desk {
    /// Opens the desk of a site whose key needs no passphrase.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub fn open(home: &Path, clock: Clock) -> Result<Self, ActError> {
        Self::open_with(home, clock, None)
    }

    /// Opens the desk of a site.
    ///
    /// # Errors
    /// [`ActError::Usage`] if there is no site, its configuration is wrong, or the passphrase of its key is missing or
    /// wrong; [`ActError::Failed`] if its keys or its control store cannot be opened.
    pub fn open_with(
        home: &Path,
        clock: Clock,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, ActError> {
        let home = absolute(home)?;
        is_there(&home)?;
        let config = config::read(&home)?;
        let keys = Arc::new(opened(SiteKeys::open_with(&home, passphrase))?);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = Arc::new(runtime.doing("starting a runtime")?);
        let control = runtime.block_on(config.control(&home))?;
        let letterbox = Letterbox::new(&home, Arc::clone(&keys));
        Ok(Self { home, clock, keys, control, letterbox, runtime })
    }

    /// Opens the site; `None` if another process has it.
    ///
    /// # Errors
    /// [`ActError::Failed`] if a part of it cannot be opened.
    pub fn site(&self) -> Result<Option<Site>, ActError> {
        Site::of(self)
    }
}
