//! Cases of the port `keyvalue`, about sessions and counters.

pub mod entries;
pub mod lists;
pub mod network;
pub mod races;

use std::sync::Arc;

use kontor_data::keyvalue::{KeyValue, KeyValueEngine, KeyValueLimits, Setting};

use crate::Stand;

async fn open(stand: &Stand<dyn KeyValueEngine>) -> Arc<dyn KeyValue> {
    let buckets = vec!["sessions".into(), "counters".into()];
    stand.engine().await.open("shop", buckets, KeyValueLimits::default()).await.unwrap()
}

/// Without end, over whatever is there.
async fn set(store: &dyn KeyValue, key: &str, value: &str) {
    assert!(store.set("sessions", key, value.into(), Setting::default()).await.unwrap());
}
