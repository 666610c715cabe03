//! Ids of groups, leases and processes, and numbers as servers have them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Failure;

/// An id or a count as the table has it.
#[must_use]
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An id or a count as the port has it.
#[must_use]
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A time as the tables have it; at most about three thousand years.
#[must_use]
pub fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX).min(100_000_000_000_000_000)
}

/// A new UUID of version 7 (RFC 9562): time first, so that new ones lie side by side in an index.
///
/// # Errors
/// If the system gives no random numbers.
pub fn fresh_id() -> Result<String, Failure> {
    let mut random = [0_u8; 10];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::Lost(format!("the system gives no random numbers: {error}")))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let random = random.iter().fold(0_u128, |all, byte| (all << 8) | u128::from(*byte));
    Ok(uuid_v7(since.as_millis(), random))
}

/// The smallest such id of a time in the past.
#[must_use]
pub fn id_before(age: Duration) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    uuid_v7(since.saturating_sub(age).as_millis(), 0)
}

fn uuid_v7(milliseconds: u128, random: u128) -> String {
    let random_a = (random >> 62) & 0xfff;
    let random_b = random & ((1 << 62) - 1);
    let id = (milliseconds & 0xffff_ffff_ffff) << 80 | 7 << 76 | random_a << 64 | 2 << 62 | random_b;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        id >> 96,
        id >> 80 & 0xffff,
        id >> 64 & 0xffff,
        id >> 48 & 0xffff,
        id & 0xffff_ffff_ffff
    )
}
