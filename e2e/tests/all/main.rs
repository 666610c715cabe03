//! The running program, driven from outside. A module's path mirrors what it tests: a URL, a verb, a promise.
//!
//! Every test has a shop of its own: a folder, ports and a process. Set `KONTOR_BIN` to the program under test;
//! `cargo xtask test` does.

#![allow(clippy::indexing_slicing, clippy::expect_used, reason = "tests may fail loudly; indexed JSON gives null")]

mod admin;
mod api;
mod durability;
mod edge;
mod engines;
mod events;
mod functions;
mod invoices;
mod purchase;
mod readme;
mod second_start;
mod verbs;

/// What a test gives back: nothing, or what went wrong.
type Tested = anyhow::Result<()>;
