//! Everything has a limit, and goes on after it.

use std::{sync::Arc, time::Duration};

use kontor_data::{Health, Limits, SqlError, Value, ValueType};

use crate::shop::{Shop, batch, sale, select, write};

const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[tokio::test]
async fn an_endless_query_ends_and_the_connection_lives() {
    let shop = Shop::with(Limits { statement_time_max: Duration::from_millis(50), ..Limits::default() }).await;
    let asked = select(ENDLESS, vec![], &[ValueType::Integer]);
    let error = shop.database.query(asked.clone()).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    let error = shop.database.execute(batch(vec![sale(1, 1), asked])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    shop.database.execute(batch(vec![sale(2, 1)])).await.unwrap();
    assert_eq!(shop.sales().await, 1);
}

#[tokio::test]
async fn neighbours_of_an_endless_batch_are_done() {
    let shop =
        Arc::new(Shop::with(Limits { statement_time_max: Duration::from_millis(50), ..Limits::default() }).await);
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

#[tokio::test]
async fn a_query_past_its_first_budget_still_answers() {
    let shop = Shop::open().await;
    let text =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n";
    assert_eq!(shop.number(text).await, 100_000);
}

#[tokio::test]
async fn too_much_is_named() {
    let limits = Limits {
        rows_max: 3,
        result_size_max_bytes: 100,
        batch_statements_max: 4,
        batch_size_max_bytes: 200,
        ..Limits::default()
    };
    let shop = Shop::with(limits).await;
    for id in 1..=4 {
        shop.database.execute(batch(vec![sale(id, 1)])).await.unwrap();
    }
    let rows = select("SELECT id FROM sales", vec![], &[ValueType::Integer]);
    let bytes = select("SELECT $1", vec![Value::Text("x".repeat(150))], &[ValueType::Text]);
    for asked in [rows, bytes] {
        let error = shop.database.query(asked).await.unwrap_err();
        assert!(matches!(error, SqlError::TooLarge(_)), "{error:?}");
    }
    let many = batch((10..15).map(|id| sale(id, 1)).collect());
    let large = batch(vec![write("UPDATE sales SET license = $1", vec![Value::Text("x".repeat(300))])]);
    for asked in [many, large] {
        let error = shop.database.execute(asked).await.unwrap_err();
        assert!(matches!(error, SqlError::TooLarge(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_full_queue_is_busy() {
    let shop = Shop::with(Limits { queue_max: 0, ..Limits::default() }).await;
    let error = shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
}

/// The server knows no limit for one function; Kontor looks every few seconds. Deleting goes on, and room comes back when
/// the server has swept up behind it, which it does by itself now and then.
#[tokio::test]
async fn a_database_as_large_as_it_may_be_reads_and_deletes_and_then_writes_again() {
    let shop = Shop::with(Limits { database_size_max_bytes: 2 << 20, ..Limits::default() }).await;
    let add = "INSERT INTO everything (id, raw) VALUES ($1, $2)";
    let row = |number: u64| {
        // Not to be compressed away.
        let bytes =
            (0..20_000_u64).map(|place| (place.wrapping_mul(number + 7).wrapping_mul(2_654_435_761) >> 13) as u8);
        vec![Value::Uuid(format!("00000000-0000-0000-0000-{number:012}")), Value::Bytes(bytes.collect())]
    };
    let mut stored = 0;
    let error = loop {
        match shop.database.execute(batch(vec![write(add, row(stored))])).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100_000, "the limit does not hold");
    };
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    assert!(matches!(shop.database.health(), Health::ReadOnly(_)));
    assert_eq!(shop.number("SELECT count(*) FROM everything").await as u64, stored);
    shop.database.execute(batch(vec![write("DELETE FROM everything", vec![])])).await.unwrap();
    let client = shop.home.client().await;
    let started = std::time::Instant::now();
    while shop.database.execute(batch(vec![write(add, row(stored))])).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "there is room again, and nobody sees it");
        client.batch_execute("VACUUM FULL fn_shop.everything").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(shop.database.health(), Health::Ok);
}
