//! The same cases on MariaDB: migrations and statements are written once and run as they are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds nothing shall end there"
)]

mod cases;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use kontor_data_mysql::{MysqlEngine, MysqlSettings};
use kontor_sdk::Function;
use kontor_test_servers::{MARIADB, Server};
use kontor_testing::App;

/// Each function has a database of its own on the server that all cases share.
fn app(function: Function) -> App {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| Server::find(&MARIADB).unwrap_or_else(|error| panic!("{error}")));
    let (before, _) = server.url().rsplit_once('/').unwrap();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let setup_url = format!("{before}/kf_{}_{number}", std::process::id());
    let engine = MysqlEngine::new(&MysqlSettings { setup_url, readers_max: 2 }).unwrap();
    App::on(function, Arc::new(engine))
}
