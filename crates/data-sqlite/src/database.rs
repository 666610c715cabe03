//! One function's database: a writer thread, readers, and the ports in front of them.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering, mpsc},
    time::{Duration, Instant},
};

use kontor_contract::SqlNeeds;
use kontor_data::{
    Async, Backlog, Batch, Database, DeadLetter, Delivery, DeliveryId, Executed, Health, Limits, OpenError, Outbox,
    Rows, Sql, SqlError, Statement, Waiting, rules,
};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{
    connection::{self, Role, Storage, Tables},
    readers::Readers,
    shared::{Change, Job, Queued, Shared},
    writer::{self, LogPages, Writer},
};

/// The writer thread's stack. Reading a statement recurses, and touched pages alone cost memory.
const STACK_SIZE_BYTES: usize = 8 << 20;
/// Rounds of loading before a lease gives up for now; each reads many events.
const LOAD_ROUNDS_MAX: usize = 64;

/// One function's database in one file.
pub struct SqliteDatabase {
    shared: Arc<Shared>,
    readers: Arc<Readers>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl SqliteDatabase {
    /// Opens the file and starts its writer.
    pub(crate) fn open(path: &Path, function: &str, limits: Limits, storage: Storage) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::new(function, limits));
        let tables = Tables::default();
        let (told, opened) = mpsc::channel();
        let start = Start { path: path.to_owned(), storage, shared: Arc::clone(&shared), tables: Arc::clone(&tables) };
        let thread = std::thread::Builder::new()
            .name(format!("sql-{function}"))
            .stack_size(STACK_SIZE_BYTES)
            .spawn(move || start.run(&told))
            .map_err(|error| OpenError::Store(format!("the writer of {function} could not be started: {error}")))?;
        let _ = shared.thread.set(thread.thread().clone());
        match opened.recv() {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => return Err(OpenError::Store(format!("{} cannot be opened: {reason}", path.display()))),
            Err(_) => return Err(OpenError::Store(format!("the writer of {function} ended at once"))),
        }
        let readers = Arc::new(Readers::new(path, &shared.limits, &tables));
        Ok(Self { shared, readers, thread: Mutex::new(Some(thread)) })
    }

    /// Whether it was closed, so that opening it again means a new one. One that stopped for a reason stays as it is.
    pub(crate) fn is_closed(&self) -> bool {
        self.shared.is_closed() && *self.shared.health.lock() == Health::Ok
    }

    /// Brings the schema forward.
    pub(crate) async fn migrate(&self, needs: SqlNeeds) -> Result<(), OpenError> {
        let (answer, answered) = oneshot::channel();
        self.shared.push(Job::Migrate { needs: Box::new(needs), answer });
        answered.await.unwrap_or_else(|_| Err(OpenError::Store(self.shared.gone().to_string())))
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, SqlError>>) -> Job) -> Result<T, SqlError> {
        let (answer, answered) = oneshot::channel();
        self.shared.push(job(answer));
        answered.await.unwrap_or_else(|_| Err(self.shared.gone()))
    }

    async fn change(&self, subscriber: &str, change: Change) -> Result<bool, SqlError> {
        let subscriber = subscriber.to_owned();
        self.ask(|answer| Job::Outbox { subscriber, change, answer }).await
    }
}

/// What the writer thread needs to start.
struct Start {
    path: std::path::PathBuf,
    storage: Storage,
    shared: Arc<Shared>,
    tables: Tables,
}

impl Start {
    fn run(self, told: &mpsc::Sender<Result<(), String>>) {
        // However this thread ends, nobody waits for it afterwards.
        let _ended = Ended(Arc::clone(&self.shared));
        let opened = connection::open(&self.path, Role::Writer, &self.shared.limits, self.storage, &self.tables)
            .and_then(|(mut connection, guard)| Ok((LogPages::of(&mut connection)?, connection, guard)));
        let (pages, connection, guard) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let _ = told.send(Err(error.to_string()));
                return;
            }
        };
        let started = writer::prepare_tables(&connection)
            .and_then(|()| Writer::new(&connection, guard, Arc::clone(&self.shared), self.tables, pages));
        match started {
            Ok(writer) => {
                let _ = told.send(Ok(()));
                writer.work();
            }
            Err(error) => {
                let _ = told.send(Err(error.to_string()));
            }
        }
    }
}

struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = format!("the writer of {} broke; this is a bug in Kontor. Restart it", self.0.function);
            *self.0.health.lock() = Health::Stopped(reason);
        }
        self.0.close();
    }
}

impl Sql for SqliteDatabase {
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>> {
        Box::pin(async move {
            rules::check_statement(&statement, &self.shared.limits)?;
            let expected = statement.expect_rows;
            let done = match self.readers.inline(&statement) {
                Some(done) => done,
                None => self.readers.elsewhere(statement).await,
            };
            match (done, expected) {
                (Ok(rows), Some(expected)) if rows.rows.len() as u64 != expected => {
                    Err(SqlError::Guard { statement: 0, expected, found: rows.rows.len() as u64 })
                }
                (done, _) => done,
            }
        })
    }

