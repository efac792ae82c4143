//! `HOME/site.toml`: what an operator may set. Every key has a default; unknown keys are refused.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sudare_store::control::Control;
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
    match files::read_text(&path, CONFIG_BYTES_MAX) {
        Err(error) if error.is_absent() => Ok(Config::default()),
        Err(error) => Err(error).doing("reading the configuration"),
        Ok(text) => toml::from_str(&text)
            .map_err(|error| ActError::usage(path.display().to_string(), error.to_string())),
    }
}

impl Config {
    /// Opens the control store.
    pub(crate) async fn control(&self, home: &Path) -> Result<Control, ActError> {
        match &self.control_address_file {
            None => Control::open_file(&home.join("control.db")).await,
            Some(file) => {
                let address = files::read_text(&home.join(file), CONFIG_BYTES_MAX)
                    .doing("reading the address of the control store")?;
                Control::open(address.trim()).await
            }
        }
        .doing("opening the control store")
    }
}
