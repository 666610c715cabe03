//! Portable tables as SQLite's DDL. What is wrong with a step was found by `kontor_data::migration::check`.

use kontor_contract::schema::{Column, ColumnType, Index, Step, Table};
use rusqlite::types::Value;

/// A statement with its values.
pub(crate) type Rendered = (String, Vec<Value>);

/// The statements of one step.
pub(crate) fn render(step: &Step) -> Vec<Rendered> {
    match step {
        Step::CreateTable(table) => create_table(table),
        Step::AddColumn { table, column: added } => {
            vec![plain(format!("ALTER TABLE {} ADD COLUMN {}", quoted(table), column(added)))]
        }
        Step::CreateIndex { table, index: added } => vec![plain(index(table, added))],
        Step::InsertRow { table, values } => insert_row(table, values),
    }
}

fn plain(text: String) -> Rendered {
    (text, Vec::new())
}

fn create_table(table: &Table) -> Vec<Rendered> {
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    parts.push(format!("PRIMARY KEY ({})", names(&table.primary_key)));
    let kind = if is_clustered(table) { "STRICT, WITHOUT ROWID" } else { "STRICT" };
    let mut all = vec![plain(format!("CREATE TABLE {} ({}) {kind}", quoted(&table.name), parts.join(", ")))];
    all.extend(table.indexes.iter().map(|added| plain(index(&table.name, added))));
    if table.append_only {
        all.extend(append_only(&table.name).map(plain));
    }
    all
}

/// Rows that are small live in the primary key's own tree: one tree to write instead of two. Rows that may be large
/// would make that tree's inner pages crowded, and a single integer key is the row's number anyway.
fn is_clustered(table: &Table) -> bool {
    let of = |name: &String| table.columns.iter().find(|column| column.name == *name).map(|column| column.kind);
    let number = matches!(
        table.primary_key.as_slice(),
        [only] if matches!(of(only), Some(ColumnType::Integer | ColumnType::Timestamp | ColumnType::Boolean))
    );
    let large = table
        .columns
        .iter()
        .any(|column| matches!(column.kind, ColumnType::Text | ColumnType::Bytes | ColumnType::Json));
    !number && !large
}

/// Triggers by which nobody changes or deletes a row: not by UPDATE, not by DELETE, and, since `recursive_triggers` is on, not by an
/// INSERT OR REPLACE either.
pub(crate) fn append_only(table: &str) -> [String; 2] {
    ["UPDATE", "DELETE"].map(|action| {
        format!(
            "CREATE TRIGGER IF NOT EXISTS \"kontor_{table}_no_{}\" BEFORE {action} ON \"{table}\" \
             BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only: rows can be inserted and read, and nothing else'); END",
            action.to_ascii_lowercase()
        )
    })
}

fn index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({})", quoted(&index.name), quoted(table), names(&index.columns))
}

fn column(column: &Column) -> String {
    let name = quoted(&column.name);
    let null = if column.nullable { "" } else { " NOT NULL" };
    let default = column.default.as_ref().map_or_else(String::new, |value| format!(" DEFAULT {}", literal(value)));
    let (kind, check) = match column.kind {
        ColumnType::KeyText(most) => ("TEXT", format!(" CHECK (octet_length({name}) <= {most})")),
        ColumnType::Text | ColumnType::Json | ColumnType::Decimal(..) => ("TEXT", String::new()),
        ColumnType::Bytes => ("BLOB", String::new()),
        ColumnType::Boolean => ("INTEGER", format!(" CHECK ({name} IN (0, 1))")),
        ColumnType::Integer | ColumnType::Timestamp => ("INTEGER", String::new()),
        ColumnType::Uuid => ("TEXT", format!(" CHECK (length({name}) = 36)")),
    };
    format!("{name} {kind}{null}{default}{check}")
}

fn insert_row(table: &str, values: &[(String, serde_json::Value)]) -> Vec<Rendered> {
    let columns = names(values.iter().map(|(column, _)| column));
    let places = (1..=values.len()).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
    let values = values.iter().map(|(_, value)| scalar(value)).collect();
    vec![(format!("INSERT INTO {} ({columns}) VALUES ({places})", quoted(table)), values)]
}

/// Numbers that are no integers, lists and objects were refused before.
fn scalar(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(yes) => Value::Integer(i64::from(*yes)),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Null, Value::Integer),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        _ => Value::Null,
    }
}

fn literal(value: &serde_json::Value) -> String {
    match scalar(value) {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        _ => "NULL".to_owned(),
    }
}

fn names<'a>(all: impl IntoIterator<Item = &'a String>) -> String {
    all.into_iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", ")
}

/// Names have neither quotes nor anything else that means something.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
