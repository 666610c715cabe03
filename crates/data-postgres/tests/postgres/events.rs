//! Events: stored with their batch, delivered in order per key.

use std::time::Duration;

use kontor_data::{Batch, Database, Delivery, Engine, Limits, SqlError};

use crate::server::Home;
use crate::shop::{Shop, batch, event, needs, sale};

const LONG: Duration = Duration::from_secs(60);

async fn shop_with_reader() -> Shop {
    let shop = Shop::open().await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    shop
}

async fn publish(database: &dyn Database, keys: &[&str]) {
    let events = keys.iter().map(|key| event("sale.made", key)).collect();
    database.execute(Batch { events, ..Batch::default() }).await.unwrap();
}

async fn lease(database: &dyn Database, max: usize) -> Vec<Delivery> {
    database.lease("invoices", max, LONG).await.unwrap()
}

fn keys(events: &[Delivery]) -> Vec<&str> {
    events.iter().map(|event| event.key.as_str()).collect()
}

#[tokio::test]
async fn one_event_of_a_key_at_a_time_oldest_first() {
    let shop = shop_with_reader().await;
    let database = shop.database.as_ref();
    publish(database, &["anna", "bert", "anna", "carl", "anna"]).await;
    let first = lease(database, 10).await;
    assert_eq!(keys(&first), ["anna", "bert", "carl"]);
    assert!(lease(database, 10).await.is_empty());
    database.acknowledge("invoices", vec![first[0].id]).await.unwrap();
    let second = lease(database, 10).await;
    assert_eq!(keys(&second), ["anna"]);
    assert!(second[0].id > first[2].id - 2);
    assert_eq!(database.backlog().rows, 4);
    assert!(database.next_due("invoices").is_some_and(|due| due <= LONG));
}

#[tokio::test]
async fn events_go_with_their_batch_or_not_at_all() {
    let shop = shop_with_reader().await;
    let with = |id| Batch { events: vec![event("sale.made", "anna")], ..batch(vec![sale(id, 1)]) };
    shop.database.execute(with(1)).await.unwrap();
    shop.database.execute(with(1)).await.unwrap_err();
    assert_eq!(shop.database.backlog().rows, 1);
}

#[tokio::test]
async fn only_subscribers_get_an_event_and_each_gets_its_own() {
    let shop = shop_with_reader().await;
    shop.database.subscribe("mail", vec!["sale.made".into(), "sale.undone".into()]).await.unwrap();
    let events = vec![event("sale.made", "a"), event("sale.undone", "b"), event("unheard", "c")];
    shop.database.execute(Batch { events, ..Batch::default() }).await.unwrap();
    assert_eq!(keys(&lease(shop.database.as_ref(), 10).await), ["a"]);
    assert_eq!(keys(&shop.database.lease("mail", 10, LONG).await.unwrap()), ["a", "b"]);
    assert_eq!(shop.database.backlog().rows, 3);
}

#[tokio::test]
async fn what_waits_is_counted_for_each_subscriber_with_the_age_of_its_oldest() {
    let shop = shop_with_reader().await;
    let database = shop.database.as_ref();
    let waiting = async || {
        let all = database.waiting().await.unwrap();
        all.into_iter().map(|one| (one.subscriber, one.rows, one.oldest_us)).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [("invoices".to_owned(), 0, None)]);
    publish(database, &["a", "b"]).await;
    let leased = lease(database, 10).await;
    assert_eq!(waiting().await, [("invoices".to_owned(), 2, Some(leased[0].time_us))], "leased ones still wait");

    database.subscribe("mail", vec!["sale.made".into()]).await.unwrap();
    publish(database, &["c"]).await;
    database.acknowledge("invoices", vec![leased[0].id]).await.unwrap();
    let (of_invoices, of_mail) = (leased[1].time_us, database.lease("mail", 1, LONG).await.unwrap()[0].time_us);
    let expected = [("invoices".to_owned(), 2, Some(of_invoices)), ("mail".to_owned(), 1, Some(of_mail))];
    assert_eq!(waiting().await, expected);
}

