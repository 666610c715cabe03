//! Events of batches on their way into the outbox.

use std::sync::atomic::Ordering;

use kontor_data::{Batch, Delivery, SqlError};
use rusqlite::Connection;

use super::Writer;
use crate::{
    clock,
    failure::{Failure, of_store},
    shared::Shared,
};

/// Bits of a row's number that are the event's; above are the subscriber's. 17 billion events each for 500,000
/// subscribers.
const EVENT_BITS: u32 = 44;
/// Numbers are reserved in such blocks, so that no event of an earlier life has the number of a later one.
const RESERVE: u64 = 1 << 20;
/// More events than a group can have.
const RESERVE_MIN: u64 = 1 << 17;

/// The row of an event for a subscriber.
pub(crate) fn row_of(subscriber: i64, event: u64) -> i64 {
    (subscriber << EVENT_BITS) | i64::try_from(event & ((1 << EVENT_BITS) - 1)).unwrap_or(0)
}

/// The event and the subscriber of a row.
pub(crate) fn of_row(row: i64) -> (i64, u64) {
    (row >> EVENT_BITS, u64::try_from(row & ((1 << EVENT_BITS) - 1)).unwrap_or(0))
}

/// Who gets what.
pub(crate) struct Subscriber {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) names: Vec<String>,
}

/// Numbers and subscriptions; and what the group under way has added.
pub(crate) struct Events {
    pub(crate) subscribers: Vec<Subscriber>,
    next: u64,
    reserved: u64,
    /// What the group has added, for the windows.
    added: Vec<(usize, Delivery)>,
    rows: i64,
    bytes: i64,
    start: Mark,
}

/// Where a batch or a group began, to go back to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    next: u64,
    added: usize,
    rows: i64,
    bytes: i64,
}

impl Events {
    pub(crate) fn read(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let reserved =
            connection.query_row("SELECT reserved FROM kontor_outbox_state", [], |row| row.get::<_, i64>(0))?;
        let reserved = u64::try_from(reserved).unwrap_or(0);
        let mut events = Self {
            subscribers: Vec::new(),
            next: reserved + 1,
            reserved,
            added: Vec::new(),
            rows: 0,
            bytes: 0,
            start: Mark::default(),
        };
        events.read_subscribers(connection)?;
        Ok(events)
    }

    pub(crate) fn read_subscribers(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut all = connection.prepare("SELECT number, name FROM kontor_subscribers ORDER BY number")?;
        let mut names = connection.prepare("SELECT name FROM kontor_subscriptions WHERE subscriber = ?1")?;
        self.subscribers.clear();
        for found in all.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))? {
            let (number, name) = found?;
            let names = names.query_map([number], |row| row.get(0))?.collect::<Result<_, _>>()?;
            self.subscribers.push(Subscriber { number, name, names });
        }
        Ok(())
    }

    /// The subscriber's number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.subscribers.iter().find(|subscriber| subscriber.name == name).map(|subscriber| subscriber.number)
    }

    /// Where things stand.
    pub(crate) fn mark(&self) -> Mark {
        Mark { next: self.next, added: self.added.len(), rows: self.rows, bytes: self.bytes }
    }

    /// Undoes what came after the mark.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.next = mark.next;
        self.added.truncate(mark.added);
        self.rows = mark.rows;
        self.bytes = mark.bytes;
    }

    /// A group begins.
    pub(crate) fn begin(&mut self) {
        self.start = self.mark();
    }

    /// The group rolled back.
    pub(crate) fn roll_back(&mut self) {
        self.back_to(self.start);
    }

    /// Something left the outbox.
    pub(crate) fn removed(&mut self, bytes: usize) {
        self.rows -= 1;
        self.bytes -= i64::try_from(bytes).unwrap_or(0);
    }

    /// Refuses events past the outbox's limit; batches without events go on.
    pub(crate) fn have_room(&self, batch: &Batch, shared: &Shared) -> Result<(), Failure> {
        if batch.events.is_empty() {
            return Ok(());
        }
        let rows = shared.counts.rows.load(Ordering::Relaxed).saturating_add_signed(self.rows);
        let bytes = shared.counts.bytes.load(Ordering::Relaxed).saturating_add_signed(self.bytes);
        if rows >= shared.limits.outbox_rows_max || bytes >= shared.limits.outbox_size_max_bytes {
            return Err(Failure::Clean(SqlError::Unavailable(format!(
                "{rows} events with {bytes} bytes of {} wait for their subscribers; nothing that makes events is taken until they are fewer",
                shared.function
            ))));
        }
        Ok(())
    }
}

impl Writer<'_> {
    /// Writes one row for each event and subscriber.
    pub(super) fn add_events(&mut self, batch: &Batch) -> Result<(), Failure> {
        if batch.events.is_empty() {
            return Ok(());
        }
        let time_us = clock::now_us();
        for event in &batch.events {
            let id = self.events.next;
            self.events.next += 1;
            for (place, subscriber) in self.events.subscribers.iter().enumerate() {
                if !subscriber.names.contains(&event.name) {
                    continue;
                }
                self.host
                    .add_event
                    .execute((
                        row_of(subscriber.number, id),
                        &event.name,
                        &event.key,
                        &event.payload,
                        time_us,
                        &batch.trace_id,
                    ))
                    .map_err(|error| of_store(&error))?;
                self.events.rows += 1;
                self.events.bytes += i64::try_from(event.payload.len()).unwrap_or(0);
                let delivery = Delivery {
                    id,
                    subscriber: subscriber.name.clone(),
                    name: event.name.clone(),
                    key: event.key.clone(),
                    payload: event.payload.clone(),
                    time_us,
                    failed: 0,
                    trace_id: batch.trace_id.clone(),
                };
                self.events.added.push((place, delivery));
            }
        }
        Ok(())
    }

    /// Writes the outbox's counts and the reserved numbers, once a group and only if they changed.
    pub(super) fn write_outbox_state(&mut self) -> Result<(), Failure> {
        let moved = self.events.next != self.events.start.next || self.events.rows != 0 || self.events.bytes != 0;
        if !moved {
            return Ok(());
        }
        let reserved = self.events.reserved_for_next();
        let rows = self.shared.counts.rows.load(Ordering::Relaxed).saturating_add_signed(self.events.rows);
        let bytes = self.shared.counts.bytes.load(Ordering::Relaxed).saturating_add_signed(self.events.bytes);
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.host
            .outbox_state
            .execute((number(reserved), number(rows), number(bytes)))
            .map(|_| ())
            .map_err(|error| of_store(&error))
    }

    /// The group is durable: fresh events enter the windows.
    pub(super) fn events_committed(&mut self) {
        let events = &mut self.events;
        events.reserved = events.reserved_for_next();
        let (rows, bytes) = (std::mem::take(&mut events.rows), std::mem::take(&mut events.bytes));
        let counts = &self.shared.counts;
        counts.rows.store(counts.rows.load(Ordering::Relaxed).saturating_add_signed(rows), Ordering::Relaxed);
        counts.bytes.store(counts.bytes.load(Ordering::Relaxed).saturating_add_signed(bytes), Ordering::Relaxed);
        if events.added.is_empty() {
            return;
        }
        let mut windows = self.shared.windows.lock();
        for (place, delivery) in events.added.drain(..) {
            if let Some(window) = events.subscribers.get(place).and_then(|subscriber| windows.get_mut(&subscriber.name))
            {
                window.push(delivery);
            }
        }
    }
}

impl Events {
    fn reserved_for_next(&self) -> u64 {
        if self.next + RESERVE_MIN > self.reserved { self.next + RESERVE } else { self.reserved }
    }
}