    fn execute(&self, batch: Batch) -> Async<'_, Result<Executed, SqlError>> {
        Box::pin(async move {
            rules::check_batch(&batch, &self.shared.limits)?;
            let (answer, answered) = oneshot::channel();
            let size_bytes = rules::batch_size_bytes(&batch);
            self.shared.push_batch(Box::new(Queued { batch, size_bytes, since: Instant::now(), answer }))?;
            answered.await.unwrap_or_else(|_| Err(self.shared.gone()))
        })
    }
}

impl Outbox for SqliteDatabase {
    fn subscribe(&self, subscriber: &str, names: Vec<String>) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(self.ask(|answer| Job::Subscribe { subscriber, names, answer }))
    }

    fn subscribers(&self) -> Async<'_, Result<Vec<String>, SqlError>> {
        let names = self.shared.windows.lock().keys().cloned().collect();
        Box::pin(std::future::ready(Ok(names)))
    }

    fn lease(&self, subscriber: &str, max: usize, lease: Duration) -> Async<'_, Result<Vec<Delivery>, SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move {
            for _ in 0..LOAD_ROUNDS_MAX {
                let (leased, wait, prefetch) = {
                    let mut windows = self.shared.windows.lock();
                    let Some(window) = windows.get_mut(&subscriber) else { return Ok(Vec::new()) };
                    let leased = window.lease(Instant::now(), max, lease);
                    let prefetch = window.is_low();
                    window.loading |= prefetch;
                    (leased, window.load_from().is_some(), prefetch)
                };
                if !leased.is_empty() || !wait {
                    if prefetch {
                        self.shared.push(Job::Load { subscriber, answer: None });
                    }
                    return Ok(leased.into_iter().map(|event| Delivery::clone(&event)).collect());
                }
                let subscriber = subscriber.clone();
                self.ask(|answer| Job::Load { subscriber, answer: Some(answer) }).await?;
            }
            Ok(Vec::new())
        })
    }

    fn acknowledge(&self, subscriber: &str, ids: Vec<DeliveryId>) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.change(&subscriber, Change::Acknowledge(ids)).await.map(|_| ()) })
    }

    fn fail(
        &self,
        subscriber: &str,
        id: DeliveryId,
        error: String,
        backoff: Duration,
        dead: bool,
    ) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.change(&subscriber, Change::Fail { id, error, backoff, dead }).await.map(|_| ()) })
    }

    fn release(&self, subscriber: &str, ids: Vec<DeliveryId>, pause: Duration) -> Async<'_, Result<(), SqlError>> {
        if let Some(window) = self.shared.windows.lock().get_mut(subscriber) {
            let until = Instant::now() + pause;
            ids.into_iter().for_each(|id| window.release(id, until));
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn backlog(&self) -> Backlog {
        let counts = &self.shared.counts;
        Backlog {
            rows: counts.rows.load(Ordering::Relaxed),
            bytes: counts.bytes.load(Ordering::Relaxed),
            oldest_us: self.shared.windows.lock().values().filter_map(crate::outbox::Window::oldest_us).min(),
            dead: counts.dead.load(Ordering::Relaxed),
        }
    }

    fn next_due(&self, subscriber: &str) -> Option<Duration> {
        self.shared.windows.lock().get(subscriber).and_then(|window| window.next_due(Instant::now()))
    }

    fn waiting(&self) -> Async<'_, Result<Vec<Waiting>, SqlError>> {
        Box::pin(self.ask(|answer| Job::Waiting { answer }))
    }

    fn failed(&self, max: usize) -> Async<'_, Result<Vec<DeadLetter>, SqlError>> {
        Box::pin(self.ask(move |answer| Job::Failed { max, answer }))
    }

    fn replay(&self, subscriber: &str, id: DeliveryId) -> Async<'_, Result<bool, SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.change(&subscriber, Change::Replay(id)).await })
    }

    fn skip(&self, subscriber: &str, id: DeliveryId) -> Async<'_, Result<bool, SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.change(&subscriber, Change::Skip(id)).await })
    }
}

impl Database for SqliteDatabase {
    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(Arc::clone(&self.readers).unprotected(tables))
    }

    fn close(&self) -> Async<'_, ()> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.shared.push(Job::Stop { answer });
            let _ = answered.await;
            let thread = self.thread.lock().take();
            let readers = Arc::clone(&self.readers);
            let _ = tokio::task::spawn_blocking(move || {
                // Readers first: the writer is the last to close, and folds its log into the file.
                readers.close();
                thread.map(std::thread::JoinHandle::join)
            })
            .await;
        })
    }
}

impl Drop for SqliteDatabase {
    fn drop(&mut self) {
        let (answer, _) = oneshot::channel();
        self.shared.push(Job::Stop { answer });
    }
}
