//! DPC survey files (formats.md 6): 様式1 of every stay that ended; EF, what was done in it day by day; D and H beside it
//! (`daily`); EF of some outpatients (`outpatient`).
//!
//! The patient number is the データ識別番号: the hospital's own has ten digits. Tab separated, Shift_JIS, CRLF. Of 様式1
//! only the codes are written whose values the notes name.

mod daily;
mod outpatient;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::dpc::Case;
use super::unit::{Code, Group, Units};
use super::{Bill, Claiming};
use crate::body::Body;
use crate::care::Problem;
use crate::charset::push_cp932;
use crate::chunk::{Chunk, Fact, Source};
use crate::period::digits;
pub(super) use daily::daily;
pub(super) use outpatient::{Seen, is_surveyed, outpatient};

/// The version of the codes of 様式1.
const VERSION: &str = "20240601";

/// The K code of an operation.
fn k_code(claim: &str) -> &'static str {
    match claim {
        "150181610" => "K7181",
        "150049510" => "K0811",
        "150254110" => "K6722",
        "150016810" => "K0442",
        _ => "K0001",
    }
}

/// A file of a month, open for lines.
struct Sheet<'a> {
    chunk: &'a mut Chunk,
    bill: &'a Bill<'a>,
    source: &'a Source<'a>,
    /// Below the provider's folder.
    name: String,
    /// 施設コード and データ識別番号.
    who: [String; 2],
}

