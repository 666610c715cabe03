//! Collections of documents and buckets of keys. Written once, made by each engine.

use serde::{Deserialize, Serialize};

/// Documents of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// `[a-z][a-z0-9_]{0,49}`; names that begin with `kontor_` or `sqlite_` are the host's.
    pub name: String,
    /// What may happen to a document once it is there. Never changes.
    pub policy: Policy,
    /// The path, one of `paths` and of text, by whose value a cluster spreads documents over its shards: equal ones lie
    /// together. Every document has it and keeps it. None: documents are spread by id. Never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard_key: Option<String>,
    /// Paths that documents can be found by; each is an index of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<IndexedPath>,
    /// Indexes over several of these paths, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Vec<String>>,
    /// JSON Schema (draft 2020-12 unless it says otherwise) that every document written from now on keeps to. It refers to
    /// nothing outside itself.
    pub schema: serde_json::Value,
}

/// What may happen to a document once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Policy {
    /// Nothing, by nobody. Kept by the host and by the store.
    AppendOnly,
    /// It can be replaced and deleted by whoever names the version that is there.
    Versioned,
}

/// A path that documents can be found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPath {
    /// Names of fields joined by points, for example `customer.login`; each is `[A-Za-z_][A-Za-z0-9_-]{0,49}`, at most 8 of
    /// them. Never into a list.
    pub path: String,
    /// What lies there, if anything does. Never changes.
    #[serde(rename = "type")]
    pub kind: PathType,
}

/// What lies at an indexed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PathType {
    /// Text of at most 255 bytes, compared byte by byte.
    Text,
    /// 64-bit signed integer.
    Integer,
    /// False, which comes first, or true.
    Boolean,
}
