//! The spool (受信控え): where an object that came over a network lies, sealed, from its acknowledgement until it is in
//! the ledger.
//!
//! `HOME/spool/<provider>/<tray>/`: a tray for each association, with a data key of its own (`key.age`, sealed to the
//! site key) and one sealed file for each object, bound to its place. A file's name holds its number and keyed digests
//! of what it is and what it holds, and nothing of a patient.
//!
//! Invariants: an object that [`Filling::keep`] has acknowledged is durable and stays until [`Spool::discard`], which
//! comes after the ledger has it; one that was not lies under a name with a dot and is swept. A tray whose key does not
//! open is an error, never passed over. A discarded tray's key is wiped first, so nothing of it can be read again.
//! Start at [`Spool::open`].

use std::fmt;
use std::fs::{DirBuilder, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use sudare_model::ProviderId;
use sudare_model::time::Instant;
use zeroize::Zeroizing;

use crate::files::{self, FileError};
use crate::keys::SiteKeys;
use crate::lock::Lock;
use crate::seal::{self, DataKey};

mod filling;

pub use filling::{Arriving, Filling};

/// The wrapped key in a tray.
const KEY: &str = "key.age";
/// Longest wrapped key.
const KEY_BYTES_MAX: u64 = 16 << 10;
/// Bytes of ciphertext read or written at once.
const BYTES_AT_ONCE: usize = 64 << 10;

/// Why the spool could not be used. Shows the site's own paths alone.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process fills the spool of this provider.
    #[error("another process listens for provider `{provider}`")]
    Busy {
        /// The provider.
        provider: ProviderId,
    },
    /// A key could not be sealed.
    #[error("the key of a tray could not be sealed")]
    Seal(#[source] io::Error),
    /// A tray was altered, moved or sealed to another site.
    #[error(
        "tray `{tray}` of the spool does not open: it was altered or moved; bring it back from a backup, or have its \
         objects sent again before you take it away"
    )]
    Altered {
        /// Its folder's name: a time and a number.
        tray: String,
    },
}

/// The spool of one provider, held by one process.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    provider: ProviderId,
    keys: Arc<SiteKeys>,
    _lock: Lock,
}

impl Spool {
    /// Opens the spool of a provider for this process alone.
    ///
    /// # Errors
    /// [`SpoolError::Busy`], [`SpoolError::File`].
    pub fn open(
        home: &Path,
        keys: Arc<SiteKeys>,
        provider: &ProviderId,
    ) -> Result<Self, SpoolError> {
        let lock = Lock::take(&home.join("locks").join(format!("spool.{provider}")))?
            .ok_or_else(|| SpoolError::Busy { provider: provider.clone() })?;
        let above = home.join("spool");
        let folder = above.join(provider.as_str());
        files::create_private_dir(&folder)?;
        files::sync_dir(&above)?;
        files::sync_dir(home)?;
        Ok(Self { folder, provider: provider.clone(), keys, _lock: lock })
    }

    /// The trays that an earlier process left, oldest first, swept of what nobody acknowledged. To be asked before
    /// the first tray is begun.
    ///
    /// # Errors
    /// [`SpoolError::Altered`] naming the first that does not open, [`SpoolError::File`].
    pub fn left(&self) -> Result<Vec<Tray>, SpoolError> {
        let mut trays = Vec::new();
        // Names begin with the time in digits of one width, so that their order is that of arrival.
        for name in files::names_in(&self.folder)? {
            let folder = self.folder.join(&name);
            if !folder.join(KEY).exists() {
                // Begun and never filled, or discarded and not yet gone.
                files::remove_tree(&folder)?;
                continue;
            }
            let mut tray = Tray {
                key: self.key(&name)?,
                place: self.place(&name),
                folder,
                objects: Vec::new(),
            };
            tray.find()?;
            if tray.objects.is_empty() {
                tray.destroy()?;
            } else {
                trays.push(tray);
            }
        }
        Ok(trays)
    }

    /// Begins a tray.
    ///
    /// # Errors
    /// [`SpoolError::File`], [`SpoolError::Seal`].
    pub fn begin(&self, at: Instant) -> Result<Filling, SpoolError> {
        let (name, folder) = self.fresh(at)?;
        let key = DataKey::generate();
        let place = self.place(&name);
        let text = key.text();
        let sealed = self
            .keys
            .seal_for_site(&format!("{place}/{KEY}"), text.expose_secret().as_bytes())
            .map_err(SpoolError::Seal)?;
        files::write_atomically(&folder.join(KEY), &sealed)?;
        files::sync_dir(&self.folder)?;
        let tray = Tray { key: Arc::new(key), place, folder, objects: Vec::new() };
        Ok(Filling::new(tray, Arc::clone(&self.keys)))
    }

