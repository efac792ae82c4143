//! What a survey file is, told from its first lines: which kind, of in- or outpatients, in which encoding, of which
//! facility.

use sudare_model::DataItem;
use sudare_model::time::Day;

use super::record::{Fields, Line, Lines, digits};
use super::{LINE_MAX, codes};
use crate::findings;

/// The kinds of survey files; the number of columns tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 様式1, a summary of the stay as codes and values.
    Form1,
    /// EF, merged.
    Ef,
    /// D, what is paid by day.
    D,
    /// H, nursing needs.
    H,
    /// E before merging: the acts.
    E,
    /// F before merging: their details.
    F,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Form1, Self::Ef, Self::D, Self::H, Self::E, Self::F];

    pub(super) const fn columns(self) -> usize {
        match self {
            Self::Form1 => 17,
            Self::Ef => 31,
            Self::D => 30,
            Self::H => 29,
            Self::E => 25,
            Self::F => 19,
        }
    }

    pub(super) fn of_columns(count: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.columns() == count)
    }

    /// The column of データ識別番号.
    pub(super) const fn patient(self) -> usize {
        if matches!(self, Self::H) { 2 } else { 1 }
    }

    /// The column of the day that a line is about; of 様式1 and the parts of EF, the admission.
    const fn day(self) -> usize {
        match self {
            Self::Form1 => 2,
            Self::Ef => 23,
            Self::D => 17,
            Self::H => 5,
            Self::E | Self::F => 3,
        }
    }

    /// The columns of dates by which a line is recognised.
    const fn dates(self) -> &'static [usize] {
        match self {
            Self::Form1 => &[2],
            Self::H => &[3, 4, 5],
            Self::Ef | Self::D | Self::E | Self::F => &[2, 3],
        }
    }

    /// Whether a line looks like one of a kind.
    fn of_line(fields: &Fields<'_>) -> Option<Self> {
        let kind = Self::of_columns(fields.count())?;
        let dated = kind.dates().iter().all(|column| digits(fields.get(*column), 8));
        let fits = digits(fields.get(0), 9) && digits(fields.get(kind.patient()), 10) && dated;
        fits.then_some(kind)
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Whether columns 3 and 4 are birth and visit (EFg) and not discharge and admission.
    pub(super) outpatient: bool,
    pub(super) utf8: bool,
    facility: [u8; 9],
}

impl Shape {
    /// Looks at the beginning of a file; `whole` where that is all of it.
    pub(super) fn of(head: &[u8], whole: bool) -> Option<Self> {
        let mut fields = Fields::new();
        let mut counts = [0u32; 6];
        let mut first: [Option<[u8; 9]>; 6] = [None; 6];
        let (mut inpatient, mut outpatient) = (0u32, 0u32);
        let (mut right, mut wrong) = (0u32, 0u32);
        for line in Lines::new(head, 1) {
            if !line.ended && !whole || line.bytes.len() > LINE_MAX {
                continue;
            }
            if !line.bytes.is_ascii() {
                let utf8 = std::str::from_utf8(line.bytes).is_ok();
                *(if utf8 { &mut wrong } else { &mut right }) += 1;
            }
            fields.refill(line.bytes);
            let Some(kind) = Kind::of_line(&fields) else { continue };
            if let Some(count) = counts.get_mut(kind as usize) {
                *count += 1;
            }
            if let (Some(slot), Ok(code)) =
                (first.get_mut(kind as usize), <[u8; 9]>::try_from(fields.get(0)))
            {
                slot.get_or_insert(code);
            }
            // Equal columns are a day's stay, or a child seen on the day of birth: neither tells.
            match (kind, fields.get(2), fields.get(3)) {
                (Kind::Ef | Kind::E | Kind::F, b"00000000", _) => inpatient += 1,
                (Kind::Ef | Kind::E | Kind::F, one, two) if one > two => inpatient += 1,
                (Kind::Ef | Kind::E | Kind::F, one, two) if one < two => outpatient += 1,
                _ => {}
            }
        }
        let kind = Kind::ALL.into_iter().max_by_key(|kind| counts.get(*kind as usize).copied())?;
        let facility = first.get(kind as usize).copied().flatten()?;
        let cut = matches!(kind, Kind::Ef | Kind::E | Kind::F);
        Some(Self {
            kind,
            outpatient: cut && outpatient > inpatient,
            utf8: head.starts_with(b"\xef\xbb\xbf") || wrong > right,
            facility,
        })
    }

