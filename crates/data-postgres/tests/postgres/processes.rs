//! Several processes on one database: two engines stand for two processes that know nothing of each other.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::{Batch, Database, Engine, Limits, SqlError};
use kontor_data_postgres::PostgresEngine;

use crate::server::Home;
use crate::shop::{Shop, batch, event, key, needs, read_total, sale, total};

const LONG: Duration = Duration::from_secs(600);

async fn second(shop: &Shop) -> (PostgresEngine, Arc<dyn Database>) {
    let engine = shop.home.engine();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    (engine, database)
}

async fn publish(database: &dyn Database, keys: &[&str]) {
    let events = keys.iter().map(|key| event("sale.made", key)).collect();
    database.execute(Batch { events, ..Batch::default() }).await.unwrap();
}

#[tokio::test]
async fn what_one_leased_the_other_does_not_get() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    publish(other.as_ref(), &["anna", "anna", "bert"]).await;
    let first = shop.database.lease("invoices", 1, LONG).await.unwrap();
    let rest = other.lease("invoices", 10, LONG).await.unwrap();
    assert_eq!((first[0].key.as_str(), rest.len(), rest[0].key.as_str()), ("anna", 1, "bert"));
    shop.database.acknowledge("invoices", vec![first[0].id]).await.unwrap();
    let next = other.lease("invoices", 10, LONG).await.unwrap();
    assert_eq!((next.len(), next[0].key.as_str()), (1, "anna"));
    assert!(next[0].id > first[0].id);
}

/// Nobody says goodbye: the process is gone, and its lease would have lasted ten minutes.
#[tokio::test]
async fn what_a_dead_process_leased_is_taken_over_within_ten_seconds() {
    let shop = Shop::open().await;
    let (engine, doomed) = second(&shop).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    publish(doomed.as_ref(), &["anna", "anna"]).await;
    let held = doomed.lease("invoices", 10, LONG).await.unwrap();
    assert_eq!(held.len(), 1);
    drop((engine, doomed));
    let died = Instant::now();
    let taken = loop {
        // What was seen of others is at most a second old, and while there is anything one looks every second.
        let due = shop.database.next_due("invoices").unwrap_or(Duration::from_secs(1));
        assert!(due <= Duration::from_secs(1), "{due:?}");
        tokio::time::sleep(due).await;
        let taken = shop.database.lease("invoices", 10, LONG).await.unwrap();
        if !taken.is_empty() {
            break taken;
        }
        assert!(died.elapsed() < Duration::from_secs(10), "nobody took it over");
    };
    assert_eq!((taken.len(), taken[0].id, taken[0].failed), (1, held[0].id, 0));
}

/// A process that lives keeps what it leased, however long it takes.
#[tokio::test]
async fn a_living_process_keeps_its_leases() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    publish(other.as_ref(), &["anna"]).await;
    assert_eq!(shop.database.lease("invoices", 10, LONG).await.unwrap().len(), 1);
    // Longer than the time after which a silent process counts as dead.
    let until = Instant::now() + Duration::from_secs(7);
    while Instant::now() < until {
        assert!(other.lease("invoices", 10, LONG).await.unwrap().is_empty(), "a lease was stolen");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Both sell under the same keys at once: one effect each, and the same answer from both.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_effect_per_key_whoever_is_asked() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    let databases = [Arc::clone(&shop.database), other];
    let mut running = tokio::task::JoinSet::new();
    for number in 0..200_i64 {
        for database in &databases {
            let database = Arc::clone(database);
            // The same sale: the second one meets its primary key if its process did not see the first one's record.
            let idempotency = Some(key(&format!("k{number}"), b"f"));
            let buy = Batch { idempotency, ..batch(vec![sale(number, 100), total(100), read_total()]) };
            running.spawn(async move { (number, database.execute(buy).await) });
        }
    }
    let mut answers: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for (number, done) in running.join_all().await {
        answers.entry(number).or_default().push(done.unwrap());
    }
    for both in answers.values() {
        assert_eq!(both[0].outcomes, both[1].outcomes);
        assert_eq!(both.iter().filter(|one| one.replayed).count(), 1);
    }
    assert_eq!(shop.number("SELECT turnover FROM totals").await, 200 * 100);
}

/// The same, where no statement of the batch meets anything: only the record's own key tells the second one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_in_two_processes_has_one_effect() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    for id in 0..40 {
        let buy = || Batch { idempotency: Some(key(&format!("k{id}"), b"f")), ..batch(vec![total(1)]) };
        let (one, other) = tokio::join!(shop.database.execute(buy()), other.execute(buy()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.outcomes, other.outcomes);
        assert!(one.replayed != other.replayed, "both did it, or none");
    }
    assert_eq!(shop.number("SELECT sales FROM totals").await, 40);
}

