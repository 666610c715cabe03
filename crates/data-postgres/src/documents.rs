//! The port `documents` on PostgreSQL: a table for each collection in the function's schema, which only the host role
//! reaches, and an index over expressions for each indexed path. Each call is one statement, so that all processes see the
//! same at once.

mod find;
mod schema;

use std::{collections::BTreeMap, sync::Arc};

use kontor_contract::Collection;
use kontor_data::{
    Async, DocumentError, Health, Limits, OpenError, SqlError,
    documents::{
        Checked, Document, DocumentEngine, DocumentLimits, DocumentStore, Documents, Guarded, Inserted, Plan, Rules,
    },
};
use kontor_data_server::Failure;
use tokio_postgres::Row;

use crate::{
    PostgresEngine, PostgresSettings,
    names::quoted,
    session::host,
    store::{Care, Store},
};

/// Tries of an insertion whose document was deleted between two looks.
const TRIES: u32 = 5;

/// What a question may use: its index, in the index's order. A walk over all documents or a sort of them would be chosen
/// only if there was no such index. Plans are made once, for any values.
const ONLY_INDEXES: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
    SET enable_incremental_sort = off; SET plan_cache_mode = force_generic_plan";

/// What all documents of the function take on the disk.
const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class \
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND starts_with(relname, 'kontor_doc_')";

/// Documents in a PostgreSQL database.
pub struct PostgresDocuments(PostgresEngine);

impl PostgresDocuments {
    /// Reads the settings. Nothing is connected yet.
    ///
    /// # Errors
    /// If the address cannot be read.
    pub fn new(settings: &PostgresSettings) -> Result<Self, OpenError> {
        PostgresEngine::new(settings).map(Self)
    }
}

impl DocumentEngine for PostgresDocuments {
    fn name(&self) -> String {
        kontor_data::Engine::name(&self.0)
    }

    fn open(
        &self,
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let prepare = async |all: &BTreeMap<String, Rules>| {
                let shared = Arc::new(self.0.schema_of(&function, Limits::default()).await?);
                let mut client = self.0.setup().connect().await?;
                for rules in all.values() {
                    schema::declare(&mut client, &shared.names, rules).await?;
                }
                let mut purpose = shared.host.clone();
                purpose.settings = format!("{}; {ONLY_INDEXES}", purpose.settings);
                let size_max_bytes = limits.store_size_max_bytes;
                let care = Care { what: "documents", tidy: None, size: SIZE, size_max_bytes };
                Store::start(shared, purpose, self.0.readers_max(), limits.queue_max, care).map(Collections)
            };
            Ok(Guarded::open(&function, collections, limits.clone(), prepare).await?.shared())
        })
    }
}

/// One function's collections.
struct Collections(Store);

fn table(rules: &Rules) -> String {
    quoted(&schema::table(rules.name()))
}

/// Versions are µs of a clock or counted on from there: far below what a `bigint` holds.
fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn document(row: &Row) -> Result<Document, DocumentError> {
    let read = || {
        let version: i64 = row.try_get(1)?;
        Ok(Document { id: row.try_get(0)?, version: version.unsigned_abs(), body: row.try_get(2)? })
    };
    host(read()).map_err(translate)
}

fn stale(id: &str, expected: u64, found: Option<u64>) -> DocumentError {
    DocumentError::Stale { id: id.to_owned(), expected, found }
}

fn translate(failure: Failure) -> DocumentError {
    match failure.answer() {
        SqlError::Busy(text) => DocumentError::Busy(text),
        SqlError::Unavailable(text) => DocumentError::Unavailable(text),
        SqlError::TooLarge(text) => DocumentError::TooLarge(text),
        other => DocumentError::Other(other.to_string()),
    }
}

impl Collections {
    async fn look(&self, rules: &Rules, id: &str) -> Result<Option<Document>, DocumentError> {
        let text = format!("SELECT id, version, body FROM {} WHERE id = $1", table(rules));
        let rows = self.0.read(&text, &[&id]).await.map_err(translate)?;
        rows.first().map(document).transpose()
    }

