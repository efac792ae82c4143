//! Chance by seed: every household, person and list has dice of its own, so that nothing depends on order.
//!
//! Invariant: the same (seed, purpose, index) gives the same throws on every machine and with any number of threads.
//! Only integer arithmetic and basic floating point are used, never a platform's `exp` or `ln`.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the dice are thrown for; keeps streams of one index apart.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Purpose {
    Size = 1,
    Household,
    Care,
    Claims,
    Storage,
    Writing,
    Register,
    Pharmacy,
    Dental,
    Checkup,
    Municipal,
    Chart,
    Table,
    Guidance,
    Survey,
    Report,
}

/// A stream of throws.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64, part: u32) -> Self {
        let mut key = [0u8; 32];
        let words = [seed.to_le_bytes(), index.to_le_bytes(), u64::from(part).to_le_bytes()];
        for (slot, byte) in key.iter_mut().zip(words.iter().flatten()) {
            *slot = *byte;
        }
        key[31] = purpose as u8;
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 to `bound - 1`; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * bound as u128;
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn range(&mut self, low: i32, high: i32) -> i32 {
        let span = usize::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0);
        low.saturating_add(i32::try_from(self.below(span)).unwrap_or_default())
    }

    /// As [`Dice::range`], for counts.
    pub(crate) fn count(&mut self, low: u32, high: u32) -> u32 {
        let span = (high.saturating_sub(low) + 1) as usize;
        low + u32::try_from(self.below(span)).unwrap_or_default()
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal by the sum of twelve uniforms (no logarithm, so the same on every platform).
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// One of the list; the default of an empty one.
    pub(crate) fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let at = self.below(list.len());
        list.get(at).copied().unwrap_or_default()
    }

    /// The position drawn by weights; 0 if all are 0.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let total: usize = weights.clone().map(|weight| weight as usize).sum();
        let mut left = self.below(total);
        for (at, weight) in weights.enumerate() {
            match left.checked_sub(weight as usize) {
                Some(rest) => left = rest,
                None => return at,
            }
        }
        0
    }

    /// So many digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        (0..length).filter_map(|_| char::from_digit(self.count(0, 9), 10)).collect()
    }
}

/// One in how many of a region's people is enough, where all are up to so many.
pub(crate) fn one_in(persons: u64, all: u64) -> u64 {
    (persons / all).max(1)
}

/// The nearest whole number; out of range becomes 0.
#[expect(clippy::cast_possible_truncation, reason = "the value is finite and checked to be small")]
pub(crate) fn whole(value: f64) -> i64 {
    if value.is_finite() && value.abs() < 9.0e15 { value.round() as i64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_stay_in_their_bounds_and_repeat() {
        let mut one = Dice::new(1, Purpose::Care, 7, 0);
        let mut two = Dice::new(1, Purpose::Care, 7, 0);
        let mut other = Dice::new(1, Purpose::Claims, 7, 0);
        let mut differs = false;
        for _ in 0..1000 {
            let throw = one.range(-3, 9);
            assert!((-3..=9).contains(&throw));
            assert_eq!(throw, two.range(-3, 9));
            differs |= throw != other.range(-3, 9);
        }
        assert!(differs);
        assert_eq!(one.below(0), 0);
        assert_eq!(one.weighted([0, 0].into_iter()), 0);
    }

    #[test]
    fn the_normal_is_about_normal() {
        let mut dice = Dice::new(2, Purpose::Care, 0, 0);
        let throws: Vec<f64> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = throws.iter().sum::<f64>() / 20_000.0;
        let spread = throws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (spread - 1.0).abs() < 0.05, "{mean} {spread}");
    }
}
