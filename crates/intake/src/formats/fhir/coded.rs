//! CodeableConcept and Coding: which of several codings is stored.

use sudare_model::code::CodeSystem;

use super::json::Value;
use super::systems;

/// A coding, as written.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Coding<'t> {
    pub(super) system: &'t str,
    pub(super) code: &'t str,
    pub(super) display: &'t str,
}

impl<'t> Coding<'t> {
    pub(super) fn of(value: Value<'t>) -> Self {
        Self {
            system: value.text("system"),
            code: value.text("code"),
            display: value.text("display"),
        }
    }

    /// The code system by our word, or as the source names it.
    pub(super) fn word(&self) -> &'t str {
        if self.code.is_empty() { CodeSystem::Uncoded.word() } else { systems::word(self.system) }
    }

    /// The code, or the display where there is none.
    pub(super) fn label(&self) -> &'t str {
        if self.code.is_empty() { self.display } else { self.code }
    }
}

/// A concept: the coding chosen, its text, and what was left.
#[derive(Clone, Copy, Default)]
pub(super) struct Concept<'t> {
    pub(super) coding: Coding<'t>,
    pub(super) text: &'t str,
    /// Whether there were codings besides the one chosen.
    pub(super) more: bool,
}

impl<'t> Concept<'t> {
    /// The coding whose system comes first in the order given; then other known systems, unknown ones, the provider's
    /// own codes, and codes that say there is no code.
    pub(super) fn of(value: Value<'t>, order: &[CodeSystem]) -> Self {
        let mut best: Option<(usize, Coding<'t>)> = None;
        let mut count = 0;
        for coding in value.get("coding").items() {
            let coding = Coding::of(coding);
            if coding.label().is_empty() {
                continue;
            }
            count += 1;
            let rank = rank(&coding, order);
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                best = Some((rank, coding));
            }
        }
        Self {
            coding: best.map(|(_, coding)| coding).unwrap_or_default(),
            text: value.text("text"),
            more: count > 1,
        }
    }

    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.coding.label().is_empty() && self.text.is_empty()
    }

    /// The name: of the code where it has one, else the text.
    pub(super) fn name(&self) -> &'t str {
        if self.coding.display.is_empty() { self.text } else { self.coding.display }
    }

    /// The code, or what stands for it.
    pub(super) fn label(&self) -> &'t str {
        if self.coding.label().is_empty() { self.text } else { self.coding.label() }
    }
}

fn rank(coding: &Coding<'_>, order: &[CodeSystem]) -> usize {
    let behind = order.len();
    if coding.code.is_empty() {
        return behind + 4;
    }
    match systems::known(coding.system) {
        Some(CodeSystem::Uncoded) => behind + 3,
        Some(CodeSystem::Local) => behind + 2,
        Some(system) => order.iter().position(|one| *one == system).unwrap_or(behind),
        None if coding.system.is_empty() => behind + 2,
        None => behind + 1,
    }
}

/// Diseases.
pub(super) const DISEASES: &[CodeSystem] = &[
    CodeSystem::MedisDisease,
    CodeSystem::MedisExchange,
    CodeSystem::ClaimDisease,
    CodeSystem::Icd10,
    CodeSystem::Snomed,
];
/// Drugs.
pub(super) const DRUGS: &[CodeSystem] = &[
    CodeSystem::Yj,
    CodeSystem::Hot13,
    CodeSystem::Hot9,
    CodeSystem::Hot7,
    CodeSystem::ClaimDrug,
    CodeSystem::PriceList,
    CodeSystem::GenericDrug,
    CodeSystem::RxNorm,
    CodeSystem::Cvx,
    CodeSystem::Ndc,
    CodeSystem::Atc,
];
/// Examinations.
pub(super) const EXAMINATIONS: &[CodeSystem] =
    &[CodeSystem::Jlac10, CodeSystem::Jlac11, CodeSystem::Loinc, CodeSystem::Snomed];
/// Acts.
pub(super) const ACTS: &[CodeSystem] =
    &[CodeSystem::ClaimProcedure, CodeSystem::Jj1017, CodeSystem::Snomed, CodeSystem::Loinc];
/// No preference.
pub(super) const ANY: &[CodeSystem] = &[];

#[cfg(test)]
mod tests {
    use super::super::json::Tape;
    use super::*;

    #[test]
    fn a_national_code_comes_before_one_of_the_provider() {
        let text = r#"{"text":"ミヤＢＭ錠","coding":[
            {"system":"http://jpfhir.jp/fhir/eCS/CodeSystem/DrugCode/1991","code":"I1"},
            {"system":"http://medis.or.jp/CodeSystem/master-HOT9","code":"104195801"},
            {"system":"http://capstandard.jp/iyaku.info/CodeSystem/YJ-code","code":"2316009F1022","display":"x"}]}"#;
        let mut tape = Tape::default();
        let concept = Concept::of(tape.read(text).unwrap(), DRUGS);
        assert_eq!((concept.coding.code, concept.coding.word()), ("2316009F1022", "YJ"));
        assert!(concept.more);
        assert_eq!(concept.name(), "x");
        let concept = Concept::of(tape.read(r#"{"text":"腹部所見"}"#).unwrap(), ANY);
        assert_eq!((concept.label(), concept.coding.word()), ("腹部所見", "UNCODED"));
    }
}
