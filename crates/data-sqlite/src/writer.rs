//! The one thread that writes a file. It takes whatever is queued, runs it in one transaction, commits once, and then
//! answers everybody: the more wait, the cheaper each gets, and nobody waits for a timer.

mod checkpoint;
mod delivery;
mod events;
mod group;
mod idempotency;
mod run;

use std::{sync::Arc, time::Duration};

use kontor_data::{Health, OpenError};
use rusqlite::Connection;

use crate::{
    clock,
    connection::{Guard, Tables},
    failure::{Failure, of_store},
    schema::{Catalogue, migrate},
    shared::{Job, Shared},
    statements::Statements,
};

pub(crate) use checkpoint::{Checkpoint, LogPages, never_again};

/// How long the writer sleeps before it looks whether there is something to tidy up.
const IDLE: Duration = Duration::from_millis(500);

/// The host's own tables. Events are keyed by subscriber and number, so that each subscriber's are one range, and the
/// usual event touches one tree twice: when it comes and when it goes.
const HOST_TABLES: &str = "
CREATE TABLE IF NOT EXISTS kontor_subscribers (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS kontor_subscriptions (subscriber INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (subscriber, name)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kontor_outbox (id INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, payload TEXT NOT NULL, time_us INTEGER NOT NULL, trace_id TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kontor_outbox_failed (id INTEGER PRIMARY KEY, failed INTEGER NOT NULL, next_us INTEGER NOT NULL, error TEXT NOT NULL, dead INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kontor_outbox_state (id INTEGER PRIMARY KEY CHECK (id = 1), reserved INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO kontor_outbox_state (id, reserved, rows, bytes) VALUES (1, 0, 0, 0);
CREATE TABLE IF NOT EXISTS kontor_idempotency (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, made_us INTEGER NOT NULL, operation TEXT NOT NULL, caller TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, outcome BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS kontor_idempotency_hash ON kontor_idempotency (hash);
";

/// Makes the host's tables if they are not there.
pub(crate) fn prepare_tables(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {HOST_TABLES} COMMIT;"))
}

/// The writer's state, on its own thread.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    guard: Arc<Guard>,
    shared: Arc<Shared>,
    tables: Tables,
    catalogue: Catalogue,
    statements: Statements<'c>,
    host: run::HostStatements<'c>,
    events: events::Events,
    idempotency: idempotency::Expiry,
    caution: group::Caution,
    checkpoint: checkpoint::Checkpoint,
    /// What changes of the group mean for the windows, once it is durable.
    effects: Vec<(String, delivery::Effect)>,
    /// False while there is no room.
    is_healthy: bool,
}

impl<'c> Writer<'c> {
    /// Takes over an opened connection whose host tables are there.
    pub(crate) fn new(
        connection: &'c Connection,
        guard: Arc<Guard>,
        shared: Arc<Shared>,
        tables: Tables,
        pages: LogPages,
    ) -> Result<Self, rusqlite::Error> {
        let mut writer = Self {
            connection,
            guard,
            tables,
            catalogue: Catalogue::default(),
            statements: Statements::new(connection),
            host: run::HostStatements::new(connection)?,
            events: events::Events::read(connection)?,
            idempotency: idempotency::Expiry::new(shared.limits.idempotency_time_to_live),
            caution: group::Caution::default(),
            checkpoint: checkpoint::Checkpoint::new(pages),
            effects: Vec::new(),
            is_healthy: true,
            shared,
        };
        writer.learn_schema()?;
        writer.restore_windows()?;
        Ok(writer)
    }

    fn learn_schema(&mut self) -> Result<(), rusqlite::Error> {
        self.catalogue = Catalogue::read(self.connection)?;
        self.tables.write().clone_from(&self.catalogue.tables);
        Ok(())
    }

    /// Works until it is told to stop, or the store breaks.
    pub(crate) fn work(mut self) {
        let mut group = Vec::new();
        let mut asked_around = false;
        loop {
            let Some(job) = self.shared.pop() else {
                if !group.is_empty() && !asked_around {
                    // Where cores are scarce, others have batches to add and only lack the core that this thread is on;
                    // where they are not, this takes no time. The more share a commit, the less each costs.
                    asked_around = true;
                    std::thread::yield_now();
                    continue;
                }
                asked_around = false;
                self.finish(&mut group);
                if self.shared.is_closed() {
                    return;
                }
                // An empty queue is no idleness: clients that were just answered are about to ask again.
                if self.shared.wait(IDLE) {
                    self.tidy();
                }
                continue;
            };
            match job {
                Job::Batch(queued) => group.push(group::Slot::batch(queued)),
                Job::Outbox { subscriber, change, answer } => {
                    group.push(group::Slot::outbox(subscriber, change, answer))
                }
                alone => {
                    self.finish(&mut group);
                    if self.alone(alone) {
                        return;
                    }
                }
            }
            if group.len() >= self.shared.limits.group_max {
                self.finish(&mut group);
            }
            if self.shared.is_closed() {
                return;
            }
        }
    }

    fn finish(&mut self, group: &mut Vec<group::Slot>) {
        if group.is_empty() {
            return;
        }
        self.commit(group);
        self.checkpoint.after_commit(self.connection);
    }

    /// What can wait until nobody else does.
    fn tidy(&mut self) {
        self.checkpoint.when_idle(self.connection);
        let expired = self.expire_idempotency(clock::now_us());
        if let Err(Failure::Broken(reason)) = expired {
            self.stop(reason);
        }
    }

    /// Does what shares no transaction; true if the writer ends.
    fn alone(&mut self, job: Job) -> bool {
        match job {
            Job::Subscribe { subscriber, names, answer } => {
                let done = self.subscribe(&subscriber, &names);
                let _ = answer.send(done.map_err(|error| of_store(&error).answer()));
            }
            Job::Load { subscriber, answer } => {
                let done = self.load(&subscriber).map_err(|error| of_store(&error).answer());
                if let Some(answer) = answer {
                    let _ = answer.send(done);
                }
            }
            Job::Waiting { answer } => {
                let _ = answer.send(self.waiting().map_err(|error| of_store(&error).answer()));
            }
            Job::Failed { max, answer } => {
                let _ = answer.send(self.failed(max).map_err(|error| of_store(&error).answer()));
            }
            Job::Migrate { needs, answer } => {
                let done = migrate(self.connection, &self.shared.function, &needs, clock::now_us());
                let learned = self.learn_schema().map_err(|error| OpenError::Store(error.to_string()));
                let _ = answer.send(done.and(learned));
            }
            Job::Stop { answer } => {
                self.shared.close();
                let _ = answer.send(());
                return true;
            }
            Job::Batch(_) | Job::Outbox { .. } => {}
        }
        false
    }

    /// Nothing is written any more until a restart: after a failed sync nobody knows what is on the disk.
    fn stop(&self, reason: String) {
        tracing::error!(function = %self.shared.function, %reason, "the database stopped writing");
        checkpoint::never_again(self.connection);
        *self.shared.health.lock() = Health::Stopped(format!(
            "the database of {} stopped writing until a restart, since what is on the disk is not known any more: {reason}",
            self.shared.function
        ));
        self.shared.close();
    }
}
