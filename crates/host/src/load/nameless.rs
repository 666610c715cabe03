//! The manifest of a component that has none: one of the standard world `wasi:http/proxy` without `describe`.

use kontor_contract::Manifest;
use serde_json::{Map, Value, json};

use super::manifest::is_function_name;
use crate::LoadError;

/// Tells such a document from those that functions made.
pub(super) const MARK: &str = "x-kontor-standard";
/// So much of the hash tells two versions apart.
const VERSION_CHARS: usize = 12;

/// Its file's name is its route: `hello.wasm` answers every request to `/hello` and below.
pub(super) fn manifest(file: Option<&str>, hash: &str) -> Result<Manifest, LoadError> {
    let name = file.filter(|name| is_function_name(name)).ok_or_else(|| {
        LoadError::BadManifest(
            "the component does not say what it is called; copy it into the functions folder as NAME.wasm".to_owned(),
        )
    })?;
    let version: String = hash.chars().take(VERSION_CHARS).collect();
    let places = [(format!("/{name}"), ""), (format!("/{name}/"), "Root"), (format!("/{name}/{{*path}}"), "Below")];
    let paths: Map<String, Value> = places.map(|(path, place)| (path, item(place))).into_iter().collect();
    let manifest = json!({
        "name": name, "version": version,
        "openapi": {
            "openapi": "3.1.0",
            "info": {
                "title": name, "version": version,
                "description": "A component of the standard world `wasi:http/proxy`. It does not say what it does.",
            },
            "paths": paths,
            MARK: true,
        },
    });
    super::manifest::parse(&manifest.to_string())
}

/// Every method, with any query.
fn item(place: &str) -> Value {
    let methods = ["get", "head", "post", "put", "patch", "delete", "options"];
    let operation = |method: &str| {
        let below = (place == "Below")
            .then(|| json!({"name": "*path", "in": "path", "required": true, "schema": {"type": "string"}}));
        let query =
            json!({"name": "query", "in": "query", "style": "form", "explode": true, "schema": {"type": "object"}});
        let parameters: Vec<Value> = below.into_iter().chain([query]).collect();
        json!({
            "operationId": format!("{method}{place}"), "parameters": parameters,
            "responses": {"default": {"description": "Whatever the component answers."}},
        })
    };
    methods.into_iter().map(|method| (method.to_owned(), operation(method))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_name_is_the_route() {
        let manifest = manifest(Some("hello"), &"0123456789abcdef".repeat(4)).unwrap();
        assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("hello", "0123456789ab"));
        let paths: Vec<&String> = manifest.openapi["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/hello", "/hello/", "/hello/{*path}"]);
        assert_eq!(crate::asks(&manifest), Default::default(), "it asks for nothing, and gets nothing");
    }

    #[test]
    fn without_a_name_it_is_nobody() {
        for file in [None, Some("Hello World"), Some("kontor"), Some("")] {
            assert!(super::manifest(file, "00").is_err(), "{file:?}");
        }
    }
}
