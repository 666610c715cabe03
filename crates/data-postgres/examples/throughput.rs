//! What one lane does on a PostgreSQL server: purchases a second, and a query of one row.
//! `cargo run --release -p kontor-data-postgres --example throughput -- URL [CLIENTS] [SECONDS] [KEYED]`
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Migration, Step, Table},
};
use kontor_data::{Batch, Database, Engine, Idempotency, Limits, NewEvent, Statement, Value, ValueType};
use kontor_data_postgres::{PostgresEngine, PostgresSettings};

fn needs() -> SqlNeeds {
    let table = |name: &str, columns: &[(&str, ColumnType)], key: &str| {
        let columns = columns.iter().map(|(name, kind)| Column {
            name: (*name).into(),
            kind: *kind,
            nullable: false,
            default: None,
        });
        Step::CreateTable(Table {
            name: name.into(),
            columns: columns.collect(),
            primary_key: vec![key.into()],
            indexes: vec![],
            append_only: false,
        })
    };
    let number = ColumnType::Integer;
    let steps = vec![
        table(
            "sales",
            &[
                ("id", ColumnType::KeyText(40)),
                ("license", ColumnType::KeyText(20)),
                ("gross", number),
                ("sold_at", ColumnType::Timestamp),
            ],
            "id",
        ),
        table("totals", &[("id", number), ("sales", number), ("turnover", number)], "id"),
        table("hours", &[("hour", ColumnType::Timestamp), ("sales", number), ("turnover", number)], "hour"),
        Step::InsertRow {
            table: "totals".into(),
            values: vec![("id".into(), 1.into()), ("sales".into(), 0.into()), ("turnover".into(), 0.into())],
        },
    ];
    SqlNeeds { migrations: vec![Migration { number: 1, name: "shop".into(), steps }] }
}

fn purchase(texts: &[Arc<str>; 5], number: i64, keyed: bool) -> Batch {
    let id = format!("{number:016x}-sale");
    let write = |text: &Arc<str>, parameters| Statement {
        text: Arc::clone(text),
        parameters,
        results: vec![],
        expect_rows: None,
    };
    let [sale, hour, total, add, read] = texts;
    let hour_at = Value::Timestamp(3_600_000_000);
    let statements = vec![
        write(
            sale,
            vec![Value::Text(id.clone()), Value::Text("pro".into()), Value::Integer(4900), Value::Timestamp(number)],
        ),
        write(hour, vec![hour_at.clone()]),
        write(total, vec![Value::Integer(4900)]),
        write(add, vec![hour_at, Value::Integer(4900)]),
        Statement {
            results: vec![ValueType::Text, ValueType::Integer, ValueType::Timestamp],
            ..write(read, vec![Value::Text(id.clone())])
        },
    ];
    let payload = format!(
        "{{\"sale\":\"{id}\",\"license\":\"pro\",\"quantity\":1,\"gross\":4900,\"net\":4118,\"tax\":782,\"currency\":\"EUR\"}}"
    );
    let events = vec![NewEvent { name: "sale.made".into(), key: format!("guest-{number}"), payload }];
    let key = format!("{:032x}", (number as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    let idempotency = keyed.then(|| Idempotency {
        operation: "buyLicense".into(),
        caller: "anna".into(),
        key,
        fingerprint: vec![7; 32],
    });
    Batch { statements, idempotency, events, trace_id: "0af7651916cd43dd8448eb211c80319c".into() }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("name a server: cargo xtask engines postgres starts one");
    let clients: usize = arguments.next().map_or(64, |text| text.parse().unwrap());
    let seconds: u64 = arguments.next().map_or(5, |text| text.parse().unwrap());
    let keyed = arguments.next().is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(url, clients, Duration::from_secs(seconds), keyed));
}

async fn run(url: String, clients: usize, time: Duration, keyed: bool) {
    let engine = PostgresEngine::new(&PostgresSettings { setup_url: url, readers_max: 4 }).unwrap();
    let limits = Limits { outbox_rows_max: u64::MAX, outbox_size_max_bytes: u64::MAX, ..Limits::default() };
    let database = engine.open("shop", Some(needs()), limits).await.unwrap();
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let texts: [Arc<str>; 5] = [
        "INSERT INTO sales (id, license, gross, sold_at) VALUES ($1, $2, $3, $4)".into(),
        "INSERT INTO hours (hour, sales, turnover) SELECT $1, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM hours WHERE hour = $1)".into(),
        "UPDATE totals SET sales = sales + 1, turnover = turnover + $1 WHERE id = 1".into(),
        "UPDATE hours SET sales = sales + 1, turnover = turnover + $2 WHERE hour = $1".into(),
        "SELECT license, gross, sold_at FROM sales WHERE id = $1".into(),
    ];
    let base = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros())
        .unwrap()
        * 64;
    let next = Arc::new(AtomicI64::new(base));
    let (queued, commit, most) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let started = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (database, texts, next) = (Arc::clone(&database), texts.clone(), Arc::clone(&next));
        let (queued, commit, most) = (Arc::clone(&queued), Arc::clone(&commit), Arc::clone(&most));
        running.spawn(async move {
            while started.elapsed() < time {
                let done =
                    database.execute(purchase(&texts, next.fetch_add(1, Ordering::Relaxed), keyed)).await.unwrap();
                queued.fetch_add(done.queued_ns, Ordering::Relaxed);
                commit.fetch_add(done.commit_ns, Ordering::Relaxed);
                most.fetch_max(done.queued_ns + done.commit_ns, Ordering::Relaxed);
            }
        });
    }
    running.join_all().await;
    let done = (next.load(Ordering::Relaxed) - base) as f64;
    let spent = started.elapsed().as_secs_f64();
    println!(
        "clients={clients} purchases_per_s={:.0} us_each={:.2} queued_us={:.0} commit_us={:.0} most_ms={:.1} backlog={}",
        done / spent,
        spent * 1e6 / done,
        queued.load(Ordering::Relaxed) as f64 / done / 1e3,
        commit.load(Ordering::Relaxed) as f64 / done / 1e3,
        most.load(Ordering::Relaxed) as f64 / 1e6,
        database.backlog().rows,
    );
    let read: Arc<str> = "SELECT sales, turnover FROM totals WHERE id = $1".into();
    let (started, count) = (Instant::now(), 5_000);
    for _ in 0..count {
        let asked = Statement {
            text: Arc::clone(&read),
            parameters: vec![Value::Integer(1)],
            results: vec![ValueType::Integer; 2],
            expect_rows: None,
        };
        database.query(asked).await.unwrap();
    }
    println!("query_us={:.2}", started.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    deliver(database.as_ref()).await;
    database.close().await;
}

/// Leases and acknowledges what was left, as the dispatcher does, for at most five seconds.
async fn deliver(database: &dyn Database) {
    let (started, mut delivered) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(5) {
        let leased = database.lease("invoices", 64, Duration::from_secs(30)).await.unwrap();
        if leased.is_empty() {
            break;
        }
        delivered += leased.len();
        database.acknowledge("invoices", leased.iter().map(|event| event.id).collect()).await.unwrap();
    }
    println!(
        "delivered_per_s={:.0} left={}",
        delivered as f64 / started.elapsed().as_secs_f64(),
        database.backlog().rows
    );
}
