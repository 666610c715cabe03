//! When a failed delivery is tried again.

use std::time::Duration;

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// So many failed tries make a dead letter.
const TRIES_MAX: u32 = 20;

/// The pause after a number of failures in a row (at least one), with up to a quarter added so that what failed together
/// is not tried together.
pub(crate) fn backoff(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let pause = doubled.min(LONGEST);
    let jitter = f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX) / 4.0;
    (pause + pause.mul_f64(jitter)).min(LONGEST)
}

/// Whether an event that failed `failed` times before and now once more is given up.
pub(crate) fn is_dead(failed: u32) -> bool {
    failed.saturating_add(1) >= TRIES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        for (failures, ms) in [(1, 100), (2, 200), (3, 400), (10, 51_200)] {
            let pause = backoff(failures);
            assert!(pause >= Duration::from_millis(ms), "{failures}: {pause:?}");
            assert!(pause <= Duration::from_millis(ms + ms / 4), "{failures}: {pause:?}");
        }
        for failures in [20, 33, u32::MAX] {
            assert_eq!(backoff(failures), LONGEST);
        }
    }

    #[test]
    fn the_twentieth_failure_is_the_last() {
        assert!(!is_dead(18));
        assert!(is_dead(19));
    }
}
