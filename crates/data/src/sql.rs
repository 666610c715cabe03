//! Statements, batches and what they give.

use std::sync::Arc;

use crate::{Async, NewEvent, SqlError};

/// A parameter or a column of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// 64-bit signed integer.
    Integer(i64),
    /// Exact decimal as text.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Microseconds since 1970 UTC.
    Timestamp(i64),
    /// A JSON document as text.
    Json(String),
    /// A UUID, 36 characters, lower case.
    Uuid(String),
}

/// What a column of a result is decoded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ValueType {
    Boolean,
    Integer,
    Decimal,
    Text,
    Bytes,
    Timestamp,
    Json,
    Uuid,
}

/// One `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// With `$1…$n` for parameters.
    pub text: Arc<str>,
    /// Values of `$1…$n`.
    pub parameters: Vec<Value>,
    /// For a query: the type of each result column.
    pub results: Vec<ValueType>,
    /// If set: touches (or returns) exactly so many rows, else the batch rolls back.
    pub expect_rows: Option<u64>,
}

/// Makes a batch safe to repeat. A key belongs to (function, operation, caller).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The operation's name, set by the host.
    pub operation: String,
    /// The caller's name, set by the host.
    pub caller: String,
    /// What the client sent, 1 to 255 bytes.
    pub key: String,
    /// Hash of what was asked for.
    pub fingerprint: Vec<u8>,
}

/// Statements that are committed together with their events, or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// In order; later ones see what earlier ones wrote.
    pub statements: Vec<Statement>,
    /// Whether the outcome is stored for repeats.
    pub idempotency: Option<Idempotency>,
    /// Stored in the same transaction.
    pub events: Vec<NewEvent>,
    /// Trace id of the request, given on to the events' receivers.
    pub trace_id: String,
}

/// A query's rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// In order, each with as many values as types were asked for.
    pub rows: Vec<Vec<Value>>,
}

/// What one statement of a batch did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Rows inserted, updated or deleted; for a query, rows returned.
    pub rows_affected: u64,
    /// A query's rows.
    pub rows: Vec<Vec<Value>>,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Executed {
    /// One for each statement, in order.
    pub outcomes: Vec<Outcome>,
    /// Whether this is the stored outcome of an earlier batch with the same key.
    pub replayed: bool,
    /// Nanoseconds that the batch waited for its turn, for traces.
    pub queued_ns: u64,
    /// Nanoseconds from its turn to the durable commit, for traces.
    pub commit_ns: u64,
}

/// The port `sql`: one function's database.
pub trait Sql: Send + Sync {
    /// Runs one `SELECT` on a reader that sees every commit acknowledged before.
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>>;

    /// Runs a batch; returns once it is durable.
    fn execute(&self, batch: Batch) -> Async<'_, Result<Executed, SqlError>>;
}
