//! The function's own database: statements, batches with guards, typed rows.

mod batch;
mod row;
mod statement;
mod value;

pub use batch::{Batch, Executed, Idempotency, Outcome};
#[doc(hidden)]
pub use row::next as next_column;
pub use row::{Column, FromRow};
pub use statement::Statement;
pub use value::{Timestamp, Value, ValueType};

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A statement touched another number of rows than expected.
    #[error("statement {statement} touched {found} rows instead of {expected}")]
    Guard {
        /// Its index in the batch.
        statement: u32,
        /// What was expected.
        expected: u64,
        /// What it touched.
        found: u64,
    },
    /// A unique key would have been broken.
    #[error("statement {statement} breaks the unique key {constraint}")]
    Conflict {
        /// Its index in the batch.
        statement: u32,
        /// The key's name from the migration; a primary key is `TABLE_pkey`.
        constraint: String,
    },
    /// The idempotency key was used before for something else.
    #[error("the idempotency key was used before for something else")]
    KeyReused,
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// The queue is full or the statement ran too long.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached or has stopped.
    #[error("the database cannot be reached")]
    Unavailable,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}
