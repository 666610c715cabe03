//! One effect per key, and the same answer each time.

use std::sync::Arc;

use kontor_data::{Batch, Engine, Idempotency, Limits, SqlError};

use crate::server::Home;
use crate::shop::{Shop, batch, key, needs, read_total, sale, total};

fn buy(id: i64, idempotency: Idempotency) -> Batch {
    Batch { idempotency: Some(idempotency), ..batch(vec![sale(id, 100), total(100), read_total()]) }
}

#[tokio::test]
async fn a_repeat_gets_the_stored_outcome() {
    let shop = Shop::open().await;
    let first = shop.database.execute(buy(1, key("k", b"f"))).await.unwrap();
    shop.database.execute(batch(vec![sale(9, 1), total(1)])).await.unwrap();
    let again = shop.database.execute(buy(2, key("k", b"f"))).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.outcomes, again.outcomes);
    assert_eq!(shop.sales().await, 2);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let shop = Shop::open().await;
    shop.database.execute(buy(1, key("k", b"f"))).await.unwrap();
    assert_eq!(shop.database.execute(buy(2, key("k", b"g"))).await.unwrap_err(), SqlError::KeyReused);
    assert_eq!(shop.sales().await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_operation_and_caller() {
    let shop = Shop::open().await;
    let by = |operation: &str, caller: &str| Idempotency {
        operation: operation.into(),
        caller: caller.into(),
        ..key("k", b"f")
    };
    for (id, idempotency) in [(1, by("buy", "anna")), (2, by("buy", "bert")), (3, by("give", "anna"))] {
        assert!(!shop.database.execute(buy(id, idempotency)).await.unwrap().replayed);
    }
    assert_eq!(shop.sales().await, 3);
}

#[tokio::test]
async fn a_failed_batch_leaves_its_key_free() {
    let shop = Shop::open().await;
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    shop.database.execute(buy(1, key("k", b"f"))).await.unwrap_err();
    assert!(!shop.database.execute(buy(2, key("k", b"f"))).await.unwrap().replayed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_duplicates_at_once_have_one_effect() {
    let shop = Arc::new(Shop::open().await);
    let mut all = Vec::new();
    for id in 0..100 {
        let shop = Arc::clone(&shop);
        all.push(tokio::spawn(async move { shop.database.execute(buy(id, key("k", b"f"))).await.unwrap() }));
    }
    let (mut first, mut outcomes) = (0, Vec::new());
    for one in all {
        let done = one.await.unwrap();
        first += usize::from(!done.replayed);
        outcomes.push(done.outcomes);
    }
    assert_eq!((first, shop.sales().await), (1, 1));
    assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_repeat_after_a_restart_is_still_one() {
    let home = Home::make().await;
    for round in 0..2 {
        let engine = home.engine();
        let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
        let done = database.execute(buy(round, key("k", b"f"))).await.unwrap();
        assert_eq!(done.replayed, round == 1);
        database.close().await;
    }
}
