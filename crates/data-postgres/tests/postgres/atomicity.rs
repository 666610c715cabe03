//! All of a batch or nothing of it, whoever else shares its commit.

use kontor_data::{Engine, Health, Limits, SqlError, Value};

use crate::server::Home;
use crate::shop::{Shop, batch, guarded, needs, read_total, receipt, sale, total};

#[tokio::test]
async fn a_later_statement_reads_what_earlier_ones_wrote() {
    let shop = Shop::open().await;
    let done = shop.database.execute(batch(vec![sale(1, 4900), total(4900), read_total()])).await.unwrap();
    assert_eq!(done.outcomes[0].rows_affected, 1);
    assert_eq!(done.outcomes[2].rows, vec![vec![Value::Integer(1), Value::Integer(4900)]]);
    assert_eq!(done.outcomes[2].rows_affected, 1);
    assert!(!done.replayed);
}

#[tokio::test]
async fn a_query_sees_every_commit_acknowledged_before() {
    let shop = Shop::open().await;
    for id in 1..=200 {
        shop.database.execute(batch(vec![sale(id, 1)])).await.unwrap();
        assert_eq!(shop.sales().await, id);
    }
}

#[tokio::test]
async fn a_guard_that_finds_other_rows_undoes_the_batch() {
    let shop = Shop::open().await;
    let missing = guarded("UPDATE totals SET sales = 9 WHERE id = $1", vec![Value::Integer(7)], 1);
    let error = shop.database.execute(batch(vec![sale(1, 1), missing])).await.unwrap_err();
    assert_eq!(error, SqlError::Guard { statement: 1, expected: 1, found: 0 });
    assert_eq!(shop.sales().await, 0);
}

#[tokio::test]
async fn a_broken_key_is_named_as_in_the_migration() {
    let shop = Shop::open().await;
    shop.database.execute(batch(vec![sale(1, 1), receipt("RE", 1, "a")])).await.unwrap();
    for (statement, constraint) in [
        (sale(1, 2), "sales_pkey"),
        (receipt("RE", 1, "b"), "receipts_pkey"),
        (receipt("RE", 2, "a"), "receipts_source"),
    ] {
        let error = shop.database.execute(batch(vec![statement])).await.unwrap_err();
        assert_eq!(error, SqlError::Conflict { statement: 0, constraint: constraint.into() });
    }
}

/// Sixty-four tills sell at once; every third purchase fails in the middle. The total is what was sold.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_writers_leave_no_half_batch() {
    let shop = std::sync::Arc::new(Shop::open().await);
    let tills = (0..64_i64).map(|till| {
        let shop = std::sync::Arc::clone(&shop);
        tokio::spawn(async move {
            let mut sold = 0;
            for round in 0..30 {
                let (id, broken) = (till * 1_000 + round, (till + round) % 3 == 0);
                let mut all = vec![sale(id, 100), total(100)];
                if broken {
                    all.push(sale(id, 100));
                }
                match shop.database.execute(batch(all)).await {
                    Ok(_) => sold += 1,
                    Err(error) => {
                        assert_eq!(error, SqlError::Conflict { statement: 2, constraint: "sales_pkey".into() })
                    }
                }
            }
            sold
        })
    });
    let mut sold = 0;
    for till in tills.collect::<Vec<_>>() {
        sold += till.await.unwrap();
    }
    assert_eq!(sold, 64 * 20);
    assert_eq!(shop.sales().await, sold);
    assert_eq!(shop.number("SELECT sales FROM totals").await, sold);
    assert_eq!(shop.number("SELECT turnover FROM totals").await, sold * 100);
}

#[tokio::test]
async fn reopening_finds_the_data() {
    let home = Home::make().await;
    {
        let engine = home.engine();
        let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
        database.execute(batch(vec![sale(1, 100), total(100)])).await.unwrap();
        database.close().await;
        let error = database.execute(batch(vec![sale(2, 100)])).await.unwrap_err();
        assert!(matches!(error, SqlError::Unavailable(_)), "{error}");
        assert_eq!(database.health(), Health::Ok);
    }
    let engine = home.engine();
    engine.reach().await.unwrap();
    assert_eq!(engine.existing().unwrap(), ["shop"]);
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    let rows = database.query(read_total()).await.unwrap().rows;
    assert_eq!(rows, vec![vec![Value::Integer(1), Value::Integer(100)]]);
}

#[tokio::test]
async fn a_function_reads_no_other_functions_tables() {
    let shop = Shop::open().await;
    let other = shop.engine.open("other", None, Limits::default()).await.unwrap();
    let error = other.query(read_total()).await.unwrap_err();
    assert!(matches!(error, SqlError::Invalid(_)), "{error}");
    assert!(shop.engine.open("kontor", None, Limits::default()).await.is_err());
    assert!(shop.engine.open("../shop", None, Limits::default()).await.is_err());
}
