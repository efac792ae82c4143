//! The site's keys: one identity that wraps all others.
//!
//! `HOME/keys/site.age` is the site identity, for its owner alone (0600): wrapped by a [`Passphrase`], or in clear. A
//! hardware module around it is later work. Beside it, each in a file sealed to it and bound to its name:
//! `subject.age` (who is who to content rows), `commitment.age`, `token.age`, `request.age`, `rehearsal.age` (keyed
//! digests, see [`Purpose`]), `supply.age` (the salt of supply records), `ledger.age` (the seed that signs the log),
//! `certificate.age` (the seed that signs certificates), `project/<id>.age` (pseudonyms), `data/<vault>/<dataset>.age`
//! (data keys). Each was drawn by itself: none is made from another.
//!
//! Invariants: no key prints itself; memory is overwritten on drop; a data key destroyed is a dataset gone, since the
//! file that held it is overwritten and removed, and it was never elsewhere. Start at [`SiteKeys::open`].

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::ExposeSecret;
use aws_lc_rs::hmac;
use sudare_model::{Digest, ProjectId, ProviderId, SubjectKey};
use zeroize::Zeroizing;

use crate::compute::KeyRing;
use crate::files::{self, FileError};
use crate::seal::DataKey;

mod passphrase;
mod purpose;

pub use passphrase::Passphrase;
pub use purpose::Purpose;
use purpose::PurposeKeys;

/// Bytes of a wrapped key's file at most.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// What the id of a project's pseudonym key begins with on the key ring.
pub const PROJECT_KEY_PREFIX: &str = "project/";

/// Why a key could not be had. Names keys by their file's name, never by content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The home has keys already.
    #[error("`{}` holds keys already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The key was never made or has been destroyed.
    #[error(
        "there is no key `{name}`: it was never made, or it was destroyed and what it sealed is gone"
    )]
    Gone {
        /// Its name.
        name: String,
    },
    /// The file does not hold the key it is named for, or was not wrapped by this site.
    #[error("key file `{name}` was altered, moved or not wrapped by this site")]
    Altered {
        /// Its name.
        name: String,
    },
    /// The site key is wrapped and no passphrase was given.
    #[error("the site key is wrapped by a passphrase, and none was given")]
    PassphraseMissing,
    /// The passphrase does not unwrap the site key.
    #[error("this passphrase does not open the site key, or its file was altered")]
    PassphraseWrong,
    /// The system gave no randomness.
    #[error("no randomness could be had")]
    Random,
}

/// 32 secret bytes, overwritten when dropped.
type Secret = Zeroizing<[u8; 32]>;

/// The keys of a site, unwrapped as they are asked for.
pub struct SiteKeys {
    folder: PathBuf,
    site: DataKey,
    subject: hmac::Key,
    purposes: PurposeKeys,
    supply: Secret,
    projects: Mutex<HashMap<String, Secret>>,
    data: Mutex<HashMap<String, Arc<DataKey>>>,
}

impl fmt::Debug for SiteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKeys(..)")
    }
}

impl SiteKeys {
    /// Makes the keys of a new site, the site key in clear for its owner alone.
    ///
    /// # Errors
    /// As [`Self::create_with`].
    pub fn create(home: &Path) -> Result<Self, KeyError> {
        Self::create_with(home, None)
    }

    /// Makes the keys of a new site, the site key wrapped by a passphrase if one is given.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if the home has keys, [`KeyError::File`], [`KeyError::Random`].
    pub fn create_with(home: &Path, passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        let folder = home.join("keys");
        if folder.join("site.age").exists() {
            return Err(KeyError::Exists { path: folder });
        }
        // Wrapped keys without the site key are what a killed `create` left: nothing can ever open them.
        files::remove_tree(&folder)?;
        files::create_private_dir(&folder)?;
        let site = DataKey::generate();
        let words = Purpose::ALL.map(Purpose::word);
        for name in ["subject", "supply", "ledger", "certificate"].into_iter().chain(words) {
            wrap(&folder, &site, name, random()?.as_slice())?;
        }
        // Last, so that a home killed in between has no site key and can be told from a whole one.
        let path = folder.join("site.age");
        let mut text = Zeroizing::new(site.text().expose_secret().as_bytes().to_vec());
        if let Some(passphrase) = passphrase {
            text = Zeroizing::new(passphrase.wrap(&text).map_err(FileError::at(&path, "wrapped"))?);
        }
        files::write_atomically(&path, &text)?;
        Self::unwrapped(folder, site)
    }

