//! What happens to a household in the period: moving, a new job, marriage, turning 75, death.
//!
//! Yearly rates, rounded from memory: moving 4 % (総務省「住民基本台帳人口移動報告」2023), change of insurer with the job
//! 7 % of employees (about half of 「雇用動向調査」令和5年), marriage of women 20-39 4 % (「人口動態統計」令和5年), deaths by
//! age (「簡易生命表」令和5年, a step table).

use sudare_model::time::Day;

use super::{Known, Member, Person, Role, family, home};
use crate::dice::Dice;
use crate::insurance::{Cover, Scheme, draw_scheme};
use crate::period::{Period, age, birthday};
use crate::places::Home;

/// What all members share.
struct Shared {
    family: (usize, bool),
    home: Home,
    phone: [u32; 2],
    moved: Option<(Day, Home)>,
    contract: Cover,
    job: Option<(Day, Cover)>,
    alone: bool,
}

/// Turns members into persons with their histories.
pub(super) fn live(
    dice: &mut Dice,
    members: Vec<Member>,
    first: u64,
    period: &Period,
) -> Vec<Person> {
    let head_age = members.first().map_or(40, |head| age(head.birth, period.start));
    let shared = share(dice, head_age, members.len() == 1, period);
    let mut people = Vec::with_capacity(members.len());
    for (at, member) in members.into_iter().enumerate() {
        let no = first + at as u64;
        people.push(person(dice, no, at, &member, &shared, period));
    }
    people
}

fn years(period: &Period) -> f64 {
    f64::from(period.days()) / 365.25
}

fn share(dice: &mut Dice, head_age: i32, alone: bool, period: &Period) -> Shared {
    let place = home(dice);
    let scheme = draw_scheme(dice, head_age);
    let contract = Cover::contract(dice, scheme, place);
    let moved = dice.chance(0.04 * years(period)).then(|| (some_day(dice, period), home(dice)));
    let employed = matches!(scheme, Scheme::Employer(_));
    let job = (employed && dice.chance(0.07 * years(period))).then(|| {
        let scheme = insured(draw_scheme(dice, head_age.min(64)));
        let place = moved.map_or(place, |one| one.1);
        (some_day(dice, period), Cover::contract(dice, scheme, place))
    });
    let phone = [dice.count(200, 999), dice.count(0, 9_999)];
    Shared { family: family(dice), home: place, phone, moved, contract, job, alone }
}

/// Working people have an insurance of their own kind.
const fn insured(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::Assistance | Scheme::Elderly => Scheme::Municipal,
        other => other,
    }
}

fn some_day(dice: &mut Dice, period: &Period) -> Day {
    period.start.plus(dice.range(20, period.days() - 20))
}

fn person(
    dice: &mut Dice,
    no: u64,
    at: usize,
    member: &Member,
    shared: &Shared,
    period: &Period,
) -> Person {
    let start_age = age(member.birth, period.start);
    let own = own_contract(dice, member, start_age, shared);
    let apart = own.is_some();
    let first = Known {
        from: member.birth.min(period.start),
        family: shared.family,
        home: shared.home,
        phone: shared.phone,
        cover: own.unwrap_or_else(|| shared.contract.for_member(at)),
    };
    let mut steps: Vec<(Day, Step)> = Vec::new();
    steps.extend(shared.moved.map(|(day, place)| (day, Step::Move(place))));
    if let (Some((day, cover)), false) = (&shared.job, apart) {
        steps.push((*day, Step::Insure(cover.for_member(at))));
    }
    let single = member.role == Role::Child || shared.alone;
    let of_age = (20..40).contains(&start_age);
    if !member.male && single && of_age && dice.chance(0.04 * years(period)) {
        let day = some_day(dice, period);
        steps.push((day, Step::Marry(family(dice), home(dice), dice.chance(0.4))));
    }
    let turning = birthday(member.birth, 75);
    if turning > period.start && turning <= period.end {
        steps.push((turning, Step::Turn75));
    }
    steps.sort_by_key(|step| step.0);
    let mut known = vec![first];
    for (day, step) in steps {
        apply(dice, &mut known, day, step);
    }
    let death = death(dice, member, period);
    Person { no, male: member.male, birth: member.birth, death, given: member.given, known }
}

/// An own contract where a member is not insured with the head.
fn own_contract(dice: &mut Dice, member: &Member, age: i32, shared: &Shared) -> Option<Cover> {
    if shared.contract.scheme == Scheme::Assistance || member.role == Role::Head {
        return None;
    }
    let works = match member.role {
        Role::Head => false,
        Role::Spouse => dice.chance(0.42),
        Role::Child => age >= 22 && dice.chance(0.8),
        Role::Parent => dice.chance(0.5),
    };
    let scheme = if age >= 75 {
        Some(Scheme::Elderly)
    } else if shared.contract.scheme == Scheme::Elderly {
        Some(insured(draw_scheme(dice, age)))
    } else if works && age < 70 {
        Some(draw_scheme(dice, age)).filter(|one| matches!(one, Scheme::Employer(_)))
    } else {
        None
    };
    scheme.map(|scheme| Cover::contract(dice, scheme, shared.home))
}

enum Step {
    Move(Home),
    Insure(Cover),
    /// New family name, new home, insured with the husband.
    Marry((usize, bool), Home, bool),
    Turn75,
}

fn apply(dice: &mut Dice, known: &mut Vec<Known>, day: Day, step: Step) {
    let Some(mut next) = known.last().cloned() else { return };
    if day <= next.from {
        return;
    }
    next.from = day;
    match step {
        Step::Move(place) => {
            let elsewhere = place.city != next.home.city;
            next.home = place;
            if elsewhere && matches!(next.cover.scheme, Scheme::Municipal | Scheme::Elderly) {
                let branch = std::mem::take(&mut next.cover.branch);
                next.cover = Cover::contract(dice, next.cover.scheme, place);
                next.cover.branch = branch;
            }
        }
        Step::Insure(cover) if next.cover.scheme != Scheme::Elderly => next.cover = cover,
        Step::Insure(_) => {}
        Step::Marry(name, place, dependant) => {
            next.family = name;
            next.home = place;
            if dependant || next.cover.scheme == Scheme::Municipal {
                let scheme = insured(draw_scheme(dice, 30));
                next.cover = Cover::contract(dice, scheme, place).for_member(dependant.into());
            }
        }
        Step::Turn75 if next.cover.scheme != Scheme::Assistance => {
            next.cover = Cover::contract(dice, Scheme::Elderly, next.home);
        }
        Step::Turn75 => {}
    }
    known.push(next);
}

/// Deaths per 10,000 men and year from an age on; women have about 0.55 of it.
const MORTALITY: &[(i32, f64)] = &[
    (0, 3.0),
    (15, 4.0),
    (40, 15.0),
    (50, 38.0),
    (60, 85.0),
    (65, 140.0),
    (70, 230.0),
    (75, 370.0),
    (80, 620.0),
    (85, 1_070.0),
    (90, 1_800.0),
    (95, 2_700.0),
];

fn death(dice: &mut Dice, member: &Member, period: &Period) -> Option<Day> {
    let start_age = age(member.birth, period.start);
    let yearly = MORTALITY.iter().rev().find(|step| step.0 <= start_age).map_or(3.0, |one| one.1);
    let sex = if member.male { 1.0 } else { 0.55 };
    if !dice.chance(yearly / 10_000.0 * sex * years(period)) {
        return None;
    }
    let from = member.birth.max(period.start);
    let left = period.end.epoch_days() - from.epoch_days();
    (left > 0).then(|| from.plus(dice.range(1, left)))
}
