//! The ports `sql` and `events` on MariaDB and MySQL, for any number of processes that share a server.
//!
//! Each function has a database and two roles of its own ([`schema`]). How batches become groups, which are retried and how
//! leases are kept is `kontor-data-server`'s; here is how a connection does it ([`session`]): texts as these servers read
//! them ([`text`]), a group's statements ([`flight`]), and what the host adds at its end ([`closing`], [`outbox`]). What an
//! error means is said in one place ([`failure`]).
//!
//! # What is set, and what would be without it
//!
//! | setting | without it |
//! |---|---|
//! | `CLIENT_FOUND_ROWS` | an update that changes nothing counts no rows, and a guard fails |
//! | a binary collation without padding | `Anna` = `anna` and `anna` = `anna ` in a unique key |
//! | `ANSI` | `"name"` is a text, and `\|\|` means or |
//! | `STRICT_ALL_TABLES` | what is too long or no number is cut or becomes 0 |
//! | `NO_BACKSLASH_ESCAPES` | the server ends a text elsewhere than the parser that checked it |
//! | `READ COMMITTED` | locks on gaps between keys, and reads of an old snapshot |
//! | `max_statement_time`, `max_execution_time` | an endless query never ends |
//! | `max_recursive_iterations`, `cte_max_recursion_depth` | a recursion ends after a thousand rounds, on MariaDB with a wrong answer |
//! | an explicit `ROLLBACK` after every error | a lock that is waited for too long (1205) undoes one statement, and the rest is committed |

mod check;
mod closing;
mod engine;
mod failure;
mod flight;
mod keeping;
mod names;
mod outbox;
mod registry;
mod schema;
mod server;
mod session;
mod text;
mod values;

pub use engine::{MysqlEngine, MysqlSettings};

/// One function's database on a server.
type MysqlDatabase = kontor_data_server::ServerDatabase<session::Session>;
type Shared = kontor_data_server::Shared<session::Session>;
