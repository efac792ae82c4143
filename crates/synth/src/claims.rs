//! Medical claims of one person: receipts by provider and month (RECEIPTC.UKE, formats.md 1).
//!
//! Invariants: a group's 診療識別 stands on its first record, points on the last record of a unit, and the points of
//! the payers are the sum of points times counts. Start at [`claim`].

mod record;
mod unit;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::canary::Canary;
use crate::care::{Plan, Problem, Visit};
use crate::charset::push_cp932;
use crate::chunk::{Chunk, Fact, Receipt, Source};
use crate::codes::{Kind, SUSPECTED};
use crate::dice::{Dice, Purpose};
use crate::insurance::Scheme;
use crate::people::Person;
use crate::period::{Period, age, digits};
use crate::places::public_number;
use crate::site::{Provider, ProviderKind, Sites};
use crate::writing::{Writer, Written, half_kana, wide};
use record::{Line, pad_left};
pub(crate) use record::{closing, opening};
use unit::{Units, inpatient, outpatient};

/// What a claim is made from.
pub(crate) struct Claiming<'a> {
    pub(crate) seed: u64,
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

/// The name of a claim file.
pub(crate) fn file_name(period: &Period, month: usize) -> String {
    let (year, month) = period.month(month);
    format!("RECEIPTC-{year:04}{month:02}.UKE")
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
    let problems: Vec<&Problem> = claiming
        .plan
        .problems
        .iter()
        .filter(|one| one.place == at && one.since <= to)
        .filter(|one| one.until.is_none_or(|until| until >= from))
        .collect();
    let units = if stay.is_some() {
        inpatient(&bill, claiming.plan, claiming.period)
    } else {
        outpatient(&bill, claiming.plan, &problems, dice)
    };
    let public = public(&bill, &problems);
    // 月遅れ: a claim that goes out a month late.
    let late = dice.chance(0.004) && month + 1 < claiming.period.months();
    let file_month = if late { month + 1 } else { month };
    let file = format!("deliveries/{}/uke/{}", provider.id, file_name(claiming.period, file_month));
    let source = Source {
        person: claiming.person.no,
        provider: at,
        provider_id: &provider.id,
        number: &written.number,
        file: &file,
    };
    let begin = chunk.claims.len();
    let (payers, points) = head(chunk, &bill, &units, &public, claiming.period);
    diseases(chunk, &bill, &problems, &source, (from, to));
    units.write(chunk, &bill, &source, &public, claiming.period);
    comments(chunk, &bill, claiming.canary, &public);
    facts_of_visit(chunk, &bill, &source, claiming.period);
    chunk.receipts.push(Receipt {
        provider: at,
        month: file_month,
        from: begin,
        to: chunk.claims.len(),
        payers,
        points,
    });
    chunk.count(at, "receipts");
}

/// A public payer beside or instead of the insurance: number of the payer and of the recipient.
struct Public {
    payers: Vec<(String, String)>,
    insured: bool,
}

impl Public {
    /// 負担区分.
    fn share(&self) -> &'static str {
        match (self.insured, self.payers.is_empty()) {
            (true, true) => "1",
            (true, false) => "2",
            (false, _) => "5",
        }
    }
}

fn public(bill: &Bill<'_>, problems: &[&Problem]) -> Public {
    let home = bill.person.known.first().map(|known| known.home).unwrap_or_default();
    if bill.written.scheme == Scheme::Assistance {
        let payers = vec![(bill.written.insurer.clone(), bill.written.card.clone())];
        return Public { payers, insured: false };
    }
    let mut payers = Vec::new();
    let recipient = crate::check::with_check(&format!("{:06}", bill.person.no * 7 % 1_000_000));
    if problems.iter().any(|one| one.illness.kind == Kind::Rare && one.illness.icd10 != "B24") {
        payers.push((public_number("54", home), recipient));
    } else if bill.age < 15 && bill.person.no % 5 < 3 {
        // Municipal help for children (子ども医療費助成); law 83 is a local number.
        payers.push((public_number("83", home), recipient));
    }
    Public { payers, insured: true }
}

/// レセプト種別.
fn kind(bill: &Bill<'_>, public: &Public) -> String {
    let inside = bill.stay.is_some();
    let payers = public.payers.len() + usize::from(public.insured);
    let class = match (public.insured, bill.written.scheme) {
        (false, _) => 2,
        (true, Scheme::Elderly) => 3,
        _ => 1,
    };
    let person = match (class, bill.age) {
        (3, _) | (1, 70..) => 8,
        (1, ..=5) => 4,
        (1, _) if !bill.written.own => 6,
        _ => 2,
    };
    format!("1{class}{payers}{}", person - i32::from(inside))
}

/// RE, HO, KO, SN and JD; returns payers and points.
fn head(
    chunk: &mut Chunk,
    bill: &Bill<'_>,
    units: &Units,
    public: &Public,
    period: &Period,
) -> (u64, u64) {
    let points = units.points();
    let written = bill.written;
    let out = &mut chunk.claims;
    let (year, month) = period.month(bill.month);
    // The writer of the file puts `RE,<number>` before these bytes.
    let mut line = Line::rest(out, 2, 38);
    line.text(&kind(bill, public)).text(&format!("{year:04}{month:02}"));
    line.text(&name(bill)).text(if written.male { "1" } else { "2" }).text(&digits(written.birth));
    line.skip_to(8).text(&bill.stay.map(|one| digits(one.day)).unwrap_or_default());
    line.skip_to(11).text(if bill.age >= 70 { "29" } else { "" });
    line.skip_to(13).text(&written.number);
    if bill.provider.no % 6 == 3 {
        line.skip_to(20).text(&format!("ID{}", written.number));
    }
    line.skip_to(21).text(if bill.provider.kind == ProviderKind::Hospital { "01" } else { "" });
    if bill.provider.habits.claim_kana {
        line.skip_to(36).text(&format!("{}{}", written.family_kana, written.given_kana));
    }
    line.end();
    let count = bill.days.count_ones().to_string();
    let total = points.to_string();
    let mut payers = 0;
    if public.insured {
        payers += 1;
        let mut line = Line::new(out, "HO", 15);
        line.text(&pad_left(&written.insurer, 8)).text(&written.symbol).text(&written.card);
        line.text(&count).text(&total);
        if bill.stay.is_some() {
            let meals = bill.days.count_ones() * 3;
            line.skip_to(7).text(&meals.to_string()).text(&(meals * 670).to_string());
        }
        line.end();
    }
    for (payer, recipient) in &public.payers {
        payers += 1;
        let mut line = Line::new(out, "KO", 12);
        line.text(payer).text(recipient).text("").text(&count).text(&total);
        line.text(if public.insured { "500" } else { "0" }).end();
    }
    if public.insured && !written.branch.is_empty() && bill.provider.no % 5 != 4 {
        Line::new(out, "SN", 9).text("1").text("01").skip_to(6).text(&written.branch).end();
    }
    let mut line = Line::new(out, "JD", 33);
    line.text(if public.insured { "1" } else { "2" }).days(bill.days).end();
    (payers, points)
}

/// RE-4 in the provider's way.
fn name(bill: &Bill<'_>) -> String {
    let written = bill.written;
    let habits = bill.provider.habits;
    if habits.half_width && bill.person.no % 40 == 7 {
        let space = if habits.space { " " } else { "" };
        return format!(
            "{}{space}{}",
            half_kana(&written.family_kana),
            half_kana(&written.given_kana)
        );
    }
    let space = if habits.space { "　" } else { "" };
    format!("{}{space}{}", written.family, written.given)
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
