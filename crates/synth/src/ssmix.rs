//! SS-MIX2 standardised storage of one person at one hospital (formats.md 7).
//!
//! Invariants: the folder of a file follows from its name; per (patient, date, type, order) at most one file has
//! flag 1. Messes are extra files listed in `truth/messy.csv`; no fact stands in them. Start at [`deposit`]; [`send`]
//! writes the same messages outside a storage.

mod labs;
mod message;
mod messy;
mod orders;
mod sent;
mod store;
mod summary;

use std::path::Path;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::body::Body;
use crate::canary::Canary;
use crate::care::{Plan, Problem, Visit, chosen, infusions};
use crate::chunk::{Chunk, Fact, Source};
use crate::codes::{Form, SUSPECTED};
use crate::dice::{Dice, Purpose};
use crate::insurance::Scheme;
use crate::people::Person;
use crate::period::{Period, digits};
use crate::site::Provider;
use crate::writing::{Writer, Written};
use message::{Head, Message};
pub(crate) use sent::send;
use store::{Entry, Flag, Store};

/// A file could not be written.
pub(crate) use store::StoreError;

/// One person at one hospital.
pub(crate) struct Stay<'a> {
    pub(crate) seed: u64,
    pub(crate) period: &'a Period,
    pub(crate) person: &'a Person,
    pub(crate) plan: &'a Plan,
    pub(crate) provider: &'a Provider,
    pub(crate) at: usize,
    pub(crate) canary: Option<&'a Canary>,
}

impl Stay<'_> {
    const fn body(&self) -> Body<'_> {
        Body { seed: self.seed, period: self.period, person: self.person, plan: self.plan }
    }
}

/// The working state while a person's files are written.
struct Chart<'a> {
    stay: &'a Stay<'a>,
    dice: Dice,
    store: Store<'a>,
    chunk: &'a mut Chunk,
    written: Written,
    order: u64,
}

/// Writes all files of a person at a hospital below `out`; `visits` ascend by day and are not empty.
pub(crate) fn deposit(
    chunk: &mut Chunk,
    stay: &Stay<'_>,
    writer: &Writer<'_>,
    visits: &[Visit],
    out: &Path,
) -> Result<(), StoreError> {
    let last = visits.iter().map(|one| one.discharge.unwrap_or(one.day)).max();
    let Some((last, written)) = last.and_then(|day| Some((day, writer.on(day)?))) else {
        return Ok(());
    };
    let mut chart = Chart {
        stay,
        dice: Dice::new(stay.seed, Purpose::Storage, stay.person.no, stay.provider.no),
        store: Store::new(out, stay.provider, &written.number),
        chunk,
        written,
        order: first_order(stay),
    };
    chart.basics(last, visits)?;
    chart.diagnoses(last)?;
    for visit in visits {
        if let Some(now) = writer.on(visit.day) {
            chart.written = now;
        }
        match visit.discharge {
            None => chart.outpatient(visit)?,
            Some(end) => chart.inpatient(visit, end)?,
        }
    }
    chart.mess(visits)
}

/// Order numbers of a patient begin here: a permutation of the person's number, another one at every provider.
fn first_order(stay: &Stay<'_>) -> u64 {
    let factor = 7_368_787 + 20 * u64::from(stay.provider.no);
    let wide = u128::from(stay.person.no) * u128::from(factor) + u128::from(stay.seed % 9_973);
    u64::try_from(wide % 10_000_000_000).unwrap_or_default() * 1_000
}

