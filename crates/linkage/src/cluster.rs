//! Links joined to clusters, and clusters that contradict themselves taken apart.
//!
//! A cluster may not hold two birth dates, nor two branches of one insured number (those are twins, or a slip: a
//! person decides). What contradicts within one subject takes no part at all. A cluster that contradicts keeps the
//! links of rule (a) alone, and where even those contradict every subject stands alone. The order of input plays no
//! part in this.

use sudare_model::SubjectKey;

use crate::block::Nodes;
use crate::compare::Rule;
use crate::statement::{NO_BIRTH, NO_BRANCH, Statement, WHOLE};

/// What contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contradiction {
    /// Two birth dates.
    BirthDates,
    /// Two branches of one insured number.
    Branches,
}

impl Contradiction {
    /// The word used in evidence and findings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BirthDates => "two birth dates",
            Self::Branches => "two branches of one insured number",
        }
    }
}

/// Subjects that would have been one person but for a contradiction, for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What contradicts.
    pub because: Contradiction,
    /// The subjects, smallest key first; one, where a single subject's statements contradict each other.
    pub subjects: Vec<SubjectKey>,
}

/// Nodes by cluster.
pub(crate) struct Clusters {
    /// Nodes sorted so that those of a cluster stand together, clusters in the order of their smallest node.
    pub(crate) order: Vec<u32>,
    /// Where each cluster begins in `order`.
    pub(crate) starts: Vec<u32>,
    /// Joins made by each rule, in the order of [`Rule::ALL`].
    pub(crate) joined: [u64; 6],
    pub(crate) conflicts: Vec<Conflict>,
}

impl Clusters {
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let ends = self.starts.iter().skip(1).copied().map(|at| at as usize);
        let ends = ends.chain(std::iter::once(self.order.len()));
        let bounds = self.starts.iter().map(|at| *at as usize).zip(ends);
        bounds.map(|(from, to)| self.order.get(from..to).unwrap_or_default())
    }
}

/// Clusters all nodes.
pub(crate) fn cluster(nodes: &Nodes<'_>) -> Clusters {
    let mut scratch = Vec::new();
    let mut conflicts = Vec::new();
    let mut alone = vec![false; nodes.starts.len()];
    for (node, alone) in (0..).zip(&mut alone) {
        if let Some(because) = contradiction(nodes, &[node], &mut scratch) {
            *alone = true;
            conflicts.push(conflict(nodes, because, &[node]));
        }
    }
    let takes_part = |node: u32| !alone.get(node as usize).copied().unwrap_or(true);
    let mut forest = Forest::of(nodes.count());
    let mut joined = [0; 6];
    let insured = nodes.keys(Rule::Insured, takes_part);
    for (rule, count) in Rule::ALL.into_iter().zip(&mut joined) {
        *count = match rule {
            Rule::Insured => forest.join_runs(&insured, |_| true),
            _ => forest.join_runs(&nodes.keys(rule, takes_part), |_| true),
        };
    }
    let contradicting = part(nodes, &mut forest, &mut scratch, &mut conflicts);
    if !contradicting.is_empty() {
        forest.join_runs(&insured, |node| contradicting.binary_search(&node).is_ok());
        // Even exact numbers may chain what contradicts; then nothing is left to hold on to.
        part(nodes, &mut forest, &mut scratch, &mut Vec::new());
    }
    conflicts.sort_by(|one, other| one.subjects.cmp(&other.subjects));
    let (order, starts) = forest.groups();
    Clusters { order, starts, joined, conflicts }
}

/// Takes contradicting clusters apart and returns their nodes, sorted.
fn part(
    nodes: &Nodes<'_>,
    forest: &mut Forest,
    scratch: &mut Vec<(u64, u8)>,
    conflicts: &mut Vec<Conflict>,
) -> Vec<u32> {
    let (order, starts) = forest.groups();
    let parted = Clusters { order, starts, joined: [0; 6], conflicts: Vec::new() };
    let mut contradicting = Vec::new();
    for group in parted.groups().filter(|group| group.len() > 1) {
        if let Some(because) = contradiction(nodes, group, scratch) {
            conflicts.push(conflict(nodes, because, group));
            contradicting.extend_from_slice(group);
        }
    }
    for node in &contradicting {
        forest.leave(*node);
    }
    contradicting.sort_unstable();
    contradicting
}

