//! Patterns of invoice numbers, and which of them could give one number twice.
//!
//! A number is unique over all series of a seller (§ 14 (4) no. 4 UStG); that it has no gaps is Kontor's own promise. The
//! sequence itself is counted where it is committed; this says what stands around it.

use std::fmt;

/// Characters of a number.
pub const NUMBER_MAX: usize = 60;
/// Digits that a sequence is filled up to.
const DIGITS_MAX: usize = 12;

/// When a series begins anew at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Each year, by the calendar where the seller is.
    Yearly,
    /// Never.
    Never,
}

/// Who has a series of his own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The seller.
    Seller,
    /// Each customer.
    Customer,
}

/// A pattern like `RE-{year}-{sequence:6}`. `{customer}` is the customer's number; `{sequence}` alone is not filled up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
    restart: Restart,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Year,
    Customer,
    Sequence(usize),
}

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// A brace that is not closed, or something else in braces.
    #[error("{{{0}}} is nothing; use {{year}}, {{customer}}, {{sequence}} and {{sequence:6}}")]
    Unknown(String),
    /// A sign that numbers do not have.
    #[error("{0:?} cannot be in a number; use letters, digits, -, _, / and .")]
    Sign(char),
    /// Not exactly one sequence, or something else twice.
    #[error("{0} has to be there {1}")]
    Count(&'static str, &'static str),
    /// The same number would come again next year.
    #[error("the series begins anew each year, so {{year}} has to be in the pattern")]
    YearMissing,
    /// Two customers would have the same number.
    #[error("each customer has a series of his own, so {{customer}} has to be in the pattern")]
    CustomerMissing,
    /// `{customer}{sequence}`: customer 1 with 12 and customer 11 with 2 would have the same number.
    #[error("between {{customer}} and {{sequence}} has to be something else than digits")]
    NotSeparated,
    /// Longer than numbers are.
    #[error("numbers of this pattern can have more than {NUMBER_MAX} characters; shorten it")]
    TooLong,
}

impl Pattern {
    /// Reads a pattern, if it cannot give a number twice.
    ///
    /// # Errors
    /// [`PatternFault`].
    pub fn new(text: &str, restart: Restart, scope: Scope) -> Result<Self, PatternFault> {
        let parts = read(text)?;
        let count = |wanted: fn(&Part) -> bool| parts.iter().filter(|part| wanted(part)).count();
        let customers = count(|part| *part == Part::Customer);
        if count(|part| matches!(part, Part::Sequence(_))) != 1 {
            return Err(PatternFault::Count("{sequence}", "exactly once"));
        }
        if count(|part| *part == Part::Year) > 1 || customers > 1 {
            return Err(PatternFault::Count("{year} or {customer}", "at most once"));
        }
        if restart == Restart::Yearly && !parts.contains(&Part::Year) {
            return Err(PatternFault::YearMissing);
        }
        match (scope, customers) {
            (Scope::Customer, 0) => return Err(PatternFault::CustomerMissing),
            (_, 1) if !separated(&parts) => return Err(PatternFault::NotSeparated),
            _ => {}
        }
        let pattern = Self { parts, restart };
        // The longest sequence, and a customer's number of 20 signs.
        if pattern.number(9999, &"9".repeat(20), i64::MAX).len() > NUMBER_MAX {
            return Err(PatternFault::TooLong);
        }
        Ok(pattern)
    }

    /// The part of the series that is counted by itself.
    #[must_use]
    pub fn period(&self, year: u16) -> String {
        if self.restart == Restart::Yearly { year.to_string() } else { "all".to_owned() }
    }

    /// What stands before and behind the sequence, and how many digits it is filled up to: a batch that counts the sequence
    /// itself makes the number of these.
    #[must_use]
    pub fn around(&self, year: u16, customer: &str) -> (String, String, usize) {
        let (mut before, mut behind, mut digits) = (String::new(), String::new(), None);
        for part in &self.parts {
            let side = if digits.is_none() { &mut before } else { &mut behind };
            match part {
                Part::Literal(text) => side.push_str(text),
                Part::Year => side.push_str(&format!("{year:04}")),
                Part::Customer => side.push_str(customer),
                Part::Sequence(width) => digits = Some(*width),
            }
        }
        (before, behind, digits.unwrap_or(1))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, year: u16, customer: &str, sequence: i64) -> String {
        let (before, behind, digits) = self.around(year, customer);
        format!("{before}{sequence:0digits$}{behind}")
    }

    /// Whether the pattern names the year.
    #[must_use]
    pub fn has_year(&self) -> bool {
        self.parts.contains(&Part::Year)
    }

    /// Whether the pattern names the customer.
    #[must_use]
    pub fn has_customer(&self) -> bool {
        self.parts.contains(&Part::Customer)
    }

