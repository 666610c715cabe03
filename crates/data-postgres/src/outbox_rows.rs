//! The outbox's rows as the port has them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kontor_data::{DeadLetter, Delivery, Waiting};
use tokio_postgres::{Error, Row};

use crate::{failure::Failure, session::host, shared::Shared};

/// An event of `LEASE`.
pub(crate) fn delivery(subscriber: &str, row: &Row) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: unsigned(row.try_get(0)?),
        subscriber: subscriber.to_owned(),
        name: row.try_get(1)?,
        key: row.try_get(2)?,
        payload: row.try_get(3)?,
        time_us: row.try_get(4)?,
        failed: u32::try_from(row.try_get::<_, i64>(5)?).unwrap_or(u32::MAX),
        trace_id: row.try_get(6)?,
    })
}

/// An event of `FAILED`.
pub(crate) fn dead_letter(row: &Row) -> Result<DeadLetter, Error> {
    Ok(DeadLetter {
        delivery: Delivery {
            id: unsigned(row.try_get(0)?),
            subscriber: row.try_get(1)?,
            name: row.try_get(2)?,
            key: row.try_get(3)?,
            payload: row.try_get(4)?,
            time_us: row.try_get(5)?,
            failed: u32::try_from(row.try_get::<_, i64>(6)?).unwrap_or(u32::MAX),
            trace_id: row.try_get(7)?,
        },
        error: row.try_get(8)?,
        dead: row.try_get(9)?,
        next_us: row.try_get(10)?,
    })
}

/// A row of `WAITING`.
pub(crate) fn waiting(row: &Row) -> Result<Waiting, Error> {
    Ok(Waiting { subscriber: row.try_get(0)?, rows: unsigned(row.try_get(1)?), oldest_us: row.try_get(2)? })
}

/// Remembers a row of `STATE`.
pub(crate) fn remember_state(shared: &Shared, row: &Row) -> Result<(), Failure> {
    let (rows, bytes, dead) = (host(row.try_get(0))?, host(row.try_get(1))?, host(row.try_get(2))?);
    let mut backlog = shared.backlog.lock();
    (backlog.rows, backlog.bytes, backlog.dead) = (unsigned(rows), unsigned(bytes), unsigned(dead));
    if backlog.rows <= backlog.dead {
        backlog.oldest_us = None;
    } else if backlog.oldest_us.is_none() {
        // The watch looks it up within a second; until then the first event's age is next to nothing.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        backlog.oldest_us = Some(microseconds(since));
    }
    Ok(())
}

/// An id or a count as the table has it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A time as the tables have it; at most about three thousand years.
pub(crate) fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX).min(100_000_000_000_000_000)
}

/// A new UUID of version 7 (RFC 9562): time first, so that new ones lie side by side in an index.
pub(crate) fn fresh_id() -> Result<String, Failure> {
    let mut random = [0_u8; 10];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::Lost(format!("the system gives no random numbers: {error}")))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let random = random.iter().fold(0_u128, |all, byte| (all << 8) | u128::from(*byte));
    Ok(uuid_v7(since.as_millis(), random))
}

/// The smallest such id of a time in the past.
pub(crate) fn id_before(age: Duration) -> String {
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
