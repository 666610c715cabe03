//! Functions that the operator put there: their components, and which is to serve.

use kontor_data::{DEPLOYMENTS_KEPT, Deployment, Desired};
use rusqlite::{Connection, OptionalExtension, Row};

/// Components lie in a table of their own: listing deployments reads none of them.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS functions (name TEXT PRIMARY KEY, number INTEGER, enabled INTEGER NOT NULL, seen TEXT, grants TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deployments (function TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, version TEXT NOT NULL, who TEXT NOT NULL, deployed_us INTEGER NOT NULL, signature TEXT, PRIMARY KEY (function, number)) STRICT;
CREATE TABLE IF NOT EXISTS components (hash TEXT PRIMARY KEY, component BLOB NOT NULL) STRICT;
";

/// What older programs' tables lack.
pub(super) fn grow(connection: &Connection) -> Result<()> {
    let has = "SELECT COUNT(*) FROM pragma_table_info('deployments') WHERE name = 'signature'";
    let has: i64 = connection.query_row(has, [], |row| row.get(0))?;
    if has == 0 {
        connection.execute_batch("ALTER TABLE deployments ADD COLUMN signature TEXT")?;
    }
    Ok(())
}

type Result<T> = std::result::Result<T, rusqlite::Error>;

fn deployment(row: &Row<'_>) -> Result<Deployment> {
    Ok(Deployment {
        function: row.get(0)?,
        number: row.get::<_, i64>(1)?.unsigned_abs(),
        hash: row.get(2)?,
        version: row.get(3)?,
        who: row.get(4)?,
        deployed_us: row.get(5)?,
        signature: row.get(6)?,
    })
}

/// SQLite's integers are signed.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn desired(connection: &Connection) -> Result<Vec<Desired>> {
    let mut select = connection.prepare("SELECT name, number, enabled, seen, grants FROM functions ORDER BY name")?;
    let all = select.query_map([], |row| {
        let grants: String = row.get(4)?;
        Ok(Desired {
            function: row.get(0)?,
            number: row.get::<_, Option<i64>>(1)?.map(i64::unsigned_abs),
            enabled: row.get(2)?,
            seen: row.get(3)?,
            grants: grants.split_whitespace().map(ToOwned::to_owned).collect(),
        })
    })?;
    all.collect()
}

pub(super) fn desire(connection: &Connection, desired: &Desired) -> Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO functions (name, number, enabled, seen, grants) VALUES (?1, ?2, ?3, ?4, ?5)",
        (&desired.function, desired.number.map(number), desired.enabled, &desired.seen, desired.grants.join(" ")),
    )?;
    Ok(())
}

pub(super) fn deploy(
    connection: &Connection,
    mut new: Deployment,
    component: &[u8],
    seen: Option<String>,
) -> Result<Deployment> {
    let transaction = connection.unchecked_transaction()?;
    let last: Option<i64> =
        transaction
            .query_row("SELECT MAX(number) FROM deployments WHERE function = ?1", [&new.function], |row| row.get(0))?;
    new.number = last.unwrap_or(0).unsigned_abs() + 1;
    transaction
        .execute("INSERT OR IGNORE INTO components (hash, component) VALUES (?1, ?2)", (&new.hash, component))?;
    transaction.execute(
        "INSERT INTO deployments (function, number, hash, version, who, deployed_us, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (&new.function, number(new.number), &new.hash, &new.version, &new.who, new.deployed_us, &new.signature),
    )?;
    transaction.execute(
        "INSERT INTO functions (name, number, enabled, seen, grants) VALUES (?1, ?2, 1, ?3, '')
         ON CONFLICT (name) DO UPDATE SET number = excluded.number, enabled = 1, seen = COALESCE(excluded.seen, seen)",
        (&new.function, number(new.number), &seen),
    )?;
    // The one just made is to serve, so no other has to stay.
    transaction.execute(
        "DELETE FROM deployments WHERE function = ?1 AND hash = ?2 AND number < ?3",
        (&new.function, &new.hash, number(new.number)),
    )?;
    transaction.execute(
        "DELETE FROM deployments WHERE function = ?1 AND number NOT IN
         (SELECT number FROM deployments WHERE function = ?1 ORDER BY number DESC LIMIT ?2)",
        (&new.function, i64::try_from(DEPLOYMENTS_KEPT).unwrap_or(i64::MAX)),
    )?;
    transaction.execute("DELETE FROM components WHERE hash NOT IN (SELECT hash FROM deployments)", [])?;
    transaction.commit()?;
    Ok(new)
}