/// Two processes, each with batches that lock two rows in opposite order, so that they meet deadlocks: all are done.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deadlocks_between_processes_are_not_the_functions_business() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    shop.database.execute(batch(vec![sale(1, 0), sale(2, 0)])).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for (database, order) in [(Arc::clone(&shop.database), [1, 2]), (other, [2, 1])] {
        running.spawn(async move {
            for _ in 0..40 {
                let raise = |id: i64| {
                    crate::shop::guarded(
                        "UPDATE sales SET gross = gross + 1 WHERE id = $1",
                        vec![kontor_data::Value::Integer(id)],
                        1,
                    )
                };
                database.execute(batch(order.map(raise).to_vec())).await.unwrap();
            }
        });
    }
    running.join_all().await;
    assert_eq!(shop.number("SELECT CAST(sum(gross) AS bigint) FROM sales").await, 160);
}

/// Both sell and both deliver: per customer, every event comes once and in order, and numbers rise in the order of commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_deliver_each_event_once_and_in_order() {
    let shop = Shop::open().await;
    let (_engine, other) = second(&shop).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let databases = [Arc::clone(&shop.database), other];
    let mut running = tokio::task::JoinSet::new();
    for (number, database) in databases.iter().enumerate() {
        let database = Arc::clone(database);
        running.spawn(async move {
            for round in 0..60 {
                publish(database.as_ref(), &[&format!("k{}", (round + number) % 7), "hot"]).await;
            }
        });
    }
    let seen = Arc::new(parking_lot::Mutex::new(BTreeMap::<String, Vec<u64>>::new()));
    for database in &databases {
        let (database, seen) = (Arc::clone(database), Arc::clone(&seen));
        running.spawn(async move {
            while seen.lock().values().map(Vec::len).sum::<usize>() < 2 * 60 * 2 {
                let leased = database.lease("invoices", 16, LONG).await.unwrap();
                let ids: Vec<u64> = leased.iter().map(|event| event.id).collect();
                for event in leased {
                    seen.lock().entry(event.key).or_default().push(event.id);
                }
                database.acknowledge("invoices", ids).await.unwrap();
            }
        });
    }
    running.join_all().await;
    for (key, ids) in seen.lock().iter() {
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{key}: {ids:?}");
    }
    assert_eq!(shop.database.lease("invoices", 16, LONG).await.unwrap(), []);
}

#[tokio::test]
async fn one_migrates_and_the_other_waits() {
    let home = Home::make().await;
    let engines = [home.engine(), home.engine(), home.engine()];
    let opened = futures_util::future::join_all(
        engines.iter().map(|engine| engine.open("shop", Some(needs()), Limits::default())),
    );
    for (number, database) in (1..).zip(opened.await) {
        database.unwrap().execute(batch(vec![sale(number, 1)])).await.unwrap();
    }
}

#[tokio::test]
async fn no_server_is_said_in_one_line_and_nothing_waits() {
    let home = Home { url: "postgres://kontor:secret@127.0.0.1:1/shop".into() };
    let Err(error) = home.engine().open("shop", None, Limits::default()).await else { panic!("there is no server") };
    let text = error.to_string();
    assert!(text.contains("127.0.0.1:1/shop") && !text.contains("secret") && !text.contains('\n'), "{text}");
    let mut wrong: tokio_postgres::Config = Home::make().await.url.parse().unwrap();
    wrong.password("wrong");
    let (host, port) = ("127.0.0.1", wrong.get_ports()[0]);
    let home = Home { url: format!("postgres://kontor:wrong@{host}:{port}/shop") };
    let Err(error) = home.engine().open("shop", None, Limits::default()).await else { panic!("the password is wrong") };
    assert!(error.to_string().contains("the password is wrong"), "{error}");
    let shop = Shop::open().await;
    shop.database.close().await;
    assert!(matches!(shop.database.execute(batch(vec![sale(1, 1)])).await, Err(SqlError::Unavailable(_))));
}

/// Processes start while others sell and deliver: neither is in the other's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opening_disturbs_nobody_who_writes() {
    let shop = Shop::open().await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut running = tokio::task::JoinSet::new();
    for till in 0..4_i64 {
        let (database, stop) = (Arc::clone(&shop.database), Arc::clone(&stop));
        running.spawn(async move {
            for round in 0.. {
                if stop.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let (id, key) = (till * 100_000 + round, key(&format!("{till}-{round}"), b"f"));
                // With and without events, so that the host's tables are met in every order.
                let events = if round % 2 == 0 { vec![event("sale.made", "anna")] } else { vec![] };
                let buy = Batch { idempotency: Some(key), events, ..batch(vec![sale(id, 1)]) };
                database.execute(buy).await.unwrap();
                let leased = database.lease("invoices", 4, LONG).await.unwrap();
                database.acknowledge("invoices", leased.iter().map(|event| event.id).collect()).await.unwrap();
            }
        });
    }
    for _ in 0..12 {
        let (_engine, other) = second(&shop).await;
        other.execute(batch(vec![total(1)])).await.unwrap();
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    running.join_all().await;
    assert_eq!(shop.number("SELECT turnover FROM totals").await, 12);
}
