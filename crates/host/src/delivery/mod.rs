//! Events on their way: from a source's outbox to the functions that subscribe.
//!
//! For each source and subscriber there is one task. It looks for events when a batch with events was committed, when a
//! retry is due, and when the subscriber goes live; while the subscriber is absent it tries nothing.

mod pauses;
mod pump;
pub(crate) mod retry;
mod sources;
mod wakeups;

pub(crate) use pauses::Pauses;
pub(crate) use pump::Deliveries;
pub(crate) use sources::Sources;
pub(crate) use wakeups::Wakeups;
