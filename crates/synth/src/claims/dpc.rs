//! DPC claims of a hospital's stays (RECEIPTD): the group, its diseases, bundled points by stage of the stay, and what
//! was done under them.
//!
//! Records by the names in formats.md 3. Column orders: `RE` as the national database's published view of DPC claims
//! lists it (総括区分, 明細情報数, 検索番号, 仕様年月, 請求情報, 診療科, then kana and 状態 as in medical claims); `BU`, `SB`,
//! `HH`, `GT`, `CD` in the order in which the specification names their fields. Groups are the first six characters of
//! the real ones, the rest and all points were invented.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::payer::{self, Public, bare_name, name, payers};
use super::record::Line;
use super::unit::{Code, Units};
use super::{Bill, Claiming, survey};
use crate::care::{Problem, Visit};
use crate::chunk::{Chunk, Fact, Source};
use crate::codes::SUSPECTED;
use crate::period::digits;

/// What a DPC claim is made from.
pub(super) struct Case<'a> {
    pub(super) bill: &'a Bill<'a>,
    pub(super) stay: &'a Visit,
    pub(super) claiming: &'a Claiming<'a>,
    pub(super) source: &'a Source<'a>,
    /// First and last day of the month.
    pub(super) span: (Day, Day),
}

/// Stages of a stay (入院期間): their last day and the points of a day.
const STAGES: [(i32, u64); 3] = [(6, 2_905), (14, 2_147), (i32::MAX, 1_825)];
/// 医療機関別係数 in ten-thousandths.
pub(super) const COEFFICIENT: u64 = 14_321;

/// 診断群分類 of an illness.
pub(super) fn group(icd10: &str) -> &'static str {
    match icd10 {
        "J189" => "040080xx99x0xx",
        "K358" => "060150xx03xxxx",
        "K802" => "060335xx02000x",
        "S7200" => "160800xx02xxxx",
        "C189" => "060035xx99x5xx",
        "C169" => "060020xx99x5xx",
        "I209" => "050050xx99100x",
        "I509" => "050130xx9900xx",
        "I639" => "010060x2990401",
        _ => "180040xx99x0xx",
    }
}

/// Writes the claim behind `RE,<number>`; returns payers and points.
pub(super) fn write(
    chunk: &mut Chunk,
    case: &Case<'_>,
    units: Units,
    problems: &[&Problem],
    public: &Public,
) -> (u64, u64) {
    let (paid, bundled) = units.split();
    let stages = stages(case);
    let sum: u64 = stages.iter().map(|(_, points, days)| points * days).sum();
    let whole = (sum * COEFFICIENT + 5_000) / 10_000;
    let points = whole + paid.points();
    head(chunk, case.bill, public, case.claiming);
    let payers = payers(&mut chunk.claims, case.bill, public, points);
    diagnosis(chunk, case, problems);
    decisive(chunk, case, &paid);
    bundle(chunk, case, &stages, (sum, whole));
    paid.write(chunk, case.bill, case.source, public, case.claiming.period);
    coded(chunk, case, &bundled);
    survey::merged(chunk, case, [&bundled, &paid]);
    survey::daily(chunk, case, &stages);
    if case.stay.discharge.is_some_and(|day| day <= case.span.1) {
        survey::form(chunk, case, problems, &paid);
    }
    (payers, points)
}

/// Number of a stage, points of a day, days in this month.
fn stages(case: &Case<'_>) -> Vec<(usize, u64, u64)> {
    let mut list: Vec<(usize, u64, u64)> = Vec::new();
    for offset in (0..31).filter(|offset| case.bill.days & (1 << offset) != 0) {
        let stayed = case.span.0.plus(offset).epoch_days() - case.stay.day.epoch_days();
        let stage = STAGES.iter().position(|(last, _)| stayed < *last).unwrap_or_default();
        let points = STAGES.get(stage).map_or(0, |one| one.1);
        match list.last_mut().filter(|last| last.0 == stage + 1) {
            Some(last) => last.2 += 1,
            None => list.push((stage + 1, points, 1)),
        }
    }
    list
}

fn head(chunk: &mut Chunk, bill: &Bill<'_>, public: &Public, claiming: &Claiming<'_>) {
    let written = bill.written;
    let (year, month) = claiming.period.month(bill.month);
    let mut line = Line::rest(&mut chunk.claims, 2, 30);
    line.text(&payer::kind('1', true, bill.age, written, public));
    line.text(&format!("{year:04}{month:02}")).text(&name(bill.provider, written, bill.person.no));
    line.text(if written.male { "1" } else { "2" }).text(&digits(written.birth));
    line.skip_to(8).text(&bill.stay.map(|one| digits(one.day)).unwrap_or_default());
    line.skip_to(11).text(if bill.age >= 70 { "29" } else { "" });
    line.skip_to(13).text(&written.number).skip_to(18).text("0").text("0");
    line.skip_to(23).text("01");
    if bill.provider.habits.claim_kana {
        line.skip_to(28).text(&bare_name(written));
    }
    line.end();
}

