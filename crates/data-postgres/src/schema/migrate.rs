//! Brings a function's schema forward.

use kontor_contract::{SqlNeeds, schema::Migration};
use kontor_data::{OpenError, migration};
use kontor_data_server::chain;
use tokio_postgres::{Client, Error, Transaction};

use super::{provision::lock, render::render};
use crate::names::Names;

/// Tries of a migration that waits for a table in use; each gives way after some seconds, so that nobody who wants the
/// table waits behind it for long.
const TRIES: u32 = 5;

/// Runs the migrations that have not run yet, each in a transaction of its own, one process at a time.
pub(crate) async fn migrate(
    client: &mut Client,
    names: &Names,
    function: &str,
    needs: &SqlNeeds,
) -> Result<(), OpenError> {
    for tried in 1.. {
        let waits = |error: &Error| error.as_db_error().is_some_and(|db| matches!(db.code().code(), "55P03" | "40P01"));
        match step(client, names, function, needs).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(Stopped::Refused(error)) => return Err(error),
            Err(Stopped::Server(_, error)) if waits(&error) && tried < TRIES => {}
            Err(Stopped::Server(number, error)) => return Err(broken(function, number, &error)),
        }
    }
    Ok(())
}

enum Stopped {
    Refused(OpenError),
    /// The server's words, and which migration they are about.
    Server(Option<u32>, Error),
}

fn broken(function: &str, number: Option<u32>, error: &Error) -> OpenError {
    let text = chain(error);
    match (number, error.as_db_error()) {
        (Some(number), Some(_)) => {
            OpenError::Invalid(format!("migration {number} of {function}: it does not run: {text}"))
        }
        (None, Some(_)) => OpenError::Store(format!("the migrations of {function} cannot be read: {text}")),
        (_, None) => OpenError::Unreachable(format!("PostgreSQL was lost while {function} was migrated: {text}")),
    }
}

/// Runs the next one that has not run; false if there is none.
async fn step(client: &mut Client, names: &Names, function: &str, needs: &SqlNeeds) -> Result<bool, Stopped> {
    let server = |error| Stopped::Server(None, error);
    let transaction = client.transaction().await.map_err(server)?;
    lock(&transaction).await.map_err(server)?;
    let path = format!("SET LOCAL search_path = {}; SET LOCAL lock_timeout = '3s'", names.schema);
    transaction.batch_execute(&path).await.map_err(server)?;
    let ran = transaction.query("SELECT hash FROM kontor_migrations ORDER BY number", &[]).await.map_err(server)?;
    let ran: Vec<String> = ran.iter().map(|row| row.get(0)).collect();
    let pending = migration::pending(function, &needs.migrations, &ran).map_err(Stopped::Refused)?;
    let Some((next, hash)) = pending.first() else { return Ok(false) };
    run(&transaction, names, function, next, hash).await?;
    transaction.commit().await.map_err(|error| Stopped::Server(Some(next.number), error))?;
    Ok(true)
}

async fn run(
    transaction: &Transaction<'_>,
    names: &Names,
    function: &str,
    next: &Migration,
    hash: &str,
) -> Result<(), Stopped> {
    let server = |error| Stopped::Server(Some(next.number), error);
    for step in &next.steps {
        migration::check(step).map_err(|what| {
            Stopped::Refused(OpenError::Invalid(format!("migration {} of {function}: {what}", next.number)))
        })?;
        for text in render(step, names) {
            transaction.batch_execute(&text).await.map_err(server)?;
        }
    }
    let number = i64::from(next.number);
    transaction
        .execute(
            "INSERT INTO kontor_migrations (number, name, hash) VALUES ($1, $2, $3)",
            &[&number, &next.name, &hash],
        )
        .await
        .map(|_| ())
        .map_err(server)
}