    /// Opens the keys of a site whose site key lies in clear.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub fn open(home: &Path) -> Result<Self, KeyError> {
        Self::open_with(home, None)
    }

    /// Opens the keys of a site. A passphrase that is not needed is not asked.
    ///
    /// # Errors
    /// [`KeyError::Gone`] if the home has none, [`KeyError::PassphraseMissing`], [`KeyError::PassphraseWrong`],
    /// [`KeyError::Altered`], [`KeyError::File`].
    pub fn open_with(home: &Path, passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        let folder = home.join("keys");
        let site = site_key(&site_file(&folder)?, passphrase)?;
        Self::unwrapped(folder, site)
    }

    /// Wraps the site key of a home by a passphrase, or by another than before; gives whether one wrapped it before.
    /// Only `site.age` is written: at any moment it holds the key wrapped as before or as asked. What it held before is
    /// overwritten once nothing has its name any more; copies elsewhere open as before.
    ///
    /// # Errors
    /// As [`Self::open_with`] by the passphrase of before; the file is then as it was.
    pub fn rewrap(
        home: &Path,
        passphrase: Option<&Passphrase>,
        new: &Passphrase,
    ) -> Result<bool, KeyError> {
        let path = home.join("keys").join("site.age");
        let bytes = site_file(&home.join("keys"))?;
        let site = site_key(&bytes, passphrase)?;
        let text = Zeroizing::new(site.text().expose_secret().as_bytes().to_vec());
        let wrapped = new.wrap(&text).map_err(FileError::at(&path, "wrapped"))?;
        // A file that does not open would be a site lost: it is opened before it takes the place of the other.
        if site_key(&wrapped, Some(new))?.recipient() != site.recipient() {
            return Err(KeyError::Altered { name: "site".to_owned() });
        }
        files::replace_wiping(&path, &wrapped)?;
        Ok(passphrase::is_wrapped(&bytes))
    }

    /// Whether the site key of a home is wrapped by a passphrase.
    ///
    /// # Errors
    /// [`KeyError::Gone`] if the home has no keys, [`KeyError::File`].
    pub fn wants_passphrase(home: &Path) -> Result<bool, KeyError> {
        Ok(passphrase::is_wrapped(&site_file(&home.join("keys"))?))
    }

    /// All keys, with the site key at hand.
    fn unwrapped(folder: PathBuf, site: DataKey) -> Result<Self, KeyError> {
        let subject = secret(&folder, &site, "subject")?;
        let subject = hmac::Key::new(hmac::HMAC_SHA256, subject.as_slice());
        let purposes = PurposeKeys::open(&folder, &site)?;
        let supply = secret(&folder, &site, "supply")?;
        let (projects, data) = (Mutex::default(), Mutex::default());
        Ok(Self { folder, site, subject, purposes, supply, projects, data })
    }

    /// The site's public key in `age`'s words: what may be shown.
    #[must_use]
    pub fn recipient(&self) -> String {
        self.site.recipient()
    }

    /// The patient as content rows know them: the first 16 bytes of
    /// HMAC-SHA256(subject key, provider id ‖ 0x00 ‖ patient number).
    #[must_use]
    pub fn subject_key(&self, provider: &ProviderId, number: &[u8]) -> SubjectKey {
        let mut context = hmac::Context::with_key(&self.subject);
        context.update(provider.as_str().as_bytes());
        context.update(&[0]);
        context.update(number);
        let mut bytes = [0u8; 16];
        for (slot, byte) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *slot = *byte;
        }
        SubjectKey::from_bytes(bytes)
    }

    /// A keyed digest of bytes, for one purpose.
    #[must_use]
    pub fn digest(&self, purpose: Purpose, bytes: &[u8]) -> Digest {
        self.purposes.digest(purpose, bytes)
    }

    /// Seals bytes to the site key, bound to a place. Needs nothing that another process may hold.
    pub(crate) fn seal_for_site(&self, place: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        self.site.seal_bytes(place, std::iter::once(bytes))
    }

    /// Opens what [`Self::seal_for_site`] sealed for this place.
    pub(crate) fn open_from_site(&self, place: &str, sealed: &[u8]) -> std::io::Result<Vec<u8>> {
        self.site.open_bytes(place, sealed)
    }

    /// The salt of the digests that stand for a recipient in supply records.
    #[must_use]
    pub fn supply_salt(&self) -> &[u8] {
        self.supply.as_slice()
    }

    /// The seed of the Ed25519 key that signs the log.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn ledger_seed(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        secret(&self.folder, &self.site, "ledger")
    }

    /// The seed of the Ed25519 key that signs certificates.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn certificate_seed(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        secret(&self.folder, &self.site, "certificate")
    }

    /// Has the pseudonym key of a project ready on the key ring under the id given back, made now if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn project_key(&self, project: &ProjectId) -> Result<String, KeyError> {
        let name = format!("{PROJECT_KEY_PREFIX}{project}");
        let mut held = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.contains_key(&name) {
            let key = match secret(&self.folder, &self.site, &name) {
                Err(KeyError::Gone { .. }) => {
                    wrap(&self.folder, &self.site, &name, random()?.as_slice())?;
                    secret(&self.folder, &self.site, &name)?
                }
                key => key?,
            };
            held.insert(name.clone(), key);
        }
        Ok(name)
    }

    /// Makes the data key of a vault or pack.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if it has one, [`KeyError::File`].
    pub fn create_data_key(&self, owner: &str) -> Result<Arc<DataKey>, KeyError> {
        let name = data_name(owner);
        let path = file_of(&self.folder, &name);
        if path.exists() {
            return Err(KeyError::Exists { path });
        }
        wrap(
            &self.folder,
            &self.site,
            &name,
            DataKey::generate().text().expose_secret().as_bytes(),
        )?;
        self.data_key(owner)
    }

    /// The data key of a vault or pack.
    ///
    /// # Errors
    /// [`KeyError::Gone`] if it was destroyed, [`KeyError::Altered`], [`KeyError::File`].
    pub fn data_key(&self, owner: &str) -> Result<Arc<DataKey>, KeyError> {
        let name = data_name(owner);
        let mut held = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = held.get(&name) {
            return Ok(Arc::clone(key));
        }
        let bytes = unwrap(&self.folder, &self.site, &name)?;
        let text = std::str::from_utf8(&bytes).ok();
        let key = text
            .and_then(DataKey::parse)
            .ok_or_else(|| KeyError::Altered { name: name.clone() })?;
        let key = Arc::new(key);
        held.insert(name, Arc::clone(&key));
        Ok(key)
    }

    /// Destroys a data key: forgotten here, overwritten and removed on disk. What it sealed is gone. One that is not
    /// there is no error, so that a killed erasure can be done again.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn destroy_data_key(&self, owner: &str) -> Result<(), KeyError> {
        let name = data_name(owner);
        self.data.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        Ok(files::wipe(&file_of(&self.folder, &name))?)
    }

    /// Whether a data key is there.
    #[must_use]
    pub fn has_data_key(&self, owner: &str) -> bool {
        file_of(&self.folder, &data_name(owner)).exists()
    }
}

