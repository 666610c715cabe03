//! Fields of an invoice that are one of a few names.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{
    read::{Read, read_text, wrong_type},
    violation::{At, Violations},
};

read_text!(Pricing, Language, MeansKind);

/// A choice of names.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The name in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        // utoipa's derive does not see a name that a macro was given.
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),+]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl std::str::FromStr for $name {
            type Err = crate::choice::NotAChoice;

            fn from_str(text: &str) -> Result<Self, crate::choice::NotAChoice> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::choice::NotAChoice { found: text.chars().take(40).collect(), choices: &[$($text),+] }),
                }
            }
        }
    };
}
pub(crate) use choice;

/// Not one of the names there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of {}", choices.join(", "))]
pub struct NotAChoice {
    pub(crate) found: String,
    pub(crate) choices: &'static [&'static str],
}

choice! {
    /// What the prices of an invoice are.
    Pricing {
        /// Prices contain the tax, as shops show them; what is paid is fixed and the tax is taken out of it.
        Gross = "gross",
        /// Prices are without tax; the tax is added to the sum of each rate.
        Net = "net",
    }
}

choice! {
    /// The language of the texts that the server writes.
    Language {
        /// German.
        German = "de",
        /// English.
        English = "en",
    }
}

choice! {
    /// How an invoice is paid (BT-81, UNTDID 4461).
    MeansKind {
        /// SEPA credit transfer, 58.
        Transfer = "transfer",
        /// SEPA direct debit, 59.
        DirectDebit = "direct_debit",
        /// Bank card, 48.
        Card = "card",
        /// Cash, 10.
        Cash = "cash",
    }
}

/// How much of the customer's balance pays the invoice: `"none"`, `"all"` (as much as there is and the invoice takes) or an
/// amount in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UseBalance {
    /// Nothing.
    #[default]
    None,
    /// As much as there is.
    All,
    /// Exactly this, or nothing is registered; above zero.
    Amount(i64),
}

impl fmt::Display for UseBalance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::All => formatter.write_str("all"),
            Self::Amount(amount) => amount.fmt(formatter),
        }
    }
}

impl Serialize for UseBalance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Amount(amount) => serializer.serialize_i64(*amount),
            other => serializer.collect_str(other),
        }
    }
}

impl UseBalance {
    fn of(value: &Value) -> Option<Self> {
        match (value.as_i64(), value.as_str()) {
            (Some(amount), _) => Some(Self::Amount(amount)),
            (_, Some("none")) => Some(Self::None),
            (_, Some("all")) => Some(Self::All),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for UseBalance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(&value).ok_or_else(|| serde::de::Error::custom("use_balance is none, all or an amount"))
    }
}

impl Read for UseBalance {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        let read = Self::of(value);
        if read.is_none() {
            wrong_type("\"none\", \"all\" or an amount in minor units", value, at, violations);
        }
        read
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for UseBalance {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["none", "all"]));
        let amount = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        OneOfBuilder::new().item(name).item(amount).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for UseBalance {}

#[cfg(all(test, feature = "openapi"))]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn documents_have_the_names_of_json() {
        let schema = serde_json::to_value(MeansKind::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["transfer", "direct_debit", "card", "cash"]));
        let schema = serde_json::to_value(UseBalance::schema()).unwrap();
        assert_eq!(schema["oneOf"][0]["enum"], serde_json::json!(["none", "all"]));
    }
}
