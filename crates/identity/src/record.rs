//! What one source said of one patient: everything that links or names, and nothing clinical.

use std::fmt;

use sudare_model::time::Day;

use crate::text::Revealing;

/// Sex as written, folded to one code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Stated as other.
    Other,
    /// Not stated or not understood.
    #[default]
    Unknown,
}

impl Sex {
    /// `M`, `F`, `O` or `U`, as stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "F",
            Self::Other => "O",
            Self::Unknown => "U",
        }
    }

    /// Reads the stored code back.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "M" => Self::Male,
            "F" => Self::Female,
            "O" => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// An insured person's number: insurer, symbol, number and branch (保険者番号・記号・番号・枝番), each as written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Insurance {
    /// 保険者番号, 6 or 8 digits.
    pub insurer: Revealing,
    /// 記号.
    pub symbol: Revealing,
    /// 番号.
    pub number: Revealing,
    /// 枝番, 2 digits; empty where the source has none.
    pub branch: Revealing,
}

/// What one source record said of one patient. Absent texts are empty.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Patient number at the provider.
    pub patient_number: Revealing,
    /// Name in kanji, family and given with one space between where the source tells them apart.
    pub name_kanji: Revealing,
    /// Name in full-width katakana, the same way.
    pub name_kana: Revealing,
    /// Birth date.
    pub birth: Option<Day>,
    /// Sex.
    pub sex: Sex,
    /// Postal code, digits only.
    pub postal_code: Revealing,
    /// Address as one text.
    pub address: Revealing,
    /// Telephone.
    pub phone: Revealing,
    /// Insurance.
    pub insurance: Insurance,
    /// Relation to the insured: `self` or `dependant`, empty where unknown.
    pub relation: Revealing,
}

macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

redacted!(Sex, Insurance, Identity);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{PersonId, SourcePatientId};
    use sudare_model::ProviderId;

    #[test]
    fn nothing_prints_what_it_holds() {
        let name = Revealing::new("山田 太郎".to_owned());
        let patient = SourcePatientId::new(ProviderId::parse("H01").unwrap(), name.clone());
        let identity = Identity { name_kanji: name.clone(), sex: Sex::Male, ..Identity::default() };
        let printed = format!(
            "{name:?} {patient:?} {identity:?} {:?} {:?}",
            identity.insurance,
            PersonId::mint([65; 16])
        );
        assert_eq!(
            printed,
            "Revealing(..) SourcePatientId(..) Identity(..) Insurance(..) PersonId(..)"
        );
    }
}
