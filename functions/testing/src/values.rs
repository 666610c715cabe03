//! Between the SDK's types and the port's.

use kontor_data::{SqlError, Value as PortValue, ValueType as PortType};
use kontor_sdk::sql::{Error, Statement, Value, ValueType};

pub fn statement(statement: Statement) -> kontor_data::Statement {
    kontor_data::Statement {
        text: statement.text.as_ref().into(),
        parameters: statement.parameters.into_iter().map(to_port).collect(),
        results: statement.results.iter().map(kind).collect(),
        expect_rows: statement.expect_rows,
    }
}

pub fn rows(rows: Vec<Vec<PortValue>>) -> Vec<Vec<Value>> {
    rows.into_iter().map(|row| row.into_iter().map(from_port).collect()).collect()
}

pub fn error(error: SqlError) -> Error {
    match error {
        SqlError::Guard { statement, expected, found } => Error::Guard { statement, expected, found },
        SqlError::Conflict { statement, constraint } => Error::Conflict { statement, constraint },
        SqlError::KeyReused => Error::KeyReused,
        SqlError::Invalid(why) => Error::Invalid(why),
        SqlError::TooLarge(why) => Error::TooLarge(why),
        SqlError::Busy(_) => Error::Busy,
        SqlError::Unavailable(_) => Error::Unavailable,
        SqlError::Other(why) => Error::Other(why),
    }
}

fn kind(kind: &ValueType) -> PortType {
    match kind {
        ValueType::Boolean => PortType::Boolean,
        ValueType::Integer => PortType::Integer,
        ValueType::Decimal => PortType::Decimal,
        ValueType::Text => PortType::Text,
        ValueType::Bytes => PortType::Bytes,
        ValueType::Timestamp => PortType::Timestamp,
        ValueType::Json => PortType::Json,
        ValueType::Uuid => PortType::Uuid,
    }
}

fn to_port(value: Value) -> PortValue {
    match value {
        Value::Null => PortValue::Null,
        Value::Boolean(value) => PortValue::Boolean(value),
        Value::Integer(value) => PortValue::Integer(value),
        Value::Decimal(value) => PortValue::Decimal(value),
        Value::Text(value) | Value::Other(value) => PortValue::Text(value),
        Value::Bytes(value) => PortValue::Bytes(value),
        Value::Timestamp(value) => PortValue::Timestamp(value),
        Value::Json(value) => PortValue::Json(value),
        Value::Uuid(value) => PortValue::Uuid(value),
    }
}

fn from_port(value: PortValue) -> Value {
    match value {
        PortValue::Null => Value::Null,
        PortValue::Boolean(value) => Value::Boolean(value),
        PortValue::Integer(value) => Value::Integer(value),
        PortValue::Decimal(value) => Value::Decimal(value),
        PortValue::Text(value) => Value::Text(value),
        PortValue::Bytes(value) => Value::Bytes(value),
        PortValue::Timestamp(value) => Value::Timestamp(value),
        PortValue::Json(value) => Value::Json(value),
        PortValue::Uuid(value) => Value::Uuid(value),
    }
}
