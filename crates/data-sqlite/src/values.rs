//! Values into SQLite and out of it. Booleans and timestamps are integers; decimals, JSON and UUIDs are text.

use kontor_data::{Value, ValueType, rules};
use rusqlite::{
    Row, Statement,
    types::{ToSqlOutput, ValueRef},
};

/// Binds the values to `?1…?n`.
pub(crate) fn bind(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), rusqlite::Error> {
    values.iter().enumerate().try_for_each(|(index, value)| statement.raw_bind_parameter(index + 1, borrowed(value)))
}

fn borrowed(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Boolean(yes) => ValueRef::Integer(i64::from(*yes)),
        Value::Integer(number) | Value::Timestamp(number) => ValueRef::Integer(*number),
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Uuid(text) => {
            ValueRef::Text(text.as_bytes())
        }
        Value::Bytes(bytes) => ValueRef::Blob(bytes),
    })
}

/// Reads a row by the types that were asked for.
///
/// # Errors
/// What is wrong, if a column is of another type.
pub(crate) fn decode(row: &Row<'_>, types: &[ValueType]) -> Result<Vec<Value>, String> {
    types.iter().enumerate().map(|(index, kind)| column(row, index, *kind)).collect()
}

fn column(row: &Row<'_>, index: usize, kind: ValueType) -> Result<Value, String> {
    let found = row.get_ref(index).map_err(|error| error.to_string())?;
    let value = match (kind, found) {
        (_, ValueRef::Null) => Some(Value::Null),
        (ValueType::Boolean, ValueRef::Integer(number @ 0..=1)) => Some(Value::Boolean(number == 1)),
        (ValueType::Integer, ValueRef::Integer(number)) => Some(Value::Integer(number)),
        (ValueType::Timestamp, ValueRef::Integer(number)) => Some(Value::Timestamp(number)),
        (ValueType::Decimal, ValueRef::Integer(number)) => Some(Value::Decimal(number.to_string())),
        (ValueType::Decimal, ValueRef::Text(bytes)) => {
            text(bytes).filter(|text| rules::is_decimal(text)).map(Value::Decimal)
        }
        (ValueType::Text, ValueRef::Text(bytes)) => text(bytes).map(Value::Text),
        (ValueType::Json, ValueRef::Text(bytes)) => text(bytes).map(Value::Json),
        (ValueType::Uuid, ValueRef::Text(bytes)) => text(bytes).filter(|text| rules::is_uuid(text)).map(Value::Uuid),
        (ValueType::Bytes, ValueRef::Blob(bytes)) => Some(Value::Bytes(bytes.to_vec())),
        _ => None,
    };
    // A float is never decoded: money would lose its last digit without anybody noticing.
    value.ok_or_else(|| format!("column {} is {} and cannot be read as {kind:?}", index + 1, found.data_type()))
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(ToOwned::to_owned)
}
