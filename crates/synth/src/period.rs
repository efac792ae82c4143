//! The time a region covers, in whole months.

use sudare_model::time::Day;

/// Whole months of care, and the day on which the deliveries were made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    /// First day of care.
    pub(crate) start: Day,
    /// Last day of care.
    pub(crate) end: Day,
    /// The day the deliveries were made.
    pub(crate) as_of: Day,
    first: (i32, u32),
    months: usize,
}

impl Period {
    /// So many years up to the month before `as_of`; `None` where the calendar ends.
    pub(crate) fn before(as_of: Day, years: u8) -> Option<Self> {
        let (year, month, _) = as_of.ymd();
        let end = Day::from_ymd(year, month, 1)?.plus(-1);
        let start = Day::from_ymd(year - i32::from(years), month, 1)?;
        Some(Self {
            start,
            end,
            as_of,
            first: (year - i32::from(years), month),
            months: usize::from(years) * 12,
        })
    }

    pub(crate) const fn months(&self) -> usize {
        self.months
    }

    /// Year and month of the month at a position, from 0.
    pub(crate) fn month(&self, at: usize) -> (i32, u32) {
        let (year, month) = self.first;
        let count = month - 1 + u32::try_from(at).unwrap_or_default();
        (year + i32::try_from(count / 12).unwrap_or_default(), count % 12 + 1)
    }

    /// The position of the day's month; `None` outside the period.
    pub(crate) fn month_of(&self, day: Day) -> Option<usize> {
        if day < self.start || day > self.end {
            return None;
        }
        let (year, month, _) = day.ymd();
        let (first_year, first_month) = self.first;
        let years = usize::try_from(year - first_year).ok()?;
        (years * 12 + month as usize).checked_sub(first_month as usize)
    }

    /// First and last day of the month at a position.
    pub(crate) fn span(&self, at: usize) -> (Day, Day) {
        let (year, month) = self.month(at);
        let (next_year, next_month) = self.month(at + 1);
        let first = Day::from_ymd(year, month, 1).unwrap_or(self.start);
        let next = Day::from_ymd(next_year, next_month, 1).unwrap_or(self.end);
        (first, next.plus(-1))
    }

    /// Days in the period.
    pub(crate) fn days(&self) -> i32 {
        self.end.epoch_days() - self.start.epoch_days() + 1
    }
}

/// `YYYYMMDD`.
pub(crate) fn digits(day: Day) -> String {
    let (year, month, day) = day.ymd();
    format!("{year:04}{month:02}{day:02}")
}

/// Letter and year of the era a day lies in; what is older than 大正 counts as 明治.
pub(crate) fn era(day: Day) -> (char, i32) {
    const ERAS: [((i32, u32, u32), char); 4] =
        [((2019, 5, 1), 'R'), ((1989, 1, 8), 'H'), ((1926, 12, 25), 'S'), ((1912, 7, 30), 'T')];
    let found = ERAS.into_iter().find(|era| day.ymd() >= era.0);
    let ((first, ..), letter) = found.unwrap_or(((1868, 1, 1), 'M'));
    (letter, day.ymd().0 - first + 1)
}

/// Completed years at a day.
pub(crate) fn age(birth: Day, day: Day) -> i32 {
    let (birth_year, birth_month, birth_day) = birth.ymd();
    let (year, month, of_month) = day.ymd();
    year - birth_year - i32::from((month, of_month) < (birth_month, birth_day))
}

/// The birthday of an age; 29 February becomes 1 March.
pub(crate) fn birthday(birth: Day, age: i32) -> Day {
    let (year, month, day) = birth.ymd();
    Day::from_ymd(year + age, month, day)
        .or_else(|| Day::from_ymd(year + age, 3, 1))
        .unwrap_or(birth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_begin_on_their_day() {
        let says = |year, month, day| {
            let (letter, count) = era(Day::from_ymd(year, month, day).unwrap());
            format!("{letter}{count}")
        };
        assert_eq!([says(2019, 4, 30), says(2019, 5, 1)], ["H31", "R1"]);
        assert_eq!([says(1989, 1, 7), says(1989, 1, 8)], ["S64", "H1"]);
        assert_eq!([says(1926, 12, 24), says(1911, 1, 1)], ["T15", "M44"]);
    }

    #[test]
    fn months_and_days_agree() {
        let period = Period::before(Day::from_ymd(2026, 4, 1).unwrap(), 2).unwrap();
        assert_eq!(period.months(), 24);
        assert_eq!((period.month(0), period.month(23)), ((2024, 4), (2026, 3)));
        for at in 0..24 {
            let (first, last) = period.span(at);
            assert_eq!((period.month_of(first), period.month_of(last)), (Some(at), Some(at)));
        }
        assert_eq!(period.month_of(period.as_of), None);
        assert_eq!(period.days(), 730);
    }
}
