//! Several batches in one transaction and one commit.
//!
//! A savepoint for each batch would cost half as much again as the batch itself, so a group runs bare. If a batch fails
//! after others wrote, everything rolls back and the group runs once more with savepoints; that is the same to everybody
//! as if the failing batch had run alone and the others again, and needs two runs however many fail. Where failures are
//! frequent (a sold-out slot), savepoints stay on for some groups. Nobody is answered before the commit: what a batch saw
//! of its neighbours is true only then.

use std::time::Instant;

use kontor_data::{Executed, Health, SqlError};

use super::Writer;
use crate::{
    clock,
    failure::{Failure, of_store},
    shared::{Answer, Change, Queued},
};

/// Groups that run with savepoints after a failure, at first and at most.
const CAREFUL_GROUPS: std::ops::RangeInclusive<u32> = 4..=64;
/// Batches that may find the disk full before the others are not tried any more.
const FULL_MAX: u32 = 3;

/// Whether failures are frequent.
#[derive(Default)]
pub(crate) struct Caution {
    groups_left: u32,
    last: u32,
}

impl Caution {
    fn failed(&mut self) {
        self.last = (self.last * 2).clamp(*CAREFUL_GROUPS.start(), *CAREFUL_GROUPS.end());
        self.groups_left = self.last;
    }

    fn is_on(&mut self) -> bool {
        if self.groups_left == 0 {
            self.last = self.last.saturating_sub(1);
            return false;
        }
        self.groups_left -= 1;
        true
    }
}

enum Work {
    Batch(Box<Queued>),
    Outbox { subscriber: String, change: Change, answer: Answer<bool> },
}

enum Done {
    Batch(Executed),
    Outbox(bool),
}

/// One place in a group.
pub(crate) struct Slot {
    work: Work,
    result: Option<Result<Done, SqlError>>,
    /// The result stands whatever becomes of the group.
    settled: bool,
}

impl Slot {
    pub(crate) fn batch(queued: Box<Queued>) -> Self {
        Self { work: Work::Batch(queued), result: None, settled: false }
    }

    pub(crate) fn outbox(subscriber: String, change: Change, answer: Answer<bool>) -> Self {
        Self { work: Work::Outbox { subscriber, change, answer }, result: None, settled: false }
    }

    fn settle(&mut self, error: SqlError) {
        self.result = Some(Err(error));
        self.settled = true;
    }

    fn answer(self, queued_until: Instant, commit_ns: u64) {
        let nothing = || SqlError::Other("the batch was not run".to_owned());
        let result = self.result.unwrap_or_else(|| Err(nothing()));
        match self.work {
            Work::Batch(queued) => {
                let queued_ns =
                    u64::try_from(queued_until.saturating_duration_since(queued.since).as_nanos()).unwrap_or(u64::MAX);
                let _ = queued.answer.send(result.and_then(|done| match done {
                    Done::Batch(executed) => Ok(Executed { queued_ns, commit_ns, ..executed }),
                    Done::Outbox(_) => Err(nothing()),
                }));
            }
            Work::Outbox { answer, .. } => {
                let _ = answer.send(result.and_then(|done| match done {
                    Done::Outbox(changed) => Ok(changed),
                    Done::Batch(_) => Err(nothing()),
                }));
            }
        }
    }
}

enum Attempt {
    Committed,
    /// Some are settled; the others run again.
    Again {
        careful: bool,
    },
    /// Whoever is not settled fails.
    Failed(SqlError),
}

