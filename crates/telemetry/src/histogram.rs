//! Latencies in logarithmic buckets.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Sub-buckets per power of two: a quantile is at most 1/8 too high.
const SUB_BITS: u32 = 3;
const SUB: usize = 1 << SUB_BITS;
/// Powers of two above 1 µs that are told apart: up to 2^26 µs, about a minute.
const POWERS: usize = 27;
const BUCKETS: usize = POWERS * SUB;

/// Counts durations from 1 µs to about a minute, each with a relative error of at most 1/8. Lock-free.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), sum_us: AtomicU64::new(0) }
    }
}

/// Small values have a bucket each; above, a bucket is (power of two, eighth of it).
fn index(us: u64) -> usize {
    if us < SUB as u64 {
        return us as usize;
    }
    let power = us.ilog2() - SUB_BITS;
    let sub = (us >> power) as usize & (SUB - 1);
    ((power as usize + 1) * SUB + sub).min(BUCKETS - 1)
}

/// The largest value, in µs, that falls into a bucket.
fn upper_us(index: usize) -> u64 {
    if index < SUB {
        return index as u64;
    }
    let power = (index / SUB - 1) as u32;
    let sub = (index % SUB) as u64;
    ((SUB as u64 + sub + 1) << power) - 1
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(index(us)) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// Their sum.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_us.load(Relaxed))
    }

    /// The duration that a share `quantile` (0 to 1) of all stays at or below; none if nothing was counted.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let rank = ((total as f64 * quantile).ceil() as u64).clamp(1, total);
        let mut seen = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            seen += bucket.load(Relaxed);
            if seen >= rank {
                return Some(Duration::from_micros(upper_us(index)));
            }
        }
        None
    }

    /// How many were at or below each of `bounds`, to the precision of the buckets. For Prometheus.
    #[must_use]
    pub fn cumulative(&self, bounds: &[Duration]) -> Vec<u64> {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        bounds
            .iter()
            .map(|bound| {
                let us = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
                counts.iter().enumerate().take_while(|(index, _)| upper_us(*index) <= us).map(|(_, count)| count).sum()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_a_bucket_that_holds_it() {
        for us in (0..5000).chain([1 << 20, (1 << 20) + 12345, 60_000_000]) {
            let index = index(us);
            assert!(upper_us(index) >= us, "{us} is above its bucket");
            assert!(index == 0 || upper_us(index - 1) < us, "{us} belongs into an earlier bucket");
        }
    }

    #[test]
    fn a_quantile_is_at_most_an_eighth_too_high() {
        let histogram = Histogram::default();
        (1..=1000).for_each(|us| histogram.record(Duration::from_micros(us)));
        let median = histogram.quantile(0.5).unwrap().as_micros();
        assert!((500..=563).contains(&median), "{median}");
        assert_eq!(histogram.count(), 1000);
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_longer_than_the_last_bucket_still_counts() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_secs(3600));
        assert_eq!(histogram.count(), 1);
        assert_eq!(histogram.cumulative(&[Duration::from_secs(1)]), [0]);
    }
}
