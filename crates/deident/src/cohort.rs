//! The cohort: the persons of a dataset, one each, and which of them stay.
//!
//! What it is for: merging what several providers say of a person, measuring classes, deciding who
//! is left out, and writing the released person table. What it is not for: events. It works in the
//! core zone on linked data, and its book is the record that R-ANON-08 asks for; neither holds an id
//! of the release (R-ANON-03). Start reading at [`CohortBuilder`].

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, Int32Array, RecordBatch, UInt8Array};
use arrow::datatypes::DataType;
use sudare_model::{Rule, Track, Tracks};
use sudare_store::compute::KernelError;

use crate::earlier::Earlier;
use crate::kernel::code::Codes;
use crate::kernel::gate::{SUBJECT, TRACKS, column, keys};
use crate::plan::LINK_PERSON;
use crate::policy::Policy;
use crate::risk::{Cells, Choice, Generaliser, Goal, Quasi, RiskError, Sizes, Step, Tuple};
use crate::spec::WithEarlier;

mod people;
mod table;

use people::{
    Person, Statement, area, finest_of, masked, merged, numbered, part, sex, sixteen, sizes,
};

/// Takes the rows of [`crate::plan::people`] and [`crate::plan::links`].
#[derive(Debug)]
pub struct CohortBuilder {
    track: Track,
    statements: Vec<Statement>,
    links: Vec<([u8; 16], [u8; 16])>,
    stopped: Vec<[u8; 16]>,
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
    /// Together with earlier releases the dataset would tell fewer than k persons apart.
    #[error(
        "compared with earlier releases of the project fewer than k = {k} persons would be alike; \
            build under a new project, or let `anonymise.earlier_releases` and \
            `anonymise.max_suppression` leave more persons out"
    )]
    Earlier {
        /// The k wanted.
        k: u64,
    },
    /// Two persons would have one id, or a key is not held.
    #[error("person ids could not be made")]
    Ids,
}

impl CohortError {
    /// The rule that refuses.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Earlier { .. } => Rule::EarlierReleases,
            Self::Risk(_) | Self::BelowK(_) | Self::Nobody(_) | Self::Ids => Rule::RiskTooHigh,
        }
    }
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
    /// Persons that providers' patients were linked to.
    pub linked: u64,
    /// Persons of whom nothing is left because they asked to stop.
    pub stopped: u64,
    /// Persons received under the track.
    pub persons: u64,
    /// Persons left out to reach k, on their class alone or on account of earlier releases.
    pub suppressed: u64,
    /// The step of each quasi-identifier, in the order of [`Quasi::ALL`].
    pub steps: [Step; Quasi::COUNT],
    /// Information lost on the quasi-identifiers, 0 to 1.
    pub loss: f64,
    /// Class sizes on the quasi-identifiers as received.
    pub before: Sizes,
    /// Class sizes as released.
    pub after: Sizes,
    /// What earlier releases add; none on the pseudonymised track.
    pub earlier: Option<EarlierRisk>,
}

/// What earlier releases of the project add to what a dataset tells (R-ANON-08).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierRisk {
    /// The releases compared with, oldest first.
    pub releases: Vec<String>,
    /// Releases of the project that could not be compared with.
    pub unread: Vec<String>,
    /// Smallest set of persons of this release who were alike in every earlier one and are in this;
    /// none where nothing was compared.
    pub smallest: Option<u64>,
    /// Persons left out whose class alone would have been large enough.
    pub suppressed: u64,
    /// Persons of earlier releases who are not in this one.
    pub left: u64,
    /// Of those, persons in sets smaller than k: alike in every earlier release and gone now.
    pub left_below_k: u64,
}

