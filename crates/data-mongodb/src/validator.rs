//! Of a JSON Schema what MongoDB's `$jsonSchema` knows: a subset of draft 4.
//!
//! The port has checked every document in full before; the server's check is for whoever gets past the port. So it must never
//! refuse what the schema allows: what MongoDB does not know, or means otherwise, is left out, and where leaving something out
//! would make the rest stricter (`not`, `oneOf`), that is left out too. Regular expressions are left out, since theirs and the
//! port's differ.

use mongodb::bson::{Bson, Document, doc};
use serde_json::{Map, Value};

use crate::bodies::to_bson;

/// The subset; an empty one allows everything.
pub(crate) fn subset(schema: &Value) -> Document {
    match schema {
        Value::Bool(false) => doc! {"not": {}},
        // Beside a reference, drafts differ in what else counts.
        Value::Object(keywords) if !keywords.contains_key("$ref") => object(keywords),
        _ => Document::new(),
    }
}

fn object(keywords: &Map<String, Value>) -> Document {
    let mut out = Document::new();
    for (keyword, value) in keywords {
        let kept = match keyword.as_str() {
            "type" => types(value),
            "required" => names(value).map(|names| ("required", names)),
            "enum" => value.as_array().and_then(|values| choices(values)),
            "const" => choices(std::slice::from_ref(value)),
            "properties" => value.as_object().map(|all| ("properties", Bson::Document(each(all)))),
            "additionalProperties" if !keywords.contains_key("patternProperties") => {
                Some(("additionalProperties", nested(value)))
            }
            "items" if !value.is_array() && !keywords.contains_key("prefixItems") => Some(("items", nested(value))),
            "allOf" => several(value).map(|all| ("allOf", all)),
            // Of branches that lost something, several may match.
            "anyOf" | "oneOf" if !out.contains_key("anyOf") => several(value).map(|all| ("anyOf", all)),
            "minLength" => count("minLength", value),
            "maxLength" => count("maxLength", value),
            "minItems" => count("minItems", value),
            "maxItems" => count("maxItems", value),
            "minProperties" => count("minProperties", value),
            "maxProperties" => count("maxProperties", value),
            "uniqueItems" => value.as_bool().map(|yes| ("uniqueItems", Bson::Boolean(yes))),
            "multipleOf" => value.as_i64().filter(|of| *of > 0).map(|of| ("multipleOf", Bson::Int64(of))),
            _ => None,
        };
        if let Some((keyword, value)) = kept {
            out.insert(keyword, value);
        }
    }
    bound(keywords, "minimum", "exclusiveMinimum", &mut out);
    bound(keywords, "maximum", "exclusiveMaximum", &mut out);
    out
}

/// The bound itself, or since draft 6 a bound of its own that excludes itself.
fn bound(keywords: &Map<String, Value>, inclusive: &'static str, exclusive: &'static str, out: &mut Document) {
    match (keywords.get(inclusive), keywords.get(exclusive)) {
        (Some(bound @ Value::Number(_)), excludes) => {
            out.insert(inclusive, to_bson(bound));
            if excludes == Some(&Value::Bool(true)) {
                out.insert(exclusive, true);
            }
        }
        (None, Some(bound @ Value::Number(_))) => {
            out.insert(inclusive, to_bson(bound));
            out.insert(exclusive, true);
        }
        _ => {}
    }
}

/// MongoDB has no `integer`; the port stores whole numbers as 64-bit integers, however they were written.
fn types(value: &Value) -> Option<(&'static str, Bson)> {
    let all: Vec<&str> = match value {
        Value::String(one) => vec![one.as_str()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if !all.contains(&"integer") {
        return Some(("type", to_bson(value)));
    }
    let of = |name: &str| -> &'static [&'static str] {
        match name {
            "integer" => &["int", "long"],
            "number" => &["number"],
            "string" => &["string"],
            "boolean" => &["bool"],
            "object" => &["object"],
            "array" => &["array"],
            "null" => &["null"],
            _ => &[],
        }
    };
    let mut types: Vec<&str> = all.into_iter().flat_map(of).copied().collect();
    if types.contains(&"number") {
        types.retain(|name| !matches!(*name, "int" | "long"));
    }
    Some(("bsonType", Bson::Array(types.into_iter().map(Bson::from).collect())))
}

/// Draft 4 wants at least one, and none twice.
fn names(value: &Value) -> Option<Bson> {
    let mut names: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| Bson::Array(names.into_iter().map(Bson::from).collect()))
}

/// Whole numbers written as `1.0` are stored as 1, so that is what is compared with.
fn choices(values: &[Value]) -> Option<(&'static str, Bson)> {
    let mut all: Vec<Bson> = Vec::new();
    for value in values {
        let value = canonical(value)?;
        if !all.contains(&value) {
            all.push(value);
        }
    }
    (!all.is_empty()).then(|| ("enum", Bson::Array(all)))
}

