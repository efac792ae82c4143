//! Releases in memory, keys of tests.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use sudare_deident::release::ReleaseWriter;
use sudare_deident::seal::{Sign, SignError, TrustedKey};
use sudare_deident::verify::{ReleaseFile, ReleaseReader};

#[derive(Debug, Clone, Default)]
pub(crate) struct Folder(pub(crate) Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Folder {
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn of(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(Arc::new(Mutex::new(files)))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.files()[name].clone()).unwrap()
    }
}

struct Open(Folder, String);

impl Write for Open {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut files = self.0.0.lock().unwrap();
        files.get_mut(&self.1).unwrap().extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ReleaseWriter for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write + Send>> {
        self.0.lock().unwrap().insert(name.to_owned(), Vec::new());
        Ok(Box::new(Open(self.clone(), name.to_owned())))
    }
}

struct Whole(Vec<u8>);

impl ReleaseFile for Whole {
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = (offset as usize).min(self.0.len());
        let count = buffer.len().min(self.0.len() - from);
        buffer[..count].copy_from_slice(&self.0[from..from + count]);
        Ok(count)
    }
}

impl ReleaseReader for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.files().into_keys().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReleaseFile>> {
        let found = self.files().get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Whole(found)))
    }
}

pub(crate) struct TestKey(Ed25519KeyPair);

impl Default for TestKey {
    fn default() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }
}

impl TestKey {
    pub(crate) fn trusted(&self) -> TrustedKey {
        let public = self.0.public_key().as_ref().to_vec();
        TrustedKey { key_id: self.key_id(), public }
    }
}

impl Sign for TestKey {
    fn key_id(&self) -> String {
        "test-1".to_owned()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}
