//! D, what is paid by the day of a stay, and H, what nursing it needed day by day.

use sudare_model::time::Day;

use super::super::dpc::{COEFFICIENT, Case, group};
use super::Sheet;
use crate::chunk::{Chunk, Fact};
use crate::dice::{Dice, Purpose, one_in};
use crate::period::digits;

/// 包括評価 of a stage of the stay; the code has the real shape but was invented.
const BUNDLE: (&str, &str) = ("193000110", "診断群分類による包括評価");
/// In a region of more people than this only some stays have lines in H; a bound on the volume.
const PERSONS: u64 = 20_000;
/// The version of the codes of H.
const VERSION: &str = "20240601";
/// Codes of H, how many of their values are filled, and the largest of them.
const NEEDS: [(&str, usize, u32); 2] = [("ASS0013", 3, 1), ("ASS0021", 4, 2)];

/// Writes the lines of a stay in a month; `stages` are number, points of a day, days.
pub(in super::super) fn daily(chunk: &mut Chunk, case: &Case<'_>, stages: &[(usize, u64, u64)]) {
    paid(chunk, case, stages);
    let claiming = case.claiming;
    let some = claiming.person.no.is_multiple_of(one_in(claiming.persons, PERSONS));
    if some || claiming.canary.is_some() {
        needs(chunk, case);
    }
}

/// First day of the stay in the month, and discharge and admission as columns.
fn dates(case: &Case<'_>) -> (Day, [String; 2]) {
    let end = case.stay.discharge.filter(|day| *day <= case.span.1);
    let discharged = end.map_or_else(|| "00000000".to_owned(), digits);
    (case.stay.day.max(case.span.0), [discharged, digits(case.stay.day)])
}

/// D: a line for each stage.
fn paid(chunk: &mut Chunk, case: &Case<'_>, stages: &[(usize, u64, u64)]) {
    let Some(main) = case.claiming.plan.problems.get(case.stay.problem) else { return };
    let mut sheet = Sheet::of(chunk, case, "Dn");
    let (begin, [discharged, admitted]) = dates(case);
    let coefficient = format!("{}.{:04}", COEFFICIENT / 10_000, COEFFICIENT % 10_000);
    let insurer = case.bill.written.insurer.clone();
    let dpc = group(main.illness.icd10);
    let mut day = begin;
    for (stage, points, days) in stages {
        let last = day.plus(i32::try_from(*days).unwrap_or(1) - 1);
        let [order, points, days] = [format!("{stage:04}"), points.to_string(), days.to_string()];
        let [from, to] = [digits(day), digits(last)];
        let (code, name) = BUNDLE;
        sheet.line(&[
            &discharged,
            &admitted,
            "93",
            &order,
            "H930000001",
            code,
            "",
            name,
            &points,
            "0",
            "0",
            "0",
            &days,
            &insurer,
            "1111",
            &from,
            "01",
            "010",
            "D000000001",
            "W000000001",
            "0",
            "1",
            "001",
            &from,
            &to,
            &admitted,
            dpc,
            &coefficient,
        ]);
        let kind = "procedure";
        sheet.fact(&Fact { kind, day, system: None, code, value: &days, unit: "" });
        if day == begin {
            for (code, value) in [("DPC-CODE", dpc), ("DPC-COEFFICIENT", &*coefficient)] {
                let kind = "observation";
                sheet.fact(&Fact { kind, day, system: None, code, value, unit: "" });
            }
        }
        day = last.plus(1);
    }
}

/// H: A項目 and B項目 of each day.
fn needs(chunk: &mut Chunk, case: &Case<'_>) {
    let (begin, [discharged, admitted]) = dates(case);
    let claiming = case.claiming;
    let part = u32::try_from(case.bill.month).unwrap_or_default();
    let mut dice = Dice::new(claiming.seed, Purpose::Survey, claiming.person.no, 1 + part);
    let mut sheet = Sheet::of(chunk, case, "Hn");
    let [facility, number] = sheet.who.clone();
    for offset in 0..i32::try_from(case.bill.days.count_ones()).unwrap_or_default() {
        let day = begin.plus(offset);
        let date = digits(day);
        for (code, filled, most) in NEEDS {
            let values: Vec<String> = (0..20)
                .map(
                    |nth| {
                        if nth < filled { dice.count(0, most).to_string() } else { String::new() }
                    },
                )
                .collect();
            let mut fields = vec![
                facility.as_str(),
                "W000000001",
                &number,
                &discharged,
                &admitted,
                &date,
                code,
                VERSION,
                "0",
            ];
            fields.extend(values.iter().map(String::as_str));
            sheet.put(&fields);
            for (nth, value) in values.iter().enumerate().take(filled) {
                let (kind, code) = ("observation", format!("{code}-{}", nth + 1));
                sheet.fact(&Fact { kind, day, system: None, code: &code, value, unit: "" });
            }
        }
    }
}
