//! Dates beside each other: the month of an event, and what makes a date doubtful.

use std::collections::HashMap;

use arrow::array::{Array as _, Date32Array, FixedSizeBinaryArray, Int32Array};
use arrow::record_batch::RecordBatch;
use sudare_model::table::Table;
use sudare_model::time::Day;

use super::Checked;

/// An event so many years before receipt is doubtful: hardly a patient lived then, and a Taishō or Meiji year taken for
/// a later era lands there.
pub const LONG_AGO_YEARS: i32 = 100;

/// Why a row's date is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// In a month before that of birth.
    BeforeBirth,
    /// In a month after that of death.
    AfterDeath,
    /// After the day the delivery was received.
    AfterReceipt,
    /// More than [`LONG_AGO_YEARS`] before receipt.
    LongAgo,
    /// The end lies before the start.
    EndBeforeStart,
}

impl Doubt {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 5] = [
        Self::BeforeBirth,
        Self::AfterDeath,
        Self::AfterReceipt,
        Self::LongAgo,
        Self::EndBeforeStart,
    ];

    /// The word for it in `quality.json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BeforeBirth => "before-birth",
            Self::AfterDeath => "after-death",
            Self::AfterReceipt => "after-receipt",
            Self::LongAgo => "long-ago",
            Self::EndBeforeStart => "end-before-start",
        }
    }
}

/// A month, counted from January of the year 0.
type Month = i32;

const fn month(year: i32, month_of_year: i32) -> Month {
    year * 12 + month_of_year - 1
}

fn month_of(day: Day) -> Month {
    let (year, of_year, _) = day.ymd();
    month(year, i32::try_from(of_year).unwrap_or(1))
}

/// The days that are neither long ago nor to come, each with its month.
#[derive(Debug)]
pub(super) struct Calendar {
    first: i32,
    pub(super) received: Day,
    months: Vec<Month>,
}

impl Calendar {
    pub(super) fn until(received: Day) -> Self {
        let (year, of_year, day) = received.ymd();
        let first = Day::from_ymd(year - LONG_AGO_YEARS, of_year, day)
            .or_else(|| Day::from_ymd(year - LONG_AGO_YEARS, of_year, 28))
            .unwrap_or(received);
        let days = first.epoch_days()..=received.epoch_days();
        let months = days.map(|day| month_of(Day::from_epoch_days(day))).collect();
        Self { first: first.epoch_days(), received, months }
    }

    /// The month of a day of the calendar.
    #[inline]
    fn within(&self, day: i32) -> Option<Month> {
        let at = usize::try_from(day.checked_sub(self.first)?).ok()?;
        self.months.get(at).copied()
    }

    #[inline]
    fn month(&self, day: i32) -> Month {
        self.within(day).unwrap_or_else(|| month_of(Day::from_epoch_days(day)))
    }

    fn base(&self) -> Month {
        self.months.first().copied().unwrap_or_default()
    }
}

/// When patients were born and died, as the rows of one unit say: the earliest birth, the latest death.
#[derive(Debug, Default)]
pub(super) struct Lives(HashMap<[u8; 16], Life>);

#[derive(Debug, Clone, Copy, Default)]
struct Life {
    birth: Option<Month>,
    death: Option<Month>,
}

