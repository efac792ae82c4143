//! EF, its parts E and F, and D: acts, drugs, materials and comments, one a line.
//!
//! An act has a line of its own (行為明細番号 000, and every line of E and D), with its points; its details follow, by
//! the codes of claims. So an act and its details are different rows, told apart by their code system, and points
//! stand on the act alone.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::desk::{Desk, Rejected};
use super::record::Fields;
use super::shape::Kind;
use super::stay::stay_key;
use super::survey::stay_hash;
use super::{codes, payer_kind};
use crate::columns::clinical::{act, cost, device, disease, drug, payer};

/// No such column in this kind of file.
const NO: usize = usize::MAX;

/// Where columns stand, from 0. Columns 0 to 5 are the same everywhere.
struct Layout {
    detail: usize,
    hospital: usize,
    claim: usize,
    name: usize,
    amount: usize,
    unit: usize,
    yen: usize,
    marks: usize,
    /// Points of the act, its drugs, its materials.
    points: [usize; 3],
    times: usize,
    insurer: usize,
    kind: usize,
    day: usize,
    /// DPC code, coefficient.
    group: [usize; 2],
}

const EF: Layout = Layout {
    detail: 6,
    hospital: 7,
    claim: 8,
    name: 10,
    amount: 11,
    unit: 12,
    yen: 14,
    marks: 16,
    points: [17, 18, 19],
    times: 20,
    insurer: 21,
    kind: 22,
    day: 23,
    group: [NO, NO],
};

const E: Layout = Layout {
    detail: NO,
    hospital: 6,
    claim: 7,
    name: 9,
    amount: NO,
    unit: NO,
    yen: 13,
    marks: NO,
    points: [10, 11, 12],
    times: 14,
    insurer: 15,
    kind: 16,
    day: 17,
    group: [NO, NO],
};

const D: Layout = Layout { group: [28, 29], ..E };

const F: Layout = Layout {
    yen: 16,
    marks: 18,
    points: [NO, NO, NO],
    times: NO,
    insurer: NO,
    kind: NO,
    day: NO,
    ..EF
};

impl<'b> Desk<'_, '_, 'b> {
    /// One line.
    pub(super) fn act(&mut self, fields: &Fields<'b>) -> Result<(), Rejected> {
        let layout = match self.shape.kind {
            Kind::E => &E,
            Kind::D => &D,
            Kind::F => &F,
            _ => &EF,
        };
        let dates = [fields.get(2), fields.get(3)];
        let stated = (fields.get(layout.insurer), dates[0], self.shape.sex(fields));
        let new_person = self.run.stated != Some(stated);
        if new_person {
            // First of all: it may reject the line.
            self.person(fields, self.shape.birth(fields), "", layout.insurer)?;
            self.run.stated = Some(stated);
        }
        let new_dates = self.run.dates != Some(dates);
        if new_dates {
            self.run.dates = Some(dates);
            self.take_dates(fields);
        }
        if new_person || new_dates {
            self.plan_period(fields, layout);
        }
        let given = self.day(fields, layout.day);
        let day = given.or(if self.shape.outpatient { self.first } else { None });
        if fields.get(4) == b"SY" {
            self.outpatient_disease(fields, layout, day);
        } else if layout.detail == NO || fields.get(layout.detail) == b"000" {
            self.whole_act(fields, layout, day);
        } else {
            self.detail(fields, layout, day);
        }
        if layout.group[0] != NO {
            self.group(fields, layout, day);
        }
        Ok(())
    }

    /// The visit that rows belong to, from the columns of dates.
    fn take_dates(&mut self, fields: &Fields<'b>) {
        let outpatient = self.shape.outpatient;
        self.second = self.day(fields, 2);
        self.first = self.day(fields, 3);
        if outpatient {
            if self.second.is_some() && self.shape.birth(fields).is_none() {
                // A birth behind the visit is none.
                self.add(&codes::DATE, 2);
            }
            self.visit = crate::key::visit_key("dpc-visit", &[fields.get(3)]);
            self.plain_visit(true);
            return;
        }
        self.visit = stay_key(fields.get(3));
        let told = self.learnt.has_stay(stay_hash(self.run.number, fields.get(3)));
        if matches!(self.shape.kind, Kind::Ef | Kind::E) && !told {
            self.plain_visit(false);
        }
    }

