//! Serving, draining, breaking off: what every connection of a listener is told.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{
            AtomicU8, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    task::Waker,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::figures::Figures;

/// What a listener is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
pub(super) enum Stage {
    Serving = 0,
    /// Requests under way finish, idle connections close.
    Draining = 1,
    /// Everything closes.
    Breaking = 2,
}

/// The stage, and who has to be woken when it changes. Looking costs one load; the lock is touched only when a
/// connection begins or ends.
#[derive(Default)]
pub(super) struct Stages {
    stage: AtomicU8,
    next: AtomicU64,
    wakers: Mutex<HashMap<u64, Waker>>,
    empty: Notify,
}

impl Stages {
    pub(super) fn now(&self) -> Stage {
        match self.stage.load(Acquire) {
            0 => Stage::Serving,
            1 => Stage::Draining,
            _ => Stage::Breaking,
        }
    }

    pub(super) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Release);
        for waker in self.wakers.lock().values() {
            waker.wake_by_ref();
        }
    }

    /// How many connections there are.
    pub(super) fn open(&self) -> usize {
        self.wakers.lock().len()
    }

    /// Returns when the last connection is gone.
    pub(super) async fn emptied(&self) {
        loop {
            let changed = self.empty.notified();
            if self.open() == 0 {
                return;
            }
            changed.await;
        }
    }
}

/// A connection's place among the wakers; it leaves when dropped.
pub(super) struct Member {
    pub(super) stages: Arc<Stages>,
    figures: Arc<Figures>,
    number: u64,
}

impl Member {
    pub(super) fn join(stages: &Arc<Stages>, figures: &Arc<Figures>) -> Self {
        figures.connections.add(1);
        let number = stages.next.fetch_add(1, Relaxed);
        stages.wakers.lock().insert(number, Waker::noop().clone());
        Self { stages: stages.clone(), figures: figures.clone(), number }
    }

    /// Whom to wake. A task's waker stays good for its whole life, so once is enough.
    pub(super) fn wake_me(&self, waker: &Waker) {
        self.stages.wakers.lock().insert(self.number, waker.clone());
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.figures.connections.add(-1);
        let mut wakers = self.stages.wakers.lock();
        wakers.remove(&self.number);
        if wakers.is_empty() {
            self.stages.empty.notify_waiters();
        }
    }
}
