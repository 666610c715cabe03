//! A PostgreSQL database that holds a schema for each function.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use kontor_contract::SqlNeeds;
use kontor_data::{Async, Database, Engine, Limits, OpenError, Registry, rules};
use kontor_data_server::{Session as _, chain, ids};
use parking_lot::Mutex;
use tokio_postgres::{Client, Config};

use crate::{
    PostgresDatabase, Shared,
    names::Names,
    outbox_rows,
    registry::PostgresRegistry,
    schema::{migrate, prepare_database, provision},
    session::{Purpose, Session, address},
    tls,
};

/// PostgreSQL 14: the first that notices in the middle of a statement that a client is gone
/// (`client_connection_check_interval`).
pub(crate) const VERSION_MIN: i32 = 140_000;

/// A transaction is never left alone for longer than a flight takes. If its process is cut off without the server being
/// told, its locks are free after so long.
const IDLE_MAX_MS: u32 = 5_000;

/// How a PostgreSQL is reached.
#[derive(Clone)]
pub struct PostgresSettings {
    /// Address with the setup role, which makes schemas and roles (`CREATE` on the database, `CREATEROLE`):
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. The database should be Kontor's own. Functions never use this role.
    pub setup_url: String,
    /// Connections for queries of each function, in each process. Two more write, and one watches.
    pub readers_max: usize,
    /// The authority whose certificates are believed, PEM; none: the system's, where the address wants it checked.
    pub ca_file: Option<PathBuf>,
}

impl std::fmt::Debug for PostgresSettings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address holds a password.
        out.debug_struct("PostgresSettings").field("readers_max", &self.readers_max).finish_non_exhaustive()
    }
}

/// The setup identity: for schemas, roles and Kontor's own records, and for nothing on a request's way.
#[derive(Clone)]
pub(crate) struct Setup(pub(crate) Purpose);

impl Setup {
    /// Connects.
    pub(crate) async fn connect(&self) -> Result<Client, OpenError> {
        Session::connect(&self.0).await.map(|session| session.client).map_err(OpenError::Unreachable)
    }
}

/// What is known once the server was reached.
#[derive(Clone)]
struct Reached {
    version: String,
    functions: Vec<String>,
}

/// Schemas in a PostgreSQL database.
pub struct PostgresEngine {
    config: Config,
    setup: Setup,
    readers_max: usize,
    reached: Mutex<Option<Reached>>,
    databases: tokio::sync::Mutex<BTreeMap<String, Arc<PostgresDatabase>>>,
    registry: Arc<PostgresRegistry>,
}

