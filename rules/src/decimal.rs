//! Exact decimal numbers for quantities, unit prices and percentages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    money::{divide_rounded, format_decimal, parse_decimal},
    text_form::text_schema,
};

/// Most digits behind the point that [`Decimal`] holds.
pub const DECIMALS_MAX: u32 = 12;

/// A number with a decimal point, exact: an integer and how many of its digits are behind the point. `1.50` stays `1.50`.
///
/// In JSON it is a text (`"1.50"`); an integer is read as well. JSON's numbers with a point are refused, because most
/// programs read them as binary fractions, which are not exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    unscaled: i64,
    decimals: u32,
}

text_schema!(Decimal, "A decimal number as text; whole numbers may be JSON integers", "1.50");

/// Why a text is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no decimal number; write it like \"1.50\", with at most {DECIMALS_MAX} digits behind the point")]
pub struct NotADecimal(String);

impl Decimal {
    /// One.
    pub const ONE: Self = Self { unscaled: 1, decimals: 0 };

    /// `unscaled × 10^-decimals`; `decimals` past [`DECIMALS_MAX`] is no number.
    #[must_use]
    pub fn new(unscaled: i64, decimals: u32) -> Option<Self> {
        (decimals <= DECIMALS_MAX).then_some(Self { unscaled, decimals })
    }

    /// All digits as an integer.
    #[must_use]
    pub fn unscaled(self) -> i64 {
        self.unscaled
    }

    /// How many of the digits are behind the point.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    /// How many digits behind the point are needed to write it.
    #[must_use]
    pub fn decimals_needed(self) -> u32 {
        let (mut unscaled, mut decimals) = (self.unscaled, self.decimals);
        while decimals > 0 && unscaled % 10 == 0 {
            (unscaled, decimals) = (unscaled / 10, decimals - 1);
        }
        decimals
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.unscaled == 0
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.unscaled < 0
    }

    /// Whether its absolute value is larger than a whole number.
    #[must_use]
    pub fn exceeds(self, whole: i64) -> bool {
        i128::from(self.unscaled).abs() > i128::from(whole) * 10_i128.pow(self.decimals)
    }

    /// `self × other ÷ per`, in units of `10^-decimals`, half away from zero. None if it does not fit 64 bits, or if `per`
    /// is not above zero.
    #[must_use]
    pub fn times(self, other: Self, per: Self, decimals: u32) -> Option<i64> {
        if per.unscaled <= 0 {
            return None;
        }
        let product = i128::from(self.unscaled).checked_mul(i128::from(other.unscaled))?;
        let numerator = product.checked_mul(10_i128.checked_pow(decimals + per.decimals)?)?;
        let denominator = i128::from(per.unscaled).checked_mul(10_i128.checked_pow(self.decimals + other.decimals)?)?;
        // Room for the doubling in the rounding.
        if numerator.unsigned_abs() > i128::MAX.unsigned_abs() / 4 || denominator > i128::MAX / 4 {
            return None;
        }
        i64::try_from(divide_rounded(numerator, denominator)).ok()
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let behind = text.split_once('.').map_or(0, |(_, part)| part.len());
        let decimals = u32::try_from(behind).ok().filter(|decimals| *decimals <= DECIMALS_MAX);
        let read = |decimals| Some(Self { unscaled: parse_decimal(text, decimals)?, decimals });
        decimals.and_then(read).ok_or_else(|| NotADecimal(text.chars().take(40).collect()))
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { unscaled: whole, decimals: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&format_decimal(self.unscaled, self.decimals))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a decimal number as text like \"1.50\", or an integer")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Decimal, E> {
                Ok(whole.into())
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Decimal, E> {
                i64::try_from(whole).map(Decimal::from).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_are_kept_as_they_were_written() {
        for text in ["1.50", "0", "-0.001", "9223372036854775807", "0.000000000001"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for wrong in ["", "1,5", "1.", ".5", "1e3", "+1", "0.0000000000001", "9223372036854775808", "1 "] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
        assert_eq!((decimal("1.500").decimals_needed(), decimal("100").decimals_needed()), (1, 0));
        assert!(decimal("-1.01").exceeds(1) && !decimal("1.00").exceeds(1));
    }

    #[test]
    fn json_numbers_with_a_point_are_refused() {
        let read = serde_json::from_str::<Decimal>;
        assert_eq!(read("\"1.5\"").unwrap(), decimal("1.5"));
        assert_eq!(read("3").unwrap(), decimal("3"));
        assert!(read("1.5").unwrap_err().to_string().contains("as text"));
        assert!(read("18446744073709551615").is_err());
        assert_eq!(serde_json::to_string(&decimal("1.50")).unwrap(), "\"1.50\"");
    }

    #[test]
    fn products_are_rounded_half_away_from_zero() {
        // EN 16931 example 8 (CEN/TC 434): 132 kW at 15.24 for 12 kW; 16,000 kWh at 0.00880.
        assert_eq!(decimal("132").times(decimal("15.24"), decimal("12"), 2), Some(16_764));
        assert_eq!(decimal("16000").times(decimal("0.00880"), Decimal::ONE, 2), Some(14_080));
        assert_eq!(decimal("0.5").times(decimal("0.01"), Decimal::ONE, 2), Some(1));
        assert_eq!(decimal("-0.5").times(decimal("0.01"), Decimal::ONE, 2), Some(-1));
        let huge = Decimal { unscaled: i64::MIN, decimals: 0 };
        assert_eq!(huge.times(huge, Decimal::ONE, 4), None);
        assert_eq!(huge.times(huge, Decimal { unscaled: 1, decimals: 12 }, 4), None);
        assert_eq!(Decimal::ONE.times(Decimal::ONE, Decimal::from(0), 2), None);
    }
}
