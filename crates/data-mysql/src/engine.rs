//! A server that holds a database for each function.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kontor_contract::SqlNeeds;
use kontor_data::{Async, Database, Engine, Limits, OpenError, Registry, rules};
use kontor_data_server::{Session as _, chain, ids};
use mysql_async::{Conn, Opts, prelude::Queryable as _};
use parking_lot::Mutex;

use crate::{
    MysqlDatabase, Shared,
    names::{Names, check_database, quoted},
    registry::MysqlRegistry,
    schema::{migrate, prepare_database, provision},
    server::{self, Flavor, Reached, SETUP_TIME_MAX},
    session::{Purpose, Session, address},
};

/// How a server is reached.
#[derive(Clone)]
pub struct MysqlSettings {
    /// Address with the setup user, who makes databases, users and roles: `mysql://USER:PASSWORD@HOST:PORT/DATABASE`. The
    /// database is Kontor's own and is made if it is not there; functions get databases beside it, whose names begin with
    /// its name. Functions never use this user.
    pub setup_url: String,
    /// Connections for queries of each function, in each process. Two more write, and one watches.
    pub readers_max: usize,
}

impl std::fmt::Debug for MysqlSettings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address holds a password.
        out.debug_struct("MysqlSettings").field("readers_max", &self.readers_max).finish_non_exhaustive()
    }
}

/// The setup identity: for databases, users and Kontor's own records, and for nothing on a request's way.
#[derive(Clone)]
pub(crate) struct Setup {
    opts: Opts,
    /// Kontor's own database.
    pub(crate) database: String,
}

impl Setup {
    /// Connects, in no database.
    pub(crate) async fn connect(&self) -> Result<Conn, OpenError> {
        let purpose = Purpose {
            opts: self.opts.clone(),
            flavor: Flavor::MariaDb,
            // Which of the two it is, is not known yet; the collation matters for functions' tables alone.
            settings: Flavor::MySql.manners().replace(&format!(" COLLATE {}", Flavor::MySql.collation()), "")
                + "; SET SESSION lock_wait_timeout = 3",
            roles: None,
            statement_time_max: SETUP_TIME_MAX,
        };
        Session::connect(&purpose).await.map(Session::into_conn).map_err(OpenError::Unreachable)
    }
}

/// Databases on a MariaDB or MySQL server.
pub struct MysqlEngine {
    setup: Setup,
    readers_max: usize,
    reached: Mutex<Option<Reached>>,
    databases: tokio::sync::Mutex<BTreeMap<String, Arc<MysqlDatabase>>>,
    registry: Arc<MysqlRegistry>,
}

impl MysqlEngine {
    /// Reads the settings. Nothing is connected yet, so that Kontor starts while the server is away.
    ///
    /// # Errors
    /// If the address cannot be read.
    pub fn new(settings: &MysqlSettings) -> Result<Self, OpenError> {
        let like = "write it like mysql://USER:PASSWORD@HOST:3306/DATABASE";
        let opts = Opts::from_url(&settings.setup_url).map_err(|error| {
            OpenError::Invalid(format!("the address of MySQL cannot be read: {}; {like}", chain(&error)))
        })?;
        let (Some(database), Some(_)) = (opts.db_name(), opts.user()) else {
            return Err(OpenError::Invalid(format!("the address of MySQL names no user or database; {like}")));
        };
        check_database(database)?;
        let setup = Setup { database: database.to_owned(), opts: Purpose::opts(&opts, None) };
        Ok(Self {
            registry: Arc::new(MysqlRegistry::new(setup.clone())),
            setup,
            readers_max: settings.readers_max,
            reached: Mutex::default(),
            databases: tokio::sync::Mutex::default(),
        })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Opts {
        &self.setup.opts
    }

    /// A connection of the setup user, in no database.
    pub(crate) async fn setup_connection(&self) -> Result<Conn, OpenError> {
        self.setup.connect().await
    }

    /// Reaches the server, makes what all processes share, and looks which functions are there.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`], and [`OpenError::Store`] for a server that is too old or a user without rights.
    pub async fn reach(&self) -> Result<(), OpenError> {
        let mut conn = self.setup.connect().await?;
        let done = self.look(&mut conn).await.map(drop);
        let _ = conn.disconnect().await;
        done
    }

    async fn look(&self, conn: &mut Conn) -> Result<Flavor, OpenError> {
        let (flavor, name) = server::look(conn, &address(&self.setup.opts)).await?;
        prepare_database(conn, flavor, &self.setup.database).await?;
        let asked = format!("SELECT name FROM {}.functions ORDER BY name", quoted(&self.setup.database));
        let functions = conn.query(asked).await.map_err(|error| self.broken(&error))?;
        *self.reached.lock() = Some(Reached { name, functions });
        Ok(flavor)
    }

    fn broken(&self, error: &mysql_async::Error) -> OpenError {
        let text = format!("MySQL at {} failed: {}", address(&self.setup.opts), chain(error));
        if error.is_fatal() { OpenError::Unreachable(text) } else { OpenError::Store(text) }
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
        let database = Arc::new(MysqlDatabase::start(shared, self.readers_max)?);
        databases.insert(function.to_owned(), Arc::clone(&database));
        Ok(database)
    }

    async fn shared_of(&self, function: &str, needs: Option<SqlNeeds>, limits: Limits) -> Result<Shared, OpenError> {
        let mut conn = self.setup.connect().await?;
        let flavor = self.look(&mut conn).await?;
        let names = Arc::new(Names::of(&self.setup.database, function));
        let password = provision(&mut conn, flavor, &self.setup.database, &names, function).await?;
        if let Some(needs) = needs {
            migrate(&mut conn, flavor, &names, function, &needs).await?;
        }
        if let Some(reached) = self.reached.lock().as_mut()
            && let Err(place) = reached.functions.binary_search_by(|known| known.as_str().cmp(function))
        {
            reached.functions.insert(place, function.to_owned());
        }
        let owner = ids::fresh_id().map_err(|failure| OpenError::Store(failure.answer().to_string()))?;
        let host = self.host(flavor, &names, &password, &limits);
        let counts = format!(
            "SELECT event_count, byte_count, dead_count FROM {}.kontor_outbox_state WHERE id = 1",
            quoted(&names.database)
        );
        let state: Option<(i64, i64, i64)> = conn.query_first(counts).await.map_err(|error| self.broken(&error))?;
        let _ = conn.disconnect().await;
        let shared = Shared::new(function, names, limits, host, owner);
        if let Some((rows, bytes, dead)) = state {
            shared.remember(kontor_data_server::State { rows, bytes, dead });
        }
        Ok(shared)
    }

    /// How the function's login connects. What the operator set for durability cannot be weakened by a session.
    fn host(&self, flavor: Flavor, names: &Arc<Names>, password: &str, limits: &Limits) -> Purpose {
        Purpose {
            opts: Purpose::opts(&self.setup.opts, Some((&names.login, password))),
            flavor,
            settings: flavor.serving(names, limits),
            roles: Some(Arc::clone(names)),
            statement_time_max: limits.statement_time_max.max(Duration::from_millis(1)),
        }
    }
}

impl Engine for MysqlEngine {
    fn name(&self) -> String {
        let reached = self.reached.lock();
        reached.as_ref().map_or_else(|| "MySQL".to_owned(), |reached| reached.name.clone())
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
        let unknown = || OpenError::Unreachable(format!("MySQL at {} was not reached yet", address(&self.setup.opts)));
        self.reached.lock().as_ref().map(|reached| reached.functions.clone()).ok_or_else(unknown)
    }

    fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry) as Arc<dyn Registry>
    }
}
