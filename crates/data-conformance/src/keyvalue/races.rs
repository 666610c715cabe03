//! Many at once on one key.

use std::sync::Arc;

use kontor_data::{
    KeyValueError,
    keyvalue::{Compared, KeyValue, KeyValueEngine, Setting},
};

use super::{open, set};
use crate::Stand;

/// What sixty-four get that do the same at once.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    store: &Arc<dyn KeyValue>,
    work: impl Fn(Arc<dyn KeyValue>, u64) -> F,
) -> Vec<T> {
    let all: Vec<_> = (0..64).map(|number| tokio::spawn(work(Arc::clone(store), number))).collect();
    let mut results = Vec::new();
    for one in all {
        results.push(one.await.unwrap());
    }
    results
}

pub async fn one_of_sixty_four_sets_if_absent(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let results = at_once(&store, |store, number| async move {
        let absent = Setting { only_if_absent: true, time_to_live: None };
        store.set("sessions", "k", number.to_string().into_bytes(), absent).await.unwrap()
    })
    .await;
    let winners: Vec<_> = (0..64_u64).filter(|number| results[usize::try_from(*number).unwrap()]).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(store.get("sessions", "k").await.unwrap(), Some(winners[0].to_string().into_bytes()));
}

pub async fn sixty_four_increments_are_all_counted(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let mut results = at_once(&store, |store, _| async move {
        let mut sums = Vec::new();
        for _ in 0..10 {
            sums.push(store.increment("counters", "k", 1, None).await.unwrap());
        }
        assert!(sums.is_sorted());
        sums
    })
    .await
    .concat();
    results.sort_unstable();
    assert_eq!(results, (1..=640).collect::<Vec<_>>());
}

pub async fn sixty_four_compare_and_set_lose_nothing(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    at_once(&store, |store, _| async move {
        let mut found: Option<Vec<u8>> = None;
        loop {
            let next = found.as_ref().map_or(0, |text| String::from_utf8_lossy(text).parse::<u64>().unwrap()) + 1;
            let next = next.to_string().into_bytes();
            match store.compare_and_set("counters", "k", found.clone(), Some(next), None).await.unwrap() {
                Compared::Set => return,
                Compared::Differs(there) => {
                    assert_ne!(there, found, "it differs from what is there, and is the same");
                    found = there;
                }
            }
        }
    })
    .await;
    assert_eq!(store.get("counters", "k").await.unwrap(), Some(b"64".to_vec()));
    let deleted = store.compare_and_set("counters", "k", Some(b"64".to_vec()), None, None).await.unwrap();
    assert_eq!((deleted, store.get("counters", "k").await.unwrap()), (Compared::Set, None));
}

pub async fn what_is_no_integer_is_not_incremented(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    for value in ["", "x", "1.0", " 1", "+1", "01", "-0", "9223372036854775808", "9223372036854775807"] {
        set(store.as_ref(), "k", value).await;
        let error = store.increment("sessions", "k", 1, None).await.unwrap_err();
        assert_eq!(error, KeyValueError::NotInteger { key: "k".into() }, "{value:?}");
        assert_eq!(store.get("sessions", "k").await.unwrap(), Some(value.into()));
    }
    set(store.as_ref(), "k", "-9223372036854775808").await;
    assert_eq!(store.increment("sessions", "k", i64::MAX, None).await.unwrap(), -1);
    assert_eq!(store.get("sessions", "k").await.unwrap(), Some(b"-1".to_vec()));
}
