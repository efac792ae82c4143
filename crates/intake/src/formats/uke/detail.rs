//! The records of care: diseases (SY), acts (SI), drugs (IY), materials (TO).
//!
//! An act, drug or material makes one row for each day of the month it is counted on: the record says how often on
//! which day, and a table of events wants a date. 診療識別 stands on the first record of a group and is inherited.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::finding::FindingCode;
use sudare_model::table::Kind;
use sudare_model::time::Day;

use super::codes;
use super::record::{Fields, Line};
use super::rows::Claim;
use crate::columns::{column, table};

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

    fn check_code(
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

    /// Calls `row` for each day with a count; once without a day where there is none.
    #[inline]
    fn each_day(
        &mut self,
        fields: &Fields<'c>,
        first: u16,
        line: &Line<'_>,
        segment: &'static str,
        mut row: impl FnMut(&mut Self, Counted),
    ) {
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
            let times = crate::text::decimal(fields.get(6)).unwrap_or(1.0);
            row(self, Counted { day: None, count: times });
        }
    }

    /// `SI`: an act.
    pub(super) fn act(&mut self, si: &Fields<'c>, line: &Line<'_>) {
        self.take_category(si, line, "SI");
        let code = si.bare(3);
        self.check_code(code, 9, line, "SI", 3);
        let amount = self.number(si, 4, line, "SI").unwrap_or(1.0);
        let points = self.number(si, 5, line, "SI");
        if let Some(origin) = self.origin(DataItem::Procedures) {
            self.each_day(si, 13, line, "SI", |claim, counted| {
                claim
                    .reading
                    .batches
                    .rows(ACT)
                    .begin(&origin)
                    .key(ACT_VISIT, claim.visit)
                    .date(ACT_DATE, counted.day)
                    .code(ACT_CODE, code)
                    .word(ACT_SYSTEM, CodeSystem::ClaimProcedure.word())
                    .code(ACT_CATEGORY, claim.category)
                    .number(ACT_QUANTITY, Some(amount * counted.count))
                    .number(ACT_POINTS, points)
                    .word(ACT_STATUS, "performed");
            });
        }
        self.comments(si, 7, line, "SI");
    }

    /// `IY`: a drug. 内服 (21) counts days of supply; everything else counts doses.
    pub(super) fn drug(&mut self, iy: &Fields<'c>, line: &Line<'_>) {
        self.take_category(iy, line, "IY");
        let code = iy.bare(3);
        self.check_code(code, 9, line, "IY", 3);
        let amount = self.number(iy, 4, line, "IY");
        self.number(iy, 5, line, "IY");
        if let Some(origin) = self.origin(DataItem::Drugs) {
            self.each_day(iy, 13, line, "IY", |claim, counted| {
                let supply = whole(counted.count);
                let last = match (claim.category, supply) {
                    (b"21", Some(days)) => counted.day.map(|day| day.plus(days - 1)),
                    _ => counted.day,
                };
                claim
                    .reading
                    .batches
                    .rows(DRUG)
                    .begin(&origin)
                    .key(DRUG_VISIT, claim.visit)
                    .date(DRUG_START, counted.day)
                    .date(DRUG_END, last)
                    .code(DRUG_CODE, code)
                    .word(DRUG_SYSTEM, CodeSystem::ClaimDrug.word())
                    .number(DRUG_QUANTITY, amount.map(|amount| amount * counted.count))
                    .int(DRUG_DAYS, supply)
                    .number(DRUG_DOSE, amount)
                    .code(DRUG_ROUTE, claim.category)
                    .word(DRUG_STATUS, "claimed");
            });
        }
        self.comments(iy, 7, line, "IY");
    }

    /// `TO`: a material.
    pub(super) fn material(&mut self, to: &Fields<'c>, line: &Line<'_>) {
        self.take_category(to, line, "TO");
        let code = to.bare(3);
        self.check_code(code, 9, line, "TO", 3);
        let amount = self.number(to, 4, line, "TO").unwrap_or(1.0);
        self.decode(to, 10, line, "TO");
        if let Some(origin) = self.origin(DataItem::Devices) {
            let unit = to.bare(7);
            self.each_day(to, 17, line, "TO", |claim, counted| {
                claim
                    .reading
                    .batches
                    .rows(DEVICE)
                    .begin(&origin)
                    .key(DEVICE_VISIT, claim.visit)
                    .date(DEVICE_DATE, counted.day)
                    .code(DEVICE_CODE, code)
                    .word(DEVICE_SYSTEM, CodeSystem::ClaimMaterial.word())
                    .text(DEVICE_NAME, &claim.text)
                    .number(DEVICE_QUANTITY, Some(amount * counted.count))
                    .code(DEVICE_UNIT, unit);
            });
        }
        self.comments(to, 11, line, "TO");
    }

    /// `SY`: a disease. Modifier 8002 (の疑い) makes it a suspicion; outcome 3 is a death in the month.
    pub(super) fn disease(&mut self, sy: &Fields<'_>, line: &Line<'_>) {
        let code = sy.bare(1);
        self.check_code(code, 7, line, "SY", 1);
        let start = self.day(sy, 2, line, "SY");
        let outcome = sy.bare(3);
        if !matches!(outcome, b"1" | b"2" | b"3" | b"4") {
            self.add(&codes::CODE, line, "SY", 3);
        }
        let suspected = join_modifiers(sy.ascii(4), &mut self.narrow);
        let uncoded = code == UNCODED || code.is_empty();
        let system = if uncoded { CodeSystem::Uncoded } else { CodeSystem::ClaimDisease };
        self.decode(sy, 5, line, "SY");
        if let Some(origin) = self.origin(DataItem::Diagnoses) {
            self.reading
                .batches
                .rows(DISEASE)
                .begin(&origin)
                .key(DISEASE_VISIT, self.visit)
                .date(DISEASE_START, start)
                .code(DISEASE_CODE, code)
                .word(DISEASE_SYSTEM, system.word())
                .text(DISEASE_NAME, &self.text)
                .text(DISEASE_MODIFIERS, &self.narrow)
                .word(DISEASE_STATUS, if suspected { "suspected" } else { "confirmed" })
                .uint8(DISEASE_MAIN, u8::from(sy.bare(6) == b"01"))
                .code(DISEASE_OUTCOME, outcome);
        }
        if outcome == b"3" {
            let day = self.month.map(crate::date::month_end);
            if let Some(origin) = self.origin(DataItem::Death) {
                self.reading
                    .batches
                    .rows(DEATH)
                    .begin(&origin)
                    .date(DEATH_DATE, day)
                    .code(DEATH_CAUSE, code)
                    .word(DEATH_SYSTEM, system.word());
            }
        }
        if !sy.get(7).is_empty() {
            self.decode(sy, 7, line, "SY");
            self.note("SY-7");
        }
    }

    /// Adds a finding about a field of a record.
    pub(super) fn report(
        &mut self,
        code: &'static FindingCode,
        line: &Line<'_>,
        segment: &'static str,
        field: u16,
    ) {
        self.add(code, line, segment, field);
    }
}