impl CohortBuilder {
    /// A builder for a policy's track.
    #[must_use]
    pub const fn new(policy: &Policy) -> Self {
        Self {
            track: policy.spec.track,
            statements: Vec::new(),
            links: Vec::new(),
            stopped: Vec::new(),
        }
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

    /// Takes rows of [`crate::plan::links`] of those who have asked to stop: they are counted and
    /// no more.
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn stopped(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let persons = keys(batch, LINK_PERSON)?;
        for row in 0..batch.num_rows() {
            self.stopped.push(sixteen(&persons, row)?);
        }
        Ok(())
    }

    /// Merges, measures, decides, with earlier releases of the project in mind.
    ///
    /// # Errors
    /// [`CohortError`] if nobody is there or the risk cannot be met.
    pub fn decide(
        mut self,
        policy: &Policy,
        earlier: &Earlier,
        generaliser: &dyn Generaliser,
    ) -> Result<Cohort, CohortError> {
        let mut people = merged(std::mem::take(&mut self.statements));
        if people.is_empty() {
            return Err(CohortError::Nobody(self.track));
        }
        let ladders = policy.ladders();
        let finest = ladders.clone().map(|ladder| ladder.steps.first().copied());
        let stated = ladders.map(|ladder| ladder.steps.as_slice() != [Step::Any]);
        let before = sizes(people.iter().map(|person| masked(person.tuple, stated)));
        let goal = policy.goal();
        for person in &mut people {
            person.tuple = finest_of(person.tuple, policy.oldest_birth_year, finest);
            person.group = if goal.is_some() { earlier.group(&person.id) } else { 0 };
        }
        let (name, choice) = match &goal {
            None => {
                let steps = finest.map(|step| step.unwrap_or(Step::Any));
                ("none", unsuppressed(&cells(&people), steps))
            }
            Some(goal) => {
                let by = Chooser { generaliser, policy, goal, earlier };
                (generaliser.name(), by.choose(&cells(&people))?)
            }
        };
        let suppressed = classed(&mut people, &choice);
        let (linked, stopped) = self.counted(&people);
        let risk = Risk {
            generaliser: name,
            linked,
            stopped,
            persons: u64::try_from(people.len()).unwrap_or_default(),
            suppressed,
            steps: choice.steps,
            loss: choice.loss,
            before,
            after: sizes(people.iter().filter(|one| one.class.is_some()).map(|one| one.tuple)),
            earlier: goal.map(|goal| EarlierRisk::measured(earlier, &people, &choice, goal.k)),
        };
        let links = numbered(self.links, &people);
        Ok(Cohort { people, links, track: self.track, risk })
    }

    /// Persons linked; and persons of them of whom nothing is left since they asked to stop.
    fn counted(&self, people: &[Person]) -> (u64, u64) {
        let all = self.links.iter().map(|(_, person)| *person).chain(self.stopped.iter().copied());
        let linked = distinct(all.collect());
        let nothing =
            |person: &&[u8; 16]| people.binary_search_by(|one| one.id.cmp(person)).is_err();
        (linked, distinct(self.stopped.iter().filter(nothing).copied().collect()))
    }
}

fn distinct(mut ids: Vec<[u8; 16]>) -> u64 {
    ids.sort_unstable();
    ids.dedup();
    u64::try_from(ids.len()).unwrap_or_default()
}

fn cells(people: &[Person]) -> Cells {
    let mut cells = Cells::new();
    for person in people {
        *cells.entry((person.tuple, person.group)).or_default() += 1;
    }
    cells
}

/// Generalises everyone and says who stays in which class. Gives how many do not.
fn classed(people: &mut [Person], choice: &Choice) -> u64 {
    let tuples: BTreeSet<Tuple> = choice.cells.keys().map(|(tuple, _)| *tuple).collect();
    let numbers: BTreeMap<Tuple, u32> = tuples.into_iter().zip(0..).collect();
    let mut suppressed = 0;
    for person in people {
        person.tuple = crate::risk::generalise(person.tuple, choice.steps);
        let stays = choice.cells.contains_key(&(person.tuple, person.group));
        person.class = numbers.get(&person.tuple).copied().filter(|_| stays);
        suppressed += u64::from(person.class.is_none());
    }
    suppressed
}

/// Who picks the generalisation of an anonymised dataset, and with what in mind.
struct Chooser<'a> {
    generaliser: &'a dyn Generaliser,
    policy: &'a Policy,
    goal: &'a Goal,
    earlier: &'a Earlier,
}

