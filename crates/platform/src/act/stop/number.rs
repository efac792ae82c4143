//! The one patient number that whoever takes a stop request gives, in a file or on standard input: never as an
//! argument, which a shell would remember.

use std::io::Read;
use std::path::Path;

use sudare_store::files::{self, FileError};
use zeroize::Zeroizing;

use crate::error::ActError;

/// Longest patient number, with what stands around it, in bytes.
const NUMBER_BYTES_MAX: u64 = 256;
/// The argument by which it is given.
const ARGUMENT: &str = "--patient-file";

/// Reads the number in a plain file. No message repeats what the file is called: a name may be a number.
///
/// # Errors
/// [`ActError::Usage`] if it is no plain file, cannot be read or holds anything but one number.
pub fn patient_number_in(file: &Path) -> Result<Zeroizing<String>, ActError> {
    let bytes = files::read_bytes(file, NUMBER_BYTES_MAX).map_err(|error| match error {
        FileError::NotPlain { .. } => {
            let help = "is no plain file; to read from a pipe give `-` and standard input";
            ActError::usage(ARGUMENT, help)
        }
        FileError::Io { source, .. } => unread(source.kind()),
        _ => no_number(),
    })?;
    one_number(bytes)
}

/// Reads the number that comes on a stream, such as standard input.
///
/// # Errors
/// [`ActError::Usage`] as [`patient_number_in`].
pub fn patient_number(stream: impl Read) -> Result<Zeroizing<String>, ActError> {
    let mut bytes = Vec::new();
    let read = stream.take(NUMBER_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unread(error.kind()))?;
    if bytes.len() as u64 > NUMBER_BYTES_MAX {
        return Err(no_number());
    }
    one_number(bytes)
}

/// The one number in a text: a byte order mark and line ends around it are let go, anything else inside is refused,
/// because a request for a number nobody has would stop nobody.
fn one_number(bytes: Vec<u8>) -> Result<Zeroizing<String>, ActError> {
    let text = Zeroizing::new(String::from_utf8(bytes).map_err(|_| no_number())?);
    let number = text.trim_start_matches('\u{feff}').trim();
    let strays =
        |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, ',' | ';');
    if number.is_empty() || number.contains(strays) {
        return Err(no_number());
    }
    Ok(Zeroizing::new(number.to_owned()))
}

fn no_number() -> ActError {
    ActError::usage(ARGUMENT, "holds exactly one patient number, as UTF-8 text")
}

fn unread(kind: std::io::ErrorKind) -> ActError {
    ActError::usage(ARGUMENT, format!("cannot be read: {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("4711.txt");
        let long = [b'1'; 257];
        let cases: [(&[u8], Option<&str>); 9] = [
            (b"0000123", Some("0000123")),
            ("\u{feff}0000123\r\n".as_bytes(), Some("0000123")),
            (b"", None),
            (b"\n", None),
            (b"\xfb\xfc", None),
            (b"1\n2\n", None),
            (b"1,2", None),
            (b"1\x002\x00", None),
            (&long, None),
        ];
        for (bytes, number) in cases {
            std::fs::write(&file, bytes).unwrap();
            for read in [patient_number_in(&file), patient_number(bytes)] {
                let told = read.as_ref().err().map(ToString::to_string).unwrap_or_default();
                assert!(!told.contains("4711"), "{told}");
                assert_eq!(read.ok().as_deref().map(String::as_str), number, "{bytes:?}");
            }
        }
        let folder = patient_number_in(folder.path()).unwrap_err().to_string();
        assert!(folder.contains("no plain file"), "{folder}");
        let absent = patient_number_in(&file.with_extension("absent")).unwrap_err().to_string();
        assert_eq!(absent, "--patient-file: cannot be read: entity not found");
    }
}
