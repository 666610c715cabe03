//! Outcomes that are kept for repeats.
//!
//! Clients' keys are random, and a random key in a large tree costs a page for each. So the records lie in a table in
//! the order they came, and only eight bytes of a hash are in a tree of their own; the full key is compared.

use std::time::Duration;

use kontor_data::{Idempotency, Outcome, SqlError, outcomes};
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::Writer;
use crate::{
    clock,
    failure::{Failure, of_store},
};

/// Expired records that are deleted at a time: more than a group adds by default, so that they never pile up.
const EXPIRED_MAX: usize = 1_000;
/// How often expired ones are looked for while there are none.
const PAUSE_US: i64 = 60_000_000;

/// When to look for expired records.
pub(crate) struct Expiry {
    live_us: i64,
    next_us: i64,
}

impl Expiry {
    pub(crate) fn new(live: Duration) -> Self {
        Self { live_us: i64::try_from(live.as_micros()).unwrap_or(i64::MAX), next_us: 0 }
    }
}

/// Eight bytes that stand for (operation, caller, key). They are cut from SHA-256, so that nobody can make many keys
/// that share them.
fn hash(idempotency: &Idempotency) -> i64 {
    let mut hasher = Sha256::new();
    for part in [&idempotency.operation, &idempotency.caller, &idempotency.key] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest.iter().take(8).fold(0, |all, byte| (all << 8) | i64::from(*byte))
}

impl Writer<'_> {
    /// The stored outcome of an earlier batch with the same key.
    pub(super) fn recorded(&mut self, idempotency: &Idempotency) -> Result<Option<Vec<Outcome>>, Failure> {
        let oldest_us = clock::now_us().saturating_sub(self.idempotency.live_us);
        let mut rows = self.host.find_key.query([hash(idempotency)]).map_err(|error| of_store(&error))?;
        while let Some(row) = rows.next().map_err(|error| of_store(&error))? {
            let read = |error| of_store(&error);
            let same = row.get_ref(0).map_err(read)?.as_str() == Ok(&idempotency.operation)
                && row.get_ref(1).map_err(read)?.as_str() == Ok(&idempotency.caller)
                && row.get_ref(2).map_err(read)?.as_str() == Ok(&idempotency.key);
            if !same || row.get::<_, i64>(5).map_err(read)? < oldest_us {
                continue;
            }
            if row.get_ref(3).map_err(read)?.as_blob() != Ok(&idempotency.fingerprint) {
                return Err(Failure::Clean(SqlError::KeyReused));
            }
            let stored = row.get_ref(4).map_err(read)?;
            let decoded = stored.as_blob().ok().and_then(outcomes::decode);
            return decoded
                .map(Some)
                .ok_or_else(|| Failure::Clean(SqlError::Other("a stored outcome cannot be read".to_owned())));
        }
        Ok(None)
    }

    /// Stores the outcome in the same transaction.
    pub(super) fn record(&mut self, idempotency: &Idempotency, outcome: &[Outcome]) -> Result<(), Failure> {
        let Idempotency { operation, caller, key, fingerprint } = idempotency;
        self.host
            .add_key
            .execute((
                hash(idempotency),
                clock::now_us(),
                operation,
                caller,
                key,
                fingerprint,
                outcomes::encode(outcome),
            ))
            .map(|_| ())
            .map_err(|error| of_store(&error))
    }

    /// Deletes a few records whose time is over; they lie at the table's beginning.
    pub(super) fn expire_idempotency(&mut self, now_us: i64) -> Result<(), Failure> {
        if now_us < self.idempotency.next_us {
            return Ok(());
        }
        let before_us = now_us.saturating_sub(self.idempotency.live_us);
        let last = self
            .connection
            .query_row(
                "SELECT max(id) FROM (SELECT id, made_us FROM kontor_idempotency ORDER BY id LIMIT ?1) WHERE made_us < ?2",
                (i64::try_from(EXPIRED_MAX).unwrap_or(i64::MAX), before_us),
                |row| row.get::<_, Option<i64>>(0),
            )
            .optional()
            .map_err(|error| of_store(&error))?
            .flatten();
        let Some(last) = last else {
            self.idempotency.next_us = now_us.saturating_add(PAUSE_US);
            return Ok(());
        };
        self.connection
            .execute("DELETE FROM kontor_idempotency WHERE id <= ?1 AND made_us < ?2", (last, before_us))
            .map(|_| ())
            .map_err(|error| of_store(&error))
    }
}
