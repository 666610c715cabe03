//! What every engine checks of a migration before it renders it: names, keys, order, and that what ran reads as it did.

use std::fmt::Write as _;

use kontor_contract::schema::{Column, ColumnType, Index, Migration, Step, Table};
use sha2::{Digest, Sha256};

use crate::OpenError;

/// SHA-256 of the migration's JSON, in hexadecimal.
///
/// # Errors
/// [`OpenError::Invalid`] if it cannot be written as JSON.
pub fn hash(migration: &Migration) -> Result<String, OpenError> {
    let text = serde_json::to_vec(migration).map_err(|error| OpenError::Invalid(error.to_string()))?;
    Ok(Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// What is left to run of `migrations`, each with its hash, where `ran` are the hashes of what ran, in order. An older
/// version of a function knows fewer than ran; that is no fault, since every version has to run on the newer schema.
///
/// # Errors
/// [`OpenError::Invalid`] for gaps in the numbers, [`OpenError::MigrationChanged`] for one that ran with another text.
pub fn pending<'a>(
    function: &str,
    migrations: &'a [Migration],
    ran: &[String],
) -> Result<Vec<(&'a Migration, String)>, OpenError> {
    let mut left = Vec::new();
    for (index, migration) in migrations.iter().enumerate() {
        if migration.number as usize != index + 1 {
            return Err(OpenError::Invalid(format!(
                "migration {} of {function} stands where number {} belongs; number them from 1 without gaps",
                migration.number,
                index + 1
            )));
        }
        let found = hash(migration)?;
        match ran.get(index) {
            None => left.push((migration, found)),
            Some(ran) if *ran == found => {}
            Some(ran) => {
                return Err(OpenError::MigrationChanged {
                    function: function.to_owned(),
                    number: migration.number,
                    ran: ran.clone(),
                    found,
                });
            }
        }
    }
    Ok(left)
}

/// Whether a step can be rendered on every engine; an error says what is wrong with it.
///
/// # Errors
/// The fault, for a person.
pub fn check(step: &Step) -> Result<(), String> {
    match step {
        Step::CreateTable(table) => check_table(table),
        Step::AddColumn { table, column } => {
            if !column.nullable && column.default.is_none() {
                return Err(format!("the new column {table}.{} must be nullable or have a default", column.name));
            }
            table_name(table)?;
            check_column(column)
        }
        Step::CreateIndex { table, index } => {
            table_name(table)?;
            check_index(index)
        }
        Step::InsertRow { table, values } => {
            table_name(table)?;
            values.iter().try_for_each(|(column, value)| {
                name(column)?;
                scalar(value)
            })
        }
    }
}

fn check_table(table: &Table) -> Result<(), String> {
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
    table_name(&table.name)?;
    table.columns.iter().try_for_each(check_column)?;
    check_key(table, &format!("the primary key of {}", table.name), &table.primary_key)?;
    table.indexes.iter().try_for_each(|index| {
        check_index(index)?;
        check_key(table, &format!("the index {}", index.name), &index.columns)
    })
}

/// A key of MySQL's has 3,072 bytes, of which each byte of a text takes four.
const KEY_SIZE_MAX_BYTES: usize = 3_072;

fn check_key(table: &Table, what: &str, columns: &[String]) -> Result<(), String> {
    let mut size_bytes = 0;
    for name in columns {
        let Some(column) = table.columns.iter().find(|column| column.name == *name) else {
            return Err(format!("{what} names {name}, which is no column of {}", table.name));
        };
        size_bytes += match column.kind {
            ColumnType::KeyText(most) => usize::from(most) * 4,
            ColumnType::Uuid => 36 * 4,
            ColumnType::Decimal(..) => 32,
            ColumnType::Boolean | ColumnType::Integer | ColumnType::Timestamp => 8,
            ColumnType::Text | ColumnType::Bytes | ColumnType::Json => {
                return Err(format!("{what} cannot have {name}, which may be of any length; use a key text"));
            }
        };
    }
    if size_bytes > KEY_SIZE_MAX_BYTES {
        return Err(format!(
            "{what} may take {size_bytes} bytes, and a key has at most {KEY_SIZE_MAX_BYTES} on MySQL, where a key text takes \
             four times its length; shorten its texts"
        ));
    }
    Ok(())
}

fn check_index(index: &Index) -> Result<(), String> {
    if index.columns.is_empty() {
        return Err(format!("the index {} has no columns", index.name));
    }
    table_name(&index.name)?;
    index.columns.iter().try_for_each(|column| name(column))
}

fn check_column(column: &Column) -> Result<(), String> {
    name(&column.name)?;
    if let ColumnType::KeyText(most) = column.kind
        && !(1..=255).contains(&most)
    {
        return Err(format!("{} is a key text of {most} bytes; 1 to 255 are allowed", column.name));
    }
    column.default.as_ref().map_or(Ok(()), scalar)
}

fn scalar(value: &serde_json::Value) -> Result<(), String> {
    match value {
        serde_json::Value::Number(number) if number.as_i64().is_none() => {
            Err(format!("{number} is no 64-bit integer; write decimals as text"))
        }
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => Err(format!("{value} is no scalar")),
        _ => Ok(()),
    }
}

fn table_name(text: &str) -> Result<(), String> {
    if text.starts_with("kontor_") || text.starts_with("sqlite_") {
        return Err(format!("{text}: names that begin with kontor_ or sqlite_ are the host's"));
    }
    name(text)
}

fn name(text: &str) -> Result<(), String> {
    let mut bytes = text.bytes();
    let good = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && text.len() <= 50;
    if good { Ok(()) } else { Err(format!("the name {text:?} is not allowed; names are [a-z][a-z0-9_]{{0,49}}")) }
}
