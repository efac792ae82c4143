//! The records of care: diseases (SY), acts (SI, SS), drugs (IY), materials (TO).
//!
//! An act, drug or material makes one row for each day of the month it is counted on: the record says how often on
//! which day, and a table of events wants a date. 診療識別 stands on the first record of a group and is inherited.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::layout::Care;
use super::record::{Fields, Line, ascii};
use super::rows::Claim;
use crate::columns::clinical::{act, death, device, disease, drug};
use crate::masters::MasterKind;

/// A day of the month with a count. The day is 1 to 31, or 0 where no day is given.
struct Counted {
    day: Option<Day>,
    count: f64,
}

impl<'c> Claim<'c, '_> {
    /// Takes over the 診療識別 of a record.
    fn take_category(&mut self, fields: &Fields<'c>, line: &Line<'_>, segment: &'static str) {
        let given = fields.bare(1);
        if !given.is_empty() {
            self.category = given;
        } else if self.category.is_empty() {
            self.add(&codes::CATEGORY, line, segment, 1);
        }
    }

    pub(super) fn check_code(
        &mut self,
        code: &[u8],
        digits: usize,
        line: &Line<'_>,
        segment: &'static str,
        field: u16,
    ) {
        if code.len() != digits || !code.iter().all(u8::is_ascii_digit) {
            self.add(&codes::CODE, line, segment, field);
        }
    }

    /// The first day that a record counts; looked for only where masters ask for it.
    fn first_day(&self, fields: &Fields<'c>, care: &Care) -> Option<Day> {
        let month = self.month.filter(|_| self.masters.is_some())?;
        let counts = |count| crate::text::decimal(count).is_some_and(|count| count != 0.0);
        let mut days = fields.days(usize::from(care.days));
        let (nth, _) = days.find(|(nth, count)| *nth < self.month_days && counts(count))?;
        Some(month.plus(i32::try_from(nth).ok()?))
    }

    /// Calls `row` for each day with a count; once without a day where there is none.
    #[inline]
    fn each_day(
        &mut self,
        fields: &Fields<'c>,
        care: &Care,
        line: &Line<'_>,
        segment: &'static str,
        mut row: impl FnMut(&mut Self, Counted),
    ) {
        let first = care.days;
        let mut any = false;
        for (nth, count) in fields.days(usize::from(first)) {
            let field = u16::try_from(nth).map_or(first, |nth| first + nth);
            let Some(count) = crate::text::decimal(count) else {
                self.add(&codes::NUMBER, line, segment, field);
                continue;
            };
            if count == 0.0 {
                continue;
            }
            let day = match (self.month, i32::try_from(nth)) {
                (Some(month), Ok(after)) if nth < self.month_days => {
                    self.days |= 1 << nth;
                    Some(month.plus(after))
                }
                _ => {
                    self.add(&codes::DATE, line, segment, field);
                    None
                }
            };
            any = true;
            row(self, Counted { day, count });
        }
        if !any {
            self.add(&codes::DAYS, line, segment, first);
            let times = crate::text::decimal(fields.get(usize::from(care.times))).unwrap_or(1.0);
            row(self, Counted { day: None, count: times });
        }
    }

    /// `SI` and the dental `SS`: an act. What is added to a dental act makes rows of its own.
    pub(super) fn act(&mut self, si: &Fields<'c>, line: &Line<'_>, segment: &'static str) {
        let Some(care) = line.name().and_then(|name| self.dialect.care(name)) else { return };
        self.take_category(si, line, segment);
        let code = si.bare(3);
        self.check_code(code, 9, line, segment, 3);
        let named = self.named(MasterKind::Act, code, self.first_day(si, care), line, segment, 3);
        let amount = self.number(si, 4, line, segment).unwrap_or(1.0);
        let points = self.number(si, care.points, line, segment);
        if let Some(origin) = self.origin(DataItem::Procedures) {
            self.each_day(si, care, line, segment, |claim, counted| {
                claim
                    .reading
                    .batches
                    .rows(act::TABLE)
                    .begin(&origin)
                    .key(act::VISIT, claim.visit)
                    .date(act::DATE, counted.day)
                    .code(act::CODE, code)
                    .word(act::SYSTEM, CodeSystem::ClaimProcedure.word())
                    .text(act::NAME, named.name)
                    .code(act::CATEGORY, claim.category)
                    .number(act::QUANTITY, Some(amount * counted.count))
                    .number(act::POINTS, points)
                    .word(act::STATUS, "performed");
                if care.additions.1 > 0 {
                    claim.additions(si, care, &origin, counted.day);
                }
            });
        }
        if care.comments > 0 {
            self.comments(si, care.comments, line, segment);
        }
    }

    /// `IY`: a drug. 内服 (21) counts days of supply; everything else counts doses.
    pub(super) fn drug(&mut self, iy: &Fields<'c>, line: &Line<'_>) {
        let Some(care) = self.dialect.care(*b"IY") else { return };
        self.take_category(iy, line, "IY");
        let code = iy.bare(3);
        self.check_code(code, 9, line, "IY", 3);
        let named = self.named(MasterKind::Drug, code, self.first_day(iy, care), line, "IY", 3);
        let amount = self.number(iy, 4, line, "IY");
        self.number(iy, 5, line, "IY");
        if let Some(origin) = self.origin(DataItem::Drugs) {
            self.each_day(iy, care, line, "IY", |claim, counted| {
                let supply = whole(counted.count);
                let last = match (claim.category, supply) {
                    (b"21", Some(days)) => counted.day.map(|day| day.plus(days - 1)),
                    _ => counted.day,
                };
                claim
                    .reading
                    .batches
                    .rows(drug::TABLE)
                    .begin(&origin)
                    .key(drug::VISIT, claim.visit)
                    .date(drug::START, counted.day)
                    .date(drug::END, last)
                    .code(drug::CODE, code)
                    .word(drug::SYSTEM, CodeSystem::ClaimDrug.word())
                    .text(drug::NAME, named.name)
                    .unit(drug::UNIT, drug::UCUM, named.unit, crate::ucum::of)
                    .number(drug::QUANTITY, amount.map(|amount| amount * counted.count))
                    .int(drug::DAYS, supply)
                    .number(drug::DOSE, amount)
                    .code(drug::ROUTE, claim.category)
                    .word(drug::STATUS, "claimed");
            });
        }
        if care.comments > 0 {
            self.comments(iy, care.comments, line, "IY");
        }
    }

    /// `TO`: a material.
    pub(super) fn material(&mut self, to: &Fields<'c>, line: &Line<'_>) {
        let Some(care) = self.dialect.care(*b"TO") else { return };
        self.take_category(to, line, "TO");
        let code = to.bare(3);
        self.check_code(code, 9, line, "TO", 3);
        let named = self.named(MasterKind::Material, code, self.first_day(to, care), line, "TO", 3);
        let amount = self.number(to, 4, line, "TO").unwrap_or(1.0);
        self.decode(to, care.name, line, "TO");
        if let Some(origin) = self.origin(DataItem::Devices) {
            let unit = named.unit_or(to.ascii(usize::from(care.unit)));
            self.each_day(to, care, line, "TO", |claim, counted| {
                claim
                    .reading
                    .batches
                    .rows(device::TABLE)
                    .begin(&origin)
                    .key(device::VISIT, claim.visit)
                    .date(device::DATE, counted.day)
                    .code(device::CODE, code)
                    .word(device::SYSTEM, CodeSystem::ClaimMaterial.word())
                    .text(device::NAME, &claim.text)
                    .number(device::QUANTITY, Some(amount * counted.count))
                    .unit(device::UNIT, device::UCUM, unit, crate::ucum::of_claim);
            });
        }
        if care.comments > 0 {
            self.comments(to, care.comments, line, "TO");
        }
    }

    /// `SY`: a disease. Modifier 8002 (の疑い) makes it a suspicion; outcome 3 is a death in the month.
    pub(super) fn disease(&mut self, sy: &Fields<'c>, line: &Line<'_>) {
        let code = sy.bare(1);
        self.check_code(code, 7, line, "SY", 1);
        self.named(MasterKind::Disease, code, None, line, "SY", 1);
        let start = self.day(sy, 2, line, "SY");
        let outcome = sy.bare(3);
        if !matches!(outcome, b"1" | b"2" | b"3" | b"4") {
            self.add(&codes::CODE, line, "SY", 3);
        }
        let suspected = join_modifiers(sy.ascii(4), &mut self.narrow);
        self.decode(sy, 5, line, "SY");
        let main = sy.bare(6) == b"01";
        self.disease_row(&Disease { code, start, outcome, suspected, main, icd10: b"" });
        if outcome == b"3" {
            self.death(self.month.map(crate::date::month_end), code);
        }
        if !sy.get(7).is_empty() {
            self.decode(sy, 7, line, "SY");
            self.note("SY-7");
        }
    }

    /// A row of a disease; its name is the decoded text, its modifiers are the narrow one.
    pub(super) fn disease_row(&mut self, stated: &Disease<'_>) {
        let Some(origin) = self.origin(DataItem::Diagnoses) else { return };
        self.reading
            .batches
            .rows(disease::TABLE)
            .begin(&origin)
            .key(disease::VISIT, self.visit)
            .date(disease::START, stated.start)
            .code(disease::CODE, stated.code)
            .word(disease::SYSTEM, disease_system(stated.code).word())
            .code(disease::ICD10, stated.icd10)
            .text(disease::NAME, &self.text)
            .text(disease::MODIFIERS, &self.narrow)
            .word(disease::STATUS, if stated.suspected { "suspected" } else { "confirmed" })
            .uint8(disease::MAIN, u8::from(stated.main))
            .code(disease::OUTCOME, stated.outcome);
    }

    /// A row of a death.
    pub(super) fn death(&mut self, day: Option<Day>, cause: &[u8]) {
        let Some(origin) = self.origin(DataItem::Death) else { return };
        let rows = self.reading.batches.rows(death::TABLE);
        rows.begin(&origin).date(death::DATE, day).code(death::CAUSE, cause);
        if !cause.is_empty() {
            rows.word(death::SYSTEM, disease_system(cause).word());
        }
    }
}

