//! `HOME/site.toml`: what an operator may set. Every key has a default; unknown keys are refused.
//!
//! What is wrong in it, or in the file it names, is the operator's to set right: a usage error with file and line.

use std::error::Error as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sudare_store::control::{Control, ControlError};
use sudare_store::files;

use crate::error::{ActError, Doing as _};

/// Longest configuration read.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// The configuration of a site.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// File that holds the address of a PostgreSQL control store. Default: a SQLite file in the home.
    control_address_file: Option<PathBuf>,
}

/// Reads the configuration of a home; defaults where there is none.
pub(crate) fn read(home: &Path) -> Result<Config, ActError> {
    let path = home.join("site.toml");
    let Some(text) = text_of(&path)? else { return Ok(Config::default()) };
    toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        ActError::usage(place(&path, text.as_bytes(), at), error.message())
    })
}

/// The text of a file of the operator's; `None` where there is no such file.
fn text_of(path: &Path) -> Result<Option<String>, ActError> {
    let bytes = match files::read_bytes(path, CONFIG_BYTES_MAX) {
        Err(error) if error.is_absent() => return Ok(None),
        Err(error) => {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            return Err(ActError::usage(path.display().to_string(), why));
        }
        Ok(bytes) => bytes,
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = place(path, error.as_bytes(), error.utf8_error().valid_up_to());
        ActError::usage(at, "is not UTF-8 text")
    })
}

/// File and line of a byte.
fn place(path: &Path, bytes: &[u8], at: usize) -> String {
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    format!("{}:{}", path.display(), before + 1)
}

impl Config {
    /// Opens the control store.
    pub(crate) async fn control(&self, home: &Path) -> Result<Control, ActError> {
        let Some(file) = &self.control_address_file else {
            let opened = Control::open_file(&home.join("control.db")).await;
            return opened.doing("opening the control store");
        };
        let file = home.join(file);
        let shown = || file.display().to_string();
        let address = text_of(&file)?.ok_or_else(|| {
            let help = "is not there; `control_address_file` of site.toml names it";
            ActError::usage(shown(), help)
        })?;
        match Control::open(address.trim()).await {
            Err(error @ ControlError::Address) => Err(ActError::usage(shown(), error.to_string())),
            opened => opened.doing("opening the control store"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a configuration, at which place below the home.
    fn said(bytes: &[u8]) -> String {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("site.toml"), bytes).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let opened = read(home.path())
            .and_then(|config| runtime.block_on(config.control(home.path())).map(drop));
        match opened {
            Err(ActError::Usage(problems)) => {
                let below = |place: &str| {
                    Path::new(place).strip_prefix(home.path()).unwrap().display().to_string()
                };
                problems
                    .iter()
                    .map(|one| format!("{}: {}", below(&one.place), one.message))
                    .collect()
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_a_usage_error_with_file_and_line() {
        assert_eq!(said(b"# ok\n"), "Ok(())");
        assert_eq!(said(b"# one\n\xfb\xfc"), "site.toml:2: is not UTF-8 text");
        assert!(said(b"\n\ncontrol = 1\n").starts_with("site.toml:3: unknown field"));
        assert!(said(b"control_address_file = 7").starts_with("site.toml:1: "));
        let absent = said(b"control_address_file = \"nowhere\"");
        assert!(absent.starts_with("nowhere: is not there"), "{absent}");
        let strange = said(b"control_address_file = \"site.toml\"");
        assert!(strange.starts_with("site.toml: the control store's address begins"), "{strange}");
    }
}
