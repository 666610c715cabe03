//! What a collection is declared as.

use kontor_contract::{Collection as Declared, IndexedPath, PathType, Policy};
use serde_json::Value;
use utoipa::ToSchema;

use super::Collection;
use crate::document;

/// Where a document's own references lead, and where those of an OpenAPI document do.
const DEFINITIONS: &str = "#/$defs/";
const COMPONENTS: &str = "#/components/schemas/";

/// A collection as the manifest has it. Its schema is the type's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration(Declared);

impl<T: ToSchema> Collection<T> {
    /// Documents can be inserted and read, and nothing else, by nobody. That never changes.
    #[must_use]
    pub fn append_only(&self) -> Declaration {
        self.declared(Policy::AppendOnly)
    }

    /// Documents can be replaced and deleted by whoever names the version that is there. That never changes.
    #[must_use]
    pub fn versioned(&self) -> Declaration {
        self.declared(Policy::Versioned)
    }

    fn declared(&self, policy: Policy) -> Declaration {
        Declaration(Declared {
            name: self.name.to_owned(),
            policy,
            shard_key: None,
            paths: Vec::new(),
            indexes: Vec::new(),
            schema: schema::<T>(),
        })
    }
}

impl Declaration {
    /// Documents are found by the text of at most 255 bytes at this path, for example `customer.login`.
    #[must_use]
    pub fn text(self, path: &str) -> Self {
        self.path(path, PathType::Text)
    }

    /// Documents are found by the 64-bit integer at this path.
    #[must_use]
    pub fn integer(self, path: &str) -> Self {
        self.path(path, PathType::Integer)
    }

    /// Documents are found by true or false at this path.
    #[must_use]
    pub fn boolean(self, path: &str) -> Self {
        self.path(path, PathType::Boolean)
    }

    /// Documents are found by all of these paths together, of which the last one may be a range or the order. Each is declared
    /// by itself, too.
    #[must_use]
    pub fn index(mut self, paths: &[&str]) -> Self {
        self.0.indexes.push(paths.iter().map(|&path| path.to_owned()).collect());
        self
    }

    /// The path of text by whose value a cluster spreads documents: equal ones lie together. Every document has it and keeps it.
    /// That never changes.
    #[must_use]
    pub fn shard_key(mut self, path: &str) -> Self {
        self.0.shard_key = Some(path.to_owned());
        self
    }

    /// Another JSON Schema (draft 2020-12) than the type's own.
    #[must_use]
    pub fn schema(mut self, schema: Value) -> Self {
        self.0.schema = schema;
        self
    }

    /// As the manifest has it.
    #[must_use]
    pub fn into_manifest(self) -> Declared {
        self.0
    }

    fn path(mut self, path: &str, kind: PathType) -> Self {
        self.0.paths.push(IndexedPath { path: path.to_owned(), kind });
        self
    }
}

/// A type's schema that refers to nothing outside itself.
fn schema<T: ToSchema>() -> Value {
    let mut whole = document::schema_of::<T>();
    point_inside(&mut whole);
    let definitions = whole.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    let mut schema = whole.get_mut("schema").map(Value::take).unwrap_or_default();
    if let (Some(schema), Some(all)) = (schema.as_object_mut(), definitions.as_object())
        && !all.is_empty()
    {
        schema.insert("$defs".to_owned(), definitions);
    }
    schema
}

fn point_inside(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(point_inside),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "$ref" => *text = text.replacen(COMPONENTS, DEFINITIONS, 1),
                    other => point_inside(other),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(serde::Serialize, ToSchema)]
    struct Item {
        #[schema(minimum = 1)]
        quantity: i64,
    }

    #[derive(serde::Serialize, ToSchema)]
    struct Basket {
        owner: String,
        items: Vec<Item>,
        note: Option<String>,
    }

    #[test]
    fn a_type_that_holds_others_is_one_schema() {
        let declared = Collection::<Basket>::new("baskets").append_only().text("owner").shard_key("owner");
        let schema = declared.into_manifest().schema;
        assert_eq!(schema["properties"]["items"]["items"], json!({"$ref": "#/$defs/Item"}), "{schema}");
        assert_eq!(schema["$defs"]["Item"]["properties"]["quantity"]["minimum"], json!(1), "{schema}");
        assert_eq!(schema["required"], json!(["owner", "items"]), "{schema}");
    }
}
