//! What time it is: the only place that asks the system.

use std::time::{SystemTime, UNIX_EPOCH};

use sudare_model::time::{Day, Instant};

/// A clock, handed to whoever needs the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A fixed time: demos and tests live on a day of their own.
    Fixed(Instant),
}

impl Clock {
    /// The day on which a demo lives, 2026-04-01 in Japan: the day the invented deliveries were made.
    #[must_use]
    pub fn demo_day() -> Self {
        let day = Day::from_epoch_days(DEMO_EPOCH_DAYS);
        Self::Fixed(Instant::from_unix(Instant::start_of_day_in_japan(day).unix() + 9 * 3600))
    }

    /// Now.
    #[must_use]
    pub fn now(self) -> Instant {
        match self {
            Self::Fixed(instant) => instant,
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Instant::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
            }
        }
    }
}

/// 2026-04-01 in days since 1970-01-01.
const DEMO_EPOCH_DAYS: i32 = 20_544;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_lives_on_the_first_of_april_2026() {
        assert_eq!(Clock::demo_day().now().to_string(), "2026-04-01T09:00:00+09:00");
    }
}
