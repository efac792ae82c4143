//! The list by which a provider finds its files: which number is which path.
//!
//! Findings and answers name files by number, for a path may be a patient's number. The list says which is which, so it
//! is written only where somebody asks for it, for its owner alone, to be given to the provider and removed. Nothing of
//! it is kept: it is made from the files at hand, so whoever has it made holds all that it tells.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sudare_store::files;

use super::arrived::Arrived;
use crate::error::{ActError, Doing as _};

/// The argument that names its place.
const ARGUMENT: &str = "--list";

/// Asks that nothing has the list's place, before anything is received.
pub(super) fn place_is_free(place: Option<&Path>) -> Result<(), ActError> {
    match place.filter(|place| place.exists()) {
        Some(_) => Err(ActError::usage(ARGUMENT, "is there already; name a new file")),
        None => Ok(()),
    }
}

/// Writes the list, where one is asked for, and gives its place.
pub(super) fn write(place: Option<&Path>, arrived: &Arrived) -> Result<Option<PathBuf>, ActError> {
    let Some(place) = place else { return Ok(None) };
    let doing = "writing the list of files";
    let (fresh, file) = files::create_beside(place).doing(doing)?;
    let mut out = BufWriter::new(file);
    writeln!(out, "delivery,file_no,path").doing(doing)?;
    for (delivery, file_no, path) in arrived.numbered() {
        let delivery = delivery.map(ToString::to_string).unwrap_or_default();
        writeln!(out, "{delivery},{file_no},\"{}\"", path.replace('"', "\"\"")).doing(doing)?;
    }
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error).doing(doing)?;
    file.sync_all().doing(doing)?;
    files::rename_durably(&fresh, place).doing(doing)?;
    Ok(Some(place.to_path_buf()))
}
