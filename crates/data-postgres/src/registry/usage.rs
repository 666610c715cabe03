//! What was used, by hour, what budgets have spent, and which run of each schedule was the last. All processes share them.

use kontor_data::{Run, Spent, USAGE_KEPT_HOURS, Usage, Used};
use tokio_postgres::{Client, Error, Row};

type Result<T> = std::result::Result<T, Error>;

const ADD: &str = "INSERT INTO kontor.usage AS u VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
    ON CONFLICT (hour, function, operation) DO UPDATE SET requests = u.requests + excluded.requests, \
    errors = u.errors + excluded.errors, calls = u.calls + excluded.calls, cpu_ns = u.cpu_ns + excluded.cpu_ns, \
    memory_page_us = u.memory_page_us + excluded.memory_page_us, \
    received_bytes = u.received_bytes + excluded.received_bytes, sent_bytes = u.sent_bytes + excluded.sent_bytes, \
    row_count = u.row_count + excluded.row_count";

const KEEP: &str = "INSERT INTO kontor.spent VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (budget) DO UPDATE SET \
    window_number = excluded.window_number, requests = excluded.requests, calls = excluded.calls, \
    memory_page_us = excluded.memory_page_us, sent_bytes = excluded.sent_bytes";

const SUMS: &str = "SELECT function, operation, min(hour), sum(requests)::bigint, sum(errors)::bigint, \
    sum(calls)::bigint, sum(cpu_ns)::bigint, sum(memory_page_us)::bigint, sum(received_bytes)::bigint, \
    sum(sent_bytes)::bigint, sum(row_count)::bigint FROM kontor.usage WHERE hour >= $1 \
    GROUP BY function, operation ORDER BY function, operation";

/// The row changes only if this run is a later one: so of all who ask, one begins it.
const BEGIN: &str = "INSERT INTO kontor.runs AS r VALUES ($1, $2, $3, $4, $5) ON CONFLICT (function, schedule) \
    DO UPDATE SET due_us = excluded.due_us, ended_us = excluded.ended_us, error = excluded.error \
    WHERE r.due_us < excluded.due_us";

/// PostgreSQL's integers are signed.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row, column: usize) -> Result<u64> {
    row.try_get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or_default())
}

pub(super) async fn settle(client: &mut Client, mut usage: Vec<Usage>, mut spent: Vec<Spent>) -> Result<()> {
    // Everybody in the same order, so that nobody waits for each other in a circle.
    usage.sort_by(|one, other| {
        (one.hour, &one.function, &one.operation).cmp(&(other.hour, &other.function, &other.operation))
    });
    spent.sort_by(|one, other| one.budget.cmp(&other.budget));
    let transaction = client.transaction().await?;
    for Usage { function, operation, hour, used } in &usage {
        let figures = [
            used.requests,
            used.errors,
            used.calls,
            used.cpu_ns,
            used.memory_page_us,
            used.received_bytes,
            used.sent_bytes,
            used.rows,
        ]
        .map(signed);
        let [requests, errors, calls, cpu, memory, received, sent, rows] = &figures;
        transaction
            .execute(ADD, &[hour, function, operation, requests, errors, calls, cpu, memory, received, sent, rows])
            .await?;
    }
    for of in &spent {
        let figures = [of.window, of.requests, of.calls, of.memory_page_us, of.sent_bytes].map(signed);
        let [window, requests, calls, memory, sent] = &figures;
        transaction.execute(KEEP, &[&of.budget, window, requests, calls, memory, sent]).await?;
    }
    if let Some(newest) = usage.iter().map(|usage| usage.hour).max() {
        transaction.execute("DELETE FROM kontor.usage WHERE hour < $1", &[&(newest - USAGE_KEPT_HOURS)]).await?;
    }
    transaction.commit().await
}

pub(super) async fn since(client: &Client, hour: i64) -> Result<Vec<Usage>> {
    let read = |row: &Row| {
        let used = Used {
            requests: unsigned(row, 3)?,
            errors: unsigned(row, 4)?,
            calls: unsigned(row, 5)?,
            cpu_ns: unsigned(row, 6)?,
            memory_page_us: unsigned(row, 7)?,
            received_bytes: unsigned(row, 8)?,
            sent_bytes: unsigned(row, 9)?,
            rows: unsigned(row, 10)?,
        };
        Ok(Usage { function: row.try_get(0)?, operation: row.try_get(1)?, hour: row.try_get(2)?, used })
    };
    client.query(SUMS, &[&hour]).await?.iter().map(read).collect()
}

pub(super) async fn spent(client: &Client) -> Result<Vec<Spent>> {
    let asked =
        "SELECT budget, window_number, requests, calls, memory_page_us, sent_bytes FROM kontor.spent ORDER BY budget";
    let read = |row: &Row| {
        Ok(Spent {
            budget: row.try_get(0)?,
            window: unsigned(row, 1)?,
            requests: unsigned(row, 2)?,
            calls: unsigned(row, 3)?,
            memory_page_us: unsigned(row, 4)?,
            sent_bytes: unsigned(row, 5)?,
        })
    };
    client.query(asked, &[]).await?.iter().map(read).collect()
}

pub(super) async fn runs(client: &Client) -> Result<Vec<Run>> {
    let asked = "SELECT function, schedule, due_us, ended_us, error FROM kontor.runs ORDER BY function, schedule";
    let read = |row: &Row| {
        Ok(Run {
            function: row.try_get(0)?,
            schedule: row.try_get(1)?,
            due_us: row.try_get(2)?,
            ended_us: row.try_get(3)?,
            error: row.try_get(4)?,
        })
    };
    client.query(asked, &[]).await?.iter().map(read).collect()
}

pub(super) async fn begin_run(client: &Client, run: &Run) -> Result<bool> {
    let Run { function, schedule, due_us, ended_us, error } = run;
    Ok(client.execute(BEGIN, &[function, schedule, due_us, ended_us, error]).await? == 1)
}

pub(super) async fn end_run(client: &Client, run: &Run) -> Result<()> {
    let end = "UPDATE kontor.runs SET ended_us = $4, error = $5 WHERE function = $1 AND schedule = $2 AND due_us = $3";
    let Run { function, schedule, due_us, ended_us, error } = run;
    client.execute(end, &[function, schedule, due_us, ended_us, error]).await.map(drop)
}
