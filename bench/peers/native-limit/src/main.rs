//! The ceiling of a machine: one durable insert per purchase, and nothing that a product needs beside it.
//!
//! `native-limit PORT FOLDER`; it stops with the signal that stops it.

use std::{env, error::Error, path::PathBuf, thread};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::oneshot};

const SCHEMA: &str = "pragma journal_mode = wal; pragma synchronous = full;
    create table sales (id integer primary key, license text not null, price integer not null, sold_at integer not null)";
const INSERT: &str = "insert into sales (license, price, sold_at) values (?1, ?2, unixepoch())";
const PRICE: i64 = 4900;
/// Purchases that share a commit, and purchases that wait.
const GROUP_MAX: usize = 512;
const QUEUE_MAX: usize = 4096;

#[derive(Deserialize)]
struct Purchase {
    license: String,
}

#[derive(Serialize)]
struct Sale {
    id: i64,
}

#[derive(Serialize)]
struct Small {
    hello: &'static str,
    n: u32,
}

struct Job {
    purchase: Purchase,
    done: oneshot::Sender<i64>,
}

/// Commits whatever waits at once, then answers everybody whose purchase was in it.
fn write(mut database: Connection, jobs: &Receiver<Job>) -> rusqlite::Result<()> {
    let mut written = Vec::with_capacity(GROUP_MAX);
    while let Ok(first) = jobs.recv() {
        let transaction = database.transaction()?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            for job in std::iter::once(first).chain(jobs.try_iter()).take(GROUP_MAX) {
                written.push((insert.insert((&job.purchase.license, PRICE))?, job.done));
            }
        }
        transaction.commit()?;
        for (id, done) in written.drain(..) {
            // Whoever does not wait any more has left.
            let _ = done.send(id);
        }
    }
    Ok(())
}

async fn buy(State(jobs): State<Sender<Job>>, Json(purchase): Json<Purchase>) -> Result<(StatusCode, Json<Sale>), StatusCode> {
    let (done, wait) = oneshot::channel();
    jobs.try_send(Job { purchase, done }).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let id = wait.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((StatusCode::CREATED, Json(Sale { id })))
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(port), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: native-limit PORT FOLDER".into());
    };
    let database = Connection::open(PathBuf::from(folder).join("sales.sqlite"))?;
    database.execute_batch(SCHEMA)?;
    let (jobs, queue) = bounded(QUEUE_MAX);
    thread::spawn(move || {
        if let Err(error) = write(database, &queue) {
            eprintln!("the writer stops: {error}");
        }
    });
    let small = || async { Json(Small { hello: "world", n: 42 }) };
    let app = Router::new().route("/", get(small)).route("/api/buy_mpi", post(buy)).with_state(jobs);
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
