//! What documents and entries have in common: statements of the host's own, each of them a transaction, on connections of
//! their own; who waits for one is bounded, and somebody looks at the size.

use std::{sync::Arc, time::Duration};

use kontor_data::{Health, OpenError, SqlError};
use kontor_data_server::Failure;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Pool, Shared,
    session::{Purpose, host},
};

/// How often one throws away what is over, and looks at the size of all.
const LOOK: Duration = Duration::from_secs(10);

/// Values of a statement.
pub(crate) type Given<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What is done beside the calls.
#[derive(Debug, Clone)]
pub(crate) struct Care {
    /// What is stored, for people.
    pub(crate) what: &'static str,
    /// Throws away what is over.
    pub(crate) tidy: Option<&'static str>,
    /// Asks how many bytes all of it takes on the server's disk.
    pub(crate) size: &'static str,
    /// How many it may take.
    pub(crate) size_max_bytes: u64,
}

/// A function's documents or entries.
pub(crate) struct Store {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    places: Semaphore,
    what: &'static str,
    care: JoinHandle<()>,
}

impl Store {
    /// Begins to look after the store; connections are made when they are needed.
    pub(crate) fn start(
        shared: Arc<Shared>,
        purpose: Purpose,
        connections_max: usize,
        queue_max: usize,
        care: Care,
    ) -> Result<Self, OpenError> {
        let pool = Arc::new(Pool::new(Arc::clone(&shared), purpose, connections_max)?);
        let what = care.what;
        let care = tokio::spawn(look_after(Arc::clone(&shared), Arc::clone(&pool), care));
        Ok(Self { shared, pool, places: Semaphore::new(queue_max), what, care })
    }

    /// A place among those that wait for a connection.
    fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let busy = || SqlError::Busy(format!("too many calls wait for the {}; try again", self.what));
        self.places.try_acquire().map_err(|_| Failure::Batch(busy()))
    }

    /// Rows of a statement that may write.
    pub(crate) async fn rows(&self, text: &str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
        let _place = self.place()?;
        let done = ask(&self.pool, text, given).await;
        if done.is_ok() {
            self.shared.works();
        }
        done
    }

    /// Rows of a statement that only reads: it may run twice, for example after a connection that was closed meanwhile.
    pub(crate) async fn read(&self, text: &str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
        match self.rows(text, given).await {
            Err(Failure::Lost(_)) => self.rows(text, given).await,
            done => done,
        }
    }

    /// How many rows a statement changed.
    pub(crate) async fn touched(&self, text: &str, given: Given<'_>) -> Result<u64, Failure> {
        let _place = self.place()?;
        let done = self.pool.with(async |session| {
            let statement = session.own(text).await?;
            host(session.answered(session.client.execute(&statement, given)).await?)
        });
        done.await
    }

    /// Refuses what needs room while there is none.
    pub(crate) fn has_room(&self) -> Result<(), Failure> {
        self.shared.full.lock().clone().map_or(Ok(()), |reason| Err(Failure::Full(reason)))
    }

    /// Whether the server does what it is asked for.
    pub(crate) fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    /// From now on nothing is done.
    pub(crate) fn close(&self) {
        self.shared.close();
        self.care.abort();
        self.pool.close();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.care.abort();
    }
}

async fn ask(pool: &Pool, text: &str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
    pool.with(async |session| {
        let statement = session.own(text).await?;
        host(session.answered(session.client.query(&statement, given)).await?)
    })
    .await
}

async fn look_after(shared: Arc<Shared>, pool: Arc<Pool>, care: Care) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        match look(&pool, &care).await {
            Ok(bytes) => {
                let (what, most) = (care.what, care.size_max_bytes);
                *shared.full.lock() = (bytes > most).then(|| {
                    format!(
                        "the {what} take {bytes} bytes, and at most {most} are allowed; delete some, or raise the limit"
                    )
                });
                shared.works();
            }
            Err(Failure::Lost(reason)) => shared.fails(&reason),
            Err(failure) => tracing::warn!(error = %failure.answer(), "{} could not be looked after", care.what),
        }
    }
}

async fn look(pool: &Pool, care: &Care) -> Result<u64, Failure> {
    if let Some(tidy) = care.tidy {
        ask(pool, tidy, &[]).await?;
    }
    let size = ask(pool, care.size, &[]).await?;
    let bytes: i64 = size.first().map_or(Ok(0), |row| host(row.try_get(0)))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
