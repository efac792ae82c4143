//! `tools check-mapping`: whether a clerk's mapping of municipal tables can be used.

use std::path::Path;

use sudare_intake::formats::municipal::mapping::check;
use sudare_store::files;

use crate::answer::MappingAnswer;
use crate::error::{ActError, Doing as _, Problem};

/// No mapping is longer.
const MAPPING_MAX: u64 = 1 << 20;
/// The first row of a table is not longer.
const HEAD_MAX: u64 = 64 << 10;

/// Checks a mapping, and whether a table has its headings.
///
/// # Errors
/// [`ActError::Usage`] with every fault, its line and what is meant; [`ActError::Failed`] if a file cannot be read.
pub fn check_mapping(mapping: &Path, table: Option<&Path>) -> Result<MappingAnswer, ActError> {
    let bytes = files::read_bytes(mapping, MAPPING_MAX).doing("reading the mapping")?;
    let head = table.map(|table| files::read_head(table, HEAD_MAX)).transpose();
    let head = head.doing("reading the table")?;
    let sound = check(&bytes, head.as_deref()).map_err(|faults| {
        let problem = |line: u32, message| Problem {
            place: format!("{}, line {line}", mapping.display()),
            message,
        };
        ActError::Usage(faults.into_iter().map(|one| problem(one.line, one.says)).collect())
    })?;
    Ok(MappingAnswer {
        mapping: mapping.to_path_buf(),
        headings: sound.headings,
        unmapped: sound.unmapped,
    })
}
