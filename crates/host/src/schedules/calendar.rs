//! When a schedule is due.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, tz::TimeZone};
use kontor_contract::manifest::Schedule;

/// A schedule that can be asked for its moments.
///
/// Where clocks change: a fixed time that does not exist is due right after the gap; one that exists twice is due at the
/// first; what repeats (`*`, `*/5`) goes by the clock on the wall.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    cron: Cron,
    zone: TimeZone,
}

impl Calendar {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong: the expression, or the time zone; or it is never due.
    pub(crate) fn new(schedule: &Schedule) -> Result<Self, String> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(&schedule.cron).map_err(|error| {
            format!(
                "{:?} is no cron expression: {error}; write minute, hour, day of the month, month and day of the week, for \
                 example \"30 2 * * 1-5\"",
                schedule.cron
            )
        })?;
        let zone = TimeZone::get(&schedule.time_zone).map_err(|_| {
            format!("{:?} is no time zone; write an IANA name, for example \"Europe/Berlin\"", schedule.time_zone)
        })?;
        let calendar = Self { cron, zone };
        match calendar.after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(calendar),
            None => Err(format!("{:?} is never due", schedule.cron)),
        }
    }

    /// The first moment after `now`.
    pub(crate) fn after(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_next_occurrence(&now.to_zoned(self.zone.clone()), false);
        found.ok().map(|moment| moment.timestamp())
    }

    /// The last moment up to `now`, itself included.
    pub(crate) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_previous_occurrence(&now.to_zoned(self.zone.clone()), true);
        found.ok().map(|moment| moment.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, time_zone: &str) -> Schedule {
        Schedule { name: "test".to_owned(), cron: cron.to_owned(), time_zone: time_zone.to_owned() }
    }

    fn moments(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let calendar = Calendar::new(&schedule(cron, zone)).unwrap();
        let mut now: Timestamp = from.parse().unwrap();
        let next = || {
            now = calendar.after(now).unwrap();
            now.to_string()
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn a_fixed_time_follows_its_zone_through_the_year() {
        assert_eq!(
            moments("30 9 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", 3),
            ["2026-10-24T07:30:00Z", "2026-10-25T08:30:00Z", "2026-10-26T08:30:00Z"]
        );
    }

    #[test]
    fn clocks_that_change_neither_skip_nor_double_a_fixed_time() {
        // On 2026-03-29 there is no 02:30 in Berlin, on 2026-10-25 there are two.
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            moments("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    #[test]
    fn what_was_due_last_is_found_too() {
        let calendar = Calendar::new(&schedule("0 0 1 * *", "UTC")).unwrap();
        let until = |now: &str| calendar.until(now.parse().unwrap()).unwrap().to_string();
        assert_eq!(until("2026-11-21T10:00:00Z"), "2026-11-01T00:00:00Z");
        assert_eq!(until("2026-11-01T00:00:00Z"), "2026-11-01T00:00:00Z", "itself included");
        assert_eq!(until("2026-10-31T23:59:59Z"), "2026-10-01T00:00:00Z");
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (cron, zone, words) in [
            ("61 * * * *", "UTC", "no cron expression"),
            ("* * * *", "UTC", "no cron expression"),
            ("0 * * * * *", "UTC", "no cron expression"),
            ("", "UTC", "no cron expression"),
            ("0 0 30 2 *", "UTC", "never due"),
            ("0 0 * * *", "Europe/Atlantis", "no time zone"),
            ("0 0 * * *", "", "no time zone"),
        ] {
            let fault = Calendar::new(&schedule(cron, zone)).unwrap_err();
            assert!(fault.contains(words), "{cron:?} {zone:?}: {fault}");
        }
    }
}
