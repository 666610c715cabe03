//! The thread that writes, and what it runs together.

use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    time::Duration,
};

use kontor_data::Health;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{State, StoreError};
use crate::{
    clock,
    failure::{Failure, of_store},
    writer::{Checkpoint, LogPages, never_again},
};

/// Changes that may share a commit.
const GROUP_MAX: usize = 512;
/// How long the thread sleeps before it looks whether there is something to tidy up.
const IDLE: Duration = Duration::from_millis(500);

/// A change whose result waits for the commit.
pub(crate) trait Job: Send {
    /// Runs in the group's transaction.
    fn run(&mut self, connection: &Connection) -> Result<(), rusqlite::Error>;
    /// Tells the caller.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// See [`Job`].
pub(crate) struct Task<T, F> {
    work: F,
    done: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Task<T, F> {
    pub(crate) fn new(work: F, answer: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work, done: None, answer }
    }
}

impl<T: Send, F: FnMut(&Connection) -> Result<T, rusqlite::Error> + Send> Job for Task<T, F> {
    fn run(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        self.done = Some((self.work)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let nothing = || StoreError::Other("the change was not run".to_owned());
        let Self { done, answer, .. } = *self;
        let _ = answer.send(committed.and_then(|()| done.ok_or_else(nothing)));
    }
}

/// What the thread is told.
pub(crate) enum Message {
    /// A change.
    Run(Box<dyn Job>),
    /// The end; answered when the file is closed.
    Close(oneshot::Sender<()>),
}

/// The writing thread's own.
pub(crate) struct Thread {
    connection: Connection,
    checkpoint: Checkpoint,
    state: Arc<State>,
    queue: mpsc::Receiver<Message>,
    tidy: Option<&'static str>,
}

impl Thread {
    pub(crate) fn new(
        connection: Connection,
        pages: LogPages,
        state: Arc<State>,
        queue: mpsc::Receiver<Message>,
        tidy: Option<&'static str>,
    ) -> Self {
        Self { connection, checkpoint: Checkpoint::new(pages), state, queue, tidy }
    }

    /// Works until it is told to stop, nobody is left to tell it, or the store breaks.
    pub(crate) fn work(mut self) {
        let mut closing = None;
        while closing.is_none() && !self.has_stopped() {
            let mut group = Vec::new();
            match self.queue.recv_timeout(IDLE) {
                Ok(Message::Run(job)) => group.push(job),
                Ok(Message::Close(answer)) => closing = Some(answer),
                Err(mpsc::RecvTimeoutError::Timeout) => self.tidy(),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            while closing.is_none() && !group.is_empty() && group.len() < GROUP_MAX {
                match self.queue.try_recv() {
                    Ok(Message::Run(job)) => group.push(job),
                    Ok(Message::Close(answer)) => closing = Some(answer),
                    Err(_) => break,
                }
            }
            if !group.is_empty() {
                self.finish(group);
            }
        }
        self.state.closed.store(true, Ordering::Relaxed);
        drop(self.connection);
        if let Some(answer) = closing {
            let _ = answer.send(());
        }
    }

    /// What can wait until nobody else does.
    fn tidy(&mut self) {
        if let Some(text) = self.tidy {
            let done = self.connection.prepare_cached(text).and_then(|mut tidy| tidy.execute([clock::now_us()]));
            self.note(&done.map(|_| ()).map_err(|error| of_store(&error)));
        }
        self.checkpoint.when_idle(&self.connection);
    }

    fn has_stopped(&self) -> bool {
        matches!(*self.state.health.lock(), Health::Stopped(_))
    }

    /// Commits a group and answers it. If that fails, each of them runs alone: one that cannot be done takes nobody with it.
    fn finish(&mut self, mut group: Vec<Box<dyn Job>>) {
        self.state.waiting.fetch_sub(group.len(), Ordering::Relaxed);
        let done = self.commit(&mut group);
        let alone =
            group.len() > 1 && matches!(done, Err(Failure::Batch(_) | Failure::Clean(_) | Failure::TimedOut(_)));
        if alone {
            group.into_iter().for_each(|job| {
                let mut job = [job];
                let done = self.commit(&mut job);
                self.answer(job, done);
            });
        } else {
            self.answer(group, done);
        }
        self.checkpoint.after_commit(&self.connection);
    }

    fn answer(&self, jobs: impl IntoIterator<Item = Box<dyn Job>>, done: Result<(), Failure>) {
        let done = done.map_err(StoreError::from);
        jobs.into_iter().for_each(|job| job.answer(done.clone()));
    }

    fn commit(&self, group: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        if self.has_stopped() {
            return Err(Failure::Broken("the store has stopped".to_owned()));
        }
        let mut attempt = || -> Result<(), rusqlite::Error> {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            group.iter_mut().try_for_each(|job| job.run(&self.connection))?;
            self.connection.execute_batch("COMMIT")
        };
        let done = attempt().map_err(|error| of_store(&error));
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(store = %self.state.name, %error, "a transaction could not be rolled back");
        }
        self.note(&done);
        done
    }

