//! Limits that this engine keeps in a way of its own.

use std::time::Duration;

use kontor_data::{Health, Limits, SqlError, Value};

use crate::shop::{Shop, batch, write};

#[tokio::test]
async fn a_query_past_its_first_budget_still_answers() {
    let shop = Shop::open().await;
    let text =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n";
    assert_eq!(shop.number(text).await, 100_000);
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
