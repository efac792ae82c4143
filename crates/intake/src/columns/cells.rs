//! The values of one column while a batch fills.
//!
//! Appending is on the path of every value of every file, so a column is a plain vector and a list of the runs of
//! rows that have no value; Arrow's arrays are made once, at the end, without copying.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanBufferBuilder, DictionaryArray, FixedSizeBinaryArray,
    Int32Array, PrimitiveArray, StringArray, new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowNativeType, DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampSecondType,
    UInt8Type, UInt32Type,
};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use sudare_model::table::Kind;

use crate::outcome::Context;

/// One column, filling.
pub(super) enum Cells {
    Bytes16(Plain<[u8; 16]>),
    UInt8(Plain<u8>),
    UInt32(Plain<u32>),
    Int32(Plain<i32>),
    Int64(Plain<i64>),
    Float64(Plain<f64>),
    Date(Plain<i32>),
    DateTime(Plain<i64>),
    Code(Codes),
    Text(Texts),
    /// The same number in every row.
    ConstantInt(i32),
    /// The same word in every row.
    ConstantCode(Box<str>),
}

impl Cells {
    pub(super) fn new(name: &str, kind: Kind, context: &Context) -> Self {
        match name {
            "provider_id" => return Self::ConstantCode(context.provider.as_str().into()),
            "delivery_id" => return Self::ConstantCode(context.delivery.as_str().into()),
            _ => {}
        }
        match kind {
            Kind::Bytes16 => Self::Bytes16(Plain::default()),
            Kind::UInt8 => Self::UInt8(Plain::default()),
            Kind::UInt32 => Self::UInt32(Plain::default()),
            Kind::Int32 => Self::Int32(Plain::default()),
            Kind::Int64 => Self::Int64(Plain::default()),
            Kind::Float64 => Self::Float64(Plain::default()),
            Kind::Date => Self::Date(Plain::default()),
            Kind::DateTime => Self::DateTime(Plain::default()),
            Kind::Code => Self::Code(Codes::default()),
            Kind::Text => Self::Text(Texts::default()),
        }
    }

    pub(super) const fn constant_int(value: i32) -> Self {
        Self::ConstantInt(value)
    }

    /// The column as an array of `len` values; what was not written is null.
    pub(super) fn finish(self, len: usize, as_type: &DataType) -> ArrayRef {
        match self {
            Self::Bytes16(list) => list.finish_bytes(len, as_type),
            Self::UInt8(list) => list.finish::<UInt8Type>(len, as_type),
            Self::UInt32(list) => list.finish::<UInt32Type>(len, as_type),
            Self::Int32(list) => list.finish::<Int32Type>(len, as_type),
            Self::Int64(list) => list.finish::<Int64Type>(len, as_type),
            Self::Float64(list) => list.finish::<Float64Type>(len, as_type),
            Self::Date(list) => list.finish::<Date32Type>(len, as_type),
            Self::DateTime(list) => list.finish::<TimestampSecondType>(len, as_type),
            Self::Code(codes) => codes.finish(len, as_type),
            Self::Text(list) => list.finish(len, as_type),
            Self::ConstantInt(value) => Arc::new(Int32Array::from_value(value, len)),
            Self::ConstantCode(word) => {
                let keys = Int32Array::from_value(0, len);
                dictionary(keys, StringArray::from(vec![&*word]), as_type)
            }
        }
    }
}

/// Runs of rows without a value.
#[derive(Default)]
struct Gaps(Vec<(usize, usize)>);

impl Gaps {
    fn nulls(&self, len: usize) -> Option<NullBuffer> {
        if self.0.is_empty() {
            return None;
        }
        let mut valid = BooleanBufferBuilder::new(len);
        for (from, to) in &self.0 {
            valid.append_n(from.saturating_sub(valid.len()), true);
            valid.append_n(to.saturating_sub(valid.len()), false);
        }
        valid.append_n(len.saturating_sub(valid.len()), true);
        Some(NullBuffer::new(valid.finish()))
    }
}

/// Values of one width.
#[derive(Default)]
pub(super) struct Plain<T> {
    values: Vec<T>,
    gaps: Gaps,
}

impl<T: Copy + Default> Plain<T> {
    /// Writes the value of the row that has `before` rows before it. The last of two writes to a row stays.
    #[inline]
    pub(super) fn put(&mut self, before: usize, value: T) {
        if self.values.len() != before {
            self.fit(before);
        }
        self.values.push(value);
    }

    /// Brings the column to a number of rows.
    #[inline(never)]
    fn fit(&mut self, rows: usize) {
        let have = self.values.len();
        if have < rows {
            self.gaps.0.push((have, rows));
            self.values.resize(rows, T::default());
        } else {
            self.values.truncate(rows);
        }
    }

