//! A start while the database is away or refuses: the program is there, says why it does not serve, and tries again.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use kontor_data::Engine;
use kontor_edge::{EdgeLimits, waiting};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::sleep};

use super::{listeners::Listeners, signals::Signals, told};
use crate::{folder::Folder, settings::Settings};

/// Between the first two tries; doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How the waiting ended.
pub enum Waited {
    /// The engine is there. Signals were caught meanwhile, if it was not there at once.
    Reached(Option<Signals>),
    /// The operator had enough.
    Stopped,
}

/// Reaches the engine. Where that does not work at once, answers on the listeners until it does: `/readyz` says why, and
/// the log says so once for each reason.
///
/// # Errors
/// The listeners or signals cannot be had.
pub async fn reach(
    engine: &Arc<dyn Engine>,
    listeners: &Listeners,
    folder: &Folder,
    settings: &Settings,
) -> Result<Waited> {
    let Err(error) = engine.reach().await else { return Ok(Waited::Reached(None)) };
    // Before anybody can ask why.
    tracing::error!("not serving yet: {error}");
    let mut signals = Signals::catch()?;
    folder.announce(settings.listen.admin)?;
    let (reason, told_reason) = watch::channel(error.to_string());
    let (stop, stopping) = watch::channel(false);
    let mut answering = JoinSet::new();
    let limits = EdgeLimits { drain_deadline: Duration::from_secs(1), ..EdgeLimits::default() };
    let admin = second(&listeners.admin)?;
    let routed = waiting::admin(told_reason);
    answering.spawn(kontor_edge::serve(admin, routed, limits.clone(), Arc::default(), told(stopping.clone())));
    for listener in &listeners.http {
        let (listener, routed) = (second(listener)?, waiting::public());
        answering.spawn(kontor_edge::serve(listener, routed, limits.clone(), Arc::default(), told(stopping.clone())));
    }
    let signal = tokio::select! {
        () = again(engine, &reason) => None,
        signal = signals.next() => Some(signal),
    };
    stop.send_replace(true);
    answering.join_all().await;
    Ok(match signal {
        None => Waited::Reached(Some(signals)),
        Some(signal) => {
            tracing::info!(signal, "stopped");
            Waited::Stopped
        }
    })
}

/// Tries until it works.
async fn again(engine: &Arc<dyn Engine>, reason: &watch::Sender<String>) {
    let mut pause = PAUSE;
    loop {
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
        match engine.reach().await {
            Ok(()) => {
                tracing::info!(engine = engine.name(), "reached the database");
                return;
            }
            Err(error) => {
                let text = error.to_string();
                if *reason.borrow() != text {
                    tracing::error!("not serving yet: {text}");
                    reason.send_replace(text);
                }
            }
        }
    }
}

/// The same port once more, so that what is served on it can change without a moment in which nobody listens.
fn second(listener: &TcpListener) -> std::io::Result<TcpListener> {
    use std::os::fd::AsFd as _;
    let copy = std::net::TcpListener::from(listener.as_fd().try_clone_to_owned()?);
    copy.set_nonblocking(true)?;
    TcpListener::from_std(copy)
}
