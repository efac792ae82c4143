//! Claims of one person: receipts by provider and month (UKE, formats.md 1 to 3).
//!
//! Invariants: a group's 診療識別 stands on its first record, points on the last record of a unit, and the points of
//! the payers are the sum of points times counts. Start at [`claim`]; [`dispense`] and [`dental`] make the claims of
//! pharmacies and of the dental clinic.

mod dental;
mod dispensing;
mod dpc;
mod insurer;
mod kind;
mod payer;
mod record;
mod survey;
mod unit;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::canary::Canary;
use crate::care::{Plan, Problem, Visit};
use crate::charset::push_cp932;
use crate::chunk::{Chunk, Fact, Receipt, Source};
use crate::codes::SUSPECTED;
use crate::dice::{Dice, Purpose};
use crate::people::Person;
use crate::period::{Period, age, digits};
use crate::site::{Provider, ProviderKind, Sites};
use crate::writing::{Writer, Written, wide};
pub(crate) use dental::dental;
pub(crate) use dispensing::{dispense, pharmacy_of};
use insurer::Copied;
pub(crate) use kind::ClaimKind;
use payer::{Public, bare_name, name, payers, public};
use record::Line;
use unit::{inpatient, outpatient};

/// What a claim is made from.
pub(crate) struct Claiming<'a> {
    pub(crate) seed: u64,
    /// People in the region.
    pub(crate) persons: u64,
    pub(crate) period: &'a Period,
    pub(crate) sites: &'a Sites,
    pub(crate) person: &'a Person,
    pub(crate) plan: &'a Plan,
    pub(crate) canary: Option<&'a Canary>,
}

/// One receipt in the making.
struct Bill<'a> {
    provider: &'a Provider,
    month: usize,
    written: &'a Written,
    person: &'a Person,
    visits: &'a [&'a Visit],
    days: u32,
    stay: Option<&'a Visit>,
    age: i32,
}

/// Writes the receipts of one person at one provider; `visits` ascend by day.
pub(crate) fn claim(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    writer: &Writer<'_>,
    at: usize,
    visits: &[Visit],
) {
    let Some(provider) = claiming.sites.all.get(at) else { return };
    let mut dice = Dice::new(claiming.seed, Purpose::Claims, claiming.person.no, provider.no);
    for month in 0..claiming.period.months() {
        let (first, last) = claiming.period.span(month);
        let within = |one: &&Visit| one.discharge.is_none() && one.day >= first && one.day <= last;
        let seen: Vec<&Visit> = visits.iter().filter(within).collect();
        let lies = |one: &&Visit| one.day <= last && one.discharge.is_some_and(|day| day >= first);
        let stays: Vec<&Visit> = visits.iter().filter(lies).collect();
        if let (Some(day), false) = (seen.last().map(|one| one.day), seen.is_empty()) {
            let mask = seen.iter().fold(0u32, |mask, one| mask | bit(one.day));
            receipt(chunk, claiming, &mut dice, (writer, provider, at), (month, day), &seen, mask);
        }
        for stay in stays {
            let from = stay.day.max(first);
            let to = stay.discharge.unwrap_or(last).min(last);
            let count = to.epoch_days() - from.epoch_days() + 1;
            let mask = (0..count).fold(0u32, |mask, more| mask | bit(from.plus(more)));
            receipt(chunk, claiming, &mut dice, (writer, provider, at), (month, to), &[stay], mask);
        }
    }
}

fn bit(day: Day) -> u32 {
    1 << (day.ymd().2 - 1)
}

/// The problems under care at a place in a month.
fn treated(plan: &Plan, at: usize, (from, to): (Day, Day)) -> Vec<&Problem> {
    let here = |one: &&Problem| {
        one.place == at && one.since <= to && one.until.is_none_or(|until| until >= from)
    };
    plan.problems.iter().filter(here).collect()
}