pub(super) fn list(connection: &Connection, function: &str) -> Result<Vec<Deployment>> {
    let mut select = connection.prepare(
        "SELECT function, number, hash, version, who, deployed_us, signature FROM deployments WHERE function = ?1 ORDER BY number DESC",
    )?;
    select.query_map([function], deployment)?.collect()
}

pub(super) fn component(connection: &Connection, function: &str, wanted: u64) -> Result<Option<Vec<u8>>> {
    connection
        .query_row(
            "SELECT component FROM components JOIN deployments USING (hash) WHERE function = ?1 AND number = ?2",
            (function, number(wanted)),
            |row| row.get(0),
        )
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection
    }

    fn new(function: &str, hash: &str) -> Deployment {
        Deployment {
            function: function.to_owned(),
            number: 0,
            hash: hash.to_owned(),
            version: "1".to_owned(),
            who: "somebody".to_owned(),
            deployed_us: 5,
            signature: None,
        }
    }

    #[test]
    fn the_last_twenty_are_kept_and_their_components_alone() {
        let connection = connection();
        for count in 1..=30_u64 {
            let hash = format!("h{count}");
            let made = deploy(&connection, new("hello", &hash), hash.as_bytes(), None).unwrap();
            assert_eq!(made.number, count);
        }
        deploy(&connection, new("other", "h30"), b"h30", None).unwrap();
        let numbers: Vec<u64> = list(&connection, "hello").unwrap().iter().map(|kept| kept.number).collect();
        assert_eq!(numbers, (11..=30).rev().collect::<Vec<_>>());
        assert_eq!(component(&connection, "hello", 11).unwrap().unwrap(), b"h11");
        assert_eq!(component(&connection, "hello", 10).unwrap(), None);
        assert_eq!(component(&connection, "other", 1).unwrap().unwrap(), b"h30", "one component, two functions");
        let kept: i64 = connection.query_row("SELECT COUNT(*) FROM components", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 20);
    }

    #[test]
    fn tables_of_older_programs_grow() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&TABLES.replace(" signature TEXT,", "")).unwrap();
        grow(&connection).unwrap();
        grow(&connection).unwrap();
        let signed = Deployment { signature: Some("c2ln".to_owned()), ..new("hello", "a") };
        deploy(&connection, signed.clone(), b"a", None).unwrap();
        assert_eq!(list(&connection, "hello").unwrap(), [Deployment { number: 1, ..signed }]);
    }

    #[test]
    fn what_is_to_serve_is_what_was_said_last() {
        let connection = connection();
        let mut wanted = Desired { grants: vec!["sql".to_owned(), "reuse".to_owned()], ..Desired::of("hello") };
        desire(&connection, &wanted).unwrap();
        deploy(&connection, new("hello", "a"), b"a", Some("seen".to_owned())).unwrap();
        (wanted.number, wanted.seen) = (Some(1), Some("seen".to_owned()));
        assert_eq!(desired(&connection).unwrap(), [wanted.clone()], "grants stay");
        (wanted.number, wanted.enabled) = (None, false);
        desire(&connection, &wanted).unwrap();
        assert_eq!(desired(&connection).unwrap(), [wanted.clone()]);
        deploy(&connection, new("hello", "b"), b"b", None).unwrap();
        (wanted.number, wanted.enabled) = (Some(2), true);
        assert_eq!(desired(&connection).unwrap(), [wanted], "deploying switches it on, and forgets no file");
    }
}
