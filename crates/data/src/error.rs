//! What can go wrong, and what it means. Engines translate into this and nothing else.

/// Why a statement or a batch was not done. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
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
    /// The idempotency key was used before with another fingerprint.
    #[error("the idempotency key was used before for something else")]
    KeyReused,
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// The queue is full or the statement ran too long. Trying again later may help.
    #[error("{0}")]
    Busy(String),
    /// The database cannot be reached, has stopped, or has no room. Trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}