/// 傷病名コード of a disease that is not coded: the name stands in field 5.
const UNCODED: &[u8] = b"0000999";
/// の疑い.
const SUSPECTED: &str = "8002";

/// Joins 4-digit modifier codes by `+` in a cleared buffer; says whether の疑い is among them.
pub(super) fn join_modifiers(codes: &str, into: &mut String) -> bool {
    into.clear();
    let mut suspected = false;
    for at in (0..codes.len()).step_by(4) {
        let code = codes.get(at..codes.len().min(at + 4)).unwrap_or_default();
        suspected |= code == SUSPECTED;
        if at > 0 {
            into.push('+');
        }
        into.push_str(code);
    }
    suspected
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small just before")]
fn whole(count: f64) -> Option<i32> {
    (count.fract() == 0.0 && (1.0..=100_000.0).contains(&count)).then_some(count as i32)
}

const ACT: usize = table("procedure_occurrence");
const ACT_VISIT: usize = column(ACT, "visit_key", Kind::Int64);
const ACT_DATE: usize = column(ACT, "procedure_date", Kind::Date);
const ACT_CODE: usize = column(ACT, "procedure_source_value", Kind::Code);
const ACT_SYSTEM: usize = column(ACT, "procedure_source_system", Kind::Code);
const ACT_CATEGORY: usize = column(ACT, "category_source_value", Kind::Code);
const ACT_QUANTITY: usize = column(ACT, "quantity", Kind::Float64);
const ACT_POINTS: usize = column(ACT, "points", Kind::Float64);
const ACT_STATUS: usize = column(ACT, "order_status_source_value", Kind::Code);
const DRUG: usize = table("drug_exposure");
const DRUG_VISIT: usize = column(DRUG, "visit_key", Kind::Int64);
const DRUG_START: usize = column(DRUG, "drug_exposure_start_date", Kind::Date);
const DRUG_END: usize = column(DRUG, "drug_exposure_end_date", Kind::Date);
const DRUG_CODE: usize = column(DRUG, "drug_source_value", Kind::Code);
const DRUG_SYSTEM: usize = column(DRUG, "drug_source_system", Kind::Code);
const DRUG_QUANTITY: usize = column(DRUG, "quantity", Kind::Float64);
const DRUG_DAYS: usize = column(DRUG, "days_supply", Kind::Int32);
const DRUG_DOSE: usize = column(DRUG, "dose_value", Kind::Float64);
const DRUG_ROUTE: usize = column(DRUG, "route_source_value", Kind::Code);
const DRUG_STATUS: usize = column(DRUG, "order_status_source_value", Kind::Code);
const DEVICE: usize = table("device_exposure");
const DEVICE_VISIT: usize = column(DEVICE, "visit_key", Kind::Int64);
const DEVICE_DATE: usize = column(DEVICE, "device_exposure_start_date", Kind::Date);
const DEVICE_CODE: usize = column(DEVICE, "device_source_value", Kind::Code);
const DEVICE_SYSTEM: usize = column(DEVICE, "device_source_system", Kind::Code);
const DEVICE_NAME: usize = column(DEVICE, "device_source_name", Kind::Text);
const DEVICE_QUANTITY: usize = column(DEVICE, "quantity", Kind::Float64);
const DEVICE_UNIT: usize = column(DEVICE, "unit_source_value", Kind::Code);
const DISEASE: usize = table("condition_occurrence");
const DISEASE_VISIT: usize = column(DISEASE, "visit_key", Kind::Int64);
const DISEASE_START: usize = column(DISEASE, "condition_start_date", Kind::Date);
const DISEASE_CODE: usize = column(DISEASE, "condition_source_value", Kind::Code);
const DISEASE_SYSTEM: usize = column(DISEASE, "condition_source_system", Kind::Code);
const DISEASE_NAME: usize = column(DISEASE, "condition_source_name", Kind::Text);
const DISEASE_MODIFIERS: usize = column(DISEASE, "condition_modifiers", Kind::Code);
const DISEASE_STATUS: usize = column(DISEASE, "condition_status_source_value", Kind::Code);
const DISEASE_MAIN: usize = column(DISEASE, "condition_is_main", Kind::UInt8);
const DISEASE_OUTCOME: usize = column(DISEASE, "condition_outcome_source_value", Kind::Code);
const DEATH: usize = table("death");
const DEATH_DATE: usize = column(DEATH, "death_date", Kind::Date);
const DEATH_CAUSE: usize = column(DEATH, "cause_source_value", Kind::Code);
const DEATH_SYSTEM: usize = column(DEATH, "cause_source_system", Kind::Code);
