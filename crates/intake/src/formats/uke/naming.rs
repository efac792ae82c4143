//! What a claim's codes are called, by the claim masters, on the day of care.
//!
//! Without masters nothing is looked up and nothing is found. A master that was not given knows no code, and a code it
//! would have is no finding.

use sudare_model::time::Day;

use super::codes;
use super::record::Line;
use super::rows::Claim;
use crate::masters::MasterKind;

/// Name and unit of a code; empty where nobody says.
#[derive(Clone, Copy, Default)]
pub(super) struct Named<'c> {
    pub(super) name: &'c str,
    pub(super) unit: &'c str,
}

impl<'c> Named<'c> {
    /// The unit that a record states, or the master's where it states none.
    pub(super) const fn unit_or(self, stated: &'c str) -> &'c str {
        if stated.is_empty() { self.unit } else { stated }
    }
}

impl<'c> Claim<'c, '_> {
    /// Looks a code up as it was on a day, or on the first of the month where none is known, with findings.
    #[inline]
    pub(super) fn named(
        &mut self,
        kind: MasterKind,
        code: &[u8],
        day: Option<Day>,
        line: &Line<'_>,
        segment: &'static str,
        field: u16,
    ) -> Named<'c> {
        let Some(masters) = self.masters else { return Named::default() };
        if code.is_empty() || masters.count(kind) == 0 {
            return Named::default();
        }
        let Some(entry) = masters.look(kind, code, day.or(self.month)) else {
            self.add(&codes::MASTER_UNKNOWN, line, segment, field);
            return Named::default();
        };
        if !entry.in_force {
            self.add(&codes::MASTER_EXPIRED, line, segment, field);
        }
        Named { name: entry.name, unit: entry.unit }
    }
}
