//! Counters. Relaxed atomics: each figure is right by itself, two read together may be a request apart.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::Histogram;

/// A figure that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Relaxed);
    }

    /// The sum so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A figure that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Adds; negative to take away.
    pub fn add(&self, count: i64) {
        self.0.fetch_add(count, Relaxed);
    }

    /// What it is now.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// What is counted for each operation of each function.
#[derive(Debug, Default)]
pub struct Endpoint {
    /// Answers by class: 1xx, 2xx, 3xx, 4xx, 5xx.
    pub answers: [Counter; 5],
    /// From the first byte of the request to the answer's head.
    pub latency: Histogram,
    /// Bodies received, bytes.
    pub received_bytes: Counter,
    /// Bodies sent, bytes.
    pub sent_bytes: Counter,
}

impl Endpoint {
    /// Counts one answer.
    pub fn record(&self, status: u16, latency: Duration, received_bytes: u64, sent_bytes: u64) {
        if let Some(counter) = self.answers.get(usize::from(status / 100).saturating_sub(1)) {
            counter.add(1);
        }
        self.latency.record(latency);
        self.received_bytes.add(received_bytes);
        self.sent_bytes.add(sent_bytes);
    }

    /// All answers.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.answers.iter().map(Counter::get).sum()
    }

    /// Answers with 5xx.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.answers.last().map_or(0, Counter::get)
    }
}
