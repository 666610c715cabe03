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

/// Why something was not done with a document. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// There is one of that id already, with other content.
    #[error("the collection {collection} holds another document {id} already")]
    Conflict {
        /// The collection.
        collection: String,
        /// The document.
        id: String,
    },
    /// The document is not there in the version that was named: somebody changed or deleted it.
    #[error("the document {id} is not there in the version {expected}; {}", stale(*.found))]
    Stale {
        /// The document.
        id: String,
        /// The version that was named.
        expected: u64,
        /// The version that is there; none if the document is not.
        found: Option<u64>,
    },
    /// The collection is append-only.
    #[error("documents of {collection} can be inserted and read, and nothing else")]
    Immutable {
        /// The collection.
        collection: String,
    },
    /// The function has declared no such collection.
    #[error("there is no collection {collection:?}; declare it in the manifest")]
    UnknownCollection {
        /// What was asked for.
        collection: String,
    },
    /// No index of the collection answers this question, and it is not answered by reading everything.
    #[error("{0}")]
    NotIndexed(String),
    /// The document does not keep to the collection's schema; every fault, at most 100.
    #[error("the document does not keep to its schema: {}", faults(.0))]
    Schema(Vec<kontor_contract::Fault>),
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// Too much waits for the store. Trying again later may help.
    #[error("{0}")]
    Busy(String),
    /// The store cannot be reached, has stopped, or has no room. Trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn stale(found: Option<u64>) -> String {
    found.map_or_else(|| "there is no such document".to_owned(), |found| format!("there it has the version {found}"))
}

fn faults(all: &[kontor_contract::Fault]) -> String {
    all.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect::<Vec<_>>().join("; ")
}

/// Why something was not done with a key. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyValueError {
    /// The entry is no 64-bit integer, or the sum would be none.
    #[error("{key} cannot be incremented: it is no integer of 64 bits, or the sum would be none")]
    NotInteger {
        /// The key.
        key: String,
    },
    /// The function has declared no such bucket.
    #[error("there is no bucket {bucket:?}; declare it in the manifest")]
    UnknownBucket {
        /// What was asked for.
        bucket: String,
    },
    /// Wrong or not allowed. The text is for the developer.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// Too much waits for the store. Trying again later may help.
    #[error("{0}")]
    Busy(String),
    /// The store cannot be reached, has stopped, or has no room. Trying again later may help.
    #[error("{0}")]
    Unavailable(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}
