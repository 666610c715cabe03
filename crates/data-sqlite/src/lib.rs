//! The ports `sql`, `events`, `documents` and `keyvalue` on SQLite.
//!
//! Each function has one file. One thread writes it and takes whatever is queued into one commit ([`writer`]); queries run
//! on connections of their own ([`readers`]). What a function may ask for is checked twice: by
//! `kontor_data::statement` and by SQLite's authorizer ([`connection`]). Events lie in the same file, written by the
//! batch that makes them; whose turn it is, is kept in memory ([`outbox`]).
//!
//! Documents ([`documents`]) and entries ([`keyvalue`]) have files of their own, written in the same manner ([`store`]).

mod check;
mod clock;
mod connection;
mod database;
mod documents;
mod engine;
mod failure;
#[cfg(test)]
mod faults;
mod keyvalue;
mod outbox;
#[cfg(all(test, unix))]
mod power;
mod readers;
mod registry;
mod schema;
mod shared;
mod statements;
mod store;
mod values;
mod writer;

pub use check::SqliteCheck;
pub use database::SqliteDatabase;
pub use documents::SqliteDocuments;
pub use engine::SqliteEngine;
pub use keyvalue::SqliteKeyValue;
