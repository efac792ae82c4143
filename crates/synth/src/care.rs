//! Who falls ill with what, and the visits that follow: a plan of care for one person, made from (seed, person) alone.
//!
//! It knows nothing of formats. Volumes: about seven claims a person in two years, half of the national figure
//! (社会医療診療行為別統計, 審査支払 statistics of 令和5年度: about eight medical outpatient claims a head and year), so that a
//! region of 100,000 stays handy; 15 to 20 % of people are seen in a hospital.

use sudare_model::time::Day;

use crate::codes::{Drug, Form, Illness, Kind, age_band, drugs, illnesses};
use crate::dice::{Dice, Purpose};
use crate::people::Person;
use crate::period::{Period, age};
use crate::site::Sites;

/// A problem of a person at one provider.
pub(crate) struct Problem {
    pub(crate) illness: &'static Illness,
    /// Position of the provider.
    pub(crate) place: usize,
    pub(crate) since: Day,
    /// The last day of care and 転帰: 1 ongoing, 2 cured, 3 died, 4 stopped.
    pub(crate) until: Option<Day>,
    pub(crate) outcome: u8,
    pub(crate) suspected: bool,
}

/// One visit or stay.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) day: Day,
    pub(crate) place: usize,
    /// The day of discharge of a stay.
    pub(crate) discharge: Option<Day>,
    /// The problem that brought the person.
    pub(crate) problem: usize,
    pub(crate) first: bool,
    pub(crate) labs: bool,
    pub(crate) drugs: bool,
    /// The act of the illness is done.
    pub(crate) acted: bool,
    /// Days of supply.
    pub(crate) days: u32,
}

/// The plan: visits ascending by (provider, day).
pub(crate) struct Plan {
    pub(crate) problems: Vec<Problem>,
    pub(crate) visits: Vec<Visit>,
}

struct Planner<'a> {
    dice: Dice,
    person: &'a Person,
    period: &'a Period,
    usual: usize,
    other: usize,
    hospital: usize,
    /// A person with marks, who must be found in every format.
    marked: bool,
    problems: Vec<Problem>,
    visits: Vec<Visit>,
}

/// Plans the care of a person; one with marks, given by its position among them, is an in- and outpatient of a hospital
/// and seen at a clinic: in turn at those that speak formats of their own.
pub(crate) fn plan(
    seed: u64,
    person: &Person,
    period: &Period,
    sites: &Sites,
    marked: Option<usize>,
) -> Plan {
    let mut dice = Dice::new(seed, Purpose::Care, person.no, 0);
    let town = person.known.first().map_or(0, |known| known.home.city * 10 + known.home.town);
    let near = sites.clinic(town);
    let usual = if dice.chance(0.7) { near } else { sites.clinic(dice.below(1 << 20)) };
    let other = sites.clinic(dice.below(1 << 20));
    let hospital = sites.hospital(if dice.chance(0.8) { town } else { dice.below(1 << 20) });
    let (usual, hospital) = match marked {
        Some(at) => {
            let charted = sites.all.iter().position(|one| one.fhir);
            let clinic = if at % 2 == 0 { sites.clinic(0) } else { charted.unwrap_or(usual) };
            (clinic, sites.hospital(at))
        }
        None => (usual, hospital),
    };
    let mut planner = Planner {
        dice,
        person,
        period,
        usual,
        other,
        hospital,
        marked: marked.is_some(),
        problems: Vec::new(),
        visits: Vec::new(),
    };
    planner.all();
    planner.finish()
}

