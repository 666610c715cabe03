//! The outbox's statements. They run as the host role, in the function's database.
//!
//! Whatever changes which events there are first locks the one row of `kontor_outbox_state` and holds it until its commit:
//! numbers then rise in the order of commits, counts are exact, and the oldest event of each key is marked once, however
//! many processes share the database. Since a group does this last, right before its commit, nobody holds the row for long.
//! The clock is the server's own: processes' clocks may differ.

use std::collections::{BTreeMap, HashSet};

use kontor_data::{Delivery, NewEvent};
use kontor_data_server::{
    Change, Failure, State,
    ids::{microseconds, signed, unsigned},
};
use mysql_async::{FromRowError, Row, Value, prelude::FromRow};

use crate::session::Session;

/// Now, in microseconds since 1970 UTC.
pub(crate) const NOW: &str = "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)";

/// Values that go into one statement at most.
const CHUNK: usize = 64;
/// Bytes of rows that go into one statement, unless one row alone has more.
const CHUNK_SIZE_MAX_BYTES: usize = 1 << 20;
/// Text of an error that is kept, characters.
const ERROR_SIZE_MAX: usize = 1_000;

const LOCK: &str = "UPDATE kontor_outbox_state SET next_id = next_id + ? WHERE id = 1";
const NEXT: &str = "SELECT next_id FROM kontor_outbox_state WHERE id = 1";
pub(crate) const STATE: &str = "SELECT event_count, byte_count, dead_count FROM kontor_outbox_state WHERE id = 1";
const COUNT: &str = "UPDATE kontor_outbox_state SET event_count = event_count + ?, byte_count = byte_count + ?, \
     dead_count = dead_count + ? WHERE id = 1";
const ADD: &str =
    "INSERT INTO kontor_outbox (subscriber, id, name, event_key, payload, time_us, trace_id, head, due_us) VALUES ";
const SEEN: &str =
    "INSERT INTO kontor_processes (id, seen_us) VALUES (?, {NOW}) ON DUPLICATE KEY UPDATE seen_us = VALUES(seen_us)";

/// Process `?` lives.
pub(crate) fn seen() -> String {
    SEEN.replace("{NOW}", NOW)
}

/// Reads a row of the host's own tables.
pub(crate) fn read<T: FromRow>(row: Row) -> Result<T, Failure> {
    T::from_row_opt(row)
        .map_err(|FromRowError(row)| Failure::Lost(format!("a row of MySQL's cannot be read: {:?}", row.columns_ref())))
}

/// Parts of so many values that few different texts are enough; the last one is filled with its last value, which changes
/// nothing about what is `IN` a list. With each the question marks for it.
pub(crate) fn in_chunks<T>(all: &[T]) -> impl Iterator<Item = (String, Vec<&T>)> {
    all.chunks(CHUNK).filter_map(|part| {
        let last = part.last()?;
        let size = if part.len() == 1 { 1 } else { part.len().next_power_of_two() };
        let filled: Vec<&T> = part.iter().chain(std::iter::repeat(last)).take(size).collect();
        Some((marks(size), filled))
    })
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Inserts rows, some at a time. `row` is the text of one; the parts are powers of two, so that few texts are prepared.
pub(crate) async fn insert_rows(
    session: &mut Session,
    text: &str,
    row: &str,
    mut rows: &[Vec<Value>],
) -> Result<(), Failure> {
    while !rows.is_empty() {
        let mut count = rows.len().min(CHUNK);
        count = 1 << count.ilog2();
        while count > 1 && rows.iter().take(count).map(|row| size_bytes(row)).sum::<usize>() > CHUNK_SIZE_MAX_BYTES {
            count /= 2;
        }
        let (part, rest) = rows.split_at_checked(count).unwrap_or((rows, &[]));
        session.touch(&format!("{text}{}", vec![row; part.len()].join(", ")), part.concat()).await?;
        rows = rest;
    }
    Ok(())
}

fn size_bytes(row: &[Value]) -> usize {
    row.iter().map(|value| if let Value::Bytes(bytes) = value { bytes.len() } else { 9 }).sum()
}

/// Locks the outbox and reserves numbers; gives the first one.
pub(crate) async fn lock(session: &mut Session, count: usize) -> Result<i64, Failure> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    session.touch(LOCK, vec![count.into()]).await?;
    let (rows, _) = session.own(NEXT, vec![]).await?;
    let (next,): (i64,) = rows.into_iter().next().map_or_else(|| Err(no_row()), read)?;
    Ok(next - count)
}

/// What is on its way.
pub(crate) async fn state(session: &mut Session) -> Result<State, Failure> {
    let (rows, _) = session.own(STATE, vec![]).await?;
    let (rows, bytes, dead) = rows.into_iter().next().map_or_else(|| Err(no_row()), read)?;
    Ok(State { rows, bytes, dead })
}

