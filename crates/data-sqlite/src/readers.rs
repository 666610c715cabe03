//! Queries outside batches.
//!
//! A query of one row by its key takes a few microseconds, and handing it to another thread and back takes several times
//! that. So a query first runs right where it is asked for, on a connection that this thread usually has to itself, with
//! a small budget of instructions; only if that is not enough does it start again on a thread that may block.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use kontor_data::{Limits, Rows, SqlError, Statement, statement};
use parking_lot::Mutex;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{
    connection::{self, Guard, Role, STATEMENTS_MAX, Storage, Tables},
    failure::{Failure, of_statement},
    schema::{self, Catalogue},
    statements::{Broken, fits, numbered, read},
};

/// Thousands of instructions that a query may take where it is asked for: some hundred microseconds.
const INLINE_CALLS_MAX: u32 = 10;
/// Connections that wait for queries; more threads than cores never read at once.
const READERS_MAX: usize = 8;

/// Read-only connections to one file.
pub(crate) struct Readers {
    path: PathBuf,
    limits: Limits,
    tables: Tables,
    slots: Vec<Mutex<Option<Reader>>>,
    blocking: Arc<tokio::sync::Semaphore>,
    closed: AtomicBool,
}

struct Reader {
    connection: Connection,
    guard: Arc<Guard>,
    /// What the checked texts read as in SQLite's own way.
    checked: FxHashMap<Arc<str>, Checked>,
}

struct Checked {
    text: String,
    parameters: usize,
}

/// Which connection a thread takes first: its own, as long as there are enough.
fn home() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static HOME: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    HOME.with(|home| *home)
}

impl Readers {
    pub(crate) fn new(path: &Path, limits: &Limits, tables: &Tables) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let count = (2 * cores).min(READERS_MAX);
        Self {
            path: path.to_owned(),
            limits: limits.clone(),
            tables: Arc::clone(tables),
            slots: (0..count).map(|_| Mutex::new(None)).collect(),
            // Long queries never take every connection.
            blocking: Arc::new(tokio::sync::Semaphore::new((count / 2).max(1))),
            closed: AtomicBool::new(false),
        }
    }

    /// Runs a query here and now; none if it takes longer than a moment.
    pub(crate) fn inline(&self, asked: &Statement) -> Option<Result<Rows, SqlError>> {
        let home = home();
        let count = self.slots.len();
        let mut slot = (0..count).find_map(|step| self.slots.get((home + step) % count).and_then(Mutex::try_lock))?;
        match self.run(&mut slot, asked, INLINE_CALLS_MAX) {
            Err(Failure::TimedOut(_)) => None,
            other => Some(other.map_err(Failure::answer)),
        }
    }

    /// Runs a query for as long as a statement may take. Blocks.
    fn patiently(&self, asked: &Statement) -> Result<Rows, SqlError> {
        let home = home();
        let count = self.slots.len();
        let free = (0..count).find_map(|step| self.slots.get((home + step) % count).and_then(Mutex::try_lock));
        let slot = free.or_else(|| self.slots.get(home % count).map(Mutex::lock));
        let Some(mut slot) = slot else { return Err(SqlError::Other("there are no readers".to_owned())) };
        self.run(&mut slot, asked, u32::MAX).map_err(Failure::answer)
    }

    /// Runs a query on a thread that may block.
    pub(crate) async fn elsewhere(self: &Arc<Self>, asked: Statement) -> Result<Rows, SqlError> {
        let Ok(_permit) = self.blocking.acquire().await else { return Err(closed()) };
        let readers = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || readers.patiently(&asked)).await;
        done.unwrap_or_else(|error| Err(SqlError::Other(format!("a query broke off: {error}"))))
    }

    fn run(&self, slot: &mut Option<Reader>, asked: &Statement, calls_max: u32) -> Result<Rows, Failure> {
        let reader = self.opened(slot)?;
        reader.guard.set_calls_max(calls_max);
        reader.run(asked, &self.limits)
    }

    fn opened<'a>(&self, slot: &'a mut Option<Reader>) -> Result<&'a mut Reader, Failure> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Failure::Clean(closed()));
        }
        match slot {
            Some(reader) => Ok(reader),
            None => {
                let opened = Reader::open(&self.path, &self.limits, &self.tables);
                Ok(slot.insert(opened.map_err(|error| of_statement(&error, 0, &Catalogue::default(), false))?))
            }
        }
    }

    /// Which of these tables lack a trigger that keeps them append-only.
    pub(crate) async fn unprotected(self: Arc<Self>, tables: Vec<String>) -> Result<Vec<String>, SqlError> {
        let look = move || {
            let mut slot = self.slots.first().ok_or_else(closed)?.lock();
            let reader = self.opened(&mut slot).map_err(Failure::answer)?;
            // The schema is none of the function's tables.
            reader.guard.host();
            let lacking = schema::unprotected(&reader.connection, tables);
            lacking.map_err(|error| of_statement(&error, 0, &Catalogue::default(), false).answer())
        };
        let done = tokio::task::spawn_blocking(look).await;
        done.unwrap_or_else(|error| Err(SqlError::Other(format!("a look at the schema broke off: {error}"))))
    }

    /// Closes the connections.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            *slot.lock() = None;
        }
    }
}

fn closed() -> SqlError {
    SqlError::Unavailable("the database is closed".to_owned())
}

impl Reader {
    fn open(path: &Path, limits: &Limits, tables: &Tables) -> Result<Self, rusqlite::Error> {
        let (connection, guard) = connection::open(path, Role::Reader, limits, Storage::DURABLE, tables)?;
        Ok(Self { connection, guard, checked: FxHashMap::default() })
    }

    fn run(&mut self, asked: &Statement, limits: &Limits) -> Result<Rows, Failure> {
        if !self.checked.contains_key(&asked.text) {
            self.check(&asked.text).map_err(Failure::Clean)?;
        }
        let Some(checked) = self.checked.get(&asked.text) else { return Ok(Rows::default()) };
        self.guard.function();
        let done = self.connection.prepare_cached(&checked.text).map_err(Broken::Sqlite).and_then(|mut prepared| {
            fits(asked, 0, checked.parameters, prepared.column_count()).map_err(Broken::Answer)?;
            read(&mut prepared, asked, limits)
        });
        match done {
            Ok(rows) => Ok(Rows { rows }),
            Err(Broken::Answer(error)) => Err(Failure::Batch(error)),
            Err(Broken::Sqlite(error)) => {
                Err(of_statement(&error, 0, &Catalogue::default(), self.guard.take_interrupted()))
            }
        }
    }

    fn check(&mut self, text: &Arc<str>) -> Result<(), SqlError> {
        let checked = statement::check(text)?;
        if !checked.query {
            return Err(SqlError::Invalid("a query is a SELECT; put what writes into a batch".to_owned()));
        }
        if self.checked.len() >= STATEMENTS_MAX {
            self.checked.clear();
        }
        self.checked.insert(Arc::clone(text), Checked { text: numbered(text), parameters: checked.parameters });
        Ok(())
    }
}