impl PostgresEngine {
    /// Reads the settings. Nothing is connected yet, so that Kontor starts while the server is away.
    ///
    /// # Errors
    /// If the address cannot be read.
    pub fn new(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let unreadable = |error: &dyn std::error::Error| {
            OpenError::Invalid(format!(
                "the address of PostgreSQL cannot be read: {}; write it like postgres://USER:PASSWORD@HOST:5432/DATABASE",
                chain(error)
            ))
        };
        let (url, mode) = tls::take_mode(&settings.setup_url)?;
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| unreadable(&error))?;
        config.ssl_mode(mode.driver());
        let tls = tls::configure(mode, settings.ca_file.as_deref())?;
        if config.get_dbname().is_none() || config.get_user().is_none() || config.get_hosts().is_empty() {
            return Err(OpenError::Invalid(
                "the address of PostgreSQL names no user, host or database; write it like postgres://USER:PASSWORD@HOST:5432/DATABASE"
                    .to_owned(),
            ));
        }
        config.application_name("kontor");
        config.tcp_user_timeout(std::time::Duration::from_secs(10));
        let settings_text =
            "SET client_min_messages = error; SET timezone = 'UTC'; SET standard_conforming_strings = on";
        let setup = Setup(Purpose {
            config: config.clone(),
            tls,
            settings: settings_text.to_owned(),
            // Building an index over a large table takes its time.
            statement_time_max: std::time::Duration::from_secs(3600),
        });
        Ok(Self {
            config,
            registry: Arc::new(PostgresRegistry::new(setup.clone())),
            setup,
            readers_max: settings.readers_max,
            reached: Mutex::default(),
            databases: tokio::sync::Mutex::default(),
        })
    }

    /// Reaches the server, makes what all processes share, and looks which functions are there.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`], and [`OpenError::Store`] for a server that is too old or a role without rights.
    pub async fn reach(&self) -> Result<(), OpenError> {
        let mut client = self.setup.connect().await?;
        self.look(&mut client).await
    }

    async fn look(&self, client: &mut Client) -> Result<(), OpenError> {
        let asked = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
             current_setting('fsync'), current_setting('full_page_writes'), \
             (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)";
        let row = client.query_one(asked, &[]).await.map_err(|error| self.broken(&error))?;
        let number: i32 = row.try_get(0).map_err(|error| self.broken(&error))?;
        let text = |place: usize| row.try_get::<_, String>(place).map_err(|error| self.broken(&error));
        let (version, fsync, pages) = (text(1)?, text(2)?, text(3)?);
        if number < VERSION_MIN {
            return Err(OpenError::Store(format!(
                "PostgreSQL at {} is version {version}, and Kontor needs 14 or newer; upgrade it",
                address(&self.config)
            )));
        }
        if !row.try_get::<_, bool>(4).map_err(|error| self.broken(&error))? {
            return Err(OpenError::Store(format!(
                "the role of PostgreSQL at {} may not make roles for functions; ALTER ROLE … CREATEROLE",
                address(&self.config)
            )));
        }
        if fsync != "on" || pages != "on" {
            tracing::error!(
                "PostgreSQL runs with fsync={fsync} and full_page_writes={pages}: acknowledged sales can be lost when \
                 the power fails; set both to on"
            );
        }
        prepare_database(client).await?;
        let asked = client.query("SELECT name FROM kontor.functions ORDER BY name", &[]).await;
        let rows = asked.map_err(|error| self.broken(&error))?;
        let names: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let functions = names.map_err(|error| self.broken(&error))?;
        *self.reached.lock() = Some(Reached { version, functions });
        Ok(())
    }

    fn broken(&self, error: &tokio_postgres::Error) -> OpenError {
        let text = format!("PostgreSQL at {} failed: {}", address(&self.config), chain(error));
        if error.as_db_error().is_some() { OpenError::Store(text) } else { OpenError::Unreachable(text) }
    }

    async fn open_database(
        &self,
        function: &str,
        needs: Option<SqlNeeds>,
        limits: Limits,
    ) -> Result<Arc<dyn Database>, OpenError> {
        rules::check_function(function)?;
        let mut databases = self.databases.lock().await;
        let shared = self.shared_of(function, needs, limits).await?;
        if let Some(known) = databases.get(function).filter(|database| !database.is_closed()) {
            return Ok(Arc::clone(known) as Arc<dyn Database>);
        }
        let database = Arc::new(PostgresDatabase::start(shared, self.readers_max)?);
        databases.insert(function.to_owned(), Arc::clone(&database));
        Ok(database)
    }

    /// Makes a function's schema, without tables of its own, for another port than sql.
    pub(crate) async fn schema_of(&self, function: &str, limits: Limits) -> Result<Shared, OpenError> {
        self.shared_of(function, None, limits).await
    }

    /// The identity that makes schemas.
    pub(crate) fn setup(&self) -> &Setup {
        &self.setup
    }

    pub(crate) fn readers_max(&self) -> usize {
        self.readers_max
    }

    async fn shared_of(&self, function: &str, needs: Option<SqlNeeds>, limits: Limits) -> Result<Shared, OpenError> {
        let mut client = self.setup.connect().await?;
        self.look(&mut client).await?;
        let names = Names::of(self.config.get_dbname().unwrap_or_default(), function);
        let password = provision(&mut client, &names, function).await?;
        if let Some(needs) = needs {
            migrate(&mut client, &names, function, &needs).await?;
        }
        if let Some(reached) = self.reached.lock().as_mut()
            && let Err(place) = reached.functions.binary_search_by(|known| known.as_str().cmp(function))
        {
            reached.functions.insert(place, function.to_owned());
        }
        let owner = ids::fresh_id().map_err(|failure| OpenError::Store(failure.answer().to_string()))?;
        let host = self.host(&names, &password, &limits);
        let counts = format!("SELECT rows, bytes, dead FROM {}.kontor_outbox_state WHERE id = 1", names.schema);
        let row = client.query_one(&counts, &[]).await.map_err(|error| self.broken(&error))?;
        let shared = Shared::new(function, names, limits, host, owner);
        shared.remember(outbox_rows::state(&row).map_err(|error| self.broken(&error))?);
        Ok(shared)
    }

    /// How the function's host role connects. What the operator set for durability is never weakened.
    pub(crate) fn host(&self, names: &Names, password: &str, limits: &Limits) -> Purpose {
        let mut config = self.config.clone();
        config.user(names.host.as_str()).password(password);
        let most_ms = limits.statement_time_max.as_millis().max(1);
        let settings = format!(
            "SET search_path = {}, pg_temp; SET statement_timeout = '{most_ms}ms'; SET timezone = 'UTC'; SET jit = off; \
             SET idle_in_transaction_session_timeout = '{IDLE_MAX_MS}ms'; \
             SET client_connection_check_interval = '{IDLE_MAX_MS}ms'; SET client_min_messages = error; \
             SET standard_conforming_strings = on; SET default_transaction_isolation = 'read committed'; \
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
            names.schema
        );
        Purpose { config, tls: self.setup.0.tls.clone(), settings, statement_time_max: limits.statement_time_max }
    }
}

impl Engine for PostgresEngine {
    fn name(&self) -> String {
        let reached = self.reached.lock();
        reached.as_ref().map_or_else(|| "PostgreSQL".to_owned(), |reached| format!("PostgreSQL {}", reached.version))
    }

    fn reach(&self) -> Async<'_, Result<(), OpenError>> {
        Box::pin(Self::reach(self))
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

    /// What was there when the server was reached last, and what was opened since.
    fn existing(&self) -> Result<Vec<String>, OpenError> {
        let unknown = || OpenError::Unreachable(format!("PostgreSQL at {} was not reached yet", address(&self.config)));
        self.reached.lock().as_ref().map(|reached| reached.functions.clone()).ok_or_else(unknown)
    }

    fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry) as Arc<dyn Registry>
    }
}