impl Planner<'_> {
    fn all(&mut self) {
        let years = f64::from(self.period.days()) / 365.25;
        let middle = self.period.start.plus(self.period.days() / 2);
        let years_old = age(self.person.birth, middle);
        let band = age_band(years_old);
        for illness in illnesses() {
            let chance = illness.chance.get(band).copied().unwrap_or_default();
            let sex = if self.person.male {
                2.0 * illness.male / (1.0 + illness.male)
            } else {
                2.0 / (1.0 + illness.male)
            };
            let chance = chance * sex;
            match illness.kind {
                Kind::Chronic | Kind::Rare => {
                    let forced = self.marked && illness.icd10 == "I10";
                    if self.dice.chance(chance) || forced {
                        let hospital = self.dice.chance(illness.hospital) || forced;
                        self.chronic(illness, hospital);
                    }
                }
                Kind::Acute => {
                    let mut expected = chance * years * 0.8;
                    // A stay, and a visit with a laboratory's results.
                    let inside = self.marked && illness.icd10 == "J189";
                    let outside = self.marked && illness.icd10 == "J209";
                    if inside || outside {
                        expected = 1.0;
                    }
                    while self.dice.chance(expected) {
                        expected -= 1.0;
                        let hospital = inside || self.dice.chance(illness.hospital * 0.8);
                        self.acute(illness, hospital && !outside);
                    }
                }
            }
        }
    }

    fn place(&self, illness: &Illness, hospital: bool) -> usize {
        match (hospital, illness.elsewhere) {
            (true, _) => self.hospital,
            (false, true) => self.other,
            (false, false) => self.usual,
        }
    }

    fn chronic(&mut self, illness: &'static Illness, hospital: bool) {
        let place = self.place(illness, hospital);
        let old = self.dice.chance(0.86);
        let since = if old {
            self.period.start.plus(-self.dice.range(1, 3_600))
        } else {
            self.period.start.plus(self.dice.range(0, self.period.days() - 1))
        };
        let since = since.max(self.person.birth);
        let stays = self.dice.chance(0.9);
        let last = self.last_day();
        let until = (!stays).then(|| {
            let from = since.max(self.period.start);
            from.plus(self.dice.range(30, self.period.days())).min(last)
        });
        let problem = self.problems.len();
        let suspected = self.dice.chance(0.02);
        let outcome = if until.is_some() { 4 } else { 1 };
        self.problems.push(Problem { illness, place, since, until, outcome, suspected });
        let scale = if hospital { self.dice.range(5, 16) } else { self.dice.range(3, 7) };
        let step = (illness.interval * scale / 4).clamp(26, 180);
        let mut day = if old { self.period.start.plus(self.dice.range(0, step)) } else { since };
        let mut first = !old;
        let end = until.unwrap_or(last);
        while day <= end {
            let again = self.joins(place, day, problem);
            if !again {
                let visit = Visit {
                    day,
                    place,
                    discharge: None,
                    problem,
                    first,
                    labs: self.dice.chance(if first { 0.9 } else { 0.4 }),
                    drugs: true,
                    acted: self.dice.chance(if first { 0.6 } else { 0.12 }),
                    days: u32::try_from(step.min(90) / 7 * 7).unwrap_or(28),
                };
                self.push(visit);
            }
            first = false;
            day = day.plus(step + self.dice.range(-4, 4));
        }
        let years = f64::from(self.period.days()) / 365.25;
        if hospital && self.dice.chance(illness.admission * years) {
            let day = self.period.start.plus(self.dice.range(0, self.period.days() - 1));
            self.stay(problem, day.max(since));
        }
    }

    /// Whether a visit within ten days at the same place serves this problem too.
    fn joins(&mut self, place: usize, day: Day, problem: usize) -> bool {
        let near = |one: &&Visit| {
            one.place == place
                && one.discharge.is_none()
                && one.problem != problem
                && (one.day.epoch_days() - day.epoch_days()).abs() <= 18
        };
        self.visits.iter().any(|one| near(&one))
    }

    fn acute(&mut self, illness: &'static Illness, hospital: bool) {
        let place = self.place(illness, hospital);
        let since = self.season(illness);
        if since < self.person.birth || since > self.last_day() {
            return;
        }
        let admitted = hospital && (self.dice.chance(illness.admission) || self.marked);
        let suspected = !admitted && self.dice.chance(0.07);
        let follow = illness.panels.is_empty() && self.dice.chance(0.2) || self.dice.chance(0.3);
        let until = since.plus(self.dice.range(4, 20)).min(self.last_day());
        let problem = self.problems.len();
        let outcome = if self.dice.chance(0.1) { 4 } else { 2 };
        let until = Some(until);
        self.problems.push(Problem { illness, place, since, until, outcome, suspected });
        let labs = !illness.panels.is_empty() && self.dice.chance(if hospital { 0.9 } else { 0.5 });
        let visit = Visit {
            day: since,
            place,
            discharge: None,
            problem,
            first: true,
            labs,
            drugs: self.dice.chance(0.9),
            acted: !admitted && self.dice.chance(0.7),
            days: self.dice.count(3, 7),
        };
        self.push(visit.clone());
        if admitted {
            self.stay(problem, since);
        } else if follow {
            let day = since.plus(self.dice.range(3, 10));
            self.push(Visit { day, first: false, labs: false, acted: false, ..visit });
        }
    }

    /// A day of the period; influenza comes in winter.
    fn season(&mut self, illness: &Illness) -> Day {
        for _ in 0..12 {
            let day = self.period.start.plus(self.dice.range(0, self.period.days() - 1));
            let winter = matches!(day.ymd().1, 12 | 1 | 2 | 3);
            if illness.icd10 != "J111" || winter {
                return day;
            }
        }
        self.period.start
    }

    /// Length of stay: mean about 12 days, long tail (「患者調査」 and 「病院報告」令和5年, from memory).
    fn stay(&mut self, problem: usize, day: Day) {
        let length = 2 + self.dice.range(0, 12) + if self.dice.chance(0.15) { 25 } else { 0 };
        let last = self.last_day();
        if day > last {
            return;
        }
        let discharge = day.plus(length).min(last);
        let place = self.hospital;
        self.visits.retain(|one| {
            one.place != place || one.day < day || one.day > discharge || one.discharge.is_some()
        });
        let taken = |one: &Visit| {
            one.discharge.is_some_and(|end| one.day <= discharge.plus(2) && end.plus(2) >= day)
        };
        if self.visits.iter().any(taken) {
            return;
        }
        self.visits.push(Visit {
            day,
            place,
            discharge: Some(discharge),
            problem,
            first: false,
            labs: true,
            drugs: true,
            acted: true,
            days: 7,
        });
    }

    fn last_day(&self) -> Day {
        self.person.death.unwrap_or(self.period.end).min(self.period.end)
    }

    /// Keeps one visit a day and place, none before birth or after death, none during a stay.
    fn push(&mut self, visit: Visit) {
        let (first, last) = (self.period.start.max(self.person.birth), self.last_day());
        let taken = |one: &Visit| match one.discharge {
            Some(end) => visit.day >= one.day && visit.day <= end,
            None => one.place == visit.place && one.day == visit.day,
        };
        if visit.day >= first && visit.day <= last && !self.visits.iter().any(taken) {
            self.visits.push(visit);
        }
    }

    fn finish(mut self) -> Plan {
        self.visits.sort_by_key(|one| (one.place, one.day));
        if let Some(death) = self.person.death {
            for problem in &mut self.problems {
                let open = problem.until.is_none_or(|until| until >= death.plus(-14));
                let seen = self
                    .visits
                    .iter()
                    .filter(|one| one.place == problem.place)
                    .map(|one| one.discharge.unwrap_or(one.day))
                    .max();
                if open && seen.is_some_and(|day| day >= death.plus(-20)) {
                    problem.until = Some(death);
                    problem.outcome = 3;
                }
            }
        }
        Plan { problems: self.problems, visits: self.visits }
    }
}

