//! The engines that the configuration names: one function for each of the three that functions' data can be on. A further engine
//! has its tables in `[engines]` and its line in the function of what it serves, before the embedded one.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use kontor_contract::Collection;
use kontor_data::{
    Async, Engine, OpenError,
    doctor::Check,
    documents::{DocumentEngine, DocumentLimits, Documents},
    keyvalue::{KeyValue, KeyValueEngine, KeyValueLimits},
};
use kontor_data_mongodb::{MongoDocuments, MongoSettings};
use kontor_data_mysql::{MysqlEngine, MysqlSettings};
use kontor_data_postgres::{PostgresDocuments, PostgresEngine, PostgresKeyValue, PostgresSettings};
use kontor_data_redis::{RedisKeyValue, RedisSettings};
use kontor_data_sqlite::{SqliteCheck, SqliteDocuments, SqliteEngine, SqliteKeyValue};

use crate::{
    folder::{self, Folder},
    settings::{Engines, Settings},
};

/// Statements, events, and what Kontor itself remembers. Nobody is connected to yet; the embedded one makes its folder.
///
/// # Errors
/// The folder cannot be used, or an address not be read.
pub fn sql(settings: &Settings, folder: &Folder) -> Result<Arc<dyn Engine>> {
    if let Some(postgres) = postgres(&settings.engines) {
        return Ok(Arc::new(PostgresEngine::new(&postgres)?));
    }
    if let Some(mysql) = mysql(&settings.engines) {
        return Ok(Arc::new(MysqlEngine::new(&mysql)?));
    }
    Ok(Arc::new(SqliteEngine::open(&folder.sql())?))
}

/// The engine of statements if it is a server, which can be asked without a data folder; none if it is the embedded one.
///
/// # Errors
/// Its address cannot be read, or it cannot be reached.
pub async fn server(settings: &Settings) -> Result<Option<Arc<dyn Engine>>> {
    let engine: Arc<dyn Engine> = match (postgres(&settings.engines), mysql(&settings.engines)) {
        (Some(postgres), _) => Arc::new(PostgresEngine::new(&postgres)?),
        (_, Some(mysql)) => Arc::new(MysqlEngine::new(&mysql)?),
        _ => return Ok(None),
    };
    engine.reach().await?;
    Ok(Some(engine))
}

/// Documents.
///
/// # Errors
/// As [`sql`].
pub fn documents(settings: &Settings, folder: &Folder) -> Result<Arc<dyn DocumentEngine>> {
    let engines = &settings.engines;
    if let Some(mongodb) = mongodb(engines) {
        return Ok(Arc::new(MongoDocuments::new(&mongodb)?));
    }
    if let Some(postgres) = postgres(engines) {
        return Ok(Arc::new(PostgresDocuments::new(&postgres)?));
    }
    if engines.mysql.is_set() {
        return Ok(Arc::new(Nothing { beside: "[engines.mysql]", name: "a MongoDB in [engines.mongodb]" }));
    }
    Ok(Arc::new(SqliteDocuments::open(&folder.documents())?))
}

/// Keys and values.
///
/// # Errors
/// As [`sql`].
pub fn keyvalue(settings: &Settings, folder: &Folder) -> Result<Arc<dyn KeyValueEngine>> {
    if let Some(redis) = redis(&settings.engines) {
        return Ok(Arc::new(RedisKeyValue::new(&redis)?));
    }
    if let Some(postgres) = postgres(&settings.engines) {
        return Ok(Arc::new(PostgresKeyValue::new(&postgres)?));
    }
    if settings.engines.mysql.is_set() {
        return Ok(Arc::new(Nothing { beside: "[engines.mysql]", name: "a Redis in [engines.redis]" }));
    }
    Ok(Arc::new(SqliteKeyValue::open(&folder.keyvalue())?))
}

/// What `kontor doctor` looks at: every engine that the configuration names. A further engine has its line here too.
///
/// # Errors
/// An address cannot be read.
pub fn checks(settings: &Settings) -> Result<Vec<Box<dyn Check>>> {
    let (data, engines) = (&settings.data, &settings.engines);
    let mut all: Vec<Box<dyn Check>> = Vec::new();
    match (postgres(engines), mysql(engines)) {
        (Some(postgres), _) => all.push(Box::new(PostgresEngine::new(&postgres)?)),
        (_, Some(mysql)) => all.push(Box::new(MysqlEngine::new(&mysql)?)),
        _ => all.push(Box::new(SqliteCheck::new(data, folder::databases(data)))),
    }
    if let Some(mongodb) = mongodb(engines) {
        all.push(Box::new(MongoDocuments::new(&mongodb)?));
    }
    if let Some(redis) = redis(engines) {
        all.push(Box::new(RedisKeyValue::new(&redis)?));
    }
    Ok(all)
}

/// The PostgreSQL, if there shall be one.
fn postgres(engines: &Engines) -> Option<PostgresSettings> {
    let postgres = &engines.postgres;
    postgres.is_set().then(|| PostgresSettings {
        setup_url: postgres.setup_url.clone(),
        readers_max: postgres.readers_max,
        ca_file: Some(PathBuf::from(&postgres.ca_file)).filter(|file| !file.as_os_str().is_empty()),
    })
}

/// The MariaDB or MySQL, if there shall be one.
fn mysql(engines: &Engines) -> Option<MysqlSettings> {
    let mysql = &engines.mysql;
    mysql.is_set().then(|| MysqlSettings { setup_url: mysql.setup_url.clone(), readers_max: mysql.readers_max })
}

/// The MongoDB, if there shall be one.
fn mongodb(engines: &Engines) -> Option<MongoSettings> {
    let mongodb = &engines.mongodb;
    let (url, setup_url) = (mongodb.url.clone(), mongodb.setup_url.clone());
    mongodb.is_set().then_some(MongoSettings { url, setup_url, connections_max: mongodb.connections_max })
}

/// The Redis, if there shall be one.
fn redis(engines: &Engines) -> Option<RedisSettings> {
    let redis = &engines.redis;
    redis.is_set().then(|| RedisSettings { url: redis.url.clone(), prefix: redis.prefix.clone() })
}

/// Refuses what no engine serves where several programs may share everything else: in the data folder, which is each program's
/// own, it would be something else for each.
struct Nothing {
    /// The table of the configuration that says so.
    beside: &'static str,
    /// What would serve it.
    name: &'static str,
}

impl Nothing {
    fn refuse<T>(&self, function: &str, what: &str) -> Async<'static, Result<T, OpenError>>
    where
        T: Send + 'static,
    {
        let Self { beside, name } = self;
        let text = format!("{function} has {what}, and beside {beside} nothing serves these: name {name}");
        Box::pin(async move { Err(OpenError::Invalid(text)) })
    }
}

impl DocumentEngine for Nothing {
    fn name(&self) -> String {
        "none".to_owned()
    }

    fn open(
        &self,
        function: &str,
        _: Vec<Collection>,
        _: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>> {
        self.refuse(function, "collections of documents")
    }
}

impl KeyValueEngine for Nothing {
    fn name(&self) -> String {
        "none".to_owned()
    }

    fn open(
        &self,
        function: &str,
        _: Vec<String>,
        _: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>> {
        self.refuse(function, "buckets of entries")
    }
}
