//! The passphrase of a site, from a file, and what is said where it is missing or wrong.

use std::path::Path;

use sudare_store::files;
use sudare_store::keys::{KeyError, Passphrase};
use zeroize::Zeroizing;

use crate::error::{ActError, Doing as _};

/// The argument by which a passphrase is given.
const ARGUMENT: &str = "--passphrase-file";
/// Longest file of a passphrase.
const PASSPHRASE_BYTES_MAX: u64 = 4096;

/// Reads the passphrase in a file: its one line, without the line's end.
///
/// # Errors
/// [`ActError::Usage`] if the file cannot be read or holds anything but one line of text.
pub fn passphrase_in(file: &Path) -> Result<Passphrase, ActError> {
    let text = files::read_text(file, PASSPHRASE_BYTES_MAX)
        .map_err(|error| ActError::usage_error(ARGUMENT, &error))?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains(['\n', '\r', '\0']) {
        return Err(ActError::usage(ARGUMENT, "holds one line, the passphrase"));
    }
    Ok(Passphrase::new(line.to_owned()))
}

/// A passphrase that is missing or wrong is the operator's to set right.
pub(crate) fn opened<T>(opened: Result<T, KeyError>) -> Result<T, ActError> {
    match opened {
        Err(KeyError::PassphraseMissing) => {
            let help = "the site key is wrapped: give the file of its passphrase \
                        (or SUDARE_PASSPHRASE_FILE)";
            Err(ActError::usage(ARGUMENT, help))
        }
        Err(error @ KeyError::PassphraseWrong) => Err(ActError::usage(ARGUMENT, error.to_string())),
        opened => opened.doing("opening the keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passphrase");
        let read = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            passphrase_in(&file)
        };
        for good in [b"one two".as_slice(), b"one two\n", b"one two\r\n", " 簾\n".as_bytes()] {
            assert!(read(good).is_ok(), "{good:?}");
        }
        for bad in [b"".as_slice(), b"\n", b"one\ntwo\n", b"\xfb\xfc", b"a\0b", &[b'x'; 5000]] {
            assert!(matches!(read(bad), Err(ActError::Usage(_))), "{bad:?}");
        }
        assert!(passphrase_in(&folder.path().join("absent")).is_err());
    }
}
