//! Which run of each schedule was the last.

use kontor_data::Run;
use rusqlite::{Connection, Error};

pub(super) const TABLES: &str = "CREATE TABLE IF NOT EXISTS runs \
    (function TEXT NOT NULL, schedule TEXT NOT NULL, due_us INTEGER NOT NULL, ended_us INTEGER, error TEXT, \
     PRIMARY KEY (function, schedule)) STRICT, WITHOUT ROWID;";

/// The row changes only if this run is a later one: so of all who ask, one begins it.
const BEGIN: &str = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET \
    due_us = excluded.due_us, ended_us = excluded.ended_us, error = excluded.error WHERE due_us < excluded.due_us";

pub(super) fn all(connection: &Connection) -> Result<Vec<Run>, Error> {
    let mut select = connection
        .prepare_cached("SELECT function, schedule, due_us, ended_us, error FROM runs ORDER BY function, schedule")?;
    let rows = select.query_map([], |row| {
        Ok(Run {
            function: row.get(0)?,
            schedule: row.get(1)?,
            due_us: row.get(2)?,
            ended_us: row.get(3)?,
            error: row.get(4)?,
        })
    })?;
    rows.collect()
}

pub(super) fn begin(connection: &Connection, run: &Run) -> Result<bool, Error> {
    let values = (&run.function, &run.schedule, run.due_us, run.ended_us, &run.error);
    Ok(connection.execute(BEGIN, values)? == 1)
}

pub(super) fn end(connection: &Connection, run: &Run) -> Result<(), Error> {
    connection.execute(
        "UPDATE runs SET ended_us = ?4, error = ?5 WHERE function = ?1 AND schedule = ?2 AND due_us = ?3",
        (&run.function, &run.schedule, run.due_us, run.ended_us, &run.error),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_once_and_ends_as_itself() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        let run = |due_us| Run { function: "sales".into(), schedule: "nightly".into(), due_us, ..Run::default() };
        assert!(begin(&connection, &run(10)).unwrap());
        assert!(!begin(&connection, &run(10)).unwrap(), "another process asks for the same");
        assert!(!begin(&connection, &run(9)).unwrap(), "what is past is past");
        assert!(begin(&connection, &run(20)).unwrap());
        end(&connection, &Run { ended_us: Some(11), ..run(10) }).unwrap();
        assert_eq!(all(&connection).unwrap(), [run(20)], "an old run's end does not end the new one");
        let ended = Run { ended_us: Some(21), error: Some("why".into()), ..run(20) };
        end(&connection, &ended).unwrap();
        assert_eq!(all(&connection).unwrap(), [ended]);
    }
}
