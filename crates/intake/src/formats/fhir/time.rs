//! Dates and instants as FHIR writes them: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, and with a time and a zone.

use sudare_model::time::Day;

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Year,
    Month,
    Day,
}

/// A date, with the second of Japan's wall clock where a time was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When {
    /// The day, or the first day of the month or year.
    pub(super) day: Day,
    pub(super) precision: Precision,
    /// Seconds of Japan's wall clock since 1970-01-01.
    pub(super) second: Option<i64>,
}

impl When {
    /// The word stored where the day is not known.
    pub(super) const fn word(self) -> &'static str {
        match self.precision {
            Precision::Year => "year",
            Precision::Month => "month",
            Precision::Day => "",
        }
    }
}

/// Japan time is nine hours ahead of UTC.
const JAPAN: i64 = 9 * 3600;

/// Reads a date, dateTime or instant. A time with a zone is turned into Japan time, which may be another day; a time
/// without one (not allowed, but written) is taken as Japan time.
pub(super) fn when(text: &str) -> Option<When> {
    let bytes = text.as_bytes();
    let digits = |from: usize, count: usize| {
        crate::text::whole(bytes.get(from..from + count)?).map(i64::from)
    };
    let narrow = |value: i64| u32::try_from(value).ok();
    let year = i32::try_from(digits(0, 4)?).ok()?;
    let separated = |at: usize| bytes.get(at) == Some(&b'-');
    let at = |month: u32, day: u32, precision| {
        Some(When { day: Day::from_ymd(year, month, day)?, precision, second: None })
    };
    match bytes.len() {
        4 => return at(1, 1, Precision::Year),
        7 if separated(4) => return at(narrow(digits(5, 2)?)?, 1, Precision::Month),
        10.. if separated(4) && separated(7) => {}
        _ => return None,
    }
    let date = at(narrow(digits(5, 2)?)?, narrow(digits(8, 2)?)?, Precision::Day)?;
    if bytes.len() == 10 {
        return Some(date);
    }
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) || bytes.get(13) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (digits(11, 2)?, digits(14, 2)?);
    let mut rest = bytes.get(16..)?;
    let mut second = 0;
    if let [b':', a, b, after @ ..] = rest {
        second = i64::from(crate::text::whole(&[*a, *b])?);
        rest = after;
        if let [b'.', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest = fraction.get(digits..)?;
        }
    }
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let offset = zone(rest)?;
    let midnight = i64::from(date.day.epoch_days()) * 86_400;
    let local = midnight + hour * 3600 + minute * 60 + second.min(59) - offset + JAPAN;
    let day = Day::from_epoch_days(i32::try_from(local.div_euclid(86_400)).ok()?);
    Some(When { day, precision: Precision::Day, second: Some(local) })
}

/// Seconds ahead of UTC.
fn zone(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [] => return Some(JAPAN),
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [a, b, b':', c, d] | [a, b, c, d] => ([*a, *b], [*c, *d]),
        [a, b] => ([*a, *b], [b'0', b'0']),
        _ => return None,
    };
    let (hours, minutes) = (crate::text::whole(&hours)?, crate::text::whole(&minutes)?);
    (hours <= 14 && minutes <= 59).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_keeps_the_precision_it_has_and_a_zone_becomes_japan_time() {
        let check = |text: &str| {
            when(text).map(|w| {
                (w.day.to_string(), w.word(), w.second.map(|second| second.rem_euclid(86_400)))
            })
        };
        let is = |day: &str, word, second| Some((day.to_owned(), word, second));
        assert_eq!(check("2021"), is("2021-01-01", "year", None));
        assert_eq!(check("2021-07"), is("2021-07-01", "month", None));
        assert_eq!(check("2021-07-09"), is("2021-07-09", "", None));
        assert_eq!(check("2021-07-09T14:11:13.000+09:00"), is("2021-07-09", "", Some(51_073)));
        assert_eq!(check("2021-07-09T23:00:00Z"), is("2021-07-10", "", Some(8 * 3600)));
        assert_eq!(check("1976-01-19T22:58:16-05:00"), is("1976-01-20", "", Some(46_696)));
        assert_eq!(check("2021-07-09T08:30"), is("2021-07-09", "", Some(30_600)));
        for bad in [
            "",
            "21",
            "2021-13",
            "2021-02-30",
            "2021/07/09",
            "2021-07-09T",
            "2021-07-09T25:00:00Z",
            "2021-07-09T10:00:00+9",
            "二〇二一",
            "2021-07-09T1あ:00",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }
}
