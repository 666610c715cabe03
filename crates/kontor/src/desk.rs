//! Where operators' orders are carried out: by the program that serves the data folder, or, if nobody does, here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Result, bail};
use bytes::Bytes;
use http::Method;
use kontor_data::{Database, Engine};
use kontor_data_sqlite::{SqliteDocuments, SqliteEngine, SqliteKeyValue};
use kontor_edge::{
    admin::{
        events::{self, Failed, Remedy, Sources, Target, Waiting},
        tokens::{self, Created, NewToken, Shown},
    },
    scopes,
};
use kontor_host::Host;

use crate::{
    bundle,
    client::Client,
    engine,
    folder::{self, Folder, Taken},
    settings::Settings,
};

/// Who carries out orders.
pub enum Desk {
    /// The program that serves, through its admin listener.
    Serving(Client),
    /// This process, which holds the folder meanwhile.
    Here(Here),
}

/// The data folder, opened by this process. The engine comes first: it closes before the lock goes.
pub struct Here {
    engine: Arc<dyn Engine>,
    folder: Folder,
}

impl Desk {
    /// Finds out who serves the folder.
    ///
    /// # Errors
    /// The folder cannot be used, or whoever holds it cannot be talked to.
    pub fn open(settings: &Settings) -> Result<Self> {
        let path = &settings.data;
        match Folder::take(path)? {
            Taken::Ours(folder) => {
                let engine = engine::sql(settings, &folder)?;
                Ok(Self::Here(Here { engine, folder }))
            }
            Taken::Theirs(Some(folder::Holder { admin: Some(admin), .. })) => {
                Ok(Self::Serving(Client::new(admin, Some(folder::admin_key(path)?))))
            }
            Taken::Theirs(_) => bail!(
                "the data folder {} is held by a program that is starting, or by another command; try again in a moment",
                path.display()
            ),
        }
    }

    /// Makes a token.
    pub async fn create_token(&self, new: NewToken) -> Result<Created> {
        match self {
            Self::Serving(client) => client.post("/api/tokens", &new).await,
            Self::Here(here) => Ok(tokens::create(&*here.engine.registry(), new, &here.scopes().await).await?),
        }
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, name: &str) -> Result<()> {
        match self {
            Self::Serving(client) => client.order(Method::DELETE, &format!("/api/tokens/{name}"), None::<&()>).await,
            Self::Here(here) => Ok(tokens::revoke(&*here.engine.registry(), name).await?),
        }
    }

    /// All tokens.
    pub async fn tokens(&self) -> Result<Vec<Shown>> {
        match self {
            Self::Serving(client) => client.get("/api/tokens").await,
            Self::Here(here) => Ok(tokens::list(&*here.engine.registry()).await?),
        }
    }

    /// Events that failed.
    pub async fn events(&self) -> Result<Vec<Failed>> {
        match self {
            Self::Serving(client) => client.get("/api/events").await,
            Self::Here(here) => {
                let sources = here.sources().await?;
                let failed = events::list(&sources).await;
                close(&sources).await;
                Ok(failed?)
            }
        }
    }

    /// What waits for whom.
    pub async fn waiting(&self) -> Result<Vec<Waiting>> {
        match self {
            Self::Serving(client) => client.get("/api/events/waiting").await,
            Self::Here(here) => {
                let sources = here.sources().await?;
                let waiting = events::waiting(&sources, |_, _| Some("kontor is not serving".to_owned())).await;
                close(&sources).await;
                Ok(waiting?)
            }
        }
    }

    /// Replays or skips a dead letter.
    pub async fn remedy(&self, target: &Target, remedy: Remedy) -> Result<()> {
        match self {
            Self::Serving(client) => {
                client.order(Method::POST, &format!("/api/events/{}", remedy.name()), Some(target)).await
            }
            Self::Here(here) => {
                let sources = here.sources().await?;
                let done = events::remedy(&sources, target, remedy).await;
                close(&sources).await;
                Ok(done?)
            }
        }
    }
}

impl Desk {
    /// The admin listener of the program that serves: functions go live there and nowhere else.
    ///
    /// # Errors
    /// Nobody serves the folder.
    pub fn serving(&self) -> Result<&Client> {
        match self {
            Self::Serving(client) => Ok(client),
            Self::Here(_) => bail!(
                "nobody serves this data folder, so no function is live; start `kontor serve` first (functions that lie \
                 in its folder `functions` go live by themselves then)"
            ),
        }
    }
}

/// Lets the writers finish before the lock goes.
async fn close(sources: &Sources) {
    for database in sources.values() {
        database.close().await;
    }
}

impl Here {
    /// The scopes that the bundled functions ask for. What cannot be found out is no reason not to make a token.
    async fn scopes(&self) -> BTreeSet<String> {
        match self.described().await {
            Ok(scopes) => scopes,
            Err(error) => {
                tracing::debug!("the functions' scopes are not known: {error:#}");
                BTreeSet::new()
            }
        }
    }

    async fn described(&self) -> Result<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        if bundle::FUNCTIONS.is_empty() {
            return Ok(all);
        }
        // Their code is compiled and kept where the program that serves finds it.
        let host = Host::new(kontor_host::Settings {
            cache_folder: self.folder.cache(),
            engine: Arc::new(SqliteEngine::in_memory()?),
            documents: Arc::new(SqliteDocuments::in_memory()?),
            keyvalue: Arc::new(SqliteKeyValue::in_memory()?),
            limits: kontor_host::Limits::default(),
            function_limits: BTreeMap::new(),
            configuration: BTreeMap::new(),
            traces: Arc::default(),
            metering: kontor_host::Metering::default(),
            outbound: kontor_host::Outbound::default(),
        })?;
        for function in bundle::FUNCTIONS {
            all.extend(scopes(&host.describe(Bytes::from_static(function.component)).await?.openapi));
        }
        Ok(all)
    }

    async fn sources(&self) -> Result<Sources> {
        let mut sources = Sources::new();
        for name in self.engine.existing()? {
            let database: Arc<dyn Database> = self.engine.open(&name, None, kontor_data::Limits::default()).await?;
            sources.insert(name, database);
        }
        Ok(sources)
    }
}
