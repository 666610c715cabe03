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
mod postgres;
mod remote;
mod sqlite;