    /// What a commit says of the file.
    fn note(&self, done: &Result<(), Failure>) {
        let mut health = self.state.health.lock();
        match done {
            Ok(()) if *health != Health::Ok => *health = Health::Ok,
            Err(Failure::Full(reason)) => *health = Health::ReadOnly(reason.clone()),
            Err(Failure::Broken(reason)) => {
                tracing::error!(store = %self.state.name, %reason, "the store stopped writing");
                never_again(&self.connection);
                *health = Health::Stopped(format!(
                    "{} stopped writing until a restart, since what is on the disk is not known any more: {reason}",
                    self.state.name
                ));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kontor_data::Health;

    use crate::{
        connection::Storage,
        store::{Kind, Store, StoreError, StoreLimits},
    };

    const WORDS: Kind =
        Kind { name: "words", tables: "CREATE TABLE IF NOT EXISTS words (word BLOB NOT NULL) STRICT", tidy: None };

    fn open(folder: &tempfile::TempDir, size_max_bytes: u64, queue_max: usize) -> Arc<Store> {
        let limits = StoreLimits { size_max_bytes, value_size_max_bytes: 1 << 20, queue_max };
        Arc::new(
            Store::open(&folder.path().join("shop.sqlite"), "the words".into(), &limits, Storage::DURABLE, WORDS)
                .unwrap(),
        )
    }

    async fn add(store: &Store, text: &'static str, bytes: usize) -> Result<usize, StoreError> {
        store.write(move |connection| connection.execute(text, [vec![7_u8; bytes]])).await
    }

    const ADD: &str = "INSERT INTO words (word) VALUES (?1)";

    fn count(store: &Store) -> i64 {
        store.read(|connection| connection.query_row("SELECT count(*) FROM words", [], |row| row.get(0))).unwrap()
    }

    #[tokio::test]
    async fn one_that_cannot_be_done_takes_nobody_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, 1 << 30, 100);
        let mut all = tokio::task::JoinSet::new();
        for number in 0..60 {
            let store = Arc::clone(&store);
            let text = if number % 10 == 3 { "INSERT INTO nowhere (word) VALUES (?1)" } else { ADD };
            all.spawn(async move { add(&store, text, 1).await.is_ok() });
        }
        let done = all.join_all().await.into_iter().filter(|done| *done).count();
        assert_eq!((done, count(&store), store.health()), (54, 54, Health::Ok));
    }

    #[tokio::test]
    async fn without_room_nothing_is_written_until_there_is_some() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, 400 << 10, 100);
        let mut stored = 0;
        while add(&store, ADD, 20_000).await.is_ok() {
            stored += 1;
            assert!(stored < 1_000, "the limit does not hold");
        }
        assert!(matches!(add(&store, ADD, 20_000).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.health(), Health::ReadOnly(_)));
        assert_eq!(count(&store), stored);
        store.write(|connection| connection.execute("DELETE FROM words", [])).await.unwrap();
        add(&store, ADD, 20_000).await.unwrap();
        assert_eq!((count(&store), store.health()), (1, Health::Ok));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, 1 << 30, 0);
        assert!(matches!(add(&store, ADD, 1).await, Err(StoreError::Busy(_))));
    }
}
