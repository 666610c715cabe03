//! Number series, as the operator configures them.

use kontor_rules::series::{Pattern, Restart, Scope};

/// A number series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// What its numbers look like.
    pub pattern: Pattern,
    /// Who has one of his own.
    pub scope: Scope,
    /// When it begins anew.
    pub restart: Restart,
}

/// What stands around a sequence in the numbers of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// The series.
    pub series: String,
    /// The part of the series that is counted by itself: the year, or the customer's number and the year.
    pub period: String,
    /// Its own period and those of other years lie between these two.
    pub periods: (String, String),
    /// What stands before the sequence.
    pub before: String,
    /// What stands behind it.
    pub behind: String,
    /// Ten to the digits that the sequence is filled up to.
    pub filled_below: i64,
}

const NAME_SIZE_MAX_BYTES: usize = 40;

/// The series of invoices that were issued elsewhere. Their numbers are their own.
pub const IMPORTS: &str = "import";

impl Series {
    /// Reads `NAME=PATTERN [per-customer|per-seller] [yearly|continuous], …`. What is not said follows from the pattern.
    /// Patterns whose numbers could meet are refused: a number is unique over all series.
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
        let (name, said) = text.split_once('=').ok_or_else(|| format!("{text:?} is not NAME=PATTERN"))?;
        let (name, mut words) = (name.trim(), said.split_whitespace());
        // A cursor is SERIES.PERIOD.SEQUENCE, and a caller names a series as it names an id.
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !(1..=NAME_SIZE_MAX_BYTES).contains(&name.len()) || !name.bytes().all(fine) {
            return Err(format!("{name:?} is no name; use up to {NAME_SIZE_MAX_BYTES} letters, digits, -, _ and ."));
        }
        if name == IMPORTS {
            return Err(format!("{IMPORTS} is the series of invoices that were issued elsewhere; choose another name"));
        }
        let pattern = words.next().unwrap_or_default();
        let mut scope = if pattern.contains("{customer}") { Scope::Customer } else { Scope::Seller };
        let mut restart = if pattern.contains("{year}") { Restart::Yearly } else { Restart::Never };
        for word in words {
            match word {
                "per-customer" => scope = Scope::Customer,
                "per-seller" => scope = Scope::Seller,
                "yearly" => restart = Restart::Yearly,
                "continuous" => restart = Restart::Never,
                other => {
                    return Err(format!(
                        "{name}: {other:?} is nothing; behind a pattern stand per-customer or per-seller, and yearly or continuous"
                    ));
                }
            }
        }
        if scope == Scope::Seller && pattern.contains("{customer}") {
            return Err(format!("{name}: {{customer}} is only in the numbers of a series per-customer"));
        }
        let pattern = Pattern::new(pattern, restart, scope).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name: name.to_owned(), pattern, scope, restart })
    }

    /// The numbers of a year; of one customer, if each has its own.
    #[must_use]
    pub fn numbers(&self, year: u16, customer: Option<i64>) -> Numbers {
        let customer = customer.map(|number| number.to_string()).unwrap_or_default();
        let (before, behind, digits) = self.pattern.around(year, &customer);
        let prefix = if customer.is_empty() { customer } else { customer + "-" };
        let year = self.pattern.period(year);
        Numbers {
            series: self.name.clone(),
            period: format!("{prefix}{year}"),
            // Years are digits, and `:` is the sign behind them.
            periods: (format!("{prefix}0"), format!("{prefix}:")),
            before,
            behind,
            filled_below: 10_i64.pow(u32::try_from(digits).unwrap_or(1)),
        }
    }
}

impl Numbers {
    /// Those of invoices that were issued elsewhere; the sequence is only for the order.
    #[must_use]
    pub fn of_imports() -> Self {
        Self {
            series: IMPORTS.to_owned(),
            period: "all".to_owned(),
            periods: ("all".to_owned(), "all".to_owned()),
            before: String::new(),
            behind: String::new(),
            filled_below: 1,
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
            ("A=", "sequence"),
            ("A =R {sequence}", "sequence"),
            ("A=R{sequence} sometimes", "sometimes"),
            ("Ä=R{sequence}", "no name"),
            ("import=I{sequence}", "elsewhere"),
            ("A=R{sequence} yearly", "{year} has to be in the pattern"),
            ("A=R-{year}-{sequence} per-customer", "{customer} has to be in the pattern"),
            ("A={customer}-{sequence} per-seller", "per-customer"),
            ("A={customer}{sequence}", "between"),
            ("A={customer}-{sequence}, B=B-{sequence}", "same number"),
        ] {
            assert!(names(wrong).unwrap_err().contains(why), "{wrong}: {:?}", names(wrong));
        }
    }

    #[test]
    fn each_customer_and_each_year_is_counted_by_itself() {
        let all = Series::read("K=K{customer}-{year}-{sequence:4}, G=G-{year}-{sequence} continuous").unwrap();
        let [own, all] = all.as_slice() else { panic!("two series") };
        let numbers = own.numbers(2026, Some(10_001));
        assert_eq!((numbers.period.as_str(), numbers.before.as_str()), ("10001-2026", "K10001-2026-"));
        let (from, to) = numbers.periods;
        let inside = |period: &str| (from.as_str()..to.as_str()).contains(&period);
        assert!(inside("10001-2025") && inside("10001-9999") && !inside("10002-2026") && !inside("1000-2026"));
        assert_eq!(all.numbers(2026, None).period, "all");
    }
}