/// As the port would store it.
fn canonical(value: &Value) -> Option<Bson> {
    let wrapped = serde_json::json!({"it": value}).to_string();
    let body = kontor_data::documents::Body::read(&wrapped, usize::MAX).ok()?;
    body.value().get("it").map(to_bson)
}

fn nested(value: &Value) -> Bson {
    match value {
        Value::Bool(yes) => Bson::Document(if *yes {
            Document::new()
        } else {
            doc! {"not": {}}
        }),
        schema => Bson::Document(subset(schema)),
    }
}

fn each(schemas: &Map<String, Value>) -> Document {
    // MongoDB takes no names with a point or a dollar, and the port no documents with such fields.
    let fine = |name: &str| !name.is_empty() && !name.contains('.') && !name.starts_with('$') && !name.contains('\0');
    schemas.iter().filter(|(name, _)| fine(name)).map(|(name, schema)| (name.clone(), nested(schema))).collect()
}

fn several(value: &Value) -> Option<Bson> {
    let all: Vec<Bson> = value.as_array()?.iter().map(nested).collect();
    (!all.is_empty()).then_some(Bson::Array(all))
}

fn count(keyword: &'static str, value: &Value) -> Option<(&'static str, Bson)> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a count that is whole and small")]
    let whole =
        value.as_i64().or_else(|| value.as_f64().filter(|it| it.fract() == 0.0 && it.abs() < 1e9).map(|it| it as i64));
    whole.filter(|whole| *whole >= 0).map(|whole| (keyword, Bson::Int64(whole)))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, doc};
    use serde_json::json;

    use super::subset;

    #[test]
    fn what_mongodb_knows_is_kept() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Invoice",
            "type": "object",
            "required": ["gross", "gross"],
            "properties": {
                "gross": {"type": "integer", "minimum": 0},
                "rate": {"type": ["number", "null"], "exclusiveMaximum": 1},
                "state": {"enum": ["paid", 1.0, 1]},
                "login": {"type": "string", "maxLength": 20, "pattern": "^[a-z]+$", "format": "email"},
                "lines": {"type": "array", "items": {"const": {"b": 1, "a": 2}}, "minItems": 1.0, "uniqueItems": true},
                "never": false,
                "a.b": {"type": "string"},
            },
            "additionalProperties": false,
        });
        assert_eq!(
            sorted(subset(&schema)),
            sorted(doc! {
                "type": "object",
                "required": ["gross"],
                "properties": {
                    "gross": {"bsonType": ["int", "long"], "minimum": 0_i64},
                    "rate": {"type": ["number", "null"], "maximum": 1_i64, "exclusiveMaximum": true},
                    "state": {"enum": ["paid", 1_i64]},
                    "login": {"type": "string", "maxLength": 20_i64},
                    "lines": {"type": "array", "items": {"enum": [{"a": 2_i64, "b": 1_i64}]}, "minItems": 1_i64, "uniqueItems": true},
                    "never": {"not": {}},
                },
                "additionalProperties": {"not": {}},
            })
        );
    }

    /// What is left out makes the rest weaker and never stricter.
    #[test]
    fn what_mongodb_would_mean_otherwise_is_left_out() {
        for (schema, kept) in [
            (json!(true), doc! {}),
            (json!({"not": {"pattern": "x"}}), doc! {}),
            (json!({"if": {}, "then": false}), doc! {}),
            (json!({"$ref": "#/$defs/x", "type": "string"}), doc! {}),
            (json!({"patternProperties": {"^x": {}}, "additionalProperties": false}), doc! {}),
            (json!({"prefixItems": [{}], "items": false}), doc! {}),
            (json!({"items": [{}], "additionalItems": false}), doc! {}),
            (json!({"required": []}), doc! {}),
            (json!({"multipleOf": 0.1}), doc! {}),
            (json!({"enum": [123_456_789_012_345_678_901_234_567_890_f64]}), doc! {}),
            (json!({"oneOf": [{"type": "string"}, {"pattern": "x"}]}), doc! {"anyOf": [{"type": "string"}, {}]}),
            (json!({"minimum": 1, "exclusiveMinimum": true}), doc! {"minimum": 1_i64, "exclusiveMinimum": true}),
            (json!({"minimum": 1, "exclusiveMinimum": 0}), doc! {"minimum": 1_i64}),
            (json!({"type": ["integer", "number"]}), doc! {"bsonType": ["number"]}),
        ] {
            assert_eq!(subset(&schema), kept, "{schema}");
        }
    }

    fn sorted(document: Document) -> Document {
        let mut fields: Vec<_> = document.into_iter().collect();
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        let inner = |value| match value {
            mongodb::bson::Bson::Document(inner) => sorted(inner).into(),
            other => other,
        };
        fields.into_iter().map(|(name, value)| (name, inner(value))).collect()
    }
}
