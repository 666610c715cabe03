//! Calendar dates.

use std::{fmt, str::FromStr};

use crate::text_form::text_form;

/// A day of the Gregorian calendar from 2000-01-01 to 2999-12-31, with no time zone. Dates order by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

text_form!(Date, "A day, ISO 8601", "2026-11-21");

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no date; write it like 2026-11-21, from the year 2000 to 2999")]
pub struct NotADate(String);

const DAY_US: i64 = 86_400_000_000;

impl Date {
    /// A date, if there is such a day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let fine = (2000..=2999).contains(&year) && (1..=12).contains(&month);
        (fine && (1..=month_days(year, month)).contains(&day)).then_some(Self { year, month, day })
    }

    /// The day of a moment, µs since 1970 UTC, at a place that is so many seconds ahead of UTC. None outside the range.
    #[must_use]
    pub fn of_moment(at_us: i64, offset_seconds: i32) -> Option<Self> {
        let local = at_us.checked_add(i64::from(offset_seconds).checked_mul(1_000_000)?)?;
        Self::of_day(local.div_euclid(DAY_US))
    }

    /// So many days later.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Option<Self> {
        Self::of_day(self.day_number() + i64::from(days))
    }

    /// Its begin in UTC, µs since 1970.
    #[must_use]
    pub fn begin_us(self) -> i64 {
        self.day_number() * DAY_US
    }

    /// The last day of a year so many years later.
    #[must_use]
    pub fn end_of_year_after(self, years: u16) -> Option<Self> {
        Self::new(self.year.checked_add(years)?, 12, 31)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// Days since 1970-01-01, after Howard Hinnant's "chrono-compatible low-level date algorithms".
    fn day_number(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn of_day(number: i64) -> Option<Self> {
        let shifted = number.checked_add(719_468)?;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year + era.checked_mul(400)? + i64::from(month <= 2);
        Self::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }
}

fn month_days(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let read = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            let fine =
                (year.len(), month.len(), day.len()) == (4, 2, 2) && digits(year) && digits(month) && digits(day);
            fine.then(|| Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))?
        };
        read().ok_or_else(|| NotADate(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        for text in ["2024-02-29", "2000-02-29", "2026-12-31", "2999-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        for wrong in [
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "26-01-01",
            "1999-12-31",
            "",
            "2026-11-2x",
        ] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_has_the_date_of_its_place() {
        // 2026-12-31 23:30 UTC is the new year in Berlin already.
        let at = 1_798_759_800_000_000;
        assert_eq!(Date::of_moment(at, 0).unwrap().to_string(), "2026-12-31");
        assert_eq!(Date::of_moment(at, 3600).unwrap().to_string(), "2027-01-01");
        assert_eq!((Date::of_moment(i64::MAX, 0), Date::of_moment(i64::MIN, -1)), (None, None));
        let due = "2026-11-21".parse::<Date>().unwrap().plus_days(14).unwrap();
        assert_eq!(due.to_string(), "2026-12-05");
        assert_eq!("2999-12-31".parse::<Date>().unwrap().plus_days(1), None);
    }

    proptest! {
        #[test]
        fn days_count_on(days in 10_957..376_199_i64) {
            let date = Date::of_day(days).unwrap();
            prop_assert_eq!(date.day_number(), days);
            prop_assert_eq!(Date::of_moment(date.begin_us(), 0), Some(date));
            prop_assert!(Date::of_day(days + 1).is_none_or(|next| next > date));
        }
    }
}
