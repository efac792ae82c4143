//! EFg: what was done for outpatients, and their diseases, visit by visit.
//!
//! A hospital sends all its outpatients; here some hundred of them, so that a large region stays handy.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::super::payer::{self, Public};
use super::super::unit::Units;
use super::super::{Bill, Claiming};
use super::{Act, Sheet};
use crate::care::Problem;
use crate::chunk::{Chunk, Fact, Source};
use crate::dice::one_in;
use crate::period::digits;

/// In a region of more people than this only some outpatients are surveyed; a bound on the volume.
const PERSONS: u64 = 2_000;

/// A month of an outpatient.
pub(in super::super) struct Seen<'a> {
    pub(in super::super) bill: &'a Bill<'a>,
    pub(in super::super) claiming: &'a Claiming<'a>,
    pub(in super::super) source: &'a Source<'a>,
    /// First day of the month.
    pub(in super::super) first: Day,
}

/// Whether a person is among the outpatients surveyed.
pub(in super::super) fn is_surveyed(claiming: &Claiming<'_>) -> bool {
    let some = claiming.person.no.is_multiple_of(one_in(claiming.persons, PERSONS));
    some || claiming.canary.is_some()
}

/// Writes the acts of each visit, and the diseases on the first.
pub(in super::super) fn outpatient(
    chunk: &mut Chunk,
    seen: &Seen<'_>,
    units: &Units,
    problems: &[&Problem],
    public: &Public,
) {
    let Seen { bill, claiming, source, first } = *seen;
    let mut sheet = Sheet::new(chunk, (bill, claiming, source), "EFg");
    let sex = if bill.written.male { '1' } else { '2' };
    let kind = payer::kind('1', false, bill.age, bill.written, public);
    let birth = digits(bill.written.birth);
    let days = (0..31).filter(|offset| bill.days & (1 << offset) != 0);
    for (nth, offset) in days.enumerate() {
        let day = first.plus(offset);
        let dates = [birth.clone(), digits(day)];
        if nth == 0 {
            for (nth, problem) in problems.iter().enumerate() {
                disease(&mut sheet, (problem, nth), (&dates, sex, &kind), day);
            }
        }
        let marks = format!("00{sex}0000");
        for (order, group) in units.groups().enumerate() {
            if group.days & (1 << offset) == 0 {
                continue;
            }
            let act = Act {
                order: &format!("{:04}", order + 1),
                category: group.category,
                day,
                dates: &dates,
                marks: &marks,
                times: (group.count / group.days.count_ones().max(1)).max(1),
                ends: [&kind, "0"],
            };
            act.lines(&mut sheet, &group);
        }
    }
    let code = "outpatient";
    for offset in (0..31).filter(|offset| bill.days & (1 << offset) != 0) {
        let day = first.plus(offset);
        sheet.fact(&Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
    }
}

/// A line of a disease (データ区分 SY): outcome and main disease are marks of column 17. The modifier of a suspicion has
/// no column.
fn disease(
    sheet: &mut Sheet<'_>,
    (problem, nth): (&Problem, usize),
    (dates, sex, kind): (&[String; 2], char, &str),
    day: Day,
) {
    let illness = problem.illness;
    let main = if nth == 0 { '1' } else { '0' };
    let marks = format!("00{sex}{}{main}00", problem.outcome);
    let (order, date) = (format!("{:04}", nth + 1), digits(day));
    let [birth, visit] = dates;
    let insurer = sheet.bill.written.insurer.clone();
    sheet.line(&[
        birth,
        visit,
        "SY",
        &order,
        "000",
        &format!("B{}", illness.claim),
        illness.claim,
        "",
        illness.name,
        "0",
        "000",
        "0",
        "0",
        "0",
        &marks,
        "0",
        "0",
        "0",
        "1",
        &insurer,
        kind,
        &date,
        "01",
        "010",
        "D000000001",
        "",
        "0",
        "0",
        "001",
    ]);
    let system = Some(CodeSystem::ClaimDisease);
    let code = illness.claim;
    sheet.fact(&Fact { kind: "diagnosis", day, system, code, value: "", unit: "" });
}
