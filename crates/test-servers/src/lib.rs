//! Real database servers for tests and for developing against.
//!
//! A server is started from the installed program, in a temporary folder, on a free port of 127.0.0.1, with its durability
//! on, and never as root. It ends with its owner: at `drop`, and, however the process ends, by a small shell that waits for
//! the process's end and then stops the server and removes the folder. So no server outlives a failed test.
//!
//! An environment variable (`KONTOR_TEST_POSTGRES_URL`, `…_MYSQL_…`, `…_MONGODB_…`, `…_REDIS_…`) names a server that is there already; then none is started.
//! A further kind of server is a file beside `postgres.rs` with a [`Recipe`].

mod guard;
mod mariadb;
mod mongodb;
mod place;
mod postgres;
mod redis;
mod server;

pub use mariadb::MARIADB;
pub use mongodb::MONGODB;
pub use place::Place;
pub use postgres::{POSTGRES, POSTGRES_TLS};
pub use redis::{REDIS, REDIS_CLUSTER};
pub use server::{Recipe, Server, StartError};
