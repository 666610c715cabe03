//! What opens databases.

use std::sync::Arc;

use kontor_contract::SqlNeeds;

use crate::{Async, Limits, Outbox, Registry, Sql, SqlError};

/// Whether a database works, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Everything works.
    Ok,
    /// Reads work, writes do not, and they will again by themselves once the reason is gone.
    ReadOnly(String),
    /// Writes have stopped until a restart; the reason, for `/readyz`.
    Stopped(String),
}

/// One function's database.
pub trait Database: Sql + Outbox {
    /// Whether it works.
    fn health(&self) -> Health;

    /// Which of these tables are not kept append-only any more, or are not there: what nothing but somebody who changes
    /// the store behind Kontor's back brings about. Looks at the store itself, not at what the migrations said.
    ///
    /// An engine that cannot say so gives an error, so that nobody takes silence for a good answer.
    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        let what = format!("this engine does not say whether {} are kept append-only", tables.join(", "));
        Box::pin(std::future::ready(Err(SqlError::Other(what))))
    }

    /// Finishes what is queued and closes. Later calls give `unavailable`.
    fn close(&self) -> Async<'_, ()>;
}

/// Why a database could not be opened or a migration not be done.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the data.
    #[error("{0}")]
    Locked(String),
    /// A migration that ran before reads otherwise now.
    #[error(
        "migration {number} of {function} was changed after it ran: it ran with hash {ran}, the component has {found}; \
         put the old text back and add a new migration"
    )]
    MigrationChanged {
        /// The function.
        function: String,
        /// The migration's number.
        number: u32,
        /// Hash of what ran.
        ran: String,
        /// Hash of what the component brings.
        found: String,
    },
    /// The migrations make no sense: numbers with gaps, a name that is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// The store cannot be reached now. Trying again later may help.
    #[error("{0}")]
    Unreachable(String),
    /// The store says no; the text says what, where, and what to do.
    #[error("{0}")]
    Store(String),
}

/// A store engine: holds a database for each function, and Kontor's own registry.
pub trait Engine: Send + Sync {
    /// The engine's name and version, for example `SQLite 3.54.0`.
    fn name(&self) -> String;

    /// Reaches the server and makes what all processes share, before anything is opened. Nothing to do for an engine
    /// without a server.
    fn reach(&self) -> Async<'_, Result<(), OpenError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Opens (or makes) the function's database and brings its schema forward. Opening it again, as another version of
    /// the function goes live, runs what is new and gives the same database. `needs` is none for a function without
    /// sql that still emits or receives events.
    fn open(
        &self,
        function: &str,
        needs: Option<SqlNeeds>,
        limits: Limits,
    ) -> Async<'_, Result<Arc<dyn Database>, OpenError>>;

    /// The databases that are there, whether their function is or not: names, sorted. Each can be opened with no needs.
    fn existing(&self) -> Result<Vec<String>, OpenError>;

    /// What Kontor itself remembers.
    fn registry(&self) -> Arc<dyn Registry>;
}
