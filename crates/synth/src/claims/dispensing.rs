//! Dispensing claims of a person at their pharmacy (RECEIPTY, formats.md 2): one a month and prescribing provider.
//!
//! The prescriptions are those of the person's own visits, so that a drug on a claim or chart is found again here.
//! Codes of fees have the real shape but were invented; points follow the 令和6年度 schedule, from memory.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::payer::{self, Public, bare_name, branch, name, public};
use super::record::{Line, pad_left};
use super::{ClaimKind, Claiming, Copied, bit};
use crate::care::{Problem, Visit, taken};
use crate::chunk::{Chunk, Fact, Receipt, Source};
use crate::codes::{Drug, Form};
use crate::dice::{Dice, Purpose};
use crate::period::{age, digits};
use crate::site::{Provider, ProviderKind};
use crate::writing::{Writer, Written};

/// Persons who bring their prescriptions to the pharmacies that deliver, at most; a bound on the volume.
const CUSTOMERS: f64 = 6_000.0;

const BASIC: (&str, u32) = ("410000110", 45);
const GUIDANCE: (&str, u32) = ("440000110", 45);
const GUIDANCE_FIRST: (&str, u32) = ("440000210", 59);
const ORAL: (&str, u32) = ("420000110", 24);
const EXTERNAL: (&str, u32) = ("420000510", 10);

/// 調剤管理料 by days of supply.
const fn management(days: u32) -> (&'static str, u32) {
    match days {
        0..=7 => ("430000110", 4),
        8..=14 => ("430000210", 28),
        15..=28 => ("430000310", 50),
        _ => ("430000410", 60),
    }
}

/// A prescription that was filled.
struct Filled<'p> {
    visit: &'p Visit,
    day: Day,
    month: usize,
    drugs: Vec<&'static Drug>,
}

/// A pharmacy's view of one prescribing provider in a month.
struct Counter<'a> {
    pharmacy: &'a Provider,
    prescriber: &'a Provider,
    written: &'a Written,
    share: &'static str,
}

/// Writes a person's claims at their pharmacy; returns the days of the first and the last dispensing there.
pub(crate) fn dispense(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    persons: u64,
    (at, writer): (usize, &Writer<'_>),
) -> Option<(Day, Day)> {
    let pharmacy = claiming.sites.all.get(at)?;
    let filled = filled(claiming, persons, at);
    for list in filled.chunk_by(|a, b| (a.month, a.visit.place) == (b.month, b.visit.place)) {
        receipt(chunk, claiming, (pharmacy, at, writer), list);
    }
    let days = || filled.iter().map(|one| one.day);
    Some((days().min()?, days().max()?))
}

/// The pharmacy of a person.
pub(crate) fn pharmacy_of(claiming: &Claiming<'_>) -> usize {
    let home = claiming.person.known.first().map(|known| known.home).unwrap_or_default();
    let near = claiming.sites.pharmacy(home.city * 10 + home.town);
    let mut dice = Dice::new(claiming.seed, Purpose::Pharmacy, claiming.person.no, 1);
    if dice.chance(0.8) { near } else { claiming.sites.pharmacy(dice.below(1 << 20)) }
}

/// What the person has filled at a pharmacy that delivers: a third of all persons, fewer in large regions.
fn filled<'p>(claiming: &Claiming<'p>, persons: u64, at: usize) -> Vec<Filled<'p>> {
    let part = u32::try_from(at).unwrap_or_default();
    let mut dice = Dice::new(claiming.seed, Purpose::Pharmacy, claiming.person.no, part + 2);
    let share = (CUSTOMERS / persons_f64(persons)).min(0.35);
    if !dice.chance(share) && claiming.canary.is_none() {
        return Vec::new();
    }
    let mut list: Vec<Filled<'_>> = Vec::new();
    for visit in &claiming.plan.visits {
        let prescribes =
            claiming.sites.all.get(visit.place).is_some_and(|one| !one.habits.dispenses);
        if !prescribes || visit.discharge.is_some() || !visit.drugs {
            continue;
        }
        // A prescription is good for four days.
        let wait = if dice.chance(0.85) { 0 } else { dice.range(1, 3) };
        let day = visit.day.plus(wait).min(claiming.person.death.unwrap_or(claiming.period.end));
        let drugs = taken(claiming.plan, visit.place, visit.day, claiming.person.no);
        if let (Some(month), false) = (claiming.period.month_of(day), drugs.is_empty()) {
            list.push(Filled { visit, day, month, drugs });
        }
    }
    list.sort_by_key(|one| (one.month, one.visit.place, one.day));
    list
}

