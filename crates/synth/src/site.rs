//! The providers of a region and the habits of their systems.

use crate::places::CITIES;

/// Kind of provider, as the register names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProviderKind {
    Hospital,
    Clinic,
    Pharmacy,
    Insurer,
    Municipality,
    /// A dental clinic; to the register a clinic.
    Dental,
}

impl ProviderKind {
    /// The word of the register.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Clinic | Self::Dental => "clinic",
            Self::Pharmacy => "pharmacy",
            Self::Insurer => "insurer",
            Self::Municipality => "municipality",
        }
    }
}

/// How a provider's system writes.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent habit of a system")]
pub(crate) struct Habits {
    /// Writes the official kanji; otherwise the simpler form.
    pub(crate) official_kanji: bool,
    /// Keeps small kana (ッャュョ); otherwise writes them large.
    pub(crate) small_kana: bool,
    /// Writes ー for long vowels of some readings (ユーコ).
    pub(crate) long_marks: bool,
    /// Separates family and given name in claims.
    pub(crate) space: bool,
    /// Writes claim names in half-width kana for a few people.
    pub(crate) half_width: bool,
    /// Fills the kana name of claims (RE-36).
    pub(crate) claim_kana: bool,
    /// Address numbers as 1-2-3; otherwise １丁目２番３号.
    pub(crate) dashes: bool,
    /// Telephone and postal code with hyphens.
    pub(crate) hyphens: bool,
    /// Insurance symbols and numbers in full width.
    pub(crate) wide_card: bool,
    /// Loses the leading zero of insurer numbers in SS-MIX2.
    pub(crate) drops_zero: bool,
    /// LF between segments, against the standard.
    pub(crate) line_feed: bool,
    /// Writes the older spelling of MSH-18 and MSH-20, and fractions of seconds.
    pub(crate) old_header: bool,
    /// Dispenses drugs itself.
    pub(crate) dispenses: bool,
    /// Ends claim files with 0x1A.
    pub(crate) end_mark: bool,
}

/// A provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// Id in the register and folder name.
    pub(crate) id: String,
    pub(crate) kind: ProviderKind,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) representative: String,
    pub(crate) phone: String,
    /// 医療機関コード, 7 digits.
    pub(crate) code: String,
    /// Width of patient numbers, 7 to 10.
    pub(crate) width: u32,
    /// Its number, for dice.
    pub(crate) no: u32,
    pub(crate) habits: Habits,
    /// Its stays are paid by diagnosis group, and its images are kept as DICOM.
    pub(crate) dpc: bool,
    /// Sends its charts as FHIR instead of claims.
    pub(crate) fhir: bool,
    /// Sends what an outside laboratory sent it, as HL7 messages.
    pub(crate) laboratory: bool,
}

impl Provider {
    /// Whether it sends claims.
    pub(crate) const fn claims(&self) -> bool {
        !self.fhir && !matches!(self.kind, ProviderKind::Insurer | ProviderKind::Municipality)
    }

    /// The patient number of a person: a permutation of the numbers of this width, so that no table is needed.
    ///
    /// Two persons have different numbers as long as the region is smaller than 10^width.
    pub(crate) fn patient_number(&self, person: u64, seed: u64) -> String {
        let modulus = 10u64.pow(self.width);
        // Coprime to 10, so that multiplication permutes.
        let factor = 3_141_603 + 20 * (u64::from(self.no) * 37 + seed % 1_000);
        let offset = 1_234_567 * (u64::from(self.no) + 1) % modulus;
        let wide = u128::from(person % modulus) * u128::from(factor) + u128::from(offset);
        let number = wide % u128::from(modulus);
        let width = self.width as usize;
        format!("{number:0width$}")
    }
}

/// All providers: hospitals, clinics, pharmacies, the insurer, the municipality, a dental clinic.
///
/// Hospitals send SS-MIX2 and medical claims, the first of them DPC claims for its stays, DPC survey files and DICOM;
/// clinics send medical claims, the first of them its laboratory's messages too, the last of them FHIR instead; the
/// others each their own formats.
#[derive(Debug)]
pub(crate) struct Sites {
    pub(crate) all: Vec<Provider>,
    hospitals: usize,
    clinics: usize,
    pharmacies: usize,
}

