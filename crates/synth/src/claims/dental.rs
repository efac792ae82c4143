//! Dental claims of a person (RECEIPTS, formats.md 3): caries and periodontitis, tooth by tooth.
//!
//! Columns: formats.md 3 and two published importers of dental files (one with the numbers of the June 2026 edition).
//! Diseases are codes of the public disease master; acts and additions have the real shape but were invented. One in
//! eight people is seen at this clinic in the period, fewer in large regions: a dental clinic has about 1,850 people
//! around it (厚生労働省「医療施設調査」令和5年, 66,800 clinics).

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::payer::{self, Public, bare_name, branch, name, public};
use super::record::{Line, pad_left};
use super::{ClaimKind, Claiming, Copied, bit};
use crate::chunk::{Chunk, Fact, Receipt, Source};
use crate::codes::{Drug, drugs};
use crate::dice::{Dice, Purpose};
use crate::period::{age, digits};
use crate::site::Provider;
use crate::writing::{Writer, Written};

/// Patients of the clinic, at most; a bound on the volume.
const PATIENTS: u64 = 1_800;

const FIRST: Treatment = Treatment { category: "11", code: "301000110", points: 267, addition: "" };
const AGAIN: Treatment = Treatment { category: "12", code: "301001610", points: 58, addition: "" };
const CARE: Treatment = Treatment { category: "13", code: "302000110", points: 100, addition: "" };

/// An act, and what is added to it.
#[derive(Clone, Copy)]
struct Treatment {
    category: &'static str,
    code: &'static str,
    points: u32,
    addition: &'static str,
}

/// A disease of a tooth and what is done for it, visit after visit.
struct Disease {
    code: &'static str,
    steps: &'static [Treatment],
    painful: bool,
}

const DISEASES: &[Disease] = &[
    Disease {
        code: "8830788",
        steps: &[
            Treatment { category: "40", code: "309004810", points: 182, addition: "" },
            Treatment { category: "40", code: "313003110", points: 154, addition: "MA001" },
        ],
        painful: false,
    },
    Disease {
        code: "8830789",
        steps: &[
            Treatment { category: "40", code: "309002110", points: 230, addition: "" },
            Treatment { category: "40", code: "309003010", points: 72, addition: "FA003" },
            Treatment { category: "60", code: "313007210", points: 636, addition: "" },
        ],
        painful: true,
    },
    Disease {
        code: "5234028",
        steps: &[
            Treatment { category: "31", code: "304000310", points: 200, addition: "" },
            Treatment { category: "40", code: "309014710", points: 72, addition: "" },
        ],
        painful: false,
    },
];

/// One visit.
struct Seat {
    day: Day,
    month: usize,
    disease: &'static Disease,
    tooth: u32,
    since: Day,
    treatment: Treatment,
    first: bool,
}

