//! What is MariaDB's and MySQL's own about the engine, on a real server: settings, rights, migrations, outages. What the ports
//! promise everywhere is in `data-conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod isolation;
mod migrations;
mod outage;
mod portable;
mod processes;
mod server;
mod settings;
