//! The end of a group's transaction: what the host adds to it, and the commit, in one flight.

use kontor_data::{Batch, Delivery, SqlError};
use tokio_postgres::{Row, Statement};

use super::{
    keys::{self, MAKE_ROOM, RECORD},
    slot::{Done, Slot, Work},
    statements::BEGIN,
};
use crate::{
    events_sql::{ADD, FAIL, LEASE, LOCK, RELEASE, REMOVE, REPLAY, STATE},
    failure::Failure,
    outbox_rows,
    pipeline::{Given, in_order, own, plain},
    session::{Session, host},
    shared::{Change, Shared},
};

/// Writes the group's id, by which a lost answer to the commit is decided.
const MARK: &str = "INSERT INTO kontor_commits (id) VALUES ($1::text::uuid)";
/// Text of an error that is kept, characters.
const ERROR_SIZE_MAX: usize = 1_000;

/// Prepares what a group's end may need, once a connection: in a transaction that a batch has broken nothing can be prepared.
pub(super) async fn prepare(session: &mut Session) -> Result<(), Failure> {
    for text in [MARK, LOCK, ADD, MAKE_ROOM, RECORD, REMOVE, FAIL, RELEASE, REPLAY, LEASE, STATE] {
        session.own(text).await?;
    }
    Ok(())
}

/// What a group's end is made of.
pub(super) struct Closing {
    requests: Vec<(Statement, Vec<Given>, Meaning)>,
    /// Whether which events there are changes.
    changes_events: bool,
    /// Tokens of leases, should their answer get lost.
    pub(super) tokens: Vec<String>,
}

/// What a request's rows are for.
#[derive(Clone, Copy)]
enum Meaning {
    Nothing,
    State,
    Changed(usize),
    Leased(usize),
}

impl Closing {
    /// Collects what the group's slots need.
    pub(super) async fn of(session: &mut Session, shared: &Shared, slots: &[Slot], id: &str) -> Result<Self, Failure> {
        let mut closing = Self { requests: Vec::new(), changes_events: false, tokens: Vec::new() };
        let ran: Vec<_> = slots.iter().filter_map(Slot::ran).collect();
        if !ran.is_empty() {
            closing.add(session, MARK, vec![Box::new(id.to_owned())], Meaning::Nothing).await?;
        }
        let events: Vec<&Batch> =
            ran.iter().map(|(queued, _)| &queued.batch).filter(|one| !one.events.is_empty()).collect();
        let count: usize = events.iter().map(|batch| batch.events.len()).sum();
        let changes = |slot: &Slot| matches!(&slot.work, Work::Change { change, .. } if changes_events(change));
        closing.changes_events = count > 0 || slots.iter().any(changes);
        if closing.changes_events {
            closing.add(session, LOCK, vec![Box::new(whole(count))], Meaning::Nothing).await?;
        }
        if count > 0 {
            closing.add(session, ADD, event_columns(&events, count), Meaning::Nothing).await?;
        }
        closing.add_records(session, shared, slots).await?;
        for (place, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.result.is_none()) {
            closing.add_outbox(session, shared, place, slot).await?;
        }
        if closing.changes_events {
            closing.add(session, STATE, Vec::new(), Meaning::State).await?;
        }
        Ok(closing)
    }

    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    async fn add(
        &mut self,
        session: &mut Session,
        text: &'static str,
        given: Vec<Given>,
        meaning: Meaning,
    ) -> Result<(), Failure> {
        let statement = session.own(text).await?;
        self.requests.push((statement, given, meaning));
        Ok(())
    }

