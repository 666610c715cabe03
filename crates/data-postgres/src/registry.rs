//! Kontor's own records, in the schema `kontor` that all processes share.

mod deployments;
mod usage;

use std::sync::atomic::{AtomicBool, Ordering};

use kontor_data::{Async, Deployment, Desired, Registry, RegistryError, Run, Spent, Token, Usage};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Error, Row};

use crate::{engine::Setup, failure, schema::prepare_database};

/// The registry. It connects for each call, since none is on a request's way; what every process asks each second has a
/// connection that stays.
pub(crate) struct PostgresRegistry {
    setup: Setup,
    /// For what is asked each second.
    watching: Mutex<Option<Client>>,
    /// Whether the tables are known to be there.
    prepared: AtomicBool,
}

impl PostgresRegistry {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, watching: Mutex::default(), prepared: AtomicBool::new(false) }
    }

    async fn client(&self) -> Result<Client, RegistryError> {
        let store = |error: kontor_data::OpenError| RegistryError::Store(error.to_string());
        let mut client = self.setup.connect().await.map_err(store)?;
        if !self.prepared.load(Ordering::Relaxed) {
            prepare_database(&mut client).await.map_err(store)?;
            self.prepared.store(true, Ordering::Relaxed);
        }
        Ok(client)
    }

    /// The connection that stays, whole or new, for one question; broken by an error, it is made anew for the next.
    async fn watch(&self, question: &str) -> Result<Vec<Row>, RegistryError> {
        let mut kept = self.watching.lock().await;
        let client = match kept.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.client().await?,
        };
        let rows = client.query(question, &[]).await.map_err(|error| store(&error))?;
        *kept = Some(client);
        Ok(rows)
    }
}

fn store(error: &Error) -> RegistryError {
    RegistryError::Store(format!("Kontor's registry failed: {}", failure::chain(error)))
}

fn token(row: &Row) -> Result<Token, RegistryError> {
    let read = |error: Error| store(&error);
    let hash: Vec<u8> = row.try_get(1).map_err(read)?;
    let scopes: String = row.try_get(2).map_err(read)?;
    Ok(Token {
        name: row.try_get(0).map_err(read)?,
        hash: hash.try_into().map_err(|_| RegistryError::Store("a token's hash has not 32 bytes".to_owned()))?,
        scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
        created_us: row.try_get(3).map_err(read)?,
        revoked_us: row.try_get(4).map_err(read)?,
    })
}

impl Registry for PostgresRegistry {
    fn is_shared(&self) -> bool {
        true
    }

    fn tokens(&self) -> Async<'_, Result<Vec<Token>, RegistryError>> {
        Box::pin(async move {
            let asked = "SELECT name, hash, scopes, created_us, revoked_us FROM kontor.tokens ORDER BY name";
            self.watch(asked).await?.iter().map(token).collect()
        })
    }

    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move {
            // Only a revoked one gives way.
            let add = "INSERT INTO kontor.tokens (name, hash, scopes, created_us, revoked_us) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, scopes = excluded.scopes, \
                created_us = excluded.created_us, revoked_us = excluded.revoked_us \
                WHERE kontor.tokens.revoked_us IS NOT NULL";
            let Token { name, hash, scopes, created_us, revoked_us } = token;
            let scopes = scopes.join(" ");
            let client = self.client().await?;
            let added = client.execute(add, &[&name, &hash.as_slice(), &scopes, &created_us, &revoked_us]).await;
            match added.map_err(|error| store(&error))? {
                0 => Err(RegistryError::Exists(name)),
                _ => Ok(()),
            }
        })
    }

    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>> {
        let name = name.to_owned();
        Box::pin(async move {
            let revoke = "UPDATE kontor.tokens SET revoked_us = $2 WHERE name = $1 AND revoked_us IS NULL";
            let changed = self.client().await?.execute(revoke, &[&name, &at_us]).await;
            changed.map(|changed| changed == 1).map_err(|error| store(&error))
        })
    }

    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>> {
        Box::pin(async move {
            let rows = self.watch(deployments::DESIRED).await?;
            rows.iter().map(deployments::desired).collect::<Result<_, Error>>().map_err(|error| store(&error))
        })
    }

    fn desire(&self, desired: Desired) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(
            async move { deployments::desire(&self.client().await?, &desired).await.map_err(|error| store(&error)) },
        )
    }

    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        component: &'a [u8],
        seen: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>> {
        Box::pin(async move {
            let mut client = self.client().await?;
            deployments::deploy(&mut client, deployment, component, seen).await.map_err(|error| store(&error))
        })
    }

    fn deployments<'a>(&'a self, function: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>> {
        Box::pin(async move { deployments::list(&self.client().await?, function).await.map_err(|error| store(&error)) })
    }

    fn component<'a>(&'a self, function: &'a str, number: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>> {
        Box::pin(async move {
            deployments::component(&self.client().await?, function, number).await.map_err(|error| store(&error))
        })
    }

    fn settle(&self, usage: Vec<Usage>, spent: Vec<Spent>) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(
            async move { usage::settle(&mut self.client().await?, usage, spent).await.map_err(|error| store(&error)) },
        )
    }

    fn usage(&self, since_hour: i64) -> Async<'_, Result<Vec<Usage>, RegistryError>> {
        Box::pin(async move { usage::since(&self.client().await?, since_hour).await.map_err(|error| store(&error)) })
    }

    fn spent(&self) -> Async<'_, Result<Vec<Spent>, RegistryError>> {
        Box::pin(async move { usage::spent(&self.client().await?).await.map_err(|error| store(&error)) })
    }

    fn runs(&self) -> Async<'_, Result<Vec<Run>, RegistryError>> {
        Box::pin(async move { usage::runs(&self.client().await?).await.map_err(|error| store(&error)) })
    }

    fn begin_run(&self, run: Run) -> Async<'_, Result<bool, RegistryError>> {
        Box::pin(async move { usage::begin_run(&self.client().await?, &run).await.map_err(|error| store(&error)) })
    }

    fn end_run(&self, run: Run) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move { usage::end_run(&self.client().await?, &run).await.map_err(|error| store(&error)) })
    }
}
