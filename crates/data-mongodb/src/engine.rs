//! Opens functions' documents.

use std::sync::Arc;

use kontor_contract::Collection;
use kontor_data::{
    Async, Finding, OpenError,
    doctor::{Check, or_unreachable},
    documents::{DocumentEngine, DocumentLimits, Documents, Guarded},
};
use parking_lot::Mutex;

use crate::{
    check,
    connection::Connection,
    server::Server,
    setup::{prepare, reach},
    store::Store,
};

/// Where MongoDB is, and as whom it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MongoSettings {
    /// `mongodb://user:password@host:port,…/database?authSource=admin`, with the members of a replica set or several `mongos`.
    /// Functions' documents are written as this user; it needs the role `kontor_runtime` of that database and no other.
    pub url: String,
    /// The same for the user that makes collections, indexes, shards and the role: `dbAdmin`, `userAdmin` and `readWrite` of
    /// the database, and on a sharded cluster `clusterManager` besides. Empty: the one of `url` does it all.
    pub setup_url: String,
    /// Connections to each server.
    pub connections_max: u32,
}

impl MongoSettings {
    /// One user for everything, and the usual number of connections.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), setup_url: String::new(), connections_max: 32 }
    }
}

/// Documents in MongoDB.
pub struct MongoDocuments {
    runtime: Connection,
    setup: Option<Connection>,
    server: Mutex<Option<Arc<Server>>>,
}

impl MongoDocuments {
    /// Reads the settings. Nothing is connected yet.
    ///
    /// # Errors
    /// If an address cannot be read, or the two name different databases.
    pub fn new(settings: &MongoSettings) -> Result<Self, OpenError> {
        let runtime = Connection::new(&settings.url, settings.connections_max)?;
        let setup = match settings.setup_url.as_str() {
            "" => None,
            url => Some(Connection::new(url, 4)?),
        };
        if let Some(setup) = &setup
            && setup.database_name() != runtime.database_name()
        {
            return Err(OpenError::Invalid(format!(
                "engines.mongodb.url names the database {} and setup_url {}; name the same one in both",
                runtime.database_name(),
                setup.database_name()
            )));
        }
        Ok(Self { runtime, setup, server: Mutex::new(None) })
    }

    fn setup(&self) -> &Connection {
        self.setup.as_ref().unwrap_or(&self.runtime)
    }

    async fn server(&self) -> Result<Arc<Server>, OpenError> {
        let server = Arc::new(self.setup().server().await?);
        *self.server.lock() = Some(Arc::clone(&server));
        Ok(server)
    }

    /// Looks at the server as `kontor doctor` does: version and arrangement, balancer, and of each declared collection shard
    /// key, indexes, validator and what the runtime user may do. Nothing is changed.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`] if it does not answer, [`OpenError::Store`] if it lets nobody look.
    pub async fn check(&self) -> Result<Vec<Finding>, OpenError> {
        let server = self.server().await?;
        check::check(&server, self.setup(), &self.runtime, self.setup.is_some()).await
    }
}

impl Check for MongoDocuments {
    fn subject(&self) -> String {
        format!("MongoDB at {}", self.runtime)
    }

    fn check(&self) -> Async<'_, Vec<Finding>> {
        Box::pin(async { or_unreachable(Self::check(self).await) })
    }
}

impl DocumentEngine for MongoDocuments {
    fn name(&self) -> String {
        self.server.lock().as_ref().map_or_else(|| "MongoDB".to_owned(), |server| server.name())
    }

    fn open(
        &self,
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let queue_max = limits.queue_max;
            let open = async |rules: &std::collections::BTreeMap<_, _>| {
                let server = self.server().await?;
                for rules in rules.values() {
                    prepare(self.setup(), &server, &function, rules).await?;
                    if self.setup.is_some() {
                        reach(&self.runtime, &function, rules).await?;
                    }
                }
                let database = self.runtime.database().await?;
                Ok(Store::start(database, self.runtime.to_string(), &function, queue_max))
            };
            Ok(Guarded::open(&function, collections, limits, open).await?.shared())
        })
    }
}
