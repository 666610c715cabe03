//! Natively, a test stands in for the host.

pub mod documents;
pub mod keyvalue;

use std::{cell::RefCell, rc::Rc};

use crate::{
    answer,
    events::NewEvent,
    http,
    log::Level,
    sql::{Batch, Error, Executed, Statement, Value},
};

/// What a host gives. `kontor-testing` implements it over the real SQLite port in memory.
pub trait Backend {
    /// Runs a query.
    ///
    /// # Errors
    /// As the port says.
    fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, Error>;

    /// Runs a batch.
    ///
    /// # Errors
    /// As the port says.
    fn execute(&self, batch: Batch) -> Result<Executed, Error>;

    /// Documents.
    fn documents(&self) -> &dyn documents::Documents;

    /// Keys and values.
    fn keyvalue(&self) -> &dyn keyvalue::KeyValue;

    /// A configuration value.
    fn config(&self, key: &str) -> Option<String>;

    /// Sends a request to another server or function.
    ///
    /// # Errors
    /// As the host says; `unreachable` for a backend that reaches nobody.
    fn send(&self, request: http::Outgoing) -> Result<http::Reply, http::Error> {
        Err(http::Error::Unreachable(format!("nobody answers for {} here", request.url)))
    }

    /// Takes a line of the log.
    fn log(&self, level: Level, message: &str);

    /// µs since 1970 UTC.
    fn now_us(&self) -> i64;
}

thread_local! {
    static BACKEND: RefCell<Option<Rc<dyn Backend>>> = const { RefCell::new(None) };
}

/// Puts a backend behind this thread's functions, and forgets configuration that was read from another one.
pub fn install(backend: Rc<dyn Backend>) {
    crate::config::forget();
    BACKEND.with_borrow_mut(|slot| *slot = Some(backend));
}

fn backend() -> Option<Rc<dyn Backend>> {
    BACKEND.with_borrow(Clone::clone)
}

/// Runs a query.
///
/// # Errors
/// As the port says; `unavailable` without a backend.
pub fn query(statement: Statement) -> Result<Vec<Vec<Value>>, Error> {
    backend().ok_or(Error::Unavailable)?.query(statement)
}

/// Runs a batch.
///
/// # Errors
/// As the port says; `unavailable` without a backend.
pub fn execute(batch: Batch) -> Result<Executed, Error> {
    backend().ok_or(Error::Unavailable)?.execute(batch)
}

/// Stores events by themselves: a batch of nothing else.
///
/// # Errors
/// As the port says; `unavailable` without a backend.
pub fn publish(events: Vec<NewEvent>) -> Result<(), Error> {
    execute(Batch { events, ..Batch::default() }).map(|_| ())
}

/// A configuration value.
pub fn config(key: &str) -> Option<String> {
    backend()?.config(key)
}

/// Sends a request to another server or function.
///
/// # Errors
/// As the host says; `unreachable` without a backend.
pub fn send(request: http::Outgoing) -> Result<http::Reply, http::Error> {
    match backend() {
        Some(backend) => backend.send(request),
        None => Err(http::Error::Unreachable("there is no host".to_owned())),
    }
}

/// Writes a line of the log.
pub fn log(level: Level, message: &str) {
    if let Some(backend) = backend() {
        backend.log(level, message);
    }
}

/// µs since 1970 UTC: the backend's clock, or the system's without one.
pub fn now_us() -> i64 {
    backend().map_or_else(system_us, |backend| backend.now_us())
}

fn system_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}

/// A long answer; natively there is none.
pub struct Sink;

/// Natively there is no connection to send a long answer on.
pub fn begin_answer(_: u16, _: Vec<(String, String)>) -> Result<Sink, answer::Error> {
    Err(answer::Error::Other("long answers need a host".to_owned()))
}

impl Sink {
    /// See [`begin_answer`].
    pub fn write(&self, _: &[u8]) -> Result<(), answer::Error> {
        Err(answer::Error::Closed)
    }

    /// See [`begin_answer`].
    pub fn finish(self) -> Result<(), answer::Error> {
        Err(answer::Error::Closed)
    }
}
