//! The cohort: the persons of a dataset, one each, and which of them stay.
//!
//! What it is for: merging what several providers say of a person, measuring classes, deciding who
//! is left out, and writing the released person table. What it is not for: events. It works in the
//! core zone on linked data, and its table is the record that R-ANON-08 asks for; it holds no id of
//! the release (R-ANON-03). Start reading at [`CohortBuilder`].

use std::collections::BTreeMap;

use arrow::array::{Array, FixedSizeBinaryArray, Int32Array, RecordBatch, UInt8Array};
use arrow::datatypes::DataType;
use sudare_model::{Track, Tracks};
use sudare_store::compute::KernelError;

use crate::kernel::code::Codes;
use crate::kernel::gate::{SUBJECT, TRACKS, column, keys};
use crate::plan::LINK_PERSON;
use crate::policy::Policy;
use crate::risk::{Choice, Classes, Generaliser, Quasi, RiskError, Sizes, Step, Tuple};

mod table;

pub use table::COHORT_CLASS;

/// Takes the rows of [`crate::plan::people`] and [`crate::plan::links`].
#[derive(Debug)]
pub struct CohortBuilder {
    track: Track,
    statements: Vec<Statement>,
    links: Vec<([u8; 16], [u8; 16])>,
}

/// What one row of the person table says. Zero is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    person: [u8; 16],
    sex: u32,
    /// Year and month as one number, year * 16 + month.
    birth: u32,
    area: u32,
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statement(..)")
    }
}

/// A person of the cohort.
#[derive(Clone, Copy)]
struct Person {
    id: [u8; 16],
    tuple: Tuple,
    month: u32,
    /// Position of the person's class; `None` if the person is left out.
    class: Option<u32>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(..)")
    }
}

/// Why there is no cohort.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// The risk cannot be met.
    #[error(transparent)]
    Risk(#[from] RiskError),
    /// A generaliser gave a class below k: a fault of the program, and nothing is released on it.
    #[error("the generaliser `{0}` left a class below k")]
    BelowK(&'static str),
    /// There is nobody on this track.
    #[error("no person was received under the track `{0}`")]
    Nobody(Track),
    /// Two persons would have one id, or a key is not held.
    #[error("person ids could not be made")]
    Ids,
}

/// The persons of a dataset.
#[derive(Debug)]
pub struct Cohort {
    people: Vec<Person>,
    links: Vec<([u8; 16], u32)>,
    track: Track,
    /// What was measured and decided.
    pub risk: Risk,
}

/// What was measured of the persons, and what was decided on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// Who chose; `none` on the pseudonymised track.
    pub generaliser: &'static str,
    /// Persons received under the track.
    pub persons: u64,
    /// Persons left out to reach k.
    pub suppressed: u64,
    /// The step of each quasi-identifier, in the order of [`Quasi::ALL`].
    pub steps: [Step; Quasi::COUNT],
    /// Information lost on the quasi-identifiers, 0 to 1.
    pub loss: f64,
    /// Class sizes on the quasi-identifiers as received.
    pub before: Sizes,
    /// Class sizes as released.
    pub after: Sizes,
}

impl CohortBuilder {
    /// A builder for a policy's track.
    #[must_use]
    pub const fn new(policy: &Policy) -> Self {
        Self { track: policy.spec.track, statements: Vec::new(), links: Vec::new() }
    }

    /// Takes rows of [`crate::plan::people`]. Rows of the other track are passed over (R-DEF-04).
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn people(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let persons = keys(batch, LINK_PERSON)?;
        let tracks: UInt8Array = column(batch, TRACKS, &DataType::UInt8)?;
        let years: Int32Array = column(batch, "year_of_birth", &DataType::Int32)?;
        let months: Int32Array = column(batch, "month_of_birth", &DataType::Int32)?;
        let sexes = Codes::named(batch, "gender_source_value")?;
        let areas = Codes::named(batch, "postal_code")?;
        for row in 0..batch.num_rows() {
            if tracks.is_null(row) || !Tracks::from_byte(tracks.value(row)).has(self.track) {
                continue;
            }
            self.statements.push(Statement {
                person: sixteen(&persons, row)?,
                sex: sex(sexes.value(sexes.position(row))),
                birth: part(&years, row) * 16 + part(&months, row),
                area: area(areas.value(areas.position(row))),
            });
        }
        Ok(())
    }

    /// Takes rows of [`crate::plan::links`].
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn links(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let subjects = keys(batch, SUBJECT)?;
        let persons = keys(batch, LINK_PERSON)?;
        for row in 0..batch.num_rows() {
            self.links.push((sixteen(&subjects, row)?, sixteen(&persons, row)?));
        }
        Ok(())
    }

