//! A storage that dies at every single write, in every way a disk can leave that write.

use std::sync::atomic::{AtomicU64, Ordering};

use sudare_ledger::fsck::fsck;
use sudare_ledger::ledger::OpenError;
use sudare_ledger::storage::{LogLock, LogStorage, MemoryStorage, ReadLog, StorageError};
use sudare_ledger::{Ledger, Reason};

use crate::thread::{NOW, receive, signer, whole};

/// What the write that dies leaves behind.
#[derive(Debug, Clone, Copy)]
enum Leaves {
    Nothing,
    Half,
    Garbage,
    All,
}

struct Dying {
    inner: MemoryStorage,
    left: AtomicU64,
    leaves: Leaves,
}

impl Dying {
    /// `true` while writes succeed; the last one that is counted dies, and every later one does
    /// nothing.
    fn lives(&self) -> Option<bool> {
        match self.left.load(Ordering::SeqCst) {
            0 => None,
            left => {
                self.left.store(left - 1, Ordering::SeqCst);
                Some(left > 1)
            }
        }
    }

    fn died(path: &str) -> StorageError {
        let source = std::io::Error::other("the power is gone");
        StorageError::Io { path: path.to_owned(), act: "written", source }
    }
}

impl ReadLog for Dying {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.inner.read(path)
    }
}

impl LogStorage for Dying {
    fn lock(&self) -> Result<Box<dyn LogLock>, StorageError> {
        self.inner.lock()
    }

    fn write_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match self.lives() {
            Some(true) => return self.inner.write_durable(path, bytes),
            None => {}
            Some(false) => match self.leaves {
                Leaves::Nothing => {}
                Leaves::Half => self.inner.write_durable(path, &bytes[..bytes.len() / 2])?,
                Leaves::Garbage => self.inner.write_durable(path, &vec![0; bytes.len()])?,
                Leaves::All => self.inner.write_durable(path, bytes)?,
            },
        }
        Err(Self::died(path))
    }

    fn replace_durable(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match (self.lives(), self.leaves) {
            (Some(true), _) => return self.inner.replace_durable(path, bytes),
            (Some(false), Leaves::All) => self.inner.replace_durable(path, bytes)?,
            (Some(false) | None, _) => {}
        }
        Err(Self::died(path))
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        match self.lives() {
            Some(true) => self.inner.remove(path),
            Some(false) | None => Err(Self::died(path)),
        }
    }
}

#[test]
fn a_log_cut_at_any_write_opens_verifies_and_shows_the_unfinished_act() {
    let (mut cuts, mut shown) = (0, 0);
    for leaves in [Leaves::Nothing, Leaves::Half, Leaves::Garbage, Leaves::All] {
        for writes in 1.. {
            let inner = MemoryStorage::new();
            let left = AtomicU64::new(writes);
            let mut acknowledged = 0;
            let dying = Dying { inner: inner.clone(), left, leaves };
            if whole(Box::new(dying), &mut acknowledged).is_ok() {
                break;
            }
            cuts += 1;
            shown += usize::from(comes_back(&inner, acknowledged, &format!("{leaves:?} {writes}")));
        }
    }
    assert!(cuts > 300 && shown > 100, "{cuts} cuts, {shown} with an unfinished act");
}

/// Checks what a cut left, goes on writing over it, and says whether an unfinished act was shown.
fn comes_back(storage: &MemoryStorage, acknowledged: u64, cut: &str) -> bool {
    let verifier = signer().verifier().clone();
    let ledger = match Ledger::open(Box::new(storage.clone()), signer()) {
        Ok(ledger) => ledger,
        Err(OpenError::Read(_)) if acknowledged == 0 => {
            let again = Ledger::create(Box::new(storage.clone()), signer(), "0.1.0", NOW);
            again.unwrap_or_else(|error| panic!("{cut}: {error}"))
        }
        Err(error) => panic!("{cut}: {error}"),
    };
    assert!(ledger.size() >= acknowledged, "{cut}: an acknowledged entry is lost");
    let report = fsck(storage, &verifier).unwrap_or_else(|fault| panic!("{cut}: {fault}"));
    let unfinished = ledger.unfinished();
    assert_eq!(report.unfinished.len(), unfinished.len(), "{cut}");
    assert!(unfinished.len() <= 1, "{cut}");
    let reason = Reason::new("cut off").unwrap();
    for open in &unfinished {
        ledger.abandon(open.index, &reason, NOW).unwrap();
    }
    for number in 0..20 {
        receive(&ledger, &format!("after-{number}")).unwrap();
    }
    let report = fsck(storage, &verifier).unwrap_or_else(|fault| panic!("{cut}, later: {fault}"));
    assert_eq!(report.unfinished, [], "{cut}");
    !unfinished.is_empty()
}

#[test]
fn a_ledger_whose_write_failed_refuses_to_go_on() {
    for leaves in [Leaves::Nothing, Leaves::All] {
        let dying = Dying { inner: MemoryStorage::new(), left: AtomicU64::new(6), leaves };
        let ledger = Ledger::create(Box::new(dying), signer(), "0.1.0", NOW).unwrap();
        assert!(receive(&ledger, "r").is_err());
        let second = receive(&ledger, "r2").unwrap_err().to_string();
        assert!(second.contains("open it again"), "{second}");
    }
}
