//! Ctrl-C and SIGTERM: the first one stops in an orderly way, the second at once.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Shells report a program that Ctrl-C ended so.
const INTERRUPTED: i32 = 130;

/// Signals are caught from its making on; before, they end the process as ever.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Catches them from now on. To be made before anybody is told that the program serves.
    ///
    /// # Errors
    /// Signals cannot be had.
    pub fn catch() -> Result<Self> {
        let handler = |kind| signal(kind).context("cannot wait for signals");
        Ok(Self { interrupt: handler(SignalKind::interrupt())?, terminate: handler(SignalKind::terminate())? })
    }

    /// Waits for a signal.
    pub async fn next(&mut self) -> &'static str {
        next(&mut self.interrupt, &mut self.terminate).await
    }

    /// Waits for the first signal, and from then on ends the process at the next. What was answered is durable by then,
    /// so ending at once loses nothing of it.
    pub async fn first(mut self) -> &'static str {
        let name = self.next().await;
        tokio::spawn(async move {
            let name = self.next().await;
            tracing::warn!(signal = name, "a second signal: stopping at once");
            std::process::exit(INTERRUPTED);
        });
        name
    }
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> &'static str {
    tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}
