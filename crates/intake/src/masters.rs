//! The official claim masters (傷病名, 修飾語, 診療行為, 医薬品, 特定器材, コメント): what a claim's code was called on a day.
//!
//! What it is for: names and units beside claim codes, and telling codes that do not exist, or no longer did, from the
//! others. What it is not for: prices, and mapping codes to other systems. Read from the published files (CSV in
//! Shift_JIS, formats notes, section 5); several editions may be given together, and a code then has several versions.
//!
//! A version holds from 変更年月日 to 廃止年月日. Before its first version a code is taken to have been what it was then:
//! the date says when an entry last changed, not when it began. Start at [`Masters::read`].

use hashbrown::HashMap;
use sudare_model::time::Day;

use crate::shift_jis::decode;

/// Which master a code is looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MasterKind {
    /// 傷病名, 7 digits.
    Disease,
    /// 修飾語, 4 digits.
    Modifier,
    /// 診療行為, 9 digits from 1; also dental (3), dispensing (4) and visiting nurses' (5) acts.
    Act,
    /// 医薬品, 9 digits from 6.
    Drug,
    /// 特定器材, 9 digits from 7.
    Material,
    /// コメント, 9 digits from 8.
    Comment,
}

impl MasterKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Disease, Self::Modifier, Self::Act, Self::Drug, Self::Material, Self::Comment];

    /// The word for its entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disease => "disease",
            Self::Modifier => "modifier",
            Self::Act => "act",
            Self::Drug => "drug",
            Self::Material => "material",
            Self::Comment => "comment",
        }
    }

    /// Where its file has what.
    const fn layout(self) -> Layout {
        match self {
            Self::Disease => Layout { code: 2, name: 5, unit: 0, from: 22, until: 23 },
            Self::Modifier => Layout { code: 2, name: 6, unit: 0, from: 14, until: 15 },
            // Of medical acts. Where dental and dispensing ones have their dates was never seen.
            Self::Act => Layout { code: 2, name: 4, unit: 9, from: 86, until: 87 },
            Self::Drug => Layout { code: 2, name: 4, unit: 9, from: 29, until: 30 },
            Self::Material => Layout { code: 2, name: 4, unit: 9, from: 27, until: 29 },
            Self::Comment => Layout { code: 22, name: 6, unit: 0, from: 20, until: 21 },
        }
    }

    /// Told from a row, by its third column: the code, or the 8 that every comment has there. The six digits of a
    /// tooth (歯式) are an entry too, of a master that nothing is looked up in.
    fn of(columns: &[Vec<u8>]) -> Option<Self> {
        let code = columns.get(2)?.as_slice();
        if !code.iter().all(u8::is_ascii_digit) {
            return None;
        }
        match (code.len(), code.first()?) {
            (1, b'8') => Some(Self::Comment),
            (4, _) => Some(Self::Modifier),
            (7, _) => Some(Self::Disease),
            (9, b'1' | b'3' | b'4' | b'5') => Some(Self::Act),
            (9, b'6') => Some(Self::Drug),
            (9, b'7') => Some(Self::Material),
            _ => None,
        }
    }
}

/// Columns of a master file, from 0; 0 for a column it has not.
struct Layout {
    code: usize,
    name: usize,
    unit: usize,
    from: usize,
    until: usize,
}

/// Why a file is no master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterError {
    /// The line is of no known master.
    #[error("line {line}: no entry of a claim master: the third column holds no code of one")]
    NoEntry {
        /// Number of the file, from 0.
        file: usize,
        /// Line, from 1.
        line: usize,
    },
    /// A date of the entry is none.
    #[error("line {line}, column {column}: no date (8 digits, or 99999999 for none)")]
    Date {
        /// Number of the file, from 0.
        file: usize,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The entry's name or unit cannot be decoded.
    #[error("line {line}: the name or unit is neither Shift_JIS nor, in the whole file, UTF-8")]
    Encoding {
        /// Number of the file, from 0.
        file: usize,
        /// Line, from 1.
        line: usize,
    },
    /// The files hold more text than can be addressed.
    #[error("the masters hold more than 4 GiB of text")]
    TooLarge {
        /// Number of the file, from 0.
        file: usize,
    },
}

