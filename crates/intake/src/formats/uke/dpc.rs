//! DPC claims: diagnosis group (BU), diseases with ICD-10 (SB), the patient's state at admission (KK), what decided the
//! group (SK), and what was done under the bundled payment (CD).
//!
//! Bundled points by stage and their adjustment (HH, GT) and nights away (GA) are arithmetic of the payment: the sum
//! stands in `HO`, and they make no rows.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::codes;
use super::detail::{Disease, join_modifiers, whole};
use super::naming::Named;
use super::record::{Fields, Line};
use super::rows::Claim;
use crate::columns::clinical::{act, device, drug, observation};
use crate::masters::MasterKind;

/// What `BU` says of the stay.
#[derive(Default)]
pub(super) struct Stay<'c> {
    pub(super) admitted: Option<Day>,
    pub(super) discharged: Option<Day>,
    /// DPC転帰区分.
    pub(super) outcome: &'c [u8],
}

/// DPC転帰区分 of a death: of the disease that took most resources, of another.
const DEATHS: [&[u8]; 2] = [b"6", b"7"];
/// 傷病名区分 of the main disease.
const MAIN: &[u8] = b"11";

impl<'c> Claim<'c, '_> {
    /// A record that only DPC claims have; `false` for others.
    pub(super) fn dpc_record(
        &mut self,
        name: [u8; 2],
        fields: &Fields<'c>,
        line: &Line<'_>,
    ) -> bool {
        match &name {
            b"BU" => self.group(fields, line),
            b"SB" => self.dpc_disease(fields, line),
            b"KK" => self.state(fields, line),
            b"SK" => self.decisive(fields, line),
            b"CD" => self.bundled(fields, line),
            _ => return false,
        }
        true
    }

    /// `BU`: the group, and the stay.
    fn group(&mut self, bu: &Fields<'c>, line: &Line<'_>) {
        self.stay = Stay {
            admitted: self.day(bu, 2, line, "BU"),
            discharged: self.day(bu, 3, line, "BU"),
            outcome: bu.bare(4),
        };
        self.dpc_observation(b"DPC", Seen { code: bu.bare(1), ..Seen::default() });
        if DEATHS.contains(&self.stay.outcome) {
            let day = self.stay.discharged.or(self.month.map(crate::date::month_end));
            self.death(day, b"");
        }
        if !bu.get(5).is_empty() {
            self.decode(bu, 5, line, "BU");
            self.note("BU-5");
        }
    }

    /// `SB`: a disease, with ICD-10 and its part in the stay (傷病名区分).
    fn dpc_disease(&mut self, sb: &Fields<'c>, line: &Line<'_>) {
        let code = sb.bare(1);
        self.check_code(code, 7, line, "SB", 1);
        self.named(MasterKind::Disease, code, None, line, "SB", 1);
        let suspected = join_modifiers(sb.ascii(2), &mut self.narrow);
        self.decode(sb, 3, line, "SB");
        let part = sb.bare(5);
        let start = self.stay.admitted;
        let (main, icd10) = (part == MAIN, sb.bare(4));
        self.disease_row(&Disease { code, start, outcome: b"", suspected, main, icd10 });
        // Which part a disease plays has no column of its own: the disease is named again beside it.
        let named = if icd10.is_empty() { code } else { icd10 };
        self.dpc_observation(part_of(part), Seen { code: named, ..Seen::default() });
        if !sb.get(7).is_empty() {
            self.decode(sb, 7, line, "SB");
            self.note("SB-7");
        }
    }

    /// `KK`: what is known of the patient at admission, a row for each field that is filled.
    fn state(&mut self, kk: &Fields<'c>, line: &Line<'_>) {
        for (field, source) in [(2, &b"KK-2"[..]), (3, b"KK-3"), (5, b"KK-5"), (8, b"KK-8")] {
            let code = kk.bare(field);
            if !code.is_empty() {
                self.dpc_observation(source, Seen { code, ..Seen::default() });
            }
        }
        if let Some(date) = self.day(kk, 4, line, "KK") {
            self.dpc_observation(b"KK-4", Seen { date: Some(date), ..Seen::default() });
        }
        for (field, source) in [(6, &b"KK-6"[..]), (7, b"KK-7"), (10, b"KK-10"), (13, b"KK-13")] {
            if let Some(number) = self.number(kk, field, line, "KK") {
                self.dpc_observation(source, Seen { number: Some(number), ..Seen::default() });
            }
        }
        if !kk.get(11).is_empty() {
            self.decode(kk, 11, line, "KK");
            self.note("KK-11");
        }
    }

    /// `SK`: a treatment that decided the group. The act itself stands in `SI` or `CD`; here it is a fact of the stay.
    fn decisive(&mut self, sk: &Fields<'c>, line: &Line<'_>) {
        let date = self.day(sk, 3, line, "SK");
        let code = [1, 2, 5].into_iter().map(|field| sk.bare(field)).find(|code| !code.is_empty());
        if let Some(code) = code {
            // A section number may end in a kana, and is then text.
            if code.is_ascii() {
                self.dpc_observation(b"SK", Seen { code, date, ..Seen::default() });
            } else {
                self.decode(sk, 2, line, "SK");
                let text = std::mem::take(&mut self.text);
                self.dpc_observation(b"SK", Seen { text: &text, date, ..Seen::default() });
                self.text = text;
            }
        }
        if !sk.get(6).is_empty() {
            self.decode(sk, 6, line, "SK");
            self.note("SK-6");
        }
    }

    /// `CD`: one act, drug or material under the bundled payment, told apart by the first digit of its code.
    fn bundled(&mut self, cd: &Fields<'c>, line: &Line<'_>) {
        let day = self.day(cd, 1, line, "CD");
        self.done_on(day);
        let code = cd.bare(5);
        self.check_code(code, 9, line, "CD", 5);
        let category = cd.bare(2);
        let used = self.number(cd, 6, line, "CD");
        let amount = self.number(cd, 7, line, "CD");
        let times = self.number(cd, 9, line, "CD").unwrap_or(1.0);
        match code.first() {
            Some(b'6') => {
                let named = self.named(MasterKind::Drug, code, day, line, "CD", 5);
                self.bundled_drug(day, (code, category, named), used, times);
            }
            Some(b'7') => {
                let named = self.named(MasterKind::Material, code, day, line, "CD", 5);
                let unit = named.unit_or(cd.ascii(8));
                self.decode(cd, 10, line, "CD");
                let Some(origin) = self.origin(DataItem::Devices) else { return };
                self.reading
                    .batches
                    .rows(device::TABLE)
                    .begin(&origin)
                    .key(device::VISIT, self.visit)
                    .date(device::DATE, day)
                    .code(device::CODE, code)
                    .word(device::SYSTEM, CodeSystem::ClaimMaterial.word())
                    .text(device::NAME, &self.text)
                    .number(device::QUANTITY, Some(used.unwrap_or(1.0) * times))
                    .unit(device::UNIT, device::UCUM, unit, crate::ucum::of_claim);
            }
            Some(b'1' | b'3' | b'4') => {
                let named = self.named(MasterKind::Act, code, day, line, "CD", 5);
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
                    .code(act::CATEGORY, category)
                    .number(act::QUANTITY, Some(amount.unwrap_or(1.0) * times))
                    .number(act::POINTS, Some(0.0))
                    .word(act::STATUS, "performed");
            }
            _ => self.add(&codes::CODE, line, "CD", 5),
        }
    }

    fn bundled_drug(
        &mut self,
        day: Option<Day>,
        (code, category, named): (&[u8], &[u8], Named<'_>),
        used: Option<f64>,
        times: f64,
    ) {
        let Some(origin) = self.origin(DataItem::Drugs) else { return };
        let supply = whole(times);
        let last = match (category, supply) {
            (b"21", Some(days)) => day.map(|day| day.plus(days - 1)),
            _ => day,
        };
        self.reading
            .batches
            .rows(drug::TABLE)
            .begin(&origin)
            .key(drug::VISIT, self.visit)
            .date(drug::START, day)
            .date(drug::END, last)
            .code(drug::CODE, code)
            .word(drug::SYSTEM, CodeSystem::ClaimDrug.word())
            .text(drug::NAME, named.name)
            .unit(drug::UNIT, drug::UCUM, named.unit, crate::ucum::of)
            .number(drug::QUANTITY, used.map(|used| used * times))
            .int(drug::DAYS, supply)
            .number(drug::DOSE, used)
            .code(drug::ROUTE, category)
            .word(drug::STATUS, "given");
    }

    fn dpc_observation(&mut self, source: &[u8], seen: Seen<'_>) {
        let Some(origin) = self.origin(DataItem::Observations) else { return };
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, self.visit)
            .date(observation::DATE, self.stay.admitted.or(self.month))
            .code(observation::CODE, source)
            .word(observation::SYSTEM, CodeSystem::DpcClaim.word())
            .number(observation::NUMBER, seen.number)
            .code(observation::VALUE, seen.code)
            .date(observation::VALUE_DATE, seen.date)
            .text(observation::VALUE_TEXT, seen.text);
    }
}

/// What was observed.
#[derive(Clone, Copy, Default)]
struct Seen<'s> {
    code: &'s [u8],
    number: Option<f64>,
    date: Option<Day>,
    text: &'s str,
}

/// The name under which a disease's part in the stay is stored.
const fn part_of(part: &[u8]) -> &'static [u8] {
    match part {
        b"11" => b"SB-5-11",
        b"21" => b"SB-5-21",
        b"22" => b"SB-5-22",
        b"31" => b"SB-5-31",
        b"41" => b"SB-5-41",
        _ => b"SB-5",
    }
}
