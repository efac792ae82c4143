//! The plans of the bench: every verb by hand, then verbs upon verbs at random, then plans that must fail.

use proptest::sample::{select, subsequence};
use sudare_model::table::Kind;
use sudare_store::compute::{JoinKind, KernelCall, Plan, TableRef};

use super::table::{Maker, columns};

/// A plan and the names of its output columns that hold numbers and of all of them.
struct Made {
    plan: Plan,
    columns: Vec<String>,
    numbers: Vec<String>,
}

pub(super) fn all(tables: &[TableRef], maker: &mut Maker, random: usize) -> Vec<Plan> {
    let mut plans = Vec::new();
    // Tables 0 and 1 are empty.
    for whole in [0, 2, 3].into_iter().filter_map(|number| scan(tables, number)) {
        plans.extend(verbs(&whole));
        plans.push(whole.plan);
    }
    // Odd and even tables differ in their columns, so that an even one joins an odd one.
    for (left, right) in [(0, 1), (0, 3), (2, 1), (2, 3), (3, 2), (4, 5)] {
        plans.extend(joins(tables, left, right).into_iter().flatten().map(|made| made.plan));
    }
    for _ in 0..random {
        plans.extend(at_random(tables, maker).map(|made| made.plan));
    }
    plans.extend(failing(tables));
    plans
}

fn scan(tables: &[TableRef], number: usize) -> Option<Made> {
    let columns = columns(number);
    let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let numbers = columns.iter().filter(|(_, kind)| *kind == Kind::Int64);
    let numbers = numbers.map(|(name, _)| (*name).to_owned()).collect();
    let plan = Plan::Scan { table: tables.get(number)?.clone(), columns: names.clone() };
    Some(Made { plan, columns: names, numbers })
}

fn verbs(whole: &Made) -> Vec<Plan> {
    let reversed: Vec<String> = whole.columns.iter().rev().cloned().collect();
    let mut plans = vec![
        sort(whole.plan.clone(), reversed.clone()),
        sort(whole.plan.clone(), Vec::new()),
        count(whole.plan.clone(), Vec::new()),
        count(whole.plan.clone(), whole.columns.clone()),
        sort(count(whole.plan.clone(), vec!["subject".to_owned()]), vec!["count".to_owned()]),
    ];
    for column in &whole.columns {
        plans.push(count(whole.plan.clone(), vec![column.clone()]));
        plans.push(sort(whole.plan.clone(), vec![column.clone()]));
    }
    if let Plan::Scan { table, .. } = &whole.plan {
        plans.push(Plan::Scan { table: table.clone(), columns: reversed });
        let none = TableRef { schema: table.schema.clone(), files: Vec::new() };
        plans.push(Plan::Scan { table: none, columns: whole.columns.clone() });
    }
    for number in &whole.numbers {
        for kernel in ["bench_even", "bench_keyed"] {
            let mapped = map(whole.plan.clone(), kernel, number);
            plans.push(count(mapped.clone(), vec!["subject".to_owned()]));
            plans.push(mapped);
        }
    }
    plans
}

fn joins(tables: &[TableRef], left: usize, right: usize) -> [Option<Made>; 3] {
    let (a, b) = (left % 2, right % 2);
    let subject = ("subject".to_owned(), "subject".to_owned());
    let code = (format!("code_{a}"), format!("code_{b}"));
    [
        join(tables, left, right, vec![subject.clone()], JoinKind::Inner),
        join(tables, left, right, vec![subject, code.clone()], JoinKind::Inner),
        join(tables, left, right, vec![code], JoinKind::LeftAnti),
    ]
}

fn join(
    tables: &[TableRef],
    left: usize,
    right: usize,
    on: Vec<(String, String)>,
    kind: JoinKind,
) -> Option<Made> {
    let (left, right) = (scan(tables, left)?, scan(tables, right)?);
    let (mut columns, mut numbers) = (left.columns, left.numbers);
    if kind == JoinKind::Inner {
        columns.extend(
            right.columns.into_iter().filter(|name| !on.iter().any(|(_, key)| key == name)),
        );
        numbers.extend(right.numbers);
    }
    let (left, right) = (Box::new(left.plan), Box::new(right.plan));
    Some(Made { plan: Plan::Join { left, right, on, kind }, columns, numbers })
}

/// A scan or a join, some kernels on it, then a sort or a count.
fn at_random(tables: &[TableRef], maker: &mut Maker) -> Option<Made> {
    let even = maker.one(select((0..tables.len()).step_by(2).collect::<Vec<_>>()))?;
    let odd = maker.one(select((1..tables.len()).step_by(2).collect::<Vec<_>>()))?;
    let which = maker.one(0usize..4)?;
    let mut made = match joins(tables, even, odd).into_iter().nth(which) {
        Some(joined) => joined?,
        None => scan(tables, even)?,
    };
    for _ in 0..maker.one(0usize..3)? {
        let Some(number) = made.numbers.first().cloned() else { break };
        if made.columns.iter().any(|name| name == "half") {
            made.plan = map(made.plan, "bench_keyed", &number);
            made.columns = vec!["subject".to_owned(), "keyed".to_owned()];
            made.numbers = vec!["keyed".to_owned()];
        } else {
            made.plan = map(made.plan, "bench_even", &number);
            made.columns.push("half".to_owned());
            made.numbers = vec!["half".to_owned()];
        }
    }
    let some = maker.one(subsequence(made.columns.clone(), 0..=made.columns.len()))?;
    made.plan = match maker.one(0usize..3)? {
        0 => sort(made.plan, some),
        1 => count(made.plan, some),
        _ => sort(count(made.plan, some.clone()), some),
    };
    Some(made)
}

/// Plans that do not fit. The reasons must be told alike.
fn failing(tables: &[TableRef]) -> Vec<Plan> {
    let Some(whole) = scan(tables, 2) else { return Vec::new() };
    let absent = vec!["absent".to_owned()];
    let mut plans = vec![
        sort(whole.plan.clone(), absent.clone()),
        count(whole.plan.clone(), absent.clone()),
        map(whole.plan.clone(), "no_such_kernel", ""),
        map(whole.plan.clone(), "bench_even", "absent"),
        map(whole.plan.clone(), "bench_failing", "project/absent"),
    ];
    if let Plan::Scan { table, .. } = whole.plan {
        plans.push(Plan::Scan { table, columns: absent });
    }
    plans
}

fn sort(input: Plan, by: Vec<String>) -> Plan {
    Plan::Sort { input: Box::new(input), by }
}

fn count(input: Plan, keys: Vec<String>) -> Plan {
    Plan::CountGroups { input: Box::new(input), keys }
}

fn map(input: Plan, kernel: &str, params: &str) -> Plan {
    let call = KernelCall { kernel: kernel.to_owned(), params: params.to_owned() };
    Plan::Map { input: Box::new(input), call }
}