fn no_row() -> Failure {
    Failure::Lost("MySQL answered without a row; the row of kontor_outbox_state is gone".to_owned())
}

async fn count(session: &mut Session, rows: i64, bytes: i64, dead: i64) -> Result<(), Failure> {
    if (rows, bytes, dead) != (0, 0, 0) {
        session.touch(COUNT, vec![rows.into(), bytes.into(), dead.into()]).await?;
    }
    Ok(())
}

/// Stores events for everybody who subscribes now, with numbers from `first` on.
pub(crate) async fn add(session: &mut Session, events: &[(&NewEvent, &str)], first: i64) -> Result<(), Failure> {
    let (rows, _) =
        session.own("SELECT name, subscriber FROM kontor_subscriptions ORDER BY name, subscriber", vec![]).await?;
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (name, subscriber): (String, String) = read(row)?;
        wanted.entry(name).or_default().push(subscriber);
    }
    let heard: Vec<_> = events.iter().zip(first..).filter(|((event, _), _)| wanted.contains_key(&event.name)).collect();
    let keys: Vec<&str> =
        heard.iter().map(|((event, _), _)| event.key.as_str()).collect::<HashSet<_>>().into_iter().collect();
    let mut waiting = keys_that_wait(session, &keys).await?;
    let (rows, _) = session.own(&format!("SELECT {NOW}"), vec![]).await?;
    let (now_us,): (i64,) = rows.into_iter().next().map_or_else(|| Err(no_row()), read)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for ((event, trace_id), id) in heard {
        for subscriber in wanted.get(&event.name).into_iter().flatten() {
            let is_head = waiting.insert((subscriber.clone(), event.key.clone()));
            bytes += event.payload.len();
            rows.push(vec![
                subscriber.as_str().into(),
                id.into(),
                event.name.as_str().into(),
                event.key.as_str().into(),
                event.payload.as_str().into(),
                now_us.into(),
                (*trace_id).into(),
                is_head.into(),
                now_us.into(),
            ]);
        }
    }
    insert_rows(session, ADD, "(?, ?, ?, ?, ?, ?, ?, ?, ?)", &rows).await?;
    count(session, i64::try_from(rows.len()).unwrap_or(i64::MAX), i64::try_from(bytes).unwrap_or(i64::MAX), 0).await
}

/// Which subscribers have events of these keys.
async fn keys_that_wait(session: &mut Session, keys: &[&str]) -> Result<HashSet<(String, String)>, Failure> {
    let mut found = HashSet::new();
    for (marks, part) in in_chunks(keys) {
        let text = format!("SELECT DISTINCT subscriber, event_key FROM kontor_outbox WHERE event_key IN ({marks})");
        let (rows, _) = session.own(&text, part.into_iter().map(|key| (*key).into()).collect()).await?;
        for row in rows {
            found.insert(read(row)?);
        }
    }
    Ok(found)
}

/// Does a change; whether there was something to change.
pub(crate) async fn change(
    session: &mut Session,
    subscriber: &str,
    change: &Change,
    owner: &str,
) -> Result<bool, Failure> {
    match change {
        Change::Acknowledge(ids) => remove(session, subscriber, ids, false).await,
        Change::Skip(id) => remove(session, subscriber, &[*id], true).await,
        Change::Replay(id) => {
            let text = "UPDATE kontor_outbox SET failed = 0, error = NULL, dead = FALSE, due_us = time_us \
                 WHERE subscriber = ? AND id = ? AND dead";
            let hit = session.touch(text, vec![subscriber.into(), signed(*id).into()]).await?;
            count(session, 0, 0, -signed(hit)).await?;
            Ok(hit > 0)
        }
        Change::Release { ids, pause } => {
            let mut hit = 0;
            for (marks, part) in in_chunks(ids) {
                let text = format!(
                    "UPDATE kontor_outbox SET owner = NULL, token = NULL, due_us = {NOW} + ? \
                     WHERE subscriber = ? AND id IN ({marks}) AND head AND NOT dead AND owner = ?"
                );
                let mut given: Vec<Value> = vec![microseconds(*pause).into(), subscriber.into()];
                given.extend(part.into_iter().map(|id| Value::from(signed(*id))));
                given.push(owner.into());
                hit += session.touch(&text, given).await?;
            }
            Ok(hit > 0)
        }
        Change::Fail { id, error, backoff, dead } => {
            let error: String = error.chars().take(ERROR_SIZE_MAX).collect();
            let text = format!(
                "UPDATE kontor_outbox SET failed = failed + 1, error = ?, owner = NULL, token = NULL, due_us = {NOW} + ?, \
                 dead = ? WHERE subscriber = ? AND id = ? AND NOT dead"
            );
            let given: Vec<Value> = vec![
                error.into(),
                microseconds(*backoff).into(),
                (*dead).into(),
                subscriber.into(),
                signed(*id).into(),
            ];
            let hit = session.touch(&text, given).await?;
            count(session, 0, 0, if *dead { signed(hit) } else { 0 }).await?;
            Ok(hit > 0)
        }
    }
}

