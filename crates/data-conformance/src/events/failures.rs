//! Events that fail, wait, and are given up; leases that end.

use std::time::Duration;

use kontor_data::Engine;

use super::{LONG, delivery::next_key, keys, lease, lease_soon, publish, shop_with_reader};
use crate::{Stand, shop::Shop};

pub async fn a_failed_event_waits_and_counts(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let database = shop.database.as_ref();
    publish(database, &["anna", "anna"]).await;
    let first = lease(database, 1).await;
    database.fail("invoices", first[0].id, "no paper".into(), LONG, false).await.unwrap();
    assert!(lease(database, 10).await.is_empty(), "a waiting event blocks its key");
    let failed = database.failed(10).await.unwrap();
    let one = &failed[0];
    assert_eq!((failed.len(), one.delivery.failed, one.dead, one.error.as_str()), (1, 1, false, "no paper"));
    assert_eq!(one.delivery.id, first[0].id);
    database.fail("invoices", first[0].id, "no ink".into(), Duration::ZERO, false).await.unwrap();
    let again = lease_soon(database, 10).await;
    assert_eq!((again[0].id, again[0].failed), (first[0].id, 2));
    database.acknowledge("invoices", vec![again[0].id]).await.unwrap();
    assert_eq!(keys(&lease(database, 10).await), ["anna"]);
    assert!(database.failed(10).await.unwrap().is_empty());
}

pub async fn a_dead_letter_blocks_its_key_alone_until_somebody_decides(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let database = shop.database.as_ref();
    publish(database, &["anna", "anna", "bert"]).await;
    let first = lease(database, 10).await;
    let dead = first[0].id;
    database.fail("invoices", dead, "broken".into(), Duration::ZERO, true).await.unwrap();
    assert!(lease(database, 10).await.is_empty());
    assert_eq!((database.backlog().dead, database.backlog().rows), (1, 3));
    publish(database, &["anna", "carl"]).await;
    assert_eq!(keys(&lease(database, 10).await), ["carl"]);

    assert!(!database.replay("invoices", first[1].id).await.unwrap());
    assert!(database.replay("invoices", dead).await.unwrap());
    let replayed = lease_soon(database, 10).await;
    assert_eq!((replayed.len(), replayed[0].id, replayed[0].failed), (1, dead, 0));
    database.fail("invoices", dead, "broken".into(), Duration::ZERO, true).await.unwrap();
    assert!(database.skip("invoices", dead).await.unwrap());
    assert!(!database.skip("invoices", dead).await.unwrap());
    assert_eq!(database.backlog().dead, 0);
    for _ in 0..2 {
        assert_eq!(next_key(&shop).await, "anna");
    }
}

pub async fn a_released_event_is_no_failed_try(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let database = shop.database.as_ref();
    publish(database, &["anna"]).await;
    let first = lease(database, 1).await;
    database.release("invoices", vec![first[0].id], Duration::ZERO).await.unwrap();
    let second = lease_soon(database, 1).await;
    assert_eq!((second[0].id, second[0].failed), (first[0].id, 0));
    assert!(database.failed(10).await.unwrap().is_empty());
    database.release("invoices", vec![first[0].id], LONG).await.unwrap();
    assert!(lease(database, 1).await.is_empty(), "it is not due yet");
}

pub async fn a_lease_runs_out(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let database = shop.database.as_ref();
    publish(database, &["anna"]).await;
    let first = database.lease("invoices", 1, Duration::from_millis(20)).await.unwrap();
    let second = lease_soon(database, 1).await;
    assert_eq!((second[0].id, second[0].failed), (first[0].id, 0));
}

/// The process that had leased them never comes back.
pub async fn what_a_dead_process_had_leased_is_taken_over(stand: &Stand<dyn Engine>) {
    let mut shop = shop_with_reader(stand).await;
    publish(shop.database.as_ref(), &["anna", "bert", "anna"]).await;
    let lost = shop.database.lease("invoices", 10, Duration::from_millis(200)).await.unwrap();
    assert_eq!(keys(&lost), ["anna", "bert"]);
    shop = shop.restart(stand).await;
    let mut taken = lease_soon(shop.database.as_ref(), 10).await;
    while taken.len() < 2 {
        taken.extend(lease_soon(shop.database.as_ref(), 10).await);
    }
    assert_eq!(taken.iter().map(|event| event.id).collect::<Vec<_>>(), [lost[0].id, lost[1].id]);
    assert!(lease(shop.database.as_ref(), 10).await.is_empty());
}

pub async fn a_restart_keeps_events_and_dead_letters(stand: &Stand<dyn Engine>) {
    let mut shop = shop_with_reader(stand).await;
    let mut last = 0;
    publish(shop.database.as_ref(), &["anna", "anna", "bert", "carl"]).await;
    for event in lease(shop.database.as_ref(), 10).await {
        let (id, none) = (event.id, Duration::ZERO);
        match event.key.as_str() {
            "anna" => shop.database.fail("invoices", id, "broken".into(), none, true).await.unwrap(),
            "bert" => shop.database.fail("invoices", id, "later".into(), LONG, false).await.unwrap(),
            _ => shop.database.release("invoices", vec![id], none).await.unwrap(),
        }
        last = last.max(id);
    }
    shop.database.close().await;
    drop(shop);
    // The function itself is not needed for its events to be there.
    let engine = stand.engine().await;
    let database = engine.open("shop", None, kontor_data::Limits::default()).await.unwrap();
    shop = Shop { engine, database };
    assert_eq!((shop.database.backlog().rows, shop.database.backlog().dead), (4, 1));
    assert_eq!(next_key(&shop).await, "carl");
    publish(shop.database.as_ref(), &["dora"]).await;
    let fresh = lease(shop.database.as_ref(), 10).await;
    assert!(keys(&fresh) == ["dora"] && fresh[0].id > last, "{fresh:?}");
}