#[expect(clippy::cast_precision_loss, reason = "a share of so many people")]
fn persons_f64(persons: u64) -> f64 {
    persons.max(1) as f64
}

fn receipt(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    (pharmacy, at, writer): (&Provider, usize, &Writer<'_>),
    list: &[Filled<'_>],
) {
    let Some(last) = list.last() else { return };
    let Some(prescriber) = claiming.sites.all.get(last.visit.place) else { return };
    let Some(written) = writer.on(last.day) else { return };
    let kind = ClaimKind::Dispensing;
    let file = kind.path(pharmacy, claiming.period, last.month);
    let years = age(written.birth, last.day);
    let problems: Vec<&Problem> =
        claiming.plan.problems.iter().filter(|one| one.place == last.visit.place).collect();
    let public = public(claiming.person, &written, years, &problems);
    let copied = Copied::of(claiming, &written, &public, (kind, last.month));
    let also = copied.as_ref().map(Copied::source);
    let source = Source {
        person: claiming.person.no,
        provider: at,
        provider_id: &pharmacy.id,
        number: &written.number,
        file: &file,
        also: also.as_ref(),
    };
    let counter = Counter { pharmacy, prescriber, written: &written, share: public.share() };
    let mut body = Vec::new();
    let mut facts = Vec::new();
    let mut points = 0;
    for (no, one) in list.iter().enumerate() {
        points += counter.prescription(&mut body, &mut facts, one, no + 1);
    }
    for (no, one) in list.iter().enumerate() {
        points += counter.fees(&mut body, &mut facts, one, no + 1);
    }
    let from = chunk.claims.len();
    let month = claiming.period.month(last.month);
    counter.head(&mut chunk.claims, &public, (years, month, claiming.person.no));
    let days = list.iter().fold(0, |mask, one| mask | bit(one.day));
    let payers = counter.payers(&mut chunk.claims, &public, (list.len(), points, days));
    chunk.claims.extend_from_slice(&body);
    if let Some(canary) = claiming.canary {
        Line::new(&mut chunk.claims, "TK", 3).text("810000001").text(&canary.note()).end();
    }
    for fact in &facts {
        fact.tell(chunk, &source);
    }
    let count = list.len().to_string();
    let first = list.first().map_or(last.day, |one| one.day);
    let code = "dispensing-claim";
    let visit = Fact { kind: "visit", day: first, system: None, code, value: &count, unit: "" };
    chunk.fact(&source, &visit);
    let (month, range) = (last.month, from..chunk.claims.len());
    if let Some(copied) = &copied {
        copied.put(chunk, pharmacy, range.clone(), (first, last.day));
    }
    chunk.receipts.push(Receipt { provider: at, kind, month, range, payers, points });
    chunk.count(at, "receipts");
}

/// A fact that waits until the claim is written.
struct Told {
    kind: &'static str,
    day: Day,
    system: CodeSystem,
    code: &'static str,
    value: String,
}

impl Told {
    fn tell(&self, chunk: &mut Chunk, source: &Source<'_>) {
        let fact = Fact {
            kind: self.kind,
            day: self.day,
            system: Some(self.system),
            code: self.code,
            value: &self.value,
            unit: "",
        };
        chunk.fact(source, &fact);
    }
}

impl Counter<'_> {
    /// RE behind its number.
    fn head(
        &self,
        out: &mut Vec<u8>,
        public: &Public,
        (years, (year, month), person): (i32, (i32, u32), u64),
    ) {
        let written = self.written;
        let mut line = Line::rest(out, 2, 42);
        line.text(&payer::kind('4', false, years, written, public));
        line.text(&format!("{year:04}{month:02}")).text(&name(self.pharmacy, written, person));
        line.text(if written.male { "1" } else { "2" }).text(&digits(written.birth));
        line.skip_to(9).text(super::kind::prefecture());
        let schedule = if self.prescriber.kind == ProviderKind::Dental { "3" } else { "1" };
        line.text(schedule).text(&self.prescriber.code).text(&self.prescriber.name);
        line.text(&self.prescriber.address).text(&self.prescriber.representative);
        line.skip_to(35).text(&written.number);
        if self.pharmacy.habits.claim_kana {
            line.skip_to(41).text(&bare_name(written));
        }
        line.end();
    }

    /// HO, KO, SN and JD; returns how many pay.
    fn payers(
        &self,
        out: &mut Vec<u8>,
        public: &Public,
        (count, points, days): (usize, u64, u32),
    ) -> u64 {
        let (count, total) = (count.to_string(), points.to_string());
        let mut payers = 0;
        if public.insured {
            payers += 1;
            let mut line = Line::new(out, "HO", 14);
            line.text(&pad_left(&self.written.insurer, 8)).text(&self.written.symbol);
            line.text(&self.written.card).text(&count).text(&total).end();
        }
        for (payer, recipient) in &public.payers {
            payers += 1;
            let mut line = Line::new(out, "KO", 10);
            line.text(payer).text(recipient).text("").text(&count).text(&total).end();
        }
        branch(out, self.pharmacy, self.written, public);
        let mut line = Line::new(out, "JD", 33);
        line.text(if public.insured { "1" } else { "2" }).days(days).end();
        payers
    }

    /// SH, CZ and IY of one prescription: what is swallowed in one group, everything else in one of its own.
    fn prescription(
        &self,
        out: &mut Vec<u8>,
        facts: &mut Vec<Told>,
        filled: &Filled<'_>,
        no: usize,
    ) -> u64 {
        let (oral, others): (Vec<_>, Vec<_>) =
            filled.drugs.iter().copied().partition(|one| one.form == Form::Oral);
        let days = filled.visit.days.max(1);
        let mut points = 0;
        if !oral.is_empty() {
            let unit: u32 = oral.iter().map(|one| one.points).sum::<u32>().max(1);
            let parts = [ORAL, management(days)];
            points += self.group(out, facts, filled, (no, "1", days, unit), parts, &oral);
        }
        for one in others {
            let parts = [EXTERNAL, management(0)];
            let only = [one];
            points += self.group(out, facts, filled, (no, "5", 1, one.points), parts, &only);
        }
        points
    }

    fn group(
        &self,
        out: &mut Vec<u8>,
        facts: &mut Vec<Told>,
        filled: &Filled<'_>,
        (no, form, amount, unit): (usize, &str, u32, u32),
        [making, managing]: [(&'static str, u32); 2],
        drugs: &[&'static Drug],
    ) -> u64 {
        let usage = if form == "1" { "101" } else { "201" };
        let mut line = Line::new(out, "SH", 10);
        line.text(&format!("{no:02}")).text(form).text(usage).text("").text(&unit.to_string());
        line.end();
        let total = unit * amount;
        let mut line = Line::new(out, "CZ", 71);
        line.text("1").text(&digits(filled.visit.day)).text(&digits(filled.day));
        line.text(&no.to_string()).text(&amount.to_string()).text(self.share).text("").text("");
        line.text(making.0).text(&making.1.to_string()).skip_to(13).text(&total.to_string());
        line.skip_to(57).text(self.share).text("").text("").text(managing.0);
        line.text(&managing.1.to_string()).end();
        for fee in [making, managing] {
            facts.push(fee_fact(fee.0, filled.day));
        }
        for drug in drugs {
            let mut line = Line::new(out, "IY", 10);
            line.text(self.share).text(drug.claim).text(&drug.daily.to_string()).end();
            facts.push(Told {
                kind: "drug",
                day: filled.day,
                system: CodeSystem::ClaimDrug,
                code: drug.claim,
                value: (drug.daily * amount).to_string(),
            });
        }
        u64::from(total) + u64::from(making.1) + u64::from(managing.1)
    }

    /// KI: what the pharmacy earns each time the person comes.
    fn fees(
        &self,
        out: &mut Vec<u8>,
        facts: &mut Vec<Told>,
        filled: &Filled<'_>,
        no: usize,
    ) -> u64 {
        let guidance = if filled.visit.first { GUIDANCE_FIRST } else { GUIDANCE };
        let mut line = Line::new(out, "KI", 114);
        line.text(&digits(filled.day)).text(&no.to_string()).text(self.share).text(BASIC.0);
        line.text(&BASIC.1.to_string()).text("").text(self.share).text(guidance.0).text("1");
        line.text(&guidance.1.to_string()).end();
        for fee in [BASIC, guidance] {
            facts.push(fee_fact(fee.0, filled.day));
        }
        u64::from(BASIC.1) + u64::from(guidance.1)
    }
}

const fn fee_fact(code: &'static str, day: Day) -> Told {
    Told { kind: "procedure", day, system: CodeSystem::ClaimProcedure, code, value: String::new() }
}
