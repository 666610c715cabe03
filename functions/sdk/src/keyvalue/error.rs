//! What can go wrong with entries, and what a client or a retry learns of it.

use crate::{Problem, Retry, log, problem::unavailable};

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The function has not declared the bucket.
    #[error("there is no such bucket; declare it with Function::bucket")]
    UnknownBucket,
    /// The entry is no 64-bit integer, or the sum would be none.
    #[error("the entry is no integer of 64 bits, or the sum would be none")]
    NotInteger,
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// Too much waits for the store.
    #[error("the entries are busy")]
    Busy,
    /// The store cannot be reached or has stopped.
    #[error("the entries cannot be reached")]
    Unavailable,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy | Error::Unavailable => unavailable(),
            other => {
                log::error(&format!("the entries refused a call: {other}"));
                Self::new(500, "function-failed", "The function failed")
                    .hint("The log says why, under the request's id.")
            }
        }
    }
}

impl From<Error> for Retry {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy | Error::Unavailable => Self::Unavailable(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}
