//! Reads a draft in spite of its faults: each field that cannot be read is told about and left out, and the rest goes on
//! to the rules. So one answer has the faults of form and the broken rules together. It runs only when the quick way
//! (serde, which stops at the first fault) has failed.

use serde_json::Value;

use crate::{
    decimal::Decimal,
    violation::{At, Violations},
};

/// A type that a draft is made of.
pub(crate) trait Read: Sized {
    /// Reads a value; None, and a violation, if it is something else.
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self>;
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a point",
        Value::Number(_) => "a whole number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn wrong_type(wanted: &str, value: &Value, at: At<'_>, violations: &mut Violations) {
    let detail = format!("This is {}, but {wanted} is wanted.", kind(value));
    violations.add(at, "wrong-type", detail, format!("Send {wanted}."));
}

pub(crate) fn wrong_format(error: impl std::fmt::Display, at: At<'_>, violations: &mut Violations) {
    violations.add(at, "wrong-format", format!("{error}."), "Write it as the description of the field says.");
}

/// A field of an object: left out and null are the same.
pub(crate) fn field<T: Read>(value: Option<&Value>, at: At<'_>, violations: &mut Violations) -> Option<T> {
    value.filter(|value| !value.is_null()).and_then(|value| T::read(value, at, violations))
}

impl Read for String {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        let text = value.as_str();
        if text.is_none() {
            wrong_type("a text", value, at, violations);
        }
        text.map(str::to_owned)
    }
}

impl Read for i64 {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        let number = value.as_i64();
        if number.is_none() {
            wrong_type("a whole number of at most 64 bits", value, at, violations);
        }
        number
    }
}

impl Read for bool {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        let flag = value.as_bool();
        if flag.is_none() {
            wrong_type("true or false", value, at, violations);
        }
        flag
    }
}

impl Read for Decimal {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        match (value.as_i64(), value.as_str()) {
            (Some(whole), _) => return Some(whole.into()),
            (None, Some(text)) => match text.parse() {
                Ok(decimal) => return Some(decimal),
                Err(error) => wrong_format(error, at, violations),
            },
            (None, None) => wrong_type("a decimal number as text like \"1.50\"", value, at, violations),
        }
        None
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value, at: At<'_>, violations: &mut Violations) -> Option<Self> {
        let Some(items) = value.as_array() else {
            wrong_type("a list", value, at, violations);
            return None;
        };
        // What cannot be read leaves a gap in the list, so places would shift: an item is an object whose fields are all
        // optional, and becomes an empty one.
        Some(items.iter().enumerate().filter_map(|(index, item)| T::read(item, at.index(index), violations)).collect())
    }
}

/// Types that are a text.
macro_rules! read_text {
    ($($type:ty),+ $(,)?) => {$(
        impl crate::read::Read for $type {
            fn read(
                value: &serde_json::Value,
                at: crate::violation::At<'_>,
                violations: &mut crate::violation::Violations,
            ) -> Option<Self> {
                let Some(text) = value.as_str() else {
                    crate::read::wrong_type("a text", value, at, violations);
                    return None;
                };
                text.parse().map_err(|error| crate::read::wrong_format(error, at, violations)).ok()
            }
        }
    )+};
}
pub(crate) use read_text;

/// An object all of whose fields are optional, because the rules say what is missing.
macro_rules! draft {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(remote = "Self", default, deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)+
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        // What serde derives would take a list of the fields' values as well.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        $name::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }
                deserializer.deserialize_map(Visitor)
            }
        }

        impl crate::read::Read for $name {
            fn read(
                value: &serde_json::Value,
                at: crate::violation::At<'_>,
                violations: &mut crate::violation::Violations,
            ) -> Option<Self> {
                const FIELDS: &[&str] = &[$(stringify!($field)),+];
                let Some(object) = value.as_object() else {
                    crate::read::wrong_type("an object", value, at, violations);
                    return Some(Self::default());
                };
                for name in object.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
                    let hint = format!("Leave it out; the fields here are {}.", FIELDS.join(", "));
                    let shown: String = name.chars().take(60).collect();
                    violations.add(at.field(&shown), "unknown-field", format!("There is no field {shown:?}."), hint);
                }
                Some(Self {
                    $($field: crate::read::field(object.get(stringify!($field)), at.field(stringify!($field)), violations),)+
                })
            }
        }
    };
}
pub(crate) use draft;