impl KeyRing for SiteKeys {
    fn with_key(&self, id: &str, use_key: &mut dyn FnMut(&[u8])) -> Option<()> {
        let project = id.strip_prefix(PROJECT_KEY_PREFIX)?;
        // A plan may come from elsewhere: an id that is no project id must not become a path.
        ProjectId::parse(project).ok()?;
        let mut held = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.contains_key(id) {
            held.insert(id.to_owned(), secret(&self.folder, &self.site, id).ok()?);
        }
        held.get(id).map(|key| use_key(key.as_slice()))
    }
}

fn data_name(owner: &str) -> String {
    format!("data/{owner}")
}

/// The bytes of `site.age`.
fn site_file(folder: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    files::read_bytes(&folder.join("site.age"), KEY_FILE_BYTES_MAX)
        .map(Zeroizing::new)
        .map_err(|error| absent("site", error))
}

/// The site key in the bytes of `site.age`.
fn site_key(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<DataKey, KeyError> {
    let altered = || KeyError::Altered { name: "site".to_owned() };
    let unwrapped;
    let mut clear = bytes;
    if passphrase::is_wrapped(bytes) {
        unwrapped = passphrase.ok_or(KeyError::PassphraseMissing)?.unwrap(bytes)?;
        clear = &unwrapped;
    }
    let text = std::str::from_utf8(clear).map_err(|_| altered())?;
    DataKey::parse(text.trim_end()).ok_or_else(altered)
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.age"))
}

fn absent(name: &str, error: FileError) -> KeyError {
    if error.is_absent() { KeyError::Gone { name: name.to_owned() } } else { error.into() }
}

fn random() -> Result<Secret, KeyError> {
    let mut bytes = Secret::default();
    aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

fn wrap(folder: &Path, site: &DataKey, name: &str, secret: &[u8]) -> Result<(), KeyError> {
    let path = file_of(folder, name);
    if let Some(above) = path.parent() {
        files::create_private_dir(above)?;
    }
    let sealed = site
        .seal_bytes(&format!("keys/{name}"), std::iter::once(secret))
        .map_err(FileError::at(&path, "sealed"))?;
    Ok(files::write_atomically(&path, &sealed)?)
}

fn unwrap(folder: &Path, site: &DataKey, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let sealed = files::read_bytes(&file_of(folder, name), KEY_FILE_BYTES_MAX)
        .map_err(|error| absent(name, error))?;
    site.open_bytes(&format!("keys/{name}"), &sealed)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Altered { name: name.to_owned() })
}

fn secret(folder: &Path, site: &DataKey, name: &str) -> Result<Secret, KeyError> {
    let bytes = unwrap(folder, site, name)?;
    let fixed = <[u8; 32]>::try_from(bytes.as_slice())
        .map_err(|_| KeyError::Altered { name: name.to_owned() })?;
    Ok(Zeroizing::new(fixed))
}

#[cfg(test)]
mod tests;