    fn plan_period(&mut self, fields: &Fields<'b>, layout: &Layout) {
        let insurer = fields.ascii(layout.insurer);
        if insurer.is_empty() {
            return;
        }
        let thing = ("plan", insurer, self.visit, self.run.line, self.shape.segment());
        let Some(origin) = self.origin(DataItem::Insurance) else { return };
        if !self.said.first(origin.subject, &thing) {
            return;
        }
        let end = if self.shape.outpatient { self.first } else { self.second };
        self.reading
            .batches
            .rows(payer::TABLE)
            .begin(&origin)
            .date(payer::START, self.first)
            .date(payer::END, end)
            .text(payer::SOURCE, payer_kind(insurer));
    }

    /// The line of an act as a whole, and what it costs: its points are those of one time. Yen are tenths of points.
    fn whole_act(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let scale = if fields.get(layout.yen) == b"1" { 10.0 } else { 1.0 };
        let [act, drugs, materials] = layout.points.map(|column| self.number(fields, column));
        let parts = [act, drugs, materials];
        let points = act.map(|points| points / scale);
        let times = self.number(fields, layout.times);
        let (claim, hospital) = (fields.get(layout.claim), fields.get(layout.hospital));
        let code = if claim.is_empty() { hospital } else { claim };
        self.decode_code(fields, if claim.is_empty() { layout.hospital } else { layout.claim });
        self.decode(fields, layout.name);
        if code.is_empty() {
            // A name without a code is the hospital's own words.
            self.code.clear();
            self.code.push_str("DPC-ACT");
            self.note(day);
        }
        if let Some(origin) = self.origin(DataItem::Procedures) {
            let rows = self.reading.batches.rows(act::TABLE).begin(&origin);
            rows.key(act::VISIT, self.visit)
                .date(act::DATE, day)
                .word(act::SYSTEM, if claim.is_empty() { "LOCAL" } else { "DPC-ACT" })
                .code(act::CATEGORY, fields.get(4))
                .number(act::QUANTITY, times)
                .number(act::POINTS, points)
                .word(act::STATUS, "performed");
            if !code.is_empty() {
                rows.text(act::CODE, &self.code).text(act::NAME, &self.text);
            }
        }
        if parts.iter().all(Option::is_none) {
            return;
        }
        let total = parts.iter().flatten().sum::<f64>() / scale * times.unwrap_or(1.0);
        let Some(origin) = self.origin(DataItem::Costs) else { return };
        self.code.clear();
        self.code.push_str("insurance-");
        self.code.push_str(payer_kind(fields.ascii(layout.insurer)));
        self.reading
            .batches
            .rows(cost::TABLE)
            .begin(&origin)
            .key(cost::VISIT, self.visit)
            .date(cost::DATE, day)
            .text(cost::PAYER, self.code.trim_end_matches('-'))
            .number(cost::POINTS, Some(total))
            .code(cost::KIND, fields.get(layout.kind));
    }

    /// A detail: what it is, its code says.
    fn detail(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let (claim, hospital) = (fields.get(layout.claim), fields.get(layout.hospital));
        self.decode_code(fields, if claim.is_empty() { layout.hospital } else { layout.claim });
        self.decode(fields, layout.name);
        let nine = super::record::digits(claim, 9);
        // What was left out has its finding.
        if !nine && !claim.is_empty() && !self.code.is_empty() {
            self.add(&codes::CODE, layout.claim);
        }
        match claim.first() {
            Some(b'1' | b'9') if nine => self.procedure(fields, layout, day),
            Some(b'6') if nine => self.drug(fields, layout, day),
            Some(b'7') if nine => self.device(fields, layout, day),
            Some(b'8') if nine => self.comment(claim, day),
            None if !hospital.is_empty() => self.procedure(fields, layout, day),
            _ => {
                if nine {
                    self.add(&codes::CODE, layout.claim);
                }
                self.code.clear();
                self.code.push_str("DPC-DETAIL");
                self.observation("DPC-EF", day, claim, None);
                self.note(day);
            }
        }
    }

    /// Amount and times; an amount of nothing, as acts have it, is one.
    fn amounts(&mut self, fields: &Fields<'b>, layout: &Layout) -> (Option<f64>, f64) {
        let amount = self.number(fields, layout.amount);
        (amount, self.number(fields, layout.times).unwrap_or(1.0))
    }

