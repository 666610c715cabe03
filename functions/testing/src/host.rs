//! Stands in for the host.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use kontor_contract::Manifest;
use kontor_data::{
    Database, DocumentError, Engine, Idempotency, KeyValueError, Limits, OpenError,
    documents::{DocumentEngine, DocumentLimits, Documents},
    keyvalue::{KeyValue, KeyValueEngine},
};
use kontor_data_sqlite::{SqliteDocuments, SqliteEngine, SqliteKeyValue};
use kontor_sdk::{
    events::NewEvent,
    http::{Outgoing, Reply},
    log::Level,
    seam::Backend,
    sql::{Batch, Error, Executed, Outcome, Statement, Value},
};
use tokio::runtime::Runtime;

use crate::values;

/// Stands in for all other servers and functions.
pub type Others = dyn Fn(&Outgoing) -> Result<Reply, kontor_sdk::http::Error>;

/// The embedded engines, in memory.
pub struct Engines {
    sql: SqliteEngine,
    documents: SqliteDocuments,
    keyvalue: SqliteKeyValue,
}

impl Engines {
    fn in_memory() -> Result<Self, OpenError> {
        Ok(Self {
            sql: SqliteEngine::in_memory()?,
            documents: SqliteDocuments::in_memory()?,
            keyvalue: SqliteKeyValue::in_memory()?,
        })
    }
}

/// A database, documents and entries in memory, configuration, a clock and a log.
pub struct TestHost {
    runtime: Runtime,
    database: Arc<dyn Database>,
    documents: Arc<dyn Documents>,
    entries: Arc<dyn KeyValue>,
    // After what they opened: they hold the files that it is made of.
    engines: Arc<Engines>,
    configuration: RefCell<BTreeMap<String, String>>,
    events: RefCell<Vec<NewEvent>>,
    lines: RefCell<Vec<String>>,
    time_us: Cell<Option<i64>>,
    available: Cell<bool>,
    /// Hosts and functions that the manifest names.
    reached: Vec<String>,
    others: RefCell<Option<Box<Others>>>,
    /// Operation and caller of the call under way; an idempotency key belongs to both.
    call: RefCell<(String, String)>,
}

impl TestHost {
    pub fn new(manifest: &Manifest) -> Self {
        Self::over(manifest, Arc::new(Engines::in_memory().expect("SQLite in memory")))
    }

    /// Over engines that others use as well: the same function has the same data there.
    pub fn over(manifest: &Manifest, engines: Arc<Engines>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let name = &manifest.name;
        let (collections, buckets) = (manifest.collections.clone(), manifest.buckets.clone());
        let opened = runtime.block_on(async {
            let database = engines.sql.open(name, manifest.sql.clone(), Limits::default()).await?;
            let documents = engines.documents.open(name, collections, DocumentLimits::default()).await?;
            Ok::<_, OpenError>((database, documents, engines.keyvalue.open(name, buckets, Default::default()).await?))
        });
        let (database, documents, entries) =
            opened.unwrap_or_else(|error| panic!("the data of {name} does not open: {error}"));
        let default = |key: &kontor_contract::ConfigurationKey| Some((key.key.clone(), key.default.clone()?));
        Self {
            runtime,
            database,
            documents,
            entries,
            engines,
            configuration: RefCell::new(manifest.configuration.iter().filter_map(default).collect()),
            events: RefCell::default(),
            lines: RefCell::default(),
            time_us: Cell::default(),
            available: Cell::new(true),
            reached: manifest
                .calls
                .iter()
                .map(|name| format!("{name}.internal"))
                .chain(manifest.http.clone())
                .collect(),
            others: RefCell::default(),
            call: RefCell::default(),
        }
    }

    pub fn engines(&self) -> Arc<Engines> {
        Arc::clone(&self.engines)
    }

    pub fn database(&self) -> Arc<dyn Database> {
        Arc::clone(&self.database)
    }

    pub fn configuration(&self) -> BTreeMap<String, String> {
        self.configuration.borrow().clone()
    }

    pub fn configure(&self, key: &str, value: &str) {
        self.configuration.borrow_mut().insert(key.to_owned(), value.to_owned());
    }