    /// Destroys a tray: its key first, then its files.
    ///
    /// # Errors
    /// [`SpoolError::File`].
    pub fn discard(&self, tray: &Tray) -> Result<(), SpoolError> {
        Ok(tray.destroy()?)
    }

    /// A new folder, named by the time and a number.
    fn fresh(&self, at: Instant) -> Result<(String, PathBuf), SpoolError> {
        let mut count = 0u32;
        loop {
            let name = format!("{:012}-{count:06}", at.unix().max(0));
            let folder = self.folder.join(&name);
            // Associations begin trays at the same time: who makes the folder has the name.
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok((name, folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => count += 1,
                Err(error) => return Err(FileError::at(&folder, "created")(error).into()),
            }
        }
    }

    fn place(&self, name: &str) -> String {
        format!("spool/{}/{name}", self.provider)
    }

    fn key(&self, name: &str) -> Result<Arc<DataKey>, SpoolError> {
        let altered = || SpoolError::Altered { tray: name.to_owned() };
        let sealed = files::read_bytes(&self.folder.join(name).join(KEY), KEY_BYTES_MAX)?;
        let place = format!("{}/{KEY}", self.place(name));
        let text = self.keys.open_from_site(&place, &sealed).map_err(|_| altered())?;
        let text = Zeroizing::new(text);
        let key = std::str::from_utf8(&text).ok().and_then(DataKey::parse);
        key.map(Arc::new).ok_or_else(altered)
    }
}

/// An object in a tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    number: u32,
    object: String,
    content: String,
    length: u64,
}

impl Spooled {
    /// What it is, as a keyed digest: the same for every version of one object.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.object
    }

    /// What it holds, as a keyed digest.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Bytes of it.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    fn name(&self) -> String {
        format!("{:08}-{}-{}.age", self.number, self.object, self.content)
    }

    /// What a file's name says; none if it is no object's.
    fn of(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".age")?.split('-');
        let (number, object, content) = (parts.next()?, parts.next()?, parts.next()?);
        let digest =
            |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let good = parts.next().is_none() && digest(object) && digest(content);
        good.then_some(Self {
            number: number.parse().ok()?,
            object: object.to_owned(),
            content: content.to_owned(),
            length: 0,
        })
    }
}

/// Digits of a digest in a name: 16 bytes.
const DIGITS: usize = 32;

/// A tray that is no longer filled. Dropped it stays where it is.
pub struct Tray {
    key: Arc<DataKey>,
    /// Its place, to which everything in it is bound.
    place: String,
    folder: PathBuf,
    objects: Vec<Spooled>,
}

impl fmt::Debug for Tray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tray").field("objects", &self.objects.len()).finish_non_exhaustive()
    }
}

impl Tray {
    /// Its objects in the order of arrival.
    #[must_use]
    pub fn objects(&self) -> &[Spooled] {
        &self.objects
    }

    /// Opens an object at a byte. The reader ends with an error if the object was altered.
    ///
    /// # Errors
    /// `InvalidData` if it does not open; the file system's.
    pub fn open(&self, object: &Spooled, byte: u64) -> io::Result<impl Read + Send + use<>> {
        let file = File::open(self.folder.join(object.name()))?;
        let file = BufReader::with_capacity(BYTES_AT_ONCE, file);
        let mut reader = self.key.open(&place_of(&self.place, object.number), file)?;
        seal::seek(&mut reader, byte)?;
        Ok(reader)
    }

    /// Lists what lies there, and removes what nobody acknowledged.
    fn find(&mut self) -> Result<(), FileError> {
        for name in files::names_in(&self.folder)? {
            let path = self.folder.join(&name);
            if name.starts_with('.') {
                files::remove_file(&path)?;
            }
            let Some(mut object) = Spooled::of(&name) else { continue };
            // What does not begin as a sealed file does is told when it is read.
            let length = File::open(&path).and_then(|file| {
                let length = file.metadata()?.len();
                seal::content_length(BufReader::new(file), length)
            });
            object.length = length.unwrap_or(0);
            self.objects.push(object);
        }
        Ok(())
    }

    fn destroy(&self) -> Result<(), FileError> {
        files::wipe(&self.folder.join(KEY))?;
        files::remove_tree(&self.folder)
    }
}

fn place_of(tray: &str, number: u32) -> String {
    format!("{tray}/{number:08}")
}

#[cfg(test)]
mod tests;