/// What a record says of a disease, besides name and modifiers.
pub(super) struct Disease<'d> {
    pub(super) code: &'d [u8],
    pub(super) start: Option<Day>,
    pub(super) outcome: &'d [u8],
    pub(super) suspected: bool,
    pub(super) main: bool,
    pub(super) icd10: &'d [u8],
}

/// 傷病名コード of a disease that is not coded: the name stands in another field.
const UNCODED: &[u8] = b"0000999";
/// の疑い.
const SUSPECTED: &str = "8002";

fn disease_system(code: &[u8]) -> CodeSystem {
    if code == UNCODED || code.is_empty() { CodeSystem::Uncoded } else { CodeSystem::ClaimDisease }
}

/// Joins 4-digit modifier codes by `+` in a cleared buffer; says whether の疑い is among them.
pub(super) fn join_modifiers(codes: &str, into: &mut String) -> bool {
    into.clear();
    let mut suspected = false;
    for code in codes.as_bytes().chunks(4).map(ascii) {
        suspected |= code == SUSPECTED;
        if !into.is_empty() {
            into.push('+');
        }
        into.push_str(code);
    }
    suspected
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small just before")]
pub(super) fn whole(count: f64) -> Option<i32> {
    (count.fract() == 0.0 && (1.0..=100_000.0).contains(&count)).then_some(count as i32)
}
