//! Which files are of a format: numbers in ascending order, those that follow each other as one run.

use std::ops::RangeInclusive;

/// Numbers of files. Memory: of a run, however long.
#[derive(Clone, Default)]
pub(crate) struct FileNumbers {
    runs: Vec<RangeInclusive<u32>>,
}

impl FileNumbers {
    /// Adds a number above all that are there.
    pub(crate) fn push(&mut self, file_no: u32) {
        match self.runs.last_mut().filter(|run| run.end().checked_add(1) == Some(file_no)) {
            Some(run) => *run = *run.start()..=file_no,
            None => self.runs.push(file_no..=file_no),
        }
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().cloned().flatten()
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

impl FromIterator<u32> for FileNumbers {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut all = Self::default();
        numbers.into_iter().for_each(|file_no| all.push(file_no));
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_one_run() {
        let numbers: FileNumbers = (3..9).chain([u32::MAX - 1, u32::MAX]).collect();
        assert_eq!(numbers.runs, [3..=8, u32::MAX - 1..=u32::MAX]);
        assert!(FileNumbers::default().is_empty());
    }

    proptest! {
        #[test]
        fn numbers_come_back_in_order(given in prop::collection::btree_set(0u32..60, 0..40)) {
            let numbers: FileNumbers = given.iter().copied().collect();
            prop_assert!(numbers.iter().eq(given.iter().copied()));
            prop_assert_eq!(numbers.is_empty(), given.is_empty());
        }
    }
}
