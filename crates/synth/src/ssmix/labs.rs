//! Laboratory results (OML-11): a person's own mean, drift over the years, noise, and now and then an outlier.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::{Chart, Entry, Flag, Message, StoreError};
use crate::care::Problem;
use crate::chunk::Fact;
use crate::codes::{Lab, Specimen, labs};
use crate::dice::whole;
use crate::period::digits;

/// A result as it is written: value type, text, unit, flag.
pub(super) struct Result10 {
    code: String,
    kind: &'static str,
    /// OBX-5, and as a fact.
    field: String,
    fact: String,
    unit: &'static str,
    lab: &'static Lab,
    flag: &'static str,
}

impl Chart<'_> {
    /// OML-11 of a day: the panels of the problem and the blood count.
    pub(super) fn examine(
        &mut self,
        day: Day,
        inside: bool,
        problem: &Problem,
    ) -> Result<(), StoreError> {
        let results = self.panels(day, problem);
        let order = self.next_order();
        let head = self.head(day, inside, problem.illness.department);
        let message = self.report(&head, &results, (&order, day));
        if self.dice.chance(0.03) {
            // A preliminary version, superseded by the one below.
            let before = super::Head { second: head.second - 1, ..head };
            let first = results.get(..1).unwrap_or_default();
            let early = self.report(&before, first, (&order, day));
            let entry = Entry::dated("OML-11", &before, day, &order).flagged(Flag::Superseded);
            self.put(&entry, &early)?;
        }
        let file = self.put(&Entry::dated("OML-11", &head, day, &order), &message)?;
        self.tell(&file, &results, day);
        Ok(())
    }

    /// The message of a day's results, and what stands in it.
    pub(super) fn results(
        &mut self,
        day: Day,
        inside: bool,
        problem: &Problem,
    ) -> (Message, Vec<Result10>) {
        let results = self.panels(day, problem);
        let order = self.next_order();
        let head = self.head(day, inside, problem.illness.department);
        (self.report(&head, &results, (&order, day)), results)
    }

    fn panels(&mut self, day: Day, problem: &Problem) -> Vec<Result10> {
        let mut list: Vec<&'static Lab> = Vec::new();
        let panels = problem.illness.panels.iter().copied().chain([labs::BASIC]);
        for lab in panels.flatten() {
            if !list.iter().any(|one| one.no == lab.no) {
                list.push(lab);
            }
        }
        list.sort_by_key(|lab| lab.specimen);
        list.iter().map(|lab| self.result(lab, problem, day)).collect()
    }

    fn report(
        &self,
        head: &super::Head<'_>,
        results: &[Result10],
        (order, day): (&str, Day),
    ) -> Message {
        let mut message = self.message(head, "OUL^R22^OUL_R22");
        message.patient_full().visit(None, None);
        self.write_results(&mut message, results, order, day);
        message
    }

    pub(super) fn tell(&mut self, file: &str, results: &[Result10], day: Day) {
        for one in results {
            let fact = Fact {
                kind: "lab",
                day,
                system: Some(CodeSystem::Jlac10),
                code: &one.code,
                value: &one.fact,
                unit: one.unit,
            };
            self.fact(file, &fact);
        }
    }

    fn write_results(&self, message: &mut Message, results: &[Result10], order: &str, day: Day) {
        let stamp = digits(day);
        let doctor = message.doctor().to_owned();
        let mut specimen: Option<Specimen> = None;
        let (mut group, mut set) = (0, 0);
        for one in results {
            if specimen != Some(one.lab.specimen) {
                specimen = Some(one.lab.specimen);
                group += 1;
                set = 0;
                let (code, name) = one.lab.specimen.code();
                message.line(&format!(
                    "SPM|{group}|{order}{group}||{code}^{name}^JC10|||||||||||||{stamp}0830"
                ));
                message.line(&format!(
                    "OBR|{group}|{order}|{order}{group}|E00{group}^検体検査^99O03|||{stamp}|{stamp}\
                     ||||||||{doctor}||||||{stamp}1030"
                ));
                message.order(order, false, "01");
            }
            set += 1;
            let (low, high) = one.lab.range;
            let decimals = one.lab.decimals;
            let range = if high > 0.0 {
                format!("{low:.decimals$}-{high:.decimals$}")
            } else {
                String::new()
            };
            let unit = if one.unit.is_empty() {
                String::new()
            } else {
                format!("{0}^{0}^99XYZ", one.unit)
            };
            message.line(&format!(
                "OBX|{set}|{}|{}^{}^JC10||{}|{unit}|{range}|{}|||F|||{stamp}0830",
                one.kind, one.code, one.lab.name, one.field, one.flag
            ));
        }
        if let Some(canary) = self.stay.canary {
            message.line(&format!(
                "OBX|{}|TX|9A100&IMP^検査所見^JC10||{}||||||F",
                set + 1,
                canary.note()
            ));
        }
    }

    fn result(&mut self, lab: &'static Lab, problem: &Problem, day: Day) -> Result10 {
        let value = self.stay.body().lab(lab, Some(problem), day, &mut self.dice);
        // Some results carry the first 15 characters of the code, as seen in published samples.
        let short = self.dice.chance(0.02);
        let code = if short { lab.jlac10.get(..15).unwrap_or(lab.jlac10) } else { lab.jlac10 };
        let (low, high) = lab.range;
        let flag = match value {
            _ if high <= 0.0 => "",
            value if value < low => "L",
            value if value > high => "H",
            _ => "N",
        };
        let decimals = lab.decimals;
        let plain = format!("{value:.decimals$}");
        let (kind, field, fact) = if lab.specimen == Specimen::Urine {
            let grade = ["(-)", "(±)", "(1+)", "(2+)", "(3+)"];
            let at = usize::try_from(whole(value.clamp(0.0, 4.0))).unwrap_or_default();
            let text = grade.get(at).copied().unwrap_or("(-)").to_owned();
            ("ST", text.clone(), text)
        } else if lab.decimals == 2 && value < 0.03 {
            ("SN", "<^0.03".to_owned(), "<0.03".to_owned())
        } else {
            ("NM", plain.clone(), plain)
        };
        Result10 { code: code.to_owned(), kind, field, fact, unit: lab.unit, lab, flag }
    }
}
