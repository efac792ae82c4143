//! The four claim specifications: which records each has, and where their heads and their records of care differ.
//!
//! Positions are columns, 0 being the record name. Sources and what was never seen in a file: `docs/readings/uke.md`.

use super::record::{Line, Mark};

/// Which specification a claim is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 医科.
    Medical,
    /// DPC: a medical claim whose hospital stay is paid by diagnosis group.
    Dpc,
    /// 歯科.
    Dental,
    /// 調剤.
    Dispensing,
}

impl Dialect {
    /// Told from a claim's own head: the first digit of the kind of claim, and for 1 how many columns `RE` has, because
    /// DPC claims carry the kinds of medical ones.
    pub(super) fn of(kind: &[u8], columns: usize) -> Self {
        match (kind.first(), columns) {
            (Some(b'3'), _) => Self::Dental,
            (Some(b'4'), _) => Self::Dispensing,
            (_, 28..=32) => Self::Dpc,
            _ => Self::Medical,
        }
    }

    /// Where `RE` has what.
    pub(super) const fn head(self) -> &'static Head {
        match self {
            Self::Medical => &MEDICAL,
            Self::Dpc => &DPC,
            Self::Dental => &DENTAL,
            Self::Dispensing => &DISPENSING,
        }
    }

    /// How many columns a record has, the name among them; 0 for a record of the payer's whose columns do not matter;
    /// `None` for a record that claims of this kind do not have.
    pub(super) const fn columns(self, name: [u8; 2]) -> Option<usize> {
        Some(match (&name, self) {
            (b"RE", _) => self.head().columns,
            (b"SN", _) => 9,
            (b"JD" | b"MF", _) => 33,
            (b"HO", Self::Medical | Self::Dpc) => 15,
            (b"HO", _) => 14,
            (b"KO", Self::Medical | Self::Dpc) => 12,
            (b"KO", _) => 10,
            (b"SI" | b"IY", Self::Medical | Self::Dpc) => 44,
            (b"TO", Self::Medical | Self::Dpc) => 48,
            (b"CO", Self::Medical | Self::Dpc) => 5,
            (b"SJ", Self::Medical | Self::Dpc | Self::Dental) => 3,
            (b"SY", Self::Medical | Self::Dpc) => 8,
            (b"GR", Self::Medical | Self::Dpc) => 3,
            (b"BU", Self::Dpc) => 6,
            (b"SB", Self::Dpc) => 8,
            (b"KK", Self::Dpc) => 14,
            (b"SK" | b"GA", Self::Dpc) => 7,
            (b"HH", Self::Dpc) => 9,
            (b"GT", Self::Dpc) => 12,
            (b"CD", Self::Dpc) => 11,
            (b"HS", Self::Dental) => 13,
            (b"SS", Self::Dental) => 109,
            (b"SI", Self::Dental) => 38,
            (b"IY", Self::Dental) => 39,
            (b"TO", Self::Dental) => 45,
            (b"CO", Self::Dental) => 11,
            (b"SH" | b"IY", Self::Dispensing) => 10,
            (b"CZ", Self::Dispensing) => 71,
            (b"TO", Self::Dispensing) => 7,
            (b"CO" | b"TK", Self::Dispensing) => 3,
            (b"KI", Self::Dispensing) => 114,
            (b"ST", Self::Dispensing) => 16,
            // Added by a payer or on the way back from one, and the daily table of claims before 2012.
            (b"KH" | b"NI" | b"ON" | b"JY" | b"EX" | b"RC" | b"HR" | b"MD" | b"RT" | b"JR", _)
            | (b"MK", _) => 0,
            _ => return None,
        })
    }

    /// Where a record of care has what; `None` for other records.
    pub(super) const fn care(self, name: [u8; 2]) -> Option<&'static Care> {
        Some(match (&name, self) {
            (b"SI" | b"IY", Self::Medical | Self::Dpc) => &SI,
            (b"TO", Self::Medical | Self::Dpc) => &TO,
            (b"SS", Self::Dental) => &DENTAL_SS,
            (b"SI", Self::Dental) => &DENTAL_SI,
            (b"IY", Self::Dental) => &DENTAL_IY,
            (b"TO", Self::Dental) => &DENTAL_TO,
            _ => return None,
        })
    }

    /// How many columns are split before a record is looked at: up to the first day.
    pub(super) const fn split(self, name: [u8; 2]) -> usize {
        match (self.care(name), &name) {
            (Some(care), _) => care.days as usize,
            (None, b"JD") => 2,
            _ => super::record::COLUMNS_MAX,
        }
    }
}

/// What a line is to the claims around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `RE`: a claim begins.
    Head,
    /// It stands between claims and belongs to the one that follows: whose claim it is, or how the payer keeps it.
    Before,
    /// It stands between claims and belongs to the whole file.
    File,
    /// It belongs to the claim before it.
    Inside,
}

impl Role {
    /// The role of a line. What a payer added never begins or ends a claim, but for `MN`, which always begins one.
    #[inline]
    pub(super) fn of(line: &Line<'_>) -> Self {
        match (line.name().as_ref(), line.mark) {
            (Some(b"MN"), _) => Self::Before,
            (_, Mark::Added) => Self::Inside,
            (Some(b"RE"), _) => Self::Head,
            (Some(b"IR" | b"YK"), _) => Self::Before,
            (Some(b"UK" | b"HI" | b"HG" | b"GO"), _) => Self::File,
            _ => Self::Inside,
        }
    }
}

