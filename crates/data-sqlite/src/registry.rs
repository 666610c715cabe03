//! Kontor's own records, in `kontor.sqlite`: never on a request's way.

mod deployments;
mod runs;
mod usage;

use std::{path::Path, sync::Arc};

use kontor_data::{Async, Deployment, Desired, OpenError, Registry, RegistryError, Run, Spent, Token, Usage};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};

use crate::connection::Storage;

const TABLES: &str = "CREATE TABLE IF NOT EXISTS tokens \
    (name TEXT PRIMARY KEY, hash BLOB NOT NULL, scopes TEXT NOT NULL, created_us INTEGER NOT NULL, revoked_us INTEGER) STRICT;";

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
            connection.execute_batch(TABLES)?;
            connection.execute_batch(deployments::TABLES)?;
            connection.execute_batch(usage::TABLES)?;
            connection.execute_batch(runs::TABLES)?;
            Ok(connection)
        };
        let connection =
            open().map_err(|error| OpenError::Store(format!("{} cannot be opened: {error}", path.display())))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    fn all(&self) -> Result<Vec<Token>, rusqlite::Error> {
        let connection = self.connection.lock();
        let mut select =
            connection.prepare("SELECT name, hash, scopes, created_us, revoked_us FROM tokens ORDER BY name")?;
        let tokens = select.query_map([], |row| {
            let scopes: String = row.get(2)?;
            Ok(Token {
                name: row.get(0)?,
                hash: row.get(1)?,
                scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
                created_us: row.get(3)?,
                revoked_us: row.get(4)?,
            })
        })?;
        tokens.collect()
    }

    fn add(&self, token: &Token) -> Result<bool, rusqlite::Error> {
        let connection = self.connection.lock();
        let transaction = connection.unchecked_transaction()?;
        let good: Option<Option<i64>> = transaction
            .query_row("SELECT revoked_us FROM tokens WHERE name = ?1", [&token.name], |row| row.get(0))
            .optional()?;
        if good == Some(None) {
            return Ok(false);
        }
        transaction.execute(
            "INSERT OR REPLACE INTO tokens (name, hash, scopes, created_us, revoked_us) VALUES (?1, ?2, ?3, ?4, ?5)",
            (&token.name, token.hash, token.scopes.join(" "), token.created_us, token.revoked_us),
        )?;
        transaction.commit()?;
        Ok(true)
    }

    fn revoke(&self, name: &str, at_us: i64) -> Result<bool, rusqlite::Error> {
        let connection = self.connection.lock();
        let changed = connection
            .execute("UPDATE tokens SET revoked_us = ?2 WHERE name = ?1 AND revoked_us IS NULL", (name, at_us))?;
        Ok(changed == 1)
    }
}

impl SqliteRegistry {
    /// Work that comes again and again while requests are served: on a thread that may wait for the disk.
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
        Box::pin(async move { self.all().map_err(|error| store(&error)) })
    }

    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move {
            match self.add(&token).map_err(|error| store(&error))? {
                true => Ok(()),
                false => Err(RegistryError::Exists(token.name)),
            }
        })
    }

    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>> {
        let name = name.to_owned();
        Box::pin(async move { self.revoke(&name, at_us).map_err(|error| store(&error)) })
    }

    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>> {
        Box::pin(async move { deployments::desired(&self.connection.lock()).map_err(|error| store(&error)) })
    }

    fn desire(&self, desired: Desired) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move { deployments::desire(&self.connection.lock(), &desired).map_err(|error| store(&error)) })
    }

    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        component: &'a [u8],
        seen: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>> {
        Box::pin(async move {
            deployments::deploy(&self.connection.lock(), deployment, component, seen).map_err(|error| store(&error))
        })
    }

    fn deployments<'a>(&'a self, function: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>> {
        Box::pin(async move { deployments::list(&self.connection.lock(), function).map_err(|error| store(&error)) })
    }

    fn component<'a>(&'a self, function: &'a str, number: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>> {
        Box::pin(async move {
            deployments::component(&self.connection.lock(), function, number).map_err(|error| store(&error))
        })
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
