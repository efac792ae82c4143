//! The run: blocks of households, made in parallel, added in order.
//!
//! While one block is written the next is made; two blocks are all that memory holds.

use std::path::Path;

use rayon::prelude::*;
use sudare_model::time::Day;

use crate::body::Body;
use crate::canary::{self, Canary};
use crate::care::{Plan, Visit, plan};
use crate::checkup::{Examined, checkups, tables};
use crate::chunk::Chunk;
use crate::claims::{Claiming, claim, dental, dispense, pharmacy_of};
use crate::fhir::municipal::screenings;
use crate::fhir::{Charted, chart};
use crate::people::{Person, household, size};
use crate::period::Period;
use crate::register::{Entered, enter, register};
use crate::site::{ProviderKind, Sites};
use crate::ssmix::{Stay, StoreError, deposit, send};
use crate::streams::{Streams, begin, folder};
use crate::totals::{expect, summary};
use crate::writing::Writer;
use crate::{Progress, Region, Summary, SynthError};

/// Persons in a block, about; a bound on memory.
const BLOCK: u64 = 2_000;
/// Households in a chunk, the unit of parallel work.
const CHUNK: usize = 32;

/// What everyone reads.
struct World<'a> {
    region: &'a Region,
    period: Period,
    sites: Sites,
    out: &'a Path,
}

/// A household to make: its number, the number of its first person, its members.
#[derive(Clone, Copy)]
struct Task {
    number: u64,
    first: u64,
    members: u64,
}

/// Hands out blocks of households until the region has its people.
struct Blocks {
    seed: u64,
    persons: u64,
    household: u64,
    person: u64,
}

impl Blocks {
    fn next(&mut self) -> Vec<Task> {
        let end = self.person.saturating_add(BLOCK).min(self.persons);
        let mut tasks = Vec::new();
        while self.person < end {
            let members = size(self.seed, self.household).min(self.persons - self.person);
            tasks.push(Task { number: self.household, first: self.person, members });
            self.person += members;
            self.household += 1;
        }
        tasks
    }
}

pub(crate) fn write(
    region: &Region,
    out: &Path,
    progress: &dyn Fn(Progress),
) -> Result<Summary, SynthError> {
    let period = Some(region.years)
        .filter(|years| (1..=10).contains(years))
        .and_then(|years| Period::before(region.as_of, years))
        .ok_or(SynthError::Period(region.years))?;
    folder(out)?;
    let mut inside = std::fs::read_dir(out)
        .map_err(|source| SynthError::Write { path: out.to_owned(), source })?;
    if inside.next().is_some() {
        return Err(SynthError::NotEmpty(out.to_owned()));
    }
    let sites = Sites::of(region.persons);
    let world = World { region, period, sites, out };
    let mut streams = Streams::begin(out, &world.sites, &world.period, region.canary.is_some())?;
    let (seed, persons) = (region.seed, region.persons);
    let mut blocks = Blocks { seed, persons, household: 0, person: 0 };
    let mut ready = make(&world, &blocks.next())?;
    while !ready.is_empty() {
        let tasks = blocks.next();
        let (next, added) = rayon::join(|| make(&world, &tasks), || streams.add(&ready));
        added?;
        ready = next?;
        let waiting: u64 = ready.iter().map(|chunk| chunk.persons).sum();
        progress(Progress { done: blocks.person - waiting, persons });
    }
    let tally = streams.end()?;
    let summary = summary(&tally, &world.sites, persons, blocks.household);
    finish(&world, &tally, &summary)?;
    Ok(summary)
}

fn finish(
    world: &World<'_>,
    tally: &crate::chunk::Tally,
    summary: &Summary,
) -> Result<(), SynthError> {
    let World { region, period, sites, out } = world;
    let files = [
        (out.join("register.toml"), register(sites, period)),
        (out.join("truth/expect.json"), expect(region, period, sites, tally, summary)),
    ];
    for (path, text) in files {
        drop(begin(&path, text.as_bytes())?.into_inner().map_err(|error| SynthError::Write {
            path: path.clone(),
            source: error.into_error(),
        })?);
    }
    Ok(())
}

