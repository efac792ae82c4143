//! Civil dates and instants as plain numbers, in Japan time where a day is meant.
//!
//! Dates are days since 1970-01-01 as Arrow's `Date32` has them; instants are seconds since the Unix epoch.

use std::fmt;

/// A civil date: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// From days since 1970-01-01.
    #[must_use]
    pub const fn from_epoch_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// From a year 1 to 9999, month 1 to 12 and day; `None` where there is no such date.
    ///
    /// The arithmetic is the proleptic Gregorian calendar in eras of 400 years beginning on 1 March.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || day == 0
            || day > month_length(year, month)
        {
            return None;
        }
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_index = i32::try_from((month + 9) % 12).ok()?;
        let day_of_year = (153 * month_index + 2) / 5 + i32::try_from(day).ok()? - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month 1 to 12 and day 1 to 31.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let narrow = |value: i64| u32::try_from(value).unwrap_or_default();
        (i32::try_from(year).unwrap_or_default(), narrow(month), narrow(day))
    }

    /// Reads `YYYYMMDD` digits.
    #[must_use]
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        let [a, b, c, d, m1, m2, d1, d2] = digits else { return None };
        let number = |list: &[u8]| {
            list.iter().try_fold(0u32, |sum, byte| Some(sum * 10 + char::from(*byte).to_digit(10)?))
        };
        let year = i32::try_from(number(&[*a, *b, *c, *d])?).ok()?;
        Self::from_ymd(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        let [a, b, c, d, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
        Self::from_digits(&[*a, *b, *c, *d, *m1, *m2, *d1, *d2])
    }

    /// The day so many days later (earlier if negative).
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// An instant: seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Japan time is nine hours ahead of UTC and has no summer time.
const JST_SECONDS: i64 = 9 * 3600;

impl Instant {
    /// From Unix seconds.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Unix seconds.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The civil date in Japan at this instant.
    #[must_use]
    pub fn day_in_japan(self) -> Day {
        Day(i32::try_from((self.0 + JST_SECONDS).div_euclid(86_400)).unwrap_or(i32::MAX))
    }

    /// The first instant of a day in Japan.
    #[must_use]
    pub const fn start_of_day_in_japan(day: Day) -> Self {
        Self(day.0 as i64 * 86_400 - JST_SECONDS)
    }
}

impl fmt::Display for Instant {
    /// ISO 8601 with the offset of Japan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = (self.0 + JST_SECONDS).rem_euclid(86_400);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{:02}+09:00", self.day_in_japan(), second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for days in -200_000..200_000 {
            let day = Day::from_epoch_days(days);
            let (y, m, d) = day.ymd();
            assert_eq!(Day::from_ymd(y, m, d), Some(day));
        }
        assert_eq!(Day::from_ymd(1970, 1, 1).unwrap().epoch_days(), 0);
        assert_eq!(Day::from_iso("2024-02-29").unwrap().to_string(), "2024-02-29");
        assert_eq!(Day::from_ymd(2023, 2, 29), None);
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        let day = Day::from_ymd(2024, 4, 1).unwrap();
        let midnight = Instant::start_of_day_in_japan(day);
        assert_eq!(midnight.day_in_japan(), day);
        assert_eq!(Instant::from_unix(midnight.unix() - 1).day_in_japan(), day.plus(-1));
        assert_eq!(midnight.to_string(), "2024-04-01T00:00:00+09:00");
    }
}
