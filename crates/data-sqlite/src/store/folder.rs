//! A folder with a file for each function.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use kontor_data::OpenError;

use super::{Store, StoreLimits};
use crate::connection::Storage;

/// What a folder's files hold.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// For messages: `documents`.
    pub(crate) name: &'static str,
    /// What has to be there, in SQL that can be run again.
    pub(crate) tables: &'static str,
    /// What is done while nobody waits; its one parameter is the time, µs since 1970 UTC.
    pub(crate) tidy: Option<&'static str>,
}

/// Files of one kind.
pub(crate) struct Folder {
    path: PathBuf,
    /// Only in memory: the folder that goes with the engine.
    _temporary: Option<tempfile::TempDir>,
    kind: Kind,
    storage: Storage,
    stores: tokio::sync::Mutex<BTreeMap<String, Arc<Store>>>,
}

impl Folder {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(path: &Path, kind: Kind) -> Result<Self, OpenError> {
        std::fs::create_dir_all(path)
            .map_err(|error| OpenError::Store(format!("the folder {} cannot be made: {error}", path.display())))?;
        let stores = tokio::sync::Mutex::default();
        Ok(Self { path: path.to_owned(), _temporary: None, kind, storage: Storage::DURABLE, stores })
    }

    /// A folder that lives as long as this, with files that are never synced.
    pub(crate) fn temporary(kind: Kind) -> Result<Self, OpenError> {
        let temporary = tempfile::tempdir()
            .map_err(|error| OpenError::Store(format!("no temporary folder can be made: {error}")))?;
        let folder = Self::open(temporary.path(), kind)?;
        Ok(Self { _temporary: Some(temporary), storage: Storage::TEMPORARY, ..folder })
    }

    /// Opens a function's file and prepares it. One at a time: what a preparation reads stays so until it has written.
    pub(crate) async fn with(
        &self,
        function: &str,
        limits: StoreLimits,
        prepare: impl AsyncFnOnce(&Store) -> Result<(), OpenError>,
    ) -> Result<Arc<Store>, OpenError> {
        let mut stores = self.stores.lock().await;
        let known = stores.get(function).filter(|store| !store.is_closed()).map(Arc::clone);
        let store = match known {
            Some(store) => store,
            None => {
                let path = self.path.join(format!("{function}.sqlite"));
                let name = format!("the {} of {function}", self.kind.name);
                let (kind, storage) = (self.kind, self.storage);
                let opened =
                    tokio::task::spawn_blocking(move || Store::open(&path, name, &limits, storage, kind)).await;
                Arc::new(opened.map_err(|error| OpenError::Store(format!("opening broke off: {error}")))??)
            }
        };
        prepare(&store).await?;
        stores.insert(function.to_owned(), Arc::clone(&store));
        Ok(store)
    }
}