    /// Whether a number, whoever gave it, is one that this pattern gives some day.
    #[must_use]
    pub fn could_give(&self, number: &str) -> bool {
        fits(&self.parts, number)
    }

    /// Whether no number can be of both patterns. It is told by what they begin or end with, and so says no for some that
    /// would never meet.
    #[must_use]
    pub fn is_apart_from(&self, other: &Self) -> bool {
        let literal = |part: Option<&Part>| match part {
            Some(Part::Literal(text)) => text.clone(),
            _ => String::new(),
        };
        let (one, another) = (literal(self.parts.first()), literal(other.parts.first()));
        let begins = !one.starts_with(&another) && !another.starts_with(&one);
        let (one, another) = (literal(self.parts.last()), literal(other.parts.last()));
        begins || (!one.ends_with(&another) && !another.ends_with(&one))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(text) => formatter.write_str(text),
            Part::Year => formatter.write_str("{year}"),
            Part::Customer => formatter.write_str("{customer}"),
            Part::Sequence(1) => formatter.write_str("{sequence}"),
            Part::Sequence(digits) => write!(formatter, "{{sequence:{digits}}}"),
        })
    }
}

/// Whether a number can be made of these parts. Customers' numbers are digits, as years and sequences are.
fn fits(parts: &[Part], number: &str) -> bool {
    let Some((part, rest)) = parts.split_first() else { return number.is_empty() };
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let least = match part {
        Part::Literal(text) => return number.strip_prefix(text.as_str()).is_some_and(|number| fits(rest, number)),
        Part::Year => return digits >= 4 && number.get(4..).is_some_and(|number| fits(rest, number)),
        Part::Customer => 1,
        Part::Sequence(width) => *width,
    };
    (least..=digits).any(|length| number.get(length..).is_some_and(|number| fits(rest, number)))
}

fn read(text: &str) -> Result<Vec<Part>, PatternFault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (literal, behind) = rest.split_once('{').map_or((rest, None), |(literal, behind)| (literal, Some(behind)));
        let fine = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '/' | '.');
        if let Some(wrong) = literal.chars().find(|sign| !fine(*sign)) {
            return Err(PatternFault::Sign(wrong));
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let Some(behind) = behind else { break };
        let unknown = |name: &str| PatternFault::Unknown(name.chars().take(20).collect());
        let (name, after) = behind.split_once('}').ok_or_else(|| unknown(behind))?;
        parts.push(variable(name).ok_or_else(|| unknown(name))?);
        rest = after;
    }
    Ok(parts)
}

fn variable(name: &str) -> Option<Part> {
    match name {
        "year" => Some(Part::Year),
        "customer" => Some(Part::Customer),
        "sequence" => Some(Part::Sequence(1)),
        other => {
            let digits = other.strip_prefix("sequence:")?.parse().ok()?;
            (1..=DIGITS_MAX).contains(&digits).then_some(Part::Sequence(digits))
        }
    }
}

