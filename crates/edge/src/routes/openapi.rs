//! Reads operations out of an OpenAPI document.

use std::{collections::HashSet, sync::Arc};

use http::Method;
use serde_json::Value;

use super::{Query, Route};
use crate::{access::Access, functions::Published};

/// An operation and where it is found.
pub(super) struct Located<V> {
    pub(super) path: String,
    pub(super) method: Method,
    pub(super) route: Route<V>,
}

/// The fields of a path item that are operations (OpenAPI 3.1, 4.8.9).
const METHODS: [(&str, Method); 8] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("options", Method::OPTIONS),
    ("head", Method::HEAD),
    ("patch", Method::PATCH),
    ("trace", Method::TRACE),
];

/// All operations of a version. Those that cannot be routed are left out, with the reason among the faults.
pub(super) fn operations<V: Published>(version: &Arc<V>, faults: &mut Vec<String>) -> Vec<Located<V>> {
    let document = version.document();
    let function = version.name();
    let general = document.get("security");
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (field, method) in METHODS {
            let Some(operation) = item.get(field) else { continue };
            let Some(id) = operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
                faults.push(format!("{function}: {method} {path} is not served: it has no operationId; give it one"));
                continue;
            };
            if !seen.insert(id) {
                faults.push(format!("{function}: {method} {path} is not served: {id} is another operation's id too"));
                continue;
            }
            let route = Route {
                version: version.clone(),
                function: function.clone(),
                operation: id.into(),
                method: method.clone(),
                name: format!("{method} {path}").into(),
                endpoint: version.endpoint(id),
                access: Access::of(operation.get("security").or(general)),
                query: Query::of(document, item, operation),
                body_max_bytes: version.request_max_bytes(),
                streams: version.is_standard(),
            };
            found.push(Located { path: path.clone(), method, route });
        }
        if !item.is_object() {
            faults.push(format!("{function}: {path} is not served: its path item is no object"));
        }
    }
    found
}
