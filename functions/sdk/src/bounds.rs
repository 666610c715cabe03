//! Numbers and texts whose range is part of their type, so that one pass over a body both reads and checks it, and the
//! document says the same.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    Number, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// An integer from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Bounded<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Bounded<MIN, MAX> {
    /// The number, if it is in range.
    #[must_use]
    pub fn new(value: i64) -> Option<Self> {
        (MIN..=MAX).contains(&value).then_some(Self(value))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Bounded<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const MIN: i64, const MAX: i64>;

        impl<const MIN: i64, const MAX: i64> de::Visitor<'_> for Visitor<MIN, MAX> {
            type Value = Bounded<MIN, MAX>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a whole number from {MIN} to {MAX}")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Bounded::new(value).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
                self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
            }

            /// To JSON Schema `2.0` is an integer, so it is one here.
            #[allow(clippy::cast_possible_truncation)]
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
                if value.fract() == 0.0 && value.abs() < 9e15 {
                    return self.visit_i64(value as i64);
                }
                Err(E::invalid_type(de::Unexpected::Float(value), &self))
            }
        }

        deserializer.deserialize_i64(Visitor::<MIN, MAX>)
    }
}

impl<const MIN: i64, const MAX: i64> PartialSchema for Bounded<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        let schema =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(bound(MIN))).maximum(Some(bound(MAX)));
        schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).into()
    }
}

/// A bound as the document holds it. utoipa keeps whole numbers as wide as an address, and in Wasm that is 32 bits: a larger
/// one would be cut off, so it is kept as a binary fraction, which is exact up to 2^53.
#[allow(clippy::cast_precision_loss)]
fn bound(value: i64) -> Number {
    i32::try_from(value).map_or(Number::Float(value as f64), |value| Number::from(value))
}

impl<const MIN: i64, const MAX: i64> ToSchema for Bounded<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Integer{MIN}To{MAX}"))
    }
}

/// What a [`Text`] is made of, as a regular expression for the document: no control characters (they cannot be printed,
/// and most of them not stand in XML 1.0) and neither of the two non-characters that XML refuses.
pub const TEXT_PATTERN: &str = r"^[^\u0000-\u001F\u007F-\u009F\uFFFE\uFFFF]*$";

/// Whether the text has none of the characters that [`TEXT_PATTERN`] refuses.
#[must_use]
pub fn is_printable(text: &str) -> bool {
    !text.chars().any(|found| found.is_control() || matches!(found, '\u{FFFE}' | '\u{FFFF}'))
}

/// Text of `MIN` to `MAX` characters (Unicode scalar values), without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The text, if it is one.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let fits = (MIN..=MAX).contains(&text.chars().count()) && is_printable(&text);
        fits.then_some(Self(text))
    }

    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> Deref for Text<MIN, MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text)
            .ok_or_else(|| de::Error::custom(format_args!("not a text of {MIN} to {MAX} printable characters")))
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(MIN)).max_length(Some(MAX));
        schema.pattern(Some(TEXT_PATTERN)).into()
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{MIN}To{MAX}"))
    }
}
