//! How alike persons are: quasi-identifiers, their ladders of generalisation, and classes of
//! persons.
//!
//! What it is for: choosing a generalisation under which every class of persons holds at least k
//! (R-ANON-05). What it is not for: events; a person's course of care is not measured here, and the
//! certificate says so. Invariant: a [`Choice`] keeps no person whose cell, a class cut by
//! what earlier releases told, holds fewer than k; so no class does.
//! Start reading at [`Generaliser`].

use std::collections::BTreeMap;

use sudare_model::Rule;

mod ladder;
mod lattice;

pub use ladder::{Ladder, Quasi, Step};
pub use lattice::WholeLattice;
pub(crate) use lattice::{float, generalise};

/// A person's quasi-identifiers as numbers, in the order of [`Quasi::ALL`]. 0 is unknown.
///
/// Sex: 1 M, 2 F, 3 O. Birth year: the year. Area: the seven digits of the postal code and one.
pub type Tuple = [u32; Quasi::COUNT];

/// A tuple, and the group of its persons over earlier releases ([`crate::earlier`]): 0 for all where
/// there are none.
pub type Cell = (Tuple, u32);

/// Distinct cells and how many persons hold each.
pub type Cells = BTreeMap<Cell, u64>;

/// What is wanted of a generalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Smallest cell of persons, and so smallest class.
    pub k: u64,
    /// Largest share of persons left out.
    pub max_suppression: f64,
}

/// A generalisation, and who is left out under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The step taken for each quasi-identifier, in the order of [`Quasi::ALL`].
    pub steps: [Step; Quasi::COUNT],
    /// Cells that stay, generalised, with their persons.
    pub cells: Cells,
    /// Persons who are left out.
    pub suppressed: u64,
    /// Information lost, 0 (none) to 1 (all): the weighted mean over persons and quasi-identifiers
    /// of the share of distinct values that the released value covers; a person left out counts as
    /// all.
    pub loss: f64,
}

/// Whoever picks a generalisation. The seam for the optimiser and for adversaries who know events.
pub trait Generaliser {
    /// Its name, for the certificate.
    fn name(&self) -> &'static str;

    /// Picks one.
    ///
    /// # Errors
    /// [`RiskError`] if no generalisation on the ladders meets the goal.
    fn choose(
        &self,
        cells: &Cells,
        ladders: &[Ladder; Quasi::COUNT],
        goal: &Goal,
    ) -> Result<Choice, RiskError>;
}

/// No generalisation meets the goal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("with {persons} persons no generalisation reaches k = {k} within the limit of suppression")]
pub struct RiskError {
    /// The rule that refuses.
    pub rule: Rule,
    /// The k wanted.
    pub k: u64,
    /// Persons there were.
    pub persons: u64,
}

/// Class sizes in bins that are the same in every report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Classes in each bin of [`BINS`].
    pub classes: [u64; BINS.len()],
    /// Persons in each bin.
    pub persons: [u64; BINS.len()],
    /// The smallest class, 0 where there is none.
    pub smallest: u64,
}

/// Bins of class sizes: least and most persons (inclusive) of each.
pub const BINS: [(u64, u64); 7] =
    [(1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, u64::MAX)];

impl Sizes {
    /// Counts classes by size.
    pub fn of(counts: impl IntoIterator<Item = u64>) -> Self {
        let mut sizes = Self::default();
        for count in counts.into_iter().filter(|count| *count > 0) {
            let bins = sizes.classes.iter_mut().zip(&mut sizes.persons);
            for ((classes, persons), (least, most)) in bins.zip(BINS) {
                if (least..=most).contains(&count) {
                    *classes += 1;
                    *persons += count;
                }
            }
            if sizes.smallest == 0 || count < sizes.smallest {
                sizes.smallest = count;
            }
        }
        sizes
    }

    /// All classes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.classes.iter().sum()
    }
}
