//! What the host adds to a group's transaction before it is committed.

use std::time::Duration;

use kontor_data::{Batch, Delivery, Executed, NewEvent, SqlError};

use super::{
    keys,
    slot::{Done, Slot, Work},
};
use crate::{Change, Failure, Session, Shared, State, ids::fresh_id};

/// An outcome that is kept for repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Stands for (operation, caller, key): 32 bytes.
    pub id: Vec<u8>,
    /// What was asked for.
    pub fingerprint: Vec<u8>,
    /// As `kontor_data::outcomes` writes it.
    pub outcome: Vec<u8>,
}

/// What is asked of the outbox.
#[derive(Debug)]
pub enum Asking<'a> {
    /// A change; answers whether there was something to change.
    Change(&'a Change),
    /// Events for the subscriber.
    Lease {
        /// At most so many.
        max: usize,
        /// For how long.
        lease: Duration,
        /// Marks what is leased, should the answer get lost.
        token: String,
    },
}

/// What a group's end is made of.
#[derive(Debug)]
pub struct Closing<'a> {
    /// The group's id, by which a lost answer to its commit is decided; none if no batch ran, so that nothing was written yet.
    pub id: Option<&'a str>,
    /// Events of the batches, each with the trace that made it.
    pub events: Vec<(&'a NewEvent, &'a str)>,
    /// Records of the batches' idempotency keys.
    pub records: Vec<Record>,
    /// How long such a record lives, microseconds.
    pub records_live_us: i64,
    /// What is asked of the outbox: place in the group, subscriber, and what.
    pub outbox: Vec<(usize, &'a str, Asking<'a>)>,
    /// Whether which events there are changes: then the row of counts has to be locked first, and [`Closed::state`] told.
    pub changes_events: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Closed {
    /// What is on its way now.
    pub state: Option<State>,
    /// Results of what was asked of the outbox: place in the group, and what.
    pub results: Vec<(usize, Done)>,
}

impl<'a> Closing<'a> {
    /// Collects what the group's slots need.
    pub(super) fn of<S: Session>(shared: &Shared<S>, slots: &'a [Slot<S>], id: &'a str) -> Result<Self, Failure> {
        let ran: Vec<_> = slots.iter().filter_map(Slot::ran).collect();
        let events: Vec<_> = ran.iter().flat_map(|(queued, _)| events_of(&queued.batch)).collect();
        let changes = |slot: &Slot<S>| matches!(&slot.work, Work::Change { change, .. } if !matches!(change, Change::Release { .. }));
        let mut outbox = Vec::new();
        for (place, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.result.is_none()) {
            match &slot.work {
                Work::Batch(_) => {}
                Work::Change { subscriber, change, .. } => {
                    outbox.push((place, subscriber.as_str(), Asking::Change(change)))
                }
                Work::Lease { subscriber, max, lease, .. } => {
                    let asking = Asking::Lease { max: *max, lease: *lease, token: fresh_id()? };
                    outbox.push((place, subscriber.as_str(), asking));
                }
            }
        }
        Ok(Self {
            id: (!ran.is_empty()).then_some(id),
            changes_events: !events.is_empty() || slots.iter().any(changes),
            events,
            records: ran.iter().filter_map(|(queued, executed)| record(&queued.batch, executed)).collect(),
            records_live_us: keys::live_us(shared),
            outbox,
        })
    }

    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.id.is_none() && self.outbox.is_empty()
    }

    /// Tokens of leases, should their answer get lost.
    pub(super) fn tokens(&self) -> Vec<String> {
        let token = |(_, _, asking): &(usize, &str, Asking<'_>)| match asking {
            Asking::Lease { token, .. } => Some(token.clone()),
            Asking::Change(_) => None,
        };
        self.outbox.iter().filter_map(token).collect()
    }
}

impl Closed {
    /// Gives each slot its result.
    pub(super) fn settle<S: Session>(self, shared: &Shared<S>, slots: &mut [Slot<S>]) {
        if let Some(state) = self.state {
            shared.remember(state);
        }
        for (place, mut done) in self.results {
            if let Done::Leased(events) = &mut done {
                events.sort_by_key(|event: &Delivery| event.id);
            }
            if let Some(slot) = slots.get_mut(place) {
                slot.result = Some(Ok(done));
            }
        }
    }
}

fn events_of(batch: &Batch) -> impl Iterator<Item = (&NewEvent, &str)> {
    batch.events.iter().map(|event| (event, batch.trace_id.as_str()))
}

fn record(batch: &Batch, executed: &Executed) -> Option<Record> {
    batch.idempotency.as_ref().map(|idempotency| Record {
        id: keys::id_of(idempotency),
        fingerprint: idempotency.fingerprint.clone(),
        outcome: kontor_data::outcomes::encode(&executed.outcomes),
    })
}

/// Refuses batches that need room while the database is as large as it may be. Who only deletes and reads makes room.
pub(super) fn refuse_growth_past_the_limit<S: Session>(shared: &Shared<S>, slots: &mut [Slot<S>]) {
    let Some(reason) = shared.full.lock().clone() else { return };
    let grows = |batch: &Batch| {
        !batch.events.is_empty() || batch.statements.iter().any(|statement| shared.checked.may_grow(statement))
    };
    for slot in slots.iter_mut().filter(|slot| slot.open_batch().is_some_and(|queued| grows(&queued.batch))) {
        slot.settle(Err(SqlError::Unavailable(reason.clone())));
    }
}

/// Refuses events past the outbox's limit; batches without events go on. Counts what the group itself adds.
pub(super) fn refuse_events_past_the_limit<S: Session>(shared: &Shared<S>, slots: &mut [Slot<S>]) {
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
