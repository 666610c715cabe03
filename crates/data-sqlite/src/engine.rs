//! A folder of databases, one file for each function.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use kontor_contract::SqlNeeds;
use kontor_data::{Async, Database, Engine, Limits, OpenError, Registry, rules::check_function};

use crate::{connection::Storage, database::SqliteDatabase, registry::SqliteRegistry};

/// The first SQLite without the bug by which a log that starts over during a checkpoint can lose commits.
pub(crate) const VERSION_MIN: i32 = 3_051_003;
/// The registry's file is called so, and no function can be.
const RESERVED: &str = "kontor";

/// SQLite files in a folder.
pub struct SqliteEngine {
    folder: PathBuf,
    /// Only in memory: the folder that goes with the engine.
    _temporary: Option<tempfile::TempDir>,
    storage: Storage,
    databases: tokio::sync::Mutex<BTreeMap<String, Arc<SqliteDatabase>>>,
    registry: Arc<SqliteRegistry>,
}

impl SqliteEngine {
    /// Opens the folder, for example `kontor-data/sql`, and makes it if it is not there. The caller holds the lock on it.
    ///
    /// # Errors
    /// If the folder cannot be used, or SQLite is too old.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::new(folder.to_owned(), None, Storage::DURABLE)
    }

    /// For tests of handlers: the same code on files that live as long as the engine and are never synced.
    ///
    /// # Errors
    /// If no temporary folder can be made.
    pub fn in_memory() -> Result<Self, OpenError> {
        let folder = tempfile::tempdir()
            .map_err(|error| OpenError::Store(format!("no temporary folder can be made: {error}")))?;
        Self::new(folder.path().to_owned(), Some(folder), Storage::TEMPORARY)
    }

    pub(crate) fn new(
        folder: PathBuf,
        temporary: Option<tempfile::TempDir>,
        storage: Storage,
    ) -> Result<Self, OpenError> {
        if rusqlite::version_number() < VERSION_MIN {
            return Err(OpenError::Store(format!(
                "SQLite {} can lose commits when its log starts over; Kontor needs 3.51.3 or newer",
                rusqlite::version()
            )));
        }
        std::fs::create_dir_all(&folder)
            .map_err(|error| OpenError::Store(format!("the folder {} cannot be made: {error}", folder.display())))?;
        let registry = Arc::new(SqliteRegistry::open(&folder.join(format!("{RESERVED}.sqlite")), storage)?);
        Ok(Self { folder, _temporary: temporary, storage, databases: tokio::sync::Mutex::default(), registry })
    }

    async fn open_database(
        &self,
        function: &str,
        needs: Option<SqlNeeds>,
        limits: Limits,
    ) -> Result<Arc<dyn Database>, OpenError> {
        check_function(function)?;
        let mut databases = self.databases.lock().await;
        let known = databases.get(function).filter(|database| !database.is_closed()).map(Arc::clone);
        let database = match known {
            Some(database) => database,
            None => {
                let path = self.folder.join(format!("{function}.sqlite"));
                let (name, storage) = (function.to_owned(), self.storage);
                let opened =
                    tokio::task::spawn_blocking(move || SqliteDatabase::open(&path, &name, limits, storage)).await;
                let opened = opened.map_err(|error| OpenError::Store(format!("opening broke off: {error}")))?;
                Arc::new(opened?)
            }
        };
        if let Some(needs) = needs {
            database.migrate(needs).await?;
        }
        databases.insert(function.to_owned(), Arc::clone(&database));
        Ok(database)
    }
}

impl Engine for SqliteEngine {
    fn name(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn open(
        &self,
        function: &str,
        needs: Option<SqlNeeds>,
        limits: Limits,
    ) -> Async<'_, Result<Arc<dyn Database>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move { self.open_database(&function, needs, limits).await })
    }

    fn existing(&self) -> Result<Vec<String>, OpenError> {
        let store = |error: std::io::Error| {
            OpenError::Store(format!("the folder {} cannot be read: {error}", self.folder.display()))
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(store)? {
            let path = entry.map_err(store)?.path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|end| end == "sqlite") && check_function(name).is_ok() {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry) as Arc<dyn Registry>
    }
}
