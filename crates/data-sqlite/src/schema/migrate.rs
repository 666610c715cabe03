//! Brings a database's schema forward.

use kontor_contract::{SqlNeeds, schema::Migration};
use kontor_data::{OpenError, migration};
use rusqlite::{Connection, params_from_iter};

use super::render::render;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS kontor_migrations \
    (number INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, ran_us INTEGER NOT NULL) STRICT";

/// Runs the migrations that have not run yet, each in a transaction of its own: whatever interrupts this, the next start
/// goes on where it stopped. What ran before must read as it did.
pub(crate) fn migrate(connection: &Connection, function: &str, needs: &SqlNeeds, now_us: i64) -> Result<(), OpenError> {
    let store =
        |error: rusqlite::Error| OpenError::Store(format!("the migrations of {function} cannot be read: {error}"));
    connection.execute_batch(TABLE).map_err(store)?;
    let ran = ran(connection).map_err(store)?;
    for (migration, hash) in migration::pending(function, &needs.migrations, &ran)? {
        run(connection, function, migration, &hash, now_us)?;
    }
    Ok(())
}

/// Hashes of what ran, in order.
fn ran(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    connection.prepare("SELECT hash FROM kontor_migrations ORDER BY number")?.query_map([], |row| row.get(0))?.collect()
}

fn run(
    connection: &Connection,
    function: &str,
    migration: &Migration,
    hash: &str,
    now_us: i64,
) -> Result<(), OpenError> {
    let of = |what: String| OpenError::Invalid(format!("migration {} of {function}: {what}", migration.number));
    let mut statements = Vec::new();
    for step in &migration.steps {
        migration::check(step).map_err(of)?;
        statements.extend(render(step));
    }
    let done = || -> Result<(), rusqlite::Error> {
        let transaction = connection.unchecked_transaction()?;
        for (text, values) in &statements {
            transaction.execute(text, params_from_iter(values))?;
        }
        transaction.execute(
            "INSERT INTO kontor_migrations (number, name, hash, ran_us) VALUES (?1, ?2, ?3, ?4)",
            (migration.number, &migration.name, hash, now_us),
        )?;
        transaction.commit()
    };
    done().map_err(|error| of(format!("it does not run: {error}")))
}