#[tokio::test]
async fn a_failed_event_waits_and_counts() {
    let shop = shop_with_reader().await;
    let database = shop.database.as_ref();
    publish(database, &["anna", "anna"]).await;
    let first = lease(database, 1).await;
    database.fail("invoices", first[0].id, "no paper".into(), LONG, false).await.unwrap();
    assert!(lease(database, 10).await.is_empty(), "a waiting event blocks its key");
    let failed = database.failed(10).await.unwrap();
    assert_eq!(
        (failed.len(), failed[0].delivery.failed, failed[0].dead, failed[0].error.as_str()),
        (1, 1, false, "no paper")
    );
    database.fail("invoices", first[0].id, "no ink".into(), Duration::ZERO, false).await.unwrap();
    let again = lease(database, 10).await;
    assert_eq!((again[0].id, again[0].failed), (first[0].id, 2));
    database.acknowledge("invoices", vec![again[0].id]).await.unwrap();
    assert_eq!(keys(&lease(database, 10).await), ["anna"]);
    assert!(database.failed(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_letter_blocks_its_key_alone_until_somebody_decides() {
    let shop = shop_with_reader().await;
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
    let replayed = lease(database, 10).await;
    assert_eq!((replayed.len(), replayed[0].id, replayed[0].failed), (1, dead, 0));
    database.fail("invoices", dead, "broken".into(), Duration::ZERO, true).await.unwrap();
    assert!(database.skip("invoices", dead).await.unwrap());
    assert!(!database.skip("invoices", dead).await.unwrap());
    assert_eq!(database.backlog().dead, 0);
    for _ in 0..2 {
        let next = lease(database, 10).await;
        assert_eq!(keys(&next), ["anna"]);
        database.acknowledge("invoices", vec![next[0].id]).await.unwrap();
    }
}

#[tokio::test]
async fn a_released_event_is_no_failed_try_and_a_lease_runs_out() {
    let shop = shop_with_reader().await;
    let database = shop.database.as_ref();
    publish(database, &["anna"]).await;
    let first = lease(database, 1).await;
    database.release("invoices", vec![first[0].id], Duration::ZERO).await.unwrap();
    let second = database.lease("invoices", 1, Duration::ZERO).await.unwrap();
    assert_eq!((second[0].id, second[0].failed), (first[0].id, 0));
    assert_eq!(lease(database, 1).await.len(), 1, "the second lease ran out at once");
}

#[tokio::test]
async fn a_restart_keeps_events_dead_letters_and_numbers() {
    let home = Home::make().await;
    let mut last = 0;
    {
        let engine = home.engine();
        let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
        database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
        publish(database.as_ref(), &["anna", "anna", "bert", "carl"]).await;
        for event in lease(database.as_ref(), 10).await {
            match event.key.as_str() {
                "anna" => database.fail("invoices", event.id, "broken".into(), Duration::ZERO, true).await.unwrap(),
                "bert" => database.fail("invoices", event.id, "later".into(), LONG, false).await.unwrap(),
                _ => {}
            }
            last = last.max(event.id);
        }
        database.close().await;
    }
    let engine = home.engine();
    let database = engine.open("shop", None, Limits::default()).await.unwrap();
    assert_eq!((database.backlog().rows, database.backlog().dead), (4, 1));
    assert_eq!(keys(&lease(database.as_ref(), 10).await), ["carl"], "a dead process's leases are free");
    publish(database.as_ref(), &["dora"]).await;
    let fresh = lease(database.as_ref(), 10).await;
    assert!(keys(&fresh) == ["dora"] && fresh[0].id > last);
}

#[tokio::test]
async fn past_the_outboxs_limit_only_writes_with_events_wait() {
    let shop = Shop::with(Limits { outbox_rows_max: 3, ..Limits::default() }).await;
    shop.database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    publish(shop.database.as_ref(), &["a", "b", "c"]).await;
    let with_event = Batch { events: vec![event("sale.made", "d")], ..batch(vec![sale(1, 1)]) };
    let error = shop.database.execute(with_event.clone()).await.unwrap_err();
    assert!(matches!(error, SqlError::Unavailable(_)), "{error:?}");
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    let leased = lease(shop.database.as_ref(), 10).await;
    shop.database.acknowledge("invoices", leased.iter().map(|event| event.id).collect()).await.unwrap();
    shop.database.execute(Batch { statements: vec![sale(2, 1)], ..with_event }).await.unwrap();
}

/// More events than the window holds, one key of them dead: all others come, in order per key.
#[tokio::test]
async fn many_events_all_come_in_order() {
    let shop = shop_with_reader().await;
    let database = shop.database.as_ref();
    for _ in 0..250 {
        let all: Vec<String> = (0..100).map(|number| format!("k{}", number % 50)).collect();
        publish(database, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let (mut seen, mut last) = (0, std::collections::HashMap::new());
    loop {
        let leased = lease(database, 64).await;
        if leased.is_empty() {
            break;
        }
        let mut done = Vec::new();
        for event in leased {
            if event.key == "k7" {
                database.fail("invoices", event.id, "no".into(), Duration::ZERO, true).await.unwrap();
                continue;
            }
            let before = last.insert(event.key.clone(), event.id);
            assert!(before.is_none_or(|before| before < event.id));
            seen += 1;
            done.push(event.id);
        }
        database.acknowledge("invoices", done).await.unwrap();
    }
    assert_eq!(seen, 25_000 - 500);
    assert_eq!((database.backlog().rows, database.backlog().dead), (500, 1));
}
