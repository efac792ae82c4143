//! DPC survey files EF, D and H: tabs, as section 6 of the format notes counts their columns (from 1).

use encoding_rs::SHIFT_JIS;

use crate::{Happened, Unexpected, hyphens};

/// The widths of the 31 columns of EF.
const WIDTHS: [usize; 31] = [
    9, 10, 8, 8, 2, 4, 3, 12, 9, 8, 254, 11, 3, 12, 1, 8, 12, 8, 8, 8, 3, 8, 4, 8, 2, 3, 10, 10, 1,
    1, 3,
];

/// One line: its columns from 1.
struct Line<'t>(Vec<&'t str>);

impl<'t> Line<'t> {
    fn get(&self, column: usize) -> &'t str {
        column.checked_sub(1).and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }
}

fn each<'t>(
    text: &'t str,
    columns: usize,
    mut look: impl FnMut(&Line<'t>) -> Result<(), String>,
) -> Result<(), Unexpected> {
    for (at, line) in text.lines().enumerate() {
        let line = Line(line.split('\t').collect());
        if line.0.len() != columns {
            let what = format!("{} columns and not {columns}", line.0.len());
            return Err(Unexpected::new(at + 1, what));
        }
        look(&line).map_err(|what| Unexpected::new(at + 1, what))?;
    }
    Ok(())
}

fn decoded(bytes: &[u8]) -> Result<String, Unexpected> {
    let (text, _, broken) = SHIFT_JIS.decode(bytes);
    if broken {
        return Err(Unexpected::new(0, "bytes that are no Shift_JIS"));
    }
    Ok(text.into_owned())
}

fn day(digits: &str) -> Result<String, String> {
    hyphens(digits).ok_or_else(|| "a day that is none".to_owned())
}

/// EFg: column 3 is the birth date and column 4 the visit; rows of `SY` are diagnoses; position 3 of column 17 is the
/// sex. Only what has a code of its own is told: lines 000 are the acts as a whole.
///
/// # Errors
/// [`Unexpected`] for other columns than 31, one that is wider than it may be, a birth after the visit, or no sex.
pub fn outpatients(bytes: &[u8]) -> Result<Vec<Happened>, Unexpected> {
    let text = decoded(bytes)?;
    let mut found = Vec::new();
    each(&text, 31, |line| {
        for (at, width) in WIDTHS.iter().enumerate() {
            if SHIFT_JIS.encode(line.get(at + 1)).0.len() > *width {
                return Err(format!("column {} is wider than {width}", at + 1));
            }
        }
        if line.get(3) > line.get(4) || !matches!(line.get(17).as_bytes().get(2), Some(b'1' | b'2'))
        {
            return Err("columns 3, 4 and 17 are not birth, visit and sex".to_owned());
        }
        let kind = match (line.get(5), line.get(7), line.get(9).as_bytes().first()) {
            ("SY", ..) => "diagnosis",
            (_, "000", _) => return Ok(()),
            (_, _, Some(b'1')) => "procedure",
            (_, _, Some(b'6')) => "drug",
            (_, _, Some(b'7')) => "device",
            _ => return Err("column 9 is of no kind".to_owned()),
        };
        let (patient, code) = (line.get(2).to_owned(), line.get(9).to_owned());
        found.push(Happened { patient, kind, day: day(line.get(24))?, code });
        Ok(())
    })?;
    Ok(found)
}

/// D: what is paid by the day (データ区分 93), with its days; the code of the group and the coefficient stand on each line.
///
/// # Errors
/// [`Unexpected`] for other columns than 30, another category, or days that are not as many as the times.
pub fn bundles(bytes: &[u8]) -> Result<Vec<Happened>, Unexpected> {
    let text = decoded(bytes)?;
    let mut found = Vec::new();
    each(&text, 30, |line| {
        let wide = line.get(29).chars().count() == 14;
        if line.get(5) != "93" || !wide || line.get(30).parse::<f64>().is_err() {
            return Err("columns 5, 29 and 30 are not category, group and coefficient".to_owned());
        }
        let days = |column: usize| line.get(column).parse::<u32>().unwrap_or_default() % 100;
        if line.get(18) != line.get(26) || days(27) + 1 - days(26) != days(15) {
            return Err("columns 26 and 27 are not as many days as column 15 says".to_owned());
        }
        let (patient, code) = (line.get(2).to_owned(), line.get(8).to_owned());
        found.push(Happened { patient, kind: "procedure", day: day(line.get(18))?, code });
        Ok(())
    })?;
    Ok(found)
}

/// H: each payload that is filled, by its number: `ASS0013-1`.
///
/// # Errors
/// [`Unexpected`] for other columns than 29, or a day outside the stay.
pub fn needs(bytes: &[u8]) -> Result<Vec<Happened>, Unexpected> {
    let text = decoded(bytes)?;
    let mut found = Vec::new();
    each(&text, 29, |line| {
        let (discharged, admitted, at) = (line.get(4), line.get(5), line.get(6));
        if at < admitted || discharged != "00000000" && at > discharged {
            return Err("column 6 is no day of the stay".to_owned());
        }
        for payload in (1..=20).filter(|payload| !line.get(9 + payload).is_empty()) {
            let (patient, code) = (line.get(3).to_owned(), format!("{}-{payload}", line.get(7)));
            found.push(Happened { patient, kind: "observation", day: day(at)?, code });
        }
        Ok(())
    })?;
    Ok(found)
}
