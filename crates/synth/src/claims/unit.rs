//! Calculation units (剤): what is billed, and the SI, IY and TO records they become.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::record::Line;
use super::{Bill, Public, bit};
use crate::care::{Plan, Problem, Visit, chosen, infusions, taken};
use crate::chunk::{Chunk, Fact, Source};
use crate::codes::{self, Act, Course, Drug, Form, Kind, Lab, acts};
use crate::dice::Dice;
use crate::period::Period;
use crate::site::ProviderKind;

/// What one record bills.
enum Item {
    Act(Act),
    /// A drug and its amount.
    Drug(&'static Drug, u32),
    /// Material code and price in yen.
    Material(&'static str, u32),
    /// A comment within the unit.
    Comment(&'static str, String),
}

/// A code, and of a drug the amount.
#[derive(Clone, Copy)]
pub(super) enum Code {
    Act(&'static str),
    Drug(&'static str, u32),
    Material(&'static str),
}

/// A unit for those who write it in another form.
pub(super) struct Group {
    pub(super) category: &'static str,
    pub(super) points: u32,
    pub(super) count: u32,
    pub(super) days: u32,
    pub(super) codes: Vec<(Code, &'static str)>,
}

/// Records that share points, count and days.
struct Unit {
    category: &'static str,
    items: Vec<Item>,
    points: u32,
    count: u32,
    days: u32,
}

/// All units of a receipt, in order of 診療識別.
#[derive(Default)]
pub(super) struct Units(Vec<Unit>);

impl Units {
    /// Points of all units.
    pub(super) fn points(&self) -> u64 {
        self.0.iter().map(|one| u64::from(one.points) * u64::from(one.count)).sum()
    }

    /// Operations with their materials, which DPC pays beside the bundle, and the rest without the ward.
    pub(super) fn split(self) -> (Self, Self) {
        let rest = self.0.into_iter().filter(|one| one.category != acts::WARD.category);
        let operated = |one: &Unit| matches!(one.category, "40" | "50");
        let (paid, bundled) = rest.partition(operated);
        (Self(paid), Self(bundled))
    }

    /// The operations.
    pub(super) fn operations(&self) -> impl Iterator<Item = Act> {
        let units = self.0.iter().filter(|one| one.category == "50");
        units.flat_map(|one| &one.items).filter_map(|item| match item {
            Item::Act(act) => Some(*act),
            _ => None,
        })
    }

    /// Everything with a code of its own: 診療識別, code, days.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&'static str, Code, u32)> {
        let item = |one: &Item| match one {
            Item::Act(act) => Some(Code::Act(act.code)),
            Item::Drug(drug, amount) => Some(Code::Drug(drug.claim, *amount)),
            Item::Material(code, _) => Some(Code::Material(code)),
            Item::Comment(..) => None,
        };
        self.0.iter().flat_map(move |one| {
            one.items.iter().filter_map(move |it| Some((one.category, item(it)?, one.days)))
        })
    }

    /// Every unit: 診療識別, points, days, and its codes with their names.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> {
        let item = |one: &Item| match one {
            Item::Act(act) => Some((Code::Act(act.code), act.name)),
            Item::Drug(drug, amount) => Some((Code::Drug(drug.claim, *amount), drug.name)),
            Item::Material(code, _) => Some((Code::Material(code), "特定器材")),
            Item::Comment(..) => None,
        };
        self.0.iter().map(move |one| Group {
            category: one.category,
            points: one.points,
            count: one.count,
            days: one.days,
            codes: one.items.iter().filter_map(item).collect(),
        })
    }

    fn add(&mut self, items: Vec<Item>, points: u32, count: u32, days: u32) {
        let category = items
            .iter()
            .find_map(|one| match one {
                Item::Act(act) => Some(act.category),
                _ => None,
            })
            .unwrap_or("21");
        self.under(category, items, points, count, days);
    }

    fn under(
        &mut self,
        category: &'static str,
        items: Vec<Item>,
        points: u32,
        count: u32,
        days: u32,
    ) {
        if count > 0 && !items.is_empty() {
            self.0.push(Unit { category, items, points, count, days });
        }
    }

    /// One act on the days of the mask.
    fn act(&mut self, act: Act, days: u32) {
        self.add(vec![Item::Act(act)], act.points, days.count_ones(), days);
    }

    /// One act once, on the first day of the mask.
    fn once(&mut self, act: Act, days: u32) {
        self.add(vec![Item::Act(act)], act.points, 1, days & days.wrapping_neg());
    }

    fn sorted(mut self) -> Self {
        self.0.sort_by_key(|one| one.category);
        self
    }

    /// Writes the records and their facts.
    pub(super) fn write(
        &self,
        chunk: &mut Chunk,
        bill: &Bill<'_>,
        source: &Source<'_>,
        public: &Public,
        period: &Period,
    ) {
        let (first, _) = period.span(bill.month);
        for unit in &self.0 {
            let last = unit.items.iter().rposition(|one| !matches!(one, Item::Comment(..)));
            let offset = i32::try_from(unit.days.trailing_zeros()).unwrap_or_default();
            let day = first.plus(offset);
            for (at, item) in unit.items.iter().enumerate() {
                let category = if at == 0 { unit.category } else { "" };
                let points = if Some(at) == last { unit.points.to_string() } else { String::new() };
                let share = public.share();
                write_item(chunk, item, unit, (category, share, &points));
                fact(chunk, item, unit, source, day);
            }
        }
    }
}

fn write_item(
    chunk: &mut Chunk,
    item: &Item,
    unit: &Unit,
    (category, share, points): (&str, &str, &str),
) {
    let count = unit.count.to_string();
    let (name, columns) = match item {
        Item::Act(_) => ("SI", 44),
        Item::Drug(..) => ("IY", 44),
        Item::Material(..) => ("TO", 48),
        Item::Comment(..) => ("CO", 5),
    };
    let mut line = Line::new(&mut chunk.claims, name, columns);
    line.text(category).text(share);
    match item {
        Item::Act(act) => {
            line.text(act.code).text("").text(points).text(&count).skip_to(13).days(unit.days);
        }
        Item::Drug(drug, amount) => {
            line.text(drug.claim).text(&amount.to_string()).text(points).text(&count);
            line.skip_to(13).days(unit.days);
        }
        Item::Material(code, yen) => {
            line.text(code).text("1").text(points).text(&count).text("");
            line.text(&yen.to_string()).skip_to(17).days(unit.days);
        }
        Item::Comment(code, text) => {
            line.text(code).text(text);
        }
    }
    line.end();
}

fn fact(chunk: &mut Chunk, item: &Item, unit: &Unit, source: &Source<'_>, day: Day) {
    let count = unit.count.to_string();
    let amount;
    let (kind, system, code, value) = match item {
        Item::Act(act) => ("procedure", CodeSystem::ClaimProcedure, act.code, count.as_str()),
        Item::Drug(drug, many) => {
            amount = many.to_string();
            ("drug", CodeSystem::ClaimDrug, drug.claim, amount.as_str())
        }
        Item::Material(code, _) => ("device", CodeSystem::ClaimMaterial, *code, "1"),
        Item::Comment(..) => return,
    };
    chunk.fact(source, &Fact { kind, day, system: Some(system), code, value, unit: "" });
}

/// The units of outpatient care in a month.
pub(super) fn outpatient(
    bill: &Bill<'_>,
    plan: &Plan,
    problems: &[&Problem],
    dice: &mut Dice,
) -> Units {
    let mut units = Units::default();
    basic(&mut units, bill);
    management(&mut units, bill, problems);
    for visit in bill.visits {
        let Some(problem) = plan.problems.get(visit.problem) else { continue };
        let day = bit(visit.day);
        if visit.drugs {
            supply(&mut units, bill, visit, plan, dice);
        }
        if let (true, Some(course)) = (visit.acted, problem.illness.act) {
            perform(&mut units, course, visit.day);
        }
        let infusion = problem.illness.drugs.iter().find(|one| one.form == Form::Injection);
        if let Some(drug) = infusion {
            units.act(acts::DRIP, day);
            units.under("33", vec![Item::Drug(drug, drug.daily)], drug.points, 1, day);
        }
    }
    let labs = bill.visits.iter().filter(|one| one.labs).fold(0, |mask, one| mask | bit(one.day));
    if labs != 0 {
        examine(&mut units, &panels(problems), labs);
    }
    units.sorted()
}

/// First and repeated consultation.
fn basic(units: &mut Units, bill: &Bill<'_>) {
    let first = bill.visits.iter().find(|one| one.first).map_or(0, |one| bit(one.day));
    let again = bill.days & !first;
    if first != 0 {
        let mut items = vec![Item::Act(acts::FIRST_VISIT)];
        let mut points = acts::FIRST_VISIT.points;
        if bill.age < 6 {
            items.push(Item::Act(acts::FIRST_VISIT_CHILD));
            points += acts::FIRST_VISIT_CHILD.points;
        }
        units.add(items, points, 1, first);
    }
    if again == 0 {
        return;
    }
    if bill.provider.kind == ProviderKind::Hospital {
        units.act(acts::AGAIN_HOSPITAL, again);
    } else {
        let points = acts::AGAIN.points + acts::AGAIN_MANAGEMENT.points;
        let items = vec![Item::Act(acts::AGAIN), Item::Act(acts::AGAIN_MANAGEMENT)];
        units.add(items, points, again.count_ones(), again);
    }
}

fn management(units: &mut Units, bill: &Bill<'_>, problems: &[&Problem]) {
    let sick = |list: &[&str]| problems.iter().any(|one| list.contains(&one.illness.icd10));
    let clinic = bill.provider.kind == ProviderKind::Clinic;
    if clinic && sick(&["I10", "E11", "E785"]) {
        units.once(acts::LIFESTYLE_CARE, bill.days);
    } else if clinic && sick(&["J459", "I209", "I489", "I509", "I693", "E039"]) {
        units.once(acts::CHRONIC_CARE, bill.days);
    } else if problems.iter().any(|one| one.illness.kind == Kind::Rare) {
        units.once(acts::RARE_CARE, bill.days);
    }
}

/// Drugs dispensed by the provider, or a prescription for a pharmacy.
///
/// Three of four prescriptions go to pharmacies (社会医療診療行為別統計 令和5年, about 78 %; from memory).
fn supply(units: &mut Units, bill: &Bill<'_>, visit: &Visit, plan: &Plan, dice: &mut Dice) {
    let day = bit(visit.day);
    let taken = taken(plan, visit.place, visit.day, bill.person.no);
    if taken.is_empty() {
        return;
    }
    if !bill.provider.habits.dispenses {
        units.act(acts::PRESCRIPTION, day);
        return;
    }
    let oral = taken.iter().filter(|one| one.form == Form::Oral);
    let items: Vec<Item> = oral.clone().map(|one| Item::Drug(one, one.daily)).collect();
    let points: u32 = oral.map(|one| one.points).sum();
    units.under("21", items, points.max(1), visit.days.max(1), day);
    for one in taken.iter().filter(|one| one.form == Form::External) {
        let amount = one.daily * dice.count(1, 4);
        units.under("23", vec![Item::Drug(one, amount)], one.points * amount, 1, day);
    }
    units.act(acts::DISPENSING, day);
    units.act(acts::PRESCRIBING, day);
}

fn panels(problems: &[&Problem]) -> Vec<&'static Lab> {
    let mut labs: Vec<&'static Lab> = Vec::new();
    for lab in problems.iter().flat_map(|one| one.illness.panels).copied().flatten() {
        if !lab.claim.is_empty() && !labs.iter().any(|one| one.no == lab.no) {
            labs.push(lab);
        }
    }
    labs
}

/// Laboratory items by group, then what it costs to judge them.
fn examine(units: &mut Units, labs: &[&'static Lab], days: u32) {
    let groups = [
        (codes::Group::Urine, acts::JUDGE_URINE),
        (codes::Group::Blood, acts::JUDGE_BLOOD),
        (codes::Group::Chemistry, acts::JUDGE_CHEMISTRY),
        (codes::Group::Immune, acts::JUDGE_IMMUNE),
    ];
    if labs.iter().any(|one| one.group != codes::Group::Urine) {
        units.act(acts::BLOOD_DRAW, days);
    }
    for (group, judgement) in groups {
        let list: Vec<Act> = labs
            .iter()
            .filter(|one| one.group == group)
            .map(|one| Act { category: "60", code: one.claim, name: one.name, points: one.points })
            .collect();
        if !list.is_empty() {
            let points = list.iter().map(|one| one.points).sum();
            let items = list.into_iter().map(Item::Act).collect();
            units.add(items, points, days.count_ones(), days);
            units.once(judgement, days);
        }
    }
}

/// What is done for an illness: one unit, the material in a unit of its own.
fn perform(units: &mut Units, course: &'static Course, day: Day) {
    let days = bit(day);
    let mut items: Vec<Item> = course.acts.iter().copied().map(Item::Act).collect();
    let points = course.acts.iter().map(|one| one.points).sum();
    if let Some((code, text)) = course.comment {
        let pattern_date = code.starts_with("850");
        let text = if pattern_date { crate::writing::wide(&super::era(day)) } else { text.into() };
        items.push(Item::Comment(code, text));
    }
    units.add(items, points, 1, days);
    if let Some(material) = course.material {
        let points = (material.price_yen + 5) / 10;
        let items = vec![Item::Material(material.code, material.price_yen)];
        units.under("40", items, points, 1, days);
    }
}

/// The units of a stay in a month.
pub(super) fn inpatient(bill: &Bill<'_>, plan: &Plan, period: &Period) -> Units {
    let mut units = Units::default();
    let Some(stay) = bill.stay else { return units };
    units.act(acts::WARD, bill.days);
    let begins = period.month_of(stay.day) == Some(bill.month);
    let Some(problem) = plan.problems.get(stay.problem) else { return units };
    if begins {
        let days = bit(stay.day);
        examine(&mut units, &panels(&[problem]), days);
        if let Some(course) = problem.illness.act {
            perform(&mut units, course, stay.day);
        }
        for drug in infusions(problem) {
            units.under("33", vec![Item::Drug(drug, drug.daily)], drug.points, 1, days);
        }
        units.act(acts::DRIP, days);
    }
    if let Some(drug) = chosen(problem, bill.person.no) {
        let count = bill.days.count_ones();
        let items = vec![Item::Drug(drug, drug.daily)];
        units.under("21", items, drug.points.max(1), count, bill.days);
    }
    units.sorted()
}
