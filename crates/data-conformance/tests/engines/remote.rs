//! SQLite behind a socket, as the least that can be called a server: shows that the network's cases pass where they should,
//! before there is a server to run them on.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kontor_data::{Async, Batch, Database, Engine, Executed, Limits, Rows, Sql, SqlError, Statement};
use kontor_data_conformance::{proxy::Proxy, shop, sql::network::Remote};
use kontor_data_sqlite::SqliteEngine;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

enum Asked {
    Query(Statement),
    Execute(Batch),
}

enum Answered {
    Query(Result<Rows, SqlError>),
    Execute(Result<Executed, SqlError>),
}

/// What both ends would write onto the line; on the line itself are numbers.
#[derive(Default)]
struct Desk {
    next: AtomicU64,
    asked: Mutex<HashMap<u64, Asked>>,
    answered: Mutex<HashMap<u64, Answered>>,
}

struct Client {
    desk: Arc<Desk>,
    server: SocketAddr,
}

/// How long a client waits for the line.
const PATIENCE: Duration = Duration::from_millis(300);
/// Bytes of a request and of an answer.
const MESSAGE_SIZE_BYTES: usize = 400;

impl Client {
    async fn ask(&self, asked: Asked) -> Result<Answered, SqlError> {
        let number = self.desk.next.fetch_add(1, Ordering::Relaxed);
        self.desk.asked.lock().unwrap().insert(number, asked);
        let talk = async {
            let mut line = TcpStream::connect(self.server).await?;
            line.write_all(&number.to_le_bytes().repeat(MESSAGE_SIZE_BYTES / 8)).await?;
            line.read_exact(&mut [0; MESSAGE_SIZE_BYTES]).await
        };
        let told = matches!(tokio::time::timeout(PATIENCE, talk).await, Ok(Ok(_)));
        let answered = self.desk.answered.lock().unwrap().remove(&number);
        answered.filter(|_| told).ok_or_else(|| SqlError::Unavailable("the line broke".to_owned()))
    }
}

impl Sql for Client {
    fn query(&self, statement: Statement) -> Async<'_, Result<Rows, SqlError>> {
        Box::pin(async move {
            match self.ask(Asked::Query(statement)).await? {
                Answered::Query(rows) => rows,
                Answered::Execute(_) => unreachable!("a query was asked for"),
            }
        })
    }

    fn execute(&self, batch: Batch) -> Async<'_, Result<Executed, SqlError>> {
        Box::pin(async move {
            match self.ask(Asked::Execute(batch)).await? {
                Answered::Execute(done) => done,
                Answered::Query(_) => unreachable!("a batch was asked for"),
            }
        })
    }
}

async fn serve(mut line: TcpStream, desk: Arc<Desk>, database: Arc<dyn Database>) -> std::io::Result<()> {
    let mut message = [0; MESSAGE_SIZE_BYTES];
    line.read_exact(&mut message).await?;
    let number = u64::from_le_bytes(message[..8].try_into().unwrap());
    let asked = desk.asked.lock().unwrap().remove(&number).unwrap();
    let answered = match asked {
        Asked::Query(statement) => Answered::Query(database.query(statement).await),
        Asked::Execute(batch) => Answered::Execute(database.execute(batch).await),
    };
    desk.answered.lock().unwrap().insert(number, answered);
    line.write_all(&message).await
}

async fn remote() -> Remote {
    let engine = SqliteEngine::in_memory().unwrap();
    let database = engine.open("shop", Some(shop::needs()), Limits::default()).await.unwrap();
    let desk = Arc::new(Desk::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let served = Arc::clone(&desk);
    tokio::spawn(async move {
        // The engine lives as long as its server.
        let _engine = engine;
        while let Ok((line, _)) = listener.accept().await {
            tokio::spawn(serve(line, Arc::clone(&served), Arc::clone(&database)));
        }
    });
    let proxy = Proxy::start(server).await;
    Remote { sql: Arc::new(Client { desk, server: proxy.address() }), proxy, commit: None }
}

mod sql_over_a_network {
    use super::remote;

    kontor_data_conformance::sql_over_a_network!(remote().await);
}
