//! Small tables of clinical codes with what the stories need to know of each.
//!
//! Start at [`illnesses`]; the licences and sources are stated in each table.

pub(crate) mod acts;
mod acute;
mod chronic;
mod chronic_later;
pub(crate) mod drugs;
mod given;
pub(crate) mod labs;
mod rare;

/// How a drug is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Oral,
    External,
    Injection,
}

/// A drug.
#[derive(Debug)]
pub(crate) struct Drug {
    /// Claim code (医薬品コード), 9 digits.
    pub(crate) claim: &'static str,
    /// HOT9.
    pub(crate) hot9: &'static str,
    /// YJ, 12 characters.
    pub(crate) yj: &'static str,
    /// Name, full width.
    pub(crate) name: &'static str,
    /// MERIT-9 unit: code and name.
    pub(crate) unit: (&'static str, &'static str),
    /// Units a day (oral), or in one supply.
    pub(crate) daily: u32,
    /// Points of the daily amount or of the supply.
    pub(crate) points: u32,
    /// How it is given.
    pub(crate) form: Form,
}

/// Where a laboratory item belongs in the fee schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Chemistry,
    Blood,
    Urine,
    Immune,
}

/// What the sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Specimen {
    Serum,
    Blood,
    Plasma,
    Urine,
}

impl Specimen {
    /// JC10 code and name.
    pub(crate) const fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Serum => ("023", "血清"),
            Self::Blood => ("019", "全血(添加物入り)"),
            Self::Plasma => ("022", "血漿"),
            Self::Urine => ("001", "尿(含むその他)"),
        }
    }
}

/// A laboratory item.
#[derive(Debug)]
pub(crate) struct Lab {
    /// Position, for the dice of a person's own mean.
    pub(crate) no: u32,
    pub(crate) jlac10: &'static str,
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) mean: f64,
    pub(crate) between: f64,
    pub(crate) within: f64,
    pub(crate) range: (f64, f64),
    pub(crate) decimals: usize,
    pub(crate) specimen: Specimen,
    /// Claim code; empty if claimed with another item.
    pub(crate) claim: &'static str,
    pub(crate) points: u32,
    pub(crate) group: Group,
}

/// A procedure of the fee schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Act {
    /// 診療識別.
    pub(crate) category: &'static str,
    /// 診療行為コード.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) points: u32,
}

/// A material (特定器材).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Material {
    pub(crate) code: &'static str,
    pub(crate) price_yen: u32,
}

/// What is done for an illness beyond seeing the doctor.
#[derive(Debug)]
pub(crate) struct Course {
    /// Acts of one calculation unit, or one unit each where the category differs.
    pub(crate) acts: &'static [Act],
    pub(crate) material: Option<Material>,
    /// Comment code and text; pattern 50 gets a date.
    pub(crate) comment: Option<(&'static str, &'static str)>,
    /// Imaging order: JJ1017 code, name, DICOM modality.
    pub(crate) order: Option<(&'static str, &'static str, &'static str)>,
}

/// How an illness comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Chronic,
    Acute,
    Rare,
}

/// An illness.
#[derive(Debug)]
pub(crate) struct Illness {
    pub(crate) name: &'static str,
    /// ICD-10, no dot.
    pub(crate) icd10: &'static str,
    /// 傷病名コード.
    pub(crate) claim: &'static str,
    /// 病名管理番号.
    pub(crate) medis: &'static str,
    /// 病名交換用コード.
    pub(crate) exchange: &'static str,
    pub(crate) kind: Kind,
    /// Chronic and rare: share of people; acute: episodes a year. Ages 0-14, 15-39, 40-64, 65-74, 75-84, 85-.
    pub(crate) chance: [f64; 6],
    /// Men to women.
    pub(crate) male: f64,
    /// Share treated in a hospital.
    pub(crate) hospital: f64,
    /// Acute: share of hospital episodes admitted; chronic: admissions a year.
    pub(crate) admission: f64,
    /// Days between visits of a chronic illness.
    pub(crate) interval: i32,
    /// Department code.
    pub(crate) department: &'static str,
    /// Whether people go to another clinic than their usual one.
    pub(crate) elsewhere: bool,
    pub(crate) drugs: &'static [&'static Drug],
    pub(crate) panels: &'static [&'static [&'static Lab]],
    /// Items shifted by so many between-person spreads.
    pub(crate) raises: &'static [(&'static Lab, f64)],
    pub(crate) act: Option<&'static Course>,
}

/// All illnesses, in a fixed order.
pub(crate) fn illnesses() -> impl Iterator<Item = &'static Illness> {
    chronic::CHRONIC
        .iter()
        .chain(chronic_later::CHRONIC_LATER)
        .chain(acute::ACUTE)
        .chain(rare::RARE)
}

/// The claim modifier 「の疑い」 (修飾語コード), and its management and exchange codes in SS-MIX2.
pub(crate) const SUSPECTED: (&str, &str, &str) = ("8002", "20078002", "8002");

/// The position of an age in [`Illness::chance`].
pub(crate) const fn age_band(age: i32) -> usize {
    match age {
        i32::MIN..=14 => 0,
        15..=39 => 1,
        40..=64 => 2,
        65..=74 => 3,
        75..=84 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_have_their_length_and_are_not_used_twice() {
        let mut seen = BTreeSet::new();
        for one in illnesses() {
            assert_eq!(one.claim.len(), 7);
            assert_eq!(one.medis.len(), 8);
            assert_eq!(one.exchange.len(), 4);
            assert!(seen.insert(one.claim) && seen.insert(one.medis), "{}", one.name);
            for drug in one.drugs {
                assert_eq!((drug.claim.len(), drug.hot9.len(), drug.yj.len()), (9, 9, 12));
            }
            for lab in one.panels.iter().copied().flatten() {
                assert_eq!(lab.jlac10.len(), 17);
                assert!(lab.claim.is_empty() || lab.claim.len() == 9);
            }
        }
    }
}
