//! The ledger of a site, and the pens it hands out.
//!
//! What it is for: [`Ledger`] opens the log and hands out a [`Scribe`] for each kind of act. A scribe writes the two
//! halves of an act of its kind and no other. `platform` holds the ledger; a stage receives the scribes it needs.
//!
//! Invariant: a call that returns `Ok` has made its entry durable; a [`Dataset`] is returned after that.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use sudare_model::time::Instant;
use sudare_model::{DatasetId, Digest, LevelName, UserId};

use crate::book::{Book, Holding, RECIPIENT, Unfinished, Unlawful};
use crate::contents::Contents;
use crate::entry::{Begun, Done, Entry, EntryError, Half, Made, Parameters, Reason, WordError};
use crate::level::{Dataset, Deliver, Inputs, Kind, Level, Makes, Plain, Receive, Released, Step};
use crate::log::{AppendError, Log};
use crate::note::{Signer, Verifier};
use crate::proof::Proof;
use crate::read::{self, ReadError};
use crate::record::{Site, Supply};
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

/// A keyed digest (HMAC-SHA-256) to stand in an entry for bytes that may not. The salt is kept outside the ledger:
/// with the salt destroyed, nothing can be told from the digest.
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
        state.write(Entry { at: now, act: crate::entry::Act::Site, half: Half::Site(site) })?;
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
        Scribe { ledger: self.clone(), kind: PhantomData }
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

    /// What the entries add up to, as it stands.
    #[must_use]
    pub fn book(&self) -> Book {
        self.state().book.clone()
    }

    /// Acts begun and neither done nor abandoned, oldest first: what a crash left behind, and what is being done now.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Unfinished> {
        self.state().book.unfinished()
    }

    /// Abandons an unfinished act by the index of its first half. Its scribe, if one still runs, will be refused.
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

    /// The dataset of this id at this level, as the log knows it. One that a withdrawal of persons' rows touches is
    /// still given: a step that has read the register since may go on from it (see [`Book::stale_since`]).
    ///
    /// # Errors
    /// [`Unlawful`] if it is unknown, at another level, erased or withdrawn as a whole.
    pub fn dataset<L: Level>(&self, dataset: &DatasetId) -> Result<Dataset<L>, Unlawful> {
        let state = self.state();
        let holding = state.book.usable(dataset, L::NAME)?;
        Ok(Dataset::new(dataset.clone(), Arc::clone(&holding.contents), holding.entry))
    }

    /// All datasets at a level that are neither erased nor withdrawn as a whole, in the order they were made.
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

    /// All datasets at a level, in the order they were made; withdrawn and erased ones are among them.
    #[must_use]
    pub fn datasets(&self, level: LevelName) -> Vec<Holding> {
        let mut all: Vec<_> = self.state().book.holdings(level).cloned().collect();
        all.sort_by_key(|holding| holding.entry);
        all
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

/// An act that was begun. It must be finished by the scribe of its kind; dropped, it stays unfinished in the log.
#[must_use = "an act that is begun must be finished or abandoned"]
pub struct OpenAct<K: Kind> {
    begun: u64,
    dataset: Option<DatasetId>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> OpenAct<K> {
    /// The index of its first half.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.begun
    }

    /// The dataset it will make, if it makes one.
    #[must_use]
    pub const fn dataset(&self) -> Option<&DatasetId> {
        self.dataset.as_ref()
    }
}

impl<K: Kind> fmt::Debug for OpenAct<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenAct<{}>(entry {})", K::ACT, self.begun)
    }
}

/// The pen for one kind of act.
pub struct Scribe<K: Kind> {
    ledger: Ledger,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Clone for Scribe<K> {
    fn clone(&self) -> Self {
        self.ledger.scribe()
    }
}

impl<K: Kind> fmt::Debug for Scribe<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scribe<{}>", K::ACT)
    }
}

impl<K: Kind> Scribe<K> {
    fn start(&self, begun: Begun, now: Instant) -> Result<OpenAct<K>, WriteError> {
        let dataset = begun.dataset.clone();
        let entry = Entry { at: now, act: K::ACT, half: Half::Begun(begun) };
        let begun = self.ledger.state().write(entry)?;
        Ok(OpenAct { begun, dataset, kind: PhantomData })
    }

    fn finish(
        &self,
        begun: u64,
        made: Option<Made>,
        record: K::Record,
        now: Instant,
    ) -> Result<u64, WriteError> {
        let half = Half::Done(Done { begun, made, record: record.into() });
        self.ledger.state().write(Entry { at: now, act: K::ACT, half })
    }

