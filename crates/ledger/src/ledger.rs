//! The ledger of a site, which hands out the pens.
//!
//! What it is for: [`Ledger`] opens the log and hands out a [`Scribe`] for each kind of act. A
//! scribe writes the two halves of an act of its kind and no other. `platform` holds the ledger; a
//! stage receives the scribes it needs.
//!
//! Invariant: a call that returns `Ok` has made its entry durable; a [`Dataset`] is returned after
//! that.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use sudare_model::time::Instant;
use sudare_model::{DatasetId, Digest, LevelName};

use crate::book::{Book, Granted, Holding, Unfinished, Unlawful};
use crate::entry::{Act, Entry, EntryError, Half, Reason, WordError};
use crate::level::{Dataset, Kind, Level};
use crate::log::{AppendError, Log};
use crate::note::{Signer, Verifier};
use crate::proof::Proof;
use crate::read::{self, ReadError};
use crate::record::Site;
use crate::scribe::Scribe;
use crate::storage::{LogStorage, ReadLog, StorageError};

/// Why a ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is a ledger already.
    #[error("there is a ledger here already")]
    Exists,
    /// The storage failed, or another process has it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// The first entry could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Signed bytes are not an entry.
    #[error("entry {index} of the ledger cannot be read: {source}")]
    Entry {
        /// Its index.
        index: u64,
        /// Why.
        source: EntryError,
    },
    /// A signed entry breaks a rule of the book.
    #[error("entry {index} of the ledger is unlawful: {source}")]
    Unlawful {
        /// Its index.
        index: u64,
        /// Why.
        source: Unlawful,
    },
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => Self::Storage(error),
            other => Self::Read(other),
        }
    }
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A rule of the book refuses it.
    #[error(transparent)]
    Unlawful(#[from] Unlawful),
    /// It could not be made durable.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A word cannot stand in an entry.
    #[error(transparent)]
    Word(#[from] WordError),
}

/// A keyed digest (HMAC-SHA-256) to stand in an entry for bytes that may not. The salt is kept
/// outside the ledger: with the salt destroyed, nothing can be told from the digest.
#[must_use]
pub fn commitment(salt: &[u8], bytes: &[u8]) -> Digest {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), bytes);
    Digest::from_bytes(<[u8; 32]>::try_from(tag.as_ref()).unwrap_or_default())
}

struct State {
    log: Log,
    book: Book,
}

impl State {
    /// Admits, appends, enters: in that order, so that the book never knows what the log does not.
    fn write(&mut self, entry: Entry) -> Result<u64, WriteError> {
        self.book.admit(&entry)?;
        let index = self.log.append(&entry.encode())?;
        self.book.enter(entry);
        Ok(index)
    }
}

/// The ledger of a site, open for writing. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Mutex<State>>);

impl Ledger {
    /// Begins a new ledger with the site's entry.
    ///
    /// # Errors
    /// [`OpenError`]: there is one already, or it could not be written.
    pub fn create(
        storage: Box<dyn LogStorage>,
        signer: Signer,
        version: &str,
        now: Instant,
    ) -> Result<Self, OpenError> {
        let log = Log::create(storage, signer)?.ok_or(OpenError::Exists)?;
        let name = log.signer().verifier().name().to_owned();
        let site = Site { name, version: version.to_owned() };
        let mut state = State { log, book: Book::default() };
        state.write(Entry { at: now, act: Act::Site, half: Half::Site(site) })?;
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// Opens a ledger for writing: reads every entry, checks the signed root, adds them up.
    ///
    /// # Errors
    /// [`OpenError`] says what does not fit. Run [`crate::fsck::fsck`] to learn where.
    pub fn open(storage: Box<dyn LogStorage>, signer: Signer) -> Result<Self, OpenError> {
        let (log, entries) = Log::open(storage, signer)?;
        let book = replay(&entries)?;
        Ok(Self(Arc::new(Mutex::new(State { log, book }))))
    }

    /// The pen for one kind of act.
    #[must_use]
    pub fn scribe<K: Kind>(&self) -> Scribe<K> {
        Scribe::new(self.clone())
    }

    /// What others need to check this ledger.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.state().log.signer().verifier().clone()
    }