/// Writes a person's claims at the dental clinic; returns the days of the first and the last visit there.
pub(crate) fn dental(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    persons: u64,
    (at, writer): (usize, &Writer<'_>),
) -> Option<(Day, Day)> {
    let seats = seats(claiming, persons);
    for list in seats.chunk_by(|a, b| a.month == b.month) {
        receipt(chunk, claiming, (at, writer), list);
    }
    Some((seats.first()?.day, seats.last()?.day))
}

/// The visits of a person, ascending by day.
fn seats(claiming: &Claiming<'_>, persons: u64) -> Vec<Seat> {
    let (person, period) = (claiming.person, claiming.period);
    let mut dice = Dice::new(claiming.seed, Purpose::Dental, person.no, 0);
    let one_in = (persons / PATIENTS).max(8);
    let comes = dice.below(usize::try_from(one_in).unwrap_or(usize::MAX)) == 0;
    let last = person.death.unwrap_or(period.end).min(period.end);
    if !(comes || claiming.canary.is_some()) || age(person.birth, period.start) < 3 {
        return Vec::new();
    }
    let mut seats = Vec::new();
    let mut day = period.start.plus(dice.range(0, period.days() / 2));
    for course in 0..dice.count(1, 2) {
        let at = dice.below(DISEASES.len());
        let Some(disease) = DISEASES.get(at) else { break };
        // FDI: a quarter of the mouth and a place in it.
        let tooth = dice.count(1, 4) * 10 + dice.count(1, 7);
        let since = day;
        for (step, treatment) in disease.steps.iter().enumerate() {
            if let Some(month) = period.month_of(day).filter(|_| day <= last) {
                let first = course == 0 && step == 0;
                let treatment = *treatment;
                seats.push(Seat { day, month, disease, tooth, since, treatment, first });
            }
            day = day.plus(dice.range(6, 15));
        }
        day = day.plus(dice.range(60, 220));
    }
    seats
}

fn receipt(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    (at, writer): (usize, &Writer<'_>),
    seats: &[Seat],
) {
    let (Some(first), Some(last)) = (seats.first(), seats.last()) else { return };
    let Some(provider) = claiming.sites.all.get(at) else { return };
    let Some(written) = writer.on(last.day) else { return };
    let kind = ClaimKind::Dental;
    let file = kind.path(provider, claiming.period, first.month);
    let years = age(written.birth, last.day);
    let public = public(claiming.person, &written, years, &[]);
    let copied = Copied::of(claiming, &written, &public, (kind, first.month));
    let also = copied.as_ref().map(Copied::source);
    let source = Source {
        person: claiming.person.no,
        provider: at,
        provider_id: &provider.id,
        number: &written.number,
        file: &file,
        also: also.as_ref(),
    };
    let mut acts = Vec::new();
    acts.extend(seats.iter().map(|one| (one.day, if one.first { FIRST } else { AGAIN })));
    acts.push((first.day, CARE));
    acts.extend(seats.iter().map(|one| (one.day, one.treatment)));
    let days = seats.iter().fold(0, |mask, one| mask | bit(one.day));
    let painful = seats.iter().find(|one| one.disease.painful);
    let drug = &drugs::LOXOPROFEN;
    let supplied = if painful.is_some() { u64::from(drug.points) * 3 } else { 0 };
    let points = acts.iter().map(|one| u64::from(one.1.points)).sum::<u64>() + supplied;
    let from = chunk.claims.len();
    head(&mut chunk.claims, claiming, provider, &written, (first, years, &public));
    let mut payers = 0;
    let (count, total) = (days.count_ones().to_string(), points.to_string());
    if public.insured {
        payers += 1;
        card(&mut chunk.claims, &written, &count, &total);
    }
    for (payer, recipient) in &public.payers {
        payers += 1;
        let mut line = Line::new(&mut chunk.claims, "KO", 10);
        line.text(payer).text(recipient).text("").text(&count).text(&total).end();
    }
    branch(&mut chunk.claims, provider, &written, &public);
    let mut line = Line::new(&mut chunk.claims, "JD", 33);
    line.text(if public.insured { "1" } else { "2" }).days(days).end();
    teeth(chunk, &source, seats);
    for (day, treatment) in acts {
        treat(chunk, &source, (public.share(), day), treatment);
    }
    if let Some(seat) = painful {
        relieve(chunk, &source, (public.share(), seat.day), drug);
    }
    if let Some(canary) = claiming.canary {
        let mut line = Line::new(&mut chunk.claims, "CO", 11);
        line.text("99").text(public.share()).text("810000001").text(&canary.note()).end();
    }
    let code = "dental-claim";
    let visit =
        Fact { kind: "visit", day: first.day, system: None, code, value: &count, unit: "d" };
    chunk.fact(&source, &visit);
    let (month, range) = (first.month, from..chunk.claims.len());
    if let Some(copied) = &copied {
        copied.put(chunk, provider, range.clone(), (first.day, last.day));
    }
    chunk.receipts.push(Receipt { provider: at, kind, month, range, payers, points });
    chunk.count(at, "receipts");
}

/// RE behind its number.
fn head(
    out: &mut Vec<u8>,
    claiming: &Claiming<'_>,
    provider: &Provider,
    written: &Written,
    (first, years, public): (&Seat, i32, &Public),
) {
    let (year, month) = claiming.period.month(first.month);
    let mut line = Line::rest(out, 2, 27);
    line.text(&payer::kind('3', false, years, written, public));
    line.text(&format!("{year:04}{month:02}")).text(&name(provider, written, claiming.person.no));
    line.text(if written.male { "1" } else { "2" }).text(&digits(written.birth));
    line.skip_to(9).text(&digits(first.since)).text("1").skip_to(15).text(&written.number);
    line.skip_to(25).text(&bare_name(written)).end();
}

/// HO.
fn card(out: &mut Vec<u8>, written: &Written, count: &str, total: &str) {
    let mut line = Line::new(out, "HO", 14);
    line.text(&pad_left(&written.insurer, 8)).text(&written.symbol).text(&written.card);
    line.text(count).text(total).end();
}

/// IY: three days of supply on one day.
fn relieve(chunk: &mut Chunk, source: &Source<'_>, (share, day): (&str, Day), drug: &Drug) {
    let amount = drug.daily.to_string();
    let mut line = Line::new(&mut chunk.claims, "IY", 39);
    line.text("21").text(share).text(drug.claim).text(&amount);
    line.text(&drug.points.to_string()).text("3").skip_to(8);
    for of_month in 0..31 {
        line.text(if bit(day) & (1 << of_month) != 0 { "3" } else { "" });
    }
    line.end();
    tell(chunk, source, ("drug", CodeSystem::ClaimDrug, drug.claim), day, &amount);
}

/// HS: each tooth's disease once; start and outcome of outpatients stand in RE.
fn teeth(chunk: &mut Chunk, source: &Source<'_>, seats: &[Seat]) {
    let Some(first) = seats.first() else { return };
    let mut named: Vec<(u32, &str)> = Vec::new();
    for seat in seats {
        if named.contains(&(seat.tooth, seat.disease.code)) {
            continue;
        }
        named.push((seat.tooth, seat.disease.code));
        // 歯式: 10 and the tooth, whole, no part.
        let tooth = format!("10{}00", seat.tooth);
        let mut line = Line::new(&mut chunk.claims, "HS", 13);
        line.text("").text("").text(&tooth).text(seat.disease.code).end();
        let about = ("diagnosis", CodeSystem::ClaimDisease, seat.disease.code);
        tell(chunk, source, about, first.since, "confirmed");
    }
}

/// SS.
fn treat(chunk: &mut Chunk, source: &Source<'_>, (share, day): (&str, Day), treatment: Treatment) {
    let mut line = Line::new(&mut chunk.claims, "SS", 109);
    line.text(treatment.category).text(share).text(treatment.code).text("").text("");
    line.text(treatment.addition).skip_to(76);
    line.text(&treatment.points.to_string()).text("1").days(bit(day)).end();
    let about = ("procedure", CodeSystem::ClaimProcedure, treatment.code);
    tell(chunk, source, about, day, "1");
    if !treatment.addition.is_empty() {
        let about = ("procedure", CodeSystem::ClaimAddition, treatment.addition);
        tell(chunk, source, about, day, "1");
    }
}

fn tell(
    chunk: &mut Chunk,
    source: &Source<'_>,
    (kind, system, code): (&'static str, CodeSystem, &str),
    day: Day,
    value: &str,
) {
    chunk.fact(source, &Fact { kind, day, system: Some(system), code, value, unit: "" });
}
