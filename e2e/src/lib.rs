//! The running program, driven from outside: what a shop, its customers and its operator see of it.
//!
//! Nothing in here links Kontor's own crates: a test starts the program that the variable `KONTOR_BIN` names, speaks
//! HTTP with it, kills it, and reads what it left on disk. So what passes here passes with the file that users get.
//!
//! - [`shop`]: a folder with configuration and data, and the program that serves it.
//! - [`client`]: HTTP/1.1 with one connection that a test holds in its hand.
//! - [`buyers`]: many clients that buy, and remember what they were told.
//! - [`books`]: what is stored, read past the program.
//! - [`audit`]: whether both agree.
//! - [`kills`]: all of that with `kill -9` in between.
//! - [`seals`]: invoices under seals, and what somebody does to them.
//!
//! A test that cannot run here says so with [`skip::skipped`]; it never passes in silence.

#![allow(clippy::indexing_slicing, reason = "only JSON values are indexed, which gives null where nothing is")]

pub mod audit;
pub mod books;
pub mod buyers;
pub mod client;
mod compiled;
pub mod guest;
pub mod kills;
pub mod seals;
pub mod shop;
pub mod skip;
