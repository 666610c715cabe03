//! A collection as a table.

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::{OpenError, documents::Rules};
use rusqlite::{Connection, OptionalExtension};

use super::cannot_open;
use crate::{
    schema::append_only,
    store::{Kind, Store},
};

/// What was declared, as JSON, and the highest version of a document when it was deleted.
pub(super) const DOCUMENTS: Kind = Kind {
    name: "documents",
    tables: "CREATE TABLE IF NOT EXISTS kontor_collections \
        (name TEXT PRIMARY KEY NOT NULL, declared TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0) STRICT",
    tidy: None,
};

/// Makes what the collection needs and is not there yet: its table, columns, indexes, triggers.
pub(super) async fn declare(store: &Store, rules: &Rules) -> Result<(), OpenError> {
    let name = rules.name().to_owned();
    let earlier = store
        .read(|connection| {
            let text = "SELECT declared FROM kontor_collections WHERE name = ?1";
            connection.query_row(text, [&name], |row| row.get::<_, String>(0)).optional()
        })
        .map_err(cannot_open)?;
    let earlier = match &earlier {
        None => rules.collection().clone(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| OpenError::Store(format!("what was declared of {name} cannot be read: {error}")))?,
    };
    let merged = rules.following(&earlier)?;
    let declared = serde_json::to_string(&merged)
        .map_err(|error| OpenError::Store(format!("the declaration of {name} cannot be written: {error}")))?;
    store.write(move |connection| make(connection, &merged, &declared)).await.map_err(cannot_open)
}

fn make(connection: &Connection, collection: &Collection, declared: &str) -> Result<(), rusqlite::Error> {
    let table = &collection.name;
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS \"{table}\" (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT"
    ))?;
    if collection.policy == Policy::AppendOnly {
        append_only(table).iter().try_for_each(|trigger| connection.execute_batch(trigger))?;
    }
    let mut known = connection.prepare("SELECT name FROM pragma_table_xinfo(?1)")?;
    let known = known.query_map([table], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for path in collection.paths.iter().filter(|path| !known.contains(&column(&path.path))) {
        connection.execute_batch(&format!("ALTER TABLE \"{table}\" ADD COLUMN {}", generated(path)))?;
    }
    let alone = collection.paths.iter().map(|path| vec![path.path.clone()]);
    for index in alone.chain(collection.indexes.iter().cloned()) {
        let columns: Vec<_> = index.iter().map(|path| format!("\"{}\"", column(path))).collect();
        connection.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS \"{table}:{}\" ON \"{table}\" ({}, id)",
            index.join(","),
            columns.join(", ")
        ))?;
    }
    let remember = "INSERT INTO kontor_collections (name, declared) VALUES (?1, ?2) \
        ON CONFLICT (name) DO UPDATE SET declared = excluded.declared WHERE declared <> excluded.declared";
    connection.execute(remember, (table, declared)).map(|_| ())
}

/// The column of a path. No other column's name begins so.
pub(super) fn column(path: &str) -> String {
    format!("$.{path}")
}

/// What lies at the path, if it is of the declared type. Paths hold nothing that means something in SQL or in JSON paths.
fn generated(path: &IndexedPath) -> String {
    let names: Vec<_> = path.path.split('.').map(|name| format!("\"{name}\"")).collect();
    let at = format!("'$.{}'", names.join("."));
    let (kind, value) = match path.kind {
        PathType::Text => (
            "TEXT",
            format!(
                "WHEN 'text' THEN CASE WHEN octet_length(json_extract(body, {at})) <= 255 THEN json_extract(body, {at}) END"
            ),
        ),
        PathType::Integer => ("INTEGER", format!("WHEN 'integer' THEN json_extract(body, {at})")),
        PathType::Boolean => ("INTEGER", "WHEN 'false' THEN 0 WHEN 'true' THEN 1".to_owned()),
    };
    let name = column(&path.path);
    format!("\"{name}\" {kind} GENERATED ALWAYS AS (CASE json_type(body, {at}) {value} END) VIRTUAL")
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, Policy};
    use kontor_data::documents::{DocumentEngine, DocumentLimits};

    use crate::documents::SqliteDocuments;

    /// The port lets nobody try; whoever gets past it meets the triggers.
    #[tokio::test]
    async fn the_store_itself_keeps_append_only_documents() {
        let engine = SqliteDocuments::in_memory().unwrap();
        let invoices = Collection {
            name: "invoices".into(),
            policy: Policy::AppendOnly,
            shard_key: None,
            paths: vec![],
            indexes: vec![],
            schema: true.into(),
        };
        let shop = engine.open("shop", vec![invoices], DocumentLimits::default()).await.unwrap();
        shop.insert("invoices", "a", "{\"gross\":1}").await.unwrap();
        let limits = crate::documents::store_limits(&DocumentLimits::default());
        let store = engine.0.with("shop", limits, async |_| Ok(())).await.unwrap();
        for attack in [
            "UPDATE invoices SET body = '{}'",
            "UPDATE OR REPLACE invoices SET id = 'b'",
            "DELETE FROM invoices",
            "INSERT OR REPLACE INTO invoices (id, version, body) VALUES ('a', 1, '{}')",
            "REPLACE INTO invoices (id, version, body) VALUES ('a', 1, '{}')",
            "INSERT INTO invoices (id, version, body) VALUES ('a', 1, '{}') ON CONFLICT (id) DO UPDATE SET body = '{}'",
        ] {
            let done = store.write(move |connection| connection.execute(attack, [])).await;
            assert!(done.is_err(), "{attack}");
        }
        assert_eq!(shop.get("invoices", "a").await.unwrap().unwrap().body, "{\"gross\":1}");
    }
}
