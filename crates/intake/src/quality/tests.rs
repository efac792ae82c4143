//! Counts beside plain counts over the same rows.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sudare_model::table::{HEAD, Kind, Table};
use sudare_model::time::Day;
use sudare_model::{DeliveryId, ProviderId, SubjectKey, Tracks};

use super::repeats::Repeats;
use super::*;
use crate::columns::{Batches, Origin, column, table};
use crate::outcome::Context;

const VISIT: usize = table("visit_occurrence");
const START: usize = column(VISIT, "visit_start_date", Kind::Date);
const END: usize = column(VISIT, "visit_end_date", Kind::Date);
const DEPARTMENT: usize = column(VISIT, "department_source_value", Kind::Code);
const PERSON: usize = table("person");
const YEAR: usize = column(PERSON, "year_of_birth", Kind::Int32);
const MONTH: usize = column(PERSON, "month_of_birth", Kind::Int32);
const DEATH: usize = table("death");
const DIED: usize = column(DEATH, "death_date", Kind::Date);

type Content = Vec<(&'static Table, arrow::record_batch::RecordBatch)>;

/// A visit of a patient: start, end, department.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Visit(u8, Option<i32>, Option<i32>, Option<u8>);

/// One patient unit: visits of patients who were all born in one month and died on one day.
#[derive(Debug, Clone)]
struct Unit {
    visits: Vec<Visit>,
    birth: Option<(i32, i32)>,
    death: Option<i32>,
}

fn content(unit: &Unit) -> Content {
    let context = Context {
        provider: ProviderId::parse("h").unwrap(),
        delivery: DeliveryId::parse("d").unwrap(),
    };
    let mut batches = Batches::new(&context, 32810);
    let origin = |patient: u8, record_no| Origin {
        subject: SubjectKey::from_bytes([patient; 16]),
        tracks: Tracks::BOTH,
        file_no: 0,
        record_no,
    };
    let patients: BTreeSet<u8> = unit.visits.iter().map(|visit| visit.0).collect();
    for patient in patients {
        if let Some((year, month)) = unit.birth {
            let rows = batches.rows(PERSON).begin(&origin(patient, 0));
            rows.int(YEAR, Some(year)).int(MONTH, Some(month));
        }
        if let Some(day) = unit.death {
            batches
                .rows(DEATH)
                .begin(&origin(patient, 0))
                .date(DIED, Some(Day::from_epoch_days(day)));
        }
    }
    for (at, Visit(patient, start, end, department)) in (1..).zip(&unit.visits) {
        let day = |day: &Option<i32>| day.map(Day::from_epoch_days);
        let rows = batches.rows(VISIT).begin(&origin(*patient, at));
        rows.key(HEAD.len(), i64::from(at)).date(START, day(start)).date(END, day(end));
        rows.text(DEPARTMENT, &department.map(|it| it.to_string()).unwrap_or_default());
    }
    batches.finish().0
}

fn received() -> Day {
    Day::from_ymd(2024, 7, 1).unwrap()
}

fn measured(units: &[&Unit]) -> Vec<TableQuality> {
    let mut measure = Measure::new(received());
    for unit in units {
        measure.add("uke", &content(unit));
    }
    measure.finish().1
}

fn visits(tables: &[TableQuality]) -> TableQuality {
    tables.iter().find(|one| one.table == "visit_occurrence").cloned().unwrap_or_default()
}

fn units() -> impl Strategy<Value = Vec<Unit>> {
    let day = || prop::option::weighted(0.9, -30_000..30_000i32);
    let visit = (0..3u8, day(), day(), prop::option::of(0..2u8));
    let visits = prop::collection::vec(visit.prop_map(|(a, b, c, d)| Visit(a, b, c, d)), 0..12);
    let repeated = visits.prop_map(|mut visits| {
        visits.extend(visits.clone().into_iter().step_by(3));
        visits
    });
    let birth = prop::option::of((1900..2024, 1..13));
    let unit =
        (repeated, birth, day()).prop_map(|(visits, birth, death)| Unit { visits, birth, death });
    prop::collection::vec(unit, 1..6)
}

fn months(day: i32) -> (i32, i32) {
    let (year, month, _) = Day::from_epoch_days(day).ymd();
    (year, i32::try_from(month).unwrap())
}

/// Rows of which a doubt could be checked, and those found, as a plain reading of the rows has it.
fn plainly(units: &[Unit], doubt: Doubt) -> Checked {
    let first = Day::from_ymd(1924, 7, 1).unwrap().epoch_days();
    let last = received().epoch_days();
    let mut checked = Checked::default();
    for unit in units {
        for Visit(_, start, end, _) in &unit.visits {
            let Some(start) = *start else { continue };
            let found = match doubt {
                Doubt::BeforeBirth => unit.birth.map(|birth| months(start) < birth),
                Doubt::AfterDeath => unit.death.map(|death| months(start) > months(death)),
                Doubt::AfterReceipt => Some(start > last),
                Doubt::LongAgo => Some(start < first),
                Doubt::EndBeforeStart => end.map(|end| end < start),
            };
            if let Some(found) = found {
                checked.rows += 1;
                checked.found += u64::from(found);
            }
        }
    }
    checked
}

proptest! {
    #[test]
    fn counts_are_those_of_a_plain_count_and_the_order_of_units_is_nothing(units in units()) {
        let tables = measured(&units.iter().collect::<Vec<_>>());
        prop_assert_eq!(&tables, &measured(&units.iter().rev().collect::<Vec<_>>()));
        let table = visits(&tables);
        let all: Vec<&Visit> = units.iter().flat_map(|unit| &unit.visits).collect();
        prop_assert_eq!(table.rows, all.len() as u64);
        let filled = |name: &str| table.filled.get(name).map_or(0, |filled| filled.rows);
        prop_assert_eq!(filled("visit_start_date"), all.iter().filter(|v| v.1.is_some()).count() as u64);
        let departments = all.iter().filter(|v| v.3.is_some()).count() as u64;
        prop_assert_eq!(filled("department_source_value"), departments);
        for doubt in Doubt::ALL {
            let found = table.doubts.get(doubt.word()).copied().unwrap_or_default();
            prop_assert_eq!(found, plainly(&units, doubt), "{}", doubt.word());
        }
        let outside = [Doubt::AfterReceipt, Doubt::LongAgo];
        let outside: u64 = outside.iter().map(|doubt| plainly(&units, *doubt).found).sum();
        let within: u64 = table.months.values().sum();
        prop_assert_eq!(within + outside, all.iter().filter(|v| v.1.is_some()).count() as u64);
        let distinct: BTreeSet<&Visit> = all.iter().copied().collect();
        prop_assert_eq!(table.repeated.rows, all.len() as u64);
        prop_assert_eq!(table.repeated.found, (all.len() - distinct.len()) as u64);
    }

    #[test]
    fn a_sample_of_repetitions_is_bounded_and_does_not_depend_on_order(
        rows in prop::collection::vec(0..400u64, 0..2000)
    ) {
        let hash = |row: &u64| row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let count = |rows: &mut dyn Iterator<Item = &u64>| {
            let mut repeats = Repeats::keeping(64);
            rows.for_each(|row| repeats.add(0, hash(row)));
            repeats.by_table().get(&0).copied().unwrap_or_default()
        };
        let forwards = count(&mut rows.iter());
        prop_assert_eq!(forwards, count(&mut rows.iter().rev()));
        prop_assert!(forwards.rows - forwards.found <= 64);
    }
}

fn delivery(name: &str, visits: usize, department: bool) -> Quality {
    let visit = |at: usize| {
        Visit(0, Some(19_000 + i32::try_from(at).unwrap()), None, department.then_some(1))
    };
    let unit = Unit { visits: (0..visits).map(visit).collect(), birth: None, death: None };
    let mut measure = Measure::new(received());
    measure.add("uke", &content(&unit));
    let ids = (ProviderId::parse("h").unwrap(), DeliveryId::parse(name).unwrap());
    let found = if department { 1 } else { 50 };
    let findings = [("warning", "FILE-EMPTY", found)].into_iter();
    Quality::new((&ids.0, &ids.1), measure, Conformance::of(1000, findings), false)
}

fn codes(quality: &Quality) -> Vec<&str> {
    quality.remarks.iter().map(|one| one.code.as_str()).collect()
}

#[test]
fn what_drops_or_rises_suddenly_is_told_and_a_correction_is_nobodys_measure() {
    let first = delivery("d1", 100, true).beside(&[]);
    assert_eq!(codes(&first), Vec::<&str>::new());
    let second = delivery("d2", 50, false).beside(std::slice::from_ref(&first));
    assert_eq!(codes(&second), ["rows-drop", "filled-drop", "findings-rise"]);
    assert!(second.remarks.iter().all(|one| !one.japanese.is_empty()));
    assert_eq!((second.earlier[0].as_str(), second.beside[0].usual), ("d1", 100.0));
    assert_eq!(
        codes(&delivery("d3", 60, true).beside(std::slice::from_ref(&first))),
        Vec::<&str>::new()
    );
    let correction = Quality { correction: true, ..delivery("d4", 3, true) };
    let correction = correction.beside(std::slice::from_ref(&first));
    assert_eq!(codes(&correction), Vec::<&str>::new());
    assert!(delivery("d5", 100, true).beside(&[correction]).beside.is_empty());
    // What is written reads back.
    let json = serde_json::to_string(&second).unwrap();
    assert_eq!(serde_json::from_str::<Quality>(&json).unwrap(), second);
}

#[test]
fn a_table_that_no_longer_comes_is_told() {
    let first = delivery("d1", 30, true);
    let mut none = Measure::new(received());
    none.add("uke", &[]);
    let ids = (ProviderId::parse("h").unwrap(), DeliveryId::parse("d2").unwrap());
    let second = Quality::new((&ids.0, &ids.1), none, Conformance::default(), false);
    assert_eq!(codes(&second.beside(&[first])), ["rows-drop"]);
}