    /// The number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.state().log.size()
    }

    /// The signed checkpoint as it stands.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        self.state().log.note().to_vec()
    }

    /// The state of the register, as evidence records it: see [`Book::epoch`].
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.state().book.epoch()
    }

    /// How many stop requests are recorded: see [`Book::stop_requests`].
    #[must_use]
    pub fn stop_requests(&self) -> u64 {
        self.state().book.stop_requests()
    }

    /// What the entries add up to, as it stands.
    #[must_use]
    pub fn book(&self) -> Book {
        self.state().book.clone()
    }

    /// The dataset of this id at whatever level, as the book knows it.
    #[must_use]
    pub fn holding(&self, dataset: &DatasetId) -> Option<Holding> {
        self.state().book.holding(dataset).cloned()
    }

    /// Acts begun and neither done nor abandoned, oldest first: what a crash left behind, and what
    /// is being done now.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Unfinished> {
        self.state().book.unfinished()
    }

    /// Abandons an unfinished act by the index of its first half. Its scribe, if one still runs,
    /// will be refused.
    ///
    /// # Errors
    /// [`Unlawful::NotOpen`] if there is no such act; [`WriteError`] if it could not be written.
    pub fn abandon(&self, begun: u64, reason: &Reason, now: Instant) -> Result<u64, WriteError> {
        let mut state = self.state();
        let found = state.book.unfinished().into_iter().find(|open| open.index == begun);
        let act = found.ok_or(Unlawful::NotOpen(begun))?.act;
        let half = Half::Abandoned { begun, reason: reason.clone() };
        state.write(Entry { at: now, act, half })
    }

    /// The dataset of this id at this level, as the log knows it. One that a withdrawal of persons'
    /// rows touches is still given: a step that has read the register since may go on from it (see
    /// [`Book::stale_since`]).
    ///
    /// # Errors
    /// [`Unlawful`] if it is unknown, at another level, erased or withdrawn as a whole.
    pub fn dataset<L: Level>(&self, dataset: &DatasetId) -> Result<Dataset<L>, Unlawful> {
        let state = self.state();
        let holding = state.book.usable(dataset, L::NAME)?;
        Ok(Dataset::new(dataset.clone(), Arc::clone(&holding.contents), holding.entry))
    }

    /// All datasets at a level that are neither erased nor withdrawn as a whole, in the order they
    /// were made.
    #[must_use]
    pub fn usable<L: Level>(&self) -> Vec<Dataset<L>> {
        let state = self.state();
        let usable = |holding: &&Holding| state.book.usable(&holding.dataset, L::NAME).is_ok();
        let mut all: Vec<_> = state
            .book
            .holdings(L::NAME)
            .filter(usable)
            .map(|one| Dataset::new(one.dataset.clone(), Arc::clone(&one.contents), one.entry))
            .collect();
        all.sort_by_key(Dataset::entry);
        all
    }

    /// All datasets at a level, in the order they were made; withdrawn and erased ones are among
    /// them.
    #[must_use]
    pub fn datasets(&self, level: LevelName) -> Vec<Holding> {
        let mut all: Vec<_> = self.state().book.holdings(level).cloned().collect();
        all.sort_by_key(|holding| holding.entry);
        all
    }

    /// All grants in the order given; expired and withdrawn ones are among them.
    #[must_use]
    pub fn grants(&self) -> Vec<Granted> {
        self.state().book.grants().cloned().collect()
    }

    /// The datasets at a level that a dataset was made from, at any distance, in the order they
    /// were made.
    #[must_use]
    pub fn made_from(&self, dataset: &DatasetId, level: LevelName) -> Vec<Holding> {
        self.state().book.made_from(dataset, level).into_iter().cloned().collect()
    }

    /// The canonical bytes of an entry.
    ///
    /// # Errors
    /// [`ReadError`] if there is no such entry or its bundle cannot be read.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        self.state().log.entry(index)
    }

    /// The proof that an entry is under the checkpoint as it stands.
    ///
    /// # Errors
    /// [`ReadError::Index`] if there is no such entry.
    pub fn proof(&self, index: u64) -> Result<Proof, ReadError> {
        let state = self.state();
        let size = state.log.size();
        let hashes = state.log.rows().inclusion(index, size).ok_or(ReadError::Index(index))?;
        let checkpoint = String::from_utf8_lossy(state.log.note()).into_owned();
        Ok(Proof { index, size, hashes, checkpoint })
    }

    /// The proof that the first `old` entries are a prefix of the log as it stands.
    ///
    /// # Errors
    /// [`ReadError::Index`] if `old` is 0 or more than there are.
    pub fn consistency(&self, old: u64) -> Result<Vec<Digest>, ReadError> {
        let state = self.state();
        state.log.rows().consistency(old, state.log.size()).ok_or(ReadError::Index(old))
    }

    pub(crate) fn write(&self, entry: Entry) -> Result<u64, WriteError> {
        self.state().write(entry)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ledger({}, {} entries)", self.verifier().name(), self.size())
    }
}

/// Reads the book of a log without opening it for writing.
///
/// # Errors
/// [`OpenError`] says what does not fit.
pub fn read_book(source: &dyn ReadLog, verifier: &Verifier) -> Result<Book, OpenError> {
    replay(&read::everything(source, verifier)?.entries)
}

fn replay(entries: &[Vec<u8>]) -> Result<Book, OpenError> {
    let mut book = Book::default();
    for (index, bytes) in (0u64..).zip(entries) {
        let entry = Entry::decode(bytes).map_err(|source| OpenError::Entry { index, source })?;
        book.admit(&entry).map_err(|source| OpenError::Unlawful { index, source })?;
        book.enter(entry);
    }
    Ok(book)
}
