//! Where the operator's commands read invoices and seals: from the store itself, or through the program that holds it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kontor_data::{Async, Database, Engine, Limits, Rows, SqlError, Statement};
use kontor_edge::admin::rows::{Found, Query};
use kontor_seals::Store;

use crate::{
    client::Client,
    engine,
    folder::{self, Folder, Taken},
    serving::seals::INVOICES,
    settings::Settings,
};

/// Some questions go over all entries of a customer.
const STATEMENT_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(120);

/// The database of the function `invoices`, opened.
pub struct Vault {
    store: Box<dyn Store>,
    open: Option<Open>,
}

/// What closes it. The engine goes before the folder's lock does.
struct Open {
    database: Arc<dyn Database>,
    _engine: Arc<dyn Engine>,
    _folder: Option<Folder>,
}

impl Vault {
    /// Opens it. The embedded store belongs to the program that serves, so that one is asked while there is one; a server's
    /// store is asked itself.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let limits = Limits { statement_time_max: STATEMENT_TIME_MAX, ..settings.limits.for_host().data };
        if let Some(engine) = engine::server(settings).await? {
            return Self::of(engine, None, limits).await;
        }
        let path = &settings.data;
        if !path.is_dir() {
            bail!("there is no data folder {}; name it with --data FOLDER", path.display());
        }
        match Folder::take(path)? {
            Taken::Ours(folder) => {
                let engine = engine::sql(settings, &folder)?;
                Self::of(engine, Some(folder), limits).await
            }
            Taken::Theirs(Some(folder::Holder { admin: Some(admin), .. })) => {
                let client = Client::new(admin, Some(folder::admin_key(path)?));
                Ok(Self { store: Box::new(Served(client)), open: None })
            }
            Taken::Theirs(_) => bail!(
                "the data folder {} is held by a program that is starting, or by another command; try again in a moment",
                path.display()
            ),
        }
    }

    async fn of(engine: Arc<dyn Engine>, folder: Option<Folder>, limits: Limits) -> Result<Self> {
        if !engine.existing()?.iter().any(|name| name == INVOICES) {
            bail!("there are no invoices in this store yet");
        }
        let database = engine.open(INVOICES, None, limits).await.context("the invoices cannot be opened")?;
        let open = Open { database: database.clone(), _engine: engine, _folder: folder };
        Ok(Self { store: Box::new(database), open: Some(open) })
    }

    /// What can be asked.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Lets what was opened finish before the lock goes.
    pub async fn close(self) {
        if let Some(open) = self.open {
            open.database.close().await;
        }
    }
}

/// The program that serves, asked through its admin listener.
struct Served(Client);

impl Store for Served {
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>> {
        Box::pin(async move {
            let path = format!("/api/functions/{INVOICES}/query");
            let found: Found = self.0.post(&path, &Query::of(statement)).await.map_err(|error| unheard(&error))?;
            let rows = match found {
                Found::Rows(rows) => rows,
                Found::TooLarge(what) => return Err(SqlError::TooLarge(what)),
                Found::Busy(what) => return Err(SqlError::Busy(what)),
            };
            let values =
                rows.into_iter().map(|row| row.into_iter().map(kontor_edge::admin::rows::Cell::into_value).collect());
            Ok(Rows { rows: values.collect::<Result<_, _>>()? })
        })
    }

    fn unprotected(&self, tables: Vec<String>) -> Async<'_, Result<Vec<String>, SqlError>> {
        Box::pin(async move {
            let path = format!("/api/functions/{INVOICES}/unprotected");
            self.0.post(&path, &tables).await.map_err(|error| unheard(&error))
        })
    }
}

fn unheard(error: &anyhow::Error) -> SqlError {
    SqlError::Unavailable(format!("{error:#}"))
}
