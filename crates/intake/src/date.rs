//! Dates as the formats write them: eras, compact western dates, HL7 time stamps (formats notes, section 0.2).

use sudare_model::time::Day;

/// A date read, and whether it is written in an era that had ended by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) day: Day,
    pub(crate) past_era: bool,
}

/// First days of the eras 明治 to 令和, as `(year, month, day)`; era year 1 is that calendar year.
const ERAS: [(i32, u32, u32); 5] =
    [(1868, 1, 25), (1912, 7, 30), (1926, 12, 25), (1989, 1, 8), (2019, 5, 1)];

/// Reads `YYYYMMDD` or, by its length, the era form `GYYMMDD`.
pub(crate) fn day(digits: &[u8]) -> Option<Dated> {
    match digits {
        [era, y1, y2, m1, m2, d1, d2] => {
            let year = era_year(*era, &[*y1, *y2])?;
            let day = from_parts(year, &[*m1, *m2], &[*d1, *d2])?;
            Some(Dated { day, past_era: past_era(*era, day) })
        }
        _ => Day::from_digits(digits).map(|day| Dated { day, past_era: false }),
    }
}

/// Reads `YYYYMM` or the era form `GYYMM`, as the first day of the month.
pub(crate) fn month(digits: &[u8]) -> Option<Day> {
    match digits {
        [a, b, c, d, m1, m2] => Day::from_digits(&[*a, *b, *c, *d, *m1, *m2, b'0', b'1']),
        [era, y1, y2, m1, m2] => from_parts(era_year(*era, &[*y1, *y2])?, &[*m1, *m2], b"01"),
        _ => None,
    }
}

/// The last day of the month that a day lies in.
pub(crate) fn month_end(day: Day) -> Day {
    let (year, month, _) = day.ymd();
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Day::from_ymd(next.0, next.1, 1).map_or(day, |first| first.plus(-1))
}

fn era_year(era: u8, year: &[u8]) -> Option<i32> {
    let at = usize::from(era.checked_sub(b'1')?);
    let (first, ..) = ERAS.get(at)?;
    let year = crate::text::whole(year).filter(|year| *year > 0)?;
    Some(first + year - 1)
}

fn past_era(era: u8, day: Day) -> bool {
    let next = usize::from(era.wrapping_sub(b'0'));
    ERAS.get(next)
        .and_then(|(year, month, first)| Day::from_ymd(*year, *month, *first))
        // On the day of the change both eras are legal.
        .is_some_and(|start| day > start)
}

fn from_parts(year: i32, month: &[u8], day: &[u8]) -> Option<Day> {
    let month = u32::try_from(crate::text::whole(month)?).ok()?;
    let day = u32::try_from(crate::text::whole(day)?).ok()?;
    Day::from_ymd(year, month, day)
}

/// An HL7 time stamp: the day, and the second of Japan's wall clock where hours were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) day: Day,
    pub(crate) second: Option<i64>,
}

/// Reads an HL7 time stamp: `YYYYMMDD[HH[MM[SS[.f…]]]][±ZZZZ]`. Fractions and zones are dropped: SS-MIX2 stores are
/// in Japan time. Less than a day is `None`.
pub(crate) fn stamp(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let day = Day::from_digits(bytes.get(..8)?)?;
    let part = |from: usize| -> Option<i64> {
        let pair = bytes.get(from..from + 2)?;
        crate::text::whole(pair).map(i64::from)
    };
    let clock = match digits {
        8 => return Some(Stamp { day, second: None }),
        10 => (part(8)?, 0, 0),
        12 => (part(8)?, part(10)?, 0),
        14.. => (part(8)?, part(10)?, part(12)?),
        _ => return None,
    };
    let (hour, minute, second) = clock;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let midnight = i64::from(day.epoch_days()) * 86_400;
    Some(Stamp { day, second: Some(midnight + hour * 3600 + minute * 60 + second.min(59)) })
}

/// Reads a time stamp that lacks its day, or its month too (`YYYYMM`, `YYYY`, or zeros for what is not known): the
/// first day it can mean, and the word for what is known.
pub(crate) fn rough(text: &str) -> Option<(Day, &'static str)> {
    let (year, rest) = text.split_at_checked(4)?;
    let (month, word) = match rest {
        "" | "00" | "0000" => ("01", "year"),
        _ if rest.len() == 2 || rest.len() == 4 && rest.ends_with("00") => {
            (rest.get(..2)?, "month")
        }
        _ => return None,
    };
    let (month, year) = (month.as_bytes(), year.as_bytes());
    Some((Day::from_digits(&[year, month, b"01"].concat())?, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_and_western_dates_are_told_apart_by_length() {
        let check = |text: &str| day(text.as_bytes()).map(|d| (d.day.to_string(), d.past_era));
        assert_eq!(check("20211113"), Some(("2021-11-13".to_owned(), false)));
        assert_eq!(check("5021113"), Some(("2020-11-13".to_owned(), false)));
        assert_eq!(check("4310601"), Some(("2019-06-01".to_owned(), true)));
        assert_eq!(check("3640107"), Some(("1989-01-07".to_owned(), false)));
        for bad in ["", "0000000", "5021313", "6010101", "50211１", "20210230", "5000101"] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert_eq!(month(b"202110").map(|d| d.to_string()), Some("2021-10-01".to_owned()));
        assert_eq!(month(b"43101").map(|d| d.to_string()), Some("2019-01-01".to_owned()));
        assert_eq!(month_end(Day::from_ymd(2024, 2, 3).unwrap()).to_string(), "2024-02-29");
    }

    #[test]
    fn a_time_stamp_keeps_the_precision_it_has() {
        let rough = |text: &str| rough(text).map(|(day, word)| format!("{day} {word}"));
        for year in ["1996", "199600", "19960000"] {
            assert_eq!(rough(year).as_deref(), Some("1996-01-01 year"));
        }
        for month in ["199606", "19960600"] {
            assert_eq!(rough(month).as_deref(), Some("1996-06-01 month"));
        }
        for none in ["", "199", "0000", "199613", "19960612", "1996-06", "平成", "19960006"] {
            assert_eq!(rough(none), None, "{none}");
        }
        let midnight = |text: &str| stamp(text).unwrap().second.unwrap() % 86_400;
        assert_eq!(stamp("20110701").unwrap().second, None);
        assert_eq!(midnight("2011101607"), 7 * 3600);
        assert_eq!(midnight("20111220224447.3399"), 22 * 3600 + 44 * 60 + 47);
        assert_eq!(midnight("201112202244+0900"), 22 * 3600 + 44 * 60);
        for bad in ["", "2011", "20111301", "2011122024", "201112201", "日本語のテキスト"] {
            assert_eq!(stamp(bad), None, "{bad}");
        }
    }
}
