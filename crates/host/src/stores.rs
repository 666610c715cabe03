//! The documents and entries of functions, opened.

use std::{collections::BTreeMap, sync::Arc};

use kontor_contract::Manifest;
use kontor_data::{Health, documents::Documents, keyvalue::KeyValue};
use parking_lot::Mutex;

use crate::{LoadError, Settings};

/// What one version has of them: its own collections and buckets and no others.
#[derive(Clone, Default)]
pub(crate) struct Stores {
    pub(crate) documents: Option<Arc<dyn Documents>>,
    pub(crate) keyvalue: Option<Arc<dyn KeyValue>>,
}

/// How a function's documents or entries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// The function.
    pub function: String,
    /// `documents` or `entries`.
    pub what: &'static str,
    /// How they are.
    pub health: Health,
}

/// What was opened last by each function, live or not, to be closed at the end.
#[derive(Default)]
pub(crate) struct Opened(Mutex<BTreeMap<String, Stores>>);

impl Opened {
    /// Opens what a manifest asks for; what it does not ask for is not touched.
    pub(crate) async fn open(&self, settings: &Settings, manifest: &Manifest) -> Result<Stores, LoadError> {
        let name = manifest.name.as_str();
        let limits = settings.limits_of(name);
        let mut stores = Stores::default();
        if !manifest.collections.is_empty() {
            let opening = settings.documents.open(name, manifest.collections.clone(), limits.documents.clone());
            stores.documents = Some(opening.await?);
        }
        if !manifest.buckets.is_empty() {
            let opening = settings.keyvalue.open(name, manifest.buckets.clone(), limits.keyvalue.clone());
            stores.keyvalue = Some(opening.await?);
        }
        let mut all = self.0.lock();
        let opened = all.entry(name.to_owned()).or_default();
        // A version that asks for none any more leaves what is there open: the one before may be at work on it.
        opened.documents = stores.documents.clone().or(opened.documents.take());
        opened.keyvalue = stores.keyvalue.clone().or(opened.keyvalue.take());
        Ok(stores)
    }

    /// How they are.
    pub(crate) fn health(&self) -> Vec<StoreHealth> {
        let all = self.0.lock();
        let of = |function: &String, stores: &Stores| {
            let state = |what, health| StoreHealth { function: function.clone(), what, health };
            let documents = stores.documents.as_ref().map(|documents| state("documents", documents.health()));
            let entries = stores.keyvalue.as_ref().map(|entries| state("entries", entries.health()));
            documents.into_iter().chain(entries)
        };
        all.iter().flat_map(|(function, stores)| of(function, stores)).collect()
    }

    /// Closes all of them. Later calls give `unavailable`.
    pub(crate) async fn close(&self) {
        let all: Vec<Stores> = self.0.lock().values().cloned().collect();
        for Stores { documents, keyvalue } in all {
            if let Some(documents) = documents {
                documents.close().await;
            }
            if let Some(entries) = keyvalue {
                entries.close().await;
            }
        }
    }
}
