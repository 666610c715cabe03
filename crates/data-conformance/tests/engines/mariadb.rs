//! MariaDB, on a server that the tests start, or on the MariaDB or MySQL that `KONTOR_TEST_MYSQL_URL` names.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kontor_data::{Engine, Limits};
use kontor_data_conformance::{Stand, proxy::Proxy, shop, sql::network::Remote};
use kontor_data_mysql::{MysqlEngine, MysqlSettings};
use kontor_test_servers::{MARIADB, Server};
use mysql_async::Opts;

static SERVER: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server that all cases share, and the name of a database of one's own on it.
fn place() -> (Opts, String) {
    let server = SERVER.get_or_init(|| Server::find(&MARIADB).unwrap_or_else(|error| panic!("{error}")));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    (Opts::from_url(server.url()).unwrap(), format!("kc_{}_{number}", std::process::id()))
}

fn settings(opts: &Opts, at: SocketAddr, database: &str) -> MysqlSettings {
    let (user, password) = (opts.user().unwrap(), opts.pass().unwrap());
    MysqlSettings { setup_url: format!("mysql://{user}:{password}@{at}/{database}"), readers_max: 4 }
}

fn address(opts: &Opts) -> SocketAddr {
    (opts.ip_or_hostname(), opts.tcp_port()).to_socket_addrs().unwrap().next().unwrap()
}

fn sql() -> Stand<dyn Engine> {
    let (opts, database) = place();
    let settings = settings(&opts, address(&opts), &database);
    Stand::new(move || {
        let engine = MysqlEngine::new(&settings).unwrap();
        async move {
            engine.reach().await.unwrap();
            Arc::new(engine) as Arc<dyn Engine>
        }
    })
}

/// The engine on a line that can break.
async fn remote() -> Remote {
    let (opts, database) = place();
    let proxy = Proxy::start(address(&opts)).await;
    let engine = MysqlEngine::new(&settings(&opts, proxy.address(), &database)).unwrap();
    let database = engine.open("shop", Some(shop::needs()), Limits::default()).await.unwrap();
    Remote { sql: database, proxy, commit: Some(b"\x03COMMIT") }
}

mod sql_and_events {
    use super::sql;

    kontor_data_conformance::sql_and_events!(sql());
}

mod sql_over_a_network {
    use super::remote;

    kontor_data_conformance::sql_over_a_network!(remote().await);
}
