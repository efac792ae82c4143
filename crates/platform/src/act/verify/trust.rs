//! Whose keys a check relies on: keys that the verifier brought, or keys that lie beside the data.
//!
//! Whoever forges a whole home writes keys of their own beside it, and all of it agrees with itself. So every answer
//! names the keys by one fingerprint, and says whether somebody outside gave it. What this is not for: deciding whose
//! keys they ought to be; the producer publishes the fingerprint, and a person compares.

use std::fmt;
use std::path::{Path, PathBuf};

use sudare_ledger::Verifier;
use sudare_model::Digest;
use sudare_store::files::{self, Sha256};

use crate::answer::{KeysUsed, Trust};
use crate::error::{ActError, At as _};

/// Longest file of verifiers' keys.
const KEYS_BYTES_MAX: u64 = 64 << 10;
/// How the name of a key ends that may sign certificates, and nothing else.
const CERTIFICATE_ROLE: &str = ".certificate";

/// What a verifier brought: a file of keys, their fingerprint, both, or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pin<'a> {
    /// File of the producer's keys.
    pub key: Option<&'a Path>,
    /// Fingerprint of that file, as the producer published it.
    pub fingerprint: Option<&'a str>,
}

/// What `verifier.key` holds: one key a line.
pub(crate) fn lines(keys: &[Verifier]) -> String {
    keys.iter().map(|key| format!("{key}\n")).collect()
}

/// The fingerprint of a producer's keys: SHA-256 of `verifier.key` as `init` writes it.
pub(crate) fn fingerprint(keys: &[Verifier]) -> Digest {
    Sha256::of(lines(keys).as_bytes())
}

/// The keys beside the data are not those that were pinned.
#[derive(Debug, thiserror::Error)]
#[error(
    "the keys in `{}` have fingerprint {found}, and {pinned} is pinned: they are not the keys of that producer",
    file.display()
)]
struct OtherKeys {
    file: PathBuf,
    found: Digest,
    pinned: Digest,
}

/// A ledger's own file of keys is not what it is verified by.
#[derive(Debug, thiserror::Error)]
#[error("`{}` does not hold these keys", file.display())]
struct OtherKeysBeside {
    file: PathBuf,
}

/// The keys of one check.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) all: Vec<Verifier>,
    file: PathBuf,
    trust: Trust,
}

impl Keys {
    /// Reads the keys for what lies at a path: those that were brought, or else those of the home it lies in.
    pub(super) fn of(path: &Path, pin: Pin<'_>) -> Result<Self, ActError> {
        let pinned = pin.fingerprint.map(parse).transpose()?;
        let file = pin.key.map_or_else(|| beside(path), |file| Ok(file.to_path_buf()))?;
        let shown = file.display().to_string();
        let text = files::read_text(&file, KEYS_BYTES_MAX).at(&shown)?;
        let all: Vec<Verifier> =
            text.lines().map(Verifier::parse).collect::<Result<_, _>>().at(&shown)?;
        if all.is_empty() {
            return Err(ActError::usage(shown, "holds no key"));
        }
        let found = fingerprint(&all);
        if let Some(pinned) = pinned.filter(|pinned| *pinned != found) {
            return Err(super::wrong(OtherKeys { file, found, pinned }));
        }
        let given = pin.key.is_some() || pinned.is_some();
        Ok(Self { all, file, trust: if given { Trust::Pinned } else { Trust::Found } })
    }

    /// Keys that lie in a ledger's folder are those it is verified by: whoever reads them there later must not be led
    /// to others.
    pub(super) fn lie_in(&self, ledger: &Path) -> Result<(), ActError> {
        let file = ledger.join("verifier.key");
        if !file.exists() {
            return Ok(());
        }
        let shown = file.display().to_string();
        let text = files::read_text(&file, KEYS_BYTES_MAX).at(&shown)?;
        let lines = lines(&self.all);
        // Whoever trusts fewer keys than lie there asks for those alone.
        let fewer = self.all.len() < text.lines().count()
            && lines.lines().all(|line| text.lines().any(|there| there == line));
        if text != lines && !fewer {
            return Err(super::wrong_by(self, OtherKeysBeside { file }));
        }
        Ok(())
    }

    pub(super) const fn trust(&self) -> Trust {
        self.trust
    }

    /// The key of the log: the first that does not sign certificates.
    pub(super) fn log(&self) -> Result<&Verifier, ActError> {
        let found = self.all.iter().find(|key| !signs_certificates(key));
        let help = "holds no key of a ledger";
        found.ok_or_else(|| ActError::usage(self.file.display().to_string(), help))
    }

    pub(super) fn told(&self) -> KeysUsed {
        KeysUsed {
            names: self.all.iter().map(|key| key.name().to_owned()).collect(),
            fingerprint: fingerprint(&self.all).to_string(),
            file: self.file.clone(),
        }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys in `{}` (sha256 {})", self.file.display(), fingerprint(&self.all))
    }
}

/// Whether a key may sign certificates, by its name.
pub(super) fn signs_certificates(key: &Verifier) -> bool {
    key.name().ends_with(CERTIFICATE_ROLE)
}

fn beside(path: &Path) -> Result<PathBuf, ActError> {
    let places = [path.join("verifier.key"), path.join("../../ledger/verifier.key")];
    let help =
        "no keys lie beside this; give the producer's file of keys (HOME/ledger/verifier.key)";
    places.into_iter().find(|file| file.exists()).ok_or_else(|| ActError::usage("--key", help))
}

/// Reads a fingerprint as people write it: hex digits, in either case, with or without colons and spaces.
fn parse(text: &str) -> Result<Digest, ActError> {
    let digits: String = text
        .chars()
        .filter(|letter| !matches!(letter, ':' | ' '))
        .collect::<String>()
        .to_lowercase();
    let help = "is not the 64 hex digits of a SHA-256";
    Digest::parse(&digits).ok_or_else(|| ActError::usage("--key-fingerprint", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_as_people_write_it() {
        let digest = Sha256::of(b"keys");
        let hex = digest.to_string();
        let pairs: Vec<String> = hex
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned())
            .collect();
        for written in [hex.clone(), hex.to_uppercase(), pairs.join(":"), pairs.join(" ")] {
            assert_eq!(parse(&written).unwrap(), digest, "{written}");
        }
        for written in ["", "abcd", &hex.replacen('0', "", 1), &format!("{hex}00")] {
            assert!(matches!(parse(written), Err(ActError::Usage(_))), "{written}");
        }
    }
}
