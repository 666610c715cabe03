//! The function's tables. Registrations and bodies are append-only: the host keeps everybody, this function included,
//! from changing or deleting a row.

use kontor_sdk::schema::{Column, ColumnType, Index, Migration, Step, Table};

use ColumnType::{Bytes, Integer, KeyText, Text, Timestamp};

fn columns(columns: &[(&str, ColumnType)]) -> Vec<Column> {
    let column = |(name, kind): &(&str, ColumnType)| Column {
        name: (*name).to_owned(),
        kind: *kind,
        nullable: false,
        default: None,
    };
    columns.iter().map(column).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn unique(name: &str, columns: &[&str]) -> Index {
    Index { name: name.to_owned(), columns: names(columns), unique: true }
}

/// Counters, registrations and bodies.
pub fn migrations() -> Vec<Migration> {
    let series = Table {
        name: "series".to_owned(),
        columns: columns(&[
            ("seller", KeyText(40)),
            ("series", KeyText(40)),
            ("period", KeyText(10)),
            ("last_sequence", Integer),
            ("last_time", Timestamp),
        ]),
        primary_key: names(&["seller", "series", "period"]),
        indexes: Vec::new(),
        append_only: false,
    };
    let registrations = Table {
        name: "registrations".to_owned(),
        columns: columns(&[
            ("id", KeyText(40)),
            ("seller", KeyText(40)),
            ("series", KeyText(40)),
            ("period", KeyText(10)),
            ("sequence", Integer),
            ("number", KeyText(60)),
            ("issued_at", Timestamp),
            ("login", KeyText(255)),
            ("currency", KeyText(3)),
            ("net", Integer),
            ("tax", Integer),
            ("gross", Integer),
            ("balance_used", Integer),
            ("body_hash", Bytes),
            ("receipt_hash", KeyText(64)),
            ("source", KeyText(100)),
        ]),
        primary_key: names(&["id"]),
        indexes: vec![
            unique("registrations_source", &["source"]),
            unique("registrations_number", &["seller", "number"]),
            unique("registrations_sequence", &["seller", "series", "period", "sequence"]),
        ],
        append_only: true,
    };
    let pending = Table {
        name: "pending".to_owned(),
        columns: columns(&[("id", KeyText(40)), ("body", Text)]),
        primary_key: names(&["id"]),
        indexes: Vec::new(),
        append_only: true,
    };
    let steps = [series, registrations, pending].map(Step::CreateTable).into();
    vec![Migration { number: 1, name: "series, registrations and bodies".to_owned(), steps }]
}
