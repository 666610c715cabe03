//! What is made with the setup identity: databases, users, roles, the host's own tables, and a function's tables.

mod migrate;
mod provision;
mod render;
mod steps;

use std::time::Duration;

use kontor_data::OpenError;
use kontor_data_server::chain;
use mysql_async::{Conn, Error, prelude::Queryable as _};

pub(crate) use migrate::migrate;
pub(crate) use provision::{prepare_database, provision};

/// How long another process may keep the lock.
const LOCK_TIME_MAX: Duration = Duration::from_secs(60);

/// Takes the lock under which one process at a time changes a database, until it is released or the connection ends. Nothing
/// here can be one transaction: each change of a schema commits by itself.
async fn lock(conn: &mut Conn, database: &str) -> Result<(), OpenError> {
    let taken: Option<Option<i64>> = conn
        .exec_first("SELECT GET_LOCK(?, ?)", (database, LOCK_TIME_MAX.as_secs()))
        .await
        .map_err(|error| refused(database, &error))?;
    if taken.flatten() == Some(1) {
        return Ok(());
    }
    Err(OpenError::Store(format!(
        "another process has been changing the database {database} for {} s; this is tried again",
        LOCK_TIME_MAX.as_secs()
    )))
}

async fn unlock(conn: &mut Conn, database: &str) -> Result<(), OpenError> {
    conn.exec_drop("SELECT RELEASE_LOCK(?)", (database,)).await.map_err(|error| refused(database, &error))
}

/// What the server said to the making of something.
fn refused(what: &str, error: &Error) -> OpenError {
    let text = chain(error);
    match error {
        Error::Server(server) if matches!(server.code, 1044 | 1045 | 1142 | 1227 | 1410 | 1698) => {
            OpenError::Store(format!(
                "{what} cannot be made: {text}; the setup user needs rights: GRANT ALL ON `KONTOR%`.* TO … WITH GRANT OPTION, \
                 GRANT CREATE USER ON *.*, and on MySQL also ROLE_ADMIN"
            ))
        }
        Error::Server(_) => OpenError::Store(format!("{what} cannot be made: {text}")),
        _ => OpenError::Unreachable(format!("MySQL was lost while {what} was made: {text}")),
    }
}