/// BU and SB.
fn diagnosis(chunk: &mut Chunk, case: &Case<'_>, problems: &[&Problem]) {
    let Some(main) = case.claiming.plan.problems.get(case.stay.problem) else { return };
    let end = case.stay.discharge.filter(|day| *day <= case.span.1);
    let died = end.is_some() && case.claiming.person.death == end;
    let outcome = match (end, died) {
        (_, true) => "6",
        (Some(_), false) => "2",
        (None, false) => "",
    };
    let mut line = Line::new(&mut chunk.claims, "BU", 6);
    line.text(group(main.illness.icd10)).text(&digits(case.stay.day));
    line.text(&end.map(digits).unwrap_or_default()).text(outcome).end();
    if let (Some(day), true) = (end, died) {
        let fact = Fact { kind: "death", day, system: None, code: "", value: "", unit: "" };
        chunk.fact(case.source, &fact);
    }
    for part in ["11", "21", "22"] {
        disease(chunk, case, main, part);
    }
    for other in problems.iter().filter(|one| one.illness.claim != main.illness.claim).take(4) {
        disease(chunk, case, other, "31");
    }
}

fn disease(chunk: &mut Chunk, case: &Case<'_>, problem: &Problem, part: &str) {
    let mut line = Line::new(&mut chunk.claims, "SB", 8);
    line.text(problem.illness.claim).text(if problem.suspected { SUSPECTED.0 } else { "" });
    line.text("").text(problem.illness.icd10).text(part).end();
    let fact = Fact {
        kind: "diagnosis",
        day: case.stay.day,
        system: Some(CodeSystem::ClaimDisease),
        code: problem.illness.claim,
        value: if problem.suspected { "suspected" } else { "confirmed" },
        unit: "",
    };
    chunk.fact(case.source, &fact);
}

/// SK: the operations that decided the group.
fn decisive(chunk: &mut Chunk, case: &Case<'_>, paid: &Units) {
    for act in paid.operations() {
        let mut line = Line::new(&mut chunk.claims, "SK", 7);
        line.text(act.code).text("").text(&digits(case.stay.day)).skip_to(6).text(act.name).end();
    }
}

/// HH and GT: the bundled points.
fn bundle(
    chunk: &mut Chunk,
    case: &Case<'_>,
    stages: &[(usize, u64, u64)],
    (sum, whole): (u64, u64),
) {
    let (year, month) = case.claiming.period.month(case.bill.month);
    let month = format!("{year:04}{month:02}");
    for (stage, points, days) in stages {
        let mut line = Line::new(&mut chunk.claims, "HH", 9);
        line.text(&month).text("2").text("1").text("1").text(&stage.to_string());
        line.text(&points.to_string()).text(&days.to_string());
        line.text(&(points * days).to_string()).end();
    }
    let mut line = Line::new(&mut chunk.claims, "GT", 12);
    line.text(&month).text("2").text("1").text("1").text(&sum.to_string());
    line.text(&whole.to_string()).text("").text(&whole.to_string()).text("93").end();
}

/// CD: what was done under the bundle, each on its day.
fn coded(chunk: &mut Chunk, case: &Case<'_>, bundled: &Units) {
    let mut order = 0;
    for (category, code, days) in bundled.codes() {
        order += 1;
        for offset in (0..31).filter(|offset| days & (1 << offset) != 0) {
            let day = case.span.0.plus(offset);
            let mut line = Line::new(&mut chunk.claims, "CD", 11);
            line.text(&digits(day)).text(category).text(&order.to_string()).text("1");
            let (kind, system, code, value) = match code {
                Code::Act(code) => {
                    line.text(code).text("").text("1").text("").text("1");
                    ("procedure", CodeSystem::ClaimProcedure, code, "1".to_owned())
                }
                Code::Drug(code, amount) => {
                    let amount = amount.to_string();
                    line.text(code).text(&amount).text("").text("").text("1");
                    ("drug", CodeSystem::ClaimDrug, code, amount)
                }
                Code::Material(code) => {
                    line.text(code).text("1").text("").text("001").text("1");
                    ("device", CodeSystem::ClaimMaterial, code, "1".to_owned())
                }
            };
            line.end();
            let fact = Fact { kind, day, system: Some(system), code, value: &value, unit: "" };
            chunk.fact(case.source, &fact);
        }
    }
}
