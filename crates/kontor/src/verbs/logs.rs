//! `kontor functions logs`.

use anyhow::Result;
use kontor_host::{LogLevel, LogLine, LogRead};

use crate::client::Client;

/// What is printed of a function's lines.
pub struct Wanted {
    /// Whether to go on with those that come.
    pub follow: bool,
    /// The last so many of those that are kept, if not all.
    pub tail: Option<usize>,
    /// Nothing that matters less.
    pub level: LogLevel,
    /// Lines of this call alone.
    pub trace: Option<String>,
    /// JSON instead of text, one object a line.
    pub json: bool,
}

/// Prints what a function logged; with `follow` until it is interrupted. `path` is that of its log.
///
/// # Errors
/// Nobody answers, or the function never was live.
pub async fn show(client: &Client, path: &str, wanted: &Wanted) -> Result<()> {
    let mut read: LogRead = client.get(path).await?;
    let is_wanted = |line: &LogLine| {
        line.level >= wanted.level && wanted.trace.as_ref().is_none_or(|trace| *trace == line.trace_id)
    };
    let mut lines: Vec<LogLine> = read.lines.into_iter().filter(is_wanted).collect();
    let skipped = wanted.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
    lines.drain(..skipped);
    loop {
        for line in &lines {
            print(line, wanted.json)?;
        }
        if !wanted.follow {
            return Ok(());
        }
        read = client.wait(&format!("{path}?wait=true&after={}", read.last)).await?;
        if read.lost > 0 {
            eprintln!("kontor: {} lines came faster than they could be read and are not kept", read.lost);
        }
        lines = read.lines.into_iter().filter(is_wanted).collect();
    }
}

fn print(line: &LogLine, json: bool) -> Result<()> {
    if json {
        say!("{}", serde_json::to_string(line)?);
        return Ok(());
    }
    let level = match line.level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO ",
        LogLevel::Warn => "WARN ",
        LogLevel::Error => "ERROR",
    };
    let moment = jiff::Timestamp::from_millisecond(line.time_ms)?;
    // What a function logs must not steer the terminal.
    let text: String = line.text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    say!("{moment:.3} {level} {} {} {text}", line.version, line.trace_id);
    Ok(())
}
