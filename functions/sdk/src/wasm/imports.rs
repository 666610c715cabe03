//! What the host gives.

pub(crate) mod documents;
pub(crate) mod keyvalue;

use super::bindings::kontor::function::{
    answer as host_answer, config as host_config, events as host_events, http as host_http, log as host_log,
    sql as host,
};
use crate::{
    answer,
    events::NewEvent,
    http,
    log::Level,
    sql::{Batch, Error, Executed, Outcome, Statement, Value, ValueType},
};

/// Runs a query.
///
/// # Errors
/// As the host says.
pub fn query(statement: Statement) -> Result<Vec<Vec<Value>>, Error> {
    let parameters: Vec<_> = statement.parameters.iter().map(to_host).collect();
    let results: Vec<_> = statement.results.iter().copied().map(to_type).collect();
    let asked = host::Statement {
        text: &statement.text,
        parameters: &parameters,
        results: &results,
        expect_rows: statement.expect_rows,
    };
    host::query(asked).map(|rows| to_rows(rows.rows)).map_err(to_error)
}

/// Runs a batch. Nothing is copied on the way to the host: what it reads is borrowed, and all parameters share one list.
///
/// # Errors
/// As the host says.
pub fn execute(batch: Batch) -> Result<Executed, Error> {
    let count = batch.statements.iter().map(|statement| statement.parameters.len()).sum();
    let mut parameters = Vec::with_capacity(count);
    parameters.extend(batch.statements.iter().flat_map(|statement| &statement.parameters).map(to_host));
    let results: Vec<Vec<host::ValueType>> =
        batch.statements.iter().map(|statement| statement.results.iter().copied().map(to_type).collect()).collect();
    let mut rest = parameters.as_slice();
    let mut statements = Vec::with_capacity(batch.statements.len());
    for (statement, results) in batch.statements.iter().zip(&results) {
        let (parameters, others) = rest.split_at_checked(statement.parameters.len()).unwrap_or((rest, &[]));
        rest = others;
        let (text, expect_rows) = (&*statement.text, statement.expect_rows);
        statements.push(host::Statement { text, parameters, results, expect_rows });
    }
    let events: Vec<_> = batch.events.iter().map(to_event).collect();
    let idempotency = batch
        .idempotency
        .as_ref()
        .map(|idempotency| host::Idempotency { key: &idempotency.key, fingerprint: &idempotency.fingerprint });
    let executed =
        host::execute(host::Batch { statements: &statements, idempotency, events: &events }).map_err(to_error)?;
    let outcome =
        |outcome: host::Outcome| Outcome { rows_affected: outcome.rows_affected, rows: to_rows(outcome.rows) };
    Ok(Executed { outcomes: executed.outcomes.into_iter().map(outcome).collect(), replayed: executed.replayed })
}

/// Stores events by themselves.
///
/// # Errors
/// As the host says.
pub fn publish(events: Vec<NewEvent>) -> Result<(), Error> {
    let events: Vec<_> = events.iter().map(to_event).collect();
    host_events::publish(&events).map_err(to_error)
}

/// A configuration value.
#[must_use]
pub fn config(key: &str) -> Option<String> {
    host_config::get(key)
}

/// Sends a request to another server or function.
///
/// # Errors
/// As the host says.
pub fn send(request: http::Outgoing) -> Result<http::Reply, http::Error> {
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let asked = host_http::Outgoing {
        method: &request.method,
        url: &request.url,
        headers: &headers,
        body: &request.body,
        timeout_ms: request.timeout.map(|timeout| u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)),
    };
    match host_http::send(asked) {
        Ok(host_http::Incoming { status, headers, body }) => Ok(http::Reply { status, headers, body }),
        Err(error) => Err(to_http_error(error)),
    }
}

fn to_http_error(error: host_http::Error) -> http::Error {
    match error {
        host_http::Error::Denied(why) => http::Error::Denied(why),
        host_http::Error::Invalid(why) => http::Error::Invalid(why),
        host_http::Error::TooLarge(what) => http::Error::TooLarge(what),
        host_http::Error::Timeout => http::Error::Timeout,
        host_http::Error::Unreachable(why) => http::Error::Unreachable(why),
        host_http::Error::Busy => http::Error::Busy,
        host_http::Error::Other(why) => http::Error::Other(why),
    }
}

