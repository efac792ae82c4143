//! The letterbox (受付箱): where a stop request lies, sealed, from its acceptance until it is in the ledger.
//!
//! A refusal waits for nobody: whoever takes it needs no lock, only the site's keys. One request is one file,
//! `HOME/letterbox/<seconds>-<id>.age`, sealed to the site key and bound to its name.
//!
//! Invariant: a request that [`Letterbox::put`] has acknowledged is durable, and stays until [`Letterbox::remove`],
//! which comes after it is stored elsewhere. A letter that does not open is an error, never passed over: nobody could
//! say any more whom it stops. What a killed `put` leaves begins with a dot and was never acknowledged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sudare_model::time::Instant;
use sudare_model::{ProviderId, SubjectKey, Tracks};

use crate::control::StopRequest;
use crate::files::{self, FileError};
use crate::keys::SiteKeys;

/// Longest letter.
const LETTER_BYTES_MAX: u64 = 64 << 10;
/// What a letter says of its own form.
const FORMAT: &str = "sudare-letter-1";

/// Why the letterbox could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A letter could not be sealed.
    #[error("a stop request could not be sealed")]
    Seal(#[source] std::io::Error),
    /// A letter was altered, renamed, or sealed to another site.
    #[error(
        "letter `{name}` of the letterbox does not open: it was altered or renamed; bring it back from a backup, or \
         ask the provider again whom it stopped before you take it away"
    )]
    Altered {
        /// Its file's name: a time and a keyed digest.
        name: String,
    },
}

/// The letterbox of a site. Clones are the same letterbox.
#[derive(Debug, Clone)]
pub struct Letterbox {
    folder: PathBuf,
    keys: Arc<SiteKeys>,
}

/// A stop request as it lies sealed.
#[derive(Serialize, Deserialize)]
struct Letter {
    format: String,
    id: String,
    provider: String,
    subject: [u8; 16],
    tracks: u8,
    received: i64,
    effective: i64,
    requester: String,
    receipt_delivered: bool,
}

impl Letterbox {
    /// The letterbox of a home. Takes no lock and touches nothing.
    #[must_use]
    pub fn new(home: &Path, keys: Arc<SiteKeys>) -> Self {
        Self { folder: home.join("letterbox"), keys }
    }

    /// Puts a request in, durably. The same request twice is one; the later takes the place of the earlier.
    ///
    /// # Errors
    /// [`LetterError`]; the request is then not taken.
    pub fn put(&self, request: &StopRequest) -> Result<(), LetterError> {
        files::create_private_dir(&self.folder)?;
        if let Some(home) = self.folder.parent() {
            files::sync_dir(home)?;
        }
        let name = name_of(request);
        let json = serde_json::to_vec(&Letter::of(request))
            .map_err(|error| LetterError::Seal(error.into()))?;
        let sealed = self.keys.seal_for_site(&place(&name), &json).map_err(LetterError::Seal)?;
        Ok(files::write_atomically(&self.folder.join(name), &sealed)?)
    }

    /// All requests that wait, in the order received.
    ///
    /// # Errors
    /// [`LetterError::Altered`] naming the first that does not open; [`LetterError::File`].
    pub fn letters(&self) -> Result<Vec<StopRequest>, LetterError> {
        let mut letters = Vec::new();
        // Names begin with the time in digits of one width, so that their order is that of receipt.
        for name in files::names_in(&self.folder)? {
            if name.starts_with('.') {
                continue;
            }
            match self.read(&name) {
                // Another process stored and removed it since the names were read.
                Err(LetterError::File(error)) if error.is_absent() => {}
                letter => letters.push(letter?),
            }
        }
        Ok(letters)
    }

    /// Takes a request out, once it is stored elsewhere. One that is not there is no error.
    ///
    /// # Errors
    /// [`LetterError::File`].
    pub fn remove(&self, request: &StopRequest) -> Result<(), LetterError> {
        Ok(files::remove_file(&self.folder.join(name_of(request)))?)
    }

    fn read(&self, name: &str) -> Result<StopRequest, LetterError> {
        let altered = || LetterError::Altered { name: name.to_owned() };
        let sealed = files::read_bytes(&self.folder.join(name), LETTER_BYTES_MAX)?;
        let json = self.keys.open_from_site(&place(name), &sealed).map_err(|_| altered())?;
        let letter: Letter = serde_json::from_slice(&json).map_err(|_| altered())?;
        let request = letter.request().ok_or_else(altered)?;
        if name_of(&request) == name { Ok(request) } else { Err(altered()) }
    }
}