impl MasterError {
    /// The number of the file that is at fault, from 0.
    #[must_use]
    pub const fn file(&self) -> usize {
        match self {
            Self::NoEntry { file, .. }
            | Self::Date { file, .. }
            | Self::Encoding { file, .. }
            | Self::TooLarge { file } => *file,
        }
    }
}

/// Where a row is bad; [`Masters::read`] adds file and line.
enum Bad {
    Date(usize),
    Encoding,
    TooLarge,
}

/// One version of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    code: u32,
    /// First and last day; the ends of time where they are open.
    from: i32,
    until: i32,
    /// Where name and unit stand in the texts: first byte and length.
    name: (u32, u16),
    unit: (u32, u16),
}

/// The versions of one master, by code and first day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Master {
    versions: Vec<Version>,
    /// By code: the first version and how many.
    codes: HashMap<u32, (u32, u32), foldhash::fast::RandomState>,
}

/// The masters given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masters {
    texts: String,
    /// By [`MasterKind`].
    masters: [Master; 6],
}

/// What a master says of a code on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'m> {
    /// 名称.
    pub name: &'m str,
    /// 単位; empty where the master has none.
    pub unit: &'m str,
    /// Whether the code was in force on the day.
    pub in_force: bool,
}

impl Masters {
    /// Reads master files of any editions; of two versions with one date the one read later counts.
    ///
    /// # Errors
    /// [`MasterError`] says which file is none and where.
    pub fn read<'f>(files: impl IntoIterator<Item = &'f [u8]>) -> Result<Self, MasterError> {
        let mut masters = Self::default();
        let mut columns = Vec::new();
        let mut text = String::new();
        for (file, bytes) in files.into_iter().enumerate() {
            // Text of Shift_JIS is never UTF-8 by accident over a whole file.
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let utf8 = std::str::from_utf8(bytes).is_ok();
            for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.is_empty() || line == b"\x1a" {
                    continue;
                }
                split(line, &mut columns);
                if is_tooth(&columns) {
                    continue;
                }
                let line = at + 1;
                let added = masters.add(&columns, utf8, &mut text).map_err(|bad| match bad {
                    Bad::Date(column) => MasterError::Date { file, line, column: column + 1 },
                    Bad::Encoding => MasterError::Encoding { file, line },
                    Bad::TooLarge => MasterError::TooLarge { file },
                })?;
                added.ok_or(MasterError::NoEntry { file, line })?;
            }
        }
        masters.index();
        Ok(masters)
    }

    /// Whether there is no code at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        MasterKind::ALL.into_iter().all(|kind| self.count(kind) == 0)
    }

    /// How many codes of a kind there are.
    #[must_use]
    pub fn count(&self, kind: MasterKind) -> usize {
        self.masters.get(kind as usize).map_or(0, |master| master.codes.len())
    }

    /// What a code was on a day; `None` for a code that the master does not have. Without a day the last version is
    /// meant. Of a master that was not given every code is unknown: ask [`Masters::count`] first.
    #[must_use]
    pub fn look(&self, kind: MasterKind, code: &[u8], day: Option<Day>) -> Option<Entry<'_>> {
        let master = self.masters.get(kind as usize)?;
        let (first, count) = *master.codes.get(&number(code)?)?;
        let first = usize::try_from(first).ok()?;
        let versions = master.versions.get(first..first + usize::try_from(count).ok()?)?;
        let day = day.map_or(i32::MAX - 1, Day::epoch_days);
        let version = versions.iter().rev().find(|one| one.from <= day).or(versions.first())?;
        Some(Entry {
            name: self.text(version.name),
            unit: self.text(version.unit),
            in_force: day <= version.until || day == i32::MAX - 1,
        })
    }

    fn text(&self, (start, length): (u32, u16)) -> &str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        self.texts.get(start..start.saturating_add(usize::from(length))).unwrap_or_default()
    }

    /// Adds a row; `None` where it is no entry.
    fn add(
        &mut self,
        columns: &[Vec<u8>],
        utf8: bool,
        text: &mut String,
    ) -> Result<Option<()>, Bad> {
        let Some(kind) = MasterKind::of(columns) else { return Ok(None) };
        let layout = kind.layout();
        let column = |at: usize| match at {
            0 => &b""[..],
            at => columns.get(at).map_or(&b""[..], Vec::as_slice),
        };
        let Some(code) = number(column(layout.code)) else { return Ok(None) };
        let name = self.keep(column(layout.name), utf8, text)?;
        let unit = self.keep(column(layout.unit), utf8, text)?;
        let dated = kind != MasterKind::Act || column(layout.code).first() == Some(&b'1');
        let day = |at: usize| match column(at) {
            _ if !dated => Ok(None),
            digits if digits.iter().all(|digit| *digit == b'9' || digit.is_ascii_whitespace()) => {
                Ok(None)
            }
            b"0" | b"00000000" => Ok(None),
            digits => Day::from_digits(digits).map(Day::epoch_days).map(Some).ok_or(Bad::Date(at)),
        };
        let version = Version {
            code,
            from: day(layout.from)?.unwrap_or(i32::MIN),
            // 99999999 is no date: the entry is in force.
            until: day(layout.until)?.unwrap_or(i32::MAX),
            name,
            unit,
        };
        if let Some(master) = self.masters.get_mut(kind as usize) {
            master.versions.push(version);
        }
        Ok(Some(()))
    }

    fn keep(&mut self, bytes: &[u8], utf8: bool, text: &mut String) -> Result<(u32, u16), Bad> {
        if utf8 {
            text.clear();
            text.push_str(std::str::from_utf8(bytes).map_err(|_| Bad::Encoding)?.trim());
        } else {
            let met = decode(bytes, text);
            if met.bad || met.control {
                return Err(Bad::Encoding);
            }
        }
        let start = u32::try_from(self.texts.len()).map_err(|_| Bad::TooLarge)?;
        let length = u16::try_from(text.len()).map_err(|_| Bad::Encoding)?;
        self.texts.push_str(text);
        Ok((start, length))
    }

    fn index(&mut self) {
        for master in &mut self.masters {
            // The sort is stable: of two editions with the same date the one given later counts.
            master.versions.sort_by_key(|one| (one.code, one.from));
            for (at, version) in (0u32..).zip(&master.versions) {
                master.codes.entry(version.code).or_insert((at, 0)).1 += 1;
            }
        }
    }
}