/// Whether customer and sequence can be told apart: the sequence is digits alone, so a sign that is no digit ends it.
fn separated(parts: &[Part]) -> bool {
    let place = |wanted: fn(&Part) -> bool| parts.iter().position(wanted).unwrap_or(0);
    let (customer, sequence) = (place(|part| *part == Part::Customer), place(|part| matches!(part, Part::Sequence(_))));
    let between = parts.get(customer.min(sequence)..customer.max(sequence)).unwrap_or_default();
    between.iter().any(|part| matches!(part, Part::Literal(text) if text.bytes().any(|byte| !byte.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{PatternFault as Fault, Restart::*, *};

    #[test]
    fn patterns_that_could_collide_are_refused() {
        let count = Fault::Count("{sequence}", "exactly once");
        let cases = [
            ("RE-{year}-{sequence:6}", Yearly, Scope::Seller, None),
            ("{sequence}", Never, Scope::Seller, None),
            ("{year}{sequence:6}", Yearly, Scope::Seller, None),
            ("{customer}/{year}/{sequence}", Yearly, Scope::Customer, None),
            ("{customer}-{year}{sequence:4}", Yearly, Scope::Customer, None),
            ("RE-{sequence:6}", Yearly, Scope::Seller, Some(Fault::YearMissing)),
            ("RE-{year}-{sequence}", Yearly, Scope::Customer, Some(Fault::CustomerMissing)),
            ("{customer}{sequence}", Never, Scope::Customer, Some(Fault::NotSeparated)),
            ("{sequence}0{year}{customer}", Yearly, Scope::Seller, Some(Fault::NotSeparated)),
            ("RE-{year}", Yearly, Scope::Seller, Some(count.clone())),
            ("{sequence}-{sequence}", Never, Scope::Seller, Some(count)),
            (
                "{year}{year}{sequence}",
                Yearly,
                Scope::Seller,
                Some(Fault::Count("{year} or {customer}", "at most once")),
            ),
            ("RE {sequence}", Never, Scope::Seller, Some(Fault::Sign(' '))),
            ("RE-{number}", Never, Scope::Seller, Some(Fault::Unknown("number".to_owned()))),
            ("RE-{sequence:13}", Never, Scope::Seller, Some(Fault::Unknown("sequence:13".to_owned()))),
            ("RE-{sequence", Never, Scope::Seller, Some(Fault::Unknown("sequence".to_owned()))),
            ("RECHNUNG-DER-BEISPIEL-GMBH-IN-BERLIN-MITTE-{sequence}", Never, Scope::Seller, Some(Fault::TooLong)),
        ];
        for (text, restart, scope, fault) in cases {
            assert_eq!(Pattern::new(text, restart, scope).err(), fault, "{text}");
        }
    }

    #[test]
    fn numbers_look_like_their_pattern() {
        let pattern = Pattern::new("RE-{year}-{sequence:6}", Yearly, Scope::Seller).unwrap();
        assert_eq!(pattern.number(2026, "", 1), "RE-2026-000001");
        assert_eq!(pattern.number(2026, "", 1_234_567), "RE-2026-1234567");
        assert_eq!(
            (pattern.period(2026), pattern.to_string()),
            ("2026".to_owned(), "RE-{year}-{sequence:6}".to_owned())
        );
        let pattern = Pattern::new("{customer}.{sequence}/{year}", Never, Scope::Customer).unwrap();
        assert_eq!(pattern.around(2026, "77"), ("77.".to_owned(), "/2026".to_owned(), 1));
        assert_eq!(pattern.period(2026), "all");
    }

    #[test]
    fn series_of_one_seller_are_apart() {
        let pattern = |text| Pattern::new(text, Yearly, Scope::Seller).unwrap();
        let (invoices, cancellations) = (pattern("RE-{year}-{sequence}"), pattern("ST-{year}-{sequence}"));
        assert!(invoices.is_apart_from(&cancellations));
        assert!(!invoices.is_apart_from(&pattern("RE-{year}-{sequence:6}")));
        assert!(!invoices.is_apart_from(&pattern("{year}-{sequence}")));
        assert!(pattern("{year}/{sequence}-A").is_apart_from(&pattern("{year}/{sequence}-B")));
    }

    #[test]
    fn a_number_that_a_pattern_gives_is_known() {
        let pattern = |text| Pattern::new(text, Never, Scope::Seller).unwrap();
        for (text, number, gives) in [
            ("RE-{year}-{sequence:6}", "RE-2026-000001", true),
            ("RE-{year}-{sequence:6}", "RE-2026-1234567", true),
            ("RE-{year}-{sequence:6}", "RE-2026-00001", false),
            ("RE-{year}-{sequence:6}", "RE-26-000001", false),
            ("RE-{year}-{sequence:6}", "re-2026-000001", false),
            ("{customer}-{sequence}/A", "10001-7/A", true),
            ("{customer}-{sequence}/A", "X-7/A", false),
            ("{year}{sequence}", "20261", true),
            ("{year}{sequence}", "2026", false),
            ("A{sequence}", "Ä1", false),
        ] {
            assert_eq!(pattern(text).could_give(number), gives, "{text} {number}");
        }
    }

    proptest! {
        #[test]
        fn no_accepted_pattern_gives_a_number_twice(
            parts in prop::collection::vec(prop::sample::select(vec!["{year}", "{customer}", "{sequence}", "{sequence:3}", "-", "1", "R"]), 1..6),
            yearly in any::<bool>(), own in any::<bool>(),
        ) {
            let (restart, scope) = (if yearly { Yearly } else { Never }, if own { Scope::Customer } else { Scope::Seller });
            let Ok(pattern) = Pattern::new(&parts.concat(), restart, scope) else { return Ok(()) };
            let mut numbers = BTreeMap::new();
            let years: &[u16] = if yearly { &[2026, 2027] } else { &[2026] };
            let customers: &[&str] = if own { &["1", "11", "1-1", "R", "R1", "2026"] } else { &["1"] };
            for year in years {
                for customer in customers {
                    for sequence in [1, 2, 11, 12, 20, 111, 121, 1111, 12_026, 20_261, 20_262] {
                        let number = pattern.number(*year, customer, sequence);
                        if customer.bytes().all(|sign| sign.is_ascii_digit()) {
                            prop_assert!(pattern.could_give(&number), "{} is of {}", number, pattern);
                        }
                        let before = numbers.insert(number.clone(), (year, customer, sequence));
                        prop_assert_eq!(before, None, "{} is {} twice", number, pattern);
                    }
                }
            }
        }
    }
}