fn name_of(request: &StopRequest) -> String {
    let id: String = request.id.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    format!("{:012}-{id}.age", request.received.unix().max(0))
}

fn place(name: &str) -> String {
    format!("letterbox/{name}")
}

impl Letter {
    fn of(request: &StopRequest) -> Self {
        Self {
            format: FORMAT.to_owned(),
            id: request.id.clone(),
            provider: request.provider.as_str().to_owned(),
            subject: *request.subject.as_bytes(),
            tracks: request.tracks.byte(),
            received: request.received.unix(),
            effective: request.effective.unix(),
            requester: request.requester.clone(),
            receipt_delivered: request.receipt_delivered,
        }
    }

    fn request(self) -> Option<StopRequest> {
        (self.format == FORMAT).then_some(())?;
        Some(StopRequest {
            id: self.id,
            provider: ProviderId::parse(&self.provider).ok()?,
            subject: SubjectKey::from_bytes(self.subject),
            tracks: Tracks::from_byte(self.tracks),
            received: Instant::from_unix(self.received),
            // Its number is given when it is stored.
            sequence: 0,
            requester: self.requester,
            effective: Instant::from_unix(self.effective),
            receipt_delivered: self.receipt_delivered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudare_model::Track;

    fn request(id: &str, received: i64) -> StopRequest {
        StopRequest {
            id: id.to_owned(),
            provider: ProviderId::parse("h1").unwrap(),
            subject: SubjectKey::from_bytes([7; 16]),
            tracks: Tracks::only(Track::Pseudonymised),
            received: Instant::from_unix(received),
            sequence: 0,
            requester: "subject".to_owned(),
            effective: Instant::from_unix(received),
            receipt_delivered: false,
        }
    }

    fn letterbox() -> (tempfile::TempDir, Letterbox) {
        let home = tempfile::tempdir().unwrap();
        let keys = Arc::new(SiteKeys::create(home.path()).unwrap());
        let letterbox = Letterbox::new(home.path(), keys);
        (home, letterbox)
    }

    #[test]
    fn what_was_put_in_is_there_in_order_until_it_is_taken_out() {
        let (home, letterbox) = letterbox();
        assert!(letterbox.letters().unwrap().is_empty());
        let (late, early) = (request("aa", 1_800_000_000), request("bb", 99));
        letterbox.put(&late).unwrap();
        letterbox.put(&early).unwrap();
        letterbox.put(&late).unwrap();
        let again = SiteKeys::open(home.path()).unwrap();
        let again = Letterbox::new(home.path(), Arc::new(again));
        assert_eq!(again.letters().unwrap(), [early.clone(), late.clone()]);
        letterbox.remove(&early).unwrap();
        letterbox.remove(&early).unwrap();
        assert_eq!(letterbox.letters().unwrap(), [late]);
    }

    #[test]
    fn a_letter_lies_sealed_and_what_a_killed_put_left_is_none() {
        let (home, letterbox) = letterbox();
        letterbox.put(&request("aa", 5)).unwrap();
        let folder = home.path().join("letterbox");
        std::fs::write(folder.join(".000000000006-bb.age.1-0.new"), b"half").unwrap();
        assert_eq!(letterbox.letters().unwrap().len(), 1);
        let bytes = std::fs::read(folder.join("000000000005-aa.age")).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"subject" || part == [7; 7]));
    }

    #[test]
    fn a_letter_that_does_not_open_is_not_passed_over() {
        let (home, letterbox) = letterbox();
        letterbox.put(&request("aa", 5)).unwrap();
        let at = |name: &str| home.path().join("letterbox").join(name);
        let path = at("000000000005-aa.age");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::copy(&path, at("000000000005-bb.age")).unwrap();
        assert!(matches!(letterbox.letters(), Err(LetterError::Altered { .. })));
        std::fs::remove_file(at("000000000005-bb.age")).unwrap();
        for flip in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[flip] ^= 1;
            std::fs::write(&path, changed).unwrap();
            assert!(matches!(letterbox.letters(), Err(LetterError::Altered { .. })), "{flip}");
        }
    }
}
