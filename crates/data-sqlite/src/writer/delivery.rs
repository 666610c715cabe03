//! The outbox's rows: what is loaded, acknowledged, failed, replayed and skipped.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use kontor_data::{DeadLetter, Delivery, Waiting};
use rusqlite::OptionalExtension;

use super::{
    Writer,
    events::{of_row, row_of},
};
use crate::{
    clock,
    failure::{Failure, of_store},
    outbox::Window,
    shared::Change,
};

/// Rows that are read at a time, so that nobody waits long behind it.
const LOAD_MAX: usize = 1_000;
/// Payloads that are read at a time, bytes.
const LOAD_SIZE_MAX_BYTES: usize = 4 << 20;
/// Rows of one subscriber that are counted at most.
const COUNTED_MAX: i64 = 100_000;
/// Text of an error that is kept, bytes.
const ERROR_SIZE_MAX_BYTES: usize = 1_000;

/// What a change means for a subscriber's window, once it is durable.
pub(crate) enum Effect {
    Gone { id: u64, key: Option<String>, dead: bool },
    Failed { id: u64, backoff: Duration },
    GivenUp { id: u64 },
    Replayed { id: u64, key: String },
}

/// An event as the table has it.
struct Stored {
    key: String,
    bytes: u32,
    failed: u32,
    dead: bool,
}

