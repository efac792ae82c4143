//! Ids and shifts of persons and visits: HMAC-SHA256 under a key that the runtime holds.
//!
//! # Guarantee
//! Under one key a person has one id and one shift, in every table and on every machine. Under two
//! keys ids have nothing to do with each other. On the anonymised track the key is made for one
//! build and destroyed after it, so no code links source and output (R-ANON-03); on the
//! pseudonymised track it is the project's (R-PSEU-04).

use std::collections::HashMap;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array};
use arrow::array::{Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use aws_lc_rs::hmac;
use std::sync::Arc;
use sudare_store::compute::{KernelError, KeyRing};

/// What a person is in a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// Id: 10 bytes, written as `p` and 20 hex digits.
    pub id: [u8; 10],
    /// Days by which the person's dates are moved.
    pub shift: i32,
}

impl Alias {
    /// The id as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(21);
        text.push('p');
        for byte in self.id {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Makes ids under one key.
pub struct Namer {
    key: hmac::Key,
    shift_days: u32,
}

const PERSON_DOMAIN: &[u8] = b"sudare person\0";
const VISIT_DOMAIN: &[u8] = b"sudare visit\0";

/// Visit ids stay below 2^49: fifteen digits, exact in a spreadsheet. They are unique within a
/// person.
const VISIT_BITS: u32 = 49;

impl Namer {
    /// The namer of a key; dates move by 1 to `shift_days` days either way, or not at all if it is
    /// 0.
    ///
    /// # Errors
    /// [`KernelError::Key`] if the ring does not hold the key.
    pub fn new(keys: &dyn KeyRing, key_id: &str, shift_days: u32) -> Result<Self, KernelError> {
        let mut key = None;
        keys.with_key(key_id, &mut |bytes| key = Some(hmac::Key::new(hmac::HMAC_SHA256, bytes)));
        let key = key.ok_or_else(|| KernelError::Key(key_id.to_owned()))?;
        Ok(Self { key, shift_days })
    }

    /// What a person is under this key.
    #[must_use]
    pub fn person(&self, person: &[u8]) -> Alias {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(PERSON_DOMAIN);
        context.update(person);
        let tag = context.sign();
        let mut id = [0u8; 10];
        for (slot, byte) in id.iter_mut().zip(tag.as_ref()) {
            *slot = *byte;
        }
        Alias { id, shift: self.shift(word(tag.as_ref(), 16)) }
    }

    /// What a visit of a subject is under this key.
    #[must_use]
    pub fn visit(&self, subject: &[u8], visit_key: i64) -> i64 {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(VISIT_DOMAIN);
        context.update(subject);
        context.update(&visit_key.to_be_bytes());
        let tag = context.sign();
        i64::try_from(word(tag.as_ref(), 0) >> (64 - VISIT_BITS)).unwrap_or_default()
    }

    /// Uniform over the days from -n to n without 0, so that no date that leaves is the true one.
    fn shift(&self, random: u64) -> i32 {
        let width = i64::from(self.shift_days);
        if width == 0 {
            return 0;
        }
        let at = i64::try_from(random % (2 * u64::from(self.shift_days))).unwrap_or_default();
        let day = if at < width { at - width } else { at - width + 1 };
        i32::try_from(day).unwrap_or_default()
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.iter().skip(at).take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The aliases of a batch's persons: each distinct person once, and which one each row is.
pub struct Aliases {
    /// Distinct aliases in order of first row.
    pub distinct: Vec<Alias>,
    /// For each row the position in `distinct`.
    pub rows: Vec<i32>,
}

impl Aliases {
    /// Aliases of a column of person bytes. Runs of equal ids cost a comparison a row.
    #[must_use]
    pub fn of(namer: &Namer, persons: &FixedSizeBinaryArray) -> Self {
        let mut known: HashMap<&[u8], i32> = HashMap::new();
        let mut distinct = Vec::new();
        let mut rows = Vec::with_capacity(persons.len());
        let mut last: Option<(&[u8], i32)> = None;
        for person in (0..persons.len()).map(|row| persons.value(row)) {
            let at = match last {
                Some((same, at)) if same == person => at,
                _ => *known.entry(person).or_insert_with(|| {
                    distinct.push(namer.person(person));
                    i32::try_from(distinct.len() - 1).unwrap_or_default()
                }),
            };
            last = Some((person, at));
            rows.push(at);
        }
        Self { distinct, rows }
    }

    /// The shift of each row.
    pub fn shifts(&self) -> impl Iterator<Item = i32> {
        self.rows.iter().map(|at| {
            let alias = usize::try_from(*at).ok().and_then(|at| self.distinct.get(at));
            alias.map_or(0, |alias| alias.shift)
        })
    }

    /// The column of ids.
    ///
    /// # Errors
    /// [`KernelError::Batch`] if it cannot be put together.
    pub fn column(&self) -> Result<ArrayRef, KernelError> {
        let values = StringArray::from_iter_values(self.distinct.iter().map(Alias::text));
        let keys = Int32Array::from(self.rows.clone());
        DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|_| KernelError::Batch)
    }
}

/// The column of visit ids. A run of rows of one visit costs one HMAC.
#[must_use]
pub fn visits(namer: &Namer, subjects: &FixedSizeBinaryArray, keys: &Int64Array) -> ArrayRef {
    let mut last: Option<(&[u8], i64, i64)> = None;
    let ids = (0..keys.len()).map(|row| {
        if keys.is_null(row) {
            return None;
        }
        let (subject, key) = (subjects.value(row), keys.value(row));
        let id = match last {
            Some((same, equal, id)) if same == subject && equal == key => id,
            _ => namer.visit(subject, key),
        };
        last = Some((subject, key, id));
        Some(id)
    });
    Arc::new(ids.collect::<Int64Array>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[derive(Debug)]
    struct One;

    impl KeyRing for One {
        fn with_key(&self, id: &str, use_key: &mut dyn FnMut(&[u8])) -> Option<()> {
            (id == "k").then(|| use_key(b"key"))
        }
    }

    #[test]
    fn shifts_reach_both_ends_and_are_never_none() {
        let namer = Namer::new(&One, "k", 3).unwrap();
        let shifts: BTreeSet<i32> =
            (0..500u32).map(|person| namer.person(&person.to_be_bytes()).shift).collect();
        assert_eq!(shifts, BTreeSet::from([-3, -2, -1, 1, 2, 3]));
        let still = Namer::new(&One, "k", 0).unwrap();
        assert_eq!(still.person(b"x").shift, 0);
        assert_eq!(still.person(b"x").id, namer.person(b"x").id);
    }

    #[test]
    fn a_key_that_is_not_held_is_an_error() {
        assert!(matches!(Namer::new(&One, "other", 3), Err(KernelError::Key(_))));
    }

    #[test]
    fn ids_are_letters_first_and_visits_fit_a_spreadsheet() {
        let namer = Namer::new(&One, "k", 3).unwrap();
        let text = namer.person(b"x").text();
        assert!(text.len() == 21 && text.starts_with('p'));
        for key in 0..100 {
            assert!((0..1 << 49).contains(&namer.visit(b"s", key)));
        }
    }
}
