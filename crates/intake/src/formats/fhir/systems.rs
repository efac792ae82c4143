//! Code systems and identifier systems by the URIs and OIDs that FHIR files name them with.
//!
//! The OIDs and URLs of Japan come in pairs: JP-CLINS replaced one by the other in its version 1.5.0 (2024), and files
//! of both kinds are in use. An unknown URI is stored as it is.

use sudare_model::code::CodeSystem;

/// URIs in order, and what they name.
const SYSTEMS: &[(&str, CodeSystem)] = &[
    ("http://capstandard.jp/iyaku.info/CodeSystem/YJ-code", CodeSystem::Yj),
    ("http://hl7.org/fhir/sid/cvx", CodeSystem::Cvx),
    ("http://hl7.org/fhir/sid/icd-10", CodeSystem::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-cm", CodeSystem::Icd10Cm),
    ("http://hl7.org/fhir/sid/icd-9-cm", CodeSystem::Icd9Cm),
    ("http://hl7.org/fhir/sid/ndc", CodeSystem::Ndc),
    ("http://jami.jp/CodeSystem/MedicationUsage", CodeSystem::JamiUsage),
    ("http://jpfhir.jp/fhir/Common/CodeSystem/icd-10", CodeSystem::Icd10),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS",
        CodeSystem::Jlac10,
    ),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_InfectionLabo_CS",
        CodeSystem::Jlac10,
    ),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC11/JP_CLINS_ObsLabResult_CoreLabo_CS",
        CodeSystem::Jlac11,
    ),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC11/JP_CLINS_ObsLabResult_InfectionLabo_CS",
        CodeSystem::Jlac11,
    ),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_CoreLabo_CS",
        CodeSystem::Jlac10,
    ),
    (
        "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_InfectionLabo_CS",
        CodeSystem::Jlac10,
    ),
    (
        "http://jpfhir.jp/fhir/core/CodeSystem/GCM/JP_JfagyMedicationAllergen_CS",
        CodeSystem::Allergen,
    ),
    ("http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyFoodAllergen_CS", CodeSystem::Allergen),
    ("http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyMedicationAllergen_CS", CodeSystem::Allergen),
    (
        "http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyNonFoodNonMedicationAllergen_CS",
        CodeSystem::Allergen,
    ),
    (
        "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS",
        CodeSystem::Allergen,
    ),
    ("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-3digits", CodeSystem::Icd10),
    ("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full", CodeSystem::Icd10),
    (
        "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationGeneralOrderCode",
        CodeSystem::GenericDrug,
    ),
    ("http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUnitMERIT9Code", CodeSystem::Mr9p),
    (
        "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUsage_ePrescription",
        CodeSystem::JamiUsage,
    ),
    ("http://jpfhir.jp/fhir/eCheckup/CodeSystem/jlac10", CodeSystem::Jlac10),
    ("http://loinc.org", CodeSystem::Loinc),
    ("http://medis.or.jp/CodeSystem/master-HOT13", CodeSystem::Hot13),
    ("http://medis.or.jp/CodeSystem/master-HOT7", CodeSystem::Hot7),
    ("http://medis.or.jp/CodeSystem/master-HOT9", CodeSystem::Hot9),
    ("http://medis.or.jp/CodeSystem/master-JLAC10-17digits", CodeSystem::Jlac10),
    ("http://medis.or.jp/CodeSystem/master-disease-exCode", CodeSystem::MedisExchange),
    ("http://medis.or.jp/CodeSystem/master-disease-keyNumber", CodeSystem::MedisDisease),
    ("http://snomed.info/sct", CodeSystem::Snomed),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", CodeSystem::RxNorm),
    ("http://www.whocc.no/atc", CodeSystem::Atc),
    ("urn:oid:1.2.392.100495.20.1.71", CodeSystem::ClaimDrug),
    ("urn:oid:1.2.392.100495.20.1.72", CodeSystem::PriceList),
    ("urn:oid:1.2.392.100495.20.1.73", CodeSystem::Yj),
    ("urn:oid:1.2.392.100495.20.1.74", CodeSystem::Hot9),
    ("urn:oid:1.2.392.100495.20.1.81", CodeSystem::GenericDrug),
    ("urn:oid:1.2.392.100495.20.2.101", CodeSystem::Mr9p),
    ("urn:oid:1.2.392.100495.20.2.71", CodeSystem::ClaimDrug),
    ("urn:oid:1.2.392.100495.20.2.72", CodeSystem::PriceList),
    ("urn:oid:1.2.392.100495.20.2.73", CodeSystem::Yj),
    ("urn:oid:1.2.392.100495.20.2.74", CodeSystem::Hot9),
    ("urn:oid:1.2.392.100495.20.2.81", CodeSystem::GenericDrug),
    ("urn:oid:1.2.392.200119.4.101.2", CodeSystem::MedisDisease),
    ("urn:oid:1.2.392.200119.4.101.6", CodeSystem::MedisExchange),
    ("urn:oid:1.2.392.200119.4.402.1", CodeSystem::Hot13),
    ("urn:oid:1.2.392.200119.4.403.1", CodeSystem::Hot9),
    ("urn:oid:1.2.392.200119.4.403.2", CodeSystem::Hot7),
    ("urn:oid:1.2.392.200119.4.504", CodeSystem::Jlac10),
    ("urn:oid:1.2.392.200119.6.1005", CodeSystem::Jlac10),
    ("urn:oid:1.2.392.200250.2.2.20", CodeSystem::JamiUsage),
    ("urn:oid:2.16.840.1.113883.12.292", CodeSystem::Cvx),
    ("urn:oid:2.16.840.1.113883.6.1", CodeSystem::Loinc),
    ("urn:oid:2.16.840.1.113883.6.3", CodeSystem::Icd10),
    ("urn:oid:2.16.840.1.113883.6.96", CodeSystem::Snomed),
];

