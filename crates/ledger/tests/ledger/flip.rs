//! Any byte changed, any file gone: fsck names it.

use sudare_ledger::Ledger;
use sudare_ledger::fsck::fsck;
use sudare_ledger::storage::{MemoryStorage, ReadLog, StorageError};

use crate::thread::{NOW, signer, whole};

/// A log with one bit changed.
struct Flipped<'a> {
    inner: &'a MemoryStorage,
    path: &'a str,
    at: usize,
}

impl ReadLog for Flipped<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let mut bytes = self.inner.read(path)?;
        if path == self.path
            && let Some(bytes) = &mut bytes
        {
            bytes[self.at] ^= 1 << (self.at % 8);
        }
        Ok(bytes)
    }
}

#[test]
fn every_flipped_byte_of_every_file_is_found() {
    let storage = MemoryStorage::new();
    let ledger = whole(Box::new(storage.clone()), &mut 0).unwrap();
    let files = storage.files();
    let size = ledger.size();
    let verifier = ledger.verifier();
    let last = [format!("tile/entries/000.p/{size}"), format!("tile/0/000.p/{size}")];
    let mut tried = 0u64;
    for (path, bytes) in &files {
        // Earlier widths hold the same bytes over and over: every 61st is enough there.
        let step = if path == "checkpoint" || last.contains(path) { 1 } else { 61 };
        for at in (0..bytes.len()).step_by(step) {
            let fault = fsck(&Flipped { inner: &storage, path, at }, &verifier);
            let fault = fault.expect_err(&format!("{path} byte {at}"));
            assert_eq!(&fault.file, path, "byte {at}: {fault}");
            tried += 1;
        }
    }
    assert!(tried > 9_000, "{tried}");
}

#[test]
fn a_file_that_is_gone_or_cut_is_named() {
    let storage = MemoryStorage::new();
    let ledger = whole(Box::new(storage.clone()), &mut 0).unwrap();
    let (files, verifier, size) = (storage.files(), ledger.verifier(), ledger.size());
    for path in
        ["checkpoint", &format!("tile/0/000.p/{size}"), &format!("tile/entries/000.p/{size}")]
    {
        let mut gone = files.clone();
        gone.remove(path);
        let fault = fsck(&MemoryStorage::with_files(gone), &verifier).unwrap_err();
        assert_eq!(fault.file, path);
        let mut longer = files.clone();
        longer.get_mut(path).unwrap().push(0);
        let fault = fsck(&MemoryStorage::with_files(longer), &verifier).unwrap_err();
        assert_eq!(fault.file, path);
        let mut shorter = files.clone();
        shorter.get_mut(path).unwrap().pop();
        let fault = fsck(&MemoryStorage::with_files(shorter), &verifier).unwrap_err();
        assert_eq!(fault.file, path);
    }
}

#[test]
fn the_entry_that_was_changed_is_named() {
    let storage = MemoryStorage::new();
    let ledger = whole(Box::new(storage.clone()), &mut 0).unwrap();
    let path = format!("tile/entries/000.p/{}", ledger.size());
    let mut files = storage.files();
    let bundle = files.get_mut(&path).unwrap();
    let at = bundle.windows(9).position(|text| text == b"\"rows_out").unwrap();
    bundle[at + 12] ^= 1;
    let fault = fsck(&MemoryStorage::with_files(files), &ledger.verifier()).unwrap_err();
    assert_eq!(fault.entry, Some(6));
    assert_eq!(
        fault.to_string(),
        format!("`{path}`, entry 6: the entry is not the one that was signed")
    );
}

#[test]
fn a_log_of_another_key_is_not_believed() {
    let storage = MemoryStorage::new();
    let stranger = sudare_ledger::Signer::from_seed("ledger.example", [8; 32].into()).unwrap();
    Ledger::create(Box::new(storage.clone()), stranger, "0.1.0", NOW).unwrap();
    let fault = fsck(&storage, signer().verifier()).unwrap_err();
    assert_eq!((fault.file.as_str(), fault.entry), ("checkpoint", None));
}
