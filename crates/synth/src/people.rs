//! Households and the persons in them: names, birth, and what is known of them from which day on.
//!
//! A household is made from (seed, its number) alone. Frequencies: household sizes after 総務省「国勢調査」令和2年 (one
//! person 38 %, two 28, three 17, four 12, five and more 5); ages of heads tuned to 29 % aged 65 and older (「人口推計」
//! 2023); twins 2 % of younger children (about twice 厚生労働省「人口動態統計」, so that small regions have some).
//! All rounded from memory.

mod events;

use sudare_model::time::Day;

use crate::dice::{Dice, Purpose};
use crate::insurance::Cover;
use crate::names::{FAMILIES, Given, MEN_OLDER, MEN_YOUNGER, WOMEN_OLDER, WOMEN_YOUNGER};
use crate::period::{Period, birthday};
use crate::places::{CITIES, Home, TOWNS};

/// What is known of a person from a day on.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) from: Day,
    /// Position in [`FAMILIES`], and whether the official form is the variant.
    pub(crate) family: (usize, bool),
    pub(crate) home: Home,
    pub(crate) phone: [u32; 2],
    pub(crate) cover: Cover,
}

/// A person.
pub(crate) struct Person {
    /// Number in the region, from 0.
    pub(crate) no: u64,
    pub(crate) male: bool,
    pub(crate) birth: Day,
    pub(crate) death: Option<Day>,
    pub(crate) given: Given,
    /// Ascending by day; never empty.
    pub(crate) known: Vec<Known>,
}

impl Person {
    /// What was true on a day.
    pub(crate) fn on(&self, day: Day) -> Option<&Known> {
        self.known.iter().rev().find(|one| one.from <= day).or_else(|| self.known.first())
    }
}

/// The number of people in a household.
pub(crate) fn size(seed: u64, household: u64) -> u64 {
    let mut dice = Dice::new(seed, Purpose::Size, household, 0);
    1 + dice.weighted([380u32, 281, 166, 119, 39, 15].iter().copied()) as u64
}

/// Role of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Head,
    Spouse,
    Child,
    Parent,
}

/// A member before the events.
pub(crate) struct Member {
    pub(crate) role: Role,
    pub(crate) male: bool,
    pub(crate) birth: Day,
    pub(crate) given: Given,
}

/// Makes one household: `members` persons numbered from `first`.
pub(crate) fn household(
    seed: u64,
    number: u64,
    first: u64,
    members: u64,
    period: &Period,
) -> Vec<Person> {
    let mut dice = Dice::new(seed, Purpose::Household, number, 0);
    let members = make_members(&mut dice, members, period);
    events::live(&mut dice, members, first, period)
}

fn make_members(dice: &mut Dice, count: u64, period: &Period) -> Vec<Member> {
    let head_age = head_age(dice, count);
    let head_male = dice.chance(if count == 1 { 0.5 } else { 0.86 });
    let mut members: Vec<Member> = Vec::new();
    let birth = born(dice_day(dice), head_age, period);
    push(dice, &mut members, Role::Head, head_male, birth);
    let couple = count >= 2 && dice.chance(if count == 2 { 0.66 } else { 0.88 });
    if couple {
        let gap = if head_male { dice.range(-2, 6) } else { dice.range(-6, 2) };
        let birth = born(dice_day(dice), (head_age - gap).max(19), period);
        push(dice, &mut members, Role::Spouse, !head_male, birth);
    }
    let mut child_age = head_age - dice.range(23, 34);
    while (members.len() as u64) < count {
        let elder =
            (members.len() as u64) + 1 == count && count != 2 && head_age < 68 && dice.chance(0.14);
        if elder || child_age < -2 || head_age < 22 {
            let male = dice.chance(0.35);
            let birth = born(dice_day(dice), head_age + dice.range(22, 34), period);
            push(dice, &mut members, Role::Parent, male, birth);
            continue;
        }
        let older = members.last().filter(|one| one.role == Role::Child).map(|one| one.birth);
        let twin = older.filter(|_| dice.chance(0.02));
        let birth = twin.unwrap_or_else(|| born(dice_day(dice), child_age, period));
        let birth = if birth > period.end { newborn(dice, period) } else { birth };
        let male = dice.chance(0.513);
        push(dice, &mut members, Role::Child, male, birth);
        child_age -= dice.range(2, 4);
    }
    members
}

fn head_age(dice: &mut Dice, count: u64) -> i32 {
    // Weights of 20-29, 30-39, ... 80-89, 90-96.
    let weights: [u32; 8] = match count {
        1 => [155, 120, 115, 125, 130, 175, 140, 40],
        2 => [30, 65, 75, 130, 235, 300, 145, 20],
        3 => [25, 150, 200, 240, 205, 125, 50, 5],
        _ => [20, 230, 400, 230, 80, 30, 10, 0],
    };
    let decade = i32::try_from(dice.weighted(weights.iter().copied())).unwrap_or_default();
    20 + decade * 10 + dice.range(0, if decade == 7 { 6 } else { 9 })
}

fn dice_day(dice: &mut Dice) -> i32 {
    dice.range(0, 364)
}

/// The birth date of someone who has this age at the start of the period.
fn born(day_of_year: i32, age: i32, period: &Period) -> Day {
    birthday(period.start, -age).plus(-day_of_year)
}

fn newborn(dice: &mut Dice, period: &Period) -> Day {
    period.start.plus(dice.range(0, period.days() - 1))
}

fn push(dice: &mut Dice, members: &mut Vec<Member>, role: Role, male: bool, birth: Day) {
    let younger = birth.ymd().0 >= 1985;
    let list = match (male, younger) {
        (true, false) => MEN_OLDER,
        (true, true) => MEN_YOUNGER,
        (false, false) => WOMEN_OLDER,
        (false, true) => WOMEN_YOUNGER,
    };
    let mut given = dice.pick(list);
    while members.iter().any(|one| one.given == given) {
        given = dice.pick(list);
    }
    members.push(Member { role, male, birth, given });
}

/// A family name and whether the household's official form is the variant.
pub(crate) fn family(dice: &mut Dice) -> (usize, bool) {
    let at = dice.weighted(FAMILIES.iter().map(|one| one.weight));
    let has = FAMILIES.get(at).is_some_and(|one| !one.variant.is_empty());
    (at, has && dice.chance(0.3))
}

/// An address; two thirds live in the first municipality, and 45 % in flats (「住宅・土地統計調査」令和5年, from memory).
pub(crate) fn home(dice: &mut Dice) -> Home {
    let city = if dice.chance(0.66) { 0 } else { dice.below(CITIES.len()) };
    let block = [dice.count(1, 6), dice.count(1, 28), dice.count(1, 19)];
    let room = if dice.chance(0.45) { dice.count(1, 9) * 100 + dice.count(1, 12) } else { 0 };
    Home { city, town: dice.below(TOWNS.len()), block, room }
}
