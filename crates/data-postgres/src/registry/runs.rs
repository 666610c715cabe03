//! Which run of each schedule was the last, over all processes.

use kontor_data::Run;
use tokio_postgres::{Client, Error, Row};

/// The row changes only if this run is a later one: so of all processes that ask, one begins it.
const BEGIN: &str = "INSERT INTO kontor.runs AS known VALUES ($1, $2, $3, $4, $5) ON CONFLICT (function, schedule) DO UPDATE \
    SET due_us = excluded.due_us, ended_us = excluded.ended_us, error = excluded.error WHERE known.due_us < excluded.due_us";

pub(super) async fn all(client: &Client) -> Result<Vec<Run>, Error> {
    let asked = "SELECT function, schedule, due_us, ended_us, error FROM kontor.runs \
        ORDER BY function COLLATE \"C\", schedule COLLATE \"C\"";
    let run = |row: &Row| {
        Ok(Run {
            function: row.try_get(0)?,
            schedule: row.try_get(1)?,
            due_us: row.try_get(2)?,
            ended_us: row.try_get(3)?,
            error: row.try_get(4)?,
        })
    };
    client.query(asked, &[]).await?.iter().map(run).collect()
}

pub(super) async fn begin(client: &Client, run: &Run) -> Result<bool, Error> {
    let begun = client.execute(BEGIN, &[&run.function, &run.schedule, &run.due_us, &run.ended_us, &run.error]).await;
    begun.map(|changed| changed == 1)
}

pub(super) async fn end(client: &Client, run: &Run) -> Result<(), Error> {
    let end = "UPDATE kontor.runs SET ended_us = $4, error = $5 WHERE function = $1 AND schedule = $2 AND due_us = $3";
    client.execute(end, &[&run.function, &run.schedule, &run.due_us, &run.ended_us, &run.error]).await.map(drop)
}
