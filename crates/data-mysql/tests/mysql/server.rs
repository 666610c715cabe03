//! The server that the tests share, and a database of its own for each test.

use std::{
    io::Write as _,
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kontor_data::{Engine, Limits};
use kontor_data_conformance::shop::{Shop, needs};
use kontor_data_mysql::{MysqlEngine, MysqlSettings};
use kontor_test_servers::{MARIADB, Server, StartError};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable as _};

static SHARED: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server of this test run.
pub fn shared() -> &'static Server {
    SHARED.get_or_init(|| Server::find(&MARIADB).unwrap_or_else(|error| panic!("{error}")))
}

/// A server that a test may kill. Where the tests use a server that is there already and have no program of their own to
/// start, there is none, and the test is noted as skipped.
pub fn mortal() -> Option<Server> {
    match Server::start(&MARIADB) {
        Ok(server) => Some(server),
        Err(error @ StartError::Missing { .. }) if std::env::var_os(MARIADB.variable).is_some() => {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            if let Some(file) = std::env::var_os("KONTOR_SKIP_FILE") {
                let mut file = std::fs::File::options().append(true).open(file).unwrap();
                writeln!(file, "{name}: {error}").unwrap();
            }
            eprintln!("skipped: {name}: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A database of a test's own.
pub struct Home {
    opts: Opts,
    at: SocketAddr,
    pub database: String,
}

impl Home {
    pub fn make() -> Self {
        Self::on(shared())
    }

    pub fn on(server: &Server) -> Self {
        let opts = Opts::from_url(server.url()).unwrap();
        let at = (opts.ip_or_hostname(), opts.tcp_port()).to_socket_addrs().unwrap().next().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { opts, at, database: format!("km_{}_{number}", std::process::id()) }
    }

    pub fn address(&self) -> SocketAddr {
        self.at
    }

    /// What a process has: an engine of its own.
    pub fn engine(&self) -> MysqlEngine {
        self.engine_at(self.at)
    }

    /// The same over another way.
    pub fn engine_at(&self, at: SocketAddr) -> MysqlEngine {
        let (user, password) = (self.opts.user().unwrap(), self.opts.pass().unwrap());
        let setup_url = format!("mysql://{user}:{password}@{at}/{}", self.database);
        MysqlEngine::new(&MysqlSettings { setup_url, readers_max: 4 }).unwrap()
    }

    /// The shop, as one process has it.
    pub async fn shop(&self, limits: Limits) -> Shop {
        self.shop_at(self.at, limits).await
    }

    pub async fn shop_at(&self, at: SocketAddr, limits: Limits) -> Shop {
        let engine = Arc::new(self.engine_at(at));
        let database = engine.open("shop", Some(needs()), limits).await.unwrap();
        Shop { engine, database }
    }

    /// The shop's database as somebody sees it who may do everything.
    pub async fn admin(&self) -> Conn {
        let mut conn = Conn::new(OptsBuilder::from_opts(self.opts.clone()).db_name(None::<String>)).await.unwrap();
        let _ = conn.query_drop(format!("USE `{}_fn_shop`", self.database)).await;
        conn
    }

    /// Somebody else's connection to the same server.
    pub async fn login(&self, user: &str, password: &str) -> Conn {
        let opts = OptsBuilder::from_opts(self.opts.clone()).db_name(None::<String>).prefer_socket(false);
        Conn::new(opts.user(Some(user)).pass(Some(password))).await.unwrap()
    }
}
