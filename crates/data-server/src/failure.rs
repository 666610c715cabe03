//! Why something did not work, and what follows from that.

use kontor_data::SqlError;

/// Why something did not work.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The batch's own fault; what others wrote stands.
    Batch(SqlError),
    /// Nobody's fault: another transaction was in the way. The same again may work.
    Again(String),
    /// A prepared statement does not fit the schema any more: prepare it anew.
    Stale,
    /// The connection is of no use any more.
    Lost(String),
    /// The server takes no writes for now, and says why.
    Full(String),
    /// The transaction was broken by an earlier statement; that one's failure counts.
    Followed,
}

impl Failure {
    /// What the caller is told.
    #[must_use]
    pub fn answer(self) -> SqlError {
        match self {
            Self::Batch(error) => error,
            Self::Again(text) => SqlError::Busy(format!("other transactions were in the way too often: {text}")),
            Self::Stale => SqlError::Busy("the tables are just being changed; try again".to_owned()),
            Self::Lost(text) | Self::Full(text) => SqlError::Unavailable(text),
            Self::Followed => SqlError::Other("a statement failed and the server did not say why".to_owned()),
        }
    }
}

/// An error with what caused it.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}
