//! What every engine checks before it looks at the store: limits and the shape of values.

use crate::{Batch, Idempotency, Limits, NewEvent, OpenError, SqlError, Statement, Value};

/// The longest name of an event, bytes.
pub const EVENT_NAME_SIZE_MAX_BYTES: usize = 100;
/// The longest key of an event, bytes.
pub const EVENT_KEY_SIZE_MAX_BYTES: usize = 255;
/// The longest idempotency key, bytes.
pub const IDEMPOTENCY_KEY_SIZE_MAX_BYTES: usize = 255;

/// Checks a function's name. It names files, schemas and collections, and `kontor` is Kontor's own.
///
/// # Errors
/// [`OpenError::Invalid`].
pub fn check_function(name: &str) -> Result<(), OpenError> {
    let mut bytes = name.bytes();
    let good = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.len() <= 40;
    if !good {
        return Err(OpenError::Invalid(format!("{name:?} is no function's name; names are [a-z][a-z0-9-]{{0,39}}")));
    }
    if name == "kontor" {
        return Err(OpenError::Invalid("the name kontor is Kontor's own; give the function another one".to_owned()));
    }
    Ok(())
}

/// Bytes of a batch: its parameters, its texts and its events. What the queue counts.
#[must_use]
pub fn batch_size_bytes(batch: &Batch) -> usize {
    let statements: usize =
        batch.statements.iter().map(|statement| statement.text.len() + parameters_size_bytes(statement)).sum();
    let events: usize = batch.events.iter().map(|event| event.name.len() + event.key.len() + event.payload.len()).sum();
    statements + events
}

/// Bytes of a statement's parameters.
#[must_use]
pub fn parameters_size_bytes(statement: &Statement) -> usize {
    statement.parameters.iter().map(value_size_bytes).sum()
}

/// Bytes of a value; numbers count as eight.
#[must_use]
pub fn value_size_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Integer(_) | Value::Timestamp(_) => 8,
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Uuid(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

/// Checks a batch against the limits and its values' shapes; says what is wrong with which statement.
///
/// # Errors
/// [`SqlError::TooLarge`] and [`SqlError::Invalid`].
pub fn check_batch(batch: &Batch, limits: &Limits) -> Result<(), SqlError> {
    if batch.statements.len() > limits.batch_statements_max {
        return Err(too_large("statements in a batch", batch.statements.len(), limits.batch_statements_max));
    }
    if batch.events.len() > limits.batch_events_max {
        return Err(too_large("events in a batch", batch.events.len(), limits.batch_events_max));
    }
    let size: usize = batch.statements.iter().map(parameters_size_bytes).sum();
    if size > limits.batch_size_max_bytes {
        return Err(too_large("bytes of parameters in a batch", size, limits.batch_size_max_bytes));
    }
    batch.statements.iter().try_for_each(|statement| check_statement(statement, limits))?;
    batch.events.iter().try_for_each(|event| check_event(event, limits))?;
    batch.idempotency.as_ref().map_or(Ok(()), check_idempotency)
}

/// Checks one statement's size and its parameters' shapes.
///
/// # Errors
/// [`SqlError::TooLarge`] and [`SqlError::Invalid`].
pub fn check_statement(statement: &Statement, limits: &Limits) -> Result<(), SqlError> {
    if statement.text.len() > limits.statement_size_max_bytes {
        return Err(too_large("bytes of a statement's text", statement.text.len(), limits.statement_size_max_bytes));
    }
    for (index, value) in statement.parameters.iter().enumerate() {
        check_value(value).map_err(|what| SqlError::Invalid(format!("${}: {what}", index + 1)))?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Text(text) | Value::Json(text) if text.contains('\0') => {
            Err("text holds a NUL, which PostgreSQL cannot store; use bytes")
        }
        Value::Json(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() => Err("is no JSON"),
        Value::Decimal(text) if !is_decimal(text) => Err("is no decimal; write it like -12.50"),
        Value::Uuid(text) if !is_uuid(text) => Err("is no UUID of 36 lower-case characters"),
        _ => Ok(()),
    }
}

/// Whether the text is a decimal: an optional minus, digits, and optionally a point with digits behind.
#[must_use]
pub fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the text is a UUID in its usual form, lower case.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn check_event(event: &NewEvent, limits: &Limits) -> Result<(), SqlError> {
    if event.name.is_empty() || event.name.contains('\0') || event.key.contains('\0') {
        return Err(SqlError::Invalid("an event's name is empty, or its name or key holds a NUL".to_owned()));
    }
    let sizes = [
        ("bytes of an event's name", event.name.len(), EVENT_NAME_SIZE_MAX_BYTES),
        ("bytes of an event's key", event.key.len(), EVENT_KEY_SIZE_MAX_BYTES),
        ("bytes of an event's payload", event.payload.len(), limits.event_size_max_bytes),
    ];
    if let Some((what, found, most)) = sizes.into_iter().find(|(_, found, most)| found > most) {
        return Err(too_large(what, found, most));
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(&event.payload) {
        Ok(_) => Ok(()),
        Err(error) => Err(SqlError::Invalid(format!("the payload of the event {} is no JSON: {error}", event.name))),
    }
}

fn check_idempotency(idempotency: &Idempotency) -> Result<(), SqlError> {
    if idempotency.key.is_empty() {
        return Err(SqlError::Invalid("the idempotency key is empty".to_owned()));
    }
    if idempotency.key.len() > IDEMPOTENCY_KEY_SIZE_MAX_BYTES {
        return Err(too_large("bytes of an idempotency key", idempotency.key.len(), IDEMPOTENCY_KEY_SIZE_MAX_BYTES));
    }
    Ok(())
}

fn too_large(what: &str, found: usize, most: usize) -> SqlError {
    SqlError::TooLarge(format!("{what}: {found}, at most {most} are allowed"))
}
