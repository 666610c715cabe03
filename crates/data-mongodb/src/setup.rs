//! Makes what a function's collections need. It adds and never takes away; done twice, or by two processes at once, it is done
//! once.

use kontor_data::{OpenError, documents::Rules};
use mongodb::{
    Database,
    bson::{Bson, Document, doc},
    error::Error,
};

use crate::{
    connection::{ANSWER_TIME_MAX, Connection, SETUP_TIME_MAX},
    declared::{Declared, declare},
    layout::{self, ROLE},
    server::{Kind, NAMESPACE_EXISTS, Server, UNAUTHORIZED, code, run},
};

/// Makes one collection ready.
///
/// # Errors
/// If something changed that must not, or the server says no.
pub(crate) async fn prepare(
    connection: &Connection,
    server: &Server,
    function: &str,
    rules: &Rules,
) -> Result<(), OpenError> {
    let database = connection.database().await?;
    let declared = declare(connection, &database, function, rules).await?;
    let name = layout::name(function, rules.name());
    connection.within(SETUP_TIME_MAX, make(&database, server, &name, &declared)).await
}

async fn make(database: &Database, server: &Server, name: &str, declared: &Declared) -> Result<(), Error> {
    collection(database, name, declared).await?;
    if server.kind == Kind::Sharded {
        shard(database, name, declared).await?;
    }
    indexes(database, name, declared).await?;
    role(database, name, declared).await
}

/// What the server knows of a collection, if it is there.
pub(crate) async fn known(database: &Database, name: &str) -> Result<Option<Document>, Error> {
    let answer = database.run_command(doc! {"listCollections": 1, "filter": {"name": name}}).await?;
    let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let all = batch.into_iter().flatten().filter_map(Bson::as_document);
    Ok(all.into_iter().find(|found| found.get_str("name").is_ok_and(|known| known == name)).cloned())
}

async fn collection(database: &Database, name: &str, declared: &Declared) -> Result<(), Error> {
    let validator = layout::validator(&declared.collection, declared.schema_before.as_ref());
    let rules = doc! {"validator": &validator, "validationLevel": "strict", "validationAction": "error"};
    let mut known = known(database, name).await?;
    if known.is_none() {
        let mut create = doc! {"create": name};
        create.extend(rules.clone());
        match database.run_command(create).await {
            Ok(_) => return Ok(()),
            Err(error) if code(&error) == Some(NAMESPACE_EXISTS) => known = self::known(database, name).await?,
            Err(error) => return Err(error),
        }
    }
    if validator_of(&known.unwrap_or_default()) != Some(&validator) {
        let mut modify = doc! {"collMod": name};
        modify.extend(rules);
        // A server without validators leaves it to the port.
        run(database, modify).await?;
    }
    Ok(())
}

/// The validator of what [`known`] gives.
pub(crate) fn validator_of(known: &Document) -> Option<&Document> {
    known.get_document("options").and_then(|options| options.get_document("validator")).ok()
}

async fn indexes(database: &Database, name: &str, declared: &Declared) -> Result<(), Error> {
    let all: Vec<Bson> = layout::indexes(&declared.collection).iter().map(|index| index.document().into()).collect();
    if !all.is_empty() {
        database.run_command(doc! {"createIndexes": name, "indexes": all}).await?;
    }
    Ok(())
}

/// Shards a collection that is empty. One that holds documents is left as it is: spreading them is an operator's decision.
async fn shard(database: &Database, name: &str, declared: &Declared) -> Result<(), Error> {
    let wanted = layout::shard_key(&declared.collection);
    match sharded_by(database, name).await? {
        Some(key) if key == wanted => return Ok(()),
        Some(key) => {
            tracing::warn!(collection = name, %key, %wanted, "the collection is sharded by another key; see kontor doctor");
            return Ok(());
        }
        None => {}
    }
    if database.collection::<Document>(name).find_one(Document::new()).await?.is_some() {
        tracing::warn!(collection = name, "the collection holds documents and is not sharded; see kontor doctor");
        return Ok(());
    }
    let admin = database.client().database("admin");
    // Needed before MongoDB 6.0; later it does nothing.
    run(&admin, doc! {"enableSharding": database.name()}).await?;
    let namespace = format!("{}.{name}", database.name());
    admin.run_command(doc! {"shardCollection": namespace, "key": wanted}).await.map(|_| ())
}

