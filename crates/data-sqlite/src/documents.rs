//! The port `documents` on SQLite: a file for each function, a table for each collection, a generated column for each
//! indexed path.

mod find;
mod schema;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use kontor_contract::Collection;
use kontor_data::{
    Async, DocumentError, Health, OpenError,
    documents::{
        Checked, Document, DocumentEngine, DocumentLimits, DocumentStore, Documents, Guarded, Inserted, Plan, Rules,
        first_version,
    },
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    clock,
    store::{Folder, Store, StoreError, StoreLimits},
};

/// Documents in a folder.
pub struct SqliteDocuments(Folder);

impl SqliteDocuments {
    /// Opens the folder, for example `kontor-data/documents`, and makes it if it is not there. The caller holds the lock on
    /// it.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Folder::open(folder, schema::DOCUMENTS).map(Self)
    }

    /// For tests of handlers: the same code on files that live as long as the engine and are never synced.
    ///
    /// # Errors
    /// If no temporary folder can be made.
    pub fn in_memory() -> Result<Self, OpenError> {
        Folder::temporary(schema::DOCUMENTS).map(Self)
    }
}

fn store_limits(limits: &DocumentLimits) -> StoreLimits {
    StoreLimits {
        size_max_bytes: limits.store_size_max_bytes,
        value_size_max_bytes: limits.document_size_max_bytes,
        queue_max: limits.queue_max,
    }
}

impl DocumentEngine for SqliteDocuments {
    fn name(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn open(
        &self,
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let store_limits = store_limits(&limits);
            let prepare = async |all: &BTreeMap<String, Rules>| {
                let declare = async |store: &Store| {
                    for rules in all.values() {
                        schema::declare(store, rules).await?;
                    }
                    Ok(())
                };
                Ok(Collections(self.0.with(&function, store_limits, declare).await?))
            };
            Ok(Guarded::open(&function, collections, limits, prepare).await?.shared())
        })
    }
}

/// One function's collections.
struct Collections(Arc<Store>);

fn read(row: &rusqlite::Row<'_>) -> Result<Document, rusqlite::Error> {
    Ok(Document { id: row.get(0)?, version: row.get::<_, i64>(1)?.unsigned_abs(), body: row.get(2)? })
}

fn get(connection: &Connection, table: &str, id: &str) -> Result<Option<Document>, rusqlite::Error> {
    let text = format!("SELECT id, version, body FROM \"{table}\" WHERE id = ?1");
    connection.prepare_cached(&text)?.query_row([id], read).optional()
}

/// Versions are µs of a clock or counted on from there: far below what SQLite's integers hold.
fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn insert(
    connection: &Connection,
    table: &str,
    new: &Checked,
) -> Result<Result<Inserted, DocumentError>, rusqlite::Error> {
    if let Some(there) = get(connection, table, &new.id)? {
        return Ok(if there.body == new.body.text() {
            Ok(Inserted { version: there.version, is_new: false })
        } else {
            Err(DocumentError::Conflict { collection: table.to_owned(), id: there.id })
        });
    }
    let deleted: i64 = connection
        .prepare_cached("SELECT deleted FROM kontor_collections WHERE name = ?1")?
        .query_row([table], |row| row.get(0))?;
    let version = first_version(clock::now_us(), deleted.unsigned_abs());
    connection
        .prepare_cached(&format!("INSERT INTO \"{table}\" (id, version, body) VALUES (?1, ?2, ?3)"))?
        .execute((&new.id, number(version), new.body.text()))?;
    Ok(Ok(Inserted { version, is_new: true }))
}

fn stale(id: &str, expected: u64, found: Option<u64>) -> DocumentError {
    DocumentError::Stale { id: id.to_owned(), expected, found }
}

fn delete(
    connection: &Connection,
    table: &str,
    id: &str,
    version: u64,
) -> Result<Result<(), DocumentError>, rusqlite::Error> {
    let found = get(connection, table, id)?.map(|there| there.version);
    if found != Some(version) {
        return Ok(Err(stale(id, version, found)));
    }
    connection.prepare_cached(&format!("DELETE FROM \"{table}\" WHERE id = ?1"))?.execute([id])?;
    connection
        .prepare_cached("UPDATE kontor_collections SET deleted = max(deleted, ?2) WHERE name = ?1")?
        .execute((table, number(version)))?;
    Ok(Ok(()))
}

impl DocumentStore for Collections {
    fn insert<'a>(&'a self, rules: &'a Rules, document: Checked) -> Async<'a, Result<Inserted, DocumentError>> {
        let table = rules.name().to_owned();
        Box::pin(async move { self.0.write(move |connection| insert(connection, &table, &document)).await? })
    }

    fn get<'a>(&'a self, rules: &'a Rules, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>> {
        Box::pin(async move { Ok(self.0.read(|connection| get(connection, rules.name(), id))?) })
    }

    fn find<'a>(&'a self, rules: &'a Rules, plan: Plan) -> Async<'a, Result<Vec<Document>, DocumentError>> {
        let question = find::Question::of(rules, &plan);
        Box::pin(async move { Ok(self.0.read_much(move |connection| question.ask(connection)).await?) })
    }

    /// Reads what is there before the queue: whether the shard key stays depends on it. What comes in between has another
    /// version, and is found stale in the transaction.
    fn replace<'a>(
        &'a self,
        rules: &'a Rules,
        version: u64,
        document: Checked,
    ) -> Async<'a, Result<u64, DocumentError>> {
        Box::pin(async move {
            let there = self.0.read(|connection| get(connection, rules.name(), &document.id))?;
            match there {
                Some(there) if there.version == version => rules.stays(&there.body, &document)?,
                there => return Err(stale(&document.id, version, there.map(|there| there.version))),
            }
            let table = rules.name().to_owned();
            let done = self.0.write(move |connection| {
                let text = format!("UPDATE \"{table}\" SET version = ?3, body = ?4 WHERE id = ?1 AND version = ?2");
                let next = version.saturating_add(1);
                let changed = connection.prepare_cached(&text)?.execute((
                    &document.id,
                    number(version),
                    number(next),
                    document.body.text(),
                ))?;
                if changed == 1 {
                    return Ok(Ok(next));
                }
                let found = get(connection, &table, &document.id)?.map(|there| there.version);
                Ok(Err(stale(&document.id, version, found)))
            });
            done.await?
        })
    }

    fn delete<'a>(&'a self, rules: &'a Rules, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>> {
        let (table, id) = (rules.name().to_owned(), id.to_owned());
        Box::pin(async move { self.0.write(move |connection| delete(connection, &table, &id, version)).await? })
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    fn close(&self) -> Async<'_, ()> {
        Box::pin(self.0.close())
    }
}

/// Opening fails for the same reasons as work does.
fn cannot_open(error: StoreError) -> OpenError {
    let (StoreError::Busy(text) | StoreError::Unavailable(text) | StoreError::Other(text)) = error;
    OpenError::Store(text)
}
