//! A passphrase around the site key: `site.age` as an `age` file under `scrypt`.
//!
//! It protects a stolen disk or backup, not a running machine. Forgotten, it cannot be got round.

use std::fmt;
use std::io::{self, Read as _, Write as _};

use age::secrecy::SecretString;
use age::{DecryptError, scrypt};
use zeroize::Zeroizing;

use super::{KEY_FILE_BYTES_MAX, KeyError};

/// How hard a guess is made: 2^18 rounds of `scrypt`, 256 MiB and some second of one core. A fixed number, so that a
/// busy machine does not make a weak file.
const WORK: u8 = 18;
/// The most that opening takes on: 4 GiB. Fixed too, so that a busy machine opens what an idle one wrote.
const WORK_MAX: u8 = 22;

/// A passphrase. Prints nothing; overwritten when dropped.
pub struct Passphrase {
    text: SecretString,
    work: u8,
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

impl Passphrase {
    /// This text as a passphrase.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text: SecretString::from(text), work: WORK }
    }

    /// The same with 2^`work` rounds for what it wraps, 1 to 22. For tests: what it wraps is easier to guess.
    #[must_use]
    pub fn with_work(self, work: u8) -> Self {
        Self { work: work.clamp(1, WORK_MAX), ..self }
    }

    /// Wraps the text of a key.
    pub(super) fn wrap(&self, key: &[u8]) -> io::Result<Vec<u8>> {
        let mut recipient = scrypt::Recipient::new(self.text.clone());
        recipient.set_work_factor(self.work);
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut writer = encryptor.wrap_output(Vec::new())?;
        writer.write_all(key)?;
        writer.finish()
    }

    /// Unwraps it.
    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let altered = || KeyError::Altered { name: "site".to_owned() };
        let decryptor = age::Decryptor::new_buffered(wrapped).map_err(|_| altered())?;
        let mut identity = scrypt::Identity::new(self.text.clone());
        identity.set_max_work_factor(WORK_MAX);
        let reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity));
        let reader = reader.map_err(|error| match error {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
                KeyError::PassphraseWrong
            }
            _ => altered(),
        })?;
        let mut key = Zeroizing::new(Vec::new());
        reader.take(KEY_FILE_BYTES_MAX).read_to_end(&mut key).map_err(|_| altered())?;
        Ok(key)
    }
}

/// Whether the bytes of `site.age` are wrapped; in clear they begin with the word for an identity.
pub(super) fn is_wrapped(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/")
}