/// What a collection of a sharded cluster is sharded by, if it is.
pub(crate) async fn sharded_by(database: &Database, name: &str) -> Result<Option<Document>, Error> {
    let known = database.client().database("config").collection::<Document>("collections");
    let found = known.find_one(doc! {"_id": format!("{}.{name}", database.name())}).await?;
    // Since MongoDB 8.0 collections that are not sharded are listed too.
    let sharded =
        found.filter(|it| !it.get_bool("unsplittable").unwrap_or(false) && !it.get_bool("dropped").unwrap_or(false));
    Ok(sharded.and_then(|it| it.get_document("key").ok().cloned()))
}

/// What the role may do with a collection.
pub(crate) fn privilege(database: &str, name: &str, declared: &Declared) -> Document {
    let actions = layout::actions(declared.collection.policy);
    doc! {"resource": {"db": database, "collection": name}, "actions": actions.to_vec()}
}

/// Lets the role of those who serve functions use the collection.
async fn role(database: &Database, name: &str, declared: &Declared) -> Result<(), Error> {
    let privileges = vec![privilege(database.name(), name, declared)];
    let done = match run(database, doc! {"rolesInfo": ROLE}).await {
        // A server without roles.
        Ok(None) => return Ok(()),
        Ok(Some(answer)) if answer.get_array("roles").is_ok_and(|roles| !roles.is_empty()) => {
            run(database, doc! {"grantPrivilegesToRole": ROLE, "privileges": privileges}).await
        }
        Ok(Some(_)) => match run(database, doc! {"createRole": ROLE, "privileges": &privileges, "roles": []}).await {
            // Another process was quicker.
            Err(error) if code(&error) == Some(ROLE_EXISTS) => {
                run(database, doc! {"grantPrivilegesToRole": ROLE, "privileges": privileges}).await
            }
            done => done,
        },
        Err(error) => Err(error),
    };
    match done {
        Err(error) if code(&error) == Some(UNAUTHORIZED) => {
            tracing::warn!(role = ROLE, %error, "the setup user may not manage roles; see kontor doctor");
            Ok(())
        }
        done => done.map(|_| ()),
    }
}

const ROLE_EXISTS: i32 = 51_002;

/// Makes sure that those who serve functions may read the collection.
///
/// # Errors
/// Names the role that the user lacks.
pub(crate) async fn reach(runtime: &Connection, function: &str, rules: &Rules) -> Result<(), OpenError> {
    let database = runtime.database().await?;
    let name = layout::name(function, rules.name());
    let collection = database.collection::<Document>(&name);
    let look = async {
        match collection.find_one(doc! {"_id": ""}).await {
            Err(error) if code(&error) == Some(UNAUTHORIZED) => Ok(false),
            done => done.map(|_| true),
        }
    };
    if runtime.within(ANSWER_TIME_MAX, look).await? {
        return Ok(());
    }
    Err(OpenError::Store(format!("{runtime}: the user may not read {name}; as an administrator: {}", grant(runtime))))
}

/// The command that gives the runtime user its role.
pub(crate) fn grant(runtime: &Connection) -> String {
    let (user, source) = runtime.user().unwrap_or_else(|| ("USER".to_owned(), "admin".to_owned()));
    let database = runtime.database_name();
    format!("db.getSiblingDB({source:?}).grantRolesToUser({user:?}, [{{role: {ROLE:?}, db: {database:?}}}])")
}
