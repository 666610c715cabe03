//! `sql`: the function's own database, through the port.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data as data;
use kontor_data::Database;

use super::{ended::Port, value};
use crate::runtime::{
    State,
    bindings::kontor::function::sql::{Batch, Error, Executed, Host, Rows, Statement},
};

/// How deep in a trace is what the engine did within a host call.
const ENGINE: u8 = 3;

impl Host for State {
    async fn query(&mut self, statement: Statement) -> Result<Rows, Error> {
        let database = self.sql_database()?;
        let statement = value::statement(statement)?;
        let start = Instant::now();
        let result = database.query(statement).await;
        self.call_ended("sql.query", start);
        let rows = self.heard(Port::Sql, &self.facts.refused.queries, result).map_err(value::error)?;
        self.outside.meter.add_rows(rows.rows.len() as u64);
        Ok(Rows { rows: value::rows(rows.rows) })
    }

    async fn execute(&mut self, batch: Batch) -> Result<Executed, Error> {
        let database = self.sql_database()?.clone();
        let batch = data::Batch {
            statements: batch.statements.into_iter().map(value::statement).collect::<Result<_, _>>()?,
            idempotency: batch.idempotency.map(|idempotency| data::Idempotency {
                operation: self.current.operation.to_string(),
                caller: self.current.caller.clone(),
                key: idempotency.key,
                fingerprint: idempotency.fingerprint,
            }),
            events: batch.events.into_iter().map(value::event).collect(),
            trace_id: self.current.trace_id.as_str().to_owned(),
        };
        let executed = self.commit("sql.execute", &database, batch).await?;
        self.outside.meter.add_rows(executed.outcomes.iter().map(|outcome| outcome.rows_affected).sum());
        Ok(value::executed(executed))
    }
}

impl State {
    fn sql_database(&self) -> Result<&Arc<dyn Database>, Error> {
        match &self.facts.database {
            Some(database) if self.facts.sql => Ok(database),
            Some(_) => Err(Error::Invalid("this function's manifest asks for no sql".to_owned())),
            None => Err(Error::Unavailable),
        }
    }

    /// Runs a batch, records its spans, and wakes those who wait for its events.
    pub(super) async fn commit(
        &mut self,
        span: &'static str,
        database: &Arc<dyn Database>,
        batch: data::Batch,
    ) -> Result<data::Executed, Error> {
        let has_events = !batch.events.is_empty();
        let start = Instant::now();
        let result = database.execute(batch).await;
        self.call_ended(span, start);
        let executed = self.heard(Port::Sql, &self.facts.refused.batches, result).map_err(value::error)?;
        let (queued, commit) = (Duration::from_nanos(executed.queued_ns), Duration::from_nanos(executed.commit_ns));
        self.span("queue", ENGINE, start, queued);
        self.span("commit", ENGINE, start + queued, commit);
        if has_events && !executed.replayed {
            self.facts.wakeups.committed();
        }
        Ok(executed)
    }
}