fn make(world: &World<'_>, tasks: &[Task]) -> Result<Vec<Chunk>, SynthError> {
    tasks
        .par_chunks(CHUNK)
        .map(|tasks| {
            let mut chunk = Chunk { silent: !world.region.facts, ..Chunk::default() };
            for task in tasks {
                let people = household(
                    world.region.seed,
                    task.number,
                    task.first,
                    task.members,
                    &world.period,
                );
                for person in &people {
                    live(&mut chunk, world, person)?;
                    chunk.persons += 1;
                }
            }
            chunk.pack();
            Ok(chunk)
        })
        .collect()
}

/// One person's care at every provider.
fn live(chunk: &mut Chunk, world: &World<'_>, person: &Person) -> Result<(), SynthError> {
    let region = world.region;
    let canary = canary::of(region.canary, person.no);
    let marked = canary.as_ref().map(Canary::position);
    let plan = plan(region.seed, person, &world.period, &world.sites, marked);
    let life = Life { person, plan: &plan, canary: canary.as_ref() };
    let mut seen = Vec::new();
    for visits in plan.visits.chunk_by(|a, b| a.place == b.place) {
        seen.extend(attend(chunk, world, &life, visits)?);
    }
    seen.extend(visit_shops(chunk, world, &life));
    seen.extend(examine(chunk, world, &life));
    seen.extend(screen(chunk, world, &life)?);
    if let Some(canary) = &canary {
        let providers: Vec<_> = seen.iter().filter_map(|at| world.sites.all.get(*at)).collect();
        chunk.canary.extend_from_slice(canary.rows(person.no, &providers).as_bytes());
    }
    Ok(())
}

/// One person's life, for whoever writes of it.
#[derive(Clone, Copy)]
struct Life<'a> {
    person: &'a Person,
    plan: &'a Plan,
    canary: Option<&'a Canary>,
}

impl<'a> Life<'a> {
    fn body(&self, world: &'a World<'_>) -> Body<'a> {
        let Self { person, plan, .. } = *self;
        Body { seed: world.region.seed, period: &world.period, person, plan }
    }

    fn claiming(&self, world: &'a World<'_>) -> Claiming<'a> {
        let (period, sites, persons) = (&world.period, &world.sites, world.region.persons);
        let Self { person, plan, canary } = *self;
        Claiming { seed: world.region.seed, persons, period, sites, person, plan, canary }
    }
}

/// One person at one hospital or clinic: storage, claims, register, truth. Returns the provider.
fn attend(
    chunk: &mut Chunk,
    world: &World<'_>,
    life: &Life<'_>,
    visits: &[Visit],
) -> Result<Option<usize>, SynthError> {
    let Some(first) = visits.first() else { return Ok(None) };
    let at = first.place;
    let Some(provider) = world.sites.all.get(at) else { return Ok(None) };
    let World { region, period, out, .. } = world;
    let Life { person, plan, canary } = *life;
    let seed = region.seed;
    let writer = Writer::new(seed, person, provider, canary);
    let stay = Stay { seed, period, person, plan, provider, at, canary };
    if provider.laboratory {
        send(chunk, &stay, &writer, visits, region.persons);
    }
    if provider.kind == ProviderKind::Hospital {
        deposit(chunk, &stay, &writer, visits, out).map_err(|error| lost(out, error))?;
    }
    if provider.fhir {
        chart(chunk, &Charted { body: life.body(world), provider, at, canary }, &writer, visits);
    } else {
        claim(chunk, &life.claiming(world), &writer, at, visits);
    }
    let last = visits.iter().map(|one| one.discharge.unwrap_or(one.day)).max();
    let days = (first.day, last.unwrap_or(first.day));
    known(chunk, world, life, (at, &writer, writer.number()), days);
    Ok(Some(at))
}