/// Writes a line of the log.
pub fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => host_log::Level::Debug,
        Level::Info => host_log::Level::Info,
        Level::Warn => host_log::Level::Warn,
        Level::Error => host_log::Level::Error,
    };
    host_log::write(level, message);
}

/// µs since 1970 UTC.
#[must_use]
pub fn now_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}

/// A long answer under way.
pub struct Sink(host_answer::Sink);

/// Sends status and headers.
///
/// # Errors
/// As the host says.
pub fn begin_answer(status: u16, headers: Vec<(String, String)>) -> Result<Sink, answer::Error> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host_answer::Sink::begin(status, &headers).map(Sink).map_err(to_answer_error)
}

impl Sink {
    /// Sends a chunk.
    ///
    /// # Errors
    /// As the host says.
    pub fn write(&self, chunk: &[u8]) -> Result<(), answer::Error> {
        self.0.write(chunk).map_err(to_answer_error)
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// As the host says.
    pub fn finish(self) -> Result<(), answer::Error> {
        self.0.finish().map_err(to_answer_error)
    }
}

fn to_answer_error(error: host_answer::Error) -> answer::Error {
    match error {
        host_answer::Error::Closed => answer::Error::Closed,
        host_answer::Error::AlreadyBegun => answer::Error::AlreadyBegun,
        host_answer::Error::Other(why) => answer::Error::Other(why),
    }
}

fn to_event(event: &NewEvent) -> host::NewEvent<'_> {
    host::NewEvent { name: &event.name, key: &event.key, payload: &event.payload }
}

fn to_type(kind: ValueType) -> host::ValueType {
    match kind {
        ValueType::Boolean => host::ValueType::Boolean,
        ValueType::Integer => host::ValueType::Integer,
        ValueType::Decimal => host::ValueType::Decimal,
        ValueType::Text => host::ValueType::Text,
        ValueType::Bytes => host::ValueType::Bytes,
        ValueType::Timestamp => host::ValueType::Timestamp,
        ValueType::Json => host::ValueType::Json,
        ValueType::Uuid => host::ValueType::Uuid,
    }
}

fn to_rows(rows: Vec<Vec<host::ValueResult>>) -> Vec<Vec<Value>> {
    rows.into_iter().map(|row| row.into_iter().map(from_host).collect()).collect()
}

fn to_host(value: &Value) -> host::ValueParam<'_> {
    match value {
        Value::Null => host::ValueParam::Null,
        Value::Boolean(value) => host::ValueParam::Boolean(*value),
        Value::Integer(value) => host::ValueParam::Integer(*value),
        Value::Decimal(value) => host::ValueParam::Decimal(value),
        Value::Text(value) => host::ValueParam::Text(value),
        Value::Bytes(value) => host::ValueParam::Bytes(value),
        Value::Timestamp(value) => host::ValueParam::Timestamp(*value),
        Value::Json(value) => host::ValueParam::Json(value),
        Value::Uuid(value) => host::ValueParam::Uuid(value),
        Value::Other(value) => host::ValueParam::Other(value),
    }
}

fn from_host(value: host::ValueResult) -> Value {
    match value {
        host::ValueResult::Null => Value::Null,
        host::ValueResult::Boolean(value) => Value::Boolean(value),
        host::ValueResult::Integer(value) => Value::Integer(value),
        host::ValueResult::Decimal(value) => Value::Decimal(value),
        host::ValueResult::Text(value) => Value::Text(value),
        host::ValueResult::Bytes(value) => Value::Bytes(value),
        host::ValueResult::Timestamp(value) => Value::Timestamp(value),
        host::ValueResult::Json(value) => Value::Json(value),
        host::ValueResult::Uuid(value) => Value::Uuid(value),
        host::ValueResult::Other(value) => Value::Other(value),
    }
}

fn to_error(error: host::Error) -> Error {
    match error {
        host::Error::Guard(failure) => {
            Error::Guard { statement: failure.statement, expected: failure.expected, found: failure.found }
        }
        host::Error::Conflict(failure) => {
            Error::Conflict { statement: failure.statement, constraint: failure.constraint }
        }
        host::Error::KeyReused => Error::KeyReused,
        host::Error::Invalid(why) => Error::Invalid(why),
        host::Error::TooLarge(what) => Error::TooLarge(what),
        host::Error::Busy => Error::Busy,
        host::Error::Unavailable => Error::Unavailable,
        host::Error::Other(why) => Error::Other(why),
    }
}
