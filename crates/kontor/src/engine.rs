//! The engine that the configuration names.

use std::sync::Arc;

use anyhow::Result;
use kontor_data::Engine;
use kontor_data_mysql::{MysqlEngine, MysqlSettings};
use kontor_data_postgres::{PostgresEngine, PostgresSettings};
use kontor_data_sqlite::SqliteEngine;

use crate::{folder::Folder, settings::Settings};

/// Opens it. Nobody is connected to yet; the embedded one makes its folder.
///
/// # Errors
/// The folder cannot be used, or an address not be read.
pub fn open(settings: &Settings, folder: &Folder) -> Result<Arc<dyn Engine>> {
    let postgres = &settings.engines.postgres;
    if postgres.is_set() {
        let settings = PostgresSettings { setup_url: postgres.setup_url.clone(), readers_max: postgres.readers_max };
        return Ok(Arc::new(PostgresEngine::new(&settings)?));
    }
    let mysql = &settings.engines.mysql;
    if mysql.is_set() {
        let settings = MysqlSettings { setup_url: mysql.setup_url.clone(), readers_max: mysql.readers_max };
        return Ok(Arc::new(MysqlEngine::new(&settings)?));
    }
    Ok(Arc::new(SqliteEngine::open(&folder.sql())?))
}
