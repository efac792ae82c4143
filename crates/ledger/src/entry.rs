//! Entries: what the book says, and their one canonical encoding.
//!
//! An act is written in two halves: `begun` before anything is done, `done` (or `abandoned`) before
//! it is acknowledged. The first entry of a log is its `site`. An entry is one JSON object, version
//! 1: keys sorted by byte, no white space, no floats, UTF-8, at most 65,535 bytes. Times are whole
//! seconds since 1970-01-01T00:00:00Z, days are `YYYY-MM-DD`, digests are 64 lower-case hex digits.
//! A field without a value is left out. Whoever decodes an entry and encodes it again gets the same
//! bytes, or it is not an entry.
//!
//! | field | in | holds |
//! | --- | --- | --- |
//! | `v` | all | 1 |
//! | `at` | all | when |
//! | `act` | all | the word of [`Act`] |
//! | `verb` | all | the verb of the flow, or `site`, or `register` |
//! | `half` | all | `site`, `begun`, `done`, `abandoned` |
//! | `dataset` | begun | the id that the act will make, if it makes one |
//! | `inputs` | begun | ids of the datasets the act reads |
//! | `parameters` | begun | words, never anything personal |
//! | `begun` | done, abandoned | the index of the first half |
//! | `made` | done | `contents`, `dataset`, `level` |
//! | `record` | done, site | what the act found, as its page in [`crate::record`] says |
//! | `reason` | abandoned | why |
//!
//! Invariant: no personal datum enters an entry. Its parts have types that hold ids, counts, words
//! and digests; a digest of anything personal is made by [`crate::commitment`] with a salt that is
//! kept elsewhere and can be destroyed.

use std::fmt;

use serde_json::{Map, Value};
use sudare_model::time::Instant;
use sudare_model::{DatasetId, LevelName, Verb};

use crate::contents::Contents;
use crate::record::{Record, Site};

pub(crate) mod field;
mod json;

pub use json::canonical;

use field::{Field, Fields};

/// The version of the encoding.
const VERSION: u64 = 1;

/// Why bytes are not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not a JSON object.
    #[error("it is not a JSON object")]
    Json,
    /// Written by a newer version.
    #[error("it is of an unknown version")]
    Version,
    /// A field is missing, unknown or holds another kind of value.
    #[error("its field `{0}` is missing, unknown or unreadable")]
    Field(&'static str),
    /// The fields are right but not in the canonical form.
    #[error("it is not in the canonical form")]
    Form,
}

macro_rules! acts {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $verb:expr, $level:expr;)*) => {
        /// The kinds of act that the ledger records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $variant),* }

        impl Act {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in the entry's `act`.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The word in the entry's `verb`: one of [`Verb`], or `site`, or `register`.
            #[must_use]
            pub const fn verb(self) -> &'static str {
                match self { $(Self::$variant => $verb),* }
            }

            /// The level of the dataset that the act makes, if it makes one.
            #[must_use]
            pub const fn makes(self) -> Option<LevelName> {
                match self { $(Self::$variant => $level),* }
            }
        }
    };
}

acts! {
    /// The log begins.
    Site = "site", "site", None;
    /// A register is applied.
    Register = "register", "register", None;
    /// Files come in.
    Receive = "receive", Verb::Receive.word(), Some(LevelName::Received);
    /// The intake predicate decides what may stay.
    Screen = "screen", Verb::Screen.word(), Some(LevelName::Cleared);
    /// Who is who across providers.
    Link = "link", Verb::Link.word(), Some(LevelName::Linked);
    /// A pseudonymised dataset is made.
    Pseudonymise = "pseudonymise", Verb::Deidentify.word(), Some(LevelName::Pseudonymised);
    /// An anonymised dataset is made.
    Anonymise = "anonymise", Verb::Deidentify.word(), Some(LevelName::Anonymised);
    /// A user may have a dataset.
    Grant = "grant", Verb::Grant.word(), None;
    /// A grant is withdrawn: from then on nothing is handed over by it.
    WithdrawGrant = "withdraw-grant", Verb::Withdraw.word(), None;
    /// A dataset is handed to a user.
    Deliver = "deliver", Verb::Deliver.word(), None;
    /// A user reports having supplied another user.
    Onward = "onward", Verb::Deliver.word(), None;
    /// A dataset or the ledger is checked.
    Check = "check", Verb::Verify.word(), None;
    /// A stop request or a revocation takes effect.
    Withdraw = "withdraw", Verb::Withdraw.word(), None;
    /// A dataset is erased.
    Erase = "erase", Verb::Withdraw.word(), None;
}

impl Act {
    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.word() == word)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written.
    pub at: Instant,
    /// The kind of act.
    pub act: Act,
    /// Which half of the act, and what it says.
    pub half: Half,
}

/// The halves of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Half {
    /// The first entry of a log.
    Site(Site),
    /// The act is about to be done.
    Begun(Begun),
    /// The act is done.
    Done(Done),
    /// The act was begun and will never be done.
    Abandoned {
        /// The index of the first half.
        begun: u64,
        /// Why.
        reason: Reason,
    },
}

/// What is known before an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Begun {
    /// The dataset that will be made, if one will.
    pub dataset: Option<DatasetId>,
    /// The datasets that are read.
    pub inputs: Vec<DatasetId>,
    /// How it is done, in words without anything personal.
    pub parameters: Parameters,
}

/// What is known after an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The index of the first half.
    pub begun: u64,
    /// The dataset that was made, if the act makes one.
    pub made: Option<Made>,
    /// What the act found.
    pub record: Record,
}

/// A dataset that an act made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub dataset: DatasetId,
    /// What is in it.
    pub contents: Contents,
}