    /// The month that the first line of the kind is of, as its digits.
    pub(super) fn month<'h>(&self, head: &'h [u8]) -> &'h str {
        let mut fields = Fields::new();
        for line in Lines::new(head, 1) {
            fields.refill(line.bytes);
            if Kind::of_line(&fields) == Some(self.kind) {
                let day = fields.ascii(self.kind.day());
                return day.get(..6).unwrap_or(day);
            }
        }
        ""
    }

    pub(super) const fn facility(&self) -> &[u8; 9] {
        &self.facility
    }

    /// The name of the kind, as places have it.
    pub(super) const fn segment(&self) -> &'static str {
        match (self.kind, self.outpatient) {
            (Kind::Form1, _) => "FF1",
            (Kind::Ef, false) => "EFn",
            (Kind::Ef, true) => "EFg",
            (Kind::D, _) => "D",
            (Kind::H, _) => "H",
            (Kind::E, _) => "E",
            (Kind::F, _) => "F",
        }
    }

    /// The items that every line states, whatever else it says: where one is not admitted, no line can be kept.
    pub(super) const fn standing(&self) -> &'static [DataItem] {
        match (self.kind, self.outpatient) {
            (Kind::Form1 | Kind::H, _) => &[DataItem::Visits],
            (_, false) => &[DataItem::Visits, DataItem::Costs, DataItem::Insurance],
            (_, true) => {
                &[DataItem::Visits, DataItem::Costs, DataItem::Insurance, DataItem::Demographics]
            }
        }
    }

    /// Whose line it is, or why it is nobody's. Survey and reader must agree on it, or cuts would move rows.
    pub(super) fn patient<'l>(
        &self,
        line: &Line<'l>,
        fields: &Fields<'l>,
    ) -> Result<&'l [u8], Fault> {
        let (count, expected) = (fields.count(), self.kind.columns());
        if count != expected && Kind::of_columns(count).is_some() {
            return Err(Fault { code: &codes::KIND, column: None });
        }
        if count < expected && !line.ended {
            return Err(Fault { code: &codes::TRUNCATED, column: None });
        }
        let column = self.kind.patient();
        let number = fields.get(column);
        let at = |code, column: usize| Fault { code, column: u16::try_from(column + 1).ok() };
        if crate::checks::is_my_number(super::record::ascii(number)) {
            return Err(at(&findings::MY_NUMBER, column));
        }
        if fields.get(0) != self.facility {
            return Err(at(&codes::FACILITY, 0));
        }
        if !digits(number, 10) {
            return Err(at(&codes::PATIENT, column));
        }
        Ok(number)
    }

    /// The birth date that a line of outpatients states, if it is one before the visit.
    pub(super) fn birth(&self, fields: &Fields<'_>) -> Option<Day> {
        let birth = Day::from_digits(fields.get(2)).filter(|_| self.outpatient)?;
        let visit = Day::from_digits(fields.get(3));
        visit.is_none_or(|visit| birth <= visit).then_some(birth)
    }

    /// The sex digit that a line states, 0 where it states none.
    pub(super) fn sex(&self, fields: &Fields<'_>) -> u8 {
        let digit = match self.kind {
            Kind::Form1 if fields.get(5) == b"A000010" => fields.get(9).first(),
            Kind::Ef if self.outpatient => fields.get(16).get(2),
            _ => None,
        };
        digit.copied().unwrap_or(0)
    }
}

/// Why a line is nobody's.
pub(super) struct Fault {
    pub(super) code: &'static sudare_model::finding::FindingCode,
    /// Column from 1.
    pub(super) column: Option<u16>,
}

/// Whether the first line of a file names its columns: none of them holds as many digits as a number or a date has.
pub(super) fn is_header(line: &Line<'_>) -> bool {
    let mut run = 0;
    let mut longest = 0;
    for byte in line.bytes {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    line.number == 1 && line.bytes.contains(&b'\t') && longest < 5
}

#[cfg(test)]
mod tests {
    use crate::version::Version;

    #[test]
    fn the_file_of_another_month_is_no_newer_version() {
        let columns =
            "131234567 0000000001 20240401 0 0 A000010 20240401 0 19500101 1 1000001 - - - - - -";
        let stay = columns.replace(' ', "\t") + "\r\n";
        let of = |path: &str, text: &str| Version::of(path, text.as_bytes());
        assert!(of("FF1.txt", &stay) == of("FF1.txt", &stay.replace("1000001", "1000002")));
        assert!(of("FF1.txt", &stay) != of("FF1.txt", &stay.replace("20240401", "20240501")));
        assert!(of("FF1.txt", &stay) != of("5/FF1.txt", &stay));
    }
}