    fn finish<A>(mut self, len: usize, as_type: &DataType) -> ArrayRef
    where
        T: ArrowNativeType,
        A: ArrowPrimitiveType<Native = T>,
    {
        if self.values.is_empty() {
            return new_null_array(as_type, len);
        }
        self.fit(len);
        let nulls = self.gaps.nulls(len);
        PrimitiveArray::<A>::try_new(ScalarBuffer::from(self.values), nulls)
            .map_or_else(|_| new_null_array(as_type, len), |array| Arc::new(array) as _)
    }
}

impl Plain<[u8; 16]> {
    fn finish_bytes(mut self, len: usize, as_type: &DataType) -> ArrayRef {
        self.fit(len);
        let nulls = self.gaps.nulls(len);
        let bytes = Buffer::from_vec(self.values.into_flattened());
        FixedSizeBinaryArray::try_new(16, bytes, nulls)
            .map_or_else(|_| new_null_array(as_type, len), |array| Arc::new(array) as _)
    }
}

/// Texts, one after another.
#[derive(Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Plain<i32>,
}

impl Texts {
    /// Writes the text of a row. The first of two texts of a row stays.
    pub(super) fn put(&mut self, before: usize, text: &str) {
        if self.ends.values.len() > before {
            return;
        }
        self.pad(before);
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.values.push(self.end());
    }

    fn end(&self) -> i32 {
        i32::try_from(self.bytes.len()).unwrap_or(i32::MAX)
    }

    fn pad(&mut self, rows: usize) {
        let have = self.ends.values.len();
        if have < rows {
            self.ends.gaps.0.push((have, rows));
            self.ends.values.resize(rows, self.end());
        }
    }

    fn finish(mut self, len: usize, as_type: &DataType) -> ArrayRef {
        if self.bytes.is_empty() || self.end() == i32::MAX {
            return new_null_array(as_type, len);
        }
        self.pad(len);
        let nulls = self.ends.gaps.nulls(len);
        strings(self.ends.values, self.bytes, nulls)
            .map_or_else(|| new_null_array(as_type, len), |array| Arc::new(array) as _)
    }
}

/// Strings from the byte behind each.
fn strings(mut ends: Vec<i32>, bytes: Vec<u8>, nulls: Option<NullBuffer>) -> Option<StringArray> {
    ends.insert(0, 0);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls).ok()
}

fn dictionary(keys: Int32Array, words: StringArray, as_type: &DataType) -> ArrayRef {
    let len = keys.len();
    DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words))
        .map_or_else(|_| new_null_array(as_type, len), |array| Arc::new(array) as _)
}

/// A dictionary-encoded column: words in the order first met, and the word of each row.
#[derive(Default)]
pub(super) struct Codes {
    keys: Plain<i32>,
    /// The words, one after another, and the byte behind each.
    words: Vec<u8>,
    ends: Vec<i32>,
    known: HashTable<i32>,
    hasher: RandomState,
    /// The word written last: most columns repeat it.
    last: i32,
    /// The address and key of the constant word written last.
    last_constant: (usize, i32),
    /// What the words mean, as far as it was asked for.
    meanings: Vec<Option<&'static str>>,
}

impl Codes {
    #[inline]
    pub(super) fn put(&mut self, before: usize, word: &str) {
        let key = self.key(word.as_bytes(), |_| true);
        self.write(before, key);
    }

