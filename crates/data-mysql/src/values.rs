//! Values to the server and out of it.
//!
//! A timestamp is a `BIGINT` of microseconds, as on the other engines; a boolean a `TINYINT`, a UUID its 36 characters.
//! Results are decoded by what was asked for, since the server gives sums as decimals and comparisons as integers.

use kontor_data::{Value, ValueType, rules};
use mysql_async::{Column, Row, consts::ColumnType};

/// The character set of bytes.
const BINARY: u16 = 63;

/// A value as a parameter.
pub(crate) fn parameter(value: &Value) -> mysql_async::Value {
    match value {
        Value::Null => mysql_async::Value::NULL,
        Value::Boolean(yes) => mysql_async::Value::Int(i64::from(*yes)),
        Value::Integer(number) | Value::Timestamp(number) => mysql_async::Value::Int(*number),
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Uuid(text) => {
            mysql_async::Value::Bytes(text.as_bytes().to_vec())
        }
        Value::Bytes(bytes) => mysql_async::Value::Bytes(bytes.clone()),
    }
}

/// Reads a row by the types that were asked for.
///
/// # Errors
/// What is wrong, if a column is of another type.
pub(crate) fn decode(row: Row, types: &[ValueType]) -> Result<Vec<Value>, String> {
    let columns = row.columns();
    let cells = row.unwrap().into_iter().zip(columns.iter());
    let read = |(index, ((cell, column), asked)): (usize, ((mysql_async::Value, &Column), &ValueType))| {
        if cell == mysql_async::Value::NULL {
            return Ok(Value::Null);
        }
        let kind = column.column_type();
        let wrong = || format!("column {} is {kind:?} and cannot be read as {asked:?}", index + 1);
        Cell { value: cell, kind, is_bytes: column.character_set() == BINARY }.read(*asked).ok_or_else(wrong)
    };
    cells.zip(types).enumerate().map(read).collect()
}

/// A column of a row, as it came.
struct Cell {
    value: mysql_async::Value,
    kind: ColumnType,
    is_bytes: bool,
}

impl Cell {
    /// Reads it as what was asked for; none if it is no such thing. A float is never decoded: money would lose its last digit
    /// without anybody noticing.
    fn read(self, asked: ValueType) -> Option<Value> {
        match asked {
            ValueType::Boolean => match self.integer()? {
                0 => Some(Value::Boolean(false)),
                1 => Some(Value::Boolean(true)),
                _ => None,
            },
            ValueType::Integer => self.integer().map(Value::Integer),
            ValueType::Timestamp => self.integer().map(Value::Timestamp),
            ValueType::Decimal => self.decimal().map(Value::Decimal),
            ValueType::Text => self.text().map(Value::Text),
            ValueType::Json => self.text().map(Value::Json),
            ValueType::Uuid => self.text().filter(|text| rules::is_uuid(text)).map(Value::Uuid),
            ValueType::Bytes => self.bytes().map(Value::Bytes),
        }
    }

    fn is_decimal(&self) -> bool {
        matches!(self.kind, ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL)
    }

    fn is_string(&self) -> bool {
        matches!(
            self.kind,
            ColumnType::MYSQL_TYPE_VARCHAR
                | ColumnType::MYSQL_TYPE_VAR_STRING
                | ColumnType::MYSQL_TYPE_STRING
                | ColumnType::MYSQL_TYPE_TINY_BLOB
                | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
                | ColumnType::MYSQL_TYPE_LONG_BLOB
                | ColumnType::MYSQL_TYPE_BLOB
                | ColumnType::MYSQL_TYPE_JSON
        )
    }

    fn digits(&self) -> Option<&str> {
        match &self.value {
            mysql_async::Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        match &self.value {
            mysql_async::Value::Int(number) => Some(*number),
            mysql_async::Value::UInt(number) => i64::try_from(*number).ok(),
            // Sums of integers are decimals here.
            mysql_async::Value::Bytes(_) if self.is_decimal() => {
                let text = self.digits()?;
                let (whole, part) = text.split_once('.').unwrap_or((text, ""));
                part.bytes().all(|digit| digit == b'0').then(|| whole.parse().ok()).flatten()
            }
            _ => None,
        }
    }

    fn decimal(self) -> Option<String> {
        match &self.value {
            mysql_async::Value::Int(number) => Some(number.to_string()),
            mysql_async::Value::UInt(number) => Some(number.to_string()),
            _ if self.is_decimal() => self.digits().map(ToOwned::to_owned),
            _ => self.text().filter(|text| rules::is_decimal(text)),
        }
    }

    fn text(self) -> Option<String> {
        // The server calls JSON binary, and sends text.
        let is_text =
            self.is_decimal() || self.kind == ColumnType::MYSQL_TYPE_JSON || (self.is_string() && !self.is_bytes);
        match self.value {
            mysql_async::Value::Bytes(bytes) if is_text => String::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    fn bytes(self) -> Option<Vec<u8>> {
        let fits = self.is_bytes && self.is_string() && self.kind != ColumnType::MYSQL_TYPE_JSON;
        match self.value {
            mysql_async::Value::Bytes(bytes) if fits => Some(bytes),
            _ => None,
        }
    }
}
