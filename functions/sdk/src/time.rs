//! Now, and instants as text.

use crate::seam;

/// Microseconds since 1970 UTC.
#[must_use]
pub fn now_us() -> i64 {
    seam::now_us()
}

/// RFC 3339 in UTC with microseconds: `2026-11-21T10:15:30.000001Z`. Years 0 to 9999.
#[must_use]
pub fn rfc3339(us: i64) -> String {
    let mut text = to_the_second(us);
    text.push('.');
    digits(&mut text, us.rem_euclid(1_000_000), 6);
    text.push('Z');
    text
}

/// RFC 3339 in UTC with whole seconds: `2026-11-21T10:15:30Z`. Years 0 to 9999.
#[must_use]
pub fn rfc3339_seconds(us: i64) -> String {
    let mut text = to_the_second(us);
    text.push('Z');
    text
}

fn to_the_second(us: i64) -> String {
    let date = Date::of(us);
    let second = us.div_euclid(1_000_000).rem_euclid(86_400);
    let mut text = String::with_capacity(27);
    digits(&mut text, date.year, 4);
    text.push('-');
    digits(&mut text, date.month, 2);
    text.push('-');
    digits(&mut text, date.day, 2);
    for (mark, value) in [('T', second / 3600), (':', second / 60 % 60), (':', second % 60)] {
        text.push(mark);
        digits(&mut text, value, 2);
    }
    text
}

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

impl Date {
    /// The day in UTC that holds the instant, given in µs since 1970. Howard Hinnant's `civil_from_days`
    /// (<https://howardhinnant.github.io/date_algorithms.html>): a calendar library would double a component's size.
    #[must_use]
    pub fn of(us: i64) -> Self {
        let days = us.div_euclid(86_400_000_000) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
        }
    }
}

fn digits(text: &mut String, value: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = value / 10_i64.pow(place) % 10;
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_rfc_3339() {
        let cases = [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1, "1970-01-01T00:00:00.000001Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00.000000Z"),
            (1_798_761_599_999_999, "2026-12-31T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ];
        for (us, text) in cases {
            assert_eq!(rfc3339(us), text);
        }
    }
}
