//! Queries: on connections of their own, reading as the function's runtime role.

use std::sync::Arc;

use kontor_data::{OpenError, Rows, SqlError, Statement};

use crate::{Failure, Pool, Reading, Shared, guarded};

/// The connections.
pub(crate) struct Readers<S: Reading> {
    shared: Arc<Shared<S>>,
    pool: Pool<S>,
}

impl<S: Reading> Readers<S> {
    /// At most so many connections. None is made yet.
    pub(crate) fn new(shared: Arc<Shared<S>>, connections_max: usize) -> Result<Self, OpenError> {
        let purpose = S::for_queries(&shared.host, &shared.names);
        Ok(Self { pool: Pool::new(Arc::clone(&shared), purpose, connections_max)?, shared })
    }

    /// Runs one query. A connection that turns out to be closed, for example because the server was started again, is
    /// replaced once: a query changes nothing, so it may run twice.
    pub(crate) async fn query(&self, statement: &Statement) -> Result<Rows, SqlError> {
        let checked = self.shared.checked.check(statement, 0)?;
        if !checked.query {
            return Err(SqlError::Invalid("a query is a SELECT; statements that write go into a batch".to_owned()));
        }
        let once = async || {
            self.pool.with(async |session| run(session, &self.shared, statement, checked.parameters).await).await
        };
        let done = match once().await {
            Err(Failure::Lost(_) | Failure::Stale) => once().await,
            done => done,
        };
        done.map_err(Failure::answer)
    }

    /// Closes every connection.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

async fn run<S: Reading>(
    session: &mut S,
    shared: &Shared<S>,
    statement: &Statement,
    parameters: usize,
) -> Result<Rows, Failure> {
    let prepared = session.prepare(statement, 0, parameters).await?;
    let done = session.query(shared, prepared, statement).await;
    if matches!(done, Err(Failure::Stale)) {
        session.forget();
    }
    let outcome = done?;
    match guarded(&outcome, 0, statement.expect_rows) {
        Some(error) => Err(Failure::Batch(error)),
        None => Ok(Rows { rows: outcome.rows }),
    }
}