    async fn add_records(&mut self, session: &mut Session, shared: &Shared, slots: &[Slot]) -> Result<(), Failure> {
        let (mut ids, mut fingerprints, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        for (queued, executed) in slots.iter().filter_map(Slot::ran) {
            if let Some(idempotency) = &queued.batch.idempotency {
                ids.push(keys::id_of(idempotency));
                fingerprints.push(idempotency.fingerprint.clone());
                outcomes.push(kontor_data::outcomes::encode(&executed.outcomes));
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let room: Vec<Given> = vec![Box::new(ids.clone()), Box::new(keys::live_us(shared))];
        self.add(session, MAKE_ROOM, room, Meaning::Nothing).await?;
        self.add(session, RECORD, vec![Box::new(ids), Box::new(fingerprints), Box::new(outcomes)], Meaning::Nothing)
            .await
    }

    async fn add_outbox(
        &mut self,
        session: &mut Session,
        shared: &Shared,
        place: usize,
        slot: &Slot,
    ) -> Result<(), Failure> {
        let (text, given, meaning): (_, Vec<Given>, _) = match &slot.work {
            Work::Batch(_) => return Ok(()),
            Work::Lease { subscriber, max, lease, .. } => {
                let token = outbox_rows::fresh_id()?;
                self.tokens.push(token.clone());
                let lease_us = outbox_rows::microseconds(*lease);
                let owner = shared.owner.clone();
                let given: Vec<Given> = vec![
                    Box::new(subscriber.clone()),
                    Box::new(whole(*max)),
                    Box::new(lease_us),
                    Box::new(owner),
                    Box::new(token),
                ];
                (LEASE, given, Meaning::Leased(place))
            }
            Work::Change { subscriber, change, .. } => {
                let (text, mut given) = change_of(change, &shared.owner);
                given.insert(0, Box::new(subscriber.clone()));
                (text, given, Meaning::Changed(place))
            }
        };
        self.add(session, text, given, meaning).await
    }

    /// Sends it all with the commit, and reads what came of it. `before` has to be said first in an open transaction; none if
    /// there is none yet.
    pub(super) async fn commit(
        self,
        session: &Session,
        shared: &Shared,
        slots: &mut [Slot],
        before: Option<&'static str>,
    ) -> Result<(), Failure> {
        // The tables may have grown since anybody counted their rows; an index is right for all of these statements.
        let begin = before.map_or_else(|| BEGIN.to_owned(), |before| format!("{before}; SET LOCAL ROLE NONE"));
        let mut asked = vec![plain(&session.client, format!("{begin}; SET LOCAL enable_seqscan = off"))];
        let mut meanings = Vec::with_capacity(self.requests.len());
        for (statement, given, meaning) in self.requests {
            asked.push(own(&session.client, statement, given));
            meanings.push(meaning);
        }
        asked.push(plain(&session.client, "COMMIT".to_owned()));
        let sent = asked.len();
        let answers = in_order(session.answer_time_max(), asked).await;
        if answers.len() < sent && answers.iter().all(Result::is_ok) {
            return Err(Failure::Lost("PostgreSQL did not answer the commit".to_owned()));
        }
        // A commit after a failure is answered well and rolls back: only if all before it went well, it is one.
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        let rows = answers.into_iter().skip(1);
        meanings.into_iter().zip(rows).try_for_each(|(meaning, rows)| settle(meaning, &rows, shared, slots))
    }
}

fn settle(meaning: Meaning, rows: &[Row], shared: &Shared, slots: &mut [Slot]) -> Result<(), Failure> {
    match meaning {
        Meaning::Nothing => {}
        Meaning::State => {
            if let Some(row) = rows.first() {
                outbox_rows::remember_state(shared, row)?;
            }
        }
        Meaning::Changed(place) => {
            let count: i64 = rows.first().map_or(Ok(0), |row| host(row.try_get(0)))?;
            if let Some(slot) = slots.get_mut(place) {
                slot.result = Some(Ok(Done::Changed(count > 0)));
            }
        }
        Meaning::Leased(place) => {
            let Some(slot) = slots.get_mut(place) else { return Ok(()) };
            let Work::Lease { subscriber, .. } = &slot.work else { return Ok(()) };
            let events = rows.iter().map(|row| outbox_rows::delivery(subscriber, row)).collect::<Result<Vec<_>, _>>();
            let mut events: Vec<Delivery> = host(events)?;
            events.sort_by_key(|event| event.id);
            slot.result = Some(Ok(Done::Leased(events)));
        }
    }
    Ok(())
}

fn changes_events(change: &Change) -> bool {
    !matches!(change, Change::Release { .. })
}

fn change_of(change: &Change, owner: &str) -> (&'static str, Vec<Given>) {
    let ids = |ids: &[u64]| -> Given { Box::new(ids.iter().map(|id| outbox_rows::signed(*id)).collect::<Vec<i64>>()) };
    match change {
        Change::Acknowledge(all) => (REMOVE, vec![ids(all), Box::new(false)]),
        Change::Skip(id) => (REMOVE, vec![ids(&[*id]), Box::new(true)]),
        Change::Replay(id) => (REPLAY, vec![Box::new(outbox_rows::signed(*id))]),
        Change::Release { ids: all, pause } => {
            (RELEASE, vec![ids(all), Box::new(outbox_rows::microseconds(*pause)), Box::new(owner.to_owned())])
        }
        Change::Fail { id, error, backoff, dead } => {
            let error: String = error.chars().filter(|character| *character != '\0').take(ERROR_SIZE_MAX).collect();
            let backoff_us = outbox_rows::microseconds(*backoff);
            (FAIL, vec![Box::new(outbox_rows::signed(*id)), Box::new(error), Box::new(backoff_us), Box::new(*dead)])
        }
    }
}

fn event_columns(batches: &[&Batch], count: usize) -> Vec<Given> {
    let (mut names, mut keys, mut payloads, mut traces) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for batch in batches {
        for event in &batch.events {
            names.push(event.name.clone());
            keys.push(event.key.clone());
            payloads.push(event.payload.clone());
            traces.push(batch.trace_id.clone());
        }
    }
    vec![Box::new(names), Box::new(keys), Box::new(payloads), Box::new(traces), Box::new(whole(count))]
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Refuses batches that need room while the database is as large as it may be. Who only deletes and reads makes room.
pub(super) fn refuse_growth_past_the_limit(shared: &Shared, slots: &mut [Slot]) {
    let Some(reason) = shared.full.lock().clone() else { return };
    let grows = |batch: &Batch| {
        !batch.events.is_empty() || batch.statements.iter().any(|statement| shared.checked.may_grow(statement))
    };
    for slot in slots.iter_mut().filter(|slot| slot.open_batch().is_some_and(|queued| grows(&queued.batch))) {
        slot.settle(Err(SqlError::Unavailable(reason.clone())));
    }
}

/// Refuses events past the outbox's limit; batches without events go on. Counts what the group itself adds.
pub(super) fn refuse_events_past_the_limit(shared: &Shared, slots: &mut [Slot]) {
    let backlog = *shared.backlog.lock();
    let (mut rows, mut bytes) = (backlog.rows, backlog.bytes);
    for slot in slots {
        let Some(events) = slot.open_batch().map(|queued| &queued.batch.events).filter(|all| !all.is_empty()) else {
            continue;
        };
        if rows >= shared.limits.outbox_rows_max || bytes >= shared.limits.outbox_size_max_bytes {
            slot.settle(Err(SqlError::Unavailable(format!(
                "{rows} events with {bytes} bytes of {} wait for their subscribers; nothing that makes events is taken until they are fewer",
                shared.function
            ))));
        } else {
            rows += events.len() as u64;
            bytes += events.iter().map(|event| event.payload.len() as u64).sum::<u64>();
        }
    }
}
