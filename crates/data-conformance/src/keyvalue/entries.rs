//! One entry and its time.

use std::time::Duration;

use kontor_data::{
    KeyValueError, OpenError,
    keyvalue::{Compared, KeyValue, KeyValueEngine, KeyValueLimits, LIST_MAX, Setting, VALUE_SIZE_MAX_BYTES},
};

use super::{open, set};
use crate::Stand;

fn living(time_to_live: Duration) -> Setting {
    Setting { time_to_live: Some(time_to_live), only_if_absent: false }
}

pub async fn a_value_comes_back_byte_by_byte(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    for value in [vec![], vec![0], (0..=255).collect(), vec![7; VALUE_SIZE_MAX_BYTES]] {
        for key in ["k", "K", "k ", "ä:{}*[a-z]?%_'\"\\", &"k".repeat(255)] {
            store.set("sessions", key, value.clone(), Setting::default()).await.unwrap();
            assert_eq!(store.get("sessions", key).await.unwrap().as_ref(), Some(&value));
            assert!(store.delete("sessions", key).await.unwrap());
            assert!(!store.delete("sessions", key).await.unwrap());
            assert_eq!(store.get("sessions", key).await.unwrap(), None);
        }
    }
}

async fn gone(store: &dyn KeyValue, key: &str) {
    let gone = async {
        while store.get("sessions", key).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("it never goes");
}

/// Gone for reading, listing, counting and comparing alike.
pub async fn an_entry_is_gone_when_its_time_is_over(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let soon = living(Duration::from_millis(30));
    let long = Setting { only_if_absent: true, ..living(Duration::from_secs(60)) };
    store.set("sessions", "a", b"1".to_vec(), soon).await.unwrap();
    store.set("sessions", "b", b"1".to_vec(), long).await.unwrap();
    assert!(!store.set("sessions", "b", b"2".to_vec(), long).await.unwrap());
    gone(store.as_ref(), "a").await;
    assert_eq!(store.list("sessions", "", None, 10).await.unwrap().entries.len(), 1);
    assert!(!store.delete("sessions", "a").await.unwrap());
    assert!(store.set("sessions", "a", b"2".to_vec(), long).await.unwrap());
    store.set("sessions", "a", b"1".to_vec(), soon).await.unwrap();
    gone(store.as_ref(), "a").await;
    assert_eq!(store.increment("sessions", "a", 1, Some(Duration::from_millis(30))).await.unwrap(), 1);
    gone(store.as_ref(), "a").await;
    let nothing = store.compare_and_set("sessions", "a", Some(b"1".to_vec()), None, None).await.unwrap();
    assert_eq!(nothing, Compared::Differs(None));
    assert!(store.get("sessions", "b").await.unwrap().is_some());
}

pub async fn a_new_value_has_a_new_time(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    // Long enough for what follows on a busy machine.
    let soon = Some(Duration::from_millis(500));
    for key in ["set", "compared", "counted", "witness"] {
        store.increment("sessions", key, 1, soon).await.unwrap();
    }
    set(store.as_ref(), "set", "x").await;
    let done = store.compare_and_set("sessions", "compared", Some(b"1".to_vec()), Some(b"2".to_vec()), None).await;
    assert_eq!(done.unwrap(), Compared::Set);
    // A counter keeps the time it began with.
    store.increment("sessions", "counted", 1, Some(Duration::from_secs(60))).await.unwrap();
    gone(store.as_ref(), "witness").await;
    gone(store.as_ref(), "counted").await;
    assert!(store.get("sessions", "set").await.unwrap().is_some());
    assert!(store.get("sessions", "compared").await.unwrap().is_some());
}

pub async fn what_is_too_large_or_unknown_is_refused(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let value = |bytes: usize| vec![7; bytes];
    let too_large = [
        store.set("sessions", "k", value(VALUE_SIZE_MAX_BYTES + 1), Setting::default()).await.map(|_| ()),
        store.compare_and_set("sessions", "k", None, Some(value(VALUE_SIZE_MAX_BYTES + 1)), None).await.map(|_| ()),
        store.set("sessions", &"k".repeat(256), value(1), Setting::default()).await.map(|_| ()),
        store.list("sessions", "", None, LIST_MAX + 1).await.map(|_| ()),
        store.list("sessions", "", None, 0).await.map(|_| ()),
    ];
    for done in too_large {
        assert!(matches!(done, Err(KeyValueError::TooLarge(_))), "{done:?}");
    }
    let unknown = [
        store.set("nowhere", "k", value(1), Setting::default()).await.map(|_| ()),
        store.get("nowhere", "k").await.map(|_| ()),
        store.list("nowhere", "", None, 1).await.map(|_| ()),
    ];
    for done in unknown {
        assert!(matches!(&done, Err(KeyValueError::UnknownBucket { bucket }) if bucket == "nowhere"), "{done:?}");
    }
    let invalid = [
        store.set("sessions", "", value(1), Setting::default()).await.map(|_| ()),
        store.set("sessions", "a\0", value(1), Setting::default()).await.map(|_| ()),
        store.set("sessions", "k", value(1), living(Duration::ZERO)).await.map(|_| ()),
        store.increment("sessions", "k", 1, Some(Duration::MAX)).await.map(|_| ()),
    ];
    for done in invalid {
        assert!(matches!(done, Err(KeyValueError::Invalid(_))), "{done:?}");
    }
    assert_eq!(store.list("sessions", "", None, 1).await.unwrap().entries, []);
}

pub async fn buckets_and_functions_are_apart(stand: &Stand<dyn KeyValueEngine>) {
    let engine = stand.engine().await;
    let buckets = || vec!["sessions".into(), "counters".into()];
    let shop = engine.open("shop", buckets(), KeyValueLimits::default()).await.unwrap();
    let twin = engine.open("shop-2", buckets(), KeyValueLimits::default()).await.unwrap();
    set(shop.as_ref(), "k", "1").await;
    assert_eq!(shop.get("counters", "k").await.unwrap(), None);
    assert_eq!(shop.list("counters", "", None, 10).await.unwrap().entries, []);
    assert_eq!(twin.get("sessions", "k").await.unwrap(), None);
    assert!(!twin.delete("sessions", "k").await.unwrap());
    for (function, bucket) in [("../shop", "a"), ("", "a"), ("shop", "a:b"), ("shop", ""), ("shop", "A")] {
        let opened = engine.open(function, vec![bucket.into()], KeyValueLimits::default()).await;
        assert!(matches!(opened, Err(OpenError::Invalid(_))), "{function:?} {bucket:?}");
    }
}

pub async fn entries_are_there_after_a_restart(stand: &Stand<dyn KeyValueEngine>) {
    let mut store = open(stand).await;
    set(store.as_ref(), "stays", "1").await;
    store.set("sessions", "goes", b"1".to_vec(), living(Duration::from_millis(50))).await.unwrap();
    store.set("sessions", "later", b"1".to_vec(), living(Duration::from_secs(60))).await.unwrap();
    store.close().await;
    assert!(matches!(store.get("sessions", "stays").await, Err(KeyValueError::Unavailable(_))));
    assert!(matches!(store.delete("sessions", "stays").await, Err(KeyValueError::Unavailable(_))));
    drop(store);
    store = open(stand).await;
    gone(store.as_ref(), "goes").await;
    let keys: Vec<_> =
        store.list("sessions", "", None, 10).await.unwrap().entries.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["later", "stays"]);
}