fn conflict(nodes: &Nodes<'_>, because: Contradiction, group: &[u32]) -> Conflict {
    let subject =
        |node: &u32| nodes.said(*node).first().map(|one| SubjectKey::from_bytes(one.subject));
    Conflict { because, subjects: group.iter().filter_map(subject).collect() }
}

fn contradiction(
    nodes: &Nodes<'_>,
    group: &[u32],
    scratch: &mut Vec<(u64, u8)>,
) -> Option<Contradiction> {
    let said = || group.iter().flat_map(|node| nodes.said(*node));
    let mut births = said().map(|one| one.birth).filter(|birth| *birth != NO_BIRTH);
    let first = births.next();
    if births.any(|birth| Some(birth) != first) {
        return Some(Contradiction::BirthDates);
    }
    scratch.clear();
    let with_branch =
        |one: &&Statement| one.insured != 0 && one.branch != NO_BRANCH && one.branch != WHOLE;
    scratch.extend(said().filter(with_branch).map(|one| (one.insured, one.branch)));
    scratch.sort_unstable();
    scratch
        .windows(2)
        .any(|pair| {
            matches!(pair, [(one, first), (other, second)] if one == other && first != second)
        })
        .then_some(Contradiction::Branches)
}

/// Union-find over node numbers; the root of a tree is its smallest node.
struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    fn of(count: u32) -> Self {
        Self { parent: (0..count).collect() }
    }

    fn parent_of(&self, node: u32) -> u32 {
        self.parent.get(node as usize).copied().unwrap_or(node)
    }

    fn set(&mut self, node: u32, parent: u32) {
        if let Some(slot) = self.parent.get_mut(node as usize) {
            *slot = parent;
        }
    }

    fn root(&mut self, mut node: u32) -> u32 {
        loop {
            let parent = self.parent_of(node);
            if parent == node {
                return node;
            }
            let above = self.parent_of(parent);
            self.set(node, above);
            node = above;
        }
    }

    /// Only for whole clusters: every node of a tree must leave, or the rest would hang on it.
    fn leave(&mut self, node: u32) {
        self.set(node, node);
    }

    /// Joins neighbours with equal keys that may be joined, and counts the joins that made two clusters one.
    fn join_runs(&mut self, keys: &[(u64, u32)], may: impl Fn(u32) -> bool) -> u64 {
        let mut joins = 0;
        let mut last: Option<(u64, u32)> = None;
        for (key, node) in keys.iter().copied().filter(|(_, node)| may(*node)) {
            if let Some((_, before)) = last.filter(|(before, _)| *before == key) {
                let (one, other) = (self.root(before), self.root(node));
                if one != other {
                    self.set(one.max(other), one.min(other));
                    joins += 1;
                }
            }
            last = Some((key, node));
        }
        joins
    }

    /// All nodes with those of a cluster together, and where each cluster begins.
    fn groups(&mut self) -> (Vec<u32>, Vec<u32>) {
        let count = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        // Roots are smallest nodes, so counting members per root and laying them out keeps both orders.
        let mut at = vec![0u32; self.parent.len()];
        for node in 0..count {
            let root = self.root(node);
            if let Some(slot) = at.get_mut(root as usize) {
                *slot += 1;
            }
        }
        let mut starts = Vec::new();
        let mut sum = 0;
        for slot in &mut at {
            let size = *slot;
            if size > 0 {
                starts.push(sum);
            }
            *slot = sum;
            sum += size;
        }
        let mut order = vec![0u32; self.parent.len()];
        for node in 0..count {
            let root = self.root(node);
            if let Some(slot) = at.get_mut(root as usize) {
                if let Some(place) = order.get_mut(*slot as usize) {
                    *place = node;
                }
                *slot += 1;
            }
        }
        (order, starts)
    }
}