/// The drug a person takes for a problem: always the same one.
pub(crate) fn chosen(problem: &Problem, person: u64) -> Option<&'static Drug> {
    let list = problem.illness.drugs;
    let at = usize::try_from(person % 7).unwrap_or_default() % list.len().max(1);
    list.get(at).copied().filter(|one| one.form != Form::Injection && !problem.suspected)
}

/// The drugs a person takes on a day for the problems under care at a place.
pub(crate) fn taken(plan: &Plan, place: usize, day: Day, person: u64) -> Vec<&'static Drug> {
    let here = |one: &&Problem| {
        one.place == place && one.since <= day && one.until.is_none_or(|until| until >= day)
    };
    plan.problems.iter().filter(here).filter_map(|one| chosen(one, person)).collect()
}

/// The drugs dripped on the first days of a stay.
pub(crate) fn infusions(problem: &Problem) -> [&'static Drug; 2] {
    let first = match problem.illness.icd10 {
        "J189" | "K802" => &drugs::CEFTRIAXONE,
        "K358" | "S7200" => &drugs::CEFAZOLIN,
        "C189" | "C169" => &drugs::FLUOROURACIL,
        "E752" => &drugs::AGALSIDASE,
        _ => &drugs::LACTATED_RINGER,
    };
    [first, &drugs::SALINE]
}
