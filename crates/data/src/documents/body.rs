//! A document's content in the one form that every engine stores: the same content is the same text.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::DocumentError;

/// Levels of objects and lists in a document; MongoDB stores 100, of which the store's own wrapping takes some.
pub const DEPTH_MAX: usize = 64;
/// The longest name of a field, bytes.
pub const FIELD_SIZE_MAX_BYTES: usize = 255;
/// Whole numbers up to this are the same as doubles and as integers.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The content of a document: an object that every engine can store and give back as it was.
///
/// Two contents are the same if they are the same by value: the order of fields does not count, and `1.0` is `1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    value: Value,
    text: String,
}

impl Body {
    /// Reads a content.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past `size_max_bytes`; [`DocumentError::Invalid`] if it is no JSON object, or holds
    /// what some engine could not give back as it was: a field twice, a field's name that is empty, begins with `$` or
    /// holds a point, NUL in text, a whole number beyond 64 bits, more than [`DEPTH_MAX`] levels.
    pub fn read(text: &str, size_max_bytes: usize) -> Result<Self, DocumentError> {
        if text.len() > size_max_bytes {
            return Err(DocumentError::TooLarge(format!(
                "bytes of a document: {}, at most {size_max_bytes} are allowed",
                text.len()
            )));
        }
        let Strict(value) = serde_json::from_str(text)
            .map_err(|error| DocumentError::Invalid(format!("the document cannot be stored: {error}")))?;
        if !value.is_object() {
            return Err(DocumentError::Invalid("a document is a JSON object".to_owned()));
        }
        check_depth(&value, DEPTH_MAX)?;
        let mut canonical = String::with_capacity(text.len());
        write(&value, &mut canonical);
        Ok(Self { value, text: canonical })
    }

    /// As text: fields in the order of their names' bytes, no blanks, whole numbers without a point.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As a value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
}

fn check_depth(value: &Value, left: usize) -> Result<(), DocumentError> {
    let Some(left) = left.checked_sub(1) else {
        return Err(DocumentError::Invalid(format!("the document has more than {DEPTH_MAX} levels")));
    };
    match value {
        Value::Object(fields) => {
            fields.values().filter(|value| nests(value)).try_for_each(|value| check_depth(value, left))
        }
        Value::Array(items) => items.iter().filter(|value| nests(value)).try_for_each(|value| check_depth(value, left)),
        _ => Ok(()),
    }
}

fn nests(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Written here and not by serde, since another crate's wish can make serde's maps keep the order of insertion.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_bytes());
            out.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, value) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(value, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// A JSON value that lost nothing in reading.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::from).map_err(|_| too_big())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        // A whole number of many digits arrives here too, and has lost some of them.
        if number.fract() != 0.0 {
            return Number::from_f64(number).map(Value::Number).ok_or_else(too_big);
        }
        #[allow(clippy::cast_possible_truncation, reason = "whole and within the bounds")]
        if number.abs() <= EXACT_MAX { Ok((number as i64).into()) } else { Err(too_big()) }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        if text.contains('\0') {
            return Err(E::custom("text holds a NUL, which PostgreSQL cannot store"));
        }
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Strict(value))) = fields.next_entry::<String, Strict>()? {
            if let Some(reason) = wrong_name(&name) {
                return Err(de::Error::custom(format!("the name of the field {name:?} {reason}")));
            }
            if all.contains_key(&name) {
                return Err(de::Error::custom(format!("the field {name:?} is there twice")));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

/// What some engine could not store as a field's name.
fn wrong_name(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty"),
        _ if name.len() > FIELD_SIZE_MAX_BYTES => Some("is longer than 255 bytes"),
        _ if name.starts_with('$') => Some("begins with $"),
        _ if name.contains('.') => Some("holds a point"),
        _ if name.contains('\0') => Some("holds a NUL"),
        _ => None,
    }
}

fn too_big<E: de::Error>() -> E {
    E::custom("a whole number has more than 64 bits, or a double is too large; write it as text")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Body;
    use crate::DocumentError;

    fn text(given: &str) -> String {
        Body::read(given, 1 << 20).unwrap().text().to_owned()
    }

    #[test]
    fn the_same_by_value_is_the_same_text() {
        for (given, canonical) in [
            (r#" { "b" : 1 , "a" : [ true , null ] } "#, r#"{"a":[true,null],"b":1}"#),
            (r#"{"n":1.0}"#, r#"{"n":1}"#),
            (r#"{"n":-0.0}"#, r#"{"n":0}"#),
            (r#"{"n":1e3}"#, r#"{"n":1000}"#),
            (r#"{"n":0.1}"#, r#"{"n":0.1}"#),
            (r#"{"n":-9223372036854775808}"#, r#"{"n":-9223372036854775808}"#),
            (r#"{"t":"\u00c4\/"}"#, r#"{"t":"Ä/"}"#),
        ] {
            assert_eq!(text(given), canonical);
            assert_eq!(text(canonical), canonical);
        }
        assert_ne!(text(r#"{"n":9223372036854775807}"#), text(r#"{"n":9223372036854775806}"#));
    }

    #[test]
    fn what_an_engine_could_not_give_back_is_refused() {
        let deep = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
        for given in [
            "[]",
            "1",
            "",
            "{",
            r#"{"a":1,"a":1}"#,
            r#"{"":1}"#,
            r#"{"$set":1}"#,
            r#"{"a.b":1}"#,
            r#"{"a":"\u0000"}"#,
            r#"{"a\u0000":1}"#,
            r#"{"a":9223372036854775808}"#,
            r#"{"a":123456789012345678901234567890}"#,
            r#"{"a":1e300}"#,
            r#"{"a":1e400}"#,
            &deep,
        ] {
            let error = Body::read(given, 1 << 20).unwrap_err();
            assert!(matches!(error, DocumentError::Invalid(_)), "{given}: {error:?}");
        }
        assert!(matches!(Body::read(r#"{"a":1}"#, 6), Err(DocumentError::TooLarge(_))));
        let edge = format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64));
        assert_eq!(text(&edge), edge);
    }

    proptest! {
        #[test]
        fn any_double_keeps_its_value_or_is_refused(number in prop::num::f64::NORMAL) {
            let given = format!("{{\"n\":{number:?}}}");
            if let Ok(body) = Body::read(&given, 1 << 20) {
                let found = body.value()["n"].as_f64().unwrap();
                prop_assert_eq!(found, number);
                prop_assert_eq!(text(body.text()), body.text());
            }
        }
    }
}
