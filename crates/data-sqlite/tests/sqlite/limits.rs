//! Limits of the file, and of queries that run where they are asked for.

use kontor_data::{Health, Limits, SqlError, Value};

use crate::shop::{self, batch, write};

#[tokio::test]
async fn a_query_past_its_first_budget_still_answers() {
    let shop = shop::open().await;
    let text =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n";
    assert_eq!(shop.number(text).await, 100_000);
}

#[tokio::test]
async fn a_full_database_reads_and_writes_again_when_there_is_room() {
    let shop = shop::with(Limits { database_size_max_bytes: 400 << 10, ..Limits::default() }).await;
    let add = "INSERT INTO everything (id, words) VALUES ($1, $2)";
    let row = |number: u64| {
        vec![Value::Uuid(format!("00000000-0000-0000-0000-{number:012}")), Value::Text("x".repeat(20_000))]
    };
    let mut stored = 0;
    let error = loop {
        match shop.database.execute(batch(vec![write(add, row(stored))])).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1_000, "the limit does not hold");
    };
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    assert!(matches!(shop.database.health(), Health::ReadOnly(_)));
    assert_eq!(shop.number("SELECT count(*) FROM everything").await as u64, stored);
    shop.database.execute(batch(vec![write("DELETE FROM everything", vec![])])).await.unwrap();
    assert_eq!(shop.database.health(), Health::Ok);
    shop.database.execute(batch(vec![write(add, row(stored))])).await.unwrap();
}
