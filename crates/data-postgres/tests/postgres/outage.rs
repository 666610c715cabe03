//! The network is cut, the server is killed or hangs: nothing acknowledged is lost, nothing is doubled, and it goes on by
//! itself.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_data::{Batch, Database, Engine, Health, Limits, SqlError, Value, ValueType};

use crate::proxy::{AtCommit, Proxy};
use crate::server::{Home, mortal, shared};
use crate::shop::{Shop, batch, event, key, needs, sale, select, total};

fn port(url: &str) -> u16 {
    url.parse::<tokio_postgres::Config>().unwrap().get_ports()[0]
}

/// A shop whose every connection leads through a proxy.
async fn proxied() -> (Proxy, Shop) {
    let mut home = Home::make().await;
    let port = port(shared().url());
    let proxy = Proxy::to(port).await;
    home.url = home.url.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    let engine = home.engine();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    (proxy, Shop { home, engine, database })
}

fn buy(id: i64) -> Batch {
    let events = vec![event("sale.made", "anna")];
    Batch { events, ..batch(vec![sale(id, 100), total(100)]) }
}

async fn counts(database: &dyn Database) -> (i64, i64) {
    let text = "SELECT (SELECT count(*) FROM sales), turnover FROM totals WHERE id = 1";
    let rows = database.query(select(text, vec![], &[ValueType::Integer, ValueType::Integer])).await.unwrap().rows;
    let (Value::Integer(sales), Value::Integer(turnover)) = (&rows[0][0], &rows[0][1]) else { panic!("no numbers") };
    (*sales, *turnover)
}

/// The batch has no key, so only the id that its group wrote can tell. One is never run twice, and never given up.
#[tokio::test]
async fn a_lost_answer_to_the_commit_is_decided() {
    let (proxy, shop) = proxied().await;
    for (id, order) in [(1, AtCommit::CutAfter), (2, AtCommit::CutBefore), (3, AtCommit::CutAfter), (4, AtCommit::Pass)]
    {
        proxy.at_commit(order);
        let done = shop.database.execute(buy(id)).await.unwrap();
        assert_eq!(done.outcomes.len(), 2, "{order:?}");
        assert_eq!(counts(shop.database.as_ref()).await, (id, id * 100), "{order:?}");
    }
    assert_eq!(proxy.cuts(), 3);
    let events = shop.database.lease("invoices", 1, Duration::ZERO).await.unwrap();
    assert_eq!(events.len(), 1);
    let client = Home { url: shop.home.url.clone() }.client().await;
    let rows: i64 = client.query_one("SELECT count(*) FROM fn_shop.kontor_outbox", &[]).await.unwrap().get(0);
    assert_eq!(rows, 4);
}