impl Entry {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        fields.put("v", &VERSION);
        fields.put("at", &self.at);
        fields.put("act", &self.act);
        fields.put("verb", &self.act.verb().to_owned());
        fields.put("half", &self.half.word().to_owned());
        match &self.half {
            Half::Site(site) => fields.put("record", site),
            Half::Begun(begun) => {
                fields.put("dataset", &begun.dataset);
                fields.put("inputs", &begun.inputs);
                fields.put("parameters", &begun.parameters);
            }
            Half::Done(done) => {
                fields.put("begun", &done.begun);
                if let Some(made) = &done.made {
                    let mut inner = Fields::default();
                    inner.put("contents", &made.contents);
                    inner.put("dataset", &made.dataset);
                    inner.put("level", &self.act.makes());
                    fields.value("made", inner.into_value());
                }
                fields.value("record", done.record.to_value());
            }
            Half::Abandoned { begun, reason } => {
                fields.put("begun", begun);
                fields.put("reason", reason);
            }
        }
        canonical(&fields.into_value())
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`EntryError`] if the bytes are anything but what [`Entry::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_position| EntryError::Json)?;
        let Value::Object(object) = value else { return Err(EntryError::Json) };
        let mut fields = Fields::from(object);
        if fields.take::<u64>("v")? != VERSION {
            return Err(EntryError::Version);
        }
        let entry = Self::read(&mut fields)?;
        fields.end("entry")?;
        if entry.encode() == bytes { Ok(entry) } else { Err(EntryError::Form) }
    }

    fn read(fields: &mut Fields) -> Result<Self, EntryError> {
        let at = fields.take("at")?;
        let act = fields.take::<Act>("act")?;
        if fields.take::<String>("verb")? != act.verb() {
            return Err(EntryError::Field("verb"));
        }
        let half = match (fields.take::<String>("half")?.as_str(), act) {
            ("site", Act::Site) => Half::Site(fields.take("record")?),
            (_, Act::Site) => return Err(EntryError::Field("half")),
            ("begun", _) => Half::Begun(Begun {
                dataset: fields.take("dataset")?,
                inputs: fields.take("inputs")?,
                parameters: fields.take("parameters")?,
            }),
            ("done", _) => Half::Done(Done {
                begun: fields.take("begun")?,
                made: read_made(fields, act)?,
                record: Record::from_value(act, &fields.take_value("record")?)
                    .ok_or(EntryError::Field("record"))?,
            }),
            ("abandoned", _) => {
                Half::Abandoned { begun: fields.take("begun")?, reason: fields.take("reason")? }
            }
            _ => return Err(EntryError::Field("half")),
        };
        Ok(Self { at, act, half })
    }
}

fn read_made(fields: &mut Fields, act: Act) -> Result<Option<Made>, EntryError> {
    let Some(level) = act.makes() else { return Ok(None) };
    let Value::Object(object) = fields.take_value("made")? else {
        return Err(EntryError::Field("made"));
    };
    let mut inner = Fields::from(object);
    let made = Made { dataset: inner.take("dataset")?, contents: inner.take("contents")? };
    if inner.take::<LevelName>("level")? != level {
        return Err(EntryError::Field("level"));
    }
    inner.end("made")?;
    Ok(Some(made))
}

impl Half {
    /// The word in the entry's `half`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Site(_) => "site",
            Self::Begun(_) => "begun",
            Self::Done(_) => "done",
            Self::Abandoned { .. } => "abandoned",
        }
    }
}

/// Why a word cannot stand in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// A name is not 1 to 48 of `a-z 0-9 _`.
    #[error("a parameter of a ledger entry is named with 1 to 48 of `a-z 0-9 _`")]
    Name,
    /// A value is longer than 256 characters or is not printable ASCII.
    #[error("a value in a ledger entry is printable ASCII of at most 256 characters")]
    Value,
    /// More than 64 parameters.
    #[error("a ledger entry has at most 64 parameters")]
    Many,
}

/// How an act is done: short words by name. Printable ASCII alone, so that no Japanese name can
/// slip in; still it is the caller's duty that nothing personal does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters(std::collections::BTreeMap<String, String>);

impl Parameters {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more.
    ///
    /// # Errors
    /// [`WordError`] if name or value cannot stand in an entry.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Result<Self, WordError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > 48 || !name.bytes().all(fits) {
            return Err(WordError::Name);
        }
        self.0.insert(name.to_owned(), printable(value.to_string())?);
        if self.0.len() > 64 { Err(WordError::Many) } else { Ok(self) }
    }

    /// The value of a parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All parameters, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Field for Parameters {
    fn write(&self) -> Option<Value> {
        let pairs = self.0.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        Some(Value::Object(pairs.collect::<Map<_, _>>()))
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        value?
            .as_object()?
            .iter()
            .try_fold(Self::new(), |all, (name, value)| all.with(name, value.as_str()?).ok())
    }
}

/// Why an act was abandoned: a short sentence in printable ASCII, without anything personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Takes the sentence.
    ///
    /// # Errors
    /// [`WordError::Value`] if it is longer than 256 characters or not printable ASCII.
    pub fn new(text: &str) -> Result<Self, WordError> {
        Ok(Self(printable(text.to_owned())?))
    }

    /// The sentence.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Field for Reason {
    fn write(&self) -> Option<Value> {
        Some(Value::from(self.0.as_str()))
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        Self::new(value?.as_str()?).ok()
    }
}

fn printable(text: String) -> Result<String, WordError> {
    let fits = text.len() <= 256 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if fits { Ok(text) } else { Err(WordError::Value) }
}

#[cfg(test)]
mod tests;
