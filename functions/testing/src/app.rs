//! A function with a database of its own.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use kontor_contract::Manifest;
use kontor_data::Database;
use kontor_sdk::{Event, Function, Retry, events::NewEvent, seam, sql::Statement};

use crate::{
    Exchange,
    host::{Engines, TestHost},
};

/// The data and the configuration of an [`App`], for other threads: an app itself stays on its own.
#[derive(Clone)]
pub struct Shared {
    engines: Arc<Engines>,
    configuration: BTreeMap<String, String>,
}

/// A function with a database, documents and entries in memory, configuration and a clock. Everything happens on the thread of the test.
pub struct App {
    pub(crate) function: Function,
    pub(crate) manifest: Manifest,
    pub(crate) host: Rc<TestHost>,
}

impl App {
    /// Runs the function's migrations. Configuration keys have their defaults.
    #[must_use]
    pub fn new(function: Function) -> Self {
        let manifest = function.manifest();
        let host = Rc::new(TestHost::new(&manifest));
        let app = Self { function, manifest, host };
        app.install();
        app
    }

    /// What another thread needs to run the same function on the same database at the same time.
    #[must_use]
    pub fn share(&self) -> Shared {
        Shared { engines: self.host.engines(), configuration: self.host.configuration() }
    }

    /// A further instance of a function whose database is there already.
    #[must_use]
    pub fn sharing(function: Function, shared: Shared) -> Self {
        let manifest = function.manifest();
        let host = Rc::new(TestHost::over(&manifest, shared.engines));
        shared.configuration.iter().for_each(|(key, value)| host.configure(key, value));
        let app = Self { function, manifest, host };
        app.install();
        app
    }

    /// The function's database, for what the host's side does with it. To be used on a runtime of the test's own.
    #[must_use]
    pub fn database(&self) -> Arc<dyn Database> {
        self.host.database()
    }

    /// Sets a configuration key, as an operator would before a start.
    #[must_use]
    pub fn configure(self, key: &str, value: &str) -> Self {
        let known = self.manifest.configuration.iter().any(|known| known.key == key);
        assert!(known, "the function has no configuration key {key}");
        self.host.configure(key, value);
        self
    }

    /// Sets the clock: µs since 1970 UTC. Before that it is the system's.
    pub fn set_time(&self, us: i64) {
        self.host.set_time(us);
    }

    /// Makes the database, documents and entries answer `unavailable` from now on, or work again.
    pub fn set_database_available(&self, available: bool) {
        self.host.set_available(available);
    }

    /// Puts something in the place of all servers and functions that the function sends requests to.
    pub fn set_others(
        &self,
        others: impl Fn(&kontor_sdk::http::Outgoing) -> Result<kontor_sdk::http::Reply, kontor_sdk::http::Error> + 'static,
    ) {
        self.host.set_others(Box::new(others));
    }

    /// What the function says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What of its configuration the function cannot use, as `KEY: WHAT`.
    #[must_use]
    pub fn misconfigured(&self) -> Vec<String> {
        self.install();
        self.function.misconfigured().into_iter().map(|fault| format!("{}: {}", fault.key, fault.what)).collect()
    }

    /// Begins a `GET`.
    #[must_use]
    pub fn get(&self, path: &str) -> Exchange<'_> {
        Exchange::new(self, "GET", path)
    }

    /// Begins a `POST`.
    #[must_use]
    pub fn post(&self, path: &str) -> Exchange<'_> {
        Exchange::new(self, "POST", path)
    }

    /// Begins a `DELETE`.
    #[must_use]
    pub fn delete(&self, path: &str) -> Exchange<'_> {
        Exchange::new(self, "DELETE", path)
    }

    /// Begins a request with any other method.
    #[must_use]
    pub fn method(&self, method: &str, path: &str) -> Exchange<'_> {
        Exchange::new(self, method, path)
    }

    /// Delivers an event as the host would.
    ///
    /// # Errors
    /// What the function says.
    pub fn deliver(&self, event: &Event) -> Result<(), Retry> {
        self.install();
        self.host.begin("on-event", "");
        self.function.on_event(event)
    }

    /// Calls a schedule as the host would when it is due; `time` in µs since 1970 UTC.
    ///
    /// # Errors
    /// What the function says.
    pub fn due(&self, schedule: &str, time: i64) -> Result<(), Retry> {
        self.install();
        self.host.begin("on-schedule", "");
        self.function.on_schedule(schedule, time)
    }

    /// The events that were committed so far.
    #[must_use]
    pub fn events(&self) -> Vec<NewEvent> {
        self.host.events()
    }

    /// The lines that were logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.host.lines()
    }

    /// Runs a query on the function's database; rows as JSON-like text for comparing.
    #[must_use]
    pub fn count(&self, table: &str) -> i64 {
        self.install();
        let rows = Statement::new(format!("SELECT count(*) FROM {table}")).one::<(i64,)>();
        rows.unwrap_or_else(|error| panic!("{table} cannot be counted: {error}")).0
    }

    /// Runs a batch on the function's database, as a hostile function would.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&self, statement: Statement) -> Result<u64, kontor_sdk::sql::Error> {
        self.install();
        self.host.begin("test", "");
        kontor_sdk::sql::Batch::new().statement(statement).execute().map(|executed| executed.affected(0))
    }

    /// A test may have several apps; whichever is used stands behind the thread.
    pub(crate) fn install(&self) {
        seam::install(Rc::clone(&self.host) as Rc<dyn seam::Backend>);
    }
}
