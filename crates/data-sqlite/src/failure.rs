//! What SQLite's errors mean.

use kontor_data::SqlError;
use rusqlite::{Error, ffi};

use crate::schema::Catalogue;

/// Why a batch or a commit did not work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The batch's own fault, seen before it wrote anything: what others wrote stands.
    Clean(SqlError),
    /// The batch's own fault, after it may have written.
    Batch(SqlError),
    /// It ran too long. Trying again at once would take as long again.
    TimedOut(SqlError),
    /// No room, on the disk or within the limit.
    Full(String),
    /// The store cannot be trusted any more.
    Broken(String),
}

impl Failure {
    /// What the caller is told.
    pub(crate) fn answer(self) -> SqlError {
        match self {
            Self::Clean(error) | Self::Batch(error) | Self::TimedOut(error) => error,
            Self::Full(reason) | Self::Broken(reason) => SqlError::Unavailable(reason),
        }
    }
}

/// Says what an error of statement number `statement` means.
pub(crate) fn of_statement(error: &Error, statement: usize, catalogue: &Catalogue, interrupted: bool) -> Failure {
    let Some(code) = error.sqlite_error() else {
        return Failure::Batch(SqlError::Invalid(format!("statement {statement}: {error}")));
    };
    let text = message(error);
    match code.extended_code & 0xff {
        ffi::SQLITE_CONSTRAINT => Failure::Batch(constraint(code.extended_code, &text, statement, catalogue)),
        ffi::SQLITE_INTERRUPT if interrupted => Failure::TimedOut(SqlError::Busy(format!(
            "statement {statement} ran longer than it may; make it smaller, or add an index"
        ))),
        ffi::SQLITE_TOOBIG => {
            Failure::Batch(SqlError::TooLarge(format!("statement {statement}: a value is too large")))
        }
        ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE | ffi::SQLITE_ERROR | ffi::SQLITE_MISUSE => {
            Failure::Batch(SqlError::Invalid(format!("statement {statement}: {text}")))
        }
        ffi::SQLITE_AUTH => Failure::Batch(SqlError::Invalid(format!(
            "statement {statement} is not allowed: it may read and write rows of the function's own tables ({text})"
        ))),
        _ => of_store(error),
    }
}

/// Says what an error of the host's own doing means.
pub(crate) fn of_store(error: &Error) -> Failure {
    let Some(code) = error.sqlite_error() else { return Failure::Batch(SqlError::Other(error.to_string())) };
    let text = message(error);
    match code.extended_code & 0xff {
        ffi::SQLITE_FULL => Failure::Full(format!(
            "the database is full: the disk has no room, or its limit is reached ({text}); make room, or raise the limit"
        )),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
            Failure::TimedOut(SqlError::Busy(format!("the database is locked ({text})")))
        }
        ffi::SQLITE_NOMEM => Failure::TimedOut(SqlError::Unavailable("the database has no memory".to_owned())),
        ffi::SQLITE_IOERR | ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB | ffi::SQLITE_CANTOPEN | ffi::SQLITE_READONLY => {
            Failure::Broken(format!("the store failed: {text} (SQLite code {})", code.extended_code))
        }
        _ => Failure::Batch(SqlError::Other(format!("{text} (SQLite code {})", code.extended_code))),
    }
}

fn message(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, text) => text.clone().unwrap_or_else(|| code.to_string()),
        Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

fn constraint(extended: i32, text: &str, statement: usize, catalogue: &Catalogue) -> SqlError {
    match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            SqlError::Conflict {
                statement: u32::try_from(statement).unwrap_or(u32::MAX),
                constraint: catalogue.constraint(text),
            }
        }
        _ => SqlError::Invalid(format!("statement {statement}: {text}")),
    }
}
