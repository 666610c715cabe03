//! A slot that is sold out: exactly its capacity is sold, and the losers delay nobody for long.

use std::sync::Arc;

use kontor_data::{SqlError, Value};

use crate::shop::{Shop, batch, guarded, sale, total, write};

const CAPACITY: i64 = 10;

/// The slot's row is sale 1; its price is how many places are left.
fn take(id: i64) -> kontor_data::Batch {
    let place = guarded("UPDATE sales SET gross = gross - 1 WHERE id = $1 AND gross > 0", vec![Value::Integer(1)], 1);
    batch(vec![sale(id, 0), place])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slot_is_sold_as_often_as_it_has_places() {
    let shop = Arc::new(Shop::open().await);
    shop.database.execute(batch(vec![sale(1, CAPACITY)])).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for client in 0..50_i64 {
        let shop = Arc::clone(&shop);
        running.spawn(async move {
            let mut won = 0;
            for round in 0..20 {
                match shop.database.execute(take(1_000 + client * 100 + round)).await {
                    Ok(_) => won += 1,
                    Err(error) => assert_eq!(error, SqlError::Guard { statement: 1, expected: 1, found: 0 }),
                }
            }
            won
        });
    }
    let neighbour = Arc::clone(&shop);
    let sold = tokio::spawn(async move {
        for id in 0..200 {
            neighbour.database.execute(batch(vec![sale(500_000 + id, 1), total(1)])).await.unwrap();
        }
    });
    let won: i64 = running.join_all().await.into_iter().sum();
    sold.await.unwrap();
    assert_eq!((won, shop.number("SELECT gross FROM sales WHERE id = 1").await), (CAPACITY, 0));
    assert_eq!(shop.number("SELECT turnover FROM totals").await, 200);
    assert_eq!(shop.sales().await, 1 + CAPACITY + 200);
    // Places that are given back are sold again, also while the slot still counts as hot.
    shop.database.execute(batch(vec![write("UPDATE sales SET gross = 1 WHERE id = 1", vec![])])).await.unwrap();
    shop.database.execute(take(9_999)).await.unwrap();
}
