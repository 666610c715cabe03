//! Outcomes that are kept for repeats.
//!
//! The record is stored in the transaction of its batch, under a unique key. Of two processes that run the same key at the
//! same time, the second one's record meets that key, its transaction rolls back, and it finds the first one's record then.

use std::collections::HashSet;

use kontor_data::{Executed, Idempotency, SqlError, outcomes};
use sha2::{Digest, Sha256};

use super::slot::{Done, Slot};
use crate::{
    events_sql::now,
    failure::Failure,
    session::{Session, host},
    shared::Shared,
};

const FIND: &str = concat!(
    "SELECT id, fingerprint, outcome FROM kontor_idempotency WHERE id = ANY($1) AND made_us >= ",
    now!(),
    " - $2"
);

/// Records whose time is over make room for new ones of the same key.
pub(super) const MAKE_ROOM: &str =
    concat!("DELETE FROM kontor_idempotency WHERE id = ANY($1) AND made_us < ", now!(), " - $2");

/// Stores records: ids, fingerprints, outcomes.
pub(super) const RECORD: &str = concat!(
    "INSERT INTO kontor_idempotency (id, made_us, fingerprint, outcome) SELECT r.id, ",
    now!(),
    ", r.fingerprint, r.outcome FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS r (id, fingerprint, outcome)"
);

/// What stands for (operation, caller, key).
pub(super) fn id_of(idempotency: &Idempotency) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in [&idempotency.operation, &idempotency.caller, &idempotency.key] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

/// How long a record lives, in microseconds.
pub(super) fn live_us(shared: &Shared) -> i64 {
    i64::try_from(shared.limits.idempotency_time_to_live.as_micros()).unwrap_or(i64::MAX / 2)
}

/// A batch's key, by the slot's place.
fn wanted(slots: &[Slot], is_asked: impl Fn(&Slot) -> bool) -> Vec<(usize, Vec<u8>)> {
    let key = |(place, slot): (usize, &Slot)| {
        let idempotency = slot.queued()?.batch.idempotency.as_ref()?;
        is_asked(slot).then(|| (place, id_of(idempotency)))
    };
    slots.iter().enumerate().filter_map(key).collect()
}

/// Settles what was done before. Gives the places of batches whose key another one of this group has too: they wait for its
/// end.
pub(super) async fn replay(
    session: &mut Session,
    shared: &Shared,
    slots: &mut [Slot],
) -> Result<HashSet<usize>, Failure> {
    let keys = wanted(slots, |slot| slot.result.is_none());
    settle_recorded(session, shared, slots, &keys).await?;
    let mut seen = HashSet::new();
    let is_open = |place: usize| slots.get(place).is_some_and(|slot| slot.result.is_none());
    Ok(keys
        .into_iter()
        .filter(|(place, id)| is_open(*place) && !seen.insert(id.clone()))
        .map(|(place, _)| place)
        .collect())
}

/// A batch that failed may have met what another process did under the same key in the meantime; then that counts.
pub(super) async fn look_again(session: &mut Session, shared: &Shared, slots: &mut [Slot]) -> Result<(), Failure> {
    let met = |slot: &Slot| matches!(slot.result, Some(Err(SqlError::Conflict { .. } | SqlError::Guard { .. })));
    let keys = wanted(slots, met);
    settle_recorded(session, shared, slots, &keys).await
}

async fn settle_recorded(
    session: &mut Session,
    shared: &Shared,
    slots: &mut [Slot],
    keys: &[(usize, Vec<u8>)],
) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let ids: Vec<&[u8]> = keys.iter().map(|(_, id)| id.as_slice()).collect();
    let find = session.own(FIND).await?;
    let rows = host(session.answered(session.client.query(&find, &[&ids, &live_us(shared)])).await?)?;
    for row in rows {
        let id: Vec<u8> = host(row.try_get(0))?;
        let (fingerprint, outcome): (Vec<u8>, Vec<u8>) = (host(row.try_get(1))?, host(row.try_get(2))?);
        for (place, _) in keys.iter().filter(|(_, key)| *key == id) {
            let Some(slot) = slots.get_mut(*place) else { continue };
            let asked = slot.queued().and_then(|queued| queued.batch.idempotency.as_ref());
            let result = if asked.is_some_and(|asked| asked.fingerprint != fingerprint) {
                Err(SqlError::KeyReused)
            } else {
                let unreadable = || SqlError::Other("a stored outcome cannot be read".to_owned());
                outcomes::decode(&outcome)
                    .map(|outcomes| Done::Batch(Executed { outcomes, replayed: true, ..Executed::default() }))
                    .ok_or_else(unreadable)
            };
            slot.settle(result);
        }
    }
    Ok(())
}
