//! What can go wrong with documents, and what a client or a retry learns of it.

use crate::{Fault, Problem, Retry, log, problem::unavailable};

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is a document of that id already, with other content.
    #[error("there is another document of that id already")]
    Conflict,
    /// Somebody changed or deleted the document meanwhile: read it again and decide anew.
    #[error("the document is not there in the version {expected}")]
    Stale {
        /// The version that was named.
        expected: u64,
        /// The version that is there; none if there is no such document.
        found: Option<u64>,
    },
    /// The collection is append-only.
    #[error("documents of this collection can be inserted and read, and nothing else")]
    Immutable,
    /// The function has not declared the collection.
    #[error("there is no such collection; declare it with Function::collection")]
    UnknownCollection,
    /// No index answers the question; the text names the one that would.
    #[error("{0}")]
    NotIndexed(String),
    /// The document does not keep to its collection's schema.
    #[error("the document does not keep to its schema: {}", .0.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect::<Vec<_>>().join("; "))]
    Schema(Vec<Fault>),
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// Too much waits for the store.
    #[error("the documents are busy")]
    Busy,
    /// The store cannot be reached or has stopped.
    #[error("the documents cannot be reached")]
    Unavailable,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy | Error::Unavailable => unavailable(),
            Error::Stale { found: None, .. } => Self::new(404, "not-found", "There is no such document"),
            Error::Stale { .. } => Self::new(409, "changed-meanwhile", "Somebody else changed it meanwhile")
                .hint("Read it again, and send the change with the version that is there now."),
            Error::Conflict => Self::new(409, "already-there", "There is another one of that id already"),
            other => {
                log::error(&format!("the documents refused a call: {other}"));
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