    /// The version as `kontor_data::documents::first_version` says, by the server's clock, so that all processes share one.
    async fn try_to_insert(&self, rules: &Rules, new: &Checked) -> Result<Option<u64>, DocumentError> {
        let text = format!(
            "INSERT INTO {} (id, version, body) SELECT $1, greatest((extract(epoch FROM statement_timestamp()) * 1000000)::bigint, \
             deleted + 1), $2 FROM kontor_collections WHERE name = $3 ON CONFLICT (id) DO NOTHING RETURNING version",
            table(rules)
        );
        let rows = self.0.rows(&text, &[&new.id, &new.body.text(), &rules.name()]).await.map_err(translate)?;
        let version: Option<i64> = rows.first().map(|row| host(row.try_get(0))).transpose().map_err(translate)?;
        Ok(version.map(i64::unsigned_abs))
    }
}

impl DocumentStore for Collections {
    fn insert<'a>(&'a self, rules: &'a Rules, document: Checked) -> Async<'a, Result<Inserted, DocumentError>> {
        Box::pin(async move {
            self.0.has_room().map_err(translate)?;
            for _ in 0..TRIES {
                if let Some(version) = self.try_to_insert(rules, &document).await? {
                    return Ok(Inserted { version, is_new: true });
                }
                match self.look(rules, &document.id).await? {
                    Some(there) if there.body == document.body.text() => {
                        return Ok(Inserted { version: there.version, is_new: false });
                    }
                    Some(there) => {
                        return Err(DocumentError::Conflict { collection: rules.name().to_owned(), id: there.id });
                    }
                    // It was deleted in between.
                    None => {}
                }
            }
            Err(DocumentError::Busy(format!("{} is inserted and deleted all the time; try again", document.id)))
        })
    }

    fn get<'a>(&'a self, rules: &'a Rules, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>> {
        Box::pin(self.look(rules, id))
    }

    fn find<'a>(&'a self, rules: &'a Rules, plan: Plan) -> Async<'a, Result<Vec<Document>, DocumentError>> {
        let question = find::Question::of(rules, &plan);
        Box::pin(async move {
            let rows = self.0.read(&question.text, &question.given()).await.map_err(translate)?;
            rows.iter().map(document).collect()
        })
    }

    /// Where there is a shard key, what is there is read first: whether the key stays depends on it. What comes in between
    /// has another version, and is found stale by the statement.
    fn replace<'a>(
        &'a self,
        rules: &'a Rules,
        version: u64,
        document: Checked,
    ) -> Async<'a, Result<u64, DocumentError>> {
        Box::pin(async move {
            self.0.has_room().map_err(translate)?;
            if rules.shard_key().is_some() {
                match self.look(rules, &document.id).await? {
                    Some(there) if there.version == version => rules.stays(&there.body, &document)?,
                    there => return Err(stale(&document.id, version, there.map(|there| there.version))),
                }
            }
            let next = version.saturating_add(1);
            let text = format!("UPDATE {} SET version = $3, body = $4 WHERE id = $1 AND version = $2", table(rules));
            let given: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&document.id, &number(version), &number(next), &document.body.text()];
            if self.0.touched(&text, &given).await.map_err(translate)? == 1 {
                return Ok(next);
            }
            let found = self.look(rules, &document.id).await?.map(|there| there.version);
            Err(stale(&document.id, version, found))
        })
    }

    fn delete<'a>(&'a self, rules: &'a Rules, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>> {
        Box::pin(async move {
            let text = format!(
                "WITH gone AS (DELETE FROM {} WHERE id = $1 AND version = $2 RETURNING version) \
                 UPDATE kontor_collections SET deleted = greatest(deleted, $2) WHERE name = $3 AND EXISTS (SELECT 1 FROM gone)",
                table(rules)
            );
            if self.0.touched(&text, &[&id, &number(version), &rules.name()]).await.map_err(translate)? == 1 {
                return Ok(());
            }
            let found = self.look(rules, id).await?.map(|there| there.version);
            Err(stale(id, version, found))
        })
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    fn close(&self) -> Async<'_, ()> {
        self.0.close();
        Box::pin(std::future::ready(()))
    }
}
