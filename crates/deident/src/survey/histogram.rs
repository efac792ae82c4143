//! Histograms of numbers, one for each item: exact counts in bins 1.6 % wide, so that bounds need
//! one pass, little memory and do not depend on the order of rows.

use std::collections::{BTreeMap, HashMap};

/// Counts by item and bin.
#[derive(Debug, Default)]
pub(crate) struct Histograms(HashMap<(u32, u32), u64>);

/// Bounds of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Numbers in bins beyond the bounds.
    pub(crate) beyond: u64,
}

/// A bin is the sign, the exponent and six bits of the fraction: whole numbers up to 128 have their
/// own.
const BIN_SHIFT: u32 = 46;
const SIGN: u64 = 1 << 63;

fn bin(number: f64) -> u32 {
    // Adding zero makes minus zero zero.
    let bits = (number + 0.0).to_bits();
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    u32::try_from(ordered >> BIN_SHIFT).unwrap_or_default()
}

/// The number in a bin that is nearest to zero.
fn edge(bin: u32) -> f64 {
    let ordered = u64::from(bin) << BIN_SHIFT;
    if ordered & SIGN == 0 {
        f64::from_bits(!(ordered | ((1 << BIN_SHIFT) - 1)))
    } else {
        f64::from_bits(ordered & !SIGN)
    }
}

impl Histograms {
    pub(crate) fn add(&mut self, item: u32, number: f64) {
        *self.0.entry((item, bin(number))).or_default() += 1;
    }

    /// Bounds of every item that has at least `tail` numbers: beyond each lies the share
    /// `quantile`, and at or beyond each lie at least `tail` numbers.
    pub(crate) fn bounds(&self, quantile: f64, tail: u64) -> Vec<(u32, Bounds)> {
        let mut items: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
        for ((item, bin), count) in &self.0 {
            items.entry(*item).or_default().insert(*bin, *count);
        }
        let mut all = Vec::new();
        for (item, bins) in items {
            if let Some(bounds) = of(&bins, quantile, tail) {
                all.push((item, bounds));
            }
        }
        all
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count far below 2^53"
)]
fn of(bins: &BTreeMap<u32, u64>, quantile: f64, tail: u64) -> Option<Bounds> {
    let count: u64 = bins.values().sum();
    if count < tail {
        return None;
    }
    let rank = ((count as f64 * quantile).ceil() as u64).max(tail).max(1);
    let low = reach(bins.iter(), rank)?;
    let high = reach(bins.iter().rev(), rank)?;
    let (low, high) = if low <= high {
        (low, high)
    } else {
        let middle = reach(bins.iter(), count.div_ceil(2))?;
        (middle, middle)
    };
    let beyond = bins.iter().filter(|(bin, _)| **bin < low || **bin > high);
    Some(Bounds { low: edge(low), high: edge(high), beyond: beyond.map(|(_, count)| count).sum() })
}

/// The first bin at which so many numbers have been passed.
fn reach<'a>(mut bins: impl Iterator<Item = (&'a u32, &'a u64)>, rank: u64) -> Option<u32> {
    let mut passed = 0;
    let found = bins.find(|(_, count)| {
        passed += **count;
        passed >= rank
    });
    found.map(|(bin, _)| *bin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bins_keep_the_order_and_their_edge_is_near(a in -1e12f64..1e12, b in -1e12f64..1e12) {
            if a <= b {
                prop_assert!(bin(a) <= bin(b));
            }
            prop_assert!((edge(bin(a)) - a).abs() <= a.abs() / 64.0);
            prop_assert_eq!(bin(edge(bin(a))), bin(a));
        }

        #[test]
        fn at_or_beyond_each_bound_lie_enough_numbers(
            numbers in prop::collection::vec(-500.0f64..500.0, 10..300),
        ) {
            let mut histograms = Histograms::default();
            for number in &numbers {
                histograms.add(0, *number);
            }
            let [(_, bounds)] = histograms.bounds(0.001, 10)[..] else { panic!("no bounds") };
            let clipped: Vec<f64> =
                numbers.iter().map(|number| number.max(bounds.low).min(bounds.high)).collect();
            let least = clipped.iter().copied().fold(f64::INFINITY, f64::min);
            let most = clipped.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let near = |edge: f64| clipped.iter().filter(|one| bin(**one) == bin(edge)).count();
            prop_assert!(near(least) >= 10);
            prop_assert!(near(most) >= 10);
        }
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for number in [0.0, 1.0, 2.0, 100.0, 127.0, 1000.0] {
            assert_eq!(edge(bin(number)), if number == 1000.0 { 1000.0 } else { number });
        }
        let mut histograms = Histograms::default();
        (0..9).for_each(|_| histograms.add(0, 5.0));
        assert!(histograms.bounds(0.0, 10).is_empty());
    }
}
