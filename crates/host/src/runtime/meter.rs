//! How long a call was at work.
//!
//! Epochs alone would count a call that waits for a commit as busy, since the epoch moves on while it waits. So the
//! time is taken around each poll of the call: between two polls it waits, within one the guest or the host on its
//! behalf is at work. A guest that loops over cheap host calls never waits and is counted in full.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::slices::Slice;
use crate::metering::Charge;

/// CPU of the call under way.
#[derive(Debug)]
pub(crate) struct Meter {
    zero: Instant,
    /// When the poll under way began, nanoseconds since `zero`.
    began_ns: AtomicU64,
    /// What earlier polls of this call took.
    used_ns: AtomicU64,
    /// Rows, documents and entries that this call returned or touched.
    rows: AtomicU64,
    /// What the instance holds, bytes. Kept here too, since it has to be known when the instance is gone already.
    memory_bytes: AtomicU64,
    /// Its place among the function's long calls.
    pub(crate) slice: Slice,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            zero: Instant::now(),
            began_ns: AtomicU64::new(0),
            used_ns: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            slice: Slice::default(),
        }
    }
}

impl Meter {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A new call begins.
    pub(crate) fn reset(&self) {
        self.used_ns.store(0, Relaxed);
        self.rows.store(0, Relaxed);
    }

    /// This call returned or touched rows, documents or entries.
    pub(crate) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Relaxed);
    }

    /// The instance holds so much now.
    pub(crate) fn set_memory(&self, bytes: usize) {
        self.memory_bytes.store(bytes as u64, Relaxed);
    }

    /// CPU of the call so far. Only right while the call is polled, which is when its guest can ask.
    pub(crate) fn used(&self) -> Duration {
        let this_poll_ns = self.now_ns().saturating_sub(self.began_ns.load(Relaxed));
        Duration::from_nanos(self.used_ns.load(Relaxed).saturating_add(this_poll_ns))
    }

    fn enter(&self) -> u64 {
        let now_ns = self.now_ns();
        self.began_ns.store(now_ns, Relaxed);
        now_ns
    }

    fn leave(&self, entered_ns: u64) {
        self.used_ns.fetch_add(self.now_ns().saturating_sub(entered_ns), Relaxed);
    }
}

/// A call whose polls are metered. When it goes, done or not, what it used is charged.
pub(crate) struct Metered<F> {
    meter: Arc<Meter>,
    charge: Option<Charge>,
    began: Instant,
    call: F,
}

impl<F: Future + Unpin> Metered<F> {
    /// Meters `call` from now on, for nobody's account.
    pub(crate) fn new(meter: Arc<Meter>, call: F) -> Self {
        meter.reset();
        Self { meter, charge: None, began: Instant::now(), call }
    }

    /// Meters `call`, which began then, and charges what it used. Its instance must not be given to another call before
    /// this is gone.
    pub(crate) fn charged(meter: Arc<Meter>, charge: Charge, began: Instant, call: F) -> Self {
        meter.reset();
        Self { meter, charge: Some(charge), began, call }
    }
}

impl<F> Drop for Metered<F> {
    fn drop(&mut self) {
        self.meter.slice.leave();
        if let Some(charge) = &self.charge {
            let Meter { used_ns, memory_bytes, rows, .. } = &*self.meter;
            let held = self.began.elapsed();
            charge.work(used_ns.load(Relaxed), memory_bytes.load(Relaxed), held, rows.load(Relaxed));
        }
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let entered_ns = self.meter.enter();
        let poll = Pin::new(&mut self.call).poll(context);
        self.meter.leave(entered_ns);
        if poll.is_pending() {
            self.meter.slice.waits();
        }
        poll
    }
}

/// Ends a call that used up its CPU. Found again in the trap that it becomes.
#[derive(Debug, thiserror::Error)]
#[error("used more than {0:?} of CPU")]
pub(crate) struct CpuSpent(pub(crate) Duration);
