//! Diseases, allergies, and the diseases of the family.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;

use super::chart::Chart;
use super::coded::{ANY, Coding, Concept, DISEASES};
use super::codes;
use super::json::Value;
use super::systems;
use crate::columns::clinical::disease;

/// の疑い as claim code, 管理番号 and exchange code.
const SUSPECTED: [&str; 3] = ["8002", "27000001", "5395"];
const PREFIX: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePrefixModifier";
const POSTFIX: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePostfixModifier";
const DIAGNOSIS: &str =
    "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_DiagnosisType";

impl<'t> Chart<'_, '_, 't> {
    pub(super) fn condition(&mut self) {
        let resource = self.page.resource;
        let verified = Concept::of(resource.get("verificationStatus"), ANY).coding.code;
        if matches!(verified, "entered-in-error" | "refuted") {
            return self.add(&codes::STATUS);
        }
        let code = resource.get("code");
        let concept = self.concept(code, DISEASES);
        if concept.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let onset = self.start(["onsetDateTime", "onsetPeriod"]);
        let start = onset.or_else(|| self.date(resource.text("recordedDate")));
        let end = resource.text("abatementDateTime");
        let end = if end.is_empty() { resource.get("abatementPeriod").text("end") } else { end };
        let end = self.date(end).map(|end| end.day);
        let event = self.event(start);
        let (modifiers, mut suspected) = modifiers(code);
        suspected |= matches!(verified, "unconfirmed" | "provisional" | "differential");
        let outcome = Concept::of(resource.get("clinicalStatus"), ANY).coding.code;
        self.annotations(event);
        if let Some(origin) = self.origin(DataItem::Diagnoses) {
            let rows = self.reading.batches.rows(disease::TABLE).begin(&origin);
            if let Some(visit) = event.visit {
                rows.key(disease::VISIT, visit);
            }
            rows.date(disease::START, start.map(|start| start.day))
                .date(disease::END, end)
                .text(disease::CODE, concept.coding.code)
                .text(disease::SYSTEM, concept.coding.word())
                .text(disease::ICD10, icd10(code))
                .text(disease::NAME, uncoded_name(&concept))
                .text(disease::MODIFIERS, &modifiers)
                .word(disease::STATUS, if suspected { "suspected" } else { "confirmed" })
                .uint8(disease::MAIN, u8::from(is_main(resource)))
                .text(disease::OUTCOME, outcome)
                .text(disease::PRECISION, start.map_or("", super::time::When::word));
        }
        self.sweep(|key| {
            matches!(
                key,
                "code"
                    | "clinicalStatus"
                    | "verificationStatus"
                    | "category"
                    | "onsetDateTime"
                    | "onsetPeriod"
                    | "abatementDateTime"
                    | "abatementPeriod"
            )
        });
    }

    pub(super) fn allergy(&mut self) {
        let resource = self.page.resource;
        let verified = Concept::of(resource.get("verificationStatus"), ANY).coding.code;
        if matches!(verified, "entered-in-error" | "refuted") {
            return self.add(&codes::STATUS);
        }
        let order = &[CodeSystem::Allergen, CodeSystem::Yj, CodeSystem::GenericDrug];
        let concept = self.concept(resource.get("code"), order);
        if concept.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let onset = self.start(["onsetDateTime", "onsetPeriod"]);
        let when = onset.or_else(|| self.date(resource.text("recordedDate")));
        let event = self.event(when);
        let severity = resource.first("reaction").text("severity");
        let severity = if severity.is_empty() { resource.text("criticality") } else { severity };
        let item = named(&concept);
        self.finding(&item, (resource.first("category").as_text(), severity), event);
        self.annotations(event);
        self.sweep(|key| {
            matches!(
                key,
                "code"
                    | "clinicalStatus"
                    | "verificationStatus"
                    | "category"
                    | "type"
                    | "criticality"
                    | "onsetDateTime"
                    | "onsetPeriod"
                    | "reaction"
            )
        });
    }

    /// A disease of the family: the disease as item, the relation as value.
    pub(super) fn family(&mut self) {
        let resource = self.page.resource;
        if resource.text("status") == "entered-in-error" {
            return self.add(&codes::STATUS);
        }
        let relation = Concept::of(resource.get("relationship"), ANY).label();
        let when = self.date(resource.text("date"));
        let event = self.event(when);
        for condition in resource.get("condition").items() {
            let concept = self.concept(condition.get("code"), DISEASES);
            if concept.is_empty() {
                self.add(&codes::CODE_MISSING);
                continue;
            }
            self.finding(&named(&concept), (relation, "family"), event);
        }
        self.annotations(event);
        self.sweep(|key| matches!(key, "relationship" | "condition" | "date"));
    }
}

/// The coding of a concept, or its text in place of one.
fn named<'t>(concept: &Concept<'t>) -> Coding<'t> {
    match concept.coding.label() {
        "" => Coding { display: concept.text, ..Coding::default() },
        _ => concept.coding,
    }
}

/// The name where the disease has no code.
fn uncoded_name<'t>(concept: &Concept<'t>) -> &'t str {
    let coded = !concept.coding.code.is_empty()
        && systems::known(concept.coding.system) != Some(CodeSystem::Uncoded);
    if coded {
        ""
    } else if concept.text.is_empty() {
        concept.coding.display
    } else {
        concept.text
    }
}

/// ICD-10 among the codings, as written.
fn icd10(code: Value<'_>) -> &str {
    code.get("coding")
        .items()
        .map(Coding::of)
        .find(|coding| systems::known(coding.system) == Some(CodeSystem::Icd10))
        .map_or("", |coding| coding.code)
}

/// The codes of prefixes and suffixes, joined by `+`, and whether one of them says 疑い.
fn modifiers(code: Value<'_>) -> (String, bool) {
    let (mut joined, mut suspected) = (String::new(), false);
    for url in [PREFIX, POSTFIX] {
        for extension in code.get("extension").items().filter(|one| one.text("url") == url) {
            let modifier = Concept::of(extension.get("valueCodeableConcept"), ANY);
            suspected |= SUSPECTED.contains(&modifier.coding.code);
            suspected |= modifier.name().contains("疑い");
            if !joined.is_empty() {
                joined.push('+');
            }
            joined.push_str(modifier.label());
        }
    }
    (joined, suspected)
}

fn is_main(resource: Value<'_>) -> bool {
    resource.get("extension").items().any(|one| {
        one.text("url") == DIAGNOSIS
            && Concept::of(one.get("valueCodeableConcept"), ANY).coding.code == "principal"
    })
}