    pub fn set_time(&self, us: i64) {
        self.time_us.set(Some(us));
    }

    pub fn set_available(&self, available: bool) {
        self.available.set(available);
    }

    pub fn set_others(&self, others: Box<Others>) {
        self.others.replace(Some(others));
    }

    pub fn begin(&self, operation: &str, caller: &str) {
        self.call.replace((operation.to_owned(), caller.to_owned()));
    }

    pub fn events(&self) -> Vec<NewEvent> {
        self.events.borrow().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

impl TestHost {
    /// Asks the documents, unless they are away.
    pub(crate) fn ask_documents<T>(
        &self,
        ask: impl AsyncFnOnce(&dyn Documents) -> Result<T, DocumentError>,
    ) -> Result<T, DocumentError> {
        if !self.available.get() {
            return Err(DocumentError::Unavailable("the test says so".to_owned()));
        }
        self.runtime.block_on(ask(&*self.documents))
    }

    /// Asks the entries, unless they are away.
    pub(crate) fn ask_entries<T>(
        &self,
        ask: impl AsyncFnOnce(&dyn KeyValue) -> Result<T, KeyValueError>,
    ) -> Result<T, KeyValueError> {
        if !self.available.get() {
            return Err(KeyValueError::Unavailable("the test says so".to_owned()));
        }
        self.runtime.block_on(ask(&*self.entries))
    }
}

impl Backend for TestHost {
    fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, Error> {
        if !self.available.get() {
            return Err(Error::Unavailable);
        }
        let rows = self.runtime.block_on(self.database.query(values::statement(statement))).map_err(values::error)?;
        Ok(values::rows(rows.rows))
    }

    fn execute(&self, batch: Batch) -> Result<Executed, Error> {
        if !self.available.get() {
            return Err(Error::Unavailable);
        }
        let (operation, caller) = self.call.borrow().clone();
        let event = |event: &NewEvent| kontor_data::NewEvent {
            name: event.name.clone(),
            key: event.key.clone(),
            payload: event.payload.clone(),
        };
        let port = kontor_data::Batch {
            events: batch.events.iter().map(event).collect(),
            statements: batch.statements.into_iter().map(values::statement).collect(),
            idempotency: batch.idempotency.map(|idempotency| Idempotency {
                operation,
                caller,
                key: idempotency.key,
                fingerprint: idempotency.fingerprint,
            }),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
        };
        let executed = self.runtime.block_on(self.database.execute(port)).map_err(values::error)?;
        if !executed.replayed {
            self.events.borrow_mut().extend(batch.events);
        }
        let outcome = |outcome: kontor_data::Outcome| Outcome {
            rows_affected: outcome.rows_affected,
            rows: values::rows(outcome.rows),
        };
        Ok(Executed { outcomes: executed.outcomes.into_iter().map(outcome).collect(), replayed: executed.replayed })
    }

    fn documents(&self) -> &dyn kontor_sdk::seam::documents::Documents {
        self
    }

    fn keyvalue(&self) -> &dyn kontor_sdk::seam::keyvalue::KeyValue {
        self
    }

    fn config(&self, key: &str) -> Option<String> {
        self.configuration.borrow().get(key).cloned()
    }

    /// As the host does, for hosts that the manifest names: the text after `://` up to the path, and names below `*.`.
    fn send(&self, request: Outgoing) -> Result<Reply, kontor_sdk::http::Error> {
        let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let named = |known: &String| match known.strip_prefix('*') {
            Some(below) => host.ends_with(below),
            None => host == known,
        };
        if !self.reached.iter().any(named) {
            return Err(kontor_sdk::http::Error::Denied(format!("the manifest names no host {host}")));
        }
        match &*self.others.borrow() {
            Some(others) => others(&request),
            None => Err(kontor_sdk::http::Error::Unreachable(format!("nobody stands in for {host}"))),
        }
    }

    fn log(&self, _: Level, message: &str) {
        self.lines.borrow_mut().push(message.to_owned());
    }

    fn now_us(&self) -> i64 {
        self.time_us.get().unwrap_or_else(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since.ok().and_then(|since| i64::try_from(since.as_micros()).ok()).expect("a clock after 1970")
        })
    }
}
