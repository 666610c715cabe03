//! Failures that tests order: the next commit of a database fails as a disk would make it fail.

use std::{collections::HashMap, sync::LazyLock};

use parking_lot::Mutex;
use rusqlite::{Error, ffi};

static AT_COMMIT: LazyLock<Mutex<HashMap<String, i32>>> = LazyLock::new(Mutex::default);

/// The function's next commit fails with this extended SQLite code.
pub(crate) fn fail_next_commit(function: &str, code: i32) {
    AT_COMMIT.lock().insert(function.to_owned(), code);
}

/// Asked by the writer before each commit.
pub(crate) fn at_commit(function: &str) -> Result<(), Error> {
    AT_COMMIT.lock().remove(function).map_or(Ok(()), |code| Err(Error::SqliteFailure(ffi::Error::new(code), None)))
}
