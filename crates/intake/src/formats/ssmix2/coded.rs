//! Coded elements (CWE): code, name, and the code system by the word we store.

use sudare_model::code::CodeSystem;

use super::message::Segment;

/// A coded element, as written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Coded<'t> {
    pub(super) code: &'t str,
    pub(super) name: &'t str,
    pub(super) system: &'t str,
}

impl<'t> Coded<'t> {
    /// The first repetition of a field: components 1 to 3, or 4 to 6 where the first three are empty.
    pub(super) fn field(segment: &Segment<'_, 't>, number: usize) -> Self {
        let text = segment.repetitions(number).next().unwrap_or_default();
        Self::text(segment, text)
    }

    /// The same, of a text.
    pub(super) fn text(segment: &Segment<'_, 't>, text: &'t str) -> Self {
        let standard = Self::triple(segment, text, 1);
        if standard.code.is_empty() && standard.name.is_empty() {
            return Self::triple(segment, text, 4);
        }
        standard
    }

    fn triple(segment: &Segment<'_, 't>, text: &'t str, first: usize) -> Self {
        let mut parts = segment.components(text).skip(first - 1);
        let mut next = || parts.next().unwrap_or_default();
        // A code may carry a part behind `&` (`9A100&IMP`): the kind of finding, not the item.
        let code = segment.sub(next(), 1);
        Self { code, name: next(), system: next() }
    }

    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.code.is_empty() && self.name.is_empty()
    }

    /// The code system by our word. `default` is for a code without a system.
    pub(super) fn word(&self, default: CodeSystem) -> &'static str {
        self.known(default).word()
    }

    /// Whether the system named cannot be right: a 9-digit claim code labelled as a HOT code.
    pub(super) fn is_mislabelled(&self) -> bool {
        self.system.starts_with("HOT") && self.is_claim_drug()
    }

    fn is_claim_drug(&self) -> bool {
        // HOT codes begin with 1; drug codes of claims with 6.
        self.code.len() == 9
            && self.code.starts_with('6')
            && self.code.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn known(&self, default: CodeSystem) -> CodeSystem {
        if self.code.is_empty() {
            return CodeSystem::Uncoded;
        }
        match self.system {
            "" => default,
            "HOT9" | "HOT" | "HOT7" | "HOT13" if self.is_claim_drug() => CodeSystem::ClaimDrug,
            "HOT9" | "HOT" => CodeSystem::Hot9,
            "HOT7" => CodeSystem::Hot7,
            "HOT13" => CodeSystem::Hot13,
            "YJ" | "YJC" => CodeSystem::Yj,
            "JC10" | "JLAC10" => CodeSystem::Jlac10,
            "MDCDX2" => CodeSystem::MedisDisease,
            "TSQF" | "MDCDX" => CodeSystem::MedisExchange,
            "I10" | "I10C" | "ICD10" => CodeSystem::Icd10,
            "JJ1017" | "JJ1017P" | "JJ1017T" => CodeSystem::Jj1017,
            "JAMISDP01" => CodeSystem::JamiUsage,
            "MR9P" => CodeSystem::Mr9p,
            "J-FAGY" | "JFAGY" => CodeSystem::Allergen,
            _ => CodeSystem::Local,
        }
    }
}