fn receipt(
    chunk: &mut Chunk,
    claiming: &Claiming<'_>,
    dice: &mut Dice,
    (writer, provider, at): (&Writer<'_>, &Provider, usize),
    (month, day): (usize, Day),
    visits: &[&Visit],
    days: u32,
) {
    let Some(written) = writer.on(day) else { return };
    let stay = visits.first().copied().filter(|one| one.discharge.is_some());
    let bill = Bill {
        provider,
        month,
        written: &written,
        person: claiming.person,
        visits,
        days,
        stay,
        age: age(written.birth, day),
    };
    let (from, to) = claiming.period.span(month);
    let problems = treated(claiming.plan, at, (from, to));
    let units = if stay.is_some() {
        inpatient(&bill, claiming.plan, claiming.period)
    } else {
        outpatient(&bill, claiming.plan, &problems, dice)
    };
    let public = public(bill.person, &written, bill.age, &problems);
    let bundled = stay.filter(|_| provider.dpc);
    let kind = if bundled.is_some() { ClaimKind::Dpc } else { ClaimKind::Medical };
    // 月遅れ: a claim that goes out a month late.
    let late = dice.chance(0.004) && month + 1 < claiming.period.months();
    let file_month = if late { month + 1 } else { month };
    let file = kind.path(provider, claiming.period, file_month);
    let copied = Copied::of(claiming, &written, &public, (kind, file_month));
    let also = copied.as_ref().map(Copied::source);
    let source = Source {
        person: claiming.person.no,
        provider: at,
        provider_id: &provider.id,
        number: &written.number,
        file: &file,
        also: also.as_ref(),
    };
    let begin = chunk.claims.len();
    let (payers, points) = if let Some(stay) = bundled {
        let case = dpc::Case { bill: &bill, stay, claiming, source: &source, span: (from, to) };
        dpc::write(chunk, &case, units, &problems, &public)
    } else {
        let points = units.points();
        let payers = head(chunk, &bill, points, &public, claiming.period);
        diseases(chunk, &bill, &problems, &source, (from, to));
        units.write(chunk, &bill, &source, &public, claiming.period);
        if provider.dpc && survey::is_surveyed(claiming) {
            let seen = survey::Seen { bill: &bill, claiming, source: &source, first: from };
            survey::outpatient(chunk, &seen, &units, &problems, &public);
        }
        (payers, points)
    };
    comments(chunk, &bill, claiming.canary, &public);
    facts_of_visit(chunk, &bill, &source, claiming.period);
    let range = begin..chunk.claims.len();
    if let Some(copied) = &copied {
        copied.put(chunk, provider, range.clone(), (from, day));
    }
    chunk.receipts.push(Receipt { provider: at, kind, month: file_month, range, payers, points });
    chunk.count(at, "receipts");
}

/// RE, HO, KO, SN and JD of a medical claim; returns how many pay.
fn head(chunk: &mut Chunk, bill: &Bill<'_>, points: u64, public: &Public, period: &Period) -> u64 {
    let written = bill.written;
    let (year, month) = period.month(bill.month);
    // The writer of the file puts `RE,<number>` before these bytes.
    let mut line = Line::rest(&mut chunk.claims, 2, 38);
    line.text(&payer::kind('1', bill.stay.is_some(), bill.age, written, public));
    line.text(&format!("{year:04}{month:02}")).text(&name(bill.provider, written, bill.person.no));
    line.text(if written.male { "1" } else { "2" }).text(&digits(written.birth));
    line.skip_to(8).text(&bill.stay.map(|one| digits(one.day)).unwrap_or_default());
    line.skip_to(11).text(if bill.age >= 70 { "29" } else { "" });
    line.skip_to(13).text(&written.number);
    if bill.provider.no % 6 == 3 {
        line.skip_to(20).text(&format!("ID{}", written.number));
    }
    line.skip_to(21).text(if bill.provider.kind == ProviderKind::Hospital { "01" } else { "" });
    if bill.provider.habits.claim_kana {
        line.skip_to(36).text(&bare_name(written));
    }
    line.end();
    payers(&mut chunk.claims, bill, public, points)
}

/// SY records.
fn diseases(
    chunk: &mut Chunk,
    bill: &Bill<'_>,
    problems: &[&Problem],
    source: &Source<'_>,
    (from, to): (Day, Day),
) {
    let main = bill.visits.first().map(|one| one.problem);
    let mut died = false;
    for (at, problem) in problems.iter().enumerate() {
        let ended = problem.until.is_some_and(|until| until >= from && until <= to);
        let outcome = if ended { problem.outcome } else { 1 };
        // A few are not coded: 0000999 and the name in words.
        let uncoded = (bill.person.no + at as u64) % 211 == 5;
        let code = if uncoded { "0000999" } else { problem.illness.claim };
        let mut line = Line::new(&mut chunk.claims, "SY", 8);
        line.text(code).text(&digits(problem.since)).text(&outcome.to_string());
        line.text(if problem.suspected { SUSPECTED.0 } else { "" });
        line.text(if uncoded { problem.illness.name } else { "" });
        let is_main = at == 0 && main.is_some() && !problem.suspected;
        line.text(if is_main { "01" } else { "" }).end();
        let fact = Fact {
            kind: "diagnosis",
            day: problem.since,
            system: Some(CodeSystem::ClaimDisease),
            code,
            value: if problem.suspected { "suspected" } else { "confirmed" },
            unit: "",
        };
        chunk.fact(source, &fact);
        died |= outcome == 3;
    }
    if died {
        let fact = Fact { kind: "death", day: to, system: None, code: "", value: "", unit: "" };
        chunk.fact(source, &fact);
    }
}

/// CO records: a date in the era form, a free text, the canary's sentence.
fn comments(chunk: &mut Chunk, bill: &Bill<'_>, canary: Option<&Canary>, public: &Public) {
    let share = public.share();
    let mut say = |code: &str, text: &str| {
        Line::new(&mut chunk.claims, "CO", 5).text("99").text(share).text(code).text(text).end();
    };
    let turn = bill.person.no.wrapping_add(bill.month as u64);
    if let (0, Some(visit)) = (turn % 9, bill.visits.first()) {
        say("850100097", &wide(&era(visit.day)));
    }
    if turn % 23 == 3 {
        say("810000001", "家族より電話にて相談あり");
    }
    if turn % 41 == 4 {
        say("820000244", "");
    }
    if let Some(canary) = canary {
        say("810000001", &canary.note());
    }
}

/// GYYMMDD.
fn era(day: Day) -> String {
    let (year, month, of_month) = day.ymd();
    format!("5{:02}{month:02}{of_month:02}", year - 2018)
}

fn facts_of_visit(chunk: &mut Chunk, bill: &Bill<'_>, source: &Source<'_>, period: &Period) {
    let (first, _) = period.span(bill.month);
    let day = first.plus(i32::try_from(bill.days.trailing_zeros()).unwrap_or_default());
    let count = bill.days.count_ones().to_string();
    let code = if bill.stay.is_some() { "inpatient-claim" } else { "outpatient-claim" };
    let fact = Fact { kind: "visit", day, system: None, code, value: &count, unit: "d" };
    chunk.fact(source, &fact);
}

/// Text for a claim file.
fn push(out: &mut Vec<u8>, text: &str) {
    push_cp932(out, text);
}