impl<'a> Sheet<'a> {
    fn new(
        chunk: &'a mut Chunk,
        (bill, claiming, source): (&'a Bill<'a>, &Claiming<'_>, &'a Source<'a>),
        kind: &str,
    ) -> Self {
        let provider = bill.provider;
        let facility = format!("{}{}", super::kind::prefecture(), provider.code);
        let (year, month) = claiming.period.month(bill.month);
        let name = format!("dpc/{kind}_{facility}_{:02}{month:02}.txt", year % 100);
        Self { chunk, bill, source, name, who: [facility, bill.written.number.clone()] }
    }

    fn of(chunk: &'a mut Chunk, case: &'a Case<'a>, kind: &str) -> Self {
        Self::new(chunk, (case.bill, case.claiming, case.source), kind)
    }

    fn line(&mut self, fields: &[&str]) {
        let [facility, number] = self.who.clone();
        self.put(&[&[facility.as_str(), &number], fields].concat());
    }

    /// A line of all its columns.
    fn put(&mut self, fields: &[&str]) {
        let lines = self.chunk.lines.entry((self.source.provider, self.name.clone()));
        let out = lines.or_default();
        for (nth, field) in fields.iter().enumerate() {
            if nth > 0 {
                out.push(b'\t');
            }
            push_cp932(out, field);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn fact(&mut self, fact: &Fact<'_>) {
        let file = format!("deliveries/{}/{}", self.source.provider_id, self.name);
        self.chunk.fact(&Source { file: &file, also: None, ..*self.source }, fact);
    }

    /// A line of 様式1: a code, its serial number, values by their number.
    fn values(&mut self, (code, serial): (&str, usize), values: &[(usize, &str)]) {
        let admitted = self.bill.stay.map(|one| digits(one.day)).unwrap_or_default();
        let serial = serial.to_string();
        let mut fields = vec![admitted.as_str(), "0", "0", code, VERSION, serial.as_str()];
        for number in 1..=9 {
            fields.push(values.iter().find(|one| one.0 == number).map_or("", |one| one.1));
        }
        self.line(&fields);
    }
}

/// 様式1 of a stay, in the month of its discharge.
pub(super) fn form(chunk: &mut Chunk, case: &Case<'_>, problems: &[&Problem], paid: &Units) {
    let Some(main) = case.claiming.plan.problems.get(case.stay.problem) else { return };
    let Some(end) = case.stay.discharge else { return };
    let mut sheet = Sheet::of(chunk, case, "FF1");
    let (admitted, discharged) = (digits(case.stay.day), digits(end));
    let written = case.bill.written;
    let birth = digits(written.birth);
    let sex = if written.male { "1" } else { "2" };
    sheet.values(("A000010", 0), &[(1, &birth), (2, sex), (3, &written.postal)]);
    let urgent = if main.since >= case.stay.day.plus(-2) { "300" } else { "100" };
    let entry =
        [(1, admitted.as_str()), (2, "1"), (3, "0"), (4, "1"), (5, urgent), (6, "0"), (7, "0")];
    sheet.values(("A000020", 0), &entry);
    let died = case.claiming.person.death == Some(end);
    let (to, outcome) = if died { ("7", "6") } else { ("1", "2") };
    sheet.values(("A000030", 0), &[(1, &discharged), (2, to), (3, outcome), (4, "0"), (5, "0")]);
    sheet.values(("A000040", 0), &[(2, "010"), (3, "0")]);
    if let Some(canary) = case.claiming.canary {
        // 再入院: why, in words.
        sheet.values(("A000080", 0), &[(2, "2"), (3, "1"), (9, &canary.note())]);
    }
    sizes(&mut sheet, case, end);
    diseases(&mut sheet, main, (problems, case.stay.day));
    for (nth, act) in paid.operations().enumerate() {
        let code = k_code(act.code);
        let operation = [(1, admitted.as_str()), (2, code), (4, "1"), (6, "1"), (9, act.name)];
        sheet.values(("A007010", nth + 1), &operation);
        let day = case.stay.day;
        let fact = Fact { kind: "procedure", day, system: None, code, value: "1", unit: "" };
        sheet.fact(&fact);
    }
    let code = "stay";
    let day = case.stay.day;
    sheet.fact(&Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
    if died {
        sheet.fact(&Fact { kind: "death", day: end, system: None, code: "", value: "", unit: "" });
    }
}

/// Height, and weight at admission and discharge.
fn sizes(sheet: &mut Sheet<'_>, case: &Case<'_>, end: Day) {
    let claiming = case.claiming;
    let (seed, period, person, plan) =
        (claiming.seed, claiming.period, claiming.person, claiming.plan);
    let [height, weight] = Body { seed, period, person, plan }.measures();
    let [height, weight, later] =
        [format!("{height:.0}"), format!("{weight:.1}"), format!("{:.1}", weight - 0.8)];
    sheet.values(("A001010", 0), &[(2, &height), (3, &weight), (4, &later)]);
    let day = case.stay.day;
    for (code, value, unit, day) in [
        ("A001010-2", &height, "cm", day),
        ("A001010-3", &weight, "kg", day),
        ("A001010-4", &later, "kg", end),
    ] {
        sheet.fact(&Fact { kind: "lab", day, system: None, code, value, unit });
    }
}

/// 主傷病, 入院契機, 医療資源最投入, 併存症.
fn diseases(sheet: &mut Sheet<'_>, main: &Problem, (problems, day): (&[&Problem], Day)) {
    let others = problems.iter().filter(|one| one.illness.claim != main.illness.claim).take(4);
    let named = ["A006010", "A006020", "A006030"].map(|code| (code, 0, main));
    let beside = others.enumerate().map(|(nth, one)| ("A006040", nth + 1, *one));
    for (code, serial, problem) in named.into_iter().chain(beside) {
        let illness = problem.illness;
        let modifier = if problem.suspected { crate::codes::SUSPECTED.0 } else { "" };
        let values = [(2, illness.icd10), (4, illness.claim), (5, modifier), (9, illness.name)];
        sheet.values((code, serial), &values);
        let fact = Fact {
            kind: "diagnosis",
            day,
            system: Some(CodeSystem::ClaimDisease),
            code: illness.claim,
            value: if problem.suspected { "suspected" } else { "confirmed" },
            unit: "",
        };
        sheet.fact(&fact);
    }
}

/// EFn: each calculation unit and each of its codes on each day.
pub(super) fn merged(chunk: &mut Chunk, case: &Case<'_>, units: [&Units; 2]) {
    let mut sheet = Sheet::of(chunk, case, "EFn");
    let end = case.stay.discharge.filter(|day| *day <= case.span.1);
    let dates = [end.map_or_else(|| "00000000".to_owned(), digits), digits(case.stay.day)];
    let mut order = 0;
    for group in units.into_iter().flat_map(Units::groups) {
        order += 1;
        let order = format!("{order:04}");
        for offset in (0..31).filter(|offset| group.days & (1 << offset) != 0) {
            let day = case.span.0.plus(offset);
            let bundled = !matches!(group.category, "40" | "50");
            let marks = if bundled { "0100000" } else { "0000000" };
            let category = group.category;
            let dates = &dates;
            let ends = ["1111", "1"];
            Act { order: &order, category, day, dates, marks, times: 1, ends }
                .lines(&mut sheet, &group);
        }
    }
}

/// An act of a day while its lines are written.
struct Act<'a> {
    order: &'a str,
    category: &'a str,
    day: Day,
    /// Columns 3 and 4: discharge and admission, or birth and visit.
    dates: &'a [String; 2],
    /// 行為明細区分情報.
    marks: &'a str,
    /// 行為回数.
    times: u32,
    /// レセプト種別 and 入外区分.
    ends: [&'a str; 2],
}

impl Act<'_> {
    /// The line of the act, and one for each of its codes.
    fn lines(&self, sheet: &mut Sheet<'_>, group: &Group) {
        let points = group.points.to_string();
        let Some(first) = group.codes.first().copied() else { return };
        self.line(sheet, "000", first, (&points, ""));
        for (nth, (code, name)) in group.codes.iter().copied().enumerate() {
            self.line(sheet, &format!("{:03}", nth + 1), (code, name), ("0", "0"));
            self.tell(sheet, code);
        }
    }

    /// One line; `detail` is the points of the detail, empty in the line of the act itself.
    fn line(
        &self,
        sheet: &mut Sheet<'_>,
        number: &str,
        (code, name): (Code, &str),
        (points, detail): (&str, &str),
    ) {
        let (claim, amount, unit) = match code {
            Code::Act(code) => (code, "0".to_owned(), "000"),
            Code::Drug(code, amount) => (code, amount.to_string(), "016"),
            Code::Material(code) => (code, "1".to_owned(), "001"),
        };
        let whole = detail.is_empty();
        let amount = if whole { "0".to_owned() } else { amount };
        let (own, date, times) = (format!("H{claim}"), digits(self.day), self.times.to_string());
        let insurer = sheet.bill.written.insurer.clone();
        let [one, two] = self.dates;
        // 行為点数 or, of drugs and materials, 薬剤料 or 材料料; yen or points, here points.
        let [act, drug, material] = match code {
            Code::Act(_) => [points, "0", "0"],
            Code::Drug(..) => ["0", points, "0"],
            Code::Material(_) => ["0", "0", points],
        };
        let detail = if whole { "0" } else { detail };
        let [kind, side] = self.ends;
        let (order, category, marks) = (self.order, self.category, self.marks);
        let ward = if side == "1" { "W000000001" } else { "" };
        sheet.line(&[
            one,
            two,
            category,
            order,
            number,
            &own,
            claim,
            "",
            name,
            &amount,
            unit,
            detail,
            "0",
            points,
            marks,
            act,
            drug,
            material,
            &times,
            &insurer,
            kind,
            &date,
            "01",
            "010",
            "D000000001",
            ward,
            "0",
            side,
            "001",
        ]);
    }

    fn tell(&self, sheet: &mut Sheet<'_>, code: Code) {
        let times = self.times;
        let (kind, system, code, value) = match code {
            Code::Act(code) => ("procedure", CodeSystem::ClaimProcedure, code, times),
            Code::Drug(code, amount) => ("drug", CodeSystem::ClaimDrug, code, amount * times),
            Code::Material(code) => ("device", CodeSystem::ClaimMaterial, code, times),
        };
        let (system, value) = (Some(system), value.to_string());
        sheet.fact(&Fact { kind, day: self.day, system, code, value: &value, unit: "" });
    }
}