/// Connections end after every so many bytes, wherever that is: before a request, in its middle, before its answer.
#[tokio::test]
async fn cuts_anywhere_leave_one_effect_per_key() {
    let (proxy, shop) = proxied().await;
    let mut next = 12_345_u64;
    for id in 1..=60 {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        proxy.cut_after(i64::try_from((next >> 33) % 2_500).unwrap());
        let buy = Batch { idempotency: Some(key(&format!("k{id}"), b"f")), ..buy(id) };
        let started = Instant::now();
        loop {
            match shop.database.execute(buy.clone()).await {
                Ok(_) => break,
                Err(SqlError::Unavailable(_)) => {}
                Err(error) => panic!("{id}: {error:?}"),
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{id} never gets through");
        }
    }
    proxy.cut_after(-1);
    assert!(proxy.cuts() >= 30, "only {} cuts", proxy.cuts());
    assert_eq!(counts(shop.database.as_ref()).await, (60, 6_000));
    assert_eq!(shop.database.health(), Health::Ok);
}

/// What a client of the shop remembers.
#[derive(Default)]
struct Memory {
    acknowledged: parking_lot::Mutex<BTreeSet<i64>>,
    in_doubt: parking_lot::Mutex<BTreeSet<i64>>,
    interrupted: AtomicI64,
    stop: AtomicBool,
}

/// Half of the clients repeat under their key until they hear that it is done; the other half ask once and never again.
async fn client(database: Arc<dyn Database>, memory: Arc<Memory>, number: i64) {
    for round in 0.. {
        if memory.stop.load(Ordering::SeqCst) {
            return;
        }
        let id = number * 1_000_000 + round;
        let keyed = number % 2 == 0;
        let batch = Batch { idempotency: keyed.then(|| key(&id.to_string(), b"f")), ..buy(id) };
        loop {
            match database.execute(batch.clone()).await {
                Ok(_) => {
                    memory.acknowledged.lock().insert(id);
                    break;
                }
                Err(SqlError::Unavailable(_) | SqlError::Busy(_)) => {
                    memory.interrupted.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    if !keyed {
                        memory.in_doubt.lock().insert(id);
                        break;
                    }
                }
                Err(error) => panic!("{id}: {error:?}"),
            }
        }
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kill_9_under_load_loses_nothing_and_doubles_nothing() {
    let Some(server) = mortal() else { return };
    let home = Home::on(&server).await;
    let engine = home.engine();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let memory = Arc::new(Memory::default());
    let mut clients = tokio::task::JoinSet::new();
    for number in 1..=16 {
        clients.spawn(client(Arc::clone(&database), Arc::clone(&memory), number));
    }
    for _ in 0..4 {
        let (before, met) = (memory.acknowledged.lock().len(), memory.interrupted.load(Ordering::SeqCst));
        until("nothing is sold", async || memory.acknowledged.lock().len() >= before + 200).await;
        server.kill();
        until("no write was under way", async || memory.interrupted.load(Ordering::SeqCst) > met).await;
        server.start_again().unwrap();
    }
    let before = memory.acknowledged.lock().len();
    until("it does not go on by itself", async || memory.acknowledged.lock().len() >= before + 200).await;
    memory.stop.store(true, Ordering::SeqCst);
    clients.join_all().await;

    let text = "SELECT id FROM sales";
    let limits = Limits { rows_max: 1_000_000, ..Limits::default() };
    database.close().await;
    let database = engine.open("shop", Some(needs()), limits).await.unwrap();
    let rows = database.query(select(text, vec![], &[ValueType::Integer])).await.unwrap().rows;
    let stored: BTreeSet<i64> =
        rows.iter().map(|row| if let Value::Integer(id) = row[0] { id } else { panic!("no number") }).collect();
    let (acknowledged, in_doubt) = (memory.acknowledged.lock().clone(), memory.in_doubt.lock().clone());
    assert_eq!(acknowledged.difference(&stored).count(), 0, "lost");
    assert_eq!(stored.difference(&acknowledged).filter(|id| !in_doubt.contains(id)).count(), 0, "out of nowhere");
    let sold = i64::try_from(stored.len()).unwrap();
    assert_eq!(counts(database.as_ref()).await, (sold, sold * 100), "doubled");
    assert_eq!(database.backlog().rows, stored.len() as u64, "an event for each sale");
    assert_eq!(database.health(), Health::Ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_unavailable_and_then_works_again() {
    let Some(server) = mortal() else { return };
    let home = Home::on(&server).await;
    let engine = home.engine();
    let limits = Limits { statement_time_max: Duration::from_millis(300), ..Limits::default() };
    let database = engine.open("shop", Some(needs()), limits).await.unwrap();
    database.execute(buy(1)).await.unwrap();
    server.freeze();
    let keyed = Batch { idempotency: Some(key("k", b"f")), ..buy(2) };
    let asked = select("SELECT id FROM sales", vec![], &[ValueType::Integer]);
    let (written, read) = tokio::join!(database.execute(keyed.clone()), database.query(asked));
    assert!(matches!(written, Err(SqlError::Unavailable(_))), "{written:?}");
    assert!(matches!(read, Err(SqlError::Unavailable(_))), "{read:?}");
    assert!(matches!(database.health(), Health::ReadOnly(_)));
    server.go_on();
    until("it does not work again", async || database.execute(keyed.clone()).await.is_ok()).await;
    assert_eq!(counts(database.as_ref()).await, (2, 200));
    until("it does not get well", async || database.health() == Health::Ok).await;
}

/// Kontor starts while its database is away, and says so; then it is there.
#[tokio::test]
async fn a_server_that_comes_later_is_found() {
    let Some(server) = mortal() else { return };
    let home = Home::on(&server).await;
    server.kill();
    let engine = home.engine();
    let away = engine.open("shop", Some(needs()), Limits::default()).await;
    assert!(matches!(away, Err(kontor_data::OpenError::Unreachable(_))));
    assert!(engine.existing().is_err());
    server.start_again().unwrap();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    database.execute(buy(1)).await.unwrap();
    assert!(engine.name().starts_with("PostgreSQL 1"), "{}", engine.name());
}
