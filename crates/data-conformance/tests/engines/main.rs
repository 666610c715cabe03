//! The engines that the suite runs on. A new one is a stand and a line in its module.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "the whole file is a test"
)]

mod mariadb;
mod memory;
mod mongodb;
mod postgres;
mod redis;
mod remote;
mod sqlite;

use std::{io::Write as _, sync::Arc};

use kontor_test_servers::{Recipe, Server, StartError};

/// A server of the test's own, which it may kill. Where one is named by its address but not installed, there is none, and
/// `cargo xtask test` counts what is noted in its file as skipped.
fn own(recipe: &'static Recipe) -> Option<Arc<Server>> {
    match Server::start(recipe) {
        Ok(server) => Some(Arc::new(server)),
        Err(error @ StartError::Missing { .. }) if std::env::var_os(recipe.variable).is_some() => {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            if let Some(file) = std::env::var_os("KONTOR_SKIP_FILE") {
                let mut file = std::fs::File::options().append(true).open(file).unwrap();
                writeln!(file, "{name}: {error}").unwrap();
            }
            None
        }
        Err(error) => panic!("{error}"),
    }
}
