//! The OpenAPI 3.1 document, made of what operations, extractors and results say of themselves. Only `describe` and
//! failed requests come here.

mod operation;
mod problem;

pub use operation::{OperationDocument, ResponseDocument};

use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{
        Components, InfoBuilder, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Schema,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::Function;

pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// The document of a function.
#[must_use]
pub fn of(function: &Function) -> Value {
    let mut paths = PathsBuilder::new();
    let mut schemas: Schemas = vec![("Problem".to_owned(), problem::problem()), ("Fault".to_owned(), problem::fault())];
    for operation in &function.operations {
        let mut document = OperationDocument::default();
        (operation.document)(&mut document);
        document.collect();
        schemas.append(&mut document.schemas);
        paths = paths.path(operation.path, PathItem::new(operation.method.clone(), document.build(operation)));
    }
    let mut components = Components::new();
    components.schemas = schemas.into_iter().collect();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A service token, made by `kontor tokens create`."))
        .build();
    components.security_schemes.insert("service".to_owned(), RefOr::T(SecurityScheme::Http(scheme)));
    let description = (!function.description.is_empty()).then_some(function.description);
    let info = InfoBuilder::new().title(function.title).version(function.version).description(description);
    let document = OpenApiBuilder::new().info(info.build()).paths(paths).components(Some(components)).build();
    let mut document = serde_json::to_value(document).unwrap_or_default();
    tidy(&mut document);
    for (path, hint) in &function.hints {
        if let Some(item) = document.get_mut("paths").and_then(|paths| paths.get_mut(path)?.as_object_mut()) {
            item.insert("x-wrong-method-hint".to_owned(), json!(hint));
        }
    }
    document
}

/// A type's schema as `{"schema": …, "components": {"schemas": …}}`.
#[must_use]
pub fn schema_of<T: ToSchema>() -> Value {
    let mut schemas = Schemas::new();
    T::schemas(&mut schemas);
    let schemas: std::collections::BTreeMap<_, _> = schemas.into_iter().collect();
    let mut schema = json!({ "schema": T::schema(), "components": { "schemas": schemas } });
    tidy(&mut schema);
    schema
}

/// utoipa writes an inlined field with a description as `allOf: [schema, {type: object, description}]`, which no text
/// and no number can ever be. What is meant is the schema with that description.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.values_mut().for_each(tidy);
            let described = match object.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([Value::Object(schema), Value::Object(note)])
                    if note.get("type") == Some(&json!("object")) && !note.contains_key("properties") =>
                {
                    let mut schema = schema.clone();
                    schema.extend(
                        note.iter().filter(|(key, _)| *key != "type").map(|(key, value)| (key.clone(), value.clone())),
                    );
                    Some(schema)
                }
                _ => None,
            };
            if let Some(described) = described {
                *object = described;
            }
            if object.contains_key("in")
                && let Some(description) =
                    object.get_mut("schema").and_then(|schema| schema.as_object_mut()?.remove("description"))
            {
                object.entry("description").or_insert(description);
            }
        }
        _ => {}
    }
}

/// Follows a reference within what [`schema_of`] gives.
#[must_use]
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}