/// Whether a record between claims has as many columns as one of the specifications says.
pub(super) fn fits_between(name: [u8; 2], columns: usize) -> bool {
    match &name {
        b"IR" => matches!(columns, 9 | 10),
        b"UK" => columns == 10,
        b"YK" => columns == 9,
        b"GO" => columns == 4,
        _ => true,
    }
}

/// Where `RE` has what. 0 is the record name and stands for nothing.
pub(super) struct Head {
    pub(super) columns: usize,
    /// カルテ番号等; for a pharmacy 調剤録番号等.
    pub(super) patient: u16,
    pub(super) kana: u16,
    /// 患者の状態.
    pub(super) states: u16,
    /// 入院年月日.
    pub(super) admitted: u16,
    /// 検索番号.
    pub(super) search: u16,
    /// 請求情報: free text.
    pub(super) text: u16,
    /// 診療科名 of the first department.
    pub(super) department: u16,
    /// 総括区分 (DPC): 2 and 3 are the details of a summary that is counted by itself.
    pub(super) summary: u16,
    /// What of `HO` and `KO` is charged to the patient.
    pub(super) charged: (u16, u16),
}

const MEDICAL: Head = Head {
    columns: 38,
    patient: 13,
    kana: 36,
    states: 37,
    admitted: 8,
    search: 18,
    text: 20,
    department: 21,
    summary: 0,
    charged: (11, 6),
};
const DPC: Head = Head {
    columns: 30,
    kana: 28,
    states: 29,
    search: 20,
    text: 22,
    department: 23,
    summary: 18,
    ..MEDICAL
};
const DENTAL: Head = Head {
    columns: 27,
    patient: 15,
    kana: 25,
    states: 26,
    search: 19,
    text: 21,
    department: 0,
    charged: (10, 6),
    ..MEDICAL
};
const DISPENSING: Head = Head {
    columns: 42,
    patient: 35,
    kana: 41,
    states: 0,
    admitted: 0,
    search: 37,
    text: 39,
    department: 0,
    charged: (9, 7),
    ..MEDICAL
};

/// Where an act, drug or material has what. 診療識別 is 1, the code 3, the amount 4 in all of them.
pub(super) struct Care {
    pub(super) points: u16,
    /// 回数.
    pub(super) times: u16,
    /// The first of three pairs of comment code and text; 0 for none.
    pub(super) comments: u16,
    /// The first of 31 days.
    pub(super) days: u16,
    /// Unit and name of a material; 0 for none.
    pub(super) unit: u16,
    pub(super) name: u16,
    /// Pairs of addition code and amount: the first column and how many.
    pub(super) additions: (u16, u16),
}

const SI: Care =
    Care { points: 5, times: 6, comments: 7, days: 13, unit: 0, name: 0, additions: (0, 0) };
const TO: Care = Care { comments: 11, days: 17, unit: 7, name: 10, ..SI };
const DENTAL_SS: Care =
    Care { points: 76, times: 77, comments: 0, days: 78, additions: (6, 35), ..SI };
const DENTAL_SI: Care = Care { comments: 0, days: 7, ..SI };
const DENTAL_IY: Care = Care { comments: 0, days: 8, ..SI };
const DENTAL_TO: Care =
    Care { points: 12, times: 13, comments: 0, days: 14, unit: 5, name: 11, additions: (7, 2) };

/// The record name as places have it.
pub(super) fn segment(name: [u8; 2]) -> &'static str {
    const NAMES: &[&str] = &[
        "BU", "CD", "CO", "CZ", "EX", "GA", "GO", "GR", "GT", "HG", "HH", "HI", "HO", "HR", "HS",
        "IR", "IY", "JD", "JR", "JY", "KH", "KI", "KK", "KO", "MD", "MF", "MK", "MN", "NI", "ON",
        "RC", "RE", "RT", "SB", "SH", "SI", "SJ", "SK", "SN", "SS", "ST", "SY", "TI", "TK", "TO",
        "TR", "TS", "UK", "YK",
    ];
    NAMES.iter().copied().find(|one| one.as_bytes() == name).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::super::record::COLUMNS_MAX;
    use super::*;

    const ALL: [Dialect; 4] =
        [Dialect::Medical, Dialect::Dpc, Dialect::Dental, Dialect::Dispensing];

    #[test]
    fn every_position_lies_in_its_record() {
        for dialect in ALL {
            let head = dialect.head();
            let places = [
                head.patient,
                head.kana,
                head.states,
                head.admitted,
                head.search,
                head.text,
                head.department,
                head.summary,
            ];
            assert!(places.iter().all(|place| usize::from(*place) < head.columns), "{dialect:?}");
            for (a, b) in (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| (a, b))) {
                let Some(columns) = dialect.columns([a, b]) else { continue };
                assert!(columns <= COLUMNS_MAX);
                assert_ne!(segment([a, b]), "?", "{}{}", char::from(a), char::from(b));
                let Some(care) = dialect.care([a, b]) else { continue };
                assert_eq!(usize::from(care.days) + 31, columns, "the days end a record");
                let (first, count) = care.additions;
                assert!(first + 2 * count <= care.points.max(first));
            }
        }
    }

    #[test]
    fn a_claim_tells_its_kind_by_itself() {
        assert_eq!(Dialect::of(b"1112", 38), Dialect::Medical);
        assert_eq!(Dialect::of(b"1112", 36), Dialect::Medical);
        assert_eq!(Dialect::of(b"1111", 30), Dialect::Dpc);
        assert_eq!(Dialect::of(b"3112", 27), Dialect::Dental);
        assert_eq!(Dialect::of(b"4112", 42), Dialect::Dispensing);
    }
}
