//! Bringing equal keys together by sorting: 16 bytes for each statement that has the key, for one rule at a time.

use crate::compare::Rule;
use crate::statement::Statement;

/// Statements sorted by subject, and where each subject's begin: subject `n` is node `n`.
pub(crate) struct Nodes<'s> {
    pub(crate) statements: &'s [Statement],
    pub(crate) starts: Vec<u32>,
}

impl<'s> Nodes<'s> {
    /// The statements must be sorted.
    pub(crate) fn of(statements: &'s [Statement]) -> Self {
        let mut starts = Vec::new();
        let mut last = None;
        for (at, statement) in (0u32..).zip(statements) {
            if last != Some(statement.subject) {
                starts.push(at);
                last = Some(statement.subject);
            }
        }
        Self { statements, starts }
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// What was said of one subject.
    pub(crate) fn said(&self, node: u32) -> &'s [Statement] {
        let at = node as usize;
        let from = self.starts.get(at).map_or(0, |at| *at as usize);
        let to = self.starts.get(at + 1).map_or(self.statements.len(), |at| *at as usize);
        self.statements.get(from..to).unwrap_or_default()
    }

    /// Keys of one rule with their nodes, equal keys side by side, one entry for a node and key.
    pub(crate) fn keys(&self, rule: Rule, taking_part: impl Fn(u32) -> bool) -> Vec<(u64, u32)> {
        let mut keys = Vec::new();
        for node in (0..self.count()).filter(|node| taking_part(*node)) {
            keys.extend(
                self.said(node).iter().filter_map(|one| rule.key(one)).map(|key| (key, node)),
            );
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