impl Sites {
    /// Providers for a region of so many persons: two hospitals and four clinics, more from 50,000 and 10,000 on.
    pub(crate) fn of(persons: u64) -> Self {
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let hospitals = count((persons / 50_000).clamp(2, 40));
        let clinics = count((persons / 5_000).clamp(4, 400));
        let pharmacies = count((persons / 20_000).clamp(2, 100));
        let plan = [
            (ProviderKind::Hospital, hospitals),
            (ProviderKind::Clinic, clinics),
            (ProviderKind::Pharmacy, pharmacies),
            (ProviderKind::Insurer, 1),
            (ProviderKind::Municipality, 1),
            (ProviderKind::Dental, 1),
        ];
        let mut all = Vec::new();
        for (kind, many) in plan {
            for at in 0..many {
                let no = u32::try_from(all.len()).unwrap_or_default();
                let mut one = provider(kind, at, no);
                one.fhir = kind == ProviderKind::Clinic && at + 1 == many;
                one.laboratory = kind == ProviderKind::Clinic && at == 0;
                all.push(one);
            }
        }
        Self { all, hospitals, clinics, pharmacies }
    }

    /// Position of a hospital for any number.
    pub(crate) const fn hospital(&self, at: usize) -> usize {
        at % self.hospitals
    }

    /// Position of a clinic for any number.
    pub(crate) const fn clinic(&self, at: usize) -> usize {
        self.hospitals + at % self.clinics
    }

    /// Position of a pharmacy for any number.
    pub(crate) const fn pharmacy(&self, at: usize) -> usize {
        self.hospitals + self.clinics + at % self.pharmacies
    }

    /// Position of the first provider of a kind.
    pub(crate) fn first(&self, kind: ProviderKind) -> Option<usize> {
        self.all.iter().position(|one| one.kind == kind)
    }
}

fn provider(kind: ProviderKind, at: usize, no: u32) -> Provider {
    let number = at + 1;
    let word = if kind == ProviderKind::Dental { "dental" } else { kind.word() };
    let id = format!("{word}-{number}");
    let city = CITIES.first().copied().unwrap_or_default();
    let (name, representative) = match kind {
        ProviderKind::Hospital => (format!("簾野第{number}総合病院"), "院長　葦原　仮名"),
        ProviderKind::Clinic => (format!("すだれ内科クリニック{number}"), "院長　青竹　仮名"),
        ProviderKind::Pharmacy => (format!("みすず薬局{number}号店"), "管理薬剤師　糸川　仮名"),
        ProviderKind::Insurer => ("簾野健康保険組合".to_owned(), "理事長　上簾　仮名"),
        ProviderKind::Municipality => ("簾野市".to_owned(), "市長　霧坂　仮名"),
        ProviderKind::Dental => (format!("あおたけ歯科医院{number}"), "院長　編戸　仮名"),
    };
    let code = match kind {
        ProviderKind::Hospital => format!("91{:04}", number % 10_000),
        ProviderKind::Clinic => format!("92{:04}", number % 10_000),
        ProviderKind::Dental => format!("94{:04}", number % 10_000),
        _ => format!("93{:04}", number % 10_000),
    };
    Provider {
        id,
        kind,
        name,
        address: format!("{}{}青竹町{number}-1", city.prefecture, city.name),
        representative: representative.to_owned(),
        phone: format!("{}-900-{:04}", city.area, number % 10_000),
        code: crate::check::with_check(&code),
        width: if kind == ProviderKind::Hospital && at == 0 { 10 } else { 7 + no % 4 },
        no,
        habits: habits(at),
        dpc: kind == ProviderKind::Hospital && at == 0,
        fhir: false,
        laboratory: false,
    }
}

const fn habits(at: usize) -> Habits {
    Habits {
        official_kanji: at.is_multiple_of(2),
        small_kana: at % 3 != 1,
        long_marks: at % 4 == 3,
        space: at % 3 != 2,
        half_width: at % 4 == 1,
        claim_kana: at % 5 != 3,
        dashes: at % 2 == 1,
        hyphens: at.is_multiple_of(2),
        wide_card: at % 4 != 1,
        drops_zero: at % 2 == 1,
        line_feed: at % 4 == 1,
        old_header: at.is_multiple_of(2),
        dispenses: at % 3 == 1,
        end_mark: at % 4 != 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_persons_share_a_patient_number() {
        let sites = Sites::of(1_000);
        assert_eq!((sites.hospitals, sites.clinics), (2, 4));
        for provider in &sites.all {
            let numbers: BTreeSet<String> =
                (0..20_000).map(|no| provider.patient_number(no, 99)).collect();
            assert_eq!(numbers.len(), 20_000);
            assert!(numbers.iter().all(|one| one.len() == provider.width as usize));
        }
    }
}
