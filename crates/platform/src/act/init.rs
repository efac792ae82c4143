//! `init`: a new, empty site.

use std::path::Path;

use sudare_ledger::{Ledger, Verifier};
use sudare_store::files;
use sudare_store::keys::{Passphrase, SiteKeys};
use sudare_store::log_files::LogFiles;

use crate::answer::Initialised;
use crate::clock::Clock;
use crate::error::{ActError, Doing as _};
use crate::site;

/// What `init` warns of where the site key is not wrapped.
const IN_CLEAR: &str = "the site key lies in clear in keys/site.age, readable by its owner alone; \
                        `sudare site passphrase` wraps it";

/// Makes a site in a folder, its key in clear.
///
/// # Errors
/// As [`init_with`].
pub fn init(home: &Path, clock: &Clock) -> Result<Initialised, ActError> {
    init_with(home, clock, None)
}

/// Makes a site in a folder, its key wrapped by a passphrase if one is given: its keys, the keys for verifiers, last
/// the ledger with its first entry, which says that the site is whole. So there is never a ledger that nobody could
/// verify. A site that is there is left as it is; one half made is finished.
///
/// # Errors
/// [`ActError::Usage`] if a half-made site has another passphrase; [`ActError::Failed`] if something cannot be written.
pub fn init_with(
    home: &Path,
    clock: &Clock,
    passphrase: Option<&Passphrase>,
) -> Result<Initialised, ActError> {
    let home = site::absolute(home)?;
    let verifiers = site::verifier_file(&home);
    let folder = site::ledger_folder(&home);
    let begun = folder.join("checkpoint").exists();
    let existed = site::exists(&home) && verifiers.exists() && begun;
    if !existed {
        site::folder(&home)?;
        let keys = if site::exists(&home) {
            site::opened(SiteKeys::open_with(&home, passphrase))?
        } else {
            SiteKeys::create_with(&home, passphrase).doing("making the keys")?
        };
        site::folder(&folder)?;
        let lines = super::verify::lines(&site::verifiers(&keys)?);
        files::write_atomically(&verifiers, lines.as_bytes())
            .doing("writing the keys for verifiers")?;
        if !begun {
            Ledger::create(
                Box::new(LogFiles::new(&folder)),
                site::signer(&keys)?,
                env!("CARGO_PKG_VERSION"),
                clock.now(),
            )
            .doing("beginning the ledger")?;
        }
    }
    let text = files::read_text(&verifiers, 4096).doing("reading the keys for verifiers")?;
    let wrapped = SiteKeys::wants_passphrase(&home).doing("looking at the keys")?;
    let keys: Vec<Verifier> = text
        .lines()
        .map(Verifier::parse)
        .collect::<Result<_, _>>()
        .doing("reading the keys for verifiers")?;
    Ok(Initialised {
        wrapped,
        warnings: if wrapped { Vec::new() } else { vec![IN_CLEAR.to_owned()] },
        ledger: site::ledger_folder(&home),
        verifier_key: text.lines().next().unwrap_or_default().to_owned(),
        fingerprint: super::verify::fingerprint(&keys).to_string(),
        home,
        existed,
    })
}