    /// Writes a word, and gives what it means: `meaning` is asked once for each word of the column.
    #[inline]
    pub(super) fn put_with_meaning(
        &mut self,
        before: usize,
        word: &str,
        meaning: impl Fn(&str) -> &'static str,
    ) -> &'static str {
        let key = self.key(word.as_bytes(), |_| true);
        self.write(before, key);
        let Some(at) = key.and_then(|key| usize::try_from(key).ok()) else { return "" };
        if self.meanings.len() <= at {
            self.meanings.resize(at + 1, None);
        }
        let known = self.meanings.get_mut(at);
        known.map_or("", |known| *known.get_or_insert_with(|| meaning(word)))
    }

    /// A code as the source has it: nothing where it is not printable ASCII. Only a word never met is looked at.
    #[inline]
    pub(super) fn put_ascii(&mut self, before: usize, word: &[u8]) {
        let key = self.key(word, |word| word.iter().all(|byte| matches!(byte, b' '..=b'~')));
        self.write(before, key);
    }

    /// A word of the program itself: told by its address, which no other text can have.
    #[inline]
    pub(super) fn put_constant(&mut self, before: usize, word: &'static str) {
        if self.last_constant.0 != word.as_ptr().addr() {
            let Some(key) = self.key(word.as_bytes(), |_| true) else { return };
            self.last_constant = (word.as_ptr().addr(), key);
        }
        self.keys.put(before, self.last_constant.1);
    }

    #[inline]
    fn write(&mut self, before: usize, key: Option<i32>) {
        if let Some(key) = key {
            self.keys.put(before, key);
        }
    }

    #[inline]
    fn key(&mut self, word: &[u8], fits: impl Fn(&[u8]) -> bool) -> Option<i32> {
        if word_at(&self.words, &self.ends, self.last) == Some(word) {
            return Some(self.last);
        }
        let mut hasher = self.hasher.build_hasher();
        hasher.write(word);
        let hash = hasher.finish();
        let (words, ends) = (&self.words, &self.ends);
        let found = self.known.find(hash, |key| word_at(words, ends, *key) == Some(word));
        let key = match found {
            Some(key) => *key,
            None if fits(word) => self.add(hash, word)?,
            None => return None,
        };
        self.last = key;
        Some(key)
    }

    #[inline(never)]
    fn add(&mut self, hash: u64, word: &[u8]) -> Option<i32> {
        let key = i32::try_from(self.ends.len()).ok()?;
        let end = i32::try_from(self.words.len() + word.len()).ok()?;
        self.words.extend_from_slice(word);
        self.ends.push(end);
        let (words, ends, state) = (&self.words, &self.ends, &self.hasher);
        self.known.insert_unique(hash, key, |key| {
            let mut hasher = state.build_hasher();
            hasher.write(word_at(words, ends, *key).unwrap_or_default());
            hasher.finish()
        });
        Some(key)
    }

    fn finish(mut self, len: usize, as_type: &DataType) -> ArrayRef {
        if self.ends.is_empty() {
            return new_null_array(as_type, len);
        }
        self.keys.fit(len);
        let nulls = self.keys.gaps.nulls(len);
        let keys = Int32Array::try_new(ScalarBuffer::from(self.keys.values), nulls).ok();
        match (keys, strings(self.ends, self.words, None)) {
            (Some(keys), Some(words)) => dictionary(keys, words, as_type),
            _ => new_null_array(as_type, len),
        }
    }
}

/// A word of a dictionary by its key.
#[inline]
fn word_at<'w>(words: &'w [u8], ends: &[i32], key: i32) -> Option<&'w [u8]> {
    let at = usize::try_from(key).ok()?;
    let end = *ends.get(at)?;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    words.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, Int64Array};

    use super::*;

    #[test]
    fn rows_without_a_value_are_null_and_the_last_of_two_writes_stays() {
        let mut list = Plain::<i64>::default();
        list.put(2, 7);
        list.put(2, 8);
        list.put(5, 9);
        let array = list.finish::<Int64Type>(7, &DataType::Int64);
        let expected = Int64Array::from(vec![None, None, Some(8), None, None, Some(9), None]);
        assert_eq!(array.as_ref(), &expected as &dyn Array);
    }

    #[test]
    fn a_dictionary_holds_each_word_once_and_no_word_that_is_not_ascii() {
        let as_type = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut codes = Codes::default();
        for (row, word) in [&b"a"[..], b"b", b"a", b"\xff", b"b"].into_iter().enumerate() {
            codes.put_ascii(row, word);
        }
        codes.put(5, "あ");
        codes.put_constant(6, "a");
        let array = codes.finish(8, &as_type);
        let array = array.as_dictionary::<Int32Type>();
        let words: Vec<_> = array.downcast_dict::<StringArray>().unwrap().into_iter().collect();
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(words, [a, b, a, None, b, Some("あ"), a, None]);
        assert_eq!(array.values().len(), 3);
    }

    #[test]
    fn the_meaning_of_a_word_is_asked_for_once() {
        let mut codes = Codes::default();
        let asked = std::cell::Cell::new(0);
        let meaning = |word: &str| {
            asked.set(asked.get() + 1);
            if word == "a" { "A" } else { "" }
        };
        codes.put(0, "x");
        let words = ["a", "b", "a", "b"].into_iter().enumerate();
        let met: Vec<_> = words.map(|(at, w)| codes.put_with_meaning(at + 1, w, meaning)).collect();
        assert_eq!(met, ["A", "", "A", ""]);
        assert_eq!(asked.get(), 2);
    }

    #[test]
    fn texts_keep_their_rows() {
        let mut texts = Texts::default();
        texts.put(1, "漢字");
        texts.put(3, "x");
        let array = texts.finish(5, &DataType::Utf8);
        let words: Vec<_> = array.as_string::<i32>().iter().collect();
        assert_eq!(words, [None, Some("漢字"), None, Some("x"), None]);
    }
}
