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

/// Reads the passphrase in a file or a pipe: its one line, without the line's end. A pipe gives it once, so whoever
/// needs it again keeps it.
///
/// # Errors
/// [`ActError::Usage`] if the file cannot be read or holds anything but one line of text.
pub fn passphrase_in(file: &Path) -> Result<Passphrase, ActError> {
    read(file, ARGUMENT)
}

/// Reads a passphrase that another argument names.
pub(crate) fn read(file: &Path, argument: &str) -> Result<Passphrase, ActError> {
    let text = files::read_stream(file, PASSPHRASE_BYTES_MAX)
        .and_then(|bytes| files::text_of(file, bytes))
        .map_err(|error| ActError::usage_error(argument, &error))?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains(['\n', '\r', '\0']) {
        return Err(ActError::usage(argument, "holds one line, the passphrase"));
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
        assert!(passphrase_in(folder.path()).is_err());
        // Never more than a passphrase may have, however long whoever writes goes on.
        assert!(matches!(passphrase_in(Path::new("/dev/zero")), Err(ActError::Usage(_))));
    }

    #[test]
    fn a_pipe_gives_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let filled = pipe.clone();
        let writer = std::thread::spawn(move || std::fs::write(filled, "one two\n").unwrap());
        assert!(passphrase_in(&pipe).is_ok());
        writer.join().unwrap();
    }
}
