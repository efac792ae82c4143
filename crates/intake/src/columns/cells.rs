//! The values of one column while a batch fills.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, Date32Builder, DictionaryArray, FixedSizeBinaryArray,
    Float64Builder, Int32Array, Int32Builder, Int64Builder, PrimitiveBuilder, StringArray,
    StringBuilder, TimestampSecondBuilder, UInt8Builder, UInt32Builder, new_null_array,
};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Int32Type};
use sudare_model::table::Kind;

use crate::outcome::Context;

/// One column, filling.
pub(super) enum Cells {
    Bytes16(Vec<u8>),
    UInt8(UInt8Builder),
    UInt32(UInt32Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Date(Date32Builder),
    DateTime(TimestampSecondBuilder),
    Code(Codes),
    Text(StringBuilder),
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
            Kind::Bytes16 => Self::Bytes16(Vec::new()),
            Kind::UInt8 => Self::UInt8(UInt8Builder::with_capacity(0)),
            Kind::UInt32 => Self::UInt32(UInt32Builder::with_capacity(0)),
            Kind::Int32 => Self::Int32(Int32Builder::with_capacity(0)),
            Kind::Int64 => Self::Int64(Int64Builder::with_capacity(0)),
            Kind::Float64 => Self::Float64(Float64Builder::with_capacity(0)),
            Kind::Date => Self::Date(Date32Builder::with_capacity(0)),
            Kind::DateTime => Self::DateTime(TimestampSecondBuilder::with_capacity(0)),
            Kind::Code => Self::Code(Codes::default()),
            Kind::Text => Self::Text(StringBuilder::with_capacity(0, 0)),
        }
    }

    pub(super) const fn constant_int(value: i32) -> Self {
        Self::ConstantInt(value)
    }

    /// The column as an array of `len` values; what was not written is null.
    pub(super) fn finish(self, len: usize, as_type: &DataType) -> ArrayRef {
        match self {
            Self::Bytes16(list) => FixedSizeBinaryArray::try_new(16, Buffer::from_vec(list), None)
                .map_or_else(|_| new_null_array(as_type, len), |array| Arc::new(array) as _),
            Self::UInt8(list) => padded(list, len),
            Self::UInt32(list) => padded(list, len),
            Self::Int32(list) => padded(list, len),
            Self::Int64(list) => padded(list, len),
            Self::Float64(list) => padded(list, len),
            Self::Date(list) => padded(list, len),
            Self::DateTime(list) => padded(list, len),
            Self::Code(codes) => codes.finish(len, as_type),
            Self::Text(mut list) => {
                pad_text(&mut list, len);
                Arc::new(list.finish())
            }
            Self::ConstantInt(value) => Arc::new(Int32Array::from_value(value, len)),
            Self::ConstantCode(word) => {
                let keys = Int32Array::from_value(0, len);
                dictionary(keys, StringArray::from(vec![&*word]), as_type)
            }
        }
    }
}

/// Appends a value after as many nulls as bring the column up to the rows before it.
#[inline]
pub(super) fn put<T: ArrowPrimitiveType>(
    list: &mut PrimitiveBuilder<T>,
    before: usize,
    value: T::Native,
) {
    let behind = before.saturating_sub(arrow::array::ArrayBuilder::len(list));
    if behind > 0 {
        list.append_nulls(behind);
    }
    list.append_value(value);
}

/// Brings a text column up to a number of rows.
pub(super) fn pad_text(list: &mut StringBuilder, rows: usize) {
    for _ in arrow::array::ArrayBuilder::len(list)..rows {
        list.append_null();
    }
}

fn padded<T: ArrowPrimitiveType>(mut list: PrimitiveBuilder<T>, len: usize) -> ArrayRef {
    list.append_nulls(len.saturating_sub(arrow::array::ArrayBuilder::len(&list)));
    Arc::new(list.finish())
}

fn dictionary(keys: Int32Array, words: StringArray, as_type: &DataType) -> ArrayRef {
    let len = keys.len();
    DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words))
        .map_or_else(|_| new_null_array(as_type, len), |array| Arc::new(array) as _)
}

/// A dictionary-encoded column: words in the order first met, and the word of each row.
#[derive(Default)]
pub(super) struct Codes {
    keys: Int32Builder,
    words: StringBuilder,
    known: HashMap<Box<str>, i32>,
    /// The word written last: most columns repeat it.
    last: (String, i32),
    /// The address and key of the constant word written last.
    last_constant: (usize, i32),
}

impl Codes {
    #[inline]
    pub(super) fn put(&mut self, before: usize, word: &str) {
        let key = if self.last.0 == word { self.last.1 } else { self.find(word) };
        put(&mut self.keys, before, key);
    }

    /// A word of the program itself: told by its address, which no other text can have.
    #[inline]
    pub(super) fn put_constant(&mut self, before: usize, word: &'static str) {
        if self.last_constant.0 != word.as_ptr().addr() {
            self.last_constant = (word.as_ptr().addr(), self.find(word));
        }
        put(&mut self.keys, before, self.last_constant.1);
    }

    fn find(&mut self, word: &str) -> i32 {
        let key = match self.known.get(word) {
            Some(key) => *key,
            None => {
                let key = i32::try_from(self.known.len()).unwrap_or(i32::MAX);
                self.words.append_value(word);
                self.known.insert(word.into(), key);
                key
            }
        };
        self.last.0.clear();
        self.last.0.push_str(word);
        self.last.1 = key;
        key
    }

    fn finish(mut self, len: usize, as_type: &DataType) -> ArrayRef {
        self.keys.append_nulls(len.saturating_sub(arrow::array::ArrayBuilder::len(&self.keys)));
        dictionary(self.keys.finish(), self.words.finish(), as_type)
    }
}
