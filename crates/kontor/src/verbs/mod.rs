//! One file per verb.

pub mod config;
pub mod deploy;
pub mod doctor;
pub mod events;
pub mod functions;
pub mod health;
mod logs;
pub mod new;
pub mod openapi;
mod remote;
pub mod seals;
pub mod serve;
pub mod sign;
pub mod simulate;
pub mod tokens;
mod usage;
pub mod verify;

use std::future::Future;

use anyhow::{Context, Result};

/// Runs a command that is done soon, on this thread alone.
fn run<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(command)
}

/// A moment as people read it: RFC 3339, UTC, in seconds.
fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |moment| format!("{moment:.0}"))
}

/// Prints a table whose columns are as wide as they need to be.
fn print_table(head: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let head: Vec<String> = head.iter().map(|&title| title.to_owned()).collect();
    let lines = || std::iter::once(&head).chain(rows);
    let widths: Vec<usize> = (0..head.len())
        .map(|column| lines().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for line in lines() {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        // What functions and files are called must not steer the terminal.
        let line: String = cells.join("  ").chars().map(|sign| if sign.is_control() { '?' } else { sign }).collect();
        say!("{}", line.trim_end());
    }
    Ok(())
}