/// The code system a URI names, where we have a word for it.
pub(super) fn known(uri: &str) -> Option<CodeSystem> {
    let uri = uri.split('|').next().unwrap_or_default();
    if let Ok(at) = SYSTEMS.binary_search_by(|(known, _)| (*known).cmp(uri)) {
        return SYSTEMS.get(at).map(|(_, system)| *system);
    }
    if is_local(uri) {
        return Some(CodeSystem::Local);
    }
    let uncoded = uri.ends_with("Nocoded_CS") || uri.ends_with("Uncoded_CS");
    uncoded.then_some(CodeSystem::Uncoded)
}

/// Whether a URI names a provider's own codes.
fn is_local(uri: &str) -> bool {
    uri.starts_with("http://jpfhir.jp/fhir/eCS/CodeSystem/DrugCode/")
        || uri.ends_with("_LocalCode_CS")
        || uri.contains("/localcode")
}

/// The word stored for a URI: ours, or the URI itself; `LOCAL` for none.
pub(super) fn word(uri: &str) -> &str {
    match uri {
        "" => CodeSystem::Local.word(),
        _ => match known(uri) {
            Some(system) => system.word(),
            None => uri,
        },
    }
}

/// What kind of identifier of a patient a system names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    /// Of one institution, whose code is part of the system.
    Institution,
    /// A patient number, without saying whose.
    Patient,
    /// Another identifier.
    Other,
    /// Of an insured person.
    Insured,
}

/// Systems of patient numbers that end with the code of the institution.
const INSTITUTIONS: [&str; 2] =
    ["urn:oid:1.2.392.100495.20.3.51.", "urn:oid:1.2.392.200119.6.102."];

/// What an identifier of a patient is, by its system and the code of its type (HL7 table 0203).
pub(super) fn number(system: &str, kind: &str) -> Number {
    if INSTITUTIONS.iter().any(|prefix| system.starts_with(prefix)) {
        return Number::Institution;
    }
    match (system, kind) {
        ("http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID", _)
        | ("http://jpfhir.jp/fhir/clins/Idsystem/JP_PublicPayer_memberID", _) => Number::Insured,
        ("http://jpfhir.jp/fhir/eCS/Idsystem/JP_Hospital_PatientID", _) => Number::Patient,
        (_, "MR" | "PI" | "PT") => Number::Patient,
        ("urn:oid:1.2.392.100495.20.3.51", _) => Number::Patient,
        _ => Number::Other,
    }
}

/// Whether a system says `保険者番号:記号:番号:枝番`.
pub(super) fn is_member_id(system: &str) -> bool {
    system == "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
}

/// Whether a system says the number of an insurer.
pub(super) fn is_insurer(system: &str) -> bool {
    matches!(
        system,
        "urn:oid:1.2.392.100495.20.3.61"
            | "http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber"
            | "urn:oid:1.2.392.200119.6.101"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_oids_and_the_new_urls_mean_the_same() {
        for (old, new) in [
            ("urn:oid:1.2.392.200119.4.403.1", "http://medis.or.jp/CodeSystem/master-HOT9"),
            (
                "urn:oid:1.2.392.200119.4.504",
                "http://medis.or.jp/CodeSystem/master-JLAC10-17digits|1.0",
            ),
            (
                "urn:oid:1.2.392.200119.4.101.6",
                "http://medis.or.jp/CodeSystem/master-disease-exCode",
            ),
        ] {
            assert_eq!(known(old), known(new));
            assert!(known(old).is_some());
        }
        assert!(SYSTEMS.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(word("http://example.org/cs"), "http://example.org/cs");
        assert_eq!(word(""), "LOCAL");
        assert_eq!(
            known("http://jpfhir.jp/fhir/eCS/CodeSystem/DrugCode/1991"),
            Some(CodeSystem::Local)
        );
        let official = "urn:oid:1.2.392.100495.20.3.51.11318814790";
        assert!(number(official, "") < number("http://hospital", "MR"));
        assert!(number("http://hospital", "MR") < number("http://x", ""));
        for system in CodeSystem::ALL.iter().filter(|system| system.uri().contains("://")) {
            assert!(known(system.uri()) == Some(*system), "{}", system.word());
        }
    }
}
