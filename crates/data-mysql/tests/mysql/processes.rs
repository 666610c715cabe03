//! Several processes on one database.

use std::{sync::Arc, time::Duration};

use kontor_data::{Batch, Limits, SqlError, Value};
use kontor_data_conformance::shop::{batch, event, guarded, key, sale, total};
use mysql_async::prelude::Queryable as _;

use crate::server::Home;

/// Two processes take two rows in opposite orders: the server ends one of two that wait for each other, and that one is tried
/// again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deadlocks_are_tried_again() {
    let home = Home::make();
    let first = home.shop(Limits::default()).await;
    first.database.execute(batch(vec![sale(1, 0), sale(2, 0)])).await.unwrap();
    let raise = |id: i64| guarded("UPDATE sales SET gross = gross + 1 WHERE id = $1", vec![Value::Integer(id)], 1);
    let second = home.shop(Limits::default()).await;
    let turns = |shop: Arc<dyn kontor_data::Database>, ids: [i64; 2]| {
        tokio::spawn(async move {
            for _ in 0..150 {
                shop.execute(batch(ids.map(raise).into())).await.unwrap();
            }
        })
    };
    let both = [turns(first.database.clone(), [1, 2]), turns(second.database.clone(), [2, 1])];
    for one in both {
        one.await.unwrap();
    }
    assert_eq!(first.number("SELECT sum(gross) FROM sales").await, 600);
}

/// The same key in two processes at the same time: the second one's record meets the first one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_in_two_processes_has_one_effect() {
    let home = Home::make();
    let (first, second) = (home.shop(Limits::default()).await, home.shop(Limits::default()).await);
    for id in 0..40 {
        let buy = || Batch { idempotency: Some(key(&format!("k{id}"), b"f")), ..batch(vec![total(1)]) };
        let (one, other) = tokio::join!(first.database.execute(buy()), second.database.execute(buy()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.outcomes, other.outcomes);
        assert!(one.replayed != other.replayed, "both did it, or none");
    }
    assert_eq!(first.number("SELECT sales FROM totals").await, 40);
}

/// What another process is just leasing is passed over, and nobody waits for it.
#[tokio::test]
async fn a_lease_passes_over_what_another_one_takes() {
    let home = Home::make();
    let shop = home.shop(Limits { statement_time_max: Duration::from_secs(3), ..Limits::default() }).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let events = ["a", "b", "c"].map(|key| event("sale.made", key)).into();
    shop.database.execute(Batch { events, ..Batch::default() }).await.unwrap();
    let mut admin = home.admin().await;
    admin.query_drop("BEGIN").await.unwrap();
    admin.query_drop("SELECT * FROM kontor_outbox WHERE event_key = 'a' FOR UPDATE").await.unwrap();
    let leased = shop.database.lease("invoices", 10, Duration::from_secs(60)).await.unwrap();
    assert_eq!(leased.iter().map(|event| event.key.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    admin.query_drop("ROLLBACK").await.unwrap();
    assert_eq!(shop.database.lease("invoices", 10, Duration::from_secs(60)).await.unwrap().len(), 1);
}

/// Two processes sell and deliver side by side: every event goes to one of them, once, and the counts are right.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_share_the_deliveries() {
    let home = Home::make();
    let shops = [home.shop(Limits::default()).await, home.shop(Limits::default()).await];
    shops[0].database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let each = shops.iter().enumerate().map(|(number, shop)| {
        let database = Arc::clone(&shop.database);
        tokio::spawn(async move {
            for round in 0..50 {
                let id = i64::try_from(number * 1_000 + round).unwrap();
                let events = vec![event("sale.made", &format!("k{}", round % 7))];
                database.execute(Batch { events, ..batch(vec![sale(id, 1)]) }).await.unwrap();
            }
            let mut seen: Vec<u64> = Vec::new();
            let mut empty = 0;
            while empty < 200 {
                let leased = database.lease("invoices", 5, Duration::from_secs(60)).await.unwrap();
                empty = if leased.is_empty() { empty + 1 } else { 0 };
                let ids: Vec<u64> = leased.iter().map(|event| event.id).collect();
                seen.extend(&ids);
                database.acknowledge("invoices", ids).await.unwrap();
            }
            seen
        })
    });
    let mut seen: Vec<u64> = Vec::new();
    for one in each.collect::<Vec<_>>() {
        seen.extend(one.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
    let mut admin = home.admin().await;
    let counts: Option<(i64, i64, i64)> =
        admin.query_first("SELECT event_count, byte_count, dead_count FROM kontor_outbox_state").await.unwrap();
    assert_eq!(counts, Some((0, 0, 0)));
}

/// The server knows no limit for one function; Kontor looks every few seconds.
#[tokio::test]
async fn a_database_as_large_as_it_may_be_reads_and_deletes_and_then_writes_again() {
    let home = Home::make();
    let shop = home.shop(Limits { database_size_max_bytes: 4 << 20, ..Limits::default() }).await;
    let row = |number: u64| {
        let given = vec![Value::Uuid(format!("00000000-0000-0000-0000-{number:012}")), Value::Bytes(vec![7; 50_000])];
        batch(vec![kontor_data_conformance::shop::write("INSERT INTO everything (id, raw) VALUES ($1, $2)", given)])
    };
    let mut stored = 0;
    let error = loop {
        match shop.database.execute(row(stored)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 20_000, "the limit does not hold");
    };
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    let delete = kontor_data_conformance::shop::write("DELETE FROM everything", vec![]);
    shop.database.execute(batch(vec![delete])).await.unwrap();
    let mut admin = home.admin().await;
    let started = std::time::Instant::now();
    while shop.database.execute(row(stored)).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "there is room again, and nobody sees it");
        admin.query_drop("OPTIMIZE TABLE everything").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
