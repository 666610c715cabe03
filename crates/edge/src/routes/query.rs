//! Query parameters: what an operation's document does not name is refused, since a misspelt filter that is ignored looks
//! like one that found everything.

use std::borrow::Cow;

use kontor_contract::{Fault, Problem};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::nearest;
use crate::problem::Refusal;

/// So many faults are named; nobody reads more.
const FAULTS_MAX: usize = 20;
/// Longer names would only make long answers.
const SHOWN_MAX_CHARS: usize = 100;

/// The names that an operation's query may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Query {
    /// These.
    Known(Vec<Box<str>>),
    /// Any: a parameter whose parts have names of their own cannot be told from a misspelt one.
    Open,
}

impl Query {
    /// Reads the parameters of an operation and of the path item that it is in (OpenAPI 3.1, 4.8.9 and 4.8.12).
    pub(super) fn of(document: &Value, item: &Value, operation: &Value) -> Self {
        let of = |holder: &'_ Value| holder.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut names = Vec::new();
        for parameter in of(item).into_iter().chain(of(operation)) {
            let Some(parameter) = resolved(document, &parameter) else { return Self::Open };
            if parameter.get("in").and_then(Value::as_str) != Some("query") {
                continue;
            }
            let is_object = parameter.pointer("/schema/type").and_then(Value::as_str) == Some("object");
            let is_plain = parameter.pointer("/schema/$ref").is_none() && !is_object;
            match parameter.get("name").and_then(Value::as_str) {
                Some(name) if is_plain => names.push(name.into()),
                _ => return Self::Open,
            }
        }
        Self::Known(names)
    }

    /// Whether all names of a query are known.
    pub(crate) fn check(&self, query: Option<&str>) -> Result<(), Refusal> {
        let (Self::Known(known), Some(query)) = (self, query) else { return Ok(()) };
        let names = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| name(pair));
        let unknown = names.filter(|name| !known.iter().any(|known| **known == **name));
        let faults: Vec<Fault> = unknown.take(FAULTS_MAX).map(|name| fault(&name, known)).collect();
        if faults.is_empty() {
            return Ok(());
        }
        let detail = faults.iter().map(|fault| fault.detail.as_str()).collect::<Vec<_>>().join(" ");
        let problem =
            Problem::new(422, "invalid-parameters", "The parameters are not what this operation takes").detail(detail);
        Err(problem.faults(faults).into())
    }
}

/// The parameter itself, where it is a reference into the same document.
fn resolved<'a>(document: &'a Value, parameter: &'a Value) -> Option<&'a Value> {
    match parameter.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#')?),
        None => Some(parameter),
    }
}

/// A pair's name, as HTML forms write it: `+` is a space.
fn name(pair: &str) -> Cow<'_, str> {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    if name.contains('+') {
        let spaced = name.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(name).decode_utf8_lossy()
}

fn fault(name: &str, known: &[Box<str>]) -> Fault {
    let shown: String = name.chars().take(SHOWN_MAX_CHARS).collect();
    let near = nearest(name, known.iter().map(|name| &**name));
    let hint = match near.first() {
        Some(near) => format!("Did you mean {near}?"),
        None if known.is_empty() => "Leave it out; this operation takes no query parameters.".to_owned(),
        None => format!("Leave it out; this operation takes {}.", known.join(", ")),
    };
    Fault {
        code: "unknown-parameter".to_owned(),
        pointer: format!("#/query/{}", shown.replace('~', "~0").replace('/', "~1")),
        detail: format!("There is no query parameter {shown:?}."),
        hint: Some(hint),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(names: &[&str]) -> Query {
        Query::Known(names.iter().map(|&name| name.into()).collect())
    }

    #[test]
    fn names_come_from_the_operation_its_path_and_references() {
        let document = json!({"components": {"parameters": {"page": {"name": "page", "in": "query"}}}});
        let parameter = |name: &str, place: &str| json!({"name": name, "in": place, "schema": {"type": "string"}});
        for (item, operation, expected) in [
            (json!([]), json!([]), known(&[])),
            (json!([parameter("id", "path")]), json!([parameter("limit", "query")]), known(&["limit"])),
            (
                json!([parameter("a", "query")]),
                json!([{"$ref": "#/components/parameters/page"}]),
                known(&["a", "page"]),
            ),
            (json!([]), json!([{"$ref": "other.json#/page"}]), Query::Open),
            (json!([]), json!([{"name": "filter", "in": "query", "schema": {"type": "object"}}]), Query::Open),
        ] {
            let found = Query::of(&document, &json!({"parameters": item}), &json!({"parameters": operation}));
            assert_eq!(found, expected, "{item} {operation}");
        }
        assert_eq!(Query::of(&document, &json!({}), &json!({})), known(&[]));
    }

    #[test]
    fn what_is_not_known_is_named_with_what_is_near() {
        let page = known(&["limit", "after"]);
        for (query, hints) in [
            (None, &[][..]),
            (Some(""), &[]),
            (Some("limit=1&after=x&&limit"), &[]),
            (Some("%6Cimit=1"), &[]),
            (Some("limmit=1"), &["Did you mean limit?"]),
            (Some("utm_source=x&aftr=1"), &["Leave it out; this operation takes limit, after.", "Did you mean after?"]),
        ] {
            let faults = page.check(query).err().map(|refusal| refusal.problem.errors).unwrap_or_default();
            let found: Vec<&str> = faults.iter().filter_map(|fault| fault.hint.as_deref()).collect();
            assert_eq!(found, hints, "{query:?}");
        }
        let refusal = known(&[]).check(Some("a~b/c=1")).unwrap_err();
        assert_eq!((refusal.problem.status, &*refusal.problem.code), (422, "invalid-parameters"));
        assert_eq!(refusal.problem.pointer.as_deref(), Some("#/query/a~0b~1c"));
        assert!(Query::Open.check(Some("anything=1")).is_ok());
    }
}
