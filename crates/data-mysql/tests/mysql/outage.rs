//! The network is cut, the server is killed or hangs: nothing acknowledged is lost, nothing is doubled, and it goes on by
//! itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_data::{Batch, Health, Limits, SqlError, Value};
use kontor_data_conformance::{
    proxy::{Line, Proxy},
    shop::{batch, event, key, read_total, sale, total},
};
use mysql_async::prelude::Queryable as _;

use crate::server::{Home, mortal};

/// The batch has no key, so only the id that its group wrote can tell: it is neither run twice nor given up.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_the_commit_is_decided() {
    let home = Home::make();
    let proxy = Proxy::start(home.address()).await;
    let shop = home.shop_at(proxy.address(), Limits::default()).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let mut admin = home.admin().await;
    for id in 1..=3 {
        let buy = Batch { events: vec![event("sale.made", "anna")], ..batch(vec![sale(id, 100), total(100)]) };
        // A query whose text begins so; READ COMMITTED stands elsewhere.
        proxy.cut_the_answer_to(b"\x03COMMIT");
        let mends = async {
            while admin.query_first::<i64, _>("SELECT COUNT(*) FROM sales").await.unwrap() != Some(id) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            proxy.set(Line::Open);
        };
        let (done, ()) = tokio::join!(shop.database.execute(buy), mends);
        assert_eq!(done.unwrap().outcomes.len(), 2);
        let rows = shop.database.query(read_total()).await.unwrap().rows;
        assert_eq!(rows, [[Value::Integer(id), Value::Integer(id * 100)]]);
    }
    assert_eq!(admin.query_first::<i64, _>("SELECT COUNT(*) FROM kontor_outbox").await.unwrap(), Some(3));
}

/// Tills that repeat under their key until they hear that it is done.
async fn till(
    database: Arc<dyn kontor_data::Database>,
    stop: Arc<AtomicBool>,
    broken: Arc<AtomicI64>,
    number: i64,
) -> i64 {
    let mut sold = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = number * 1_000_000 + sold;
        let buy = Batch { idempotency: Some(key(&id.to_string(), b"f")), ..batch(vec![sale(id, 100), total(100)]) };
        while let Err(error) = database.execute(buy.clone()).await {
            assert!(matches!(error, SqlError::Unavailable(_) | SqlError::Busy(_)), "{error:?}");
            broken.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sold += 1;
    }
    sold
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let Some(server) = mortal() else { return };
    let home = Home::on(&server);
    let shop = home.shop(Limits::default()).await;
    let (stop, broken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let tills: Vec<_> = (1..=8)
        .map(|number| tokio::spawn(till(Arc::clone(&shop.database), Arc::clone(&stop), Arc::clone(&broken), number)))
        .collect();
    for _ in 0..3 {
        let before = broken.load(Ordering::Relaxed);
        server.kill();
        while broken.load(Ordering::Relaxed) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::task::block_in_place(|| server.start_again()).unwrap();
        let started = Instant::now();
        while shop.database.query(read_total()).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "it does not come back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut sold = 0;
    for till in tills {
        sold += till.await.unwrap();
    }
    assert_eq!((shop.sales().await, shop.number("SELECT turnover FROM totals").await), (sold, sold * 100));
    assert_eq!(shop.database.health(), Health::Ok);
}

/// It stays connected and says nothing: everybody is told within the deadline, and then it works again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_unavailable_and_then_works_again() {
    let Some(server) = mortal() else { return };
    let home = Home::on(&server);
    let shop = home.shop(Limits { statement_time_max: Duration::from_millis(500), ..Limits::default() }).await;
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    server.freeze();
    let told = tokio::time::timeout(Duration::from_secs(20), shop.database.execute(batch(vec![sale(2, 1)]))).await;
    assert!(matches!(told, Ok(Err(SqlError::Unavailable(_)))), "{told:?}");
    server.go_on();
    let started = Instant::now();
    while let Err(error) = shop.database.execute(batch(vec![sale(3, 1)])).await {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come back: {error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
