//! The engines that the configuration names: one function for each of the three that functions' data can be on. A further engine
//! has its tables in `[engines]` and its line in the function of what it serves, before the embedded one.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use kontor_data::{Engine, doctor::Check, documents::DocumentEngine, keyvalue::KeyValueEngine};
use kontor_data_postgres::{PostgresDocuments, PostgresEngine, PostgresKeyValue, PostgresSettings};
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
    match postgres(&settings.engines) {
        Some(postgres) => Ok(Arc::new(PostgresEngine::new(&postgres)?)),
        None => Ok(Arc::new(SqliteEngine::open(&folder.sql())?)),
    }
}

/// The engine of statements if it is a server, which can be asked without a data folder; none if it is the embedded one.
///
/// # Errors
/// Its address cannot be read, or it cannot be reached.
pub async fn server(settings: &Settings) -> Result<Option<Arc<dyn Engine>>> {
    let Some(postgres) = postgres(&settings.engines) else { return Ok(None) };
    let engine = PostgresEngine::new(&postgres)?;
    engine.reach().await?;
    Ok(Some(Arc::new(engine)))
}

/// Documents.
///
/// # Errors
/// As [`sql`].
pub fn documents(settings: &Settings, folder: &Folder) -> Result<Arc<dyn DocumentEngine>> {
    match postgres(&settings.engines) {
        Some(postgres) => Ok(Arc::new(PostgresDocuments::new(&postgres)?)),
        None => Ok(Arc::new(SqliteDocuments::open(&folder.documents())?)),
    }
}

/// Keys and values.
///
/// # Errors
/// As [`sql`].
pub fn keyvalue(settings: &Settings, folder: &Folder) -> Result<Arc<dyn KeyValueEngine>> {
    match postgres(&settings.engines) {
        Some(postgres) => Ok(Arc::new(PostgresKeyValue::new(&postgres)?)),
        None => Ok(Arc::new(SqliteKeyValue::open(&folder.keyvalue())?)),
    }
}

/// What `kontor doctor` looks at: every engine that the configuration names. A further engine has its line here too.
///
/// # Errors
/// An address cannot be read.
pub fn checks(settings: &Settings) -> Result<Vec<Box<dyn Check>>> {
    let data = &settings.data;
    Ok(match postgres(&settings.engines) {
        Some(postgres) => vec![Box::new(PostgresEngine::new(&postgres)?)],
        None => vec![Box::new(SqliteCheck::new(data, folder::databases(data)))],
    })
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
