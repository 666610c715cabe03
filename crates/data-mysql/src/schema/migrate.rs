//! Brings a function's database forward, one step at a time.
//!
//! Each change of a schema commits by itself here. So each step is noted before it is done, and again when it is done. Who
//! comes after a process that died in the middle goes on where that one was; and a migration that fails is taken back step
//! by step, so that the mended one finds what was there before.

use kontor_contract::{SqlNeeds, schema::Migration};
use kontor_data::{OpenError, migration};
use kontor_data_server::chain;
use mysql_async::{Conn, Error, prelude::Queryable as _};

use super::{lock, refused, steps::Steps, unlock};
use crate::{
    names::{Names, quoted},
    server::Flavor,
};

/// Tries of a migration that waits for a table in use; each gives way after some seconds, so that nobody who wants the
/// table waits behind it for long.
const TRIES: u32 = 5;

/// Why a migration stopped.
pub(super) enum Stopped {
    /// It is wrong; the text says why.
    Refused(String),
    /// The server's words.
    Server(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

/// Runs the migrations that have not run yet, one process at a time.
pub(crate) async fn migrate(
    conn: &mut Conn,
    flavor: Flavor,
    names: &Names,
    function: &str,
    needs: &SqlNeeds,
) -> Result<(), OpenError> {
    lock(conn, &names.database).await?;
    let unreadable = |error: Error| refused(&format!("the schema of {function}"), &error);
    conn.query_drop(format!("USE {}; SET NAMES utf8mb4 COLLATE {}", quoted(&names.database), flavor.collation()))
        .await
        .map_err(unreadable)?;
    let asked = "SELECT hash FROM kontor_migrations ORDER BY number";
    let ran: Vec<String> = conn.query(asked).await.map_err(unreadable)?;
    for (next, hash) in migration::pending(function, &needs.migrations, &ran)? {
        run(conn, names, next, &hash).await.map_err(|stopped| told(function, next, stopped))?;
    }
    unlock(conn, &names.database).await
}

fn told(function: &str, next: &Migration, stopped: Stopped) -> OpenError {
    let invalid = |what: String| OpenError::Invalid(format!("migration {} of {function}: {what}", next.number));
    match stopped {
        Stopped::Refused(what) => invalid(what),
        Stopped::Server(error @ Error::Server(_)) => invalid(format!("it does not run: {}", chain(&error))),
        Stopped::Server(error) => {
            OpenError::Unreachable(format!("MySQL was lost while {function} was migrated: {}", chain(&error)))
        }
    }
}

async fn run(conn: &mut Conn, names: &Names, next: &Migration, hash: &str) -> Result<(), Stopped> {
    for step in &next.steps {
        migration::check(step).map_err(Stopped::Refused)?;
    }
    let mut steps = Steps::noted(conn, names).await?;
    steps.keep_what_fits(conn, next).await?;
    while let Some(step) = next.steps.get(steps.count()) {
        for tried in 1.. {
            let Err(stopped) = steps.take(conn, next.number, step).await else { break };
            let waits =
                matches!(&stopped, Stopped::Server(Error::Server(server)) if matches!(server.code, 1205 | 1213));
            if waits && tried < TRIES {
                continue;
            }
            // Nobody can undo anything on a connection that is gone: the next one goes on from what is noted.
            if !matches!(&stopped, Stopped::Server(error) if error.is_fatal()) {
                steps.undo_all(conn).await?;
            }
            return Err(stopped);
        }
    }
    // From here on it has run; what was noted of its steps goes in the same transaction.
    conn.query_drop("START TRANSACTION").await?;
    let add = "INSERT INTO kontor_migrations (number, name, hash) VALUES (?, ?, ?)";
    conn.exec_drop(add, (next.number, next.name.as_str(), hash)).await?;
    conn.query_drop("DELETE FROM kontor_migration_steps").await?;
    Ok(conn.query_drop("COMMIT").await?)
}
