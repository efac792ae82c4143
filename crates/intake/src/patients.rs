//! What the records of one patient number state of who it is, gathered while a plan is made: contradictions, births and
//! deaths.
//!
//! Numbers are known by a hash that lives no longer than the plan. Memory: some 40 bytes for each number.

use hashbrown::HashMap;
use sudare_identity::Sex;

use crate::gate::Life;
use crate::plan::Facts;

/// Hash of a patient number, for finding contradictions within one plan.
pub(crate) fn patient_hash(number: &[u8]) -> u64 {
    u64::from_le_bytes(crate::key::visit_key("patient", &[number]).to_le_bytes())
}

/// A sex as [`Patients::state`] takes it.
pub(crate) const fn sex_mark(sex: Sex) -> u8 {
    match sex {
        Sex::Unknown => 0,
        Sex::Male => b'M',
        Sex::Female => b'F',
        Sex::Other => b'O',
    }
}

/// What the records of one number state.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stated {
    /// Birth and death, wherever they are stated.
    pub(crate) life: Life,
    /// Whether a record leaves out the birth date.
    pub(crate) silent: bool,
    sex: u8,
    conflict: bool,
}

/// By hash of the patient number.
#[derive(Default)]
pub(crate) struct Patients(HashMap<u64, Stated, foldhash::fast::RandomState>);

impl Patients {
    /// Adds what a record states; `sex` as the format writes it, 0 where it is not stated. What is not stated
    /// contradicts nothing.
    pub(crate) fn state(&mut self, patient: u64, life: Life, sex: u8) {
        let known = self.0.entry(patient).or_default();
        let births = (known.life.birth, life.birth);
        known.conflict |= matches!(births, (Some(one), Some(two)) if one != two);
        known.conflict |= known.sex != 0 && sex != 0 && known.sex != sex;
        known.silent |= life.birth.is_none();
        known.life = known.life.or(life);
        known.sex = if known.sex == 0 { sex } else { known.sex };
    }

    /// Adds a death that stands apart from the record that states who it is.
    pub(crate) fn died(&mut self, patient: u64, life: Life) {
        if let Some(known) = self.0.get_mut(&patient) {
            known.life = known.life.or(Life { birth: None, ..life });
        }
    }

    /// Who contradicts themselves, and the lives that reading needs.
    pub(crate) fn facts(&self, needed: impl Fn(&Stated) -> bool) -> Facts {
        let conflicts = self.0.iter().filter(|(_, one)| one.conflict).map(|(hash, _)| *hash);
        let lives = self.0.iter().filter(|(_, one)| needed(one));
        Facts::of(conflicts.collect(), lives.map(|(hash, one)| (*hash, one.life)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::{collection, option};
    use sudare_model::time::Day;

    use super::*;

    fn life(birth: Option<i32>, death: Option<i32>) -> Life {
        Life { birth: birth.map(Day::from_epoch_days), death: death.map(Day::from_epoch_days) }
    }

    proptest! {
        /// Whoever states two births or two sexes is in conflict, whatever else is said and in whatever order.
        #[test]
        fn what_differs_conflicts_in_any_order(
            said in collection::vec((0u64..3, option::of(0i32..2), 0u8..3), 0..12),
        ) {
            let mut patients = Patients::default();
            for (patient, birth, sex) in &said {
                patients.state(*patient, life(*birth, None), *sex);
            }
            let facts = patients.facts(|_| true);
            for patient in 0..3 {
                let of = || said.iter().filter(|(number, ..)| *number == patient);
                let births = of().filter_map(|(_, birth, _)| *birth);
                let sexes = of().map(|(.., sex)| *sex).filter(|sex| *sex != 0);
                let several = |mut values: Vec<i64>| {
                    values.sort_unstable();
                    values.dedup();
                    values.len() > 1
                };
                let expected = several(births.map(i64::from).collect())
                    || several(sexes.map(i64::from).collect());
                prop_assert_eq!(facts.conflict(patient), expected);
            }
        }
    }

    #[test]
    fn a_death_is_told_of_those_who_are_known() {
        let mut patients = Patients::default();
        patients.state(1, life(Some(10), None), b'1');
        patients.died(1, life(None, Some(900)));
        patients.died(1, life(None, Some(800)));
        patients.died(2, life(None, Some(800)));
        let facts = patients.facts(|one| one.life.death.is_some());
        assert_eq!(facts.life(1), life(Some(10), Some(800)));
        assert_eq!(facts.life(2), Life::UNKNOWN);
    }
}
