//! What a collection needs in MongoDB: its name, its indexes and its shard key.

use kontor_contract::{Collection, Policy};
use mongodb::bson::{Bson, Document, doc};

use crate::validator;

/// The database, where the address names none.
pub(crate) const DATABASE: &str = "kontor";
/// Kontor's own collection: what functions have declared. No function can be named `kontor`.
pub(crate) const DECLARED: &str = "kontor.collections";
/// The role of those who serve functions, in Kontor's database.
pub(crate) const ROLE: &str = "kontor_runtime";

/// The name of a function's collection.
pub(crate) fn name(function: &str, collection: &str) -> String {
    format!("{function}.{collection}")
}

/// Where a path lies in a stored document.
pub(crate) fn field(path: &str) -> String {
    format!("b.{path}")
}

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) key: Document,
    pub(crate) unique: bool,
}

impl Index {
    fn over(paths: &[String], unique: bool) -> Self {
        // The id at the end makes the order of an answer complete.
        let fields = paths.iter().map(|path| field(path)).chain(["_id".to_owned()]);
        Self { name: index_name(paths), key: fields.map(|field| (field, Bson::Int32(1))).collect(), unique }
    }

    /// As the server's commands want it.
    pub(crate) fn document(&self) -> Document {
        let mut document = doc! {"key": self.key.clone(), "name": &self.name};
        if self.unique {
            document.insert("unique", true);
        }
        document
    }
}

/// The name of the index over these paths, by which questions choose it.
pub(crate) fn index_name(paths: &[String]) -> String {
    paths.join(",")
}

/// One for each path, then those over several. The shard key's own is unique together with the id: what `_id` promises on one
/// shard, it promises on all of them.
pub(crate) fn indexes(collection: &Collection) -> Vec<Index> {
    let alone = collection.paths.iter().map(|indexed| {
        let is_shard_key = collection.shard_key.as_ref() == Some(&indexed.path);
        Index::over(std::slice::from_ref(&indexed.path), is_shard_key)
    });
    alone.chain(collection.indexes.iter().map(|paths| Index::over(paths, false))).collect()
}

/// What the collection is sharded by.
pub(crate) fn shard_key(collection: &Collection) -> Document {
    let path = collection.shard_key.as_ref().map_or_else(|| "_id".to_owned(), |path| field(path));
    doc! {path: "hashed"}
}

/// What those who serve functions may do with the collection.
pub(crate) fn actions(policy: Policy) -> &'static [&'static str] {
    match policy {
        Policy::AppendOnly => &["find", "insert"],
        Policy::Versioned => &["find", "insert", "remove", "update"],
    }
}

/// What the server itself checks: the shape of what Kontor stores, and of the content what MongoDB knows of its schema. While
/// two versions of a function run, either one's schema will do.
pub(crate) fn validator(collection: &Collection, before: Option<&serde_json::Value>) -> Document {
    let schemas = [Some(&collection.schema), before].into_iter().flatten();
    let either: Vec<Bson> = schemas.map(|schema| validator::subset(schema).into()).collect();
    // Apart from the content's own keywords: MongoDB refuses `type` and `bsonType` side by side.
    let content = doc! {"bsonType": "object", "anyOf": either};
    doc! {"$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "v", "b"],
        "properties": {"_id": {"bsonType": "string"}, "v": {"bsonType": "long"}, "b": content},
    }}
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};
    use mongodb::bson::doc;

    use super::{Index, actions, indexes, shard_key, validator};

    fn invoices() -> Collection {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        Collection {
            name: "invoices".into(),
            policy: Policy::AppendOnly,
            shard_key: Some("customer.login".into()),
            paths: vec![path("customer.login", PathType::Text), path("at", PathType::Integer)],
            indexes: vec![vec!["customer.login".into(), "at".into()]],
            schema: serde_json::json!({"type": "object", "required": ["gross"]}),
        }
    }

    #[test]
    fn the_shard_keys_index_is_unique_with_the_id() {
        let index = |name: &str, key, unique| Index { name: name.into(), key, unique };
        assert_eq!(
            indexes(&invoices()),
            [
                index("customer.login", doc! {"b.customer.login": 1, "_id": 1}, true),
                index("at", doc! {"b.at": 1, "_id": 1}, false),
                index("customer.login,at", doc! {"b.customer.login": 1, "b.at": 1, "_id": 1}, false),
            ]
        );
        assert_eq!(shard_key(&invoices()), doc! {"b.customer.login": "hashed"});
        assert_eq!(shard_key(&Collection { shard_key: None, ..invoices() }), doc! {"_id": "hashed"});
    }

    #[test]
    fn an_append_only_collection_can_be_read_and_added_to() {
        assert_eq!(actions(Policy::AppendOnly), ["find", "insert"]);
    }

    #[test]
    fn two_versions_of_a_function_may_both_write() {
        let before = serde_json::json!({"required": ["net"]});
        let content = |document: mongodb::bson::Document| {
            let schema = document.get_document("$jsonSchema").unwrap();
            schema.get_document("properties").unwrap().get_document("b").unwrap().clone()
        };
        let own = doc! {"type": "object", "required": ["gross"]};
        assert_eq!(content(validator(&invoices(), None)), doc! {"bsonType": "object", "anyOf": [own.clone()]});
        let either = doc! {"bsonType": "object", "anyOf": [own, {"required": ["net"]}]};
        assert_eq!(content(validator(&invoices(), Some(&before))), either);
    }
}