    /// An act by the code that was read into `self.code`.
    fn procedure(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let (amount, times) = self.amounts(fields, layout);
        let amount = amount.filter(|amount| *amount != 0.0).unwrap_or(1.0);
        let system = match fields.get(layout.claim).first() {
            None => "LOCAL",
            Some(b'9') => "DPC-EF",
            _ => CodeSystem::ClaimProcedure.word(),
        };
        let Some(origin) = self.origin(DataItem::Procedures) else { return };
        self.reading
            .batches
            .rows(act::TABLE)
            .begin(&origin)
            .key(act::VISIT, self.visit)
            .date(act::DATE, day)
            .text(act::CODE, &self.code)
            .word(act::SYSTEM, system)
            .text(act::NAME, &self.text)
            .code(act::CATEGORY, fields.get(4))
            .number(act::QUANTITY, Some(amount * times))
            .word(act::STATUS, "performed");
    }

    fn drug(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let (amount, times) = self.amounts(fields, layout);
        let supply = crate::text::whole(fields.get(layout.times));
        let Some(origin) = self.origin(DataItem::Drugs) else { return };
        self.reading
            .batches
            .rows(drug::TABLE)
            .begin(&origin)
            .key(drug::VISIT, self.visit)
            .date(drug::START, day)
            .code(drug::CODE, fields.get(layout.claim))
            .word(drug::SYSTEM, CodeSystem::ClaimDrug.word())
            .text(drug::NAME, &self.text)
            .number(drug::QUANTITY, amount.map(|amount| amount * times))
            .int(drug::DAYS, supply)
            .number(drug::DOSE, amount)
            .unit(drug::UNIT, drug::UCUM, fields.ascii(layout.unit), crate::ucum::of_claim)
            .code(drug::ROUTE, fields.get(4))
            .word(drug::STATUS, "claimed");
    }

    fn device(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let (amount, times) = self.amounts(fields, layout);
        let Some(origin) = self.origin(DataItem::Devices) else { return };
        self.reading
            .batches
            .rows(device::TABLE)
            .begin(&origin)
            .key(device::VISIT, self.visit)
            .date(device::DATE, day)
            .code(device::CODE, fields.get(layout.claim))
            .word(device::SYSTEM, CodeSystem::ClaimMaterial.word())
            .text(device::NAME, &self.text)
            .number(device::QUANTITY, amount.map(|amount| amount * times))
            .unit(device::UNIT, device::UCUM, fields.ascii(layout.unit), crate::ucum::of_claim);
    }

    /// A comment is its words; one without words is its code.
    fn comment(&mut self, claim: &[u8], day: Option<Day>) {
        self.code.clear();
        self.code.push_str(super::record::ascii(claim));
        if self.text.is_empty() {
            self.observation(CodeSystem::ClaimComment.word(), day, b"", None);
        } else {
            self.note(day);
        }
    }

    /// A disease of an outpatient (SY).
    fn outpatient_disease(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        let (claim, hospital) = (fields.get(layout.claim), fields.get(layout.hospital));
        let (code, column) = match claim {
            [] => (hospital, layout.hospital),
            _ => (claim, layout.claim),
        };
        self.decode_code(fields, column);
        let system = match code {
            [] => CodeSystem::Uncoded.word(),
            _ if super::record::digits(code, 7) => CodeSystem::ClaimDisease.word(),
            _ => {
                if !self.code.is_empty() {
                    self.add(&codes::CODE, column);
                }
                "DPC-EF"
            }
        };
        self.decode(fields, layout.name);
        let marks = fields.get(layout.marks);
        let mark = |at: usize| marks.get(at..=at).unwrap_or_default();
        let Some(origin) = self.origin(DataItem::Diagnoses) else { return };
        self.reading
            .batches
            .rows(disease::TABLE)
            .begin(&origin)
            .key(disease::VISIT, self.visit)
            .date(disease::START, day)
            .text(disease::CODE, &self.code)
            .word(disease::SYSTEM, system)
            .text(disease::NAME, &self.text)
            .code(disease::OUTCOME, mark(3))
            .uint8(disease::MAIN, u8::from(mark(4) == b"1"));
    }

    /// The DPC code and coefficient of a line of D: once for each stay of a run, and when they change.
    fn group(&mut self, fields: &Fields<'b>, layout: &Layout, day: Option<Day>) {
        for (column, word) in layout.group.into_iter().zip(["DPC-CODE", "DPC-COEFFICIENT"]) {
            let value = fields.get(column);
            let thing = (word, value, self.visit, self.run.line);
            let subject = self.subject();
            if value.is_empty() || !self.said.first(subject, &thing) {
                continue;
            }
            if word == "DPC-CODE" && value.len() != 14 {
                self.add(&codes::CODE, column);
            }
            self.code.clear();
            self.code.push_str(word);
            self.observation("DPC-D", day, value, None);
        }
    }
}
