//! What is measured of a person: the same height, weight and laboratory levels wherever somebody measures them.

use sudare_model::time::Day;

use crate::care::{Plan, Problem};
use crate::codes::Lab;
use crate::dice::{Dice, Purpose};
use crate::people::Person;
use crate::period::Period;

/// Whose body, and what ails it.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) seed: u64,
    pub(crate) period: &'a Period,
    pub(crate) person: &'a Person,
    pub(crate) plan: &'a Plan,
}

impl Body<'_> {
    /// Height in cm and weight in kg.
    pub(crate) fn measures(&self) -> [f64; 2] {
        let mut dice = Dice::new(self.seed, Purpose::Storage, self.person.no, 9_999);
        let (height, weight) = if self.person.male { (170.0, 67.0) } else { (157.0, 53.5) };
        [height + dice.normal() * 6.0, weight + dice.normal() * 8.0]
    }

    /// Whether the person is under care for one of these (ICD-10) on a day, anywhere.
    pub(crate) fn has(&self, list: &[&str], day: Day) -> bool {
        self.plan.problems.iter().any(|one| {
            list.contains(&one.illness.icd10)
                && !one.suspected
                && one.since <= day
                && one.until.is_none_or(|until| until >= day)
        })
    }

    /// The value of an item on a day: the person's own mean, what their illnesses do to it, drift, noise of `dice`, and
    /// now and then an outlier. `problem` is what they are seen for.
    pub(crate) fn lab(
        &self,
        lab: &Lab,
        problem: Option<&Problem>,
        day: Day,
        dice: &mut Dice,
    ) -> f64 {
        let mut own = Dice::new(self.seed, Purpose::Care, self.person.no, 1_000 + lab.no);
        let years = f64::from(day.epoch_days() - self.period.start.epoch_days()) / 365.25;
        let drift = own.normal() * 0.15 * years;
        let raised: f64 = self
            .plan
            .problems
            .iter()
            .filter(|one| one.since <= day && one.until.is_none_or(|until| until >= day))
            .chain(problem)
            .flat_map(|one| one.illness.raises)
            .filter(|raise| raise.0.no == lab.no)
            .map(|raise| raise.1)
            .fold(0.0, |most: f64, raise| if raise.abs() > most.abs() { raise } else { most });
        let mean =
            lab.mean + lab.between * (own.normal() + drift + raised * (0.6 + 0.6 * own.unit()));
        let mut value = mean + lab.within * dice.normal();
        if dice.chance(0.004) {
            // An outlier: a haemolysed sample, a decimal point, or a very ill person.
            value *= 2.0 + 4.0 * dice.unit();
        }
        value.max(lab.range.0 * 0.3)
    }
}
