//! Portable tables as SQLite's DDL.

use kontor_contract::schema::{Column, ColumnType, Index, Step, Table};
use rusqlite::types::Value;

/// A statement with its values.
pub(crate) type Rendered = (String, Vec<Value>);

/// The statements of one step; an error says what is wrong with it.
pub(crate) fn render(step: &Step) -> Result<Vec<Rendered>, String> {
    match step {
        Step::CreateTable(table) => create_table(table),
        Step::AddColumn { table, column: added } => {
            if !added.nullable && added.default.is_none() {
                return Err(format!("the new column {table}.{} must be nullable or have a default", added.name));
            }
            Ok(vec![plain(format!("ALTER TABLE {} ADD COLUMN {}", table_name(table)?, column(added)?))])
        }
        Step::CreateIndex { table, index: added } => Ok(vec![plain(index(table, added)?)]),
        Step::InsertRow { table, values } => insert_row(table, values),
    }
}

fn plain(text: String) -> Rendered {
    (text, Vec::new())
}

fn create_table(table: &Table) -> Result<Vec<Rendered>, String> {
    if table.columns.is_empty() || table.primary_key.is_empty() {
        return Err(format!("the table {} needs at least one column and a primary key", table.name));
    }
    for key in &table.primary_key {
        let Some(found) = table.columns.iter().find(|column| column.name == *key) else {
            return Err(format!("the primary key of {} names {key}, which is no column of it", table.name));
        };
        if found.nullable {
            return Err(format!("{}.{key} is in the primary key and may not be null", table.name));
        }
    }
    let name = table_name(&table.name)?;
    let mut parts = table.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    parts.push(format!("PRIMARY KEY ({})", names(&table.primary_key)?));
    let kind = if is_clustered(table) { "STRICT, WITHOUT ROWID" } else { "STRICT" };
    let mut all = vec![plain(format!("CREATE TABLE {name} ({}) {kind}", parts.join(", ")))];
    for added in &table.indexes {
        all.push(plain(index(&table.name, added)?));
    }
    if table.append_only {
        all.extend(append_only(&table.name).map(plain));
    }
    Ok(all)
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

fn index(table: &str, index: &Index) -> Result<String, String> {
    if index.columns.is_empty() {
        return Err(format!("the index {} has no columns", index.name));
    }
    let unique = if index.unique { "UNIQUE " } else { "" };
    Ok(format!(
        "CREATE {unique}INDEX {} ON {} ({})",
        table_name(&index.name)?,
        table_name(table)?,
        names(&index.columns)?
    ))
}

fn column(column: &Column) -> Result<String, String> {
    let name = name(&column.name)?;
    let null = if column.nullable { "" } else { " NOT NULL" };
    let default = match &column.default {
        None => String::new(),
        Some(value) => format!(" DEFAULT {}", literal(value)?),
    };
    let (kind, check) = match column.kind {
        ColumnType::KeyText(most) if most == 0 || most > 255 => {
            return Err(format!("{} is a key text of {most} bytes; 1 to 255 are allowed", column.name));
        }
        ColumnType::KeyText(most) => ("TEXT", format!(" CHECK (octet_length({name}) <= {most})")),
        ColumnType::Text | ColumnType::Json | ColumnType::Decimal(..) => ("TEXT", String::new()),
        ColumnType::Bytes => ("BLOB", String::new()),
        ColumnType::Boolean => ("INTEGER", format!(" CHECK ({name} IN (0, 1))")),
        ColumnType::Integer | ColumnType::Timestamp => ("INTEGER", String::new()),
        ColumnType::Uuid => ("TEXT", format!(" CHECK (length({name}) = 36)")),
    };
    Ok(format!("{name} {kind}{null}{default}{check}"))
}

fn insert_row(table: &str, values: &[(String, serde_json::Value)]) -> Result<Vec<Rendered>, String> {
    let columns = names(&values.iter().map(|(column, _)| column.clone()).collect::<Vec<_>>())?;
    let places = (1..=values.len()).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
    let values = values.iter().map(|(_, value)| scalar(value)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![(format!("INSERT INTO {} ({columns}) VALUES ({places})", table_name(table)?), values)])
}

fn scalar(value: &serde_json::Value) -> Result<Value, String> {
    match value {
        serde_json::Value::Null => Ok(Value::Null),
        serde_json::Value::Bool(yes) => Ok(Value::Integer(i64::from(*yes))),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map(Value::Integer)
            .ok_or_else(|| format!("{number} is no 64-bit integer; write decimals as text")),
        serde_json::Value::String(text) => Ok(Value::Text(text.clone())),
        other => Err(format!("{other} is no scalar")),
    }
}

fn literal(value: &serde_json::Value) -> Result<String, String> {
    Ok(match scalar(value)? {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        _ => "NULL".to_owned(),
    })
}

fn names(all: &[String]) -> Result<String, String> {
    let quoted = all.iter().map(|one| name(one)).collect::<Result<Vec<_>, _>>()?;
    Ok(quoted.join(", "))
}

fn table_name(text: &str) -> Result<String, String> {
    if text.starts_with("kontor_") || text.starts_with("sqlite_") {
        return Err(format!("{text}: names that begin with kontor_ or sqlite_ are the host's"));
    }
    name(text)
}

fn name(text: &str) -> Result<String, String> {
    let mut bytes = text.bytes();
    let good = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && text.len() <= 50;
    if good {
        Ok(format!("\"{text}\""))
    } else {
        Err(format!("the name {text:?} is not allowed; names are [a-z][a-z0-9_]{{0,49}}"))
    }
}
