//! Persons of a cohort: what is said of each, merged to one.

use arrow::array::{Array, FixedSizeBinaryArray, Int32Array};
use sudare_store::compute::KernelError;

use crate::kernel::gate::SUBJECT;
use crate::risk::{Quasi, Sizes, Step, Tuple};

/// What one row of the person table says. Zero is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Statement {
    pub(super) person: [u8; 16],
    pub(super) sex: u32,
    /// Year and month as one number, year * 16 + month.
    pub(super) birth: u32,
    pub(super) area: u32,
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statement(..)")
    }
}

/// A person of the cohort.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) id: [u8; 16],
    pub(super) tuple: Tuple,
    pub(super) month: u32,
    /// The group of the person over earlier releases, 0 for who was in none.
    pub(super) group: u32,
    /// Position of the person's class; `None` if the person is left out.
    pub(super) class: Option<u32>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(..)")
    }
}

pub(super) fn masked(mut tuple: Tuple, stated: [bool; Quasi::COUNT]) -> Tuple {
    for (slot, stated) in tuple.iter_mut().zip(stated) {
        *slot = if stated { *slot } else { 0 };
    }
    tuple
}

/// The finest that may leave: the oldest as one, the area cut (its lower digits zero, so that
/// coarser steps apply).
pub(super) fn finest_of(
    tuple: Tuple,
    oldest: Option<u32>,
    finest: [Option<Step>; Quasi::COUNT],
) -> Tuple {
    let [sex, year, area] = tuple;
    let year = match oldest {
        Some(oldest) if year > 0 => year.max(oldest),
        _ => year,
    };
    let [sex_step, year_step, area_step] = finest;
    let area = match area_step {
        Some(Step::Digits(digits)) if area > 0 => {
            let cut = 10u32.pow(7u32.saturating_sub(digits));
            (area - 1) / cut * cut + 1
        }
        Some(Step::Any) => 0,
        _ => area,
    };
    let told = |step: Option<Step>, value: u32| if step == Some(Step::Any) { 0 } else { value };
    [told(sex_step, sex), told(year_step, year), area]
}

pub(super) fn sizes(tuples: impl Iterator<Item = Tuple>) -> Sizes {
    let mut all: Vec<Tuple> = tuples.collect();
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b);
    Sizes::of(runs.map(|run| u64::try_from(run.len()).unwrap_or_default()))
}

/// One person of each run of statements: for each part what most statements say, of equals the
/// smallest.
pub(super) fn merged(mut statements: Vec<Statement>) -> Vec<Person> {
    statements.sort_unstable();
    let mut scratch = Vec::new();
    let one = |run: &[Statement]| {
        let birth = most(&mut scratch, run.iter().map(|one| one.birth));
        let sex = most(&mut scratch, run.iter().map(|one| one.sex));
        let area = most(&mut scratch, run.iter().map(|one| one.area));
        let id = run.first().map_or([0; 16], |one| one.person);
        Person { id, tuple: [sex, birth / 16, area], month: birth % 16, group: 0, class: None }
    };
    statements.chunk_by(|a, b| a.person == b.person).map(one).collect()
}

fn most(scratch: &mut Vec<u32>, values: impl Iterator<Item = u32>) -> u32 {
    scratch.clear();
    scratch.extend(values.filter(|value| *value > 0));
    scratch.sort_unstable();
    let runs = scratch.chunk_by(|a, b| a == b);
    let longest = runs.rev().max_by_key(|run| run.len());
    longest.and_then(|run| run.first()).copied().unwrap_or(0)
}

pub(super) fn numbered(
    mut links: Vec<([u8; 16], [u8; 16])>,
    people: &[Person],
) -> Vec<([u8; 16], u32)> {
    links.sort_unstable();
    links.dedup();
    let find = |(subject, person): ([u8; 16], [u8; 16])| {
        let at = people.binary_search_by(|one| one.id.cmp(&person)).ok()?;
        Some((subject, u32::try_from(at).ok()?))
    };
    links.into_iter().filter_map(find).collect()
}

pub(super) fn sixteen(array: &FixedSizeBinaryArray, row: usize) -> Result<[u8; 16], KernelError> {
    array.value(row).try_into().map_err(|_| KernelError::Column(SUBJECT.to_owned()))
}

pub(super) fn part(numbers: &Int32Array, row: usize) -> u32 {
    if numbers.is_null(row) { 0 } else { u32::try_from(numbers.value(row)).unwrap_or_default() }
}

pub(super) fn sex(code: &str) -> u32 {
    match code {
        "M" => 1,
        "F" => 2,
        "O" => 3,
        _ => 0,
    }
}

/// Seven digits as a number and one; anything else is unknown.
pub(super) fn area(code: &str) -> u32 {
    if code.len() == 7 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        code.parse::<u32>().map_or(0, |number| number + 1)
    } else {
        0
    }
}
