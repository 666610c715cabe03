//! All of a batch or nothing of it, whoever else shares its commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_data::{Engine, SqlError, Value};

use crate::{
    Stand,
    shop::{Shop, batch, guarded, read_total, receipt, sale, total},
};

pub async fn a_later_statement_reads_what_earlier_ones_wrote(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let done = shop.database.execute(batch(vec![sale(1, 4900), total(4900), read_total()])).await.unwrap();
    assert_eq!(done.outcomes[0].rows_affected, 1);
    assert_eq!(done.outcomes[2].rows, vec![vec![Value::Integer(1), Value::Integer(4900)]]);
    assert_eq!(done.outcomes[2].rows_affected, 1);
    assert!(!done.replayed);
}

pub async fn a_query_sees_every_commit_acknowledged_before(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    for id in 1..=200 {
        shop.database.execute(batch(vec![sale(id, 1)])).await.unwrap();
        assert_eq!(shop.sales().await, id);
    }
}

pub async fn a_guard_that_finds_other_rows_undoes_the_batch(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let missing = guarded("UPDATE totals SET sales = 9 WHERE id = $1", vec![Value::Integer(7)], 1);
    let error = shop.database.execute(batch(vec![sale(1, 1), missing])).await.unwrap_err();
    assert_eq!(error, SqlError::Guard { statement: 1, expected: 1, found: 0 });
    assert_eq!(shop.sales().await, 0);
    let query = kontor_data::Statement { expect_rows: Some(2), ..read_total() };
    let error = shop.database.execute(batch(vec![sale(1, 1), query.clone()])).await.unwrap_err();
    assert_eq!(error, SqlError::Guard { statement: 1, expected: 2, found: 1 });
    assert_eq!(shop.sales().await, 0);
    let error = shop.database.query(query).await.unwrap_err();
    assert_eq!(error, SqlError::Guard { statement: 0, expected: 2, found: 1 });
}

/// MySQL counts rows that changed unless it is told otherwise.
pub async fn a_guard_counts_rows_that_stayed_as_they_were(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    for _ in 0..2 {
        let same = guarded("UPDATE totals SET sales = 5 WHERE id = $1", vec![Value::Integer(1)], 1);
        let done = shop.database.execute(batch(vec![same])).await.unwrap();
        assert_eq!(done.outcomes[0].rows_affected, 1);
    }
}

pub async fn a_broken_key_is_named_as_in_the_migration(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    shop.database.execute(batch(vec![sale(1, 1), receipt("RE", 1, "a")])).await.unwrap();
    for (statement, constraint) in [
        (sale(1, 2), "sales_pkey"),
        (receipt("RE", 1, "b"), "receipts_pkey"),
        (receipt("RE", 2, "a"), "receipts_source"),
    ] {
        let error = shop.database.execute(batch(vec![sale(2, 1), statement])).await.unwrap_err();
        assert_eq!(error, SqlError::Conflict { statement: 1, constraint: constraint.into() });
    }
    assert_eq!(shop.sales().await, 1);
}

/// Sixty-four tills sell at once; every third purchase fails in the middle. The total is what was sold.
pub async fn sixty_four_writers_leave_no_half_batch(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
    let tills = (0..64_i64).map(|till| {
        let shop = Arc::clone(&shop);
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
                        assert_eq!(error, SqlError::Conflict { statement: 2, constraint: "sales_pkey".into() });
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

/// Sixty-four buyers want three seats each of a hundred: the counter and its guard decide.
pub async fn a_seat_is_sold_once_however_many_want_it(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
    let buyers = (0..64_i64).map(|buyer| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            let mut got = 0;
            for round in 0..3 {
                let take = "UPDATE totals SET sales = sales + 1 WHERE id = 1 AND sales < $1";
                let seat = guarded(take, vec![Value::Integer(100)], 1);
                match shop.database.execute(batch(vec![sale(buyer * 10 + round, 1), seat])).await {
                    Ok(_) => got += 1,
                    Err(error) => assert_eq!(error, SqlError::Guard { statement: 1, expected: 1, found: 0 }),
                }
            }
            got
        })
    });
    let mut got = 0;
    for buyer in buyers.collect::<Vec<_>>() {
        got += buyer.await.unwrap();
    }
    assert_eq!((got, shop.sales().await, shop.number("SELECT sales FROM totals").await), (100, 100, 100));
}

/// How often a neighbour tells that it was not stopped, before somebody believes that it was.
const TRIES: usize = 3;

/// While sixty-four writers lose the same key over and over, others get at least a tenth of what they get alone.
pub async fn a_hot_losing_key_does_not_stop_its_neighbours(stand: &Stand<dyn Engine>) {
    let shop = Arc::new(Shop::open(stand).await);
    shop.database.execute(batch(vec![receipt("RE", 1, "sold out")])).await.unwrap();
    let next = Arc::new(AtomicU64::new(1));
    for left in (0..TRIES).rev() {
        let alone = neighbours(&shop, &next).await;
        let stop = Arc::new(AtomicBool::new(false));
        let lost = Arc::new(AtomicU64::new(0));
        let losers: Vec<_> =
            (0..64).map(|_| tokio::spawn(lose(Arc::clone(&shop), Arc::clone(&stop), Arc::clone(&lost)))).collect();
        while lost.load(Ordering::Relaxed) < 64 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let beside = neighbours(&shop, &next).await;
        stop.store(true, Ordering::Relaxed);
        for loser in losers {
            loser.await.unwrap();
        }
        if beside < alone * 10 {
            return;
        }
        println!("{alone:?} alone, {beside:?} beside a hot key; {left} tries left");
    }
    panic!("a hot losing key slows its neighbours to less than a tenth");
}

async fn lose(shop: Arc<Shop>, stop: Arc<AtomicBool>, lost: Arc<AtomicU64>) {
    while !stop.load(Ordering::Relaxed) {
        let error = shop.database.execute(batch(vec![receipt("RE", 1, "mine")])).await.unwrap_err();
        assert_eq!(error, SqlError::Conflict { statement: 0, constraint: "receipts_pkey".into() });
        lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long sixty-four neighbours take for ten sales each.
async fn neighbours(shop: &Arc<Shop>, next: &Arc<AtomicU64>) -> Duration {
    let started = Instant::now();
    let all: Vec<_> = (0..64)
        .map(|_| {
            let (shop, next) = (Arc::clone(shop), Arc::clone(next));
            tokio::spawn(async move {
                for _ in 0..10 {
                    let id = i64::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    shop.database.execute(batch(vec![sale(id, 1)])).await.unwrap();
                }
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    started.elapsed()
}
