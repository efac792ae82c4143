//! Code systems by the names stored beside every source code.

macro_rules! systems {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $uri:literal;)*) => {
        /// A code system of the Japanese formats.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CodeSystem { $($(#[$doc])* $variant),* }

        impl CodeSystem {
            /// All systems.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The short word stored in `*_source_system`.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The official OID or URI where one was seen, else empty.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$variant => $uri),* }
            }
        }
    };
}

systems! {
    /// ICD-10 (2013), without the dot.
    Icd10 = "ICD10", "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full";
    /// Disease code of claims (傷病名コード), 7 digits.
    ClaimDisease = "CLAIM-DISEASE", "";
    /// Standard disease name management number (病名管理番号), 8 digits.
    MedisDisease = "MEDIS-DISEASE", "http://medis.or.jp/CodeSystem/master-disease-keyNumber";
    /// Exchange code of the standard disease names (病名交換用コード), 4 characters.
    MedisExchange = "MEDIS-EXCHANGE", "http://medis.or.jp/CodeSystem/master-disease-exCode";
    /// Procedure code of claims (診療行為コード), 9 digits.
    ClaimProcedure = "CLAIM-PROCEDURE", "";
    /// Drug code of claims (医薬品コード), 9 digits.
    ClaimDrug = "CLAIM-DRUG", "";
    /// Material code of claims (特定器材コード), 9 digits.
    ClaimMaterial = "CLAIM-MATERIAL", "";
    /// Comment code of claims (コメントコード), 9 digits.
    ClaimComment = "CLAIM-COMMENT", "";
    /// Addition code of dental claims (加算コード), 5 characters.
    ClaimAddition = "CLAIM-ADDITION", "";
    /// A field of DPC claims, by record and number, such as `KK-7`.
    DpcClaim = "DPC-CLAIM", "";
    /// HOT9 drug code.
    Hot9 = "HOT9", "http://medis.or.jp/CodeSystem/master-HOT9";
    /// HOT7 drug code.
    Hot7 = "HOT7", "http://medis.or.jp/CodeSystem/master-HOT7";
    /// HOT13 drug code.
    Hot13 = "HOT13", "http://medis.or.jp/CodeSystem/master-HOT13";
    /// Generic name code of prescriptions (一般名処方コード), 12 characters.
    GenericDrug = "GENERIC-DRUG", "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationGeneralOrderCode";
    /// Code of the drug price list (薬価基準収載医薬品コード), 12 characters.
    PriceList = "PRICE-LIST", "";
    /// YJ drug code, 12 characters.
    Yj = "YJ", "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
    /// JLAC10 laboratory code, 17 characters.
    Jlac10 = "JLAC10", "http://medis.or.jp/CodeSystem/master-JLAC10-17digits";
    /// The first five characters of a JLAC10 code: what is measured, whatever the method.
    Jlac10Analyte = "JLAC10-ANALYTE", "";
    /// JLAC11 laboratory code, 17 characters.
    Jlac11 = "JLAC11", "";
    /// JJ1017 imaging procedure code.
    Jj1017 = "JJ1017", "";
    /// JAMI usage code (用法), 16 digits.
    JamiUsage = "JAMISDP01", "http://jami.jp/CodeSystem/MedicationUsage";
    /// MERIT-9 unit and order codes.
    Mr9p = "MR9P", "";
    /// Allergen code JFAGY or JC10.
    Allergen = "ALLERGEN", "";
    /// LOINC.
    Loinc = "LOINC", "http://loinc.org";
    /// SNOMED CT.
    Snomed = "SNOMED", "http://snomed.info/sct";
    /// RxNorm.
    RxNorm = "RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm";
    /// CVX, vaccines.
    Cvx = "CVX", "http://hl7.org/fhir/sid/cvx";
    /// NDC, drugs of the United States.
    Ndc = "NDC", "http://hl7.org/fhir/sid/ndc";
    /// ATC, classes of drugs.
    Atc = "ATC", "http://www.whocc.no/atc";
    /// ICD-10-CM.
    Icd10Cm = "ICD10CM", "http://hl7.org/fhir/sid/icd-10-cm";
    /// ICD-9-CM.
    Icd9Cm = "ICD9CM", "http://hl7.org/fhir/sid/icd-9-cm";
    /// A code of the provider's own.
    Local = "LOCAL", "";
    /// No code: the name alone was given.
    Uncoded = "UNCODED", "";
}

impl CodeSystem {
    /// Reads the stored word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}
