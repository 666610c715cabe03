//! The server that the tests share, and a database of its own for each test.

use std::{
    io::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kontor_data_postgres::{PostgresEngine, PostgresSettings};
use kontor_test_servers::{POSTGRES, Server, StartError};
use tokio_postgres::{Client, Config, NoTls};

static SHARED: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The server of this test run.
pub fn shared() -> &'static Server {
    SHARED.get_or_init(|| Server::find(&POSTGRES).unwrap_or_else(|error| panic!("{error}")))
}

/// A server that a test may kill. Where the tests use a server that is there already and have no program of their own to
/// start, there is none, and the test is noted as skipped.
pub fn mortal() -> Option<Server> {
    match Server::start(&POSTGRES) {
        Ok(server) => Some(server),
        Err(error @ StartError::Missing { .. }) if std::env::var_os(POSTGRES.variable).is_some() => {
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
    pub url: String,
}

impl Home {
    pub async fn make() -> Self {
        Self::on(shared()).await
    }

    /// A new database. Its name differs between runs, since roles outlive databases on a server that is there already.
    pub async fn on(server: &Server) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("kontor_test_{}_{number}", std::process::id());
        let client = connect(server.url()).await;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
        let (before, _) = server.url().rsplit_once('/').unwrap();
        Self { url: format!("{before}/{name}") }
    }

    /// What a process has: an engine of its own.
    pub fn engine(&self) -> PostgresEngine {
        PostgresEngine::new(&PostgresSettings { setup_url: self.url.clone(), readers_max: 4, ca_file: None }).unwrap()
    }

    /// The database as its owner sees it, past Kontor.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }
}

/// Connects as whoever the address names.
pub async fn connect(url: &str) -> Client {
    let config: Config = url.parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
