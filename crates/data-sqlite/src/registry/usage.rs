//! What was used, by hour, and what budgets have spent.

use kontor_data::{Spent, USAGE_KEPT_HOURS, Usage, Used};
use rusqlite::{Connection, Error, Row};

/// One row for each operation that was at work within an hour.
pub(super) const TABLES: &str = "CREATE TABLE IF NOT EXISTS usage \
    (hour INTEGER NOT NULL, function TEXT NOT NULL, operation TEXT NOT NULL, requests INTEGER NOT NULL, \
     errors INTEGER NOT NULL, calls INTEGER NOT NULL, cpu_ns INTEGER NOT NULL, memory_page_us INTEGER NOT NULL, \
     received_bytes INTEGER NOT NULL, sent_bytes INTEGER NOT NULL, row_count INTEGER NOT NULL, \
     PRIMARY KEY (hour, function, operation)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS spent \
    (budget TEXT PRIMARY KEY, window INTEGER NOT NULL, requests INTEGER NOT NULL, calls INTEGER NOT NULL, \
     memory_page_us INTEGER NOT NULL, sent_bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

const ADD: &str = "INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO UPDATE SET \
    requests = requests + excluded.requests, errors = errors + excluded.errors, calls = calls + excluded.calls, \
    cpu_ns = cpu_ns + excluded.cpu_ns, memory_page_us = memory_page_us + excluded.memory_page_us, \
    received_bytes = received_bytes + excluded.received_bytes, sent_bytes = sent_bytes + excluded.sent_bytes, \
    row_count = row_count + excluded.row_count";

const SUMS: &str = "SELECT function, operation, min(hour), sum(requests), sum(errors), sum(calls), sum(cpu_ns), \
    sum(memory_page_us), sum(received_bytes), sum(sent_bytes), sum(row_count) FROM usage WHERE hour >= ?1 \
    GROUP BY function, operation ORDER BY function, operation";

/// SQLite's integers have a sign.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, Error> {
    row.get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or_default())
}

pub(super) fn settle(connection: &Connection, usage: &[Usage], spent: &[Spent]) -> Result<(), Error> {
    let transaction = connection.unchecked_transaction()?;
    {
        let mut add = transaction.prepare_cached(ADD)?;
        for Usage { function, operation, hour, used } in usage {
            add.execute((
                hour,
                function,
                operation,
                signed(used.requests),
                signed(used.errors),
                signed(used.calls),
                signed(used.cpu_ns),
                signed(used.memory_page_us),
                signed(used.received_bytes),
                signed(used.sent_bytes),
                signed(used.rows),
            ))?;
        }
        let mut keep = transaction.prepare_cached("INSERT OR REPLACE INTO spent VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for of in spent {
            let (window, requests) = (signed(of.window), signed(of.requests));
            keep.execute((
                &of.budget,
                window,
                requests,
                signed(of.calls),
                signed(of.memory_page_us),
                signed(of.sent_bytes),
            ))?;
        }
    }
    if let Some(newest) = usage.iter().map(|usage| usage.hour).max() {
        transaction.execute("DELETE FROM usage WHERE hour < ?1", [newest - USAGE_KEPT_HOURS])?;
    }
    transaction.commit()
}

pub(super) fn since(connection: &Connection, hour: i64) -> Result<Vec<Usage>, Error> {
    let mut select = connection.prepare_cached(SUMS)?;
    let rows = select.query_map([hour], |row| {
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
        Ok(Usage { function: row.get(0)?, operation: row.get(1)?, hour: row.get(2)?, used })
    })?;
    rows.collect()
}

pub(super) fn spent(connection: &Connection) -> Result<Vec<Spent>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT budget, window, requests, calls, memory_page_us, sent_bytes FROM spent ORDER BY budget",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Spent {
            budget: row.get(0)?,
            window: unsigned(row, 1)?,
            requests: unsigned(row, 2)?,
            calls: unsigned(row, 3)?,
            memory_page_us: unsigned(row, 4)?,
            sent_bytes: unsigned(row, 5)?,
        })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection
    }

    fn usage(operation: &str, hour: i64, requests: u64) -> Usage {
        let used = Used { requests, calls: requests, rows: 2 * requests, ..Used::default() };
        Usage { function: "sales".to_owned(), operation: operation.to_owned(), hour, used }
    }

    #[test]
    fn usage_adds_up_within_the_hour_and_over_hours() {
        let connection = connection();
        settle(&connection, &[usage("buy", 100, 3), usage("read", 100, 1)], &[]).unwrap();
        settle(&connection, &[usage("buy", 100, 4), usage("buy", 101, 5)], &[]).unwrap();
        let all = since(&connection, 100).unwrap();
        assert_eq!(all, [usage("buy", 100, 12), usage("read", 100, 1)]);
        assert_eq!(since(&connection, 101).unwrap(), [usage("buy", 101, 5)]);
    }

    #[test]
    fn what_is_too_old_goes() {
        let connection = connection();
        settle(&connection, &[usage("buy", 100, 3)], &[]).unwrap();
        settle(&connection, &[usage("read", 100 + USAGE_KEPT_HOURS, 1)], &[]).unwrap();
        assert_eq!(since(&connection, 0).unwrap().len(), 2, "it is just not too old");
        settle(&connection, &[usage("read", 101 + USAGE_KEPT_HOURS, 1)], &[]).unwrap();
        assert_eq!(since(&connection, 0).unwrap().len(), 1);
    }

    #[test]
    fn a_budget_is_kept_as_it_was_last() {
        let connection = connection();
        let of = |requests| Spent { budget: "sales".to_owned(), window: 7, requests, ..Spent::default() };
        settle(&connection, &[], &[of(1)]).unwrap();
        settle(&connection, &[], &[of(9)]).unwrap();
        assert_eq!(spent(&connection).unwrap(), [of(9)]);
    }
}
