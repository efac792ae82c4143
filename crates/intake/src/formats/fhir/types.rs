//! The resource types of FHIR R4, and what is done with each.

/// What is done with resources of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They make rows.
    Read,
    /// They describe no patient: kept as they came, looked up where others refer to them.
    Administrative,
    /// They may be about a patient and make no row.
    Unread,
}

macro_rules! types {
    ($($name:literal $how:ident),* $(,)?) => {
        const TYPES: &[(&str, Use)] = &[$(($name, Use::$how)),*];
    };
}

types! {
    "Account" Unread, "ActivityDefinition" Administrative, "AdverseEvent" Unread,
    "AllergyIntolerance" Read, "Appointment" Unread, "AppointmentResponse" Unread,
    "AuditEvent" Unread, "Basic" Unread, "Binary" Unread,
    "BiologicallyDerivedProduct" Unread, "BodyStructure" Unread, "Bundle" Read,
    "CapabilityStatement" Administrative, "CarePlan" Unread, "CareTeam" Unread,
    "CatalogEntry" Administrative, "ChargeItem" Unread, "ChargeItemDefinition" Administrative,
    "Claim" Unread, "ClaimResponse" Unread, "ClinicalImpression" Unread,
    "CodeSystem" Administrative, "Communication" Unread, "CommunicationRequest" Unread,
    "CompartmentDefinition" Administrative, "Composition" Read, "ConceptMap" Administrative,
    "Condition" Read, "Consent" Unread, "Contract" Unread, "Coverage" Read,
    "CoverageEligibilityRequest" Unread, "CoverageEligibilityResponse" Unread,
    "DetectedIssue" Unread, "Device" Read, "DeviceDefinition" Administrative,
    "DeviceMetric" Administrative, "DeviceRequest" Unread, "DeviceUseStatement" Read,
    "DiagnosticReport" Read, "DocumentManifest" Unread, "DocumentReference" Read,
    "EffectEvidenceSynthesis" Administrative, "Encounter" Read, "Endpoint" Administrative,
    "EnrollmentRequest" Unread, "EnrollmentResponse" Unread, "EpisodeOfCare" Unread,
    "EventDefinition" Administrative, "Evidence" Administrative,
    "EvidenceVariable" Administrative, "ExampleScenario" Administrative,
    "ExplanationOfBenefit" Unread, "FamilyMemberHistory" Read, "Flag" Unread, "Goal" Unread,
    "GraphDefinition" Administrative, "Group" Unread, "GuidanceResponse" Unread,
    "HealthcareService" Administrative, "ImagingStudy" Read, "Immunization" Read,
    "ImmunizationEvaluation" Unread, "ImmunizationRecommendation" Unread,
    "ImplementationGuide" Administrative, "InsurancePlan" Administrative, "Invoice" Unread,
    "Library" Administrative, "Linkage" Unread, "List" Unread, "Location" Administrative,
    "Measure" Administrative, "MeasureReport" Unread, "Media" Unread,
    "Medication" Administrative, "MedicationAdministration" Read, "MedicationDispense" Read,
    "MedicationKnowledge" Administrative, "MedicationRequest" Read, "MedicationStatement" Read,
    "MedicinalProduct" Administrative, "MedicinalProductAuthorization" Administrative,
    "MedicinalProductContraindication" Administrative,
    "MedicinalProductIndication" Administrative, "MedicinalProductIngredient" Administrative,
    "MedicinalProductInteraction" Administrative, "MedicinalProductManufactured" Administrative,
    "MedicinalProductPackaged" Administrative,
    "MedicinalProductPharmaceutical" Administrative,
    "MedicinalProductUndesirableEffect" Administrative, "MessageDefinition" Administrative,
    "MessageHeader" Administrative, "MolecularSequence" Unread, "NamingSystem" Administrative,
    "NutritionOrder" Unread, "Observation" Read, "ObservationDefinition" Administrative,
    "OperationDefinition" Administrative, "OperationOutcome" Administrative,
    "Organization" Administrative, "OrganizationAffiliation" Administrative,
    "Parameters" Unread, "Patient" Read, "PaymentNotice" Unread,
    "PaymentReconciliation" Unread, "Person" Unread, "PlanDefinition" Administrative,
    "Practitioner" Administrative, "PractitionerRole" Administrative, "Procedure" Read,
    "Provenance" Unread, "Questionnaire" Administrative, "QuestionnaireResponse" Unread,
    "RelatedPerson" Unread, "RequestGroup" Unread, "ResearchDefinition" Administrative,
    "ResearchElementDefinition" Administrative, "ResearchStudy" Administrative,
    "ResearchSubject" Unread, "RiskAssessment" Unread,
    "RiskEvidenceSynthesis" Administrative, "Schedule" Administrative,
    "SearchParameter" Administrative, "ServiceRequest" Unread, "Slot" Administrative,
    "Specimen" Unread, "SpecimenDefinition" Administrative,
    "StructureDefinition" Administrative, "StructureMap" Administrative,
    "Subscription" Administrative, "Substance" Administrative,
    "SubstanceNucleicAcid" Administrative, "SubstancePolymer" Administrative,
    "SubstanceProtein" Administrative, "SubstanceReferenceInformation" Administrative,
    "SubstanceSourceMaterial" Administrative, "SubstanceSpecification" Administrative,
    "SupplyDelivery" Unread, "SupplyRequest" Unread, "Task" Unread,
    "TerminologyCapabilities" Administrative, "TestReport" Administrative,
    "TestScript" Administrative, "ValueSet" Administrative, "VerificationResult" Unread,
    "VisionPrescription" Unread,
}

/// The type as a word of the program, and what is done with it; `None` where FHIR R4 has no such type.
pub(super) fn named(name: &str) -> Option<(&'static str, Use)> {
    let at = TYPES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    TYPES.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_r4_in_order() {
        assert!(TYPES.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!(TYPES.len(), 146);
        assert_eq!(named("Observation"), Some(("Observation", Use::Read)));
        assert_eq!(named("Obs"), None);
    }
}
