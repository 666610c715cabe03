//! Cases of the port `events`.

pub mod delivery;
pub mod failures;

use std::time::Duration;

use kontor_data::{Batch, Database, Delivery, Engine};

use crate::{
    Stand,
    shop::{Shop, event},
};

/// A lease that no case lives through.
const LONG: Duration = Duration::from_secs(60);

async fn shop_with_reader(stand: &Stand<dyn Engine>) -> Shop {
    let shop = Shop::open(stand).await;
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

/// Leases until there is something, for at most ten seconds.
async fn lease_soon(database: &dyn Database, max: usize) -> Vec<Delivery> {
    let found = async {
        loop {
            let leased = lease(database, max).await;
            if !leased.is_empty() {
                return leased;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await.expect("nothing comes")
}

fn keys(events: &[Delivery]) -> Vec<&str> {
    events.iter().map(|event| event.key.as_str()).collect()
}
