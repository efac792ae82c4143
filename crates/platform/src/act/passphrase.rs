//! `site passphrase`: the site key of a site that is there, wrapped by a passphrase, or by another than before.
//!
//! Only the one file that wraps the site key is written, atomically; no other key, no entry of the ledger and no
//! process that has the site open is touched.

use std::path::Path;

use sudare_store::keys::{Passphrase, SiteKeys};

use crate::answer::Wrapped;
use crate::error::ActError;
use crate::site;

/// The argument that names the new passphrase.
const NEW: &str = "--new";

/// Wraps the site key of a home by the passphrase in a file or pipe.
///
/// # Errors
/// [`ActError::Usage`] if there is no site, the passphrase of today is missing or wrong, or the new one is no line of
/// text; [`ActError::Failed`] if the key cannot be written. The key is then wrapped as before.
pub fn site_passphrase(
    home: &Path,
    passphrase: Option<&Passphrase>,
    new: &Path,
) -> Result<Wrapped, ActError> {
    let home = site::absolute(home)?;
    site::is_there(&home)?;
    let new = site::passphrase_of(new, NEW)?;
    let wrapped_before = site::opened(SiteKeys::rewrap(&home, passphrase, &new))?;
    Ok(Wrapped { home, wrapped_before })
}
