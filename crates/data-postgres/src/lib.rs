//! The ports `sql`, `events`, `documents` and `keyvalue` on PostgreSQL, for any number of processes that share a database.
//!
//! Each function has a schema and two roles of its own ([`schema`]). Its batches wait for a lane ([`lane`]), which takes
//! whatever is queued into one pipelined transaction; queries run on a pool of connections ([`readers`]). Events lie in the
//! function's schema, written by the batch that makes them; leases are rows, so that processes share the deliveries
//! ([`events_sql`]), and a watch frees what dead processes held ([`watch`]). What an error means is said in one place
//! ([`failure`]).

mod check;
mod checked;
mod database;
mod documents;
mod engine;
mod events_sql;
mod failure;
mod heat;
mod keyvalue;
mod lane;
mod names;
mod numeric;
mod outbox_rows;
mod pipeline;
mod pool;
mod readers;
mod registry;
mod schema;
mod session;
mod shared;
mod store;
mod tls;
mod values;
mod watch;

pub use database::PostgresDatabase;
pub use documents::PostgresDocuments;
pub use engine::{PostgresEngine, PostgresSettings};
pub use keyvalue::PostgresKeyValue;
