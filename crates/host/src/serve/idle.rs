//! Instances that wait for work.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crossbeam_queue::ArrayQueue;

use crate::{Limits, runtime::Instance};

/// An instance that holds more is not kept: idle ones must not use up what all share.
const KEPT_MAX_BYTES: usize = 16 << 20;
/// Deliveries have instances too, besides the calls in flight.
const DELIVERIES: usize = 64;

/// The idle instances of one version.
pub(crate) struct Idle {
    queue: ArrayQueue<Instance>,
    /// The fewest that were idle since the last sweep: so many were not needed.
    fewest: AtomicUsize,
    reuse_max: u32,
    pub(crate) made: AtomicU64,
    pub(crate) retired: AtomicU64,
}

impl Idle {
    /// None yet.
    pub(crate) fn new(limits: &Limits, reuse: bool) -> Self {
        let reuse_max = if reuse { limits.reuse_max.max(1) } else { 1 };
        let capacity = if reuse_max > 1 { limits.in_flight_max + DELIVERIES } else { 1 };
        Self {
            queue: ArrayQueue::new(capacity.max(1)),
            fewest: AtomicUsize::new(0),
            reuse_max,
            made: AtomicU64::new(0),
            retired: AtomicU64::new(0),
        }
    }

    /// An instance that is ready.
    pub(crate) fn take(&self) -> Option<Instance> {
        let instance = self.queue.pop();
        let left = self.queue.len();
        // Read first: most calls find nothing to note, and write nothing that another processor has cached.
        if left < self.fewest.load(Relaxed) {
            self.fewest.store(left, Relaxed);
        }
        instance
    }

    /// An instance after a call that went well.
    pub(crate) fn give_back(&self, instance: Instance) {
        if instance.store.data().memory.refused() {
            self.retired.fetch_add(1, Relaxed);
        } else if instance.is_good() && instance.store.data().memory.used_bytes() <= KEPT_MAX_BYTES {
            // If it is full, this one goes: there are enough.
            let _ = self.queue.push(instance);
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// How many calls a new instance may serve: spread by up to a quarter, so that those that were made together do
    /// not retire together.
    pub(crate) fn calls(&self) -> u32 {
        let spread = self.reuse_max / 4;
        if spread == 0 {
            return self.reuse_max;
        }
        let random = getrandom::u32().unwrap_or(spread);
        self.reuse_max - spread + random % (2 * spread + 1)
    }

    /// Lets go of those that nobody needed since the last sweep; one stays, for a quick first answer.
    pub(crate) fn sweep(&self) {
        let unneeded = self.fewest.swap(self.queue.len(), Relaxed);
        for _ in 1..unneeded {
            drop(self.queue.pop());
        }
    }

    /// Lets go of all.
    pub(crate) fn clear(&self) {
        while self.queue.pop().is_some() {}
    }
}
