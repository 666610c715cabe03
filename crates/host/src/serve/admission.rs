//! Whose turn it is: so many calls at once, so many that wait, and a clear answer to the rest.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::{Instant, timeout_at},
};

use crate::{CallError, Limits};

/// The turns of one version.
#[derive(Debug)]
pub(crate) struct Admission {
    turns: Arc<Semaphore>,
    in_flight_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// One call less in the queue, however its waiting ends.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Admission {
    /// Nobody at work yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(limits.in_flight_max)),
            in_flight_max: limits.in_flight_max,
            waiting: AtomicUsize::new(0),
            waiting_max: limits.queue_max,
        }
    }

    /// Calls at work.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight_max.saturating_sub(self.turns.available_permits())
    }

    /// Calls that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// A turn: at once if one is free, else after waiting in the queue, until `deadline` at most. Who only waited is
    /// told of the overload: the function never heard of the call, so repeating it is safe.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, CallError> {
        match self.turns.clone().try_acquire_owned() {
            Ok(turn) => return Ok(turn),
            Err(TryAcquireError::Closed) => return Err(CallError::Stopping),
            Err(TryAcquireError::NoPermits) => {}
        }
        let waiting = self.waiting.fetch_add(1, Relaxed);
        let _waiting = Waiting(&self.waiting);
        if waiting >= self.waiting_max {
            return Err(CallError::Overloaded);
        }
        match timeout_at(deadline, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_closed)) => Err(CallError::Stopping),
            Err(_elapsed) => Err(CallError::Overloaded),
        }
    }

    /// Nobody gets a turn any more, and who waits is told so.
    pub(crate) fn close(&self) {
        self.turns.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_only_waited_is_told_of_the_overload() {
        let admission = Admission::new(&Limits { in_flight_max: 1, queue_max: 1, ..Limits::default() });
        let soon = || Instant::now() + Duration::from_millis(10);
        let turn = admission.turn(soon()).await.unwrap();
        assert!(matches!(admission.turn(soon()).await.unwrap_err(), CallError::Overloaded));
        assert_eq!((admission.in_flight(), admission.waiting()), (1, 0), "it left the queue");
        drop(turn);
        assert!(admission.turn(soon()).await.is_ok());
    }
}
