//! Looks at each collection: shard key, indexes, validator.

use futures_util::TryStreamExt as _;
use kontor_data::{Finding, OpenError};
use mongodb::{
    Database,
    bson::{Bson, Document, doc},
    error::Error,
};

use crate::{
    connection::{ANSWER_TIME_MAX, Connection},
    declared::Declared,
    layout::{self, DECLARED},
    server::{Kind, Server},
    setup::{known, sharded_by, validator_of},
};

/// Every collection that a function has declared, by its name in the database.
pub(super) async fn declared(setup: &Connection, database: &Database) -> Result<Vec<(String, Declared)>, OpenError> {
    let all = database.collection::<Document>(DECLARED);
    let read = async { all.find(Document::new()).sort(doc! {"_id": 1}).await?.try_collect().await };
    let stored: Vec<Document> = setup.within(ANSWER_TIME_MAX, read).await?;
    stored.iter().map(|stored| Declared::read(stored).map(|(name, _, declared)| (name, declared))).collect()
}

pub(super) async fn look(
    server: &Server,
    database: &Database,
    name: &str,
    declared: &Declared,
) -> Result<Vec<Finding>, Error> {
    let Some(known) = known(database, name).await? else {
        let detail = "declared, and not there";
        return Ok(vec![Finding::wrong(
            name,
            detail,
            "start kontor serve: a function that goes live makes its collections",
        )]);
    };
    let mut findings = Vec::new();
    if server.kind == Kind::Sharded {
        findings.push(shards(database, name, declared).await?);
    }
    findings.push(indexes(database, name, declared).await?);
    findings.push(validator(server, name, &known, declared));
    Ok(findings)
}

async fn shards(database: &Database, name: &str, declared: &Declared) -> Result<Finding, Error> {
    let (subject, wanted) = (format!("shard key of {name}"), layout::shard_key(&declared.collection));
    let namespace = format!("{}.{name}", database.name());
    Ok(match sharded_by(database, name).await? {
        Some(key) if key == wanted => Finding::good(subject, wanted.to_string()),
        Some(key) => Finding::wrong(
            subject,
            format!("{key} instead of {wanted}"),
            format!("db.adminCommand({{reshardCollection: {namespace:?}, key: {wanted}}})"),
        ),
        None => Finding::wrong(
            subject,
            "it holds documents and is not sharded: all of them lie on one shard",
            format!("sh.shardCollection({namespace:?}, {wanted})"),
        ),
    })
}

async fn indexes(database: &Database, name: &str, declared: &Declared) -> Result<Finding, Error> {
    let answer = database.run_command(doc! {"listIndexes": name, "cursor": {"batchSize": 1_000}}).await?;
    let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let there: Vec<&Document> = batch.into_iter().flatten().filter_map(Bson::as_document).collect();
    let is_there = |index: &&layout::Index| {
        there.iter().any(|known| {
            let has_keys = known.get_document("key").is_ok_and(|key| same_order(key, &index.key));
            known.get_str("name").is_ok_and(|name| name == index.name)
                && has_keys
                && known.get_bool("unique").unwrap_or(false) == index.unique
        })
    };
    let wanted = layout::indexes(&declared.collection);
    let missing: Vec<_> = wanted.iter().filter(|index| !is_there(index)).collect();
    let subject = format!("indexes of {name}");
    let Some(first) = missing.first() else {
        return Ok(Finding::good(subject, format!("{} of {}", wanted.len(), wanted.len())));
    };
    let names: Vec<_> = missing.iter().map(|index| index.name.as_str()).collect();
    let options = if first.unique { ", unique: true" } else { "" };
    let mend = format!("db.getCollection({name:?}).createIndex({}, {{name: {:?}{options}}})", first.key, first.name);
    Ok(Finding::wrong(subject, format!("missing or different: {}", names.join("; ")), mend))
}

/// Whether two indexes have the same fields in the same order; whole numbers come back in any type.
fn same_order(one: &Document, other: &Document) -> bool {
    let plain = |key: &Document| -> Vec<(String, Option<i64>)> {
        let number = |value: &Bson| match value {
            Bson::Int32(number) => Some(i64::from(*number)),
            Bson::Int64(number) => Some(*number),
            #[allow(clippy::cast_possible_truncation, reason = "directions of indexes are 1 and -1")]
            Bson::Double(number) => Some(*number as i64),
            _ => None,
        };
        key.iter().map(|(field, value)| (field.clone(), number(value))).collect()
    };
    plain(one) == plain(other)
}

fn validator(server: &Server, name: &str, known: &Document, declared: &Declared) -> Finding {
    let (subject, wanted) =
        (format!("validator of {name}"), layout::validator(&declared.collection, declared.schema_before.as_ref()));
    let options = known.get_document("options").ok();
    let setting = |key: &str| options.and_then(|options| options.get_str(key).ok());
    match validator_of(known) {
        Some(found) if *found != wanted => {}
        Some(_)
            if setting("validationAction") == Some("warn")
                || setting("validationLevel").is_some_and(|it| it != "strict") => {}
        Some(_) => return Finding::good(subject, "as the function declares"),
        None if server.kind == Kind::Alone && !server.has_sessions => {
            return Finding::unknown(subject, "the server keeps none; the port checks in full before each write");
        }
        None => {}
    }
    let mend = format!(
        "db.runCommand({{collMod: {name:?}, validator: {wanted}, validationLevel: \"strict\", validationAction: \"error\"}})"
    );
    Finding::wrong(subject, "it is not what the function declares", mend)
}
