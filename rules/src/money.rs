//! Amounts in minor units, and how they are read, written and shared out.

use std::{fmt, str::FromStr};

use crate::text_form::text_form;

/// The largest amount, in minor units, either way: 10¹³, or 10¹¹ euros. JavaScript's numbers hold it exactly, sums of
/// hundreds of thousands of such amounts stay inside 64 bits, and products of an amount and a rate far inside 128 bits.
pub const AMOUNT_MAX: i64 = 10_000_000_000_000;

/// Why a text is no amount, no currency or no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with an optional point.
    #[error("{0:?} is no amount; write it like 19.00")]
    NotAnAmount(String),
    /// More digits behind the point than the currency has.
    #[error("{0:?} has more digits behind the point than its currency")]
    TooExact(String),
    /// Past [`AMOUNT_MAX`].
    #[error("the amount is past 10^13 minor units")]
    TooLarge,
    /// Not three capital letters.
    #[error("{0:?} is no currency; write its ISO 4217 code like EUR")]
    NotACurrency(String),
    /// Not a percentage from 0 to 100 with at most two digits behind the point.
    #[error("{0:?} is no tax rate; write percent like 19 or 5.5, from 0 to 100")]
    NotARate(String),
}

/// A currency: its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

text_form!(Currency, "ISO 4217 code of the currency", "EUR");

impl Currency {
    /// The code, for example `EUR`.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits behind the point, from ISO 4217's list of exceptions to two.
    #[must_use]
    pub fn decimals(self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }

    /// Reads an amount like `19.00` as minor units.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`], [`MoneyError::TooExact`], [`MoneyError::TooLarge`].
    pub fn parse_amount(self, text: &str) -> Result<i64, MoneyError> {
        let decimals = self.decimals();
        let unscaled = parse_decimal(text, decimals).ok_or_else(|| not_an_amount(text, decimals))?;
        if unscaled.abs() > AMOUNT_MAX { Err(MoneyError::TooLarge) } else { Ok(unscaled) }
    }

    /// Writes minor units like `19.00`; negative ones with a minus in front.
    #[must_use]
    pub fn format_amount(self, minor: i64) -> String {
        format_decimal(minor, self.decimals())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(MoneyError::NotACurrency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

fn not_an_amount(text: &str, decimals: u32) -> MoneyError {
    let exact = (decimals + 1..=decimals + 6).any(|more| parse_decimal(text, more).is_some());
    if exact { MoneyError::TooExact(text.to_owned()) } else { MoneyError::NotAnAmount(text.to_owned()) }
}

/// Reads digits with an optional minus and an optional point as an integer of so many decimals. None if it is something
/// else, has more decimals, or does not fit.
pub(crate) fn parse_decimal(text: &str, decimals: u32) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let fine = !whole.is_empty() && digits.contains('.') != part.is_empty();
    if !fine || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let missing = decimals.checked_sub(u32::try_from(part.len()).ok()?)?;
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let scaled = whole.checked_mul(10_i64.checked_pow(decimals)?)?;
    scaled.checked_add(part.checked_mul(10_i64.checked_pow(missing)?)?)?.checked_mul(sign)
}

/// Writes an integer of so many decimals.
pub(crate) fn format_decimal(value: i64, decimals: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (value, unit) = (value.unsigned_abs(), 10_u64.pow(decimals));
    if decimals == 0 {
        return format!("{sign}{value}");
    }
    format!("{sign}{}.{:0width$}", value / unit, value % unit, width = decimals as usize)
}

/// Rounds a fraction to a whole number, half away from zero, as invoices are rounded. The denominator is positive.
#[must_use]
pub fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let twice = 2 * numerator.abs() + denominator;
    numerator.signum() * (twice / (2 * denominator))
}

/// Shares `total` out in proportion to `weights`, so that the shares sum to it exactly: everybody gets the whole part of
/// his share, and what is left goes one by one to the largest remainders, the first of equals first. Weights are not
/// negative; if all are zero, the first one gets everything.
#[must_use]
pub fn share(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 {
        return weights.iter().enumerate().map(|(index, _)| if index == 0 { total } else { 0 }).collect();
    }
    let sign = total.signum();
    let exact: Vec<i128> =
        weights.iter().map(|weight| i128::from(total.unsigned_abs()) * i128::from(*weight)).collect();
    let mut shares: Vec<i64> = exact.iter().map(|exact| i64::try_from(exact / sum).unwrap_or(i64::MAX)).collect();
    let given: i128 = shares.iter().map(|share| i128::from(*share)).sum();
    let left = usize::try_from(i128::from(total.unsigned_abs()) - given).unwrap_or(0);
    let mut order: Vec<(usize, i128)> = exact.iter().map(|exact| exact % sum).enumerate().collect();
    order.sort_by_key(|(index, remainder)| (-remainder, *index));
    for (index, _) in order.into_iter().take(left) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    shares.into_iter().map(|share| share * sign).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        let cases = [
            ("EUR", "19.00", Ok(1900)),
            ("EUR", "19", Ok(1900)),
            ("EUR", "19.5", Ok(1950)),
            ("EUR", "-0.01", Ok(-1)),
            ("JPY", "500", Ok(500)),
            ("KWD", "1.005", Ok(1005)),
            ("EUR", "19.005", Err(MoneyError::TooExact("19.005".to_owned()))),
            ("JPY", "1.5", Err(MoneyError::TooExact("1.5".to_owned()))),
            ("EUR", "19,00", Err(MoneyError::NotAnAmount("19,00".to_owned()))),
            ("EUR", "19.", Err(MoneyError::NotAnAmount("19.".to_owned()))),
            ("EUR", ".5", Err(MoneyError::NotAnAmount(".5".to_owned()))),
            ("EUR", "", Err(MoneyError::NotAnAmount(String::new()))),
            ("EUR", "+1", Err(MoneyError::NotAnAmount("+1".to_owned()))),
            ("EUR", "1e3", Err(MoneyError::NotAnAmount("1e3".to_owned()))),
            ("EUR", "100000000000.01", Err(MoneyError::TooLarge)),
        ];
        for (currency, text, amount) in cases {
            let currency: Currency = currency.parse().unwrap();
            assert_eq!(currency.parse_amount(text), amount, "{text}");
        }
        let euro: Currency = "EUR".parse().unwrap();
        assert_eq!((euro.format_amount(5), euro.format_amount(-1900)), ("0.05".to_owned(), "-19.00".to_owned()));
        assert!("eur".parse::<Currency>().is_err() && "EURO".parse::<Currency>().is_err());
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (numerator, denominator, rounded) in
            [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (5, 3, 2), (-1, 3, 0), (0, 7, 0), (1, 2, 1)]
        {
            assert_eq!(divide_rounded(numerator, denominator), rounded, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        assert_eq!(share(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(share(10, &[6, 3, 1]), [6, 3, 1]);
        assert_eq!(share(5, &[3, 3, 1]), [2, 2, 1]);
        assert_eq!(share(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(share(7, &[0, 0]), [7, 0]);
        assert!(share(7, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total(total in -AMOUNT_MAX..AMOUNT_MAX, weights in prop::collection::vec(0..AMOUNT_MAX, 1..20)) {
            let shares = share(total, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
        }

        #[test]
        fn what_is_written_reads_the_same(minor in -AMOUNT_MAX..=AMOUNT_MAX) {
            for code in ["EUR", "JPY", "KWD"] {
                let currency: Currency = code.parse().unwrap();
                prop_assert_eq!(currency.parse_amount(&currency.format_amount(minor)), Ok(minor));
            }
        }
    }
}
