//! What PostgreSQL's errors mean. Codes: PostgreSQL's documentation, appendix A.

use kontor_data::SqlError;
use kontor_data_server::{Failure, chain};
use tokio_postgres::{Error, error::DbError};

/// Says what an error of statement number `index` means.
pub(crate) fn of_statement(error: &Error, index: usize) -> Failure {
    let Some(db) = error.as_db_error() else { return of_connection(error) };
    let text = || format!("statement {index}: {}", message(db));
    let code = db.code().code();
    match code {
        "23505" => Failure::Batch(SqlError::Conflict {
            statement: u32::try_from(index).unwrap_or(u32::MAX),
            constraint: db.constraint().unwrap_or("of an unknown name").to_owned(),
        }),
        "42501" => Failure::Batch(SqlError::Invalid(format!(
            "statement {index} is not allowed: it may read and write rows of the function's own tables, and of append-only \
             ones only insert and read ({})",
            db.message()
        ))),
        "57014" => Failure::Batch(SqlError::Busy(format!(
            "statement {index} ran longer than it may; make it smaller, or add an index"
        ))),
        "0A000" if db.message().starts_with("cached plan must not change") => Failure::Stale,
        // The server fell back to reading alone: a standby took over, or an operator set it so.
        "25006" => Failure::Lost(format!("PostgreSQL takes no writes: {}", db.message())),
        _ => match code.get(..2).unwrap_or_default() {
            "22" | "23" | "42" | "0A" | "21" | "25" if code != "25P02" => Failure::Batch(SqlError::Invalid(text())),
            "54" => Failure::Batch(SqlError::TooLarge(text())),
            _ => of_server(db),
        },
    }
}

/// Says what an error of the host's own doing means.
pub(crate) fn of_host(error: &Error) -> Failure {
    error.as_db_error().map_or_else(|| of_connection(error), of_server)
}

fn of_connection(error: &Error) -> Failure {
    Failure::Lost(format!("the connection to PostgreSQL was lost: {}", chain(error)))
}

fn of_server(db: &DbError) -> Failure {
    let text = || format!("PostgreSQL says: {} (code {})", message(db), db.code().code());
    match db.code().code() {
        "25P02" => Failure::Followed,
        // Of the host's own statements: a record or an id that another process wrote meanwhile; the next try finds it.
        "40001" | "40P01" | "55P03" | "23505" => Failure::Again(text()),
        "53100" => Failure::Full(format!("the disk of PostgreSQL is full: {}; make room", db.message())),
        "57014" => Failure::Batch(SqlError::Busy("PostgreSQL took longer than it may".to_owned())),
        "25P03" => Failure::Lost(text()),
        code => match code.get(..2).unwrap_or_default() {
            "08" | "57" | "53" => Failure::Lost(text()),
            _ => Failure::Batch(SqlError::Other(text())),
        },
    }
}

fn message(db: &DbError) -> String {
    match db.hint() {
        Some(hint) => format!("{} ({hint})", db.message()),
        None => db.message().to_owned(),
    }
}

/// Why a connection could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where, and what is wrong.
    pub(crate) what: String,
    /// What a person does about it.
    pub(crate) mend: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}; {}", self.what, self.mend)
    }
}

/// Says why a connection could not be made.
pub(crate) fn of_connecting(error: &Error, where_to: &str) -> Refused {
    let Some(db) = error.as_db_error() else {
        let text = chain(error);
        let mend = if text.contains("does not support TLS") {
            "let the server encrypt (ssl = on), or write sslmode=disable in the address if the network is your own"
        } else if text.contains("certificate") {
            "set engines.postgres.ca_file to the certificate of the server's authority, and name the host in the address as \
             the certificate does"
        } else {
            "start it, or correct the address"
        };
        return Refused { what: format!("PostgreSQL at {where_to} cannot be reached: {text}"), mend: mend.to_owned() };
    };
    let mend = match db.code().code() {
        "28P01" | "28000" if db.message().contains("no encryption") => {
            "if it takes encrypted connections only, write sslmode=require or verify-full in the address; else allow this \
             address in pg_hba.conf"
        }
        "28P01" => "the password is wrong; correct it in the address",
        "28000" => "the role may not log in from here; create it, or allow it in pg_hba.conf",
        "3D000" => "create the database, or correct its name in the address",
        "53300" => "raise max_connections, or lower the pool's size",
        "57P03" => "it is starting or stopping; this is tried again",
        "42501" => "grant the role CONNECT on the database",
        _ => "see the server's log",
    };
    let what = format!("PostgreSQL at {where_to} refuses the connection: {}", db.message());
    Refused { what, mend: mend.to_owned() }
}
