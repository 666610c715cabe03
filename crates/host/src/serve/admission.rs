//! Whose turn it is: so many calls at once, so many that wait, and a clear answer to the rest.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::{Instant, timeout_at},
};

use crate::{CallError, Limits, outbound::DEPTH_MAX};

/// Calls by other functions have so much less room than those from outside.
const NESTED_PART: usize = 4;

/// The turns of one version.
///
/// Calls by other functions have turns of their own, at each depth others: a call that waits for a turn at one depth can
/// then only be waited for by calls above it, never by those whose turns it needs. So functions that call one another in a
/// circle cannot keep each other waiting, however full they are.
#[derive(Debug)]
pub(crate) struct Admission {
    /// By depth: 0 is the outside.
    turns: Vec<Arc<Semaphore>>,
    all: usize,
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
        let nested = (limits.in_flight_max / NESTED_PART).max(1);
        let places = |depth: u8| if depth == 0 { limits.in_flight_max } else { nested };
        Self {
            turns: (0..=DEPTH_MAX).map(|depth| Arc::new(Semaphore::new(places(depth)))).collect(),
            all: (0..=DEPTH_MAX).map(places).sum(),
            waiting: AtomicUsize::new(0),
            waiting_max: limits.queue_max,
        }
    }

    /// Calls at work.
    pub(crate) fn in_flight(&self) -> usize {
        self.all.saturating_sub(self.turns.iter().map(|turns| turns.available_permits()).sum())
    }

    /// Calls that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// A turn: at once if one is free, else after waiting in the queue, until `deadline` at most. Who only waited is
    /// told of the overload: the function never heard of the call, so repeating it is safe.
    pub(crate) async fn turn(&self, depth: u8, deadline: Instant) -> Result<OwnedSemaphorePermit, CallError> {
        let turns = self.turns.get(usize::from(depth)).ok_or(CallError::Overloaded)?;
        match turns.clone().try_acquire_owned() {
            Ok(turn) => return Ok(turn),
            Err(TryAcquireError::Closed) => return Err(CallError::Stopping),
            Err(TryAcquireError::NoPermits) => {}
        }
        let waiting = self.waiting.fetch_add(1, Relaxed);
        let _waiting = Waiting(&self.waiting);
        if waiting >= self.waiting_max {
            return Err(CallError::Overloaded);
        }
        match timeout_at(deadline, turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_closed)) => Err(CallError::Stopping),
            Err(_elapsed) => Err(CallError::Overloaded),
        }
    }

    /// Nobody gets a turn any more, and who waits is told so.
    pub(crate) fn close(&self) {
        self.turns.iter().for_each(|turns| turns.close());
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
        let turn = admission.turn(0, soon()).await.unwrap();
        assert!(matches!(admission.turn(0, soon()).await.unwrap_err(), CallError::Overloaded));
        assert_eq!((admission.in_flight(), admission.waiting()), (1, 0), "it left the queue");
        drop(turn);
        assert!(admission.turn(0, soon()).await.is_ok());
    }

    #[tokio::test]
    async fn who_is_called_by_a_call_needs_no_turn_of_those_above_it() {
        let admission = Admission::new(&Limits { in_flight_max: 1, queue_max: 1, ..Limits::default() });
        let soon = || Instant::now() + Duration::from_millis(10);
        let mut held = Vec::new();
        for depth in 0..=DEPTH_MAX {
            held.push(admission.turn(depth, soon()).await.unwrap());
        }
        assert_eq!(admission.in_flight(), held.len());
        assert!(admission.turn(3, soon()).await.is_err(), "each depth has its bound too");
    }
}
