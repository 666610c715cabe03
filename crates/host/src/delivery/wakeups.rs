//! Who waits for events of one source.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Notify;

/// The tasks that wait. Read at every commit with events, written when a subscriber comes.
#[derive(Debug, Default)]
pub(crate) struct Wakeups(ArcSwap<Vec<Arc<Notify>>>);

impl Wakeups {
    /// Another one waits.
    pub(crate) fn add(&self) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        self.0.rcu(|all| all.iter().cloned().chain([notify.clone()]).collect::<Vec<_>>());
        notify
    }

    /// There are events.
    pub(crate) fn committed(&self) {
        self.0.load().iter().for_each(|notify| notify.notify_one());
    }
}
