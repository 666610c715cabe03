//! The port `events`: stored in a batch's transaction, delivered at least once, in order per key.
//!
//! An event is stored once for each function that subscribes to it at that moment. The unit of order and of leases is
//! (subscriber, key): while one event of a key is leased or a dead letter, no later one of that key is handed out.

use std::time::Duration;

use crate::{Async, SqlError};

/// An event as a function makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened, for example `sale.made`; at most 100 bytes.
    pub name: String,
    /// Events with the same key are delivered in order; at most 255 bytes.
    pub key: String,
    /// JSON.
    pub payload: String,
}

/// Names one event on its way to one subscriber, within its source. Rises in the order of commits.
pub type DeliveryId = u64;

/// An event on its way to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Stable over tries.
    pub id: DeliveryId,
    /// Who gets it.
    pub subscriber: String,
    /// What happened.
    pub name: String,
    /// Its key.
    pub key: String,
    /// JSON.
    pub payload: String,
    /// When it was made: µs since 1970 UTC.
    pub time_us: i64,
    /// Failed tries so far.
    pub failed: u32,
    /// Trace of the request that made it.
    pub trace_id: String,
}

/// How much is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events, dead letters included.
    pub rows: u64,
    /// Their payloads, bytes.
    pub bytes: u64,
    /// When the oldest that is no dead letter was made: µs since 1970 UTC; none if there is none.
    pub oldest_us: Option<i64>,
    /// Dead letters.
    pub dead: u64,
}

/// What waits for one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who should get it.
    pub subscriber: String,
    /// Events, dead letters included. Where several subscribe to a source, no more than 100,000 are counted.
    pub rows: u64,
    /// When the oldest was made: µs since 1970 UTC; none if there is none.
    pub oldest_us: Option<i64>,
}

/// An event that failed too often, or is being retried. For people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event.
    pub delivery: Delivery,
    /// Why it failed last.
    pub error: String,
    /// Whether it is given up (a dead letter) or will be tried again.
    pub dead: bool,
    /// When it is tried again: µs since 1970 UTC.
    pub next_us: i64,
}

/// Events of one source (one function's database) on their way.
pub trait Outbox: Send + Sync {
    /// Replaces what `subscriber` wants of this source. Durable. It outlives the component.
    fn subscribe(&self, subscriber: &str, names: Vec<String>) -> Async<'_, Result<(), SqlError>>;

    /// Everybody who subscribes, in no order.
    fn subscribers(&self) -> Async<'_, Result<Vec<String>, SqlError>>;

    /// Leases up to `max` events for `subscriber`, at most one per key, oldest first, of keys that are free and due.
    /// A lease ends with `acknowledge`, `fail` or `release`, or by itself after `lease`.
    fn lease(&self, subscriber: &str, max: usize, lease: Duration) -> Async<'_, Result<Vec<Delivery>, SqlError>>;

    /// They were dealt with. Durable when it returns; may share a commit with others.
    fn acknowledge(&self, subscriber: &str, ids: Vec<DeliveryId>) -> Async<'_, Result<(), SqlError>>;

    /// One failed: it is tried again after `backoff`, or given up as a dead letter that blocks its key.
    fn fail(
        &self,
        subscriber: &str,
        id: DeliveryId,
        error: String,
        backoff: Duration,
        dead: bool,
    ) -> Async<'_, Result<(), SqlError>>;

    /// They could not be tried: due again after `pause`, with no failed try counted.
    fn release(&self, subscriber: &str, ids: Vec<DeliveryId>, pause: Duration) -> Async<'_, Result<(), SqlError>>;

    /// How much is on its way. Cheap: counted, not scanned.
    fn backlog(&self) -> Backlog;

    /// When the next event of `subscriber` that waits for a retry or the end of a lease is due; none if none waits.
    fn next_due(&self, subscriber: &str) -> Option<Duration>;

    /// What waits for each subscriber, by name. For people: not free.
    fn waiting(&self) -> Async<'_, Result<Vec<Waiting>, SqlError>>;

    /// Up to `max` events that failed at least once, oldest first.
    fn failed(&self, max: usize) -> Async<'_, Result<Vec<DeadLetter>, SqlError>>;

    /// A dead letter is tried again from the start. False if there is none of that id.
    fn replay(&self, subscriber: &str, id: DeliveryId) -> Async<'_, Result<bool, SqlError>>;

    /// A dead letter is thrown away and its key goes on. False if there is none of that id.
    fn skip(&self, subscriber: &str, id: DeliveryId) -> Async<'_, Result<bool, SqlError>>;
}
