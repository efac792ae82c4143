//! Dental claims (歯科): diseases with teeth (HS), and what is added to an act (SS).

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::detail::{Disease, join_modifiers};
use super::layout::{Care, Dialect};
use super::record::{Fields, Line, ascii};
use super::rows::Claim;
use crate::columns::Origin;
use crate::columns::clinical::act;
use crate::masters::MasterKind;

/// What dental records inherit: from `RE` the start and outcome of an outpatient's care, from an earlier `HS`
/// the teeth.
#[derive(Default)]
pub(super) struct Mouth<'c> {
    start: &'c [u8],
    outcome: &'c [u8],
    teeth: &'c [u8],
    /// How many following diseases share the teeth.
    sharing: u32,
}

impl<'c> Mouth<'c> {
    pub(super) fn of(re: &Fields<'c>, dialect: Dialect) -> Self {
        if dialect != Dialect::Dental {
            return Self::default();
        }
        Self { start: re.bare(9), outcome: re.bare(10), teeth: b"", sharing: 0 }
    }

    /// The teeth of a disease: its own, or those of the disease before that it shares.
    fn teeth(&mut self, hs: &Fields<'c>) -> &'c [u8] {
        let own = hs.bare(3);
        if !own.is_empty() {
            self.teeth = own;
            let together = crate::text::whole(hs.bare(7)).and_then(|n| u32::try_from(n).ok());
            self.sharing = together.unwrap_or(1).saturating_sub(1);
            return own;
        }
        if self.sharing == 0 {
            return b"";
        }
        self.sharing -= 1;
        self.teeth
    }
}

impl<'c> Claim<'c, '_> {
    /// `HS`: a disease of some teeth. The teeth (歯式コード, 6 characters each) follow the modifiers (4 each).
    pub(super) fn dental_disease(&mut self, hs: &Fields<'c>, line: &Line<'_>) {
        let code = hs.bare(4);
        self.check_code(code, 7, line, "HS", 4);
        self.named(MasterKind::Disease, code, None, line, "HS", 4);
        let start = if hs.get(1).is_empty() {
            crate::date::day(self.mouth.start).map(|dated| dated.day)
        } else {
            self.day(hs, 1, line, "HS")
        };
        let outcome = if hs.get(2).is_empty() { self.mouth.outcome } else { hs.bare(2) };
        let suspected = join_modifiers(hs.ascii(5), &mut self.narrow);
        let teeth = self.mouth.teeth(hs);
        if !teeth.len().is_multiple_of(6) {
            self.add(&codes::CODE, line, "HS", 3);
        }
        for tooth in teeth.chunks(6).map(ascii) {
            if !self.narrow.is_empty() {
                self.narrow.push('+');
            }
            self.narrow.push_str(tooth);
        }
        self.decode(hs, 6, line, "HS");
        let main = hs.bare(9) == b"01";
        self.disease_row(&Disease { code, start, outcome, suspected, main, icd10: b"" });
        if outcome == b"3" {
            self.death(self.month.map(crate::date::month_end), code);
        }
        if !hs.get(10).is_empty() || !hs.get(11).is_empty() {
            self.comment(hs, 10, line, "HS");
        }
    }

    /// The rows of what is added to an act on one day: a code of its own kind, and how many.
    pub(super) fn additions(
        &mut self,
        ss: &Fields<'c>,
        care: &Care,
        origin: &Origin,
        day: Option<Day>,
    ) {
        let (first, count) = care.additions;
        let (first, count) = (usize::from(first), usize::from(count));
        if ss.are_empty(first..first + 2 * count) {
            return;
        }
        for pair in 0..count {
            let code = ss.bare(first + 2 * pair);
            if code.is_empty() {
                continue;
            }
            let amount = crate::text::decimal(ss.get(first + 2 * pair + 1));
            self.reading
                .batches
                .rows(act::TABLE)
                .begin(origin)
                .key(act::VISIT, self.visit)
                .date(act::DATE, day)
                .code(act::CODE, code)
                .word(act::SYSTEM, CodeSystem::ClaimAddition.word())
                .code(act::CATEGORY, self.category)
                .number(act::QUANTITY, Some(amount.unwrap_or(1.0)))
                .word(act::STATUS, "performed");
        }
    }
}
