//! Code columns: dictionaries, pairs of system and code, and what is decided for each distinct
//! pair.
//!
//! A batch has few distinct pairs and many rows; each pair is looked up once and remembered by its
//! dictionary positions, so a row costs two array reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use serde::{Deserialize, Serialize};
use sudare_store::compute::KernelError;

/// The codes of a column that may leave: each is held by enough persons.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCodes {
    /// By system (empty where the column has none).
    pub kept: BTreeMap<String, BTreeSet<String>>,
    /// By system, the three-character ICD-10 categories that stand for their rare members.
    pub parents: BTreeMap<String, BTreeSet<String>>,
}

/// Characters of an ICD-10 category.
const CATEGORY: usize = 3;

/// The category that can stand for a code, where its system has such.
#[must_use]
pub fn parent<'a>(system: &str, column: &str, code: &'a str) -> Option<&'a str> {
    let icd = system == "ICD10" || (system.is_empty() && column == "condition_icd10");
    if icd && code.is_ascii() { code.get(..CATEGORY) } else { None }
}

/// What is decided for one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    Keep,
    Parent(&'a str),
    Empty,
}

impl KeptCodes {
    pub(crate) fn judge<'a>(&self, column: &str, system: &str, code: &'a str) -> Verdict<'a> {
        if self.kept.get(system).is_some_and(|codes| codes.contains(code)) {
            return Verdict::Keep;
        }
        match parent(system, column, code) {
            Some(up) if self.parents.get(system).is_some_and(|codes| codes.contains(up)) => {
                Verdict::Parent(up)
            }
            _ => Verdict::Empty,
        }
    }
}

/// A column of codes as keys and values.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    array: DictionaryArray<Int32Type>,
    values: StringArray,
}

/// A dictionary position that stands for null.
pub(crate) const NULL: usize = usize::MAX;

impl Codes {
    /// The column of a batch.
    pub(crate) fn named(batch: &RecordBatch, name: &str) -> Result<Self, KernelError> {
        let array = batch.column_by_name(name);
        Self::of(array.ok_or_else(|| KernelError::Column(name.to_owned()))?, name)
    }

    pub(crate) fn of(array: &ArrayRef, name: &str) -> Result<Self, KernelError> {
        let fail = || KernelError::Column(name.to_owned());
        let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let array = if *array.data_type() == wanted {
            Arc::clone(array)
        } else {
            cast(array, &wanted).map_err(|_| fail())?
        };
        let array: &DictionaryArray<Int32Type> = array.as_any().downcast_ref().ok_or_else(fail)?;
        let values: &StringArray = array.values().as_any().downcast_ref().ok_or_else(fail)?;
        Ok(Self { array: array.clone(), values: values.clone() })
    }

    /// Position of a row's value in the dictionary, or [`NULL`].
    pub(crate) fn position(&self, row: usize) -> usize {
        match self.array.key(row) {
            Some(at) if !self.values.is_null(at) => at,
            _ => NULL,
        }
    }

    /// The value at a position; empty for [`NULL`].
    pub(crate) fn value(&self, at: usize) -> &str {
        if at < self.values.len() { self.values.value(at) } else { "" }
    }

    pub(crate) fn distinct(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn rows(&self) -> usize {
        self.array.len()
    }
}

/// Remembers a number for each pair of dictionary positions.
pub(crate) struct Pairs {
    wide: usize,
    dense: Vec<u32>,
    sparse: HashMap<(usize, usize), u32>,
}

const UNKNOWN: u32 = u32::MAX;
/// Above this many pairs a table of all of them costs more than it saves.
const DENSE_PAIRS_MAX: usize = 1 << 18;

impl Pairs {
    pub(crate) fn new(systems: usize, codes: usize) -> Self {
        let wide = codes + 1;
        let all = (systems + 1).saturating_mul(wide);
        let dense = if all <= DENSE_PAIRS_MAX { vec![UNKNOWN; all] } else { Vec::new() };
        Self { wide, dense, sparse: HashMap::new() }
    }

    /// The number of a pair, found once.
    pub(crate) fn number(&mut self, system: usize, code: usize, find: impl FnOnce() -> u32) -> u32 {
        if self.dense.is_empty() {
            return *self.sparse.entry((system, code)).or_insert_with(find);
        }
        // NULL wraps to 0, positions move up by one.
        let at = system.wrapping_add(1) * self.wide + code.wrapping_add(1);
        match self.dense.get_mut(at) {
            Some(slot) => {
                if *slot == UNKNOWN {
                    *slot = find();
                }
                *slot
            }
            None => find(),
        }
    }
}

/// A column of codes being written: distinct values and a key for each row.
#[derive(Default)]
pub(crate) struct CodeColumn {
    values: Vec<String>,
    keys: Vec<Option<i32>>,
}

impl CodeColumn {
    /// Adds a distinct value and gives its key.
    pub(crate) fn value(&mut self, text: &str) -> u32 {
        self.values.push(text.to_owned());
        u32::try_from(self.values.len() - 1).unwrap_or_default()
    }

    pub(crate) fn push(&mut self, key: Option<u32>) {
        self.keys.push(key.and_then(|key| i32::try_from(key).ok()));
    }

    pub(crate) fn finish(self) -> Result<ArrayRef, KernelError> {
        let keys = Int32Array::from(self.keys);
        let values = StringArray::from(self.values);
        DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|_| KernelError::Batch)
    }
}
