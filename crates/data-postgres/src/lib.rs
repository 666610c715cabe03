//! The ports `sql`, `events`, `documents` and `keyvalue` on PostgreSQL, for any number of processes that share a database.
//!
//! Each function has a schema and two roles of its own ([`schema`]). How batches become groups, which are retried and how
//! leases are kept is `kontor-data-server`'s; here is how a connection does it ([`session`]): pipelined flights ([`flight`]),
//! what the host adds at the end ([`closing`]), and events in the function's schema ([`events_sql`]). What an error means is
//! said in one place ([`failure`]).

mod check;
mod closing;
mod documents;
mod engine;
mod events_sql;
mod failure;
mod flight;
mod keeping;
mod keyvalue;
mod names;
mod numeric;
mod outbox_rows;
mod pipeline;
mod registry;
mod schema;
mod session;
mod store;
mod tls;
mod values;

pub use documents::PostgresDocuments;
pub use engine::{PostgresEngine, PostgresSettings};
pub use keyvalue::PostgresKeyValue;

/// One function's schema on a PostgreSQL server.
type PostgresDatabase = kontor_data_server::ServerDatabase<session::Session>;
type Shared = kontor_data_server::Shared<session::Session>;
type Pool = kontor_data_server::Pool<session::Session>;
