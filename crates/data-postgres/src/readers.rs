//! Queries: on connections of their own, reading as the function's runtime role.

use std::sync::Arc;

use kontor_data::{OpenError, Rows, SqlError, Statement};

use crate::{failure::Failure, lane::guarded, pipeline::ask, pool::Pool, session::Session, shared::Shared};

/// The connections.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    pool: Pool,
}

impl Readers {
    /// At most so many connections. None is made yet.
    pub(crate) fn new(shared: Arc<Shared>, connections_max: usize) -> Result<Self, OpenError> {
        let mut purpose = shared.host.clone();
        purpose.settings =
            format!("{}; SET default_transaction_read_only = on; SET ROLE {}", purpose.settings, shared.names.runtime);
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

async fn run(
    session: &mut Session,
    shared: &Shared,
    statement: &Statement,
    parameters: usize,
) -> Result<Rows, Failure> {
    let prepared = session.prepare(statement, 0, parameters).await?;
    let asked = ask(&session.client, prepared, statement, 0, &shared.limits);
    let done = session.answered(asked).await?;
    if matches!(done, Err(Failure::Stale)) {
        session.forget();
    }
    let outcome = done?;
    match guarded(&outcome, 0, statement.expect_rows) {
        Some(error) => Err(Failure::Batch(error)),
        None => Ok(Rows { rows: outcome.rows }),
    }
}
