//! What was used, by hour, and what budgets have spent; added up over all processes that share the database.

use kontor_data::{Spent, USAGE_KEPT_HOURS, Usage, Used};
use tokio_postgres::{Client, Error, Row};

const ADD: &str = "INSERT INTO kontor.usage AS known VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
    ON CONFLICT (hour, function, operation) DO UPDATE SET requests = known.requests + excluded.requests, \
    errors = known.errors + excluded.errors, calls = known.calls + excluded.calls, cpu_ns = known.cpu_ns + excluded.cpu_ns, \
    memory_page_us = known.memory_page_us + excluded.memory_page_us, \
    received_bytes = known.received_bytes + excluded.received_bytes, sent_bytes = known.sent_bytes + excluded.sent_bytes, \
    row_count = known.row_count + excluded.row_count";

/// Sums are numeric in PostgreSQL.
const SUMS: &str = "SELECT function, operation, min(hour), sum(requests)::bigint, sum(errors)::bigint, sum(calls)::bigint, \
    sum(cpu_ns)::bigint, sum(memory_page_us)::bigint, sum(received_bytes)::bigint, sum(sent_bytes)::bigint, \
    sum(row_count)::bigint FROM kontor.usage WHERE hour >= $1 GROUP BY function, operation \
    ORDER BY function COLLATE \"C\", operation COLLATE \"C\"";

const KEEP: &str = "INSERT INTO kontor.spent VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (budget) DO UPDATE SET \
    time_window = excluded.time_window, requests = excluded.requests, calls = excluded.calls, \
    memory_page_us = excluded.memory_page_us, sent_bytes = excluded.sent_bytes";

/// PostgreSQL's integers have a sign.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row, column: usize) -> Result<u64, Error> {
    row.try_get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or_default())
}

pub(super) async fn settle(client: &mut Client, usage: &[Usage], spent: &[Spent]) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    let add = transaction.prepare(ADD).await?;
    for Usage { function, operation, hour, used } in usage {
        let counts = [
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
        let [requests, errors, calls, cpu, memory, received, sent, rows] = &counts;
        transaction
            .execute(&add, &[hour, function, operation, requests, errors, calls, cpu, memory, received, sent, rows])
            .await?;
    }
    let keep = transaction.prepare(KEEP).await?;
    for of in spent {
        let [window, requests, calls, memory, sent] =
            [of.window, of.requests, of.calls, of.memory_page_us, of.sent_bytes].map(signed);
        transaction.execute(&keep, &[&of.budget, &window, &requests, &calls, &memory, &sent]).await?;
    }
    if let Some(newest) = usage.iter().map(|usage| usage.hour).max() {
        let oldest = newest - USAGE_KEPT_HOURS;
        transaction.execute("DELETE FROM kontor.usage WHERE hour < $1", &[&oldest]).await?;
    }
    transaction.commit().await
}

pub(super) async fn since(client: &Client, hour: i64) -> Result<Vec<Usage>, Error> {
    let rows = client.query(SUMS, &[&hour]).await?;
    let usage = |row: &Row| {
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
    rows.iter().map(usage).collect()
}

pub(super) async fn spent(client: &Client) -> Result<Vec<Spent>, Error> {
    let asked = "SELECT budget, time_window, requests, calls, memory_page_us, sent_bytes FROM kontor.spent \
        ORDER BY budget COLLATE \"C\"";
    let spent = |row: &Row| {
        Ok(Spent {
            budget: row.try_get(0)?,
            window: unsigned(row, 1)?,
            requests: unsigned(row, 2)?,
            calls: unsigned(row, 3)?,
            memory_page_us: unsigned(row, 4)?,
            sent_bytes: unsigned(row, 5)?,
        })
    };
    client.query(asked, &[]).await?.iter().map(spent).collect()
}
