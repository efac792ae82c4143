//! What an earlier run left in the folder for the tables: it is cleared, so that no table of other files stands
//! beside those of today. What this tool did not write is never touched.

use std::path::Path;

use sudare_identity::table::IDENTITY;
use sudare_model::table::CLINICAL;
use sudare_store::files;

use crate::error::{ActError, Doing as _};

/// The list of findings: made first and removed last, so that a folder that holds it is known for a run's.
pub(super) const FINDINGS: &str = "findings.jsonl";
/// What was counted: written last.
pub(super) const SUMMARY: &str = "summary.json";

/// Clears a folder of an earlier run's files. One that is not there is clear.
///
/// # Errors
/// [`ActError::Usage`] if it holds anything that no run wrote; nothing is removed then.
pub(super) fn clear(out: &Path) -> Result<(), ActError> {
    let names = files::names_in(out).doing("looking at the folder for the tables")?;
    if names.is_empty() {
        return Ok(());
    }
    let left = files::left_beside(&out.join(SUMMARY)).doing("looking for what was left")?;
    let left: Vec<_> = left.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let ours =
        |name: &str| name == FINDINGS || name == SUMMARY || is_table(name) || left.contains(&name);
    if let Some(other) = names.iter().find(|name| !ours(name)) {
        return Err(foreign(&format!("holds `{other}`, which this tool did not write")));
    }
    // Tables may be anybody's: only a run leaves them beside its findings.
    if !names.iter().any(|name| name == FINDINGS) {
        return Err(foreign(
            "holds tables without the findings of the run that would have written them",
        ));
    }
    for name in names.iter().filter(|name| *name != FINDINGS) {
        files::remove_file(&out.join(name)).doing("clearing an earlier run's files")?;
    }
    files::remove_file(&out.join(FINDINGS)).doing("clearing an earlier run's files")
}

fn foreign(what: &str) -> ActError {
    ActError::usage("--out", format!("{what}; name a new folder, or an empty one"))
}

fn is_table(name: &str) -> bool {
    let table = name.strip_suffix(".parquet");
    table.is_some_and(|table| table == IDENTITY || CLINICAL.iter().any(|one| one.name == table))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of these files after clearing; `None` if it was refused.
    fn cleared(names: &[&str]) -> (bool, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let done = clear(folder.path());
        let refused = matches!(done, Err(ActError::Usage(_)));
        assert!(refused || done.is_ok());
        (!refused, files::names_in(folder.path()).unwrap())
    }

    #[test]
    fn an_earlier_run_is_cleared_and_nothing_else() {
        let run = ["findings.jsonl", "identity.parquet", "person.parquet", "summary.json"];
        assert_eq!(cleared(&run), (true, vec![]));
        assert_eq!(cleared(&["findings.jsonl", ".summary.json.7-1.new"]), (true, vec![]));
        for more in ["notes.txt", "person.csv", "other.parquet", ".summary.json.new"] {
            let names = [&run[..], &[more]].concat();
            let (done, left) = cleared(&names);
            assert_eq!((done, left.len()), (false, names.len()), "{more}");
        }
        // Somebody's own tables.
        assert_eq!(cleared(&["person.parquet"]), (false, vec!["person.parquet".to_owned()]));
        assert!(clear(Path::new("no-such-folder")).is_ok());
    }

    #[test]
    fn a_folder_in_it_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FINDINGS), "x").unwrap();
        std::fs::create_dir(folder.path().join("person.parquet")).unwrap();
        assert!(clear(folder.path()).is_err());
    }
}
