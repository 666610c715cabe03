//! One effect per key, and the same answer each time.

use std::sync::Arc;

use kontor_data::{Batch, Engine, Idempotency, SqlError};

use crate::{
    Stand,
    random::Random,
    shop::{Shop, batch, key, read_total, sale, total},
};

fn buy(id: i64, idempotency: Idempotency) -> Batch {
    Batch { idempotency: Some(idempotency), ..batch(vec![sale(id, 100), total(100), read_total()]) }
}

pub async fn a_repeat_gets_the_stored_outcome(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let first = shop.database.execute(buy(1, key("k", b"f"))).await.unwrap();
    shop.database.execute(batch(vec![sale(9, 1), total(1)])).await.unwrap();
    let again = shop.database.execute(buy(2, key("k", b"f"))).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.outcomes, again.outcomes);
    assert_eq!(shop.sales().await, 2);
}

pub async fn another_body_under_the_same_key_is_refused(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    shop.database.execute(buy(1, key("k", b"f"))).await.unwrap();
    assert_eq!(shop.database.execute(buy(2, key("k", b"g"))).await.unwrap_err(), SqlError::KeyReused);
    assert_eq!(shop.sales().await, 1);
}

pub async fn a_key_belongs_to_its_operation_and_caller(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let by = |operation: &str, caller: &str, word: &str| Idempotency {
        operation: operation.into(),
        caller: caller.into(),
        ..key(word, b"f")
    };
    let all = [
        by("buy", "anna", "k"),
        by("buy", "bert", "k"),
        by("give", "anna", "k"),
        by("buy", "anna", "K"),
        by("buy", "anna", "k "),
        by("buy", "annak", ""),
    ];
    for (id, idempotency) in (1..).zip(all.iter().filter(|idempotency| !idempotency.key.is_empty())) {
        assert!(!shop.database.execute(buy(id, idempotency.clone())).await.unwrap().replayed, "{idempotency:?}");
    }
    assert_eq!(shop.sales().await, 5);
    let empty = shop.database.execute(buy(9, all[5].clone())).await.unwrap_err();
    assert!(matches!(empty, SqlError::Invalid(_)), "{empty:?}");
}

pub async fn a_failed_batch_leaves_its_key_free(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    shop.database.execute(buy(1, key("k", b"f"))).await.unwrap_err();
    assert!(!shop.database.execute(buy(2, key("k", b"f"))).await.unwrap().replayed);
}

pub async fn a_hundred_duplicates_at_once_have_one_effect(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
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
    assert_eq!(shop.database.execute(buy(200, key("k", b"f"))).await.unwrap().outcomes, outcomes[0]);
}

/// Clients hang up at any moment, and come again with the same key.
pub async fn a_batch_whose_answer_was_lost_is_safe_to_repeat(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
    let mut random = Random::seeded();
    let (mut replayed, mut fresh) = (0, 0);
    for id in 0..200_i64 {
        let word = format!("k{id}");
        let hung_up = {
            let (shop, batch) = (Arc::clone(&shop), buy(id, key(&word, b"f")));
            tokio::spawn(async move { shop.database.execute(batch).await })
        };
        for _ in 0..random.below(20) {
            tokio::task::yield_now().await;
        }
        hung_up.abort();
        let _ = hung_up.await;
        match shop.database.execute(buy(id, key(&word, b"f"))).await.unwrap().replayed {
            true => replayed += 1,
            false => fresh += 1,
        }
    }
    println!("{replayed} had been done, {fresh} had not");
    assert_eq!((shop.sales().await, shop.number("SELECT sales FROM totals").await), (200, 200));
}

pub async fn a_repeat_after_a_restart_is_still_one(stand: &Stand<dyn Engine>) {
    let mut shop = Shop::open(stand).await;
    let first = shop.database.execute(buy(1, key("k", b"f"))).await.unwrap();
    shop = shop.restart(stand).await;
    let again = shop.database.execute(buy(2, key("k", b"f"))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.outcomes, first.outcomes);
}
