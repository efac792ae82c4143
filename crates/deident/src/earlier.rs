//! Earlier releases of a project: how the persons of a dataset were told apart before (R-ANON-08).
//!
//! What it is for: whoever holds several releases can match records across them by their events,
//! and knows of a person the class in each. The book of a release says who was in it and in which
//! class; books together put persons into groups that agree in every release, absence included. A
//! class of a new release must hold k persons of each group it meets, or none. What it is not for:
//! ids of a release: no book holds one (R-ANON-03). Invariant: two persons have one group if and
//! only if every book says the same of both.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sudare_model::DatasetId;
use sudare_store::compute::KernelError;

use crate::kernel::gate::{column, keys};

/// Column of a book: the person, 16 bytes.
pub const BOOK_PERSON: &str = "person";
/// Column of a book: the number of the person's class in the release.
pub const BOOK_CLASS: &str = "class";

/// The schema of a book: one row for each person of the release.
#[must_use]
pub fn book_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(BOOK_PERSON, DataType::FixedSizeBinary(16), false),
        Field::new(BOOK_CLASS, DataType::UInt32, false),
    ]))
}

/// A person and a number: of a class or of a group.
type Numbered = ([u8; 16], u32);

/// What the books of earlier releases say together. Twenty bytes for each person they hold, and as
/// many again while a book is read.
#[derive(Clone, Default)]
pub struct Earlier {
    releases: Vec<DatasetId>,
    unread: Vec<DatasetId>,
    /// In order of person. No person has group 0: that is of those in no release.
    groups: Vec<Numbered>,
    page: Vec<Numbered>,
}

impl std::fmt::Debug for Earlier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Earlier({:?}, unread {:?})", self.releases, self.unread)
    }
}

impl Earlier {
    /// Takes rows of the book that is being read.
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn read(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let persons = keys(batch, BOOK_PERSON)?;
        let classes: UInt32Array = column(batch, BOOK_CLASS, &DataType::UInt32)?;
        for row in 0..batch.num_rows() {
            let person = persons.value(row).try_into();
            let person = person.map_err(|_| KernelError::Column(BOOK_PERSON.to_owned()))?;
            self.page.push((person, classes.value(row)));
        }
        Ok(())
    }

    /// The book that was being read is that of this release; oldest release first.
    pub fn close(&mut self, release: DatasetId) {
        let page = std::mem::take(&mut self.page);
        self.groups = folded(std::mem::take(&mut self.groups), page);
        self.releases.push(release);
    }

    /// There is no book of this release: it cannot be compared, and the certificate says so.
    pub fn cannot_read(&mut self, release: DatasetId) {
        self.unread.push(release);
    }

    /// Whether there is nothing to compare with.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.releases.is_empty()
    }

    /// The releases compared with.
    #[must_use]
    pub fn releases(&self) -> &[DatasetId] {
        &self.releases
    }

    /// The releases that could not be compared with.
    #[must_use]
    pub fn unread(&self) -> &[DatasetId] {
        &self.unread
    }

    /// The group of a person, 0 for who was in no release.
    pub(crate) fn group(&self, person: &[u8; 16]) -> u32 {
        let found = self.groups.binary_search_by(|(one, _)| one.cmp(person));
        found.ok().and_then(|at| self.groups.get(at)).map_or(0, |(_, group)| *group)
    }

    /// Of the persons of earlier releases who are not in this one: how many they are, and how many
    /// are in groups of which fewer than k are not in this one.
    pub(crate) fn left(&self, stays: impl Fn(&[u8; 16]) -> bool, k: u64) -> (u64, u64) {
        let mut gone: HashMap<u32, u64> = HashMap::new();
        for (person, group) in &self.groups {
            if !stays(person) {
                *gone.entry(*group).or_default() += 1;
            }
        }
        let few = gone.values().filter(|count| **count < k).sum();
        (gone.values().sum(), few)
    }
}

/// Groups split by one more book. Numbers follow from the order of persons, so they are the same
/// for the same books.
fn folded(groups: Vec<Numbered>, mut page: Vec<Numbered>) -> Vec<Numbered> {
    page.sort_unstable();
    page.dedup_by_key(|(person, _)| *person);
    let mut numbers: HashMap<(u32, Option<u32>), u32> = HashMap::new();
    let mut both = Vec::with_capacity(groups.len().max(page.len()));
    let (mut known, mut page) = (groups.into_iter().peekable(), page.into_iter().peekable());
    loop {
        let first = match (known.peek(), page.peek()) {
            (Some((one, _)), Some((other, _))) => *one.min(other),
            (Some((one, _)), None) | (None, Some((one, _))) => *one,
            (None, None) => return both,
        };
        let group = known.next_if(|(one, _)| *one == first).map_or(0, |(_, group)| group);
        let class = page.next_if(|(one, _)| *one == first).map(|(_, class)| class);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX).saturating_add(1);
        both.push((first, *numbers.entry((group, class)).or_insert(next)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn persons_have_one_group_if_and_only_if_every_book_agrees(
            books in prop::collection::vec(
                prop::collection::btree_map(0u8..30, 0u32..3, 0..30),
                0..5,
            ),
        ) {
            let mut groups = Vec::new();
            for book in &books {
                let page = book.iter().map(|(one, class)| ([*one; 16], *class));
                groups = folded(groups, page.collect());
            }
            let said = |person: u8| -> Vec<Option<u32>> {
                books.iter().map(|book| book.get(&person).copied()).collect()
            };
            let people: BTreeSet<u8> = books.iter().flat_map(BTreeMap::keys).copied().collect();
            prop_assert_eq!(groups.len(), people.len());
            for (one, group) in &groups {
                prop_assert!(*group > 0);
                for (other, same) in &groups {
                    prop_assert_eq!(group == same, said(one[0]) == said(other[0]));
                }
            }
        }
    }

    #[test]
    fn who_left_is_counted_by_group() {
        let group = |range: std::ops::Range<u8>, number| range.map(move |one| ([one; 16], number));
        let groups = group(0..5, 1).chain(group(5..7, 2)).collect();
        let earlier = Earlier { groups, ..Earlier::default() };
        assert_eq!(earlier.left(|person| person[0] == 0, 4), (6, 2));
        assert_eq!((earlier.group(&[6; 16]), earlier.group(&[9; 16])), (2, 0));
    }
}