/// The person's pharmacy and dental clinic. Returns those that saw them.
fn visit_shops(chunk: &mut Chunk, world: &World<'_>, life: &Life<'_>) -> Vec<usize> {
    let claiming = life.claiming(world);
    let persons = world.region.persons;
    let mut seen = Vec::new();
    let shops = [Some(pharmacy_of(&claiming)), world.sites.first(ProviderKind::Dental)];
    for at in shops.into_iter().flatten() {
        let Some(provider) = world.sites.all.get(at) else { continue };
        let writer = Writer::new(claiming.seed, life.person, provider, life.canary);
        let days = match provider.kind {
            ProviderKind::Pharmacy => dispense(chunk, &claiming, persons, (at, &writer)),
            _ => dental(chunk, &claiming, persons, (at, &writer)),
        };
        if let Some(days) = days {
            known(chunk, world, life, (at, &writer, writer.number()), days);
            seen.push(at);
        }
    }
    seen
}

/// The insurer's checkups, beside its copies of claims. Returns the insurer if it has some.
fn examine(chunk: &mut Chunk, world: &World<'_>, life: &Life<'_>) -> Option<usize> {
    let at = world.sites.first(ProviderKind::Insurer)?;
    let provider = world.sites.all.get(at)?;
    let Life { person, canary, .. } = *life;
    let writer = Writer::new(world.region.seed, person, provider, canary);
    let examined = Examined { body: life.body(world), provider, at, canary };
    let numbers = checkups(chunk, &examined, &writer);
    for (number, first, last) in &numbers {
        known(chunk, world, life, (at, &writer, number), (*first, *last));
    }
    numbers.first().map(|_| at)
}

/// The municipality's screenings and checkups. Returns the municipality if there are some.
fn screen(
    chunk: &mut Chunk,
    world: &World<'_>,
    life: &Life<'_>,
) -> Result<Option<usize>, SynthError> {
    let Some(at) = world.sites.first(ProviderKind::Municipality) else { return Ok(None) };
    let Some(provider) = world.sites.all.get(at) else { return Ok(None) };
    let Life { person, canary, .. } = *life;
    let writer = Writer::new(world.region.seed, person, provider, canary);
    let charted = Charted { body: life.body(world), provider, at, canary };
    let screened = screenings(chunk, &charted, &writer, (world.region.persons, world.out))
        .map_err(|source| SynthError::Write { path: world.out.to_owned(), source })?;
    let examined = Examined { body: life.body(world), provider, at, canary };
    let examined = tables(chunk, &examined, &writer, world.region.persons);
    let days = match (screened, examined) {
        (Some(one), Some(two)) => (one.0.min(two.0), one.1.max(two.1)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Ok(None),
    };
    known(chunk, world, life, (at, &writer, writer.number()), days);
    Ok(Some(at))
}

/// A provider knows a person under a number: a row of the truth, and one of the register. `first` and `last` are days
/// of care.
fn known(
    chunk: &mut Chunk,
    world: &World<'_>,
    life: &Life<'_>,
    (at, writer, number): (usize, &Writer<'_>, &str),
    (first, last): (Day, Day),
) {
    let Some(provider) = world.sites.all.get(at) else { return };
    let person = life.person;
    if let Some(mut written) = writer.on(last) {
        number.clone_into(&mut written.number);
        chunk.person(person.no, &provider.id, &written);
        chunk.count(at, "persons");
    }
    let entered = Entered {
        seed: world.region.seed,
        period: &world.period,
        person,
        provider: at,
        number,
        first,
        canary: life.canary.map(|_| person.no / 97),
    };
    enter(chunk, &entered);
}

fn lost(out: &Path, error: StoreError) -> SynthError {
    let path = out.join("deliveries").join(error.provider).join("ssmix2");
    SynthError::Write { path, source: error.source }
}
