//! Every fault of a body or of parameters at once. Only runs once the first pass has failed, so that requests that are
//! fine pay nothing for it: it walks the value beside the operation's own schema, the one in the document.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{Fault, bounds, document};

/// More than anybody repairs at once; keeps an answer small whatever was sent.
const FAULTS_MAX: usize = 50;

/// The faults of a body. `error` is what the first pass said, for what no schema expresses.
#[must_use]
pub fn in_body<T: ToSchema>(body: &Value, error: &serde_json::Error) -> Vec<Fault> {
    Walk::over::<T>("", body, &error.to_string())
}

/// The faults of parameters in `place`, which is `path` or `query`.
#[must_use]
pub fn in_parameters<'a, T: ToSchema>(
    place: &str,
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
    error: &serde::de::value::Error,
) -> Vec<Fault> {
    let schema = document::schema_of::<T>();
    // An optional number is "null or an integer"; a parameter's text cannot be null.
    let integer = |name: &str| {
        let property = document::resolve(&schema, at(at(at(&schema, "schema"), "properties"), name));
        property.to_string().contains(r#""integer""#)
    };
    let value = |name: &str, text: &str| match text.parse::<i64>() {
        Ok(number) if integer(name) => Value::from(number),
        _ => Value::from(text),
    };
    let object: Map<_, _> = parameters.map(|(name, text)| (name.to_owned(), value(name, text))).collect();
    Walk::over::<T>(&format!("#/{place}"), &Value::Object(object), &error.to_string())
}

struct Walk {
    schema: Value,
    faults: Vec<Fault>,
}

impl Walk {
    fn over<T: ToSchema>(pointer: &str, value: &Value, error: &str) -> Vec<Fault> {
        let mut walk = Self { schema: document::schema_of::<T>(), faults: Vec::new() };
        let schema = at(&walk.schema, "schema").clone();
        walk.value(&schema, value, pointer);
        if walk.faults.is_empty() {
            walk.faults.push(unexplained(pointer, error));
        }
        walk.faults
    }

    fn value(&mut self, schema: &Value, value: &Value, pointer: &str) {
        let schema = &document::resolve(&self.schema, schema).clone();
        if let Some(choices) = at(schema, "oneOf").as_array().or_else(|| at(schema, "anyOf").as_array()) {
            // An optional value is "null or …"; the other choice is the one to be told about.
            let other = choices.iter().find(|choice| *at(choice, "type") != "null");
            if !value.is_null()
                && let Some(other) = other
            {
                self.value(&other.clone(), value, pointer);
            }
            return;
        }
        if !has_type(at(schema, "type"), value) {
            let wanted = type_name(at(schema, "type"));
            self.fault("wrong-type", pointer, format!("This is {}, but {wanted} is wanted.", kind(value)), None);
            return;
        }
        if let Some(choices) = at(schema, "enum").as_array()
            && !choices.contains(value)
        {
            let known: Vec<String> = choices.iter().map(Value::to_string).collect();
            self.fault(
                "not-one-of",
                pointer,
                "This is not one of the known values.".to_owned(),
                Some(format!("Known are {}.", known.join(", "))),
            );
        }
        match value {
            Value::Object(object) => self.object(schema, object, pointer),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(at(schema, "items"), item, &format!("{pointer}/{index}"));
                }
            }
            Value::String(text) => self.text(schema, text, pointer),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or(f64::NAN), pointer),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn object(&mut self, schema: &Value, object: &Map<String, Value>, pointer: &str) {
        let empty = Map::new();
        let properties = at(schema, "properties").as_object().unwrap_or(&empty);
        for name in at(schema, "required").as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                let hint = properties
                    .get(name)
                    .map(|wanted| format!("It is {}.", type_name(at(document::resolve(&self.schema, wanted), "type"))));
                self.fault("missing", &join(pointer, name), format!("The field {name} is missing."), hint);
            }
        }
        for (name, value) in object {
            match properties.get(name) {
                Some(property) => self.value(property, value, &join(pointer, name)),
                None if *at(schema, "additionalProperties") == json!(false) => {
                    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
                    let hint = format!("Known fields are {}.", known.join(", "));
                    self.fault(
                        "unknown-field",
                        &join(pointer, name),
                        "There is no field of this name here.".to_owned(),
                        Some(hint),
                    );
                }
                None => {}
            }
        }
    }

    fn text(&mut self, schema: &Value, text: &str, pointer: &str) {
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if let Some(least) = at(schema, "minLength").as_u64().filter(|least| length < *least) {
            self.fault(
                "too-short",
                pointer,
                format!("This has {length} characters; at least {least} are wanted."),
                None,
            );
        }
        if let Some(most) = at(schema, "maxLength").as_u64().filter(|most| length > *most) {
            self.fault("too-long", pointer, format!("This has {length} characters; at most {most} are allowed."), None);
        }
        if *at(schema, "pattern") == bounds::TEXT_PATTERN && !bounds::is_printable(text) {
            self.fault("not-printable", pointer, "Control characters are not allowed in a text.".to_owned(), None);
        }
    }

    fn number(&mut self, schema: &Value, number: f64, pointer: &str) {
        let below = at(schema, "minimum").as_f64().filter(|least| number < *least).is_some();
        let above = at(schema, "maximum").as_f64().filter(|most| number > *most).is_some();
        if below || above {
            let hint = format!("Send a number from {} to {}.", at(schema, "minimum"), at(schema, "maximum"));
            self.fault("out-of-range", pointer, "The number is out of range.".to_owned(), Some(hint));
        }
    }

    fn fault(&mut self, code: &str, pointer: &str, detail: String, hint: Option<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { code: code.to_owned(), pointer: pointer.to_owned(), detail, hint });
        }
    }
}

/// The member of that name; null if there is none.
fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// What no schema expresses: a field that came twice, or a rule of a type of the function's own.
fn unexplained(pointer: &str, error: &str) -> Fault {
    let twice = error.strip_prefix("duplicate field `").and_then(|rest| rest.split_once('`'));
    let (code, pointer) = match twice {
        Some((name, _)) => ("duplicate-field", join(pointer, name)),
        None => ("invalid", pointer.to_owned()),
    };
    Fault { code: code.to_owned(), pointer, detail: format!("It cannot be read: {error}."), hint: None }
}

/// Escapes as RFC 6901 says. A name that somebody sent may be of any length.
fn join(pointer: &str, name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(choices) => choices.iter().any(|choice| has_type(choice, value)),
        Value::String(name) => match name.as_str() {
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            _ => true,
        },
        _ => true,
    }
}

fn type_name(wanted: &Value) -> &'static str {
    let name =
        wanted.as_str().or_else(|| wanted.as_array()?.iter().filter_map(Value::as_str).find(|name| *name != "null"));
    match name {
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("string") => "a text",
        Some("boolean") => "true or false",
        Some("object") => "an object",
        Some("array") => "a list",
        _ => "something else",
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