impl Lives {
    /// Forgets the unit before and reads this one's rows of persons and deaths.
    pub(super) fn read(&mut self, calendar: &Calendar, content: &[(&'static Table, RecordBatch)]) {
        self.0.clear();
        for (table, batch) in content {
            let _columns_are_there = match table.name {
                "person" => self.births(batch),
                "death" => self.deaths(calendar, batch),
                _ => None,
            };
        }
    }

    fn births(&mut self, batch: &RecordBatch) -> Option<()> {
        let subjects = subjects(batch)?;
        let number = |name| batch.column_by_name(name)?.as_any().downcast_ref::<Int32Array>();
        let (years, months) = (number("year_of_birth")?, number("month_of_birth")?);
        for (row, year) in years.iter().enumerate() {
            let Some(year) = year else { continue };
            // Of a year alone, January: nothing in it lies before birth.
            let of_year = if months.is_valid(row) { months.value(row) } else { 1 };
            let birth = month(year.clamp(0, 9999), of_year.clamp(1, 12));
            let life = self.0.entry(key(subjects, row)?).or_default();
            life.birth = Some(life.birth.map_or(birth, |known| known.min(birth)));
        }
        Some(())
    }

    fn deaths(&mut self, calendar: &Calendar, batch: &RecordBatch) -> Option<()> {
        let subjects = subjects(batch)?;
        let days = date(batch, "death_date")?;
        for (row, day) in days.iter().enumerate() {
            let Some(day) = day else { continue };
            let death = calendar.month(day);
            let life = self.0.entry(key(subjects, row)?).or_default();
            life.death = Some(life.death.map_or(death, |known| known.max(death)));
        }
        Some(())
    }

    fn of(&self, subject: &[u8; 16]) -> Life {
        self.0.get(subject).copied().unwrap_or_default()
    }
}

pub(super) fn subjects(batch: &RecordBatch) -> Option<&FixedSizeBinaryArray> {
    batch.column_by_name("subject")?.as_any().downcast_ref()
}

pub(super) fn key(subjects: &FixedSizeBinaryArray, row: usize) -> Option<[u8; 16]> {
    subjects.value(row).try_into().ok()
}

fn date<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Date32Array> {
    batch.column_by_name(name)?.as_any().downcast_ref()
}

/// Rows by month, and doubtful ones.
#[derive(Debug, Default)]
pub(super) struct Dates {
    months: Vec<u64>,
    doubts: [Checked; Doubt::ALL.len()],
}

impl Dates {
    /// Counts the rows of a batch by the date of their event, the first of the table's own dates.
    pub(super) fn add(
        &mut self,
        calendar: &Calendar,
        lives: &Lives,
        (start, end): (&str, Option<&str>),
        batch: &RecordBatch,
    ) -> Option<()> {
        let (starts, subjects) = (date(batch, start)?, subjects(batch)?);
        let mut last = ([0; 16], lives.of(&[0; 16]));
        for (row, day) in starts.iter().enumerate() {
            let Some(day) = day else { continue };
            let month = self.when(calendar, day);
            if !lives.0.is_empty() {
                let subject = key(subjects, row)?;
                if last.0 != subject {
                    last = (subject, lives.of(&subject));
                }
                let Life { birth, death } = last.1;
                self.check(Doubt::BeforeBirth, birth.map(|birth| month < birth));
                self.check(Doubt::AfterDeath, death.map(|death| month > death));
            }
        }
        if let Some(ends) = end.and_then(|end| date(batch, end)) {
            for (start, end) in starts.iter().zip(ends) {
                self.check(Doubt::EndBeforeStart, start.zip(end).map(|(start, end)| end < start));
            }
        }
        Some(())
    }

    #[inline]
    fn when(&mut self, calendar: &Calendar, day: i32) -> Month {
        let within = calendar.within(day);
        self.check(Doubt::AfterReceipt, Some(day > calendar.received.epoch_days()));
        self.check(Doubt::LongAgo, Some(day < calendar.first));
        if let Some(month) = within {
            let at = usize::try_from(month - calendar.base()).unwrap_or_default();
            if self.months.len() <= at {
                self.months.resize(at + 1, 0);
            }
            if let Some(count) = self.months.get_mut(at) {
                *count += 1;
            }
        }
        within.unwrap_or_else(|| calendar.month(day))
    }

    #[inline]
    fn check(&mut self, doubt: Doubt, found: Option<bool>) {
        if let (Some(found), Some(checked)) = (found, self.doubts.get_mut(doubt as usize)) {
            checked.rows += 1;
            checked.found += u64::from(found);
        }
    }

    /// Rows by month.
    pub(super) fn months(&self, calendar: &Calendar) -> impl Iterator<Item = (String, u64)> {
        let numbered = (calendar.base()..).zip(self.months.iter().copied());
        numbered.filter(|(_, rows)| *rows > 0).map(|(month, rows)| {
            (format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1), rows)
        })
    }

    /// What could be checked.
    pub(super) fn doubts(&self) -> impl Iterator<Item = (Doubt, Checked)> {
        let all = Doubt::ALL.into_iter().zip(self.doubts);
        all.filter(|(_, checked)| checked.rows > 0)
    }
}
