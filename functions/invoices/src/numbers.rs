//! Number series, as the operator configures them.

use kontor_rules::series::{Pattern, Restart, Scope};

/// A number series of the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// What its numbers look like.
    pub pattern: Pattern,
}

/// What stands around a sequence in the numbers of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// The series.
    pub series: String,
    /// The part of the series that is counted by itself.
    pub period: String,
    /// What stands before the sequence.
    pub before: String,
    /// What stands behind it.
    pub behind: String,
    /// Ten to the digits that the sequence is filled up to.
    pub filled_below: i64,
}

const NAME_SIZE_MAX_BYTES: usize = 40;

impl Series {
    /// Reads `NAME=PATTERN, …`. Patterns whose numbers could meet are refused: a number is unique over all series.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let all: Vec<Self> = text.split(',').map(|one| Self::read_one(one.trim())).collect::<Result<_, _>>()?;
        for (index, one) in all.iter().enumerate() {
            for other in all.iter().skip(index + 1) {
                if one.name == other.name {
                    return Err(format!("the series {} is there twice", one.name));
                }
                if !one.pattern.is_apart_from(&other.pattern) {
                    let (name, another) = (&one.name, &other.name);
                    return Err(format!(
                        "{name} and {another} could give the same number; begin them with other letters"
                    ));
                }
            }
        }
        Ok(all)
    }

    fn read_one(text: &str) -> Result<Self, String> {
        let (name, pattern) = text.split_once('=').ok_or_else(|| format!("{text:?} is not NAME=PATTERN"))?;
        let (name, pattern) = (name.trim(), pattern.trim());
        // A cursor is SERIES.PERIOD.SEQUENCE, and a caller names a series as it names an id.
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !(1..=NAME_SIZE_MAX_BYTES).contains(&name.len()) || !name.bytes().all(fine) {
            return Err(format!("{name:?} is no name; use up to {NAME_SIZE_MAX_BYTES} letters, digits, -, _ and ."));
        }
        if pattern.contains("{customer}") {
            return Err(format!("{name}: {{customer}} needs customers' numbers, which are not kept yet; leave it out"));
        }
        let restart = if pattern.contains("{year}") { Restart::Yearly } else { Restart::Never };
        let read = Pattern::new(pattern, restart, Scope::Seller).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name: name.to_owned(), pattern: read })
    }

    /// The numbers of a year.
    #[must_use]
    pub fn of_year(&self, year: u16) -> Numbers {
        let (before, behind, digits) = self.pattern.around(year, "");
        Numbers {
            series: self.name.clone(),
            period: self.pattern.period(year),
            before,
            behind,
            filled_below: 10_i64.pow(u32::try_from(digits).unwrap_or(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_that_could_meet_are_refused() {
        let names = |text| Series::read(text).map(|all| all.into_iter().map(|series| series.name).collect::<Vec<_>>());
        assert_eq!(names("RE=RE-{year}-{sequence:6}"), Ok(vec!["RE".to_owned()]));
        assert_eq!(names("A=A{sequence}, B=B-{year}/{sequence:3}"), Ok(vec!["A".to_owned(), "B".to_owned()]));
        for (wrong, why) in [
            ("", "NAME=PATTERN"),
            ("RE-{sequence}", "NAME=PATTERN"),
            ("A=A{sequence},A=B{sequence}", "twice"),
            ("A=R{sequence},B=RE{sequence}", "same number"),
            ("A=R-{year}", "sequence"),
            ("A =R {sequence}", "letters"),
            ("Ä=R{sequence}", "no name"),
            ("A={customer}-{sequence}", "customer"),
        ] {
            assert!(names(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