impl Chart<'_> {
    /// A new order number, 15 digits.
    fn next_order(&mut self) -> String {
        self.order += 1;
        format!("{:015}", self.order)
    }

    fn head(&mut self, day: Day, inside: bool, department: &'static str) -> Head<'static> {
        let second = self.dice.count(8 * 3600, 18 * 3600);
        let milli = self.dice.count(0, 999);
        Head { day, second, milli, inside, department }
    }

    fn message(&self, head: &Head<'_>, kind: &str) -> Message {
        Message::begin(self.stay.provider, &self.written, head, kind)
    }

    /// Writes a file and returns its path below the region's folder.
    fn put(&mut self, entry: &Entry<'_>, message: &Message) -> Result<String, StoreError> {
        self.chunk.count(self.stay.at, entry.kind);
        self.chunk.count(self.stay.at, "files");
        self.store.write(entry, message.text())
    }

    fn fact(&mut self, file: &str, fact: &Fact<'_>) {
        let source = Source {
            person: self.stay.person.no,
            provider: self.stay.at,
            provider_id: &self.stay.provider.id,
            number: &self.written.number,
            file,
            also: None,
        };
        self.chunk.fact(&source, fact);
    }

    /// ADT-00 with body measures, insurance and allergies; ADT-61 for some.
    fn basics(&mut self, last: Day, visits: &[Visit]) -> Result<(), StoreError> {
        let inside = visits.last().is_some_and(|one| one.discharge.is_some());
        let allergy = self.stay.person.no % 8 == 3;
        let head = self.head(last, inside, "-");
        let mut message = self.message(&head, "ADT^A08^ADT_A01");
        message.event().patient_full().next_of_kin().visit(None, None);
        self.body(&mut message);
        if allergy {
            message.line("AL1|1|DA^薬剤アレルギー^HL70127|1^ペニシリン^99XYZ");
        }
        self.insurance(&mut message, last);
        if self.dice.chance(0.06) {
            // An earlier version that the new one supersedes.
            let before = Head { day: last.plus(-1), ..head };
            let old = self.message(&before, "ADT^A08^ADT_A01");
            let entry = Entry::fixed("ADT-00", &before).flagged(Flag::Superseded);
            self.put(&entry, &old)?;
        }
        let file = self.put(&Entry::fixed("ADT-00", &head), &message)?;
        for (code, value, unit) in self.measures() {
            let fact = Fact {
                kind: "lab",
                day: last,
                system: Some(CodeSystem::Jlac10),
                code,
                value: &value,
                unit,
            };
            self.fact(&file, &fact);
        }
        if allergy {
            self.allergy(&head)?;
        }
        Ok(())
    }

    fn allergy(&mut self, head: &Head<'_>) -> Result<(), StoreError> {
        let mut message = self.message(head, "ADT^A60^ADT_A60");
        message.event().patient();
        let onset = digits(self.stay.period.start.plus(-400));
        message.line(&format!(
            "IAM|1|DA^薬剤アレルギー^HL70127|1^ペニシリン^99XYZ|MO^中等度^HL70128|発疹||||||{onset}"
        ));
        let file = self.put(&Entry::fixed("ADT-61", head), &message)?;
        let day = self.stay.period.start.plus(-400);
        let fact = Fact { kind: "allergy", day, system: None, code: "1", value: "DA", unit: "" };
        self.fact(&file, &fact);
        Ok(())
    }

    /// Height and weight of the person: code, value, unit.
    fn measures(&self) -> [(&'static str, String, &'static str); 2] {
        let [height, weight] = self.stay.body().measures();
        [
            ("9N001000000000001", format!("{height:.1}"), "cm"),
            ("9N006000000000001", format!("{weight:.1}"), "kg"),
        ]
    }

    fn body(&self, message: &mut Message) {
        for (at, (code, value, unit)) in self.measures().iter().enumerate() {
            let name = if at == 0 { "身長" } else { "体重" };
            message.line(&format!(
                "OBX|{}|NM|{code}^{name}^JC10||{value}|{unit}^{unit}^ISO+|||||F",
                at + 1
            ));
        }
    }

    /// IN1, or nothing where the person pays by public assistance alone.
    fn insurance(&self, message: &mut Message, day: Day) {
        let written = &self.written;
        let name = match written.scheme {
            Scheme::Employer(_) => "06^組合管掌健康保険^JHSD0001",
            Scheme::Municipal => "67^国民健康保険^JHSD0001",
            Scheme::Elderly => "39^後期高齢者医療^JHSD0001",
            Scheme::Assistance => "12^生活保護法^JHSD0001",
        };
        let drops = self.stay.provider.habits.drops_zero;
        let number = written.insurer.strip_prefix('0').filter(|_| drops);
        let number = number.unwrap_or(&written.insurer);
        let relation = if written.own { "SEL^本人^HL70063" } else { "EXF^家族^HL70063" };
        let from = digits(day.plus(-200));
        message.line(&format!(
            "IN1|1|{name}|{number}|||||||{}|{}|{from}|||||{relation}",
            written.symbol, written.card
        ));
    }

    /// PPR-01: one file with all problems.
    fn diagnoses(&mut self, last: Day) -> Result<(), StoreError> {
        let at = self.stay.at;
        let plan = self.stay.plan;
        let list: Vec<&Problem> =
            plan.problems.iter().filter(|one| one.place == at && one.since <= last).collect();
        if list.is_empty() {
            return Ok(());
        }
        let head = self.head(last, false, "01");
        let mut message = self.message(&head, "PPR^ZD1^PPR_ZD1");
        message.patient();
        let stamp = digits(last);
        for (no, problem) in list.iter().enumerate() {
            self.problem(&mut message, problem, no, &stamp);
        }
        let file = self.put(&Entry::fixed("PPR-01", &head), &message)?;
        for problem in list {
            let fact = Fact {
                kind: "diagnosis",
                day: problem.since,
                system: Some(CodeSystem::MedisDisease),
                code: problem.illness.medis,
                value: if problem.suspected { "suspected" } else { "confirmed" },
                unit: "",
            };
            self.fact(&file, &fact);
        }
        Ok(())
    }

    fn problem(&mut self, message: &mut Message, problem: &Problem, no: usize, stamp: &str) {
        let illness = problem.illness;
        let order = self.next_order();
        let since = digits(problem.since);
        let (outcome, ended) = match (problem.outcome, problem.until) {
            (2, Some(day)) => ("F^治癒^HL70241", digits(day)),
            (3, Some(day)) => ("D^死亡^HL70241", digits(day)),
            (4, Some(day)) => ("S^中止^HL70241", digits(day)),
            _ => ("N^回復せず^HL70241", String::new()),
        };
        let note = match (self.stay.canary, no) {
            (Some(canary), 0) => canary.note(),
            _ => illness.name.to_owned(),
        };
        let main = if no == 0 { "1^主診断^JHSD0007" } else { "" };
        message.line(&format!(
            "PRB|AD|{stamp}|{}^{}^MDCDX2|{order}|||{since}||{ended}|{}^^I10^O^外来時^JHSD0004^2013\
             ||||{outcome}|{ended}|{since}|{note}|{main}",
            illness.medis, illness.name, illness.icd10
        ));
        let suffix = if problem.suspected {
            format!("{}^の疑い^MDCDX2", SUSPECTED.1)
        } else {
            String::new()
        };
        message.line(&format!(
            "ZPR||{}^{}^MDCDX2|{suffix}||{}^{}^MDCDX2",
            illness.medis, illness.name, illness.exchange, illness.name
        ));
        message.order(&order, false, illness.department);
    }

    /// ADT-12, and what was ordered and found.
    fn outpatient(&mut self, visit: &Visit) -> Result<(), StoreError> {
        let Some(problem) = self.stay.plan.problems.get(visit.problem) else { return Ok(()) };
        let department = problem.illness.department;
        let head = self.head(visit.day, false, department);
        let order = self.next_order();
        let mut message = self.message(&head, "ADT^A04^ADT_A01");
        message.event().patient().visit(Some(&head.stamp()), None);
        let file = self.put(&Entry::dated("ADT-12", &head, visit.day, &order), &message)?;
        self.visit_fact(&file, visit.day, "outpatient");
        if visit.drugs {
            self.prescribe(visit.day, false, visit.days)?;
        }
        if visit.labs {
            self.examine(visit.day, false, problem)?;
        }
        if let (true, Some(course)) = (visit.acted, problem.illness.act) {
            self.image(visit.day, false, course)?;
        }
        if let Some(drug) = problem.illness.drugs.iter().find(|one| one.form == Form::Injection) {
            self.inject(visit.day, false, &[drug])?;
        }
        Ok(())
    }

    /// ADT-22, drips, prescriptions, results, ADT-52.
    fn inpatient(&mut self, visit: &Visit, end: Day) -> Result<(), StoreError> {
        let Some(problem) = self.stay.plan.problems.get(visit.problem) else { return Ok(()) };
        let department = problem.illness.department;
        let head = self.head(visit.day, true, department);
        let mut message = self.message(&head, "ADT^A01^ADT_A01");
        message.event().patient().visit(Some(&head.stamp()), None);
        let order = self.next_order();
        let file = self.put(&Entry::dated("ADT-22", &head, visit.day, &order), &message)?;
        self.visit_fact(&file, visit.day, "admission");
        self.examine(visit.day, true, problem)?;
        self.inject(visit.day, true, &infusions(problem))?;
        if let Some(course) = problem.illness.act {
            self.image(visit.day, true, course)?;
        }
        let middle = visit.day.plus((end.epoch_days() - visit.day.epoch_days()) / 2);
        if middle > visit.day {
            self.examine(middle, true, problem)?;
        }
        if chosen(problem, self.stay.person.no).is_some() && middle > visit.day {
            self.prescribe(middle, true, 7)?;
        }
        let head = self.head(end, true, department);
        let died = self.stay.person.death == Some(end);
        let mut message = self.message(&head, "ADT^A03^ADT_A03");
        let disposition = if died { "20" } else { "01" };
        message
            .event()
            .patient()
            .visit(Some(&digits(visit.day)), Some((disposition, &head.stamp())));
        let order = self.next_order();
        let file = self.put(&Entry::dated("ADT-52", &head, end, &order), &message)?;
        self.visit_fact(&file, end, "discharge");
        self.summary(&head, (visit.day, end), problem)?;
        if died {
            let fact =
                Fact { kind: "death", day: end, system: None, code: "", value: "", unit: "" };
            self.fact(&file, &fact);
        }
        Ok(())
    }

    fn visit_fact(&mut self, file: &str, day: Day, code: &'static str) {
        let fact = Fact { kind: "visit", day, system: None, code, value: "", unit: "" };
        self.fact(file, &fact);
    }
}
