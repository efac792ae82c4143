//! The region as a stranger sees it: files, totals, truth.

#[cfg(test)]
#[path = "synth/claims.rs"]
mod claims;
#[cfg(test)]
#[path = "synth/plain.rs"]
mod plain;
#[cfg(test)]
#[path = "synth/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "synth/region.rs"]
mod region;
#[cfg(test)]
#[path = "synth/schemas.rs"]
mod schemas;
#[cfg(test)]
#[path = "synth/storage.rs"]
mod storage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[cfg(test)]
/// All files below a folder with their bytes, by path from it.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(
                    path.strip_prefix(root).unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

#[cfg(test)]
/// A region of its own folder.
fn region(persons: u64, seed: u64) -> (tempfile::TempDir, sudare_synth::Summary) {
    let folder = tempfile::tempdir().unwrap();
    let region = sudare_synth::Region::new(persons, seed);
    let summary = sudare_synth::write(&region, folder.path(), &|_| ()).unwrap();
    (folder, summary)
}

#[cfg(test)]
/// Rows of a CSV file below a region as maps from column to value.
fn rows(root: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(root.join(file)).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}
