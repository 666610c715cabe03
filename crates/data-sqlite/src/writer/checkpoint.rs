//! Keeps the write-ahead log from growing without end.
//!
//! A checkpoint copies pages from the log to the file and syncs the file. It is done by the writer itself, after the
//! answers of a group and never inside a commit, once the log has grown by enough pages that most of them were written
//! several times over, and early when there is nothing else to do.

use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};

use rusqlite::{Connection, config::DbConfig, hooks::Wal};

/// Pages in the log that make a checkpoint due: 16 MiB. This crate's own tests come to it sooner.
const PAGES_MAX: i32 = if cfg!(test) { 64 } else { 4_096 };
/// Pages in the log that make it worth while when nobody waits.
const PAGES_IDLE: i32 = 256;

/// Pages in the log, told by SQLite at each commit.
#[derive(Clone, Default)]
pub(crate) struct LogPages(Arc<AtomicI32>);

impl LogPages {
    /// Listens to a connection's commits.
    pub(crate) fn of(connection: &mut Connection) -> Result<Self, rusqlite::Error> {
        let pages = Self::default();
        let told = Arc::clone(&pages.0);
        let hook = move |_: &mut Wal, pages: i32| {
            told.store(pages, Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook))?;
        Ok(pages)
    }
}

/// When the next one is due.
pub(crate) struct Checkpoint {
    pages: LogPages,
    due: i32,
}

impl Checkpoint {
    pub(crate) fn new(pages: LogPages) -> Self {
        Self { pages, due: PAGES_MAX }
    }

    /// After a commit and its answers.
    pub(crate) fn after_commit(&mut self, connection: &Connection) {
        let pages = self.pages.0.load(Ordering::Relaxed);
        if pages >= self.due {
            self.run(connection);
            // A reader in the middle of something keeps the log from starting over: don't try at each commit then.
            let left = self.pages.0.load(Ordering::Relaxed);
            self.due = left + PAGES_MAX;
        }
    }

    /// When nobody waits.
    pub(crate) fn when_idle(&mut self, connection: &Connection) {
        if self.pages.0.load(Ordering::Relaxed) >= PAGES_IDLE {
            self.run(connection);
            self.due = self.pages.0.load(Ordering::Relaxed) + PAGES_MAX;
        }
    }

    /// Passive: waits for nobody. A failure is no loss, since everything is in the log; the next one tries again, and a
    /// disk that is really broken shows at the next commit.
    fn run(&self, connection: &Connection) {
        let done = connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get::<_, i32>(1)?, row.get::<_, i32>(2)?)));
        match done {
            Ok((log, copied)) if log == copied => self.pages.0.store(0, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a checkpoint of the database failed; it is tried again"),
        }
    }
}

/// After a failed sync not even the last close may copy the log into the file.
pub(crate) fn never_again(connection: &Connection) {
    if let Err(error) = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
        tracing::error!(%error, "the log may still be copied at the end");
    }
}
