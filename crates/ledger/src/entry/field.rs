//! How a value stands in an entry. One place for every type that may: what is not here cannot be
//! recorded.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sudare_model::time::{Day, Instant};
use sudare_model::{
    DataItem, DatasetId, DeliveryId, Digest, LevelName, ProjectId, ProviderId, Rule, Track, Tracks,
    UserId,
};

use super::{Act, EntryError};

/// A type that may stand in an entry. `None` on the way out leaves the field out.
pub(crate) trait Field: Sized {
    fn write(&self) -> Option<Value>;
    fn read(value: Option<&Value>) -> Option<Self>;
}

/// The fields of one object.
#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl From<Map<String, Value>> for Fields {
    fn from(object: Map<String, Value>) -> Self {
        Self(object)
    }
}

impl Fields {
    pub(crate) fn put<T: Field>(&mut self, name: &str, field: &T) {
        if let Some(value) = field.write() {
            self.value(name, value);
        }
    }

    pub(crate) fn value(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn take<T: Field>(&mut self, name: &'static str) -> Result<T, EntryError> {
        T::read(self.0.remove(name).as_ref()).ok_or(EntryError::Field(name))
    }

    pub(crate) fn take_value(&mut self, name: &'static str) -> Result<Value, EntryError> {
        self.0.remove(name).ok_or(EntryError::Field(name))
    }

    /// Refuses what was not taken; `of` names the object.
    pub(crate) fn end(self, of: &'static str) -> Result<(), EntryError> {
        if self.0.is_empty() { Ok(()) } else { Err(EntryError::Field(of)) }
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

macro_rules! fields {
    ($($type:ty: |$out:ident| $write:expr, |$in:ident| $read:expr;)*) => {$(
        impl Field for $type {
            fn write(&self) -> Option<Value> {
                let $out = self;
                Some(Value::from($write))
            }

            fn read(value: Option<&Value>) -> Option<Self> {
                let $in = value?;
                $read
            }
        }
    )*};
}

fields! {
    u64: |n| *n, |value| value.as_u64();
    bool: |b| *b, |value| value.as_bool();
    String: |text| text.as_str(), |value| value.as_str().map(str::to_owned);
    Instant: |at| at.unix(), |value| value.as_i64().map(Self::from_unix);
    Day: |day| day.to_string(), |value| Self::from_iso(value.as_str()?);
    Digest: |digest| digest.to_string(), |value| Self::parse(value.as_str()?);
    Act: |act| act.word(), |value| Self::from_word(value.as_str()?);
    LevelName: |level| level.word(), |value| Self::from_word(value.as_str()?);
    Track: |track| track.word(), |value| Self::from_word(value.as_str()?);
    DataItem: |item| item.word(), |value| Self::from_word(value.as_str()?);
    Rule: |rule| rule.id(), |value| Self::from_id(value.as_str()?);
    DatasetId: |id| id.as_str(), |value| Self::parse(value.as_str()?).ok();
    DeliveryId: |id| id.as_str(), |value| Self::parse(value.as_str()?).ok();
    ProjectId: |id| id.as_str(), |value| Self::parse(value.as_str()?).ok();
    ProviderId: |id| id.as_str(), |value| Self::parse(value.as_str()?).ok();
    UserId: |id| id.as_str(), |value| Self::parse(value.as_str()?).ok();
}

impl Field for Tracks {
    fn write(&self) -> Option<Value> {
        let words = Track::ALL.into_iter().filter(|track| self.has(*track));
        Some(words.map(|track| Value::from(track.word())).collect())
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        value?.as_array()?.iter().try_fold(Self::NONE, |tracks, word| {
            Some(tracks.with(Track::from_word(word.as_str()?)?))
        })
    }
}

impl<T: Field> Field for Option<T> {
    fn write(&self) -> Option<Value> {
        self.as_ref()?.write()
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        match value {
            None => Some(None),
            Some(_) => T::read(value).map(Some),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn write(&self) -> Option<Value> {
        self.iter().map(Field::write).collect::<Option<Vec<Value>>>().map(Value::Array)
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        value?.as_array()?.iter().map(|item| T::read(Some(item))).collect()
    }
}

/// Counts by name.
impl Field for BTreeMap<String, u64> {
    fn write(&self) -> Option<Value> {
        let pairs = self.iter().map(|(name, count)| (name.clone(), Value::from(*count)));
        Some(Value::Object(pairs.collect()))
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        let pairs = value?.as_object()?.iter();
        pairs.map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
    }
}