impl Writer<'_> {
    /// Makes one change in the group's transaction; false if there was nothing to change.
    pub(super) fn change(&mut self, subscriber: &str, change: &Change) -> Result<bool, Failure> {
        let Some(number) = self.events.number(subscriber) else { return Ok(false) };
        match change {
            Change::Acknowledge(ids) => {
                ids.iter().try_fold(false, |any, id| Ok(self.acknowledge(number, subscriber, *id)? || any))
            }
            Change::Fail { id, error, backoff, dead } => self.fail(number, subscriber, *id, error, *backoff, *dead),
            Change::Replay(id) => self.replay(number, subscriber, *id),
            Change::Skip(id) => {
                let dead = self.stored(row_of(number, *id))?.is_some_and(|stored| stored.dead);
                if dead { self.acknowledge(number, subscriber, *id) } else { Ok(false) }
            }
        }
    }

    fn acknowledge(&mut self, number: i64, subscriber: &str, id: u64) -> Result<bool, Failure> {
        let row = row_of(number, id);
        let known = self
            .shared
            .windows
            .lock()
            .get(subscriber)
            .and_then(|window| window.get(id).map(|event| (event.payload.len(), window.has_failed(id))));
        let (bytes, failed, key, dead) = match known {
            Some((bytes, failed)) => (bytes, failed, None, false),
            None => match self.stored(row)? {
                Some(stored) => (stored.bytes as usize, true, Some(stored.key), stored.dead),
                None => return Ok(false),
            },
        };
        if self.host.remove_event.execute([row]).map_err(|error| of_store(&error))? == 0 {
            return Ok(false);
        }
        if failed {
            self.host.remove_failed.execute([row]).map_err(|error| of_store(&error))?;
        }
        self.events.removed(bytes);
        self.effects.push((subscriber.to_owned(), Effect::Gone { id, key, dead }));
        Ok(true)
    }

    fn fail(
        &mut self,
        number: i64,
        subscriber: &str,
        id: u64,
        error: &str,
        backoff: Duration,
        dead: bool,
    ) -> Result<bool, Failure> {
        let row = row_of(number, id);
        let Some(stored) = self.stored(row)? else { return Ok(false) };
        if stored.dead {
            return Ok(false);
        }
        let backoff_us = i64::try_from(backoff.as_micros()).unwrap_or(i64::MAX);
        let next_us = clock::now_us().saturating_add(backoff_us);
        let error: String = error.chars().filter(|character| *character != '\0').take(ERROR_SIZE_MAX_BYTES).collect();
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO kontor_outbox_failed (id, failed, next_us, error, dead) VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut insert| insert.execute((row, stored.failed + 1, next_us, error, dead)))
            .map_err(|error| of_store(&error))?;
        let effect = if dead { Effect::GivenUp { id } } else { Effect::Failed { id, backoff } };
        self.effects.push((subscriber.to_owned(), effect));
        Ok(true)
    }

    fn replay(&mut self, number: i64, subscriber: &str, id: u64) -> Result<bool, Failure> {
        let row = row_of(number, id);
        let Some(stored) = self.stored(row)?.filter(|stored| stored.dead) else { return Ok(false) };
        self.host.remove_failed.execute([row]).map_err(|error| of_store(&error))?;
        self.effects.push((subscriber.to_owned(), Effect::Replayed { id, key: stored.key }));
        Ok(true)
    }

    fn stored(&self, row: i64) -> Result<Option<Stored>, Failure> {
        self.connection
            .prepare_cached(
                "SELECT e.key, octet_length(e.payload), coalesce(f.failed, 0), coalesce(f.dead, 0) \
                 FROM kontor_outbox e LEFT JOIN kontor_outbox_failed f ON f.id = e.id WHERE e.id = ?1",
            )
            .and_then(|mut find| {
                find.query_row([row], |row| {
                    Ok(Stored { key: row.get(0)?, bytes: row.get(1)?, failed: row.get(2)?, dead: row.get(3)? })
                })
                .optional()
            })
            .map_err(|error| of_store(&error))
    }

    /// What was changed is durable: the windows follow.
    pub(super) fn apply_effects(&mut self) {
        if self.effects.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut windows = self.shared.windows.lock();
        for (subscriber, effect) in self.effects.drain(..) {
            let Some(window) = windows.get_mut(&subscriber) else { continue };
            match effect {
                Effect::Gone { id, key, dead } => {
                    window.remove(id, key.as_deref());
                    if dead {
                        self.shared.counts.dead.fetch_sub(1, Ordering::Relaxed);
                    }
                }
                Effect::Failed { id, backoff } => window.fail(id, now + backoff),
                Effect::GivenUp { id } => {
                    window.give_up(id);
                    self.shared.counts.dead.fetch_add(1, Ordering::Relaxed);
                }
                Effect::Replayed { id, key } => {
                    window.replay(id, &key);
                    self.shared.counts.dead.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Replaces what a subscriber wants. What is so already is not written again, so that a full disk keeps no function
    /// from starting.
    pub(super) fn subscribe(&mut self, subscriber: &str, names: &[String]) -> Result<(), rusqlite::Error> {
        let known = self.events.subscribers.iter().find(|known| known.name == subscriber);
        if names.is_empty() {
            let number = known.map(|known| known.number);
            return number.map_or(Ok(()), |number| self.forget(subscriber, number));
        }
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names.dedup();
            names
        };
        if known.is_some_and(|known| sorted(&known.names) == sorted(names)) {
            return Ok(());
        }
        let transaction = self.connection.unchecked_transaction()?;
        transaction.execute("INSERT OR IGNORE INTO kontor_subscribers (name) VALUES (?1)", [subscriber])?;
        let number: i64 =
            transaction
                .query_row("SELECT number FROM kontor_subscribers WHERE name = ?1", [subscriber], |row| row.get(0))?;
        transaction.execute("DELETE FROM kontor_subscriptions WHERE subscriber = ?1", [number])?;
        for name in names {
            transaction.execute(
                "INSERT OR IGNORE INTO kontor_subscriptions (subscriber, name) VALUES (?1, ?2)",
                (number, name),
            )?;
        }
        transaction.commit()?;
        self.events.read_subscribers(self.connection)?;
        self.shared.windows.lock().entry(subscriber.to_owned()).or_default();
        Ok(())
    }

    /// A subscriber that wants nothing any more: what waits for it would wait for ever, and fill the outbox.
    fn forget(&mut self, subscriber: &str, number: i64) -> Result<(), rusqlite::Error> {
        let (first, last) = (row_of(number, 0), row_of(number + 1, 0) - 1);
        let transaction = self.connection.unchecked_transaction()?;
        let (rows, bytes): (u64, u64) = transaction.query_row(
            "SELECT COUNT(*), COALESCE(SUM(octet_length(payload)), 0) FROM kontor_outbox WHERE id BETWEEN ?1 AND ?2",
            [first, last],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs())),
        )?;
        let dead: i64 = transaction.query_row(
            "SELECT COUNT(*) FROM kontor_outbox_failed WHERE dead = 1 AND id BETWEEN ?1 AND ?2",
            [first, last],
            |row| row.get(0),
        )?;
        for table in ["kontor_outbox", "kontor_outbox_failed"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE id BETWEEN ?1 AND ?2"), [first, last])?;
        }
        transaction.execute(
            "UPDATE kontor_outbox_state SET rows = MAX(rows - ?1, 0), bytes = MAX(bytes - ?2, 0) WHERE id = 1",
            [i64::try_from(rows).unwrap_or(i64::MAX), i64::try_from(bytes).unwrap_or(i64::MAX)],
        )?;
        transaction.execute("DELETE FROM kontor_subscriptions WHERE subscriber = ?1", [number])?;
        transaction.execute("DELETE FROM kontor_subscribers WHERE number = ?1", [number])?;
        transaction.commit()?;
        self.events.read_subscribers(self.connection)?;
        self.shared.windows.lock().remove(subscriber);
        let less = |count: &AtomicU64, by: u64| {
            count.store(count.load(Ordering::Relaxed).saturating_sub(by), Ordering::Relaxed);
        };
        less(&self.shared.counts.rows, rows);
        less(&self.shared.counts.bytes, bytes);
        less(&self.shared.counts.dead, dead.unsigned_abs());
        if rows > 0 {
            let function = &self.shared.function;
            tracing::warn!(%function, subscriber, events = rows, "the subscriber wants no events any more; those that waited are dropped");
        }
        Ok(())
    }

    /// Reads the next events into a subscriber's window.
    pub(super) fn load(&mut self, subscriber: &str) -> Result<(), rusqlite::Error> {
        let from = {
            let mut windows = self.shared.windows.lock();
            let Some(window) = windows.get_mut(subscriber) else { return Ok(()) };
            window.loading = false;
            window.load_from()
        };
        let (Some(from), Some(number)) = (from, self.events.number(subscriber)) else { return Ok(()) };
        let (events, whole) = self.read_events(subscriber, number, from)?;
        if let Some(window) = self.shared.windows.lock().get_mut(subscriber) {
            window.load(events, whole);
        }
        Ok(())
    }

    fn read_events(&self, subscriber: &str, number: i64, from: u64) -> Result<(Vec<Delivery>, bool), rusqlite::Error> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, name, key, payload, time_us, trace_id FROM kontor_outbox WHERE id > ?1 AND id < ?2 ORDER BY id",
        )?;
        let mut rows = select.query((row_of(number, from), row_of(number + 1, 0)))?;
        let (mut events, mut size_bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let event = Delivery {
                id: of_row(row.get(0)?).1,
                subscriber: subscriber.to_owned(),
                name: row.get(1)?,
                key: row.get(2)?,
                payload: row.get(3)?,
                time_us: row.get(4)?,
                failed: 0,
                trace_id: row.get(5)?,
            };
            size_bytes += event.payload.len();
            events.push(event);
            if events.len() >= LOAD_MAX || size_bytes >= LOAD_SIZE_MAX_BYTES {
                return Ok((events, false));
            }
        }
        Ok((events, true))
    }

    /// Builds the windows at the start.
    pub(super) fn restore_windows(&mut self) -> Result<(), rusqlite::Error> {
        let (rows, bytes): (u64, u64) =
            self.connection.query_row("SELECT rows, bytes FROM kontor_outbox_state", [], |row| {
                Ok((row.get::<_, i64>(0)?.max(0).cast_unsigned(), row.get::<_, i64>(1)?.max(0).cast_unsigned()))
            })?;
        self.shared.counts.rows.store(rows, Ordering::Relaxed);
        self.shared.counts.bytes.store(bytes, Ordering::Relaxed);
        let mut windows = self.shared.windows.lock();
        for subscriber in &self.events.subscribers {
            windows.insert(subscriber.name.clone(), if rows == 0 { Window::default() } else { Window::onto_table() });
        }
        let (now, now_us) = (Instant::now(), clock::now_us());
        let mut failed = self.connection.prepare(
            "SELECT f.id, f.failed, f.next_us, f.dead, e.key FROM kontor_outbox_failed f JOIN kontor_outbox e ON e.id = f.id",
        )?;
        let mut rows = failed.query([])?;
        while let Some(row) = rows.next()? {
            let (number, id) = of_row(row.get(0)?);
            let name = self
                .events
                .subscribers
                .iter()
                .find(|subscriber| subscriber.number == number)
                .map(|subscriber| &subscriber.name);
            let Some(window) = name.and_then(|name| windows.get_mut(name)) else { continue };
            if row.get(3)? {
                window.remember_dead(id, row.get(4)?);
                self.shared.counts.dead.fetch_add(1, Ordering::Relaxed);
            } else {
                let wait_us = row.get::<_, i64>(2)?.saturating_sub(now_us).max(0).cast_unsigned();
                window.remember_failed(id, row.get(1)?, now + Duration::from_micros(wait_us));
            }
        }
        Ok(())
    }

    /// Counts what waits for each subscriber. All of it is counted along; only where several share it, rows are, and then
    /// no more than what delays nobody's commit.
    pub(super) fn waiting(&self) -> Result<Vec<Waiting>, rusqlite::Error> {
        let mut count = self
            .connection
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM kontor_outbox WHERE id > ?1 AND id < ?2 LIMIT ?3)")?;
        let mut oldest = self
            .connection
            .prepare_cached("SELECT time_us FROM kontor_outbox WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1")?;
        let subscribers = &self.events.subscribers;
        let mut all = Vec::with_capacity(subscribers.len());
        for subscriber in subscribers {
            let (from, to) = (row_of(subscriber.number, 0), row_of(subscriber.number + 1, 0));
            let rows = match subscribers.len() {
                1 => self.shared.counts.rows.load(Ordering::Relaxed),
                _ => count.query_row((from, to, COUNTED_MAX), |row| row.get::<_, i64>(0))?.max(0).cast_unsigned(),
            };
            let oldest_us = oldest.query_row((from, to), |row| row.get(0)).optional()?;
            all.push(Waiting { subscriber: subscriber.name.clone(), rows, oldest_us });
        }
        all.sort_by(|one, other| one.subscriber.cmp(&other.subscriber));
        Ok(all)
    }

    /// Lists what failed at least once, oldest first.
    pub(super) fn failed(&self, max: usize) -> Result<Vec<DeadLetter>, rusqlite::Error> {
        let mut select = self.connection.prepare_cached(
            "SELECT e.id, s.name, e.name, e.key, e.payload, e.time_us, f.failed, e.trace_id, f.error, f.dead, f.next_us \
             FROM kontor_outbox_failed f JOIN kontor_outbox e ON e.id = f.id \
             JOIN kontor_subscribers s ON s.number = (e.id >> 44) ORDER BY e.time_us, e.id LIMIT ?1",
        )?;
        let letters = select.query_map([i64::try_from(max).unwrap_or(i64::MAX)], |row| {
            Ok(DeadLetter {
                delivery: Delivery {
                    id: of_row(row.get(0)?).1,
                    subscriber: row.get(1)?,
                    name: row.get(2)?,
                    key: row.get(3)?,
                    payload: row.get(4)?,
                    time_us: row.get(5)?,
                    failed: row.get(6)?,
                    trace_id: row.get(7)?,
                },
                error: row.get(8)?,
                dead: row.get(9)?,
                next_us: row.get(10)?,
            })
        })?;
        letters.collect()
    }
}
