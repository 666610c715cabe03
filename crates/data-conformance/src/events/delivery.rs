//! Who gets which event, and in which order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use kontor_data::{Batch, Engine, Limits, SqlError};

use super::{LONG, keys, lease, lease_soon, publish, shop_with_reader};
use crate::{
    Stand,
    random::Random,
    shop::{Shop, batch, event, sale},
};

pub async fn one_event_of_a_key_at_a_time_oldest_first(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let database = shop.database.as_ref();
    publish(database, &["anna", "bert", "anna", "carl", "anna"]).await;
    let first = lease(database, 10).await;
    assert_eq!(keys(&first), ["anna", "bert", "carl"]);
    assert!(lease(database, 10).await.is_empty());
    database.acknowledge("invoices", vec![first[0].id]).await.unwrap();
    let second = lease(database, 10).await;
    assert_eq!(keys(&second), ["anna"]);
    assert!(second[0].id > first[0].id);
    assert_eq!(database.backlog().rows, 4);
    assert!(database.next_due("invoices").is_some_and(|due| due <= LONG));
}

pub async fn events_go_with_their_batch_or_not_at_all(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    let with = |id| Batch {
        events: vec![event("sale.made", "anna")],
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
        ..batch(vec![sale(id, 1)])
    };
    shop.database.execute(with(1)).await.unwrap();
    shop.database.execute(with(1)).await.unwrap_err();
    assert_eq!(shop.database.backlog().rows, 1);
    let found = lease(shop.database.as_ref(), 10).await.remove(0);
    let made = event("sale.made", "anna");
    assert_eq!((found.name, found.key, found.trace_id), (made.name, made.key, with(1).trace_id));
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!((value(&found.payload), found.failed, found.subscriber.as_str()), (value(&made.payload), 0, "invoices"));
}

pub async fn only_subscribers_get_an_event_and_each_gets_its_own(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
    shop.database.subscribe("mail", vec!["sale.made".into(), "sale.undone".into()]).await.unwrap();
    let events = vec![event("sale.made", "a"), event("sale.undone", "b"), event("unheard", "c")];
    shop.database.execute(Batch { events, ..Batch::default() }).await.unwrap();
    assert_eq!(keys(&lease(shop.database.as_ref(), 10).await), ["a"]);
    assert_eq!(keys(&shop.database.lease("mail", 10, LONG).await.unwrap()), ["a", "b"]);
    assert_eq!(shop.database.backlog().rows, 3);
    let mut subscribers = shop.database.subscribers().await.unwrap();
    subscribers.sort();
    assert_eq!(subscribers, ["invoices", "mail"]);
}

pub async fn what_waits_is_counted_for_each_subscriber_with_the_age_of_its_oldest(stand: &Stand<dyn Engine>) {
    let shop = shop_with_reader(stand).await;
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

pub async fn past_the_limit_only_writes_with_events_wait(stand: &Stand<dyn Engine>) {
    let shop = Shop::with(stand, Limits { outbox_rows_max: 3, ..Limits::default() }).await;
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

/// Events of twenty keys while eight workers take them, fail some, and hand some back: every key's come one at a time and
/// in order, and in the end all of them did.
pub async fn every_event_comes_in_order_whoever_takes_it(stand: &Stand<dyn Engine>) {
    const KEYS: u64 = 20;
    const ROUNDS: usize = 100;
    let shop = Arc::new(shop_with_reader(stand).await);
    let mut random = Random::seeded();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let workers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(take(Arc::clone(&shop), Arc::clone(&seen), random.branch(), ROUNDS * 10)))
        .collect();
    for _ in 0..ROUNDS {
        let all: Vec<String> = (0..10).map(|_| format!("k{}", random.below(KEYS))).collect();
        publish(shop.database.as_ref(), &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let all = async {
        for worker in workers {
            worker.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("some events never come");
    assert_eq!((shop.database.backlog().rows, seen.lock().unwrap().done), (0, ROUNDS * 10));
}

/// What was dealt with, and which keys somebody works on.
#[derive(Default)]
struct Seen {
    done: usize,
    last: HashMap<String, u64>,
    working: HashMap<String, u64>,
}

async fn take(shop: Arc<Shop>, seen: Arc<Mutex<Seen>>, mut random: Random, total: usize) {
    let database = shop.database.as_ref();
    while seen.lock().unwrap().done < total {
        let leased = database.lease("invoices", 4, LONG).await.unwrap();
        if leased.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for event in leased {
            {
                let mut seen = seen.lock().unwrap();
                assert_eq!(seen.working.insert(event.key.clone(), event.id), None, "two have events of one key");
                assert!(seen.last.get(&event.key).is_none_or(|last| *last < event.id), "an event came again, or late");
            }
            tokio::task::yield_now().await;
            let end = random.below(10);
            {
                let mut seen = seen.lock().unwrap();
                seen.working.remove(&event.key);
                if end > 1 {
                    seen.done += 1;
                    seen.last.insert(event.key.clone(), event.id);
                }
            }
            match end {
                0 => database.fail("invoices", event.id, "no paper".into(), Duration::ZERO, false).await.unwrap(),
                1 => database.release("invoices", vec![event.id], Duration::ZERO).await.unwrap(),
                _ => database.acknowledge("invoices", vec![event.id]).await.unwrap(),
            }
        }
    }
}

/// Waiting for the next one is what the other module needs.
pub(super) async fn next_key(shop: &Shop) -> String {
    let next = lease_soon(shop.database.as_ref(), 1).await.remove(0);
    shop.database.acknowledge("invoices", vec![next.id]).await.unwrap();
    next.key
}
