//! Value-added tax.

use std::{fmt, str::FromStr};

use crate::{
    money::{MoneyError, divide_rounded, format_decimal, parse_decimal},
    text_form::text_form,
};

/// A tax rate in hundredths of a percent: 19 % is 1900.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u16);

text_form!(Rate, "Percent, at most two digits behind the point", "19");

const HUNDRED_PERCENT: i64 = 10_000;

impl Rate {
    /// The rate in hundredths of a percent, from 0 to 10,000.
    #[must_use]
    pub fn hundredths(self) -> i64 {
        i64::from(self.0)
    }

    /// Whether there is no tax.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    /// Reads percent: `19`, `5.5`, `7.00`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::NotARate(text.to_owned());
        let hundredths =
            parse_decimal(text, 2).filter(|rate| (0..=HUNDRED_PERCENT).contains(rate)).ok_or_else(wrong)?;
        u16::try_from(hundredths).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Rate {
    /// Percent without needless zeros: `19`, `5.5`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format_decimal(self.hundredths(), 2);
        formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A gross amount taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Without tax, minor units.
    pub net: i64,
    /// The tax, minor units.
    pub tax: i64,
}

/// Takes the tax out of what was paid: net = gross × 100 ÷ (100 + rate), half away from zero, and the tax is what is
/// left. So net and tax sum to the price paid for every price and rate; 4 × 19.00 at 19 % is 63.87 + 12.13.
#[must_use]
pub fn from_gross(gross: i64, rate: Rate) -> Split {
    let net = divide_rounded(
        i128::from(gross) * i128::from(HUNDRED_PERCENT),
        i128::from(HUNDRED_PERCENT + rate.hundredths()),
    );
    let net = i64::try_from(net).unwrap_or(gross);
    Split { net, tax: gross - net }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::AMOUNT_MAX;

    #[test]
    fn tax_is_taken_out_of_what_was_paid() {
        let cases = [
            (7600, "19", 6387, 1213),
            (1900, "19", 1597, 303),
            (4900, "19", 4118, 782),
            (19_900, "19", 16_723, 3177),
            (-1900, "19", -1597, -303),
            (107, "7", 100, 7),
            (1055, "5.5", 1000, 55),
            (1000, "0", 1000, 0),
            (0, "19", 0, 0),
            (1, "100", 1, 0),
        ];
        for (gross, rate, net, tax) in cases {
            assert_eq!(from_gross(gross, rate.parse().unwrap()), Split { net, tax }, "{gross} at {rate} %");
        }
    }

    #[test]
    fn rates_are_read_and_written() {
        for (text, shown) in [("19", "19"), ("7.00", "7"), ("5.50", "5.5"), ("0", "0"), ("100", "100"), ("10", "10")] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), shown);
        }
        for wrong in ["-1", "100.01", "19%", "", "5.555"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn net_and_tax_sum_to_what_was_paid(price in 0..AMOUNT_MAX / 100, quantity in 1..=100_i64, rate in 0..=10_000_u16) {
            let gross = price * quantity;
            let Split { net, tax } = from_gross(gross, Rate(rate));
            prop_assert_eq!(net + tax, gross);
            prop_assert!(net >= 0 && tax >= 0);
            // The tax is right to half a minor unit of net.
            let error = (i128::from(net) * (10_000 + i128::from(rate)) - i128::from(gross) * 10_000).abs();
            prop_assert!(2 * error <= 10_000 + i128::from(rate));
        }
    }
}
