//! Values into PostgreSQL and out of it.
//!
//! A timestamp is a `bigint` of microseconds, as on the other engines: texts may compute with it alike everywhere, and no
//! value is out of range. Results are decoded by what was asked for, since servers give sums and counts as they like.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use kontor_data::{Value, ValueType, rules};
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::numeric;

/// From 1970 to 2000, where PostgreSQL's own timestamps begin: microseconds.
const EPOCH_2000_US: i64 = 946_684_800_000_000;

/// The type that a parameter is announced with; unknown for null, which fits every type.
pub(crate) fn announced(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Boolean(_) => Type::BOOL,
        Value::Integer(_) | Value::Timestamp(_) => Type::INT8,
        Value::Decimal(_) => Type::NUMERIC,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        Value::Json(_) => Type::JSONB,
        Value::Uuid(_) => Type::UUID,
    }
}

/// Whether the value can be sent as a parameter of that type.
pub(crate) fn fits(value: &Value, kind: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Boolean(_) => *kind == Type::BOOL,
        Value::Integer(number) | Value::Timestamp(number) => match *kind {
            Type::INT8 | Type::NUMERIC => true,
            Type::INT4 => i32::try_from(*number).is_ok(),
            Type::INT2 => i16::try_from(*number).is_ok(),
            _ => false,
        },
        Value::Decimal(_) => *kind == Type::NUMERIC,
        Value::Text(text) => is_text(kind) || (*kind == Type::UUID && rules::is_uuid(text)),
        Value::Bytes(_) => *kind == Type::BYTEA,
        Value::Json(_) => matches!(*kind, Type::JSONB | Type::JSON) || is_text(kind),
        Value::Uuid(_) => *kind == Type::UUID || is_text(kind),
    }
}

fn is_text(kind: &Type) -> bool {
    matches!(*kind, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

/// A value on its way to a server, for a type that it [`fits`].
#[derive(Debug)]
pub(crate) struct Parameter<'a>(pub(crate) &'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Boolean(yes) => out.put_u8(u8::from(*yes)),
            Value::Integer(number) | Value::Timestamp(number) => match *kind {
                Type::INT8 => out.put_i64(*number),
                Type::INT4 => out.put_i32(i32::try_from(*number)?),
                Type::INT2 => out.put_i16(i16::try_from(*number)?),
                _ => out.put_slice(number.to_string().as_bytes()),
            },
            Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Uuid(text) => {
                out.put_slice(text.as_bytes());
            }
            Value::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, kind: &Type) -> Format {
        let binary = match self.0 {
            Value::Boolean(_) | Value::Bytes(_) => true,
            Value::Integer(_) | Value::Timestamp(_) => *kind != Type::NUMERIC,
            _ => false,
        };
        if binary { Format::Binary } else { Format::Text }
    }

    to_sql_checked!();
}

/// A column of a row, as it came.
pub(crate) struct Cell<'a> {
    kind: Type,
    raw: &'a [u8],
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self { kind: kind.clone(), raw })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Cell<'_> {
    /// Reads it as what was asked for; none if it is no such thing.
    fn read(&self, asked: ValueType) -> Option<Value> {
        // A float is never decoded: money would lose its last digit without anybody noticing.
        match asked {
            ValueType::Boolean => match self.integer()? {
                0 => Some(Value::Boolean(false)),
                1 => Some(Value::Boolean(true)),
                _ => None,
            },
            ValueType::Integer => self.integer().map(Value::Integer),
            ValueType::Timestamp => self.timestamp().map(Value::Timestamp),
            ValueType::Decimal => self.decimal().map(Value::Decimal),
            ValueType::Text => self.text().map(Value::Text),
            ValueType::Json => self.text().map(Value::Json),
            ValueType::Uuid => self.text().filter(|text| rules::is_uuid(text)).map(Value::Uuid),
            ValueType::Bytes => (self.kind == Type::BYTEA).then(|| Value::Bytes(self.raw.to_vec())),
        }
    }

    fn integer(&self) -> Option<i64> {
        match self.kind {
            Type::INT8 => self.raw.try_into().ok().map(i64::from_be_bytes),
            Type::INT4 => self.raw.try_into().ok().map(i32::from_be_bytes).map(i64::from),
            Type::INT2 => self.raw.try_into().ok().map(i16::from_be_bytes).map(i64::from),
            Type::BOOL => self.raw.first().map(|byte| i64::from(*byte)),
            // Sums of integers are numeric here.
            Type::NUMERIC => {
                let text = numeric::to_text(self.raw)?;
                let whole = text.split_once('.').map_or(Some(text.as_str()), |(whole, part)| {
                    part.bytes().all(|digit| digit == b'0').then_some(whole)
                })?;
                whole.parse().ok()
            }
            _ => None,
        }
    }

    fn timestamp(&self) -> Option<i64> {
        match self.kind {
            Type::TIMESTAMPTZ | Type::TIMESTAMP => {
                self.raw.try_into().ok().map(i64::from_be_bytes)?.checked_add(EPOCH_2000_US)
            }
            _ => self.integer(),
        }
    }

    fn decimal(&self) -> Option<String> {
        match self.kind {
            Type::NUMERIC => numeric::to_text(self.raw),
            Type::BOOL => None,
            _ if is_text(&self.kind) => self.text().filter(|text| rules::is_decimal(text)),
            _ => self.integer().map(|number| number.to_string()),
        }
    }

    fn text(&self) -> Option<String> {
        let raw = match self.kind {
            Type::NUMERIC => return numeric::to_text(self.raw),
            Type::UUID => return uuid(self.raw),
            // The first byte is the form's version.
            Type::JSONB => self.raw.split_first().filter(|(version, _)| **version == 1)?.1,
            Type::JSON => self.raw,
            _ if is_text(&self.kind) => self.raw,
            _ => return None,
        };
        std::str::from_utf8(raw).ok().map(ToOwned::to_owned)
    }
}

fn uuid(raw: &[u8]) -> Option<String> {
    let raw: [u8; 16] = raw.try_into().ok()?;
    let hex = format!("{:032x}", u128::from_be_bytes(raw));
    let part = |from, to| hex.get(from..to);
    Some(format!("{}-{}-{}-{}-{}", part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?))
}

/// Reads a row by the types that were asked for.
///
/// # Errors
/// What is wrong, if a column is of another type.
pub(crate) fn decode(row: &tokio_postgres::Row, types: &[ValueType]) -> Result<Vec<Value>, String> {
    types.iter().enumerate().map(|(index, asked)| column(row, index, *asked)).collect()
}

fn column(row: &tokio_postgres::Row, index: usize, asked: ValueType) -> Result<Value, String> {
    let cell: Option<Cell<'_>> = row.try_get(index).map_err(|error| error.to_string())?;
    let Some(cell) = cell else { return Ok(Value::Null) };
    cell.read(asked).ok_or_else(|| format!("column {} is {} and cannot be read as {asked:?}", index + 1, cell.kind))
}