    /// Records that the act will never be done.
    ///
    /// # Errors
    /// [`WriteError`] if it could not be written.
    #[expect(clippy::needless_pass_by_value, reason = "an abandoned act is used up")]
    pub fn abandon(
        &self,
        open: OpenAct<K>,
        reason: &Reason,
        now: Instant,
    ) -> Result<u64, WriteError> {
        let half = Half::Abandoned { begun: open.begun, reason: reason.clone() };
        self.ledger.state().write(Entry { at: now, act: K::ACT, half })
    }
}

impl<K: Makes> Scribe<K> {
    /// Makes the entry durable that says the dataset is at its level, then gives the dataset.
    ///
    /// # Errors
    /// [`Unlawful`] if an input was withdrawn meanwhile or after the register state of the evidence, if tracks would
    /// mix, or if the act was abandoned; [`WriteError`] if it could not be written.
    pub fn promote(
        &self,
        open: OpenAct<K>,
        contents: Contents,
        why: K::Record,
        now: Instant,
    ) -> Result<Dataset<K::To>, WriteError> {
        let dataset = open.dataset.ok_or(Unlawful::NotOpen(open.begun))?;
        let made = Made { dataset: dataset.clone(), contents: contents.clone() };
        let entry = self.finish(open.begun, Some(made), why, now)?;
        Ok(Dataset::new(dataset, Arc::new(contents), entry))
    }
}

impl Scribe<Receive> {
    /// Records that a delivery is about to be read into this dataset.
    ///
    /// # Errors
    /// [`Unlawful::Made`] if it was before, [`Unlawful::Making`] if it is being; [`WriteError`] if it could not be
    /// written.
    pub fn begin(
        &self,
        dataset: DatasetId,
        parameters: Parameters,
        now: Instant,
    ) -> Result<OpenAct<Receive>, WriteError> {
        self.start(Begun { dataset: Some(dataset), inputs: Vec::new(), parameters }, now)
    }
}

impl<S: Step> Scribe<S> {
    /// Records that a step is about to be made from these datasets to this one.
    ///
    /// # Errors
    /// [`Unlawful`] if an input may not be read or the dataset has been made; [`WriteError`] if it could not be
    /// written.
    #[expect(clippy::needless_pass_by_value, reason = "the inputs are references already")]
    pub fn begin(
        &self,
        from: S::Inputs<'_>,
        dataset: DatasetId,
        parameters: Parameters,
        now: Instant,
    ) -> Result<OpenAct<S>, WriteError> {
        self.start(Begun { dataset: Some(dataset), inputs: from.ids(), parameters }, now)
    }
}

impl<A: Plain> Scribe<A> {
    /// Records that an act is about to be done.
    ///
    /// # Errors
    /// [`WriteError`] if it could not be written.
    pub fn begin_act(
        &self,
        parameters: Parameters,
        now: Instant,
    ) -> Result<OpenAct<A>, WriteError> {
        self.start(Begun { dataset: None, inputs: Vec::new(), parameters }, now)
    }

    /// Makes the entry durable that says the act is done, and gives its index.
    ///
    /// # Errors
    /// [`Unlawful`] if a rule of the book refuses; [`WriteError`] if it could not be written.
    #[expect(clippy::needless_pass_by_value, reason = "an act that is done is used up")]
    pub fn complete(
        &self,
        open: OpenAct<A>,
        record: A::Record,
        now: Instant,
    ) -> Result<u64, WriteError> {
        self.finish(open.begun, None, record, now)
    }
}

impl Scribe<Deliver> {
    /// Records that a dataset is about to be handed to a user. Nothing below `Pseudonymised` or `Anonymised` fits.
    ///
    /// # Errors
    /// [`Unlawful::Stale`] if a withdrawal since the dataset was made touches it; [`Unlawful`] if it may not be read
    /// for another reason; [`WriteError`] if it could not be written.
    pub fn begin<L: Released>(
        &self,
        what: &Dataset<L>,
        recipient: &UserId,
        parameters: Parameters,
        now: Instant,
    ) -> Result<OpenAct<Deliver>, WriteError> {
        let parameters = parameters.with(RECIPIENT, recipient)?;
        self.start(Begun { dataset: None, inputs: vec![what.id().clone()], parameters }, now)
    }

    /// Makes the statutory entry of the supply durable, and gives its index. Hand over after this returns.
    ///
    /// # Errors
    /// As [`Scribe::begin`], asked again; [`Unlawful::Grant`] if the grant named does not fit.
    #[expect(clippy::needless_pass_by_value, reason = "an act that is done is used up")]
    pub fn complete(
        &self,
        open: OpenAct<Deliver>,
        supply: Supply,
        now: Instant,
    ) -> Result<u64, WriteError> {
        self.finish(open.begun, None, supply, now)
    }
}
