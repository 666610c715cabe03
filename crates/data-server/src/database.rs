//! One function's database: two lanes that write, readers, a watch, and the ports in front of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::{
    Async, Backlog, Batch, Database, DeadLetter, Delivery, DeliveryId, Executed, Health, OpenError, Outbox, Rows, Sql,
    SqlError, Statement, Waiting, rules,
};
use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    Failure, Keeping, Reading, Shared, Writing,
    lane::Lane,
    readers::Readers,
    shared::{Answer, Change, Job, Queued},
    watch,
};

/// Events of one subscriber that are counted at most.
const WAITING_COUNTED_MAX: i64 = 100_000;

/// One function's database on a server.
pub struct ServerDatabase<S: Reading> {
    shared: Arc<Shared<S>>,
    readers: Readers<S>,
    lanes: Mutex<Option<Lanes>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    watch: JoinHandle<()>,
}

/// Where work goes.
#[derive(Clone)]
struct Lanes {
    usual: mpsc::UnboundedSender<Job>,
    /// For batches that keep losing.
    hot: mpsc::UnboundedSender<Job>,
}

impl<S: Reading + Writing + Keeping> ServerDatabase<S> {
    /// Starts the lanes and the watch. Nothing is connected yet.
    ///
    /// # Errors
    /// If the pool of readers cannot be made.
    pub fn start(shared: Shared<S>, readers_max: usize) -> Result<Self, OpenError> {
        let shared = Arc::new(shared);
        let (usual, usual_jobs) = mpsc::unbounded_channel();
        let (hot, hot_jobs) = mpsc::unbounded_channel();
        let tasks = [usual_jobs, hot_jobs].map(|jobs| tokio::spawn(Lane::new(Arc::clone(&shared), jobs).work()));
        Ok(Self {
            readers: Readers::new(Arc::clone(&shared), readers_max)?,
            lanes: Mutex::new(Some(Lanes { usual, hot })),
            tasks: Mutex::new(tasks.into()),
            watch: tokio::spawn(watch::keep(Arc::clone(&shared))),
            shared,
        })
    }

    /// Whether it was closed, so that opening it again means a new one.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, SqlError> {
        let (answer, answered) = oneshot::channel();
        let lanes = self.lanes.lock().clone().ok_or_else(|| self.shared.gone())?;
        let job = job(answer);
        let is_hot = matches!(&job, Job::Batch(queued) if self.shared.heat.is_hot(&queued.batch, Instant::now()));
        let lane = if is_hot { lanes.hot } else { lanes.usual };
        lane.send(job).map_err(|_| self.shared.gone())?;
        answered.await.unwrap_or_else(|_| Err(self.shared.gone()))
    }

    async fn change(&self, subscriber: &str, change: Change) -> Result<bool, SqlError> {
        let subscriber = subscriber.to_owned();
        self.ask(|answer| Job::Change { subscriber, change, answer }).await
    }

    /// A connection of the host's own for what is rare.
    async fn aside(&self) -> Result<S, SqlError> {
        if self.shared.is_closed() {
            return Err(self.shared.gone());
        }
        self.shared.connect().await.map_err(SqlError::Unavailable)
    }
}

impl<S: Reading + Writing + Keeping> Sql for ServerDatabase<S> {
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>> {
        Box::pin(async move {
            rules::check_statement(&statement, &self.shared.limits)?;
            if self.shared.is_closed() {
                return Err(self.shared.gone());
            }
            self.readers.query(&statement).await
        })
    }

    fn execute(&self, batch: Batch) -> Async<'_, Result<Executed, SqlError>> {
        Box::pin(async move {
            rules::check_batch(&batch, &self.shared.limits)?;
            if self.shared.is_closed() {
                return Err(self.shared.gone());
            }
            let size_bytes = rules::batch_size_bytes(&batch);
            self.shared.enter(size_bytes)?;
            self.ask(|answer| Job::Batch(Box::new(Queued { batch, size_bytes, since: Instant::now(), answer }))).await
        })
    }
}

