//! What the survey learnt of a delivery: its patients by number, reference and identifier, and the drugs and insurers
//! that other resources refer to.
//!
//! What it is for: saying whose a resource is before its content is read, whichever file the Patient stands in.
//! Memory: about two hundred bytes for each patient. References are kept as pairs of keyed 64-bit hashes; patient
//! numbers are kept because the gate is asked with them. It is not printed and lives no longer than the plan.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use sudare_identity::Sex;

use super::coded::{Coding, Concept, DRUGS};
use super::json::Value;
use super::patient::Who;
use super::systems::{self, Number};
use crate::gate::Life;

/// A patient of the delivery.
pub(super) struct Person {
    pub(super) number: Box<str>,
    pub(super) life: Life,
    sex: Option<Sex>,
    /// Hash of the institution whose number it is; 0 where none is said.
    institution: u64,
    /// Whether all that was said of the patient agrees.
    pub(super) agree: bool,
}

/// A drug that others refer to.
pub(super) struct Drug {
    pub(super) system: Box<str>,
    pub(super) code: Box<str>,
    pub(super) name: Box<str>,
}

/// Whose a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A patient, by position.
    Person(u32),
    /// More than one.
    Several,
    /// Nobody in the delivery.
    Nobody,
}

/// More drugs than any formulary: beyond that, references to them stay unresolved.
const DRUGS_MAX: usize = 1 << 20;

/// What is known of a delivery.
#[derive(Default)]
pub(super) struct Known {
    keys: (RandomState, RandomState),
    people: Vec<Person>,
    numbers: HashMap<u128, u32>,
    references: HashMap<u128, Option<u32>>,
    drugs: HashMap<u128, Drug>,
    insurers: HashMap<u128, Box<str>>,
}

impl Known {
    fn key(&self, thing: &impl Hash) -> u128 {
        let high = u128::from(self.keys.0.hash_one(thing));
        high << 64 | u128::from(self.keys.1.hash_one(thing))
    }

    /// Adds what a Patient resource says. `reference` is how others may refer to it, in its canonical form, or empty.
    pub(super) fn add_patient(&mut self, patient: Value<'_>, reference: &str) {
        let who = Who::of(patient);
        if who.number.is_empty() {
            return;
        }
        let at = self.person(&who);
        if !reference.is_empty() {
            self.refer(self.key(&("reference", reference)), at);
        }
        for identifier in patient.get("identifier").items() {
            let (system, value) = (identifier.text("system"), identifier.text("value").trim());
            // A person may hold many identifiers; others refer by these.
            let kind = Coding::of(identifier.get("type").first("coding")).code;
            let referred = systems::number(system, kind) != Number::Other || value == who.number;
            if referred && !value.is_empty() && !system.is_empty() {
                self.refer(self.key(&("identifier", system, value)), at);
            }
        }
    }

    fn person(&mut self, who: &Who<'_>) -> u32 {
        let key = self.key(&("number", who.number));
        let life = Life { birth: who.birth, death: who.death };
        let institution = match who.institution {
            "" => 0,
            system => self.keys.0.hash_one(system).max(1),
        };
        let next = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        let at = *self.numbers.entry(key).or_insert(next);
        let Some(person) = self.people.get_mut(at as usize) else {
            self.people.push(Person {
                number: who.number.into(),
                life,
                sex: who.sex,
                institution,
                agree: true,
            });
            return at;
        };
        fn same<T: PartialEq + Copy>(left: Option<T>, right: Option<T>) -> bool {
            left.is_none() || right.is_none() || left == right
        }
        let institutions =
            person.institution == 0 || institution == 0 || person.institution == institution;
        person.agree &=
            same(person.life.birth, life.birth) && same(person.sex, who.sex) && institutions;
        person.life = person.life.or(life);
        person.sex = person.sex.or(who.sex);
        if person.institution == 0 {
            person.institution = institution;
        }
        at
    }

    fn refer(&mut self, key: u128, at: u32) {
        let known = self.references.entry(key).or_insert(Some(at));
        if *known != Some(at) {
            *known = None;
        }
    }

    /// Adds a Medication.
    pub(super) fn add_drug(&mut self, medication: Value<'_>, reference: &str) {
        let concept = Concept::of(medication.get("code"), DRUGS);
        if self.drugs.len() < DRUGS_MAX && !reference.is_empty() && !concept.is_empty() {
            let drug = Drug {
                system: concept.coding.word().into(),
                code: concept.coding.code.into(),
                name: concept.name().into(),
            };
            self.drugs.insert(self.key(&("reference", reference)), drug);
        }
    }

