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
    /// What its calls used, for those that reached the function.
    pub work: Work,
}

/// What calls used. Fractions are kept until they are a whole unit, so that many small calls sum up right.
#[derive(Debug, Default)]
pub struct Work {
    /// Calls that the function was at work for. What was refused before is not among them.
    pub calls: Counter,
    /// CPU of the function, and of the host on its behalf, nanoseconds.
    pub cpu_ns: Counter,
    /// Memory of an instance times how long the call held it: pages of 64 KiB times microseconds.
    pub memory_page_us: Counter,
    /// Rows that statements returned or touched.
    pub rows: Counter,
}

/// A page of WebAssembly memory, bytes.
const PAGE_BYTES: u64 = 64 << 10;

/// Memory held for a time, in pages of 64 KiB times microseconds, as [`Work::memory_page_us`] counts it.
#[must_use]
pub fn memory_page_us(memory_bytes: u64, held: Duration) -> u64 {
    let us = u64::try_from(held.as_micros()).unwrap_or(u64::MAX);
    memory_bytes.div_ceil(PAGE_BYTES).saturating_mul(us)
}

/// [`Work::memory_page_us`] in GB-seconds, as price lists have it: 10^9 bytes for one second.
#[must_use]
pub fn gb_seconds(memory_page_us: u64) -> f64 {
    memory_page_us as f64 * PAGE_BYTES as f64 / 1e15
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_counts_by_the_time_it_is_held() {
        assert_eq!(memory_page_us(64 << 20, Duration::from_secs(1)), 1024 * 1_000_000);
        assert_eq!(memory_page_us(1, Duration::from_micros(3)), 3, "a page is the least");
        let gb_seconds = gb_seconds(memory_page_us(1 << 30, Duration::from_secs(10)));
        assert!((gb_seconds - 10.737_418_24).abs() < 1e-9, "{gb_seconds}");
    }
}
