//! Outcomes that are kept for repeats.
//!
//! The record is stored in the transaction of its batch, under a unique key. Of two processes that run the same key at the
//! same time, the second one's record meets that key, its transaction rolls back, and it finds the first one's record then.

use std::collections::HashSet;

use kontor_data::{Executed, Idempotency, SqlError, outcomes};
use sha2::{Digest, Sha256};

use super::{
    closing::Record,
    slot::{Done, Slot},
};
use crate::{Failure, Session, Shared, Writing};

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
pub(super) fn live_us<S: Session>(shared: &Shared<S>) -> i64 {
    i64::try_from(shared.limits.idempotency_time_to_live.as_micros()).unwrap_or(i64::MAX / 2)
}

/// A batch's key, by the slot's place.
fn wanted<S: Session>(slots: &[Slot<S>], is_asked: impl Fn(&Slot<S>) -> bool) -> Vec<(usize, Vec<u8>)> {
    let key = |(place, slot): (usize, &Slot<S>)| {
        let idempotency = slot.queued()?.batch.idempotency.as_ref()?;
        is_asked(slot).then(|| (place, id_of(idempotency)))
    };
    slots.iter().enumerate().filter_map(key).collect()
}

/// Settles what was done before. Gives the places of batches whose key another one of this group has too: they wait for its
/// end.
pub(super) async fn replay<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &mut [Slot<S>],
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
pub(super) async fn look_again<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &mut [Slot<S>],
) -> Result<(), Failure> {
    let met = |slot: &Slot<S>| matches!(slot.result, Some(Err(SqlError::Conflict { .. } | SqlError::Guard { .. })));
    let keys = wanted(slots, met);
    settle_recorded(session, shared, slots, &keys).await
}

async fn settle_recorded<S: Writing>(
    session: &mut S,
    shared: &Shared<S>,
    slots: &mut [Slot<S>],
    keys: &[(usize, Vec<u8>)],
) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let ids: Vec<Vec<u8>> = keys.iter().map(|(_, id)| id.clone()).collect();
    for Record { id, fingerprint, outcome } in session.records(&ids, live_us(shared)).await? {
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
