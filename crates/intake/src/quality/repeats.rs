//! Counting rows that came before, in bounded memory.
//!
//! Each row is a 64-bit hash. All hashes are kept while they are few; beyond [`KEPT_MAX`] only those with so many
//! leading zeros that they are few again. Every repetition of a row falls on the same side, so the share among the rows
//! kept is that of the delivery, and what is kept in the end depends on the rows alone, not on their order.

use std::collections::HashMap;

use super::Checked;

/// Hashes kept: about 18 MB. Up to so many different rows the count is exact, beyond them a sample of at least a
/// quarter million.
pub const KEPT_MAX: usize = 1 << 19;

/// Rows by hash.
#[derive(Debug)]
pub struct Repeats {
    kept: HashMap<u64, (u32, u32), foldhash::fast::FixedState>,
    zeros: u32,
    most: usize,
}

impl Default for Repeats {
    fn default() -> Self {
        Self::keeping(KEPT_MAX)
    }
}

impl Repeats {
    /// Keeps so many hashes at most.
    #[must_use]
    pub fn keeping(most: usize) -> Self {
        Self { kept: HashMap::default(), zeros: 0, most }
    }

    /// Counts a row of a table by its hash.
    #[inline]
    pub fn add(&mut self, table: u32, hash: u64) {
        if hash.leading_zeros() < self.zeros {
            return;
        }
        let (_, times) = self.kept.entry(hash).or_insert((table, 0));
        *times = times.saturating_add(1);
        while self.kept.len() > self.most && self.zeros < u64::BITS {
            self.zeros += 1;
            let zeros = self.zeros;
            self.kept.retain(|hash, _| hash.leading_zeros() >= zeros);
        }
    }

    /// Rows looked at and repetitions among them, by table.
    #[must_use]
    pub fn by_table(&self) -> HashMap<u32, Checked> {
        let mut tables: HashMap<u32, Checked> = HashMap::new();
        for (table, times) in self.kept.values() {
            let checked = tables.entry(*table).or_default();
            checked.rows += u64::from(*times);
            checked.found += u64::from(times.saturating_sub(1));
        }
        tables
    }
}
