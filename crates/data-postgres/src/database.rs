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
use tokio_postgres::{Row, types::ToSql};

use crate::{
    events_sql::{FAILED, LEAVE, WAITING},
    failure::Failure,
    lane::Lane,
    outbox_rows,
    readers::Readers,
    session::{Session, host},
    shared::{Answer, Change, Job, Queued, Shared},
    watch,
};

/// Events of one subscriber that are counted at most.
const WAITING_COUNTED_MAX: i64 = 100_000;

/// Append-only is a matter of rights: tables on which one of the function's two roles could do more than read and insert,
/// by a right of its own, of everybody, or as their owner.
const UNPROTECTED: &str = "SELECT asked.name FROM unnest($1::text[]) AS asked (name) \
     LEFT JOIN pg_class c ON c.relname = asked.name AND c.relkind = 'r' \
     AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2::text) \
     WHERE c.oid IS NULL OR EXISTS (SELECT 1 FROM unnest(ARRAY[$3::text, $4::text]) AS role (name) \
     WHERE has_table_privilege(role.name, c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') \
     OR has_any_column_privilege(role.name, c.oid, 'UPDATE') \
     OR pg_has_role(role.name, c.relowner, 'USAGE')) ORDER BY asked.name";

/// One function's schema on a PostgreSQL server.
pub struct PostgresDatabase {
    shared: Arc<Shared>,
    readers: Readers,
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

impl PostgresDatabase {
    /// Starts the lanes and the watch. Nothing is connected yet.
    pub(crate) fn start(shared: Shared, readers_max: usize) -> Result<Self, OpenError> {
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
    pub(crate) fn is_closed(&self) -> bool {
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
    async fn aside(&self) -> Result<Session, SqlError> {
        if self.shared.is_closed() {
            return Err(self.shared.gone());
        }
        self.shared.connect().await.map_err(SqlError::Unavailable)
    }

    /// Rows of a statement of the host's own, for people.
    async fn list<T>(
        &self,
        text: &'static str,
        most: i64,
        read: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Vec<T>, SqlError> {
        let session = self.aside().await?;
        let rows = session.answered(session.client.query(text, &[&most])).await.and_then(host);
        rows.and_then(|rows| rows.iter().map(|row| host(read(row))).collect()).map_err(Failure::answer)
    }

    async fn replace_subscription(&self, subscriber: &str, names: &[String]) -> Result<(), SqlError> {
        let mut session = self.aside().await?;
        let limit = session.answer_time_max();
        let work = async {
            let transaction = session.client.transaction().await?;
            let add = "INSERT INTO kontor_subscribers (name) VALUES ($1) ON CONFLICT DO NOTHING";
            transaction.execute(add, &[&subscriber]).await?;
            // Two processes that start at the same time subscribe one after the other.
            let lock = "SELECT name FROM kontor_subscribers WHERE name = $1 FOR UPDATE";
            transaction.execute(lock, &[&subscriber]).await?;
            transaction.execute("DELETE FROM kontor_subscriptions WHERE subscriber = $1", &[&subscriber]).await?;
            let add = "INSERT INTO kontor_subscriptions (subscriber, name) SELECT DISTINCT $1::text, n.name FROM unnest($2::text[]) AS n (name)";
            transaction.execute(add, &[&subscriber, &names]).await?;
            transaction.commit().await
        };
        let done = crate::session::within(limit, work).await.and_then(host);
        done.map_err(Failure::answer)
    }
}

impl Sql for PostgresDatabase {
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

impl Outbox for PostgresDatabase {
    fn subscribe(&self, subscriber: &str, names: Vec<String>) -> Async<'_, Result<(), SqlError>> {
        let subscriber = subscriber.to_owned();
        Box::pin(async move { self.replace_subscription(&subscriber, &names).await })
    }

    fn subscribers(&self) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(async move {
            let session = self.aside().await?;
            let asked = session.client.query("SELECT name FROM kontor_subscribers ORDER BY name", &[]);
            let rows = session.answered(asked).await.and_then(host).map_err(Failure::answer)?;
            rows.iter().map(|row| host(row.try_get(0)).map_err(Failure::answer)).collect()
        })
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
        Box::pin(self.list(WAITING, WAITING_COUNTED_MAX, outbox_rows::waiting))
    }

    fn failed(&self, max: usize) -> Async<'_, Result<Vec<DeadLetter>, SqlError>> {
        Box::pin(self.list(FAILED, i64::try_from(max).unwrap_or(i64::MAX), outbox_rows::dead_letter))
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

impl Database for PostgresDatabase {
    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(async move {
            let session = self.aside().await?;
            let names = &self.shared.names;
            let of: [&(dyn ToSql + Sync); 4] = [&tables, &names.schema, &names.runtime, &names.host];
            let asked = session.client.query(UNPROTECTED, &of);
            let rows = session.answered(asked).await.and_then(host).map_err(Failure::answer)?;
            rows.iter().map(|row| host(row.try_get(0)).map_err(Failure::answer)).collect()
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
            if let Some(session) = leave {
                let left = session.answered(session.client.execute(LEAVE, &[&self.shared.owner])).await;
                if !matches!(left, Ok(Ok(_))) {
                    tracing::warn!(function = %self.shared.function, "leases could not be given back; they are free in some seconds");
                }
            }
        })
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        self.watch.abort();
    }
}
