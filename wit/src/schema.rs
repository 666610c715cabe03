//! Tables in Kontor's portable types. Written once, rendered by each engine.

use serde::{Deserialize, Serialize};

/// One step forward of a function's schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// From 1, without gaps.
    pub number: u32,
    /// What it does, in a few words.
    pub name: String,
    /// Done in order, each by itself where an engine cannot do them in one transaction.
    pub steps: Vec<Step>,
}

/// One change of a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// A new table.
    CreateTable(Table),
    /// A further column of an existing table; it must be nullable or have a default.
    AddColumn {
        /// The table's name.
        table: String,
        /// The new column.
        column: Column,
    },
    /// A further index of an existing table.
    CreateIndex {
        /// The table's name.
        table: String,
        /// The new index.
        index: Index,
    },
    /// A row that has to be there, for example a counter that starts at zero. Values are JSON scalars by column name.
    InsertRow {
        /// The table's name.
        table: String,
        /// Column and value, in order.
        values: Vec<(String, serde_json::Value)>,
    },
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// `[a-z][a-z0-9_]{0,49}`; names that begin with `kontor_` or `sqlite_` are the host's.
    pub name: String,
    /// At least one.
    pub columns: Vec<Column>,
    /// The primary key's columns; its constraint is called `TABLE_pkey`.
    pub primary_key: Vec<String>,
    /// Further keys and indexes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// Rows can be inserted and read, and nothing else, by nobody. Kept by the host.
    #[serde(default)]
    pub append_only: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// `[a-z][a-z0-9_]{0,49}`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether it may be null.
    #[serde(default)]
    pub nullable: bool,
    /// A JSON scalar that a row gets if it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
}

/// Kontor's portable column types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ColumnType {
    /// Text of bounded length in bytes (at most 255) that may stand in keys. Compared byte by byte.
    KeyText(u16),
    /// Text of any length.
    Text,
    /// Bytes of any length.
    Bytes,
    /// True or false.
    Boolean,
    /// 64-bit signed integer.
    Integer,
    /// Exact decimal: digits in all, and of these behind the point.
    Decimal(u8, u8),
    /// Microseconds since 1970 UTC.
    Timestamp,
    /// UUID.
    Uuid,
    /// JSON, compared by value.
    Json,
}

/// A key or an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Unique over the function's database, for example `registrations_source`. What a `conflict` names.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether two rows may not have the same.
    #[serde(default)]
    pub unique: bool,
}