/// Removes events, or dead letters alone; the next of each key is free then.
async fn remove(session: &mut Session, subscriber: &str, ids: &[u64], only_dead: bool) -> Result<bool, Failure> {
    let (mut removed, mut bytes, mut dead, mut keys) = (0, 0, 0, Vec::new());
    for (marks, part) in in_chunks(ids) {
        let given = || {
            let mut given: Vec<Value> = vec![subscriber.into()];
            given.extend(part.iter().map(|id| Value::from(signed(**id))));
            given
        };
        let which = format!("subscriber = ? AND id IN ({marks}){}", if only_dead { " AND dead" } else { "" });
        let text = format!("SELECT event_key, head, LENGTH(payload), dead FROM kontor_outbox WHERE {which} FOR UPDATE");
        let (rows, _) = session.own(&text, given()).await?;
        for row in rows {
            let (key, is_head, size, is_dead): (String, bool, i64, bool) = read(row)?;
            (removed, bytes, dead) = (removed + 1, bytes + size, dead + i64::from(is_dead));
            if is_head {
                keys.push(key);
            }
        }
        session.touch(&format!("DELETE FROM kontor_outbox WHERE {which}"), given()).await?;
    }
    free_next(session, subscriber, &keys).await?;
    count(session, -removed, -bytes, -dead).await?;
    Ok(removed > 0)
}

async fn free_next(session: &mut Session, subscriber: &str, keys: &[String]) -> Result<(), Failure> {
    let mut next: Vec<i64> = Vec::new();
    for (marks, part) in in_chunks(keys) {
        let text = format!(
            "SELECT MIN(id) FROM kontor_outbox WHERE subscriber = ? AND event_key IN ({marks}) GROUP BY event_key"
        );
        let mut given: Vec<Value> = vec![subscriber.into()];
        given.extend(part.into_iter().map(|key| Value::from(key.as_str())));
        for row in session.own(&text, given).await?.0 {
            next.push(read::<(i64,)>(row)?.0);
        }
    }
    for (marks, part) in in_chunks(&next) {
        let text =
            format!("UPDATE kontor_outbox SET head = TRUE, due_us = time_us WHERE subscriber = ? AND id IN ({marks})");
        let mut given: Vec<Value> = vec![subscriber.into()];
        given.extend(part.into_iter().map(|id| Value::from(*id)));
        session.touch(&text, given).await?;
    }
    Ok(())
}

/// What to lease.
pub(crate) struct Leasing<'a> {
    pub(crate) subscriber: &'a str,
    pub(crate) max: usize,
    pub(crate) lease_us: i64,
    pub(crate) owner: &'a str,
    pub(crate) token: &'a str,
}

/// Leases events. What another process is just leasing is passed over. A lease shows that the process lives; without one
/// nothing is written.
pub(crate) async fn lease(session: &mut Session, leasing: &Leasing<'_>) -> Result<Vec<Delivery>, Failure> {
    let Leasing { subscriber, max, lease_us, owner, token } = *leasing;
    let text = format!(
        "SELECT id, name, event_key, payload, time_us, failed, trace_id FROM kontor_outbox \
         WHERE subscriber = ? AND head = 1 AND dead = 0 AND due_us <= {NOW} ORDER BY due_us, id LIMIT ? \
         FOR UPDATE SKIP LOCKED"
    );
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let (rows, _) = session.own(&text, vec![subscriber.into(), max.into()]).await?;
    let events = rows.into_iter().map(|row| delivery(subscriber, row)).collect::<Result<Vec<_>, _>>()?;
    if events.is_empty() {
        return Ok(events);
    }
    session.touch(&seen(), vec![owner.into()]).await?;
    let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    for (marks, part) in in_chunks(&ids) {
        let text = format!(
            "UPDATE kontor_outbox SET owner = ?, token = ?, due_us = {NOW} + ? WHERE subscriber = ? AND id IN ({marks})"
        );
        let mut given: Vec<Value> = vec![owner.into(), token.into(), lease_us.into(), subscriber.into()];
        given.extend(part.into_iter().map(|id| Value::from(signed(*id))));
        session.touch(&text, given).await?;
    }
    Ok(events)
}

fn delivery(subscriber: &str, row: Row) -> Result<Delivery, Failure> {
    let (id, name, key, payload, time_us, failed, trace_id): (i64, _, _, _, _, i64, _) = read(row)?;
    Ok(Delivery {
        id: unsigned(id),
        subscriber: subscriber.to_owned(),
        name,
        key,
        payload,
        time_us,
        failed: u32::try_from(failed).unwrap_or(u32::MAX),
        trace_id,
    })
}
