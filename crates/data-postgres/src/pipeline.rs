//! Many requests on their way at once, answered in the order they were sent.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use futures_util::future::{BoxFuture, maybe_done};
use kontor_data::{Limits, Outcome, Rows, SqlError, Statement as Asked, rules};
use kontor_data_server::Failure;
use tokio_postgres::{Client, Row, RowStream, Statement, types::ToSql};

use crate::{
    failure::{of_host, of_statement},
    session::within,
    values::{self, Parameter},
};

/// A request under way.
pub(crate) type Asking<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// Sends all requests before it waits for the first answer. A future of the client hands its request over when it is first
/// polled, so polling each once, in order, puts them on the wire in that order. Ends at the first answer that does not come
/// in time: the answers are then fewer than the requests.
pub(crate) async fn in_order<T>(most: Duration, asked: Vec<Asking<'_, T>>) -> Vec<Result<T, Failure>> {
    let mut asked: Vec<_> = asked.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        for one in &mut asked {
            let _ = Pin::new(one).poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(asked.len());
    for mut one in asked {
        let answer = match within(most, &mut one).await {
            Ok(()) => Pin::new(&mut one).take_output(),
            Err(failure) => Some(Err(failure)),
        };
        let Some(answer) = answer else { break };
        let is_lost = matches!(answer, Err(Failure::Lost(_)));
        answers.push(answer);
        if is_lost {
            break;
        }
    }
    answers
}

/// A text of the host's own, without parameters or rows.
pub(crate) fn plain<T: Default>(client: &Client, text: String) -> Asking<'_, T> {
    Box::pin(async move { client.batch_execute(&text).await.map(|()| T::default()).map_err(|error| of_host(&error)) })
}

/// A parameter of the host's own statements.
pub(crate) type Given = Box<dyn ToSql + Sync + Send>;

/// A statement of the host's own.
pub(crate) fn own(client: &Client, statement: Statement, parameters: Vec<Given>) -> Asking<'_, Vec<Row>> {
    Box::pin(async move {
        let host = |error| of_host(&error);
        let rows = client.query_raw(&statement, parameters).await.map_err(host)?;
        let mut rows = Box::pin(rows);
        let mut all = Vec::new();
        while let Some(row) = next(&mut rows).await {
            all.push(row.map_err(host)?);
        }
        Ok(all)
    })
}

/// A function's statement; reads its rows within the limits.
pub(crate) fn ask<'a>(
    client: &'a Client,
    statement: Statement,
    asked: &'a Asked,
    index: usize,
    limits: &'a Limits,
) -> Asking<'a, Outcome> {
    Box::pin(async move {
        let parameters: Vec<Parameter<'_>> = asked.parameters.iter().map(Parameter).collect();
        let rows = client.query_raw(&statement, parameters).await.map_err(|error| of_statement(&error, index))?;
        let mut rows = Box::pin(rows);
        let (mut found, mut size_bytes) = (Rows::default(), 0);
        while let Some(row) = next(&mut rows).await {
            let row = row.map_err(|error| of_statement(&error, index))?;
            let row = values::decode(&row, &asked.results)
                .map_err(|what| Failure::Batch(SqlError::Invalid(format!("statement {index}: {what}"))))?;
            size_bytes += row.iter().map(rules::value_size_bytes).sum::<usize>();
            if found.rows.len() >= limits.rows_max {
                return Err(too_large("rows in a result", limits.rows_max));
            }
            if size_bytes > limits.result_size_max_bytes {
                return Err(too_large("bytes in a result", limits.result_size_max_bytes));
            }
            found.rows.push(row);
        }
        let touched = rows.rows_affected().unwrap_or(0);
        let rows_affected = if asked.results.is_empty() { touched } else { found.rows.len() as u64 };
        Ok(Outcome { rows_affected, rows: found.rows })
    })
}

async fn next(rows: &mut Pin<Box<RowStream>>) -> Option<Result<Row, tokio_postgres::Error>> {
    poll_fn(|context| futures_util::Stream::poll_next(rows.as_mut(), context)).await
}

fn too_large(what: &str, most: usize) -> Failure {
    Failure::Batch(SqlError::TooLarge(format!("{what}: at most {most} are allowed; ask for a page of them")))
}
