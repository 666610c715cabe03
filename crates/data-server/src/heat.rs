//! Which statements keep losing, for example on a slot that is sold out.
//!
//! A batch that fails costs its group another run. When the same statement with the same values fails again and again, the
//! batches that hold it go to a lane of their own for a while, so that they delay nobody else.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use kontor_data::{Batch, Statement, Value};
use parking_lot::Mutex;
use rustc_hash::FxHasher;

/// Failures of one statement that make it hot.
const LOSSES_MIN: u32 = 16;
/// Failures that are further apart are no series.
const MEMORY: Duration = Duration::from_secs(1);
/// How long a hot statement stays hot after its last failure.
const COOLING: Duration = Duration::from_secs(2);
/// Statements that are remembered.
const STATEMENTS_MAX: usize = 1_024;

struct Loser {
    losses: u32,
    last: Instant,
}

/// Statements that lost lately.
#[derive(Default)]
pub(crate) struct Heat {
    losers: Mutex<HashMap<u64, Loser>>,
    any: AtomicBool,
}

impl Heat {
    /// The statement made its batch fail.
    pub(crate) fn lost(&self, statement: &Statement, now: Instant) {
        let mut losers = self.losers.lock();
        if losers.len() >= STATEMENTS_MAX {
            losers.retain(|_, loser| now.duration_since(loser.last) < COOLING);
            if losers.len() >= STATEMENTS_MAX {
                losers.clear();
            }
        }
        let loser = losers.entry(hash(statement)).or_insert(Loser { losses: 0, last: now });
        let is_series = now.duration_since(loser.last) < if loser.losses >= LOSSES_MIN { COOLING } else { MEMORY };
        loser.losses = if is_series { loser.losses.saturating_add(1) } else { 1 };
        loser.last = now;
        if loser.losses >= LOSSES_MIN {
            self.any.store(true, Ordering::Relaxed);
        }
    }

    /// Whether one of the batch's statements keeps losing.
    pub(crate) fn is_hot(&self, batch: &Batch, now: Instant) -> bool {
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        let losers = self.losers.lock();
        let hot = |loser: &Loser| loser.losses >= LOSSES_MIN && now.duration_since(loser.last) < COOLING;
        if !losers.values().any(hot) {
            self.any.store(false, Ordering::Relaxed);
            return false;
        }
        batch.statements.iter().any(|statement| losers.get(&hash(statement)).is_some_and(hot))
    }
}

fn hash(statement: &Statement) -> u64 {
    let mut hasher = FxHasher::default();
    statement.text.hash(&mut hasher);
    for value in &statement.parameters {
        std::mem::discriminant(value).hash(&mut hasher);
        match value {
            Value::Null => {}
            Value::Boolean(yes) => yes.hash(&mut hasher),
            Value::Integer(number) | Value::Timestamp(number) => number.hash(&mut hasher),
            Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Uuid(text) => text.hash(&mut hasher),
            Value::Bytes(bytes) => bytes.hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use kontor_data::{Batch, Statement, Value};

    use super::{COOLING, Heat, LOSSES_MIN, MEMORY};

    fn slot(number: i64) -> Statement {
        let parameters = vec![Value::Integer(number)];
        Statement { text: "UPDATE slots".into(), parameters, results: vec![], expect_rows: Some(1) }
    }

    fn of(statement: Statement) -> Batch {
        Batch { statements: vec![statement], ..Batch::default() }
    }

    #[test]
    fn a_sold_out_slot_gets_hot_and_cools_and_its_neighbour_does_not() {
        let (heat, start) = (Heat::default(), Instant::now());
        for _ in 0..LOSSES_MIN {
            assert!(!heat.is_hot(&of(slot(1)), start));
            heat.lost(&slot(1), start);
        }
        assert!(heat.is_hot(&of(slot(1)), start));
        assert!(!heat.is_hot(&of(slot(2)), start));
        assert!(!heat.is_hot(&of(slot(1)), start + COOLING));
    }

    #[test]
    fn now_and_then_is_no_series() {
        let (heat, mut now) = (Heat::default(), Instant::now());
        for _ in 0..2 * LOSSES_MIN {
            heat.lost(&slot(1), now);
            now += MEMORY + Duration::from_millis(1);
        }
        assert!(!heat.is_hot(&of(slot(1)), now));
    }
}
