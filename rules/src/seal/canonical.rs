//! Canonical JSON: RFC 8785, for values whose numbers are integers.

use serde::Serialize;
use serde_json::Value;

/// The largest integer that a binary fraction of 64 bits holds with all those before it: RFC 8785 writes no other ones
/// reliably.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Why a value has no canonical form here.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// A number with a point, or past ±(2⁵³ − 1): programs read such numbers differently.
    #[error("{0} is no integer within ±(2^53 − 1); write it as text")]
    Number(String),
    /// It cannot be JSON at all.
    #[error("it cannot be JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Canonical JSON of a value: no blanks, names in the order of their UTF-16 code units, strings escaped in one way.
///
/// # Errors
/// [`NotCanonical`].
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, NotCanonical> {
    canonical_text(&serde_json::to_value(value)?)
}

/// As [`canonical`], of what is a JSON value already.
///
/// # Errors
/// [`NotCanonical::Number`].
pub fn canonical_text(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::with_capacity(1536);
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            size.filter(|size| *size <= INTEGER_MAX).ok_or_else(|| NotCanonical::Number(number.to_string()))?;
            text.push_str(&number.to_string());
        }
        // serde_json escapes as RFC 8785 (3.2.2.2) asks for.
        Value::String(string) => text.push_str(&serde_json::to_string(string)?),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(object) => {
            let mut fields: Vec<(&String, &Value)> = object.iter().collect();
            // The order of bytes is another one for characters past U+FFFF.
            fields.sort_by(|(one, _), (other, _)| {
                let plain = one.is_ascii() && other.is_ascii();
                if plain { one.cmp(other) } else { one.encode_utf16().cmp(other.encode_utf16()) }
            });
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name)?);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_and_names_are_written_as_the_rfc_says() {
        // RFC 8785, 3.2.2 without its fractions, and 3.2.3.
        let value = json!({"string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false]});
        assert_eq!(canonical(&value).unwrap(), r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = canonical(&value).unwrap();
        let places: Vec<_> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
            .iter()
            .map(|name| text.find(name).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn numbers_that_programs_read_differently_are_refused() {
        assert_eq!(canonical(&json!([0, -1, 9_007_199_254_740_991_u64])).unwrap(), "[0,-1,9007199254740991]");
        for wrong in [json!(1.5), json!(1.0), json!(9_007_199_254_740_992_u64), json!(i64::MIN), json!(u64::MAX)] {
            assert!(matches!(canonical(&wrong), Err(NotCanonical::Number(_))), "{wrong}");
        }
    }
}