    /// Merges, measures, decides.
    ///
    /// # Errors
    /// [`CohortError`] if nobody is there or the risk cannot be met.
    pub fn decide(
        mut self,
        policy: &Policy,
        generaliser: &dyn Generaliser,
    ) -> Result<Cohort, CohortError> {
        let mut people = merged(std::mem::take(&mut self.statements));
        if people.is_empty() {
            return Err(CohortError::Nobody(self.track));
        }
        let ladders = policy.ladders();
        let finest = ladders.clone().map(|ladder| ladder.steps.first().copied());
        let stated = ladders.clone().map(|ladder| ladder.steps.as_slice() != [Step::Any]);
        let before = sizes(people.iter().map(|person| masked(person.tuple, stated)));
        for person in &mut people {
            person.tuple = finest_of(person.tuple, policy.oldest_birth_year, finest);
        }
        let mut classes = Classes::new();
        for person in &people {
            *classes.entry(person.tuple).or_default() += 1;
        }
        let (name, choice) = match policy.goal() {
            None => ("none", unsuppressed(&classes, finest.map(|step| step.unwrap_or(Step::Any)))),
            Some(goal) => {
                let choice = generaliser.choose(&classes, &ladders, &goal)?;
                if choice.classes.values().any(|count| *count < goal.k) {
                    return Err(CohortError::BelowK(generaliser.name()));
                }
                (generaliser.name(), choice)
            }
        };
        let numbers: BTreeMap<Tuple, u32> = choice.classes.keys().copied().zip(0..).collect();
        let mut suppressed = 0;
        for person in &mut people {
            person.tuple = crate::risk::generalise(person.tuple, choice.steps);
            person.class = numbers.get(&person.tuple).copied();
            suppressed += u64::from(person.class.is_none());
        }
        let risk = Risk {
            generaliser: name,
            persons: u64::try_from(people.len()).unwrap_or_default(),
            suppressed,
            steps: choice.steps,
            loss: choice.loss,
            before,
            after: sizes(people.iter().filter(|one| one.class.is_some()).map(|one| one.tuple)),
        };
        let links = numbered(self.links, &people);
        Ok(Cohort { people, links, track: self.track, risk })
    }
}

fn unsuppressed(classes: &Classes, steps: [Step; Quasi::COUNT]) -> Choice {
    let mut released = Classes::new();
    for (tuple, count) in classes {
        *released.entry(crate::risk::generalise(*tuple, steps)).or_default() += count;
    }
    Choice { steps, classes: released, suppressed: 0, loss: 0.0 }
}

fn masked(mut tuple: Tuple, stated: [bool; Quasi::COUNT]) -> Tuple {
    for (slot, stated) in tuple.iter_mut().zip(stated) {
        *slot = if stated { *slot } else { 0 };
    }
    tuple
}

/// The finest that may leave: the oldest as one, the area cut (its lower digits zero, so that
/// coarser steps apply).
fn finest_of(tuple: Tuple, oldest: Option<u32>, finest: [Option<Step>; Quasi::COUNT]) -> Tuple {
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

fn sizes(tuples: impl Iterator<Item = Tuple>) -> Sizes {
    let mut all: Vec<Tuple> = tuples.collect();
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b);
    Sizes::of(runs.map(|run| u64::try_from(run.len()).unwrap_or_default()))
}

/// One person of each run of statements: for each part what most statements say, of equals the
/// smallest.
fn merged(mut statements: Vec<Statement>) -> Vec<Person> {
    statements.sort_unstable();
    let mut scratch = Vec::new();
    let one = |run: &[Statement]| {
        let birth = most(&mut scratch, run.iter().map(|one| one.birth));
        let sex = most(&mut scratch, run.iter().map(|one| one.sex));
        let area = most(&mut scratch, run.iter().map(|one| one.area));
        let id = run.first().map_or([0; 16], |one| one.person);
        Person { id, tuple: [sex, birth / 16, area], month: birth % 16, class: None }
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

fn numbered(mut links: Vec<([u8; 16], [u8; 16])>, people: &[Person]) -> Vec<([u8; 16], u32)> {
    links.sort_unstable();
    links.dedup();
    let find = |(subject, person): ([u8; 16], [u8; 16])| {
        let at = people.binary_search_by(|one| one.id.cmp(&person)).ok()?;
        Some((subject, u32::try_from(at).ok()?))
    };
    links.into_iter().filter_map(find).collect()
}

fn sixteen(array: &FixedSizeBinaryArray, row: usize) -> Result<[u8; 16], KernelError> {
    array.value(row).try_into().map_err(|_| KernelError::Column(SUBJECT.to_owned()))
}

fn part(numbers: &Int32Array, row: usize) -> u32 {
    if numbers.is_null(row) { 0 } else { u32::try_from(numbers.value(row)).unwrap_or_default() }
}

fn sex(code: &str) -> u32 {
    match code {
        "M" => 1,
        "F" => 2,
        "O" => 3,
        _ => 0,
    }
}

/// Seven digits as a number and one; anything else is unknown.
fn area(code: &str) -> u32 {
    if code.len() == 7 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        code.parse::<u32>().map_or(0, |number| number + 1)
    } else {
        0
    }
}
