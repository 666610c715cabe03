//! The outbox's rows as the port has them.

use kontor_data::{DeadLetter, Delivery, Waiting};
use kontor_data_server::{State, ids::unsigned};
use tokio_postgres::{Error, Row};

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

/// A row of `STATE`.
pub(crate) fn state(row: &Row) -> Result<State, Error> {
    Ok(State { rows: row.try_get(0)?, bytes: row.try_get(1)?, dead: row.try_get(2)? })
}