impl Writer<'_> {
    /// Runs a group until each slot has its result, and answers.
    pub(super) fn commit(&mut self, group: &mut Vec<Slot>) {
        let started = Instant::now();
        let mut careful = group.len() > 1 && self.caution.is_on();
        let mut full = 0;
        loop {
            match self.attempt(group, careful, &mut full) {
                Attempt::Committed => break,
                Attempt::Again { careful: next } => careful = next,
                Attempt::Failed(error) => {
                    group.iter_mut().filter(|slot| !slot.settled).for_each(|slot| slot.settle(error.clone()));
                    break;
                }
            }
        }
        let commit_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        for slot in group.drain(..) {
            if let Work::Batch(queued) = &slot.work {
                self.shared.left(1, queued.size_bytes);
            }
            slot.answer(started, commit_ns);
        }
    }

    fn attempt(&mut self, group: &mut [Slot], careful: bool, full: &mut u32) -> Attempt {
        if group.iter().all(|slot| slot.settled) {
            return Attempt::Committed;
        }
        self.events.begin();
        self.effects.clear();
        if let Err(error) = self.host.begin.execute([]) {
            return self.lost(of_store(&error));
        }
        let mut first = true;
        for slot in group.iter_mut().filter(|slot| !slot.settled) {
            match self.run_slot(slot, careful) {
                Ok(()) => first = false,
                Err(Failure::Broken(reason)) => return self.lost(Failure::Broken(reason)),
                Err(Failure::Full(reason)) => {
                    slot.settle(SqlError::Unavailable(reason.clone()));
                    *full += 1;
                    let lost = self.lost(Failure::Full(reason));
                    return if *full < FULL_MAX { Attempt::Again { careful } } else { lost };
                }
                Err(Failure::TimedOut(error)) => return self.without(slot, error, careful),
                // What it saw was committed before: its error is final, and the others need no savepoints for it. The
                // same if SQLite has rolled everything back already: it cannot be undone alone.
                Err(Failure::Batch(error) | Failure::Clean(error)) if first || careful => {
                    return self.without(slot, error, careful);
                }
                Err(Failure::Batch(_) | Failure::Clean(_)) => {
                    self.caution.failed();
                    self.roll_back();
                    return Attempt::Again { careful: true };
                }
            }
        }
        self.close_group()
    }

    /// Runs one slot. Gives back only failures that concern the whole group.
    fn run_slot(&mut self, slot: &mut Slot, careful: bool) -> Result<(), Failure> {
        let (mark, effects) = (self.events.mark(), self.effects.len());
        if careful {
            self.host.savepoint.execute([]).map_err(|error| of_store(&error))?;
        }
        let done = match &slot.work {
            Work::Batch(queued) => self.run(&queued.batch).map(Done::Batch),
            Work::Outbox { subscriber, change, .. } => self.change(subscriber, change).map(Done::Outbox),
        };
        match done {
            Ok(done) => slot.result = Some(Ok(done)),
            Err(Failure::Clean(error)) => slot.result = Some(Err(error)),
            // An interrupt, a full disk or an I/O error can roll back the whole transaction; what followed would commit
            // one by one. So after every error SQLite is asked whether the transaction is still there.
            Err(Failure::Batch(error)) if careful && !self.connection.is_autocommit() => {
                self.host.rollback_to.execute([]).map_err(|error| of_store(&error))?;
                self.events.back_to(mark);
                self.effects.truncate(effects);
                slot.result = Some(Err(error));
            }
            Err(failure) => return Err(failure),
        }
        if careful {
            self.host.release.execute([]).map_err(|error| of_store(&error))?;
        }
        Ok(())
    }

    fn close_group(&mut self) -> Attempt {
        // Expired records go with a commit that is made anyway.
        let done = self.write_outbox_state().and_then(|()| self.expire_idempotency(clock::now_us()));
        if let Err(failure) = done {
            return self.lost(failure);
        }
        if let Err(error) = self.commit_now() {
            return self.lost(of_store(&error));
        }
        self.events_committed();
        self.apply_effects();
        if !self.is_healthy {
            self.is_healthy = true;
            *self.shared.health.lock() = Health::Ok;
            tracing::info!(function = %self.shared.function, "the database takes writes again");
        }
        Attempt::Committed
    }

    fn commit_now(&mut self) -> Result<(), rusqlite::Error> {
        #[cfg(test)]
        crate::faults::at_commit(&self.shared.function)?;
        self.host.commit.execute([]).map(|_| ())
    }

    fn without(&mut self, slot: &mut Slot, error: SqlError, careful: bool) -> Attempt {
        slot.settle(error);
        self.roll_back();
        Attempt::Again { careful }
    }

    /// The group is lost; says what that means for the database.
    fn lost(&mut self, failure: Failure) -> Attempt {
        self.roll_back();
        match &failure {
            Failure::Broken(reason) => self.stop(reason.clone()),
            Failure::Full(reason) => {
                if std::mem::replace(&mut self.is_healthy, false) {
                    tracing::error!(function = %self.shared.function, %reason, "the database takes no writes until there is room");
                }
                *self.shared.health.lock() = Health::ReadOnly(reason.clone());
            }
            _ => {}
        }
        Attempt::Failed(failure.answer())
    }

    fn roll_back(&mut self) {
        self.events.roll_back();
        self.effects.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.host.rollback.execute([])
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

#[cfg(test)]
mod tests {
    use kontor_data::{Batch, Database, Engine, Health, Limits, NewEvent, SqlError};
    use rusqlite::ffi;

    use crate::{SqliteEngine, faults};

    /// A batch that writes something without a schema.
    fn something() -> Batch {
        let event = NewEvent { name: "a".to_owned(), key: "b".to_owned(), payload: "1".to_owned() };
        Batch { events: vec![event], ..Batch::default() }
    }

    async fn open(engine: &SqliteEngine, function: &str) -> std::sync::Arc<dyn Database> {
        let database = engine.open(function, None, Limits::default()).await.unwrap();
        database.subscribe("reader", vec!["a".to_owned()]).await.unwrap();
        database
    }

    #[tokio::test]
    async fn a_failed_sync_stops_the_writer_until_a_restart() {
        let engine = SqliteEngine::in_memory().unwrap();
        let database = open(&engine, "unsynced").await;
        database.execute(something()).await.unwrap();
        faults::fail_next_commit("unsynced", ffi::SQLITE_IOERR_FSYNC);
        for _ in 0..2 {
            assert!(matches!(database.execute(something()).await, Err(SqlError::Unavailable(_))));
        }
        assert!(matches!(database.health(), Health::Stopped(_)));
        assert_eq!(database.backlog().rows, 1);
    }

    #[tokio::test]
    async fn a_full_disk_at_commit_stops_writes_until_there_is_room() {
        let engine = SqliteEngine::in_memory().unwrap();
        let database = open(&engine, "nospace").await;
        faults::fail_next_commit("nospace", ffi::SQLITE_FULL);
        assert!(matches!(database.execute(something()).await, Err(SqlError::Unavailable(_))));
        assert!(matches!(database.health(), Health::ReadOnly(_)));
        assert_eq!(database.backlog().rows, 0);
        database.execute(something()).await.unwrap();
        assert_eq!((database.health(), database.backlog().rows), (Health::Ok, 1));
    }
}