/// Whether a row is an entry of the master of teeth.
fn is_tooth(columns: &[Vec<u8>]) -> bool {
    columns.get(2).is_some_and(|code| code.len() == 6 && code.iter().all(u8::is_ascii_digit))
}

/// A code as a number; `None` for anything but one to nine digits.
fn number(code: &[u8]) -> Option<u32> {
    if code.is_empty() || code.len() > 9 {
        return None;
    }
    code.iter().try_fold(0u32, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

/// Splits a line of CSV, quoted or not, into columns. The second byte of a Shift_JIS character is never a comma or a
/// quotation mark.
fn split(line: &[u8], columns: &mut Vec<Vec<u8>>) {
    columns.clear();
    let (mut column, mut quoted) = (Vec::new(), false);
    for byte in line {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => columns.push(std::mem::take(&mut column)),
            byte => column.push(*byte),
        }
    }
    columns.push(column);
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    fn read(files: &[&str]) -> Result<Masters, MasterError> {
        let files: Vec<_> = files.iter().map(|file| SHIFT_JIS.encode(file).0).collect();
        Masters::read(files.iter().map(|file| &**file))
    }

    /// A row of the drug master, with the columns that are read.
    fn drug(code: &str, name: &str, unit: &str, from: &str, until: &str) -> String {
        let mut columns = vec![String::new(); 35];
        for (at, value) in
            [(0, "0"), (1, "Y"), (2, code), (4, name), (9, unit), (29, from), (30, until)]
        {
            columns[at] = value.to_owned();
        }
        columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(",") + "\r\n"
    }

    #[test]
    fn a_code_is_what_it_was_on_the_day() {
        let old = drug("620000310", "旧名錠１０ｍｇ", "錠", "20200401", "99999999");
        let new = drug("620000310", "新名錠１０ｍｇ", "錠", "20240601", "20250331");
        let masters = read(&[&new, &old]).unwrap();
        assert_eq!(masters.count(MasterKind::Drug), 1);
        assert!((0..6).zip(MasterKind::ALL).all(|(at, kind)| kind as usize == at));
        let name = |year, month| {
            let day = Day::from_ymd(year, month, 1);
            let entry = masters.look(MasterKind::Drug, b"620000310", day).unwrap();
            (entry.name.to_owned(), entry.in_force)
        };
        assert_eq!(name(2019, 1), ("旧名錠１０ｍｇ".to_owned(), true));
        assert_eq!(name(2024, 5), ("旧名錠１０ｍｇ".to_owned(), true));
        assert_eq!(name(2024, 6), ("新名錠１０ｍｇ".to_owned(), true));
        assert_eq!(name(2025, 4), ("新名錠１０ｍｇ".to_owned(), false));
        let entry = masters.look(MasterKind::Drug, b"620000310", None).unwrap();
        assert_eq!((entry.unit, entry.in_force), ("錠", true));
        assert_eq!(masters.look(MasterKind::Drug, b"620000311", None), None);
        assert_eq!(masters.look(MasterKind::Act, b"620000310", None), None);
    }

    #[test]
    fn what_is_no_master_is_refused_with_its_place() {
        let good = drug("620000310", "錠", "錠", "", "");
        for bad in ["a,b,c\n", "1,2\n", ",,12345,,\n", ",,,\n", "<html>\n"] {
            let error = read(&[&good, &format!("{good}{bad}")]).unwrap_err();
            assert_eq!(error, MasterError::NoEntry { file: 1, line: 2 });
        }
        let error = read(&[&drug("620000310", "錠", "錠", "20240601", "20250231")]).unwrap_err();
        assert_eq!(error, MasterError::Date { file: 0, line: 1, column: 31 });
        assert_eq!(
            error.to_string(),
            "line 1, column 31: no date (8 digits, or 99999999 for none)"
        );
        let broken = [b",,620000310,,\x83,,,,,\n".as_slice()];
        let error = Masters::read(broken).unwrap_err();
        assert_eq!((error, error.file()), (MasterError::Encoding { file: 0, line: 1 }, 0));
        assert!(read(&["", "\r\n\u{1a}", ",,102400,,歯式\n"]).unwrap().is_empty());
    }

    #[test]
    fn a_master_saved_anew_as_utf8_is_read() {
        let file = "\u{feff}".to_owned() + &drug("620000310", "試験錠", "錠", "", "");
        let masters = Masters::read([file.as_bytes()]).unwrap();
        let entry = masters.look(MasterKind::Drug, b"620000310", None).unwrap();
        assert_eq!((entry.name, entry.unit), ("試験錠", "錠"));
    }

    #[test]
    fn an_act_of_dentists_holds_at_any_time() {
        let row = |code: &str| {
            let mut columns = vec![""; 150];
            (columns[2], columns[4], columns[86], columns[87]) =
                (code, "試験", "20220401", "20240531");
            columns.join(",") + "\n"
        };
        let masters = read(&[&row("160000110"), &row("301000110")]).unwrap();
        let day = Day::from_ymd(2024, 6, 1);
        let held = |code| masters.look(MasterKind::Act, code, day).unwrap().in_force;
        assert_eq!([held(b"160000110"), held(b"301000110")], [false, true]);
    }

    #[test]
    fn the_published_masters_are_read() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/receipt_masters");
        if !root.is_dir() {
            println!("skipped: no shared masters");
            return;
        }
        let load = |folder: &str, end: &str| {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if name.ends_with(end) && !name.starts_with("LICENSE") {
                    files.push(std::fs::read(path).unwrap());
                }
            }
            Masters::read(files.iter().map(Vec::as_slice)).unwrap()
        };
        let blanked = load("columns_blanked", ".csv");
        let counts = MasterKind::ALL.map(|kind| blanked.count(kind));
        // Counted with `sort -u` on the code columns.
        assert_eq!(counts, [27_519, 2_359, 10_156, 19_572, 1_344, 3_857]);
        let first = blanked.look(MasterKind::Act, b"111000110", None).unwrap();
        assert_eq!((first.name, first.unit), ("初診料", ""));
        let raw = load("raw_shift_jis", "");
        assert_eq!(raw.count(MasterKind::Comment), 3_857);
        assert_eq!(raw.count(MasterKind::Modifier), 2_321);
        let film = raw.look(MasterKind::Material, b"700010000", None).unwrap();
        assert_eq!((film.name, film.unit, film.in_force), ("半切", "枚", true));
        let ended = MasterKind::Comment;
        let day = Day::from_ymd(2025, 4, 1);
        let versions = &raw.masters[ended as usize].versions;
        let closed = versions.iter().filter(|one| one.until < day.unwrap().epoch_days());
        assert_eq!(closed.count(), 98);
    }
}
