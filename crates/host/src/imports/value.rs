//! The contract's shapes and the ports': alike, but two sets of types, since the ports know no Wasm.

use kontor_data as data;

use crate::runtime::bindings::kontor::function::sql;

/// A guest's parameter. One that a later contract added is refused.
pub(super) fn lift(value: sql::Value) -> Result<data::Value, sql::Error> {
    Ok(match value {
        sql::Value::Null => data::Value::Null,
        sql::Value::Boolean(value) => data::Value::Boolean(value),
        sql::Value::Integer(value) => data::Value::Integer(value),
        sql::Value::Decimal(value) => data::Value::Decimal(value),
        sql::Value::Text(value) => data::Value::Text(value),
        sql::Value::Bytes(value) => data::Value::Bytes(value),
        sql::Value::Timestamp(value) => data::Value::Timestamp(value),
        sql::Value::Json(value) => data::Value::Json(value),
        sql::Value::Uuid(value) => data::Value::Uuid(value),
        sql::Value::Other(kind) => {
            return Err(sql::Error::Invalid(format!("a parameter has the type {kind}, which this host does not know")));
        }
    })
}

fn lower(value: data::Value) -> sql::Value {
    match value {
        data::Value::Null => sql::Value::Null,
        data::Value::Boolean(value) => sql::Value::Boolean(value),
        data::Value::Integer(value) => sql::Value::Integer(value),
        data::Value::Decimal(value) => sql::Value::Decimal(value),
        data::Value::Text(value) => sql::Value::Text(value),
        data::Value::Bytes(value) => sql::Value::Bytes(value),
        data::Value::Timestamp(value) => sql::Value::Timestamp(value),
        data::Value::Json(value) => sql::Value::Json(value),
        data::Value::Uuid(value) => sql::Value::Uuid(value),
    }
}

fn value_type(kind: sql::ValueType) -> data::ValueType {
    match kind {
        sql::ValueType::Boolean => data::ValueType::Boolean,
        sql::ValueType::Integer => data::ValueType::Integer,
        sql::ValueType::Decimal => data::ValueType::Decimal,
        sql::ValueType::Text => data::ValueType::Text,
        sql::ValueType::Bytes => data::ValueType::Bytes,
        sql::ValueType::Timestamp => data::ValueType::Timestamp,
        sql::ValueType::Json => data::ValueType::Json,
        sql::ValueType::Uuid => data::ValueType::Uuid,
    }
}

/// A guest's statement.
pub(super) fn statement(statement: sql::Statement) -> Result<data::Statement, sql::Error> {
    Ok(data::Statement {
        text: statement.text.into(),
        parameters: statement.parameters.into_iter().map(lift).collect::<Result<_, _>>()?,
        results: statement.results.into_iter().map(value_type).collect(),
        expect_rows: statement.expect_rows,
    })
}

/// A guest's event.
pub(super) fn event(event: sql::NewEvent) -> data::NewEvent {
    data::NewEvent { name: event.name, key: event.key, payload: event.payload }
}

/// A query's rows, for the guest.
pub(super) fn rows(rows: Vec<Vec<data::Value>>) -> Vec<Vec<sql::Value>> {
    rows.into_iter().map(|row| row.into_iter().map(lower).collect()).collect()
}

/// What a batch did, for the guest.
pub(super) fn executed(executed: data::Executed) -> sql::Executed {
    let outcome =
        |outcome: data::Outcome| sql::Outcome { rows_affected: outcome.rows_affected, rows: rows(outcome.rows) };
    sql::Executed { outcomes: executed.outcomes.into_iter().map(outcome).collect(), replayed: executed.replayed }
}

/// What went wrong, for the guest. Why a store is away is the operator's business and stays in the log.
pub(super) fn error(error: data::SqlError) -> sql::Error {
    match error {
        data::SqlError::Guard { statement, expected, found } => {
            sql::Error::Guard(sql::GuardFailure { statement, expected, found })
        }
        data::SqlError::Conflict { statement, constraint } => {
            sql::Error::Conflict(sql::ConflictFailure { statement, constraint })
        }
        data::SqlError::KeyReused => sql::Error::KeyReused,
        data::SqlError::Invalid(text) => sql::Error::Invalid(text),
        data::SqlError::TooLarge(text) => sql::Error::TooLarge(text),
        data::SqlError::Busy(_) => sql::Error::Busy,
        data::SqlError::Unavailable(_) => sql::Error::Unavailable,
        data::SqlError::Other(text) => sql::Error::Other(text),
    }
}
