//! Kontor's own records, in `kontor.sqlite`: never on a request's way.

mod deployments;
mod runs;
mod tokens;
mod usage;

use std::{path::Path, sync::Arc};

use kontor_data::{Async, Deployment, Desired, OpenError, Registry, RegistryError, Run, Spent, Token, Usage};
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::connection::Storage;

/// The registry's file.
pub(crate) struct SqliteRegistry {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteRegistry {
    pub(crate) fn open(path: &Path, storage: Storage) -> Result<Self, OpenError> {
        let open = || -> Result<Connection, rusqlite::Error> {
            let connection = Connection::open(path)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", storage.synchronous)?;
            connection.execute_batch(tokens::TABLES)?;
            connection.execute_batch(deployments::TABLES)?;
            deployments::grow(&connection)?;
            connection.execute_batch(usage::TABLES)?;
            connection.execute_batch(runs::TABLES)?;
            Ok(connection)
        };
        let connection =
            open().map_err(|error| OpenError::Store(format!("{} cannot be opened: {error}", path.display())))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Does its work on a thread that may wait for the disk: those that serve must not.
    fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Async<'_, Result<T, RegistryError>> {
        let connection = self.connection.clone();
        let work = tokio::task::spawn_blocking(move || work(&connection.lock()).map_err(|error| store(&error)));
        Box::pin(async move {
            let failed = || RegistryError::Store("Kontor's registry failed; the log says where".to_owned());
            work.await.unwrap_or_else(|_| Err(failed()))
        })
    }
}

fn store(error: &rusqlite::Error) -> RegistryError {
    RegistryError::Store(format!("Kontor's registry failed: {error}"))
}

impl Registry for SqliteRegistry {
    fn tokens(&self) -> Async<'_, Result<Vec<Token>, RegistryError>> {
        self.aside(tokens::all)
    }

    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>> {
        let name = token.name.clone();
        let added = self.aside(move |connection| tokens::add(connection, &token));
        Box::pin(async move { if added.await? { Ok(()) } else { Err(RegistryError::Exists(name)) } })
    }

    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>> {
        let name = name.to_owned();
        self.aside(move |connection| tokens::revoke(connection, &name, at_us))
    }

    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>> {
        self.aside(deployments::desired)
    }

    fn desire(&self, desired: Desired) -> Async<'_, Result<(), RegistryError>> {
        self.aside(move |connection| deployments::desire(connection, &desired))
    }

    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        component: &'a [u8],
        seen: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>> {
        let component = component.to_vec();
        self.aside(move |connection| deployments::deploy(connection, deployment, &component, seen))
    }

    fn deployments<'a>(&'a self, function: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>> {
        let function = function.to_owned();
        self.aside(move |connection| deployments::list(connection, &function))
    }

    fn component<'a>(&'a self, function: &'a str, number: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>> {
        let function = function.to_owned();
        self.aside(move |connection| deployments::component(connection, &function, number))
    }

    fn settle(&self, usage: Vec<Usage>, spent: Vec<Spent>) -> Async<'_, Result<(), RegistryError>> {
        self.aside(move |connection| usage::settle(connection, &usage, &spent))
    }

    fn usage(&self, since_hour: i64) -> Async<'_, Result<Vec<Usage>, RegistryError>> {
        self.aside(move |connection| usage::since(connection, since_hour))
    }

    fn spent(&self) -> Async<'_, Result<Vec<Spent>, RegistryError>> {
        self.aside(usage::spent)
    }

    fn runs(&self) -> Async<'_, Result<Vec<Run>, RegistryError>> {
        self.aside(runs::all)
    }

    fn begin_run(&self, run: Run) -> Async<'_, Result<bool, RegistryError>> {
        self.aside(move |connection| runs::begin(connection, &run))
    }

    fn end_run(&self, run: Run) -> Async<'_, Result<(), RegistryError>> {
        self.aside(move |connection| runs::end(connection, &run))
    }
}
