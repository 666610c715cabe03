//! Everything has a limit, and goes on after it.

use std::{sync::Arc, time::Duration};

use kontor_data::{Batch, Engine, Limits, SqlError, Value, ValueType};

use crate::{
    Stand,
    shop::{Shop, batch, event, key, sale, select, write},
};

const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

fn impatient() -> Limits {
    Limits { statement_time_max: Duration::from_millis(200), ..Limits::default() }
}

pub async fn an_endless_query_ends_and_the_database_goes_on(stand: &Stand<dyn Engine>) {
    let shop = Shop::with(stand, impatient()).await;
    let asked = select(ENDLESS, vec![], &[ValueType::Integer]);
    let error = shop.database.query(asked.clone()).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    let error = shop.database.execute(batch(vec![sale(1, 1), asked])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    shop.database.execute(batch(vec![sale(2, 1)])).await.unwrap();
    assert_eq!(shop.sales().await, 1);
}

pub async fn neighbours_of_an_endless_batch_are_done(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::with(stand, impatient()).await);
    let mut all = Vec::new();
    for id in 0..20 {
        let shop = Arc::clone(&shop);
        all.push(tokio::spawn(async move {
            let last = if id == 10 { select(ENDLESS, vec![], &[ValueType::Integer]) } else { sale(1_000 + id, 1) };
            shop.database.execute(batch(vec![sale(id, 1), last])).await.is_ok()
        }));
    }
    let mut done = 0;
    for one in all {
        done += i64::from(one.await.unwrap());
    }
    assert_eq!((done, shop.sales().await), (19, 38));
}

/// Just within every limit is taken, just past it is `too-large`.
pub async fn too_much_is_named(stand: &Stand<dyn Engine>) {
    let limits = Limits {
        rows_max: 3,
        result_size_max_bytes: 100,
        batch_statements_max: 4,
        batch_size_max_bytes: 200,
        statement_size_max_bytes: 150,
        batch_events_max: 2,
        event_size_max_bytes: 30,
        ..Limits::default()
    };
    let shop = Shop::with(stand, limits).await;
    let database = &shop.database;
    database.execute(batch((1..=4).map(|id| sale(id, 1)).collect())).await.unwrap();
    let rows =
        |most: i64| select("SELECT id FROM sales WHERE id <= $1", vec![Value::Integer(most)], &[ValueType::Integer]);
    let words = |length: usize| {
        vec![Value::Uuid(format!("{length:08}-0000-0000-0000-000000000000")), Value::Text("x".repeat(length))]
    };
    let add = |length| write("INSERT INTO everything (id, words) VALUES ($1, $2)", words(length));
    let large = select("SELECT words, words FROM everything", vec![], &[ValueType::Text, ValueType::Text]);
    let long = |length: usize| {
        let text = "SELECT id FROM sales WHERE id = 1";
        select(&format!("{text}{}", " ".repeat(length - text.len())), vec![], &[ValueType::Integer])
    };
    assert_eq!(database.query(rows(3)).await.unwrap().rows.len(), 3);
    database.query(long(150)).await.unwrap();
    database.execute(batch(vec![add(50)])).await.unwrap();
    database.query(large.clone()).await.unwrap();
    database
        .execute(batch(vec![write("UPDATE everything SET words = $1", vec![Value::Text("x".repeat(51))])]))
        .await
        .unwrap();
    for asked in [rows(4), large, long(151)] {
        let error = database.query(asked.clone()).await.unwrap_err();
        assert!(matches!(error, SqlError::TooLarge(_)), "{asked:?}: {error:?}");
        let error = database.execute(batch(vec![sale(9, 1), asked.clone()])).await.unwrap_err();
        assert!(matches!(error, SqlError::TooLarge(_)), "{asked:?}: {error:?}");
    }
    let events = |count: usize, payload: &str| Batch {
        events: vec![kontor_data::NewEvent { payload: payload.into(), ..event("sale.made", "a") }; count],
        ..Batch::default()
    };
    database.execute(events(2, "1")).await.unwrap();
    for asked in [
        batch((10..15).map(|id| sale(id, 1)).collect()),
        batch(vec![add(200)]),
        events(3, "1"),
        events(1, &format!("\"{}\"", "x".repeat(29))),
        Batch { idempotency: Some(key(&"k".repeat(256), b"f")), ..batch(vec![sale(9, 1)]) },
    ] {
        let error = database.execute(asked.clone()).await.unwrap_err();
        assert!(matches!(error, SqlError::TooLarge(_)), "{asked:?}: {error:?}");
    }
    assert_eq!(shop.sales().await, 4);
}

pub async fn a_full_queue_is_busy(stand: &Stand<dyn Engine>) {
    let shop = Shop::with(stand, Limits { queue_max: 0, ..Limits::default() }).await;
    let error = shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    assert_eq!(shop.sales().await, 0);
}
