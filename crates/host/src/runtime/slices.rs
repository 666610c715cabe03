//! How functions share the processors.
//!
//! A call that runs for longer than a tick gives its thread back, and stands at the end of the runtime's queue. If 256
//! calls of one function did that, a neighbour's call would wait behind all of them. So only as many of a function's long
//! calls as there are processors stand in that queue at once; the others wait among themselves, and take turns. Calls that
//! are done within a tick, or wait for something, have nothing to do with this.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::available_parallelism,
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of one function.
pub(crate) type Places = Arc<Semaphore>;

/// As many places as there are processors.
pub(crate) fn places() -> Places {
    Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from)))
}

/// A call's place, while it runs for longer than a tick.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    place: Mutex<Option<OwnedSemaphorePermit>>,
    /// Whether it has one: what most calls look at alone.
    has_place: AtomicBool,
    /// Whether it stands in the runtime's queue, and keeps its place meanwhile.
    in_queue: AtomicBool,
}

impl Slice {
    /// The tick is over: lets others run, and goes on when there is a place.
    pub(crate) async fn next(&self, places: Places) {
        self.in_queue.store(true, Relaxed);
        tokio::task::yield_now().await;
        self.in_queue.store(false, Relaxed);
        // Not before it had its turn in the queue: who gets the place runs at once, ahead of everybody who waits there.
        self.leave();
        // It is never closed.
        *self.place.lock() = places.acquire_owned().await.ok();
        self.has_place.store(true, Relaxed);
    }

    /// The call waits for something else than the processor.
    pub(crate) fn waits(&self) {
        if self.has_place.load(Relaxed) && !self.in_queue.load(Relaxed) {
            self.leave();
        }
    }

    /// The call is over, or begins.
    pub(crate) fn leave(&self) {
        if self.has_place.swap(false, Relaxed) {
            self.place.lock().take();
        }
        self.in_queue.store(false, Relaxed);
    }
}
