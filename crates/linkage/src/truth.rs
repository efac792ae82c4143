//! How good a linkage is where the truth is known: pairs of subjects, right and wrong.

use std::collections::HashMap;
use std::hash::Hash;

/// Pairwise quality. A pair is two subjects that the map, the truth, or both put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// Together in both.
    pub right: u64,
    /// Together in the map alone: two people taken for one.
    pub wrong: u64,
    /// Together in the truth alone: one person taken for two.
    pub missed: u64,
}

impl Quality {
    /// Share of the map's pairs that are right; 1 where it has none.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// Share of the truth's pairs that were found; 1 where it has none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// Harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of 2^53 pairs needs no more digits")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Compares a map with the truth, both as subject and person; subjects that only one of them knows are left out.
#[must_use]
pub fn pairwise<S, M, T>(
    map: impl IntoIterator<Item = (S, M)>,
    truth: impl IntoIterator<Item = (S, T)>,
) -> Quality
where
    S: Hash + Eq,
    M: Hash + Eq + Clone,
    T: Hash + Eq + Clone,
{
    let truth: HashMap<S, T> = truth.into_iter().collect();
    let mut ours: HashMap<M, u64> = HashMap::new();
    let mut theirs: HashMap<T, u64> = HashMap::new();
    let mut both: HashMap<(M, T), u64> = HashMap::new();
    for (subject, person) in map {
        if let Some(real) = truth.get(&subject) {
            *ours.entry(person.clone()).or_default() += 1;
            *theirs.entry(real.clone()).or_default() += 1;
            *both.entry((person, real.clone())).or_default() += 1;
        }
    }
    let right = pairs(both.into_values());
    Quality {
        right,
        wrong: pairs(ours.into_values()) - right,
        missed: pairs(theirs.into_values()) - right,
    }
}

fn pairs(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.map(|size| size * size.saturating_sub(1) / 2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_by_hand() {
        // The map: {1,2,3} {4}; the truth: {1,2} {3,4}.
        let quality = pairwise(
            [(1, 'a'), (2, 'a'), (3, 'a'), (4, 'b'), (9, 'z')],
            [(1, "x"), (2, "x"), (3, "y"), (4, "y")],
        );
        assert_eq!(quality, Quality { right: 1, wrong: 2, missed: 1 });
        assert!((quality.precision() - 1.0 / 3.0).abs() < 1e-12);
        assert!((quality.recall() - 0.5).abs() < 1e-12);
        assert!((quality.f1() - 0.4).abs() < 1e-12);
    }
}
