//! Brings a database's schema forward.

use std::fmt::Write as _;

use kontor_contract::{SqlNeeds, schema::Migration};
use kontor_data::OpenError;
use rusqlite::{Connection, params_from_iter};
use sha2::{Digest, Sha256};

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
    for (index, migration) in needs.migrations.iter().enumerate() {
        if migration.number as usize != index + 1 {
            return Err(OpenError::Invalid(format!(
                "migration {} of {function} stands where number {} belongs; number them from 1 without gaps",
                migration.number,
                index + 1
            )));
        }
        let found = hash(migration)?;
        match ran.get(index) {
            Some(ran) if *ran == found => {}
            Some(ran) => {
                return Err(OpenError::MigrationChanged {
                    function: function.to_owned(),
                    number: migration.number,
                    ran: ran.clone(),
                    found,
                });
            }
            None => run(connection, function, migration, &found, now_us)?,
        }
    }
    Ok(())
}

/// Hashes of what ran, in order. An older version of a function knows fewer than ran; that is no fault, since every
/// version has to run on the newer schema.
fn ran(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    connection.prepare("SELECT hash FROM kontor_migrations ORDER BY number")?.query_map([], |row| row.get(0))?.collect()
}

fn hash(migration: &Migration) -> Result<String, OpenError> {
    let text = serde_json::to_vec(migration).map_err(|error| OpenError::Invalid(error.to_string()))?;
    Ok(Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
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
        statements.extend(render(step).map_err(of)?);
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
