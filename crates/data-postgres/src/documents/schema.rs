//! A collection as a table. The setup role owns it; the host role may read and insert, and where documents change, update and
//! delete. So nobody who serves requests changes what is append-only, whatever the code does.

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::{OpenError, documents::Rules};
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Error, Transaction};

use crate::{
    names::{Names, quoted},
    schema::{lock, was_in_the_way},
};

/// Tries of a declaration that waits for a table in use.
const TRIES: u32 = 5;

/// The table of a collection. A function's own tables cannot begin so.
pub(super) fn table(collection: &str) -> String {
    format!("kontor_doc_{collection}")
}

/// The name of an index. Names of many paths would be longer than PostgreSQL keeps apart.
pub(super) fn index(collection: &str, paths: &[&str]) -> String {
    let digest = Sha256::digest(format!("{collection}:{}", paths.join(",")).as_bytes());
    let hash: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("kontor_ix_{hash}")
}

/// What lies at the path, if it is of the declared type. Paths hold nothing that means something in SQL or in an array's text.
///
/// The body is text, and the expression reads it: so it comes back as it was written, and an index over a path that is
/// declared later finds the documents that are there, and those that older versions of the function go on to write.
pub(super) fn expression(path: &IndexedPath) -> String {
    let names: Vec<_> = path.path.split('.').map(|name| format!("\"{name}\"")).collect();
    let at = format!("'{{{}}}'", names.join(","));
    let (kind, text) = (format!("json_typeof(body::json #> {at})"), format!("(body::json #>> {at})"));
    match path.kind {
        PathType::Text => {
            format!("((CASE WHEN {kind} = 'string' AND octet_length({text}) <= 255 THEN {text} END) COLLATE \"C\")")
        }
        PathType::Integer => {
            format!("(CASE WHEN {kind} = 'number' AND {text} ~ '^-?[0-9]+$' THEN {text}::bigint END)")
        }
        PathType::Boolean => format!("(CASE WHEN {kind} = 'boolean' THEN {text}::boolean END)"),
    }
}

enum Stopped {
    Refused(OpenError),
    Server(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

/// Makes what the collection needs and is not there yet, in one transaction.
pub(super) async fn declare(client: &mut Client, names: &Names, rules: &Rules) -> Result<(), OpenError> {
    for tried in 1.. {
        match make(client, names, rules).await {
            Ok(()) => break,
            Err(Stopped::Refused(error)) => return Err(error),
            Err(Stopped::Server(error)) if was_in_the_way(&error) && tried < TRIES => {}
            Err(Stopped::Server(error)) => {
                let text =
                    format!("the collection {} cannot be made: {}", rules.name(), kontor_data_server::chain(&error));
                let refused = error.as_db_error().is_some();
                return Err(if refused { OpenError::Store(text) } else { OpenError::Unreachable(text) });
            }
        }
    }
    Ok(())
}

async fn make(client: &mut Client, names: &Names, rules: &Rules) -> Result<(), Stopped> {
    let transaction = client.transaction().await?;
    lock(&transaction).await?;
    let path = format!("SET LOCAL search_path = {}; SET LOCAL lock_timeout = '3s'", quoted(&names.schema));
    transaction.batch_execute(&path).await?;
    let asked = "SELECT declared FROM kontor_collections WHERE name = $1";
    let known: Option<String> =
        transaction.query_opt(asked, &[&rules.name()]).await?.map(|row| row.try_get(0)).transpose()?;
    let earlier: Option<Collection> = known.as_deref().map(|text| read(rules, text)).transpose()?;
    let merged = rules.following(earlier.as_ref().unwrap_or(rules.collection())).map_err(Stopped::Refused)?;
    let declared = serde_json::to_string(&merged).map_err(|error| unreadable(rules, &error))?;
    // Making what is there already would still wait for everybody who writes, and let everybody wait.
    if known.as_ref() == Some(&declared) {
        return Ok(());
    }
    if earlier.is_none() {
        transaction.batch_execute(&new_table(&merged, names)).await?;
    }
    let there = earlier.as_ref().map(indexes).unwrap_or_default();
    for index in indexes(&merged).iter().filter(|index| !there.contains(index)) {
        transaction.batch_execute(&new_index(&merged, index)).await?;
    }
    remember(&transaction, rules, &declared).await?;
    Ok(transaction.commit().await?)
}

fn read(rules: &Rules, text: &str) -> Result<Collection, Stopped> {
    serde_json::from_str(text).map_err(|error| unreadable(rules, &error))
}

fn unreadable(rules: &Rules, error: &serde_json::Error) -> Stopped {
    let text = format!("what was declared of {} cannot be read or written: {error}", rules.name());
    Stopped::Refused(OpenError::Store(text))
}

async fn remember(transaction: &Transaction<'_>, rules: &Rules, declared: &str) -> Result<(), Error> {
    let text = "INSERT INTO kontor_collections (name, declared) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET declared = excluded.declared";
    transaction.execute(text, &[&rules.name(), &declared]).await.map(drop)
}

/// The whole collection, for a test of its plans.
#[cfg(test)]
pub(super) fn tests_table(collection: &Collection) -> String {
    let indexes = indexes(collection).iter().map(|index| new_index(collection, index)).collect::<Vec<_>>().join("; ");
    format!("{}; {indexes}", bare_table(collection))
}

fn bare_table(collection: &Collection) -> String {
    let table = quoted(&table(&collection.name));
    format!("CREATE TABLE {table} (id text COLLATE \"C\" PRIMARY KEY, version bigint NOT NULL, body text NOT NULL)")
}

fn new_table(collection: &Collection, names: &Names) -> String {
    let rights = match collection.policy {
        Policy::AppendOnly => "SELECT, INSERT",
        Policy::Versioned => "SELECT, INSERT, UPDATE, DELETE",
    };
    let (table, host) = (quoted(&table(&collection.name)), quoted(&names.host));
    format!("{}; GRANT {rights} ON {table} TO {host}", bare_table(collection))
}

/// The paths of every index: each path alone, then those of several.
fn indexes(collection: &Collection) -> Vec<Vec<&str>> {
    let alone = collection.paths.iter().map(|path| vec![path.path.as_str()]);
    let several = collection.indexes.iter().map(|index| index.iter().map(String::as_str).collect());
    alone.chain(several).collect()
}

fn new_index(collection: &Collection, paths: &[&str]) -> String {
    let find = |path: &&str| collection.paths.iter().find(|indexed| indexed.path == **path);
    let expressions: Vec<_> = paths.iter().filter_map(find).map(expression).collect();
    format!(
        "CREATE INDEX {} ON {} ({}, id)",
        quoted(&index(&collection.name, paths)),
        quoted(&table(&collection.name)),
        expressions.join(", ")
    )
}
