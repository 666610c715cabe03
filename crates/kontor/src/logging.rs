//! The log: lines to standard error, for people or for machines.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};

/// Begins to log, for a program that serves.
///
/// # Errors
/// The filter makes no sense.
pub fn begin(settings: &Settings) -> Result<()> {
    begin_with(settings, &settings.log)
}

/// Begins to log, for a command whose own output is what matters: warnings and errors, unless more was asked for.
///
/// # Errors
/// The filter makes no sense.
pub fn begin_quietly(settings: &Settings) -> Result<()> {
    begin_with(settings, if settings.log == Settings::default().log { "warn" } else { &settings.log })
}

fn begin_with(settings: &Settings, filter: &str) -> Result<()> {
    let filter = EnvFilter::builder().parse(filter).with_context(|| {
        format!("log is {filter:?}: write a level such as info, or directives such as info,kontor_host=debug")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
