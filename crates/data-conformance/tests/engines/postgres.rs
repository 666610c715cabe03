//! PostgreSQL, on a server that the tests start, or on the one that `KONTOR_TEST_POSTGRES_URL` names.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use kontor_data::{Engine, documents::DocumentEngine, keyvalue::KeyValueEngine};
use kontor_data_conformance::Stand;
use kontor_data_postgres::{PostgresDocuments, PostgresEngine, PostgresKeyValue, PostgresSettings};
use kontor_test_servers::{POSTGRES, Server};
use tokio::sync::OnceCell;
use tokio_postgres::{Config, NoTls};

static SERVER: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn sql() -> Stand<dyn Engine> {
    stand(|settings: PostgresSettings| async move {
        let engine = PostgresEngine::new(&settings).unwrap();
        engine.reach().await.unwrap();
        Arc::new(engine) as Arc<dyn Engine>
    })
}

fn documents() -> Stand<dyn DocumentEngine> {
    stand(|settings: PostgresSettings| async move {
        Arc::new(PostgresDocuments::new(&settings).unwrap()) as Arc<dyn DocumentEngine>
    })
}

fn keyvalue() -> Stand<dyn KeyValueEngine> {
    stand(|settings: PostgresSettings| async move {
        Arc::new(PostgresKeyValue::new(&settings).unwrap()) as Arc<dyn KeyValueEngine>
    })
}

/// A database of its own on the server that all cases share.
fn stand<E: ?Sized + 'static, F>(open: impl Fn(PostgresSettings) -> F + Copy + Send + Sync + 'static) -> Stand<E>
where
    F: Future<Output = Arc<E>> + Send + 'static,
    Arc<E>: Send,
{
    let server = SERVER.get_or_init(|| Server::find(&POSTGRES).unwrap_or_else(|error| panic!("{error}")));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name: Arc<str> = format!("kontor_conformance_{}_{number}", std::process::id()).into();
    let made = Arc::new(OnceCell::new());
    Stand::new(move || {
        let (made, name) = (Arc::clone(&made), Arc::clone(&name));
        async move {
            made.get_or_init(|| make(server, &name)).await;
            let (before, _) = server.url().rsplit_once('/').unwrap();
            let settings = PostgresSettings { setup_url: format!("{before}/{name}"), readers_max: 4, ca_file: None };
            open(settings).await
        }
    })
}

async fn make(server: &Server, name: &str) {
    let config: Config = server.url().parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
}

mod sql_and_events {
    use super::sql;

    kontor_data_conformance::sql_and_events!(sql());
}

mod documents_on_postgres {
    use super::documents;

    kontor_data_conformance::documents!(documents());
}

mod keyvalue_on_postgres {
    use super::keyvalue;

    kontor_data_conformance::keyvalue!(keyvalue());
}