impl Chooser<'_> {
    fn choose(&self, cells: &Cells) -> Result<Choice, CohortError> {
        let refuses = self.policy.spec.anonymise.earlier_releases == WithEarlier::Refuse;
        if refuses && !self.earlier.is_empty() {
            return self.alone_or_refused(cells);
        }
        let choice = match self.pick(cells) {
            Err(CohortError::Risk(error)) if !self.earlier.is_empty() => {
                // Whether it is the earlier releases that stand in the way.
                return Err(match self.pick(&alone(cells)) {
                    Ok(_) => CohortError::Earlier { k: self.goal.k },
                    Err(_) => error.into(),
                });
            }
            picked => picked?,
        };
        Ok(choice)
    }

    /// A generalisation chosen as if there were no earlier release, refused where there is harm.
    fn alone_or_refused(&self, cells: &Cells) -> Result<Choice, CohortError> {
        let choice = self.pick(&alone(cells))?;
        let mut parts = Cells::new();
        for ((tuple, group), count) in cells {
            let tuple = crate::risk::generalise(*tuple, choice.steps);
            if choice.cells.contains_key(&(tuple, 0)) {
                *parts.entry((tuple, *group)).or_default() += count;
            }
        }
        if parts.values().any(|count| *count < self.goal.k) {
            return Err(CohortError::Earlier { k: self.goal.k });
        }
        Ok(Choice { cells: parts, ..choice })
    }

    fn pick(&self, cells: &Cells) -> Result<Choice, CohortError> {
        let choice = self.generaliser.choose(cells, &self.policy.ladders(), self.goal)?;
        if choice.cells.values().any(|count| *count < self.goal.k) {
            return Err(CohortError::BelowK(self.generaliser.name()));
        }
        Ok(choice)
    }
}

/// The cells as if there were no earlier release.
fn alone(cells: &Cells) -> Cells {
    let mut merged = Cells::new();
    for ((tuple, _), count) in cells {
        *merged.entry((*tuple, 0)).or_default() += count;
    }
    merged
}

impl EarlierRisk {
    fn measured(earlier: &Earlier, people: &[Person], choice: &Choice, k: u64) -> Self {
        let names = |ids: &[sudare_model::DatasetId]| ids.iter().map(ToString::to_string).collect();
        let mut whole: BTreeMap<Tuple, u64> = BTreeMap::new();
        for person in people {
            *whole.entry(person.tuple).or_default() += 1;
        }
        // Their class as a whole would have been large enough.
        let for_earlier = |person: &&Person| {
            person.class.is_none() && whole.get(&person.tuple).is_some_and(|count| *count >= k)
        };
        let stays = |id: &[u8; 16]| {
            let found = people.binary_search_by(|one| one.id.cmp(id)).ok();
            found.and_then(|at| people.get(at)).is_some_and(|one| one.class.is_some())
        };
        let (left, left_below_k) = earlier.left(stays, k);
        let suppressed = people.iter().filter(for_earlier).count();
        Self {
            releases: names(earlier.releases()),
            unread: names(earlier.unread()),
            smallest: choice.cells.values().min().copied().filter(|_| !earlier.is_empty()),
            suppressed: u64::try_from(suppressed).unwrap_or_default(),
            left,
            left_below_k,
        }
    }
}

fn unsuppressed(cells: &Cells, steps: [Step; Quasi::COUNT]) -> Choice {
    let mut released = Cells::new();
    for ((tuple, group), count) in cells {
        *released.entry((crate::risk::generalise(*tuple, steps), *group)).or_default() += count;
    }
    Choice { steps, cells: released, suppressed: 0, loss: 0.0 }
}
