//! A file that documents or entries live in: one thread that writes it, and connections that read it.
//!
//! As with a function's own database, the thread takes whatever is queued into one commit and answers afterwards. What runs
//! here is the host's own and looks before it writes, so that a change either is done or leaves everything as it was; only
//! the store itself can fail.

mod folder;
mod group;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
};

use kontor_data::{DocumentError, Health, KeyValueError, Limits, OpenError, SqlError};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    connection::{self, Role, Storage, Tables},
    failure::{Failure, of_store},
    writer::LogPages,
};
use group::{Job, Message, Task, Thread};

pub(crate) use folder::{Folder, Kind};

/// Connections that wait for readers.
const READERS_MAX: usize = 8;

/// Why the store itself did not do something.
#[derive(Debug, Clone)]
pub(crate) enum StoreError {
    /// Too much waits.
    Busy(String),
    /// It is closed, has stopped, or has no room.
    Unavailable(String),
    /// Anything else.
    Other(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure.answer() {
            SqlError::Busy(text) => Self::Busy(text),
            SqlError::Unavailable(text) => Self::Unavailable(text),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(text) => Self::Busy(text),
            StoreError::Unavailable(text) => Self::Unavailable(text),
            StoreError::Other(text) => Self::Other(text),
        }
    }
}

impl From<StoreError> for KeyValueError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(text) => Self::Busy(text),
            StoreError::Unavailable(text) => Self::Unavailable(text),
            StoreError::Other(text) => Self::Other(text),
        }
    }
}

/// What a file may hold and how much may wait for it.
pub(crate) struct StoreLimits {
    /// The file, bytes.
    pub(crate) size_max_bytes: u64,
    /// One value, bytes.
    pub(crate) value_size_max_bytes: usize,
    /// Changes that wait.
    pub(crate) queue_max: usize,
}

/// Shared by the thread and its callers.
pub(crate) struct State {
    /// What it is, for messages: `the documents of shop`.
    name: String,
    waiting: AtomicUsize,
    closed: AtomicBool,
    health: Mutex<Health>,
}

impl State {
    /// What is said when the thread has gone.
    fn gone(&self) -> StoreError {
        match &*self.health.lock() {
            Health::Stopped(reason) | Health::ReadOnly(reason) => StoreError::Unavailable(reason.clone()),
            Health::Ok => StoreError::Unavailable(format!("{} are closed", self.name)),
        }
    }
}

/// One file.
pub(crate) struct Store {
    path: PathBuf,
    limits: Limits,
    queue_max: usize,
    state: Arc<State>,
    queue: mpsc::Sender<Message>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the file, or makes it. Blocks.
    pub(crate) fn open(
        path: &Path,
        name: String,
        limits: &StoreLimits,
        storage: Storage,
        kind: Kind,
    ) -> Result<Self, OpenError> {
        let failed = |reason: String| OpenError::Store(format!("{} cannot be opened: {reason}", path.display()));
        let queue_max = limits.queue_max;
        let limits = Limits {
            database_size_max_bytes: limits.size_max_bytes,
            batch_size_max_bytes: limits.value_size_max_bytes,
            ..Limits::default()
        };
        let open = || -> Result<_, rusqlite::Error> {
            let (mut connection, _) = connection::open(path, Role::Writer, &limits, storage, &Tables::default())?;
            let pages = LogPages::of(&mut connection)?;
            connection.execute_batch(kind.tables)?;
            Ok((connection, pages))
        };
        let (connection, pages) = open().map_err(|error| failed(error.to_string()))?;
        let state = Arc::new(State {
            name,
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            health: Mutex::new(Health::Ok),
        });
        let (queue, queued) = mpsc::channel();
        let thread = Thread::new(connection, pages, Arc::clone(&state), queued, kind.tidy);
        std::thread::Builder::new()
            .name(state.name.clone())
            .spawn(move || thread.work())
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { path: path.to_owned(), limits, queue_max, state, queue, readers: Mutex::default() })
    }

    /// Whether it was closed, so that opening it again means a new one. One that stopped for a reason stays as it is.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.closed.load(Ordering::Relaxed) && *self.state.health.lock() == Health::Ok
    }

    /// Runs a change; returns once it is durable. It may run several times, each time on what is there then.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let waiting = self.state.waiting.fetch_add(1, Ordering::Relaxed);
        if waiting >= self.queue_max {
            self.state.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(StoreError::Busy(format!("{waiting} changes wait for {}; try again", self.state.name)));
        }
        let (answer, answered) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Task::new(work, answer));
        if self.state.closed.load(Ordering::Relaxed) || self.queue.send(Message::Run(job)).is_err() {
            return Err(self.state.gone());
        }
        answered.await.unwrap_or_else(|_| Err(self.state.gone()))
    }

    /// Reads a little, here and now: it sees every change that was answered before.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        if self.state.closed.load(Ordering::Relaxed) {
            return Err(self.state.gone());
        }
        let waiting = self.readers.lock().pop();
        let connection = match waiting {
            Some(connection) => connection,
            None => {
                connection::open(&self.path, Role::Reader, &self.limits, Storage::DURABLE, &Tables::default())
                    .map_err(|error| of_store(&error))?
                    .0
            }
        };
        let done = work(&connection).map_err(|error| of_store(&error).into());
        let mut readers = self.readers.lock();
        if readers.len() < READERS_MAX && !self.state.closed.load(Ordering::Relaxed) {
            readers.push(connection);
        }
        done
    }

    /// Reads much, on a thread that may block.
    pub(crate) async fn read_much<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || store.read(work)).await;
        done.unwrap_or_else(|error| Err(StoreError::Other(format!("a question broke off: {error}"))))
    }

    /// Whether it works.
    pub(crate) fn health(&self) -> Health {
        self.state.health.lock().clone()
    }

    /// Finishes what is queued and closes.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        // Readers first: the writer is the last to close, and folds its log into the file.
        let sent = self.queue.send(Message::Close(answer));
        self.state.closed.store(true, Ordering::Relaxed);
        self.readers.lock().clear();
        if sent.is_ok() {
            let _ = answered.await;
        }
    }
}
