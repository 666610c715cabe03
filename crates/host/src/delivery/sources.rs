//! The databases that events come from.

use std::{collections::BTreeMap, sync::Arc};

use kontor_contract::{Manifest, SqlNeeds};
use kontor_data::{Database, SqlError};
use parking_lot::Mutex;

use super::Wakeups;
use crate::{LoadError, Settings};

/// One function's database and who waits for its events.
#[derive(Default)]
struct Source {
    database: Option<Arc<dyn Database>>,
    wakeups: Arc<Wakeups>,
}

/// Every source by its function's name, live or not.
#[derive(Default)]
pub(crate) struct Sources(Mutex<BTreeMap<String, Source>>);

impl Sources {
    /// Those that are open.
    pub(crate) fn databases(&self) -> BTreeMap<String, Arc<dyn Database>> {
        let all = self.0.lock();
        all.iter().filter_map(|(name, source)| Some((name.clone(), source.database.clone()?))).collect()
    }

    /// Who waits for events of `name`.
    pub(crate) fn wakeups(&self, name: &str) -> Arc<Wakeups> {
        self.0.lock().entry(name.to_owned()).or_default().wakeups.clone()
    }

    /// Lets them look.
    pub(crate) fn wake(&self, name: &str) {
        self.wakeups(name).committed();
    }

    /// Opens a function's database. With no needs, one that is open already is given as it is.
    pub(crate) async fn open(
        &self,
        settings: &Settings,
        name: &str,
        needs: Option<SqlNeeds>,
    ) -> Result<Arc<dyn Database>, LoadError> {
        let open = self.0.lock().get(name).and_then(|source| source.database.clone());
        if let (Some(database), None) = (open, &needs) {
            return Ok(database);
        }
        let database = settings.engine.open(name, needs, settings.limits_of(name).data.clone()).await?;
        self.0.lock().entry(name.to_owned()).or_default().database = Some(database.clone());
        Ok(database)
    }

    /// Ends every subscription of a function. True if there was one.
    pub(crate) async fn forget(&self, name: &str) -> Result<bool, LoadError> {
        let mut found = false;
        for (source, database) in self.databases() {
            let subscribers = database.subscribers().await.map_err(|error| failed(&source, &error))?;
            if subscribers.iter().any(|subscriber| subscriber == name) {
                database.subscribe(name, Vec::new()).await.map_err(|error| failed(&source, &error))?;
                found = true;
            }
        }
        Ok(found)
    }

    /// Makes the subscriptions what the manifest says: durable, at each source, and gone where they are named no more.
    pub(crate) async fn subscribe(&self, settings: &Settings, manifest: &Manifest) -> Result<(), LoadError> {
        let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for subscription in &manifest.subscriptions {
            wanted.entry(&subscription.source).or_default().push(subscription.name.clone());
        }
        for (source, database) in self.databases() {
            let subscribes = database.subscribers().await.map_err(|error| failed(&source, &error))?;
            if !wanted.contains_key(source.as_str()) && subscribes.contains(&manifest.name) {
                database.subscribe(&manifest.name, Vec::new()).await.map_err(|error| failed(&source, &error))?;
            }
        }
        for (source, names) in wanted {
            let database = self.open(settings, source, None).await?;
            database.subscribe(&manifest.name, names).await.map_err(|error| failed(source, &error))?;
        }
        Ok(())
    }
}

fn failed(source: &str, error: &SqlError) -> LoadError {
    LoadError::Host(format!("the subscription to events of {source} could not be stored: {error}"))
}