    /// Adds an Organization that is an insurer.
    pub(super) fn add_insurer(&mut self, organization: Value<'_>, reference: &str) {
        let number = insurer_number(organization);
        if !reference.is_empty() && !number.is_empty() {
            self.insurers.insert(self.key(&("reference", reference)), number.into());
        }
    }

    /// Whose a reference in its canonical form is.
    pub(super) fn by_reference(&self, reference: &str) -> Found {
        self.found(self.key(&("reference", reference)))
    }

    /// Whose an identifier is.
    pub(super) fn by_identifier(&self, system: &str, value: &str) -> Found {
        self.found(self.key(&("identifier", system, value)))
    }

    fn found(&self, key: u128) -> Found {
        match self.references.get(&key) {
            Some(Some(at)) => Found::Person(*at),
            Some(None) => Found::Several,
            None => Found::Nobody,
        }
    }

    /// Whose a patient number is.
    pub(super) fn by_number(&self, number: &str) -> Option<u32> {
        self.numbers.get(&self.key(&("number", number))).copied()
    }

    /// A patient, by position.
    pub(super) fn patient(&self, at: u32) -> Option<&Person> {
        self.people.get(at as usize)
    }

    /// The drug of a reference.
    pub(super) fn drug(&self, reference: &str) -> Option<&Drug> {
        self.drugs.get(&self.key(&("reference", reference)))
    }

    /// The insurer's number of a reference; empty where not known.
    pub(super) fn insurer(&self, reference: &str) -> &str {
        self.insurers.get(&self.key(&("reference", reference))).map_or("", |number| number)
    }
}

/// The number of an insurer among the identifiers of an Organization; empty where it is none.
pub(super) fn insurer_number(organization: Value<'_>) -> &str {
    organization
        .get("identifier")
        .items()
        .find(|one| systems::is_insurer(one.text("system")))
        .map_or("", |one| one.text("value").trim())
}

/// A reference in the form in which references are compared: `urn:…` as it is, else the last two parts, `Type/id`,
/// without version. Empty for what refers to nothing outside its resource.
pub(super) fn canonical(reference: &str) -> &str {
    if reference.starts_with("urn:") {
        return reference;
    }
    let bare = reference.split(['|', '?']).next().unwrap_or_default();
    let bare = bare.split_once("/_history/").map_or(bare, |(bare, _)| bare);
    let mut slashes = bare.bytes().enumerate().rev().filter(|(_, byte)| *byte == b'/');
    match (slashes.next(), slashes.next()) {
        (Some(_), Some((second, _))) => bare.get(second + 1..).unwrap_or_default(),
        (Some(_), None) => bare,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::Tape;
    use super::*;

    #[test]
    fn references_are_compared_by_type_and_id() {
        assert_eq!(canonical("Patient/1"), "Patient/1");
        assert_eq!(canonical("https://a.example/fhir/Patient/1/_history/2"), "Patient/1");
        assert_eq!(canonical("urn:uuid:4bc6"), "urn:uuid:4bc6");
        assert_eq!(canonical("#p"), "");
        assert_eq!(canonical("1"), "");
    }

    #[test]
    fn patients_that_contradict_each_other_are_known_as_such() {
        let mut known = Known::default();
        let mut add = |text: &str, reference: &str| {
            let mut tape = Tape::default();
            known.add_patient(tape.read(text).unwrap(), reference);
        };
        let patient = |id: &str, birth: &str| {
            format!(r#"{{"identifier":[{{"system":"s","value":"{id}"}}],"birthDate":"{birth}"}}"#)
        };
        add(&patient("1", "1950-01-01"), "Patient/a");
        add(&patient("1", "1950-01-01"), "Patient/b");
        add(&patient("2", "1950-01-01"), "Patient/c");
        add(&patient("2", "1951-01-01"), "Patient/d");
        add(&patient("3", "1951-01-01"), "Patient/a");
        let Found::Person(one) = known.by_reference("Patient/b") else { panic!() };
        assert!(known.patient(one).unwrap().agree);
        assert!(!known.patient(known.by_number("2").unwrap()).unwrap().agree);
        assert_eq!(known.by_reference("Patient/a"), Found::Several);
        assert_eq!(known.by_reference("Patient/z"), Found::Nobody);
        assert_eq!(known.by_identifier("s", "1"), Found::Person(one));
    }
}
