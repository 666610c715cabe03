//! Connections for queries: a pool, each used by one query at a time, reading as the function's runtime role.

use std::sync::Arc;

use deadpool::{
    Runtime,
    managed::{self, Metrics, PoolConfig, QueueMode, RecycleError, RecycleResult, Timeouts},
};
use kontor_data::{OpenError, Rows, SqlError, Statement};

use crate::{
    failure::Failure,
    lane::guarded,
    pipeline::ask,
    session::{Purpose, Session},
    shared::Shared,
};

/// Makes and checks connections.
struct Readiness {
    shared: Arc<Shared>,
    purpose: Purpose,
}

impl managed::Manager for Readiness {
    type Type = Session;
    type Error = String;

    async fn create(&self) -> Result<Session, String> {
        self.shared.connect_for(&self.purpose).await
    }

    /// A connection whose query was given up in the middle, or that the server closed, is not handed on.
    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<String> {
        if session.is_broken() { Err(RecycleError::message("the connection is of no use")) } else { Ok(()) }
    }
}

/// The pool.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    pool: managed::Pool<Readiness>,
}

impl Readers {
    /// A pool of at most so many connections. None is made yet.
    pub(crate) fn new(shared: Arc<Shared>, connections_max: usize) -> Result<Self, OpenError> {
        let mut purpose = shared.host.clone();
        purpose.settings =
            format!("{}; SET default_transaction_read_only = on; SET ROLE {}", purpose.settings, shared.names.runtime);
        let waits = shared.limits.statement_time_max;
        let timeouts = Timeouts { wait: Some(waits), create: None, recycle: None };
        let config = PoolConfig { max_size: connections_max.max(1), timeouts, queue_mode: QueueMode::Lifo };
        let pool = managed::Pool::builder(Readiness { shared: Arc::clone(&shared), purpose })
            .config(config)
            .runtime(Runtime::Tokio1);
        let pool = pool.build().map_err(|error| OpenError::Store(format!("no pool can be made: {error}")))?;
        Ok(Self { shared, pool })
    }

    /// Runs one query. A connection that turns out to be closed, for example because the server was started again, is
    /// replaced once: a query changes nothing, so it may run twice.
    pub(crate) async fn query(&self, statement: &Statement) -> Result<Rows, SqlError> {
        let checked = self.shared.checked.check(statement, 0)?;
        if !checked.query {
            return Err(SqlError::Invalid("a query is a SELECT; statements that write go into a batch".to_owned()));
        }
        let mut tried = 0;
        loop {
            tried += 1;
            let done = self.once(statement, checked.parameters).await;
            match done {
                Err(Failure::Lost(_) | Failure::Stale) if tried == 1 => {}
                done => return done.map_err(Failure::answer),
            }
        }
    }

    async fn once(&self, statement: &Statement, parameters: usize) -> Result<Rows, Failure> {
        let shared = &self.shared;
        let mut session = self.pool.get().await.map_err(|error| match error {
            managed::PoolError::Backend(reason) => {
                shared.fails(&reason);
                Failure::Lost(reason)
            }
            managed::PoolError::Closed => Failure::Batch(shared.gone()),
            _ => Failure::Batch(SqlError::Busy("all connections for queries are taken; try again".to_owned())),
        })?;
        session.busy = true;
        let done = run(&mut session, shared, statement, parameters).await;
        if matches!(done, Err(Failure::Stale)) {
            session.forget();
        }
        session.busy = matches!(done, Err(Failure::Lost(_)));
        done
    }

    /// Closes every connection.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

async fn run(
    session: &mut Session,
    shared: &Shared,
    statement: &Statement,
    parameters: usize,
) -> Result<Rows, Failure> {
    let prepared = session.prepare(statement, 0, parameters).await?;
    let asked = ask(&session.client, prepared, statement, 0, &shared.limits);
    let outcome = session.answered(asked).await??;
    match guarded(&outcome, 0, statement.expect_rows) {
        Some(error) => Err(Failure::Batch(error)),
        None => Ok(Rows { rows: outcome.rows }),
    }
}