impl<S: Reading + Writing + Keeping> Outbox for ServerDatabase<S> {
    fn subscribe(&self, subscriber: &str, names: Vec<String>) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.aside().await?.subscribe(&subscriber, &names).await.map_err(Failure::answer) })
    }

    fn subscribers(&self) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(async move { self.aside().await?.subscribers().await.map_err(Failure::answer) })
    }

    fn lease(&self, subscriber: &str, max: usize, lease: Duration) -> Async<'_, Result<Vec<Delivery>, SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move {
            self.shared.with_dues(&subscriber, |dues| dues.forget_before(Instant::now()));
            let asked = subscriber.clone();
            let leased = self.ask(|answer| Job::Lease { subscriber: asked, max, lease, answer }).await?;
            if !leased.is_empty() {
                let until = Instant::now() + lease;
                self.shared.with_dues(&subscriber, |dues| dues.set(leased.iter().map(|event| event.id), until));
                let mut leased_until = self.shared.leased_until.lock();
                *leased_until = Some(leased_until.map_or(until, |before| before.max(until)));
            }
            Ok(leased)
        })
    }

    fn acknowledge(&self, subscriber: &str, ids: Vec<DeliveryId>) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move {
            self.change(&subscriber, Change::Acknowledge(ids.clone())).await?;
            self.shared.with_dues(&subscriber, |dues| dues.remove(&ids));
            Ok(())
        })
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
        Box::pin(async move {
            self.change(&subscriber, Change::Fail { id, error, backoff, dead }).await?;
            self.shared.with_dues(&subscriber, |dues| {
                dues.remove(&[id]);
                if !dead {
                    dues.set([id], Instant::now() + backoff);
                }
            });
            Ok(())
        })
    }

    fn release(&self, subscriber: &str, ids: Vec<DeliveryId>, pause: Duration) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move {
            self.change(&subscriber, Change::Release { ids: ids.clone(), pause }).await?;
            self.shared.with_dues(&subscriber, |dues| dues.set(ids, Instant::now() + pause));
            Ok(())
        })
    }

    fn backlog(&self) -> Backlog {
        *self.shared.backlog.lock()
    }

    fn next_due(&self, subscriber: &str) -> Option<Duration> {
        self.shared.next_due(subscriber)
    }

    fn waiting(&self) -> Async<'_, Result<Vec<Waiting>, SqlError>> {
        Box::pin(async move { self.aside().await?.waiting(WAITING_COUNTED_MAX).await.map_err(Failure::answer) })
    }

    fn failed(&self, max: usize) -> Async<'_, Result<Vec<DeadLetter>, SqlError>> {
        let most = i64::try_from(max).unwrap_or(i64::MAX);
        Box::pin(async move { self.aside().await?.failed(most).await.map_err(Failure::answer) })
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

impl<S: Reading + Writing + Keeping> Database for ServerDatabase<S> {
    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(async move {
            let mut session = self.aside().await?;
            session.unprotected(&self.shared.names, &tables).await.map_err(Failure::answer)
        })
    }

    fn close(&self) -> Async<'_, ()> {
        Box::pin(async move {
            let leave = match self.shared.is_closed() {
                true => None,
                false => self.aside().await.ok(),
            };
            self.shared.close();
            self.watch.abort();
            // With the last sender gone the lanes finish what is queued, and end.
            drop(self.lanes.lock().take());
            let tasks = std::mem::take(&mut *self.tasks.lock());
            for task in tasks {
                let _ = task.await;
            }
            self.readers.close();
            // Others need not wait until this process counts as dead.
            if let Some(mut session) = leave
                && session.leave(&self.shared.owner).await.is_err()
            {
                tracing::warn!(function = %self.shared.function, "leases could not be given back; they are free in some seconds");
            }
        })
    }
}

impl<S: Reading> Drop for ServerDatabase<S> {
    fn drop(&mut self) {
        self.watch.abort();
    }
}
