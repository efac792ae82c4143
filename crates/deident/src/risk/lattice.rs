//! The whole lattice of the ladders, node by node. Some forty nodes over distinct tuples: small
//! enough to be exact.
//!
//! # Guarantee
//! No kept class holds fewer than k persons, and the share left out is within the goal. Held by
//! `k_holds_after_generalising` below, and recounted from the released file by [`crate::verify`].

use std::collections::{BTreeMap, BTreeSet};

use sudare_model::Rule;

use super::{Cells, Choice, Generaliser, Goal, Ladder, Quasi, RiskError, Step, Tuple};

/// Tries every node and takes the one that loses least; of equals the first, fine before coarse.
#[derive(Debug, Clone, Copy, Default)]
pub struct WholeLattice;

impl Generaliser for WholeLattice {
    fn name(&self) -> &'static str {
        "whole-lattice"
    }

    fn choose(
        &self,
        cells: &Cells,
        ladders: &[Ladder; Quasi::COUNT],
        goal: &Goal,
    ) -> Result<Choice, RiskError> {
        let persons: u64 = cells.values().sum();
        let [sexes, years, areas] = ladders;
        let distinct: BTreeSet<Tuple> = cells.keys().map(|(tuple, _)| *tuple).collect();
        let mut best: Option<Choice> = None;
        for sex in &sexes.steps {
            for year in &years.steps {
                for area in &areas.steps {
                    let choice = weigh(cells, &distinct, ladders, [*sex, *year, *area], goal.k);
                    if share(choice.suppressed, persons) <= goal.max_suppression
                        && !choice.cells.is_empty()
                        && best.as_ref().is_none_or(|other| choice.loss < other.loss)
                    {
                        best = Some(choice);
                    }
                }
            }
        }
        best.ok_or(RiskError { rule: Rule::RiskTooHigh, k: goal.k, persons })
    }
}

/// The tuple at these steps.
pub(crate) fn generalise(tuple: Tuple, steps: [Step; Quasi::COUNT]) -> Tuple {
    let mut out = tuple;
    for (slot, step) in out.iter_mut().zip(steps) {
        *slot = step.apply(*slot);
    }
    out
}

fn weigh(
    cells: &Cells,
    distinct: &BTreeSet<Tuple>,
    ladders: &[Ladder; Quasi::COUNT],
    steps: [Step; Quasi::COUNT],
    k: u64,
) -> Choice {
    let mut merged = Cells::new();
    for ((tuple, group), count) in cells {
        *merged.entry((generalise(*tuple, steps), *group)).or_default() += count;
    }
    let all: u64 = merged.values().sum();
    merged.retain(|_, count| *count >= k);
    let kept: u64 = merged.values().sum();
    let covers = covers(distinct, ladders, steps);
    let weights = ladders.each_ref().map(|ladder| ladder.weight.max(0.0));
    let mut lost = 0.0;
    for ((tuple, _), count) in &merged {
        for ((value, cover), weight) in tuple.iter().zip(&covers).zip(weights) {
            let covered = cover.as_ref().and_then(|cover| cover.get(value));
            lost += covered.copied().unwrap_or_default() * float(*count) * weight;
        }
    }
    let whole: f64 = weights.iter().sum();
    lost += float(all - kept) * whole;
    let cells = float(all) * whole;
    let loss = if cells > 0.0 { lost / cells } else { 0.0 };
    Choice { steps, cells: merged, suppressed: all - kept, loss }
}

/// For each stated quasi-identifier and generalised value, the share of distinct values it covers
/// (0 one, 1 all).
fn covers(
    tuples: &BTreeSet<Tuple>,
    ladders: &[Ladder; Quasi::COUNT],
    steps: [Step; Quasi::COUNT],
) -> Vec<Option<BTreeMap<u32, f64>>> {
    let mut covers = Vec::new();
    for (at, (ladder, step)) in ladders.iter().zip(steps).enumerate() {
        let [finest, _, ..] = ladder.steps.as_slice() else {
            covers.push(None);
            continue;
        };
        let distinct: BTreeSet<u32> =
            tuples.iter().filter_map(|tuple| tuple.get(at)).copied().collect();
        let mut members: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for value in &distinct {
            members.entry(step.apply(*value)).or_default().insert(finest.apply(*value));
        }
        let total: BTreeSet<u32> = members.values().flatten().copied().collect();
        let span = float(u64::try_from(total.len()).unwrap_or_default()) - 1.0;
        let part = |set: &BTreeSet<u32>| {
            let over = float(u64::try_from(set.len()).unwrap_or_default()) - 1.0;
            if span > 0.0 { over / span } else { 0.0 }
        };
        covers.push(Some(members.iter().map(|(value, set)| (*value, part(set))).collect()));
    }
    covers
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of persons are far below 2^53")]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::Sizes;
    use proptest::prelude::*;

    fn ladders() -> [Ladder; Quasi::COUNT] {
        Quasi::ALL.map(|quasi| Ladder::stated(quasi, 3, 1.0))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn k_holds_after_generalising(
            people in prop::collection::vec(
                (0u32..4, 1925u32..2025, 1u32..10_000_000, 0u32..3),
                1..400,
            ),
            k in 2u64..15,
            max in 0.0f64..0.5,
        ) {
            let mut cells = Cells::new();
            for (sex, year, area, group) in &people {
                *cells.entry(([*sex, *year, *area], *group)).or_default() += 1;
            }
            let goal = Goal { k, max_suppression: max };
            match WholeLattice.choose(&cells, &ladders(), &goal) {
                Ok(choice) => {
                    let sizes = Sizes::of(choice.cells.values().copied());
                    prop_assert!(sizes.smallest >= k);
                    let kept: u64 = choice.cells.values().sum();
                    prop_assert_eq!(kept + choice.suppressed, people.len() as u64);
                    prop_assert!(share(choice.suppressed, people.len() as u64) <= max);
                    prop_assert!((0.0..=1.0).contains(&choice.loss));
                }
                Err(error) => {
                    // With nothing told but the group, a group of k stays and the others go.
                    let group = |number| people.iter().filter(|one| one.3 == number).count() as u64;
                    let kept: u64 = (0..3).map(group).filter(|count| *count >= k).sum();
                    let lost = people.len() as u64 - kept;
                    let fails = kept == 0 || share(lost, people.len() as u64) > max;
                    prop_assert!(fails, "{}", error);
                }
            }
        }
    }

    #[test]
    fn nothing_is_generalised_that_need_not_be() {
        let cells = Cells::from([(([1, 1980, 1], 0), 12), (([2, 1980, 1], 0), 11)]);
        let goal = Goal { k: 10, max_suppression: 0.0 };
        let choice = WholeLattice.choose(&cells, &ladders(), &goal).unwrap();
        assert_eq!(choice.steps, [Step::Exact, Step::Exact, Step::Digits(3)]);
        assert_eq!((choice.suppressed, choice.loss), (0, 0.0));
    }

    #[test]
    fn fewer_persons_than_k_are_refused() {
        let cells = Cells::from([(([1, 1980, 1], 0), 9)]);
        let goal = Goal { k: 10, max_suppression: 0.9 };
        let refused = WholeLattice.choose(&cells, &ladders(), &goal).unwrap_err();
        assert_eq!(refused.rule, Rule::RiskTooHigh);
    }
}
