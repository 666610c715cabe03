//! The engines, each with a database of its own.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use kontor_data::Engine;
use kontor_data_postgres::{PostgresEngine, PostgresSettings};
use kontor_data_sqlite::SqliteEngine;
use kontor_test_servers::{POSTGRES, Server};
use kontor_testing::{App, Shared};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Config, NoTls};

/// SQLite in memory.
pub fn sqlite() -> (Arc<dyn Engine>, Arc<Runtime>) {
    (Arc::new(SqliteEngine::in_memory().unwrap()), runtime())
}

/// PostgreSQL, on a server that the tests start, or on the one that `KONTOR_TEST_POSTGRES_URL` names.
pub fn postgres() -> (Arc<dyn Engine>, Arc<Runtime>) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| Server::find(&POSTGRES).unwrap_or_else(|error| panic!("{error}")));
    let name = format!("kontor_invoices_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let (before, _) = server.url().rsplit_once('/').unwrap();
    let settings = PostgresSettings { setup_url: format!("{before}/{name}"), readers_max: 4, ca_file: None };
    let runtime = runtime();
    let engine = runtime.block_on(async {
        let config: Config = server.url().parse().unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
        let engine = PostgresEngine::new(&settings).unwrap();
        engine.reach().await.unwrap();
        engine
    });
    (Arc::new(engine), runtime)
}

fn runtime() -> Arc<Runtime> {
    Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

/// An instance of the function over an engine, with a seller.
pub fn office((engine, _): &(Arc<dyn Engine>, Arc<Runtime>)) -> App {
    let seller = [
        ("seller_name", "Kontor GmbH"),
        ("seller_street", "Speicherstraße 1"),
        ("seller_zip", "20457"),
        ("seller_city", "Hamburg"),
        ("seller_country", "DE"),
        ("seller_vat_id", "DE123456789"),
        ("series", "RE=RE-{year}-{sequence:6}, K=K{customer}-{sequence:3}"),
    ];
    let app = App::sharing(invoices::function(), Shared::over(Arc::clone(engine)));
    seller.into_iter().fold(app, |app, (key, value)| app.configure(key, value))
}
