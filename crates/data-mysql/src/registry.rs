//! Kontor's own records, in its own database that all processes share.

mod deployments;
mod usage;

use std::sync::atomic::{AtomicBool, Ordering};

use kontor_data::{Async, Deployment, Desired, Registry, RegistryError, Run, Spent, Token, Usage};
use kontor_data_server::chain;
use mysql_async::{Conn, Error, TxOpts, prelude::Queryable as _};
use tokio::sync::Mutex;

use crate::{engine::Setup, names::quoted, schema::prepare_database, server};

/// The registry. It connects for each call, since none is on a request's way; what every process asks each second has a
/// connection that stays.
pub(crate) struct MysqlRegistry {
    setup: Setup,
    /// For what is asked each second.
    watching: Mutex<Option<Conn>>,
    /// Whether the tables are known to be there.
    prepared: AtomicBool,
}

impl MysqlRegistry {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, watching: Mutex::default(), prepared: AtomicBool::new(false) }
    }

    /// A connection in Kontor's own database.
    async fn conn(&self) -> Result<Conn, RegistryError> {
        let failed = |error: kontor_data::OpenError| RegistryError::Store(error.to_string());
        let mut conn = self.setup.connect().await.map_err(failed)?;
        if !self.prepared.load(Ordering::Relaxed) {
            let (flavor, _) = server::look(&mut conn, "the registry").await.map_err(failed)?;
            prepare_database(&mut conn, flavor, &self.setup.database).await.map_err(failed)?;
            self.prepared.store(true, Ordering::Relaxed);
        }
        conn.query_drop(format!("USE {}", quoted(&self.setup.database))).await.map_err(|error| store(&error))?;
        Ok(conn)
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, RegistryError> {
        let mut conn = self.conn().await?;
        let done = work(&mut conn).await.map_err(|error| store(&error));
        let _ = conn.disconnect().await;
        done
    }

    /// The same on the connection that stays; broken by an error, it is made anew for the next question.
    async fn watch<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, RegistryError> {
        let mut kept = self.watching.lock().await;
        let mut conn = match kept.take() {
            Some(conn) => conn,
            None => self.conn().await?,
        };
        let done = work(&mut conn).await.map_err(|error| store(&error))?;
        *kept = Some(conn);
        Ok(done)
    }
}

fn store(error: &Error) -> RegistryError {
    RegistryError::Store(format!("Kontor's registry failed: {}", chain(error)))
}

type TokenRow = (String, Vec<u8>, String, i64, Option<i64>);

fn token((name, hash, scopes, created_us, revoked_us): TokenRow) -> Result<Token, RegistryError> {
    Ok(Token {
        name,
        hash: hash.try_into().map_err(|_| RegistryError::Store("a token's hash has not 32 bytes".to_owned()))?,
        scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
        created_us,
        revoked_us,
    })
}

/// Stores it unless one of that name is good; only a revoked one gives way.
async fn add_token(conn: &mut Conn, token: &Token) -> Result<bool, Error> {
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
    transaction.exec_drop("DELETE FROM tokens WHERE name = ? AND revoked_us IS NOT NULL", (&token.name,)).await?;
    let add = "INSERT IGNORE INTO tokens (name, hash, scopes, created_us, revoked_us) VALUES (?, ?, ?, ?, ?)";
    let given = (&token.name, token.hash.as_slice(), token.scopes.join(" "), token.created_us, token.revoked_us);
    transaction.exec_drop(add, given).await?;
    let is_added = transaction.affected_rows() == 1;
    transaction.commit().await?;
    Ok(is_added)
}

impl Registry for MysqlRegistry {
    fn is_shared(&self) -> bool {
        true
    }

    fn tokens(&self) -> Async<'_, Result<Vec<Token>, RegistryError>> {
        Box::pin(async move {
            let asked = "SELECT name, hash, scopes, created_us, revoked_us FROM tokens ORDER BY name";
            let rows: Vec<TokenRow> = self.watch(async |conn| conn.query(asked).await).await?;
            rows.into_iter().map(token).collect()
        })
    }

    fn add_token(&self, token: Token) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move {
            let is_added = self.with(async |conn| add_token(conn, &token).await).await?;
            if is_added { Ok(()) } else { Err(RegistryError::Exists(token.name)) }
        })
    }

    fn revoke_token(&self, name: &str, at_us: i64) -> Async<'_, Result<bool, RegistryError>> {
        let name = name.to_owned();
        Box::pin(async move {
            let revoke = "UPDATE tokens SET revoked_us = ? WHERE name = ? AND revoked_us IS NULL";
            self.with(async |conn| {
                conn.exec_drop(revoke, (at_us, name)).await?;
                Ok(conn.affected_rows() == 1)
            })
            .await
        })
    }

    fn desired(&self) -> Async<'_, Result<Vec<Desired>, RegistryError>> {
        Box::pin(self.watch(deployments::desired))
    }

    fn desire(&self, desired: Desired) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move { self.with(async |conn| deployments::desire(conn, &desired).await).await })
    }

    fn deploy<'a>(
        &'a self,
        deployment: Deployment,
        component: &'a [u8],
        seen: Option<String>,
    ) -> Async<'a, Result<Deployment, RegistryError>> {
        Box::pin(self.with(async move |conn| deployments::deploy(conn, deployment, component, seen).await))
    }

    fn deployments<'a>(&'a self, function: &'a str) -> Async<'a, Result<Vec<Deployment>, RegistryError>> {
        Box::pin(self.with(async move |conn| deployments::list(conn, function).await))
    }

    fn component<'a>(&'a self, function: &'a str, number: u64) -> Async<'a, Result<Option<Vec<u8>>, RegistryError>> {
        Box::pin(self.with(async move |conn| deployments::component(conn, function, number).await))
    }

    fn settle(&self, usage: Vec<Usage>, spent: Vec<Spent>) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(self.with(async move |conn| usage::settle(conn, usage, spent).await))
    }

    fn usage(&self, since_hour: i64) -> Async<'_, Result<Vec<Usage>, RegistryError>> {
        Box::pin(self.with(async move |conn| usage::since(conn, since_hour).await))
    }

    fn spent(&self) -> Async<'_, Result<Vec<Spent>, RegistryError>> {
        Box::pin(self.with(usage::spent))
    }

    fn runs(&self) -> Async<'_, Result<Vec<Run>, RegistryError>> {
        Box::pin(self.with(usage::runs))
    }

    fn begin_run(&self, run: Run) -> Async<'_, Result<bool, RegistryError>> {
        Box::pin(async move { self.with(async |conn| usage::begin_run(conn, &run).await).await })
    }

    fn end_run(&self, run: Run) -> Async<'_, Result<(), RegistryError>> {
        Box::pin(async move { self.with(async |conn| usage::end_run(conn, &run).await).await })
    }
}
