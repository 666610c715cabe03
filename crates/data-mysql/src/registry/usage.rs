//! What was used, by hour, what budgets have spent, and which run of each schedule was the last. All processes share them.

use kontor_data::{Run, Spent, USAGE_KEPT_HOURS, Usage, Used};
use kontor_data_server::ids::{signed, unsigned};
use mysql_async::{Conn, Error, Params, Row, TxOpts, Value, from_value_opt, prelude::Queryable as _};

type Result<T> = std::result::Result<T, Error>;

const ADD: &str = "INSERT INTO used_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
    requests = requests + VALUES(requests), errors = errors + VALUES(errors), calls = calls + VALUES(calls), \
    cpu_ns = cpu_ns + VALUES(cpu_ns), memory_page_us = memory_page_us + VALUES(memory_page_us), \
    received_bytes = received_bytes + VALUES(received_bytes), sent_bytes = sent_bytes + VALUES(sent_bytes), \
    touched = touched + VALUES(touched)";

const KEEP: &str = "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
    window_number = VALUES(window_number), requests = VALUES(requests), calls = VALUES(calls), \
    memory_page_us = VALUES(memory_page_us), sent_bytes = VALUES(sent_bytes)";

const SUMS: &str = "SELECT function_name, operation, MIN(hour_number), CAST(SUM(requests) AS SIGNED), \
    CAST(SUM(errors) AS SIGNED), CAST(SUM(calls) AS SIGNED), CAST(SUM(cpu_ns) AS SIGNED), \
    CAST(SUM(memory_page_us) AS SIGNED), CAST(SUM(received_bytes) AS SIGNED), CAST(SUM(sent_bytes) AS SIGNED), \
    CAST(SUM(touched) AS SIGNED) FROM used_hours WHERE hour_number >= ? \
    GROUP BY function_name, operation ORDER BY function_name, operation";

pub(super) async fn settle(conn: &mut Conn, mut usage: Vec<Usage>, mut spent: Vec<Spent>) -> Result<()> {
    // Everybody in the same order, so that nobody waits for each other in a circle.
    usage.sort_by(|one, other| {
        (one.hour, &one.function, &one.operation).cmp(&(other.hour, &other.function, &other.operation))
    });
    spent.sort_by(|one, other| one.budget.cmp(&other.budget));
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
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
        ];
        let mut given: Vec<Value> = vec![(*hour).into(), function.into(), operation.into()];
        given.extend(figures.map(|figure| Value::from(signed(figure))));
        transaction.exec_drop(ADD, Params::Positional(given)).await?;
    }
    for of in &spent {
        let mut given: Vec<Value> = vec![(&of.budget).into()];
        let figures = [of.window, of.requests, of.calls, of.memory_page_us, of.sent_bytes];
        given.extend(figures.map(|figure| Value::from(signed(figure))));
        transaction.exec_drop(KEEP, Params::Positional(given)).await?;
    }
    if let Some(newest) = usage.iter().map(|usage| usage.hour).max() {
        transaction.exec_drop("DELETE FROM used_hours WHERE hour_number < ?", (newest - USAGE_KEPT_HOURS,)).await?;
    }
    transaction.commit().await
}

/// A column that is there and a count; else none of it.
fn count(row: &mut Row, column: usize) -> u64 {
    row.take::<Value, _>(column).and_then(|value| from_value_opt::<i64>(value).ok()).map_or(0, unsigned)
}

pub(super) async fn since(conn: &mut Conn, hour: i64) -> Result<Vec<Usage>> {
    let read = |mut row: Row| {
        let used = Used {
            requests: count(&mut row, 3),
            errors: count(&mut row, 4),
            calls: count(&mut row, 5),
            cpu_ns: count(&mut row, 6),
            memory_page_us: count(&mut row, 7),
            received_bytes: count(&mut row, 8),
            sent_bytes: count(&mut row, 9),
            rows: count(&mut row, 10),
        };
        Usage {
            function: row.take(0).unwrap_or_default(),
            operation: row.take(1).unwrap_or_default(),
            hour: row.take(2).unwrap_or_default(),
            used,
        }
    };
    conn.exec_map(SUMS, (hour,), read).await
}

pub(super) async fn spent(conn: &mut Conn) -> Result<Vec<Spent>> {
    let asked = "SELECT budget, window_number, requests, calls, memory_page_us, sent_bytes FROM spent ORDER BY budget";
    let read = |(budget, window, requests, calls, memory, sent)| Spent {
        budget,
        window: unsigned(window),
        requests: unsigned(requests),
        calls: unsigned(calls),
        memory_page_us: unsigned(memory),
        sent_bytes: unsigned(sent),
    };
    conn.query_map(asked, read).await
}

pub(super) async fn runs(conn: &mut Conn) -> Result<Vec<Run>> {
    let asked =
        "SELECT function_name, schedule_name, due_us, ended_us, reason FROM runs ORDER BY function_name, schedule_name";
    let read = |(function, schedule, due_us, ended_us, error)| Run { function, schedule, due_us, ended_us, error };
    conn.query_map(asked, read).await
}

/// The row changes only if this run is a later one: so of all who ask, one begins it.
pub(super) async fn begin_run(conn: &mut Conn, run: &Run) -> Result<bool> {
    let Run { function, schedule, due_us, ended_us, error } = run;
    let later = "UPDATE runs SET due_us = ?, ended_us = ?, reason = ? \
         WHERE function_name = ? AND schedule_name = ? AND due_us < ?";
    conn.exec_drop(later, (due_us, ended_us, error, function, schedule, due_us)).await?;
    if conn.affected_rows() == 1 {
        return Ok(true);
    }
    let first =
        "INSERT IGNORE INTO runs (function_name, schedule_name, due_us, ended_us, reason) VALUES (?, ?, ?, ?, ?)";
    conn.exec_drop(first, (function, schedule, due_us, ended_us, error)).await?;
    Ok(conn.affected_rows() == 1)
}

pub(super) async fn end_run(conn: &mut Conn, run: &Run) -> Result<()> {
    let end = "UPDATE runs SET ended_us = ?, reason = ? WHERE function_name = ? AND schedule_name = ? AND due_us = ?";
    let Run { function, schedule, due_us, ended_us, error } = run;
    conn.exec_drop(end, (ended_us, error, function, schedule, due_us)).await
}
