//! Dispensing claims (調剤): prescriptions (SH), when they were dispensed (CZ), the drugs of each (IY), fees (KI).
//!
//! A prescription's drugs stand once and its dispensings stand before them, so each drug makes a row for each
//! dispensing of its group. Doctors' names (RE 14 to 33) are not read.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::detail::whole;
use super::record::{Fields, Line};
use super::rows::Claim;
use crate::columns::clinical::{act, device, drug};
use crate::masters::MasterKind;

/// 剤形 of what is counted in days of supply: 内服 and 浸煎, 湯.
const BY_DAY: [&[u8]; 3] = [b"1", b"6", b"7"];

/// The prescription at hand.
#[derive(Default)]
pub(super) struct Script<'c> {
    /// 剤形 and 用法.
    form: &'c [u8],
    usage: &'c [u8],
    /// 特別指示, as written.
    words: String,
    /// When it was dispensed, and how many days or doses.
    dispensed: Vec<(Option<Day>, Option<f64>)>,
    /// Whether drugs or materials followed the last `CZ`: another one then begins a new list.
    used: bool,
}

impl<'c> Claim<'c, '_> {
    /// One record of a dispensing claim behind `RE`.
    pub(super) fn dispensing_record(
        &mut self,
        name: [u8; 2],
        fields: &Fields<'c>,
        line: &Line<'_>,
    ) {
        match &name {
            b"SH" => self.prescription(fields, line),
            b"CZ" => self.dispensing(fields, line),
            b"IY" => self.dispensed_drug(fields, line),
            b"TO" => self.dispensed_material(fields, line),
            b"CO" => self.comment(fields, 1, line, "CO"),
            b"TK" => self.comment(fields, 1, line, "TK"),
            b"KI" => self.fees(fields, line),
            _ => self.payer_record(name, fields, line),
        }
    }

    /// `SH`: a prescription begins.
    fn prescription(&mut self, sh: &Fields<'c>, line: &Line<'_>) {
        self.decode(sh, 4, line, "SH");
        self.script.form = sh.bare(2);
        self.script.usage = sh.bare(3);
        self.script.words.clear();
        self.script.words.push_str(&self.text);
        self.script.dispensed.clear();
        self.script.used = false;
    }

    /// `CZ`: a dispensing, and its fees.
    fn dispensing(&mut self, cz: &Fields<'c>, line: &Line<'_>) {
        if self.script.used {
            self.script.dispensed.clear();
            self.script.used = false;
        }
        let day = self.day(cz, 3, line, "CZ");
        self.done_on(day);
        let amount = self.number(cz, 5, line, "CZ");
        self.script.dispensed.push((day, amount));
        self.fee(cz, (9, 0, 10), day, line, "CZ");
        for addition in 0..10 {
            self.fee(cz, (16 + 3 * addition, 0, 17 + 3 * addition), day, line, "CZ");
        }
        for (code, points) in [(55, 56), (60, 61), (63, 64)] {
            self.fee(cz, (code, 0, points), day, line, "CZ");
        }
    }

    /// `KI`: the fees of a visit to the pharmacy.
    fn fees(&mut self, ki: &Fields<'c>, line: &Line<'_>) {
        let day = self.day(ki, 1, line, "KI");
        self.done_on(day);
        self.fee(ki, (4, 0, 5), day, line, "KI");
        for (first, count) in [(7, 12), (55, 3), (69, 10)] {
            for nth in 0..count {
                let at = first + 4 * nth;
                self.fee(ki, (at + 1, at + 2, at + 3), day, line, "KI");
            }
        }
    }

    /// A fee, from the columns of its code, its count (0 for none) and its points.
    fn fee(
        &mut self,
        fields: &Fields<'c>,
        (code, count, points): (u16, u16, u16),
        day: Option<Day>,
        line: &Line<'_>,
        segment: &'static str,
    ) {
        let at = code;
        let code = fields.bare(usize::from(at));
        if code.is_empty() {
            return;
        }
        self.check_code(code, 9, line, segment, at);
        let named = self.named(MasterKind::Act, code, day, line, segment, at);
        let count = if count == 0 { None } else { self.number(fields, count, line, segment) };
        let points = self.number(fields, points, line, segment);
        let Some(origin) = self.origin(DataItem::Procedures) else { return };
        self.reading
            .batches
            .rows(act::TABLE)
            .begin(&origin)
            .key(act::VISIT, self.visit)
            .date(act::DATE, day)
            .code(act::CODE, code)
            .word(act::SYSTEM, CodeSystem::ClaimProcedure.word())
            .text(act::NAME, named.name)
            .word(act::CATEGORY, segment)
            .number(act::QUANTITY, Some(count.unwrap_or(1.0)))
            .number(act::POINTS, points)
            .word(act::STATUS, "performed");
    }

    /// Calls `row` for each dispensing of the prescription; once without a day where none is known.
    fn each_dispensing(
        &mut self,
        line: &Line<'_>,
        segment: &'static str,
        mut row: impl FnMut(&mut Self, Option<Day>, Option<f64>),
    ) {
        self.script.used = true;
        if self.script.dispensed.is_empty() {
            self.add(&codes::DAYS, line, segment, 0);
            row(self, None, None);
            return;
        }
        let dispensed = std::mem::take(&mut self.script.dispensed);
        for (day, amount) in &dispensed {
            row(self, *day, *amount);
        }
        self.script.dispensed = dispensed;
    }

    /// `IY`: a drug. In all there is 使用量 as often as the dispensing counts days or doses.
    fn dispensed_drug(&mut self, iy: &Fields<'c>, line: &Line<'_>) {
        let code = iy.bare(2);
        self.check_code(code, 9, line, "IY", 2);
        let day = self.script.dispensed.first().and_then(|(day, _)| *day);
        let named = self.named(MasterKind::Drug, code, day, line, "IY", 2);
        let amount = self.number(iy, 3, line, "IY");
        let dose = self.number(iy, 9, line, "IY").or(amount);
        let Some(origin) = self.origin(DataItem::Drugs) else { return };
        let by_day = BY_DAY.contains(&self.script.form);
        self.each_dispensing(line, "IY", |claim, day, count| {
            let supply = count.and_then(whole);
            let last = match supply.filter(|_| by_day) {
                Some(days) => day.map(|day| day.plus(days - 1)),
                None => day,
            };
            let quantity = amount.map(|amount| amount * count.unwrap_or(1.0));
            claim
                .reading
                .batches
                .rows(drug::TABLE)
                .begin(&origin)
                .key(drug::VISIT, claim.visit)
                .date(drug::START, day)
                .date(drug::END, last)
                .code(drug::CODE, code)
                .word(drug::SYSTEM, CodeSystem::ClaimDrug.word())
                .text(drug::NAME, named.name)
                .unit(drug::UNIT, drug::UCUM, named.unit, crate::ucum::of)
                .number(drug::QUANTITY, quantity)
                .int(drug::DAYS, supply)
                .number(drug::DOSE, dose)
                .code(drug::ROUTE, claim.script.form)
                .code(drug::USAGE, claim.script.usage)
                .text(drug::SIG, &claim.script.words)
                .word(drug::STATUS, "dispensed");
        });
    }

    /// `TO`: a material.
    fn dispensed_material(&mut self, to: &Fields<'c>, line: &Line<'_>) {
        let code = to.bare(2);
        self.check_code(code, 9, line, "TO", 2);
        let day = self.script.dispensed.first().and_then(|(day, _)| *day);
        let named = self.named(MasterKind::Material, code, day, line, "TO", 2);
        let unit = named.unit_or(to.ascii(4));
        let amount = self.number(to, 3, line, "TO").unwrap_or(1.0);
        self.decode(to, 6, line, "TO");
        let Some(origin) = self.origin(DataItem::Devices) else { return };
        self.each_dispensing(line, "TO", |claim, day, count| {
            claim
                .reading
                .batches
                .rows(device::TABLE)
                .begin(&origin)
                .key(device::VISIT, claim.visit)
                .date(device::DATE, day)
                .code(device::CODE, code)
                .word(device::SYSTEM, CodeSystem::ClaimMaterial.word())
                .text(device::NAME, &claim.text)
                .number(device::QUANTITY, Some(amount * count.unwrap_or(1.0)))
                .unit(device::UNIT, device::UCUM, unit, crate::ucum::of_claim);
        });
    }
}
