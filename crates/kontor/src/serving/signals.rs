//! Ctrl-C and SIGTERM: the first one stops in an orderly way, the second at once.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Shells report a program that Ctrl-C ended so.
const INTERRUPTED: i32 = 130;

/// Waits for the first signal, and from then on ends the process at the next. What was answered is durable by then, so
/// ending at once loses nothing of it.
///
/// # Errors
/// Signals cannot be had.
pub async fn first() -> Result<&'static str> {
    let handler = |kind| signal(kind).context("cannot wait for signals");
    let (mut interrupt, mut terminate) = (handler(SignalKind::interrupt())?, handler(SignalKind::terminate())?);
    let name = next(&mut interrupt, &mut terminate).await;
    tokio::spawn(async move {
        let name = next(&mut interrupt, &mut terminate).await;
        tracing::warn!(signal = name, "a second signal: stopping at once");
        std::process::exit(INTERRUPTED);
    });
    Ok(name)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> &'static str {
    tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}
