//! Events on their way: what operators see and do. The same whether the program serves or only its folder is there.

use std::{collections::BTreeMap, sync::Arc};

use kontor_data::{Database, DeadLetter, DeliveryId, SqlError};
use serde::{Deserialize, Serialize};

/// At most so many are listed of each source.
const LISTED_MAX: usize = 500;

/// An event that failed at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The function that emitted it.
    pub source: String,
    /// The function that should get it.
    pub subscriber: String,
    /// Its id, within its source.
    pub id: DeliveryId,
    /// For example `sale.made`.
    pub name: String,
    /// Its key; the later events of a dead letter's key wait.
    pub key: String,
    /// Failed tries so far.
    pub failed: u32,
    /// Why the last one failed.
    pub error: String,
    /// Whether it is a dead letter, or will be tried again.
    pub dead: bool,
    /// When it is tried again: ms since 1970 UTC.
    pub next_ms: i64,
    /// When it was made: ms since 1970 UTC.
    pub time_ms: i64,
}

/// What is on its way from one function to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The function that emitted it.
    pub source: String,
    /// The function that should get it.
    pub subscriber: String,
    /// Events, dead letters included.
    pub events: u64,
    /// When the oldest was made: ms since 1970 UTC; none if there is none.
    pub oldest_ms: Option<i64>,
    /// Why nothing is delivered now; none if it is.
    pub paused: Option<String>,
}

/// Which event is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The function that emitted it.
    pub source: String,
    /// The function that should get it.
    pub subscriber: String,
    /// Its id, within its source.
    pub id: DeliveryId,
}

/// What to do with a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try it again from the start.
    Replay,
    /// Throw it away; its key goes on.
    Skip,
}

impl Remedy {
    /// For the log and for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Skip => "skip",
        }
    }
}

/// Why an event was not dealt with.
#[derive(Debug, thiserror::Error)]
pub enum EventFault {
    /// There is no such database.
    #[error("no function {0} has a database here; `kontor events list` shows which events failed, and of whom")]
    UnknownSource(String),
    /// There is no such dead letter.
    #[error("{source_name} has no dead letter {id} for {subscriber}; `kontor events list` shows those there are")]
    NoDeadLetter {
        /// The function that would have emitted it.
        source_name: String,
        /// The function that would get it.
        subscriber: String,
        /// Its id.
        id: DeliveryId,
    },
    /// The store says no.
    #[error(transparent)]
    Store(#[from] SqlError),
}

/// Databases by the function whose they are.
pub type Sources = BTreeMap<String, Arc<dyn Database>>;

/// What waits for whom, by source and subscriber; `paused` knows why nothing is delivered.
///
/// # Errors
/// A store cannot be read.
pub async fn waiting(
    sources: &Sources,
    paused: impl Fn(&str, &str) -> Option<String>,
) -> Result<Vec<Waiting>, SqlError> {
    let mut all = Vec::new();
    for (source, database) in sources {
        for kontor_data::Waiting { subscriber, rows, oldest_us } in database.waiting().await? {
            let paused = paused(source, &subscriber).filter(|_| rows > 0);
            let oldest_ms = oldest_us.map(|us| us / 1000);
            all.push(Waiting { source: source.clone(), subscriber, events: rows, oldest_ms, paused });
        }
    }
    Ok(all)
}

/// The events that failed, by source, oldest first.
///
/// # Errors
/// A store cannot be read.
pub async fn list(sources: &Sources) -> Result<Vec<Failed>, SqlError> {
    let mut all = Vec::new();
    for (source, database) in sources {
        all.extend(database.failed(LISTED_MAX).await?.into_iter().map(|letter| show(source, letter)));
    }
    Ok(all)
}

fn show(source: &str, letter: DeadLetter) -> Failed {
    let DeadLetter { delivery, error, dead, next_us } = letter;
    Failed {
        source: source.to_owned(),
        subscriber: delivery.subscriber,
        id: delivery.id,
        name: delivery.name,
        key: delivery.key,
        failed: delivery.failed,
        error,
        dead,
        next_ms: next_us / 1000,
        time_ms: delivery.time_us / 1000,
    }
}

/// Replays or skips a dead letter, and writes that to the log.
///
/// # Errors
/// There is no such dead letter, or the store says no.
pub async fn remedy(sources: &Sources, target: &Target, remedy: Remedy) -> Result<(), EventFault> {
    let Target { source, subscriber, id } = target;
    let database = sources.get(source).ok_or_else(|| EventFault::UnknownSource(source.clone()))?;
    let done = match remedy {
        Remedy::Replay => database.replay(subscriber, *id).await?,
        Remedy::Skip => database.skip(subscriber, *id).await?,
    };
    if !done {
        let (source_name, subscriber) = (source.clone(), subscriber.clone());
        return Err(EventFault::NoDeadLetter { source_name, subscriber, id: *id });
    }
    tracing::warn!(%source, %subscriber, id, remedy = remedy.name(), "an operator dealt with a dead letter");
    Ok(())
}
