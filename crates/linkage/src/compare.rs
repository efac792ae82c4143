//! Which statements are about one person. Both rules are exact; a learned model would take this module's place.
//!
//! (a) Insurer, symbol, number and branch, birth date and sex all agree. Without a branch the number is a family's,
//! except for the late elderly, whose number is one person's.
//! (b) Kana name, birth date and sex agree, and one more of: postal code, telephone, kanji name, address, insured
//! symbol and number.
//!
//! A field that is missing, or holds a mark for an unknown character, never agrees and never contradicts.

use crate::statement::{MISSING, NO_BIRTH, NO_BRANCH, Statement};

/// One way to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// (a).
    Insured,
    /// (b) with the telephone.
    NameAndPhone,
    /// (b) with the insured symbol and number.
    NameAndMember,
    /// (b) with the address.
    NameAndAddress,
    /// (b) with the kanji name.
    NameAndKanji,
    /// (b) with the postal code.
    NameAndPostalCode,
}

impl Rule {
    /// All of them, the strongest first.
    pub const ALL: [Self; 6] = [
        Self::Insured,
        Self::NameAndPhone,
        Self::NameAndMember,
        Self::NameAndAddress,
        Self::NameAndKanji,
        Self::NameAndPostalCode,
    ];

    /// The word used in evidence.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Insured => "insured number with branch, birth date, sex",
            Self::NameAndPhone => "kana name, birth date, sex, telephone",
            Self::NameAndMember => "kana name, birth date, sex, insured symbol and number",
            Self::NameAndAddress => "kana name, birth date, sex, address",
            Self::NameAndKanji => "kana name, birth date, sex, kanji name",
            Self::NameAndPostalCode => "kana name, birth date, sex, postal code",
        }
    }

    /// What two statements must share to be linked by this rule; `None` where this one lacks a part of it.
    #[must_use]
    pub fn key(self, of: &Statement) -> Option<u64> {
        if of.birth == NO_BIRTH || of.sex == 0 {
            return None;
        }
        let (first, second) = match self {
            Self::Insured => {
                (of.insured, if of.branch == NO_BRANCH { 0 } else { u32::from(of.branch) + 1 })
            }
            Self::NameAndPhone => (of.kana, of.phone),
            Self::NameAndMember => (of.kana, of.member),
            Self::NameAndAddress => (of.kana, of.address),
            Self::NameAndKanji => (of.kana, of.kanji),
            Self::NameAndPostalCode => (of.kana, of.postal),
        };
        if first == 0 || second == MISSING {
            return None;
        }
        let who = u64::from(of.birth.cast_unsigned()) << 2 | u64::from(of.sex);
        Some(mixed(mixed(first, who), u64::from(second)))
    }
}

/// Joins two hashes so that every bit of both counts (the finaliser of SplitMix64).
const fn mixed(one: u64, other: u64) -> u64 {
    let mut sum = one ^ other.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    sum = (sum ^ sum >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    sum = (sum ^ sum >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    sum ^ sum >> 31
}
