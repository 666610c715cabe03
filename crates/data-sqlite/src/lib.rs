//! The ports `sql` and `events` on SQLite.
//!
//! Each function has one file. One thread writes it and takes whatever is queued into one commit ([`writer`]); queries run
//! on connections of their own ([`readers`]). What a function may ask for is checked twice: by
//! `kontor_data::statement` and by SQLite's authorizer ([`connection`]). Events lie in the same file, written by the
//! batch that makes them; whose turn it is, is kept in memory ([`outbox`]).

mod clock;
mod connection;
mod database;
mod engine;
mod failure;
#[cfg(test)]
mod faults;
mod outbox;
mod readers;
mod registry;
mod schema;
mod shared;
mod statements;
mod values;
mod writer;

pub use database::SqliteDatabase;
pub use engine::SqliteEngine;
