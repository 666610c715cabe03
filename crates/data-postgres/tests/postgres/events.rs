//! More events than are read at a time.

use std::time::Duration;

use kontor_data::{Batch, Database, Delivery};

use crate::shop::{Shop, event};

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
