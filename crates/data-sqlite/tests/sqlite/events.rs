//! More events than fit into the window in memory.

use std::{collections::HashMap, time::Duration};

use kontor_data::Batch;

use crate::shop::{self, event};

const LONG: Duration = Duration::from_secs(60);

/// One key of them is dead: all others come, in order per key.
#[tokio::test]
async fn many_events_all_come_in_order() {
    let shop = shop::open().await;
    let database = shop.database.as_ref();
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    for _ in 0..250 {
        let events = (0..100).map(|number| event("sale.made", &format!("k{}", number % 50))).collect();
        database.execute(Batch { events, ..Batch::default() }).await.unwrap();
    }
    let (mut seen, mut last) = (0, HashMap::new());
    loop {
        let leased = database.lease("invoices", 64, LONG).await.unwrap();
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
