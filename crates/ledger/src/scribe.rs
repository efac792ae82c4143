//! The pens: one for each kind of act, which writes the two halves of an act of its kind and no
//! other.
//!
//! What it is for: `begin…` before the act, then `promote`, `complete` or `abandon`. An act that is
//! neither stays unfinished in the log, and is shown when the ledger is opened again.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use sudare_model::time::Instant;
use sudare_model::{DatasetId, UserId};

use crate::book::{RECIPIENT, Unlawful};
use crate::contents::Contents;
use crate::entry::{Begun, Done, Entry, Half, Made, Parameters, Reason};
use crate::ledger::{Ledger, WriteError};
use crate::level::{
    Cleared, Dataset, Deliver, Inputs, Kind, Link, Linked, Makes, Plain, Receive, Released, Step,
};
use crate::record::Supply;
use crate::tile::ENTRY_BYTES_MAX;

/// The most datasets that one act may be told to read, so that its entry fits whatever their ids
/// are. A linkage of more is carried on in several acts ([`Scribe::begin_since`]).
pub const INPUTS_MAX: usize = 900;
// An id has at most 64 bytes, and two quotes and a comma; the rest of an entry is small.
const _: () = assert!(INPUTS_MAX * 67 + 4096 < ENTRY_BYTES_MAX);

/// An act that was begun. It must be finished by the scribe of its kind; dropped, it stays
/// unfinished in the log.
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
    pub(crate) const fn new(ledger: Ledger) -> Self {
        Self { ledger, kind: PhantomData }
    }

    fn start(&self, begun: Begun, now: Instant) -> Result<OpenAct<K>, WriteError> {
        let dataset = begun.dataset.clone();
        let entry = Entry { at: now, act: K::ACT, half: Half::Begun(begun) };
        let begun = self.ledger.write(entry)?;
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
        self.ledger.write(Entry { at: now, act: K::ACT, half })
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
        self.ledger.write(Entry { at: now, act: K::ACT, half })
    }
}

impl<K: Makes> Scribe<K> {
    /// Makes the entry durable that says the dataset is at its level, then gives the dataset.
    ///
    /// # Errors
    /// [`Unlawful`] if an input was withdrawn meanwhile or after the register state of the
    /// evidence, if tracks would mix, or if the act was abandoned; [`WriteError`] if it could not
    /// be written.
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
    /// [`Unlawful::Made`] if it was before, [`Unlawful::Making`] if it is being; [`WriteError`] if
    /// it could not be written.
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
    /// [`Unlawful`] if an input may not be read or the dataset has been made; [`WriteError`] if it
    /// could not be written.
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

impl Scribe<Link> {
    /// Records that an earlier linkage is about to be carried on with datasets it has not seen. Its
    /// own inputs count as inputs of the new one.
    ///
    /// # Errors
    /// As [`Scribe::begin`]; [`Unlawful::Level`] if there is no new dataset.
    pub fn begin_since(
        &self,
        earlier: &Dataset<Linked>,
        from: &[Dataset<Cleared>],
        dataset: DatasetId,
        parameters: Parameters,
        now: Instant,
    ) -> Result<OpenAct<Link>, WriteError> {
        let mut inputs = vec![earlier.id().clone()];
        inputs.extend(from.ids());
        self.start(Begun { dataset: Some(dataset), inputs, parameters }, now)
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
    /// Records that a dataset is about to be handed to a user. Nothing below `Pseudonymised` or
    /// `Anonymised` fits.
    ///
    /// # Errors
    /// [`Unlawful::Stale`] if a withdrawal since the dataset was made touches it; [`Unlawful`] if
    /// it may not be read for another reason; [`WriteError`] if it could not be written.
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

    /// Makes the statutory entry of the supply durable, and gives its index. Hand over after this
    /// returns.
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
