//! The time where the seller is: the day on an invoice, and the year that a series begins anew with, are the seller's.

use kontor_sdk::time::Date;

/// µs since 1970 UTC, past every date there is.
pub const MOMENT_MAX: i64 = 32_503_680_000_000_000;

/// A place's clock. All of the European Union sets it at the same moment: 01:00 UTC on the last Sundays of March and October
/// (Directive 2000/84/EC, articles 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    winter_hours: i32,
    summer_time: bool,
}

/// Names of the tz database by the hours that they are ahead of UTC in winter.
const EUROPEAN: [(i32, &[&str]); 3] = [
    (0, &["Europe/Dublin", "Europe/Lisbon", "Europe/London"]),
    (
        1,
        &[
            "Europe/Amsterdam",
            "Europe/Berlin",
            "Europe/Brussels",
            "Europe/Copenhagen",
            "Europe/Luxembourg",
            "Europe/Madrid",
            "Europe/Paris",
            "Europe/Prague",
            "Europe/Rome",
            "Europe/Stockholm",
            "Europe/Vienna",
            "Europe/Warsaw",
            "Europe/Zurich",
        ],
    ),
    (2, &["Europe/Athens", "Europe/Bucharest", "Europe/Helsinki", "Europe/Sofia"]),
];

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { winter_hours: 0, summer_time: false };

    /// A zone by its name.
    ///
    /// # Errors
    /// The names there are.
    pub fn named(name: &str) -> Result<Self, String> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        let found = EUROPEAN.iter().find(|(_, names)| names.contains(&name));
        found.map(|(winter_hours, _)| Self { winter_hours: *winter_hours, summer_time: true }).ok_or_else(|| {
            let known: Vec<&str> = EUROPEAN.iter().flat_map(|(_, names)| names.iter().copied()).collect();
            format!("{name:?} is not known; write UTC or one of {}", known.join(", "))
        })
    }

    /// Seconds ahead of UTC at a moment, µs since 1970 UTC.
    #[must_use]
    pub fn offset_at(self, at_us: i64) -> i32 {
        (self.winter_hours + i32::from(self.summer_time && is_summer(at_us))) * 3600
    }
}

impl Zone {
    /// The moment that a day begins there. No clock of [`EUROPEAN`] is set between its midnight and that of UTC.
    #[must_use]
    pub fn begin_us(self, day: kontor_rules::Date) -> i64 {
        let midnight = day.begin_us();
        midnight - i64::from(self.offset_at(midnight)) * 1_000_000
    }
}

fn is_summer(at_us: i64) -> bool {
    let hours = at_us.div_euclid(3_600_000_000);
    let (hour, days) = (hours.rem_euclid(24), hours.div_euclid(24));
    let Date { month, day, .. } = Date::of(at_us);
    // 1970-01-01 was a Thursday. Of two days in a month, the second is as many weekdays on as days.
    let weekday_of_31st = (days + 4 + 31 - day).rem_euclid(7);
    let last_sunday = 31 - weekday_of_31st;
    let is_past = day > last_sunday || (day == last_sunday && hour >= 1);
    match month {
        3 => is_past,
        10 => !is_past,
        other => (4..=9).contains(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_set_on_the_last_sundays() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (at, hours) in [
            (1_774_745_999, 1), // 2026-03-29 00:59:59 UTC
            (1_774_746_000, 2), // 2026-03-29 01:00:00 UTC
            (1_792_889_999, 2), // 2026-10-25 00:59:59 UTC
            (1_792_890_000, 1), // 2026-10-25 01:00:00 UTC
            (1_795_262_400, 1), // 2026-11-21
            (1_806_195_600, 2), // 2027-03-28 01:00:00 UTC
        ] {
            assert_eq!(berlin.offset_at(at * 1_000_000), hours * 3600, "{at}");
        }
        assert_eq!(Zone::named("UTC").unwrap().offset_at(1_784_000_000_000_000), 0);
        let begin = |day: &str| berlin.begin_us(day.parse().unwrap()) / 1_000_000;
        assert_eq!((begin("2026-03-29"), begin("2026-03-30")), (1_774_738_800, 1_774_821_600));
        assert!(Zone::named("Berlin").unwrap_err().contains("Europe/Berlin"));
    }
}
