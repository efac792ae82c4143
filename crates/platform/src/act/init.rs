//! `init`: a new, empty site.

use std::path::Path;

use sudare_ledger::Ledger;
use sudare_store::files;
use sudare_store::keys::SiteKeys;
use sudare_store::log_files::LogFiles;

use crate::answer::Initialised;
use crate::clock::Clock;
use crate::error::{ActError, Doing as _};
use crate::site;

/// Makes a site in a folder: keys first, then the ledger with its first entry, last the keys for verifiers, whose
/// arrival says that the site is whole. A site that is there is left as it is; one half made is finished.
///
/// # Errors
/// [`ActError::Failed`] if something cannot be written.
pub fn init(home: &Path, clock: &Clock) -> Result<Initialised, ActError> {
    let home = site::absolute(home)?;
    let verifiers = site::verifier_file(&home);
    let existed = site::exists(&home) && verifiers.exists();
    if !existed {
        site::folder(&home)?;
        let keys = if site::exists(&home) {
            SiteKeys::open(&home).doing("opening the keys")?
        } else {
            SiteKeys::create(&home).doing("making the keys")?
        };
        let folder = site::ledger_folder(&home);
        if !folder.join("checkpoint").exists() {
            Ledger::create(
                Box::new(LogFiles::new(&folder)),
                site::signer(&keys)?,
                env!("CARGO_PKG_VERSION"),
                clock.now(),
            )
            .doing("beginning the ledger")?;
        }
        let lines = [site::signer(&keys)?, site::certificate_signer(&keys)?]
            .map(|signer| format!("{}\n", signer.verifier()));
        files::write_atomically(&verifiers, lines.concat().as_bytes())
            .doing("writing the keys for verifiers")?;
    }
    let text = files::read_text(&verifiers, 4096).doing("reading the keys for verifiers")?;
    Ok(Initialised {
        ledger: site::ledger_folder(&home),
        verifier_key: text.lines().next().unwrap_or_default().to_owned(),
        home,
        existed,
    })
}
