//! The run: blocks of households, made in parallel, added in order.
//!
//! While one block is written the next is made; two blocks are all that memory holds.

use std::path::Path;

use rayon::prelude::*;

use crate::canary::{self, Canary};
use crate::care::{Plan, Visit, plan};
use crate::chunk::Chunk;
use crate::claims::{Claiming, claim};
use crate::people::{Person, household, size};
use crate::period::Period;
use crate::register::{Entered, enter, register};
use crate::site::{ProviderKind, Sites};
use crate::ssmix::{Stay, StoreError, deposit};
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
            Ok(chunk)
        })
        .collect()
}

/// One person's care at every provider.
fn live(chunk: &mut Chunk, world: &World<'_>, person: &Person) -> Result<(), SynthError> {
    let region = world.region;
    let canary = canary::of(region.canary, person.no);
    let plan = plan(region.seed, person, &world.period, &world.sites, canary.is_some());
    for visits in plan.visits.chunk_by(|a, b| a.place == b.place) {
        attend(chunk, world, person, &plan, canary.as_ref(), visits)?;
    }
    if let Some(canary) = &canary {
        let mut seen: Vec<usize> = plan.visits.iter().map(|one| one.place).collect();
        seen.dedup();
        let providers: Vec<_> = seen.iter().filter_map(|at| world.sites.all.get(*at)).collect();
        chunk.canary.extend_from_slice(canary.rows(person.no, &providers).as_bytes());
    }
    Ok(())
}

/// One person at one provider: storage, claims, register, truth.
fn attend(
    chunk: &mut Chunk,
    world: &World<'_>,
    person: &Person,
    plan: &Plan,
    canary: Option<&Canary>,
    visits: &[Visit],
) -> Result<(), SynthError> {
    let Some(first) = visits.first() else { return Ok(()) };
    let at = first.place;
    let Some(provider) = world.sites.all.get(at) else { return Ok(()) };
    let World { region, period, sites, out } = world;
    let seed = region.seed;
    let writer = Writer::new(seed, person, provider, canary);
    if provider.kind == ProviderKind::Hospital {
        let stay = Stay { seed, period, person, plan, provider, at, canary };
        deposit(chunk, &stay, &writer, visits, out).map_err(|error| lost(out, error))?;
    }
    let claiming = Claiming { seed, period, sites, person, plan, canary };
    claim(chunk, &claiming, &writer, at, visits);
    let last = visits.iter().map(|one| one.discharge.unwrap_or(one.day)).max();
    if let Some(written) = last.and_then(|day| writer.on(day)) {
        chunk.person(person.no, &provider.id, &written);
        chunk.count(at, "persons");
    }
    let entered = Entered {
        seed,
        period,
        person,
        provider: at,
        number: writer.number(),
        first: first.day,
        canary: canary.map(|_| person.no / 97),
    };
    enter(chunk, &entered);
    Ok(())
}

fn lost(out: &Path, error: StoreError) -> SynthError {
    let path = out.join("deliveries").join(error.provider).join("ssmix2");
    SynthError::Write { path, source: error.source }
}
