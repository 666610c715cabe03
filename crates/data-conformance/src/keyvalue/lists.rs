//! Lists by prefix.

use std::sync::Arc;

use kontor_data::{
    keyvalue::{KeyValue, KeyValueEngine, KeyValueLimits, Setting},
    memory::MemoryKeyValue,
};

use super::{open, set};
use crate::{Stand, random::Random};

async fn keys(store: &Arc<dyn KeyValue>, prefix: &str, size: usize) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = store.list("sessions", prefix, after.as_deref(), size).await.unwrap();
        assert!(page.entries.len() <= size);
        keys.extend(page.entries.into_iter().map(|entry| entry.key));
        match page.next {
            None => return keys,
            next => after = next,
        }
    }
}

/// Signs that mean something in patterns mean themselves.
pub async fn keys_come_in_the_order_of_their_bytes(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let mut all = [
        "a",
        "A",
        "a:1",
        "a:10",
        "a:2",
        "a%",
        "a_",
        "ab",
        "b",
        "ä",
        "äa",
        "🦀",
        "\u{ffff}",
        "a\u{10ffff}",
        "a\u{10ffff}b",
        "a*",
        "a[b",
    ];
    for key in all {
        set(store.as_ref(), key, "x").await;
    }
    all.sort_unstable();
    for prefix in ["", "a", "a:", "a%", "a_", "a*", "a[", "ä", "🦀", "a\u{10ffff}", "\u{ffff}", "zzz"] {
        let expected: Vec<_> = all.iter().filter(|key| key.starts_with(prefix)).collect();
        for size in [1, 3, 500] {
            assert_eq!(keys(&store, prefix, size).await.iter().collect::<Vec<_>>(), expected, "{prefix:?} by {size}");
        }
    }
    let behind = store.list("sessions", "a", Some("a:1"), 2).await.unwrap();
    assert_eq!(behind.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a:10", "a:2"]);
    assert_eq!(store.list("sessions", "b", Some("a"), 2).await.unwrap().entries[0].value, b"x");
}

pub async fn pages_hold_every_entry_once(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    for number in 0..100 {
        set(store.as_ref(), &format!("k{number:02}"), "x").await;
    }
    for size in [1, 7, 50, 100, 500] {
        let expected: Vec<_> = (0..100).map(|number| format!("k{number:02}")).collect();
        assert_eq!(keys(&store, "", size).await, expected);
    }
    assert_eq!(store.list("sessions", "", None, 100).await.unwrap().next, None);
    assert_eq!(store.list("sessions", "", None, 99).await.unwrap().next.as_deref(), Some("k98"));
}

pub async fn random_changes_do_what_the_model_does(stand: &Stand<dyn KeyValueEngine>) {
    let store = open(stand).await;
    let buckets = vec!["sessions".into(), "counters".into()];
    let model = MemoryKeyValue::default().open("shop", buckets, KeyValueLimits::default()).await.unwrap();
    let mut random = Random::seeded();
    for _ in 0..2_000 {
        let key = format!("{}{}", random.one_of(&["a", "b", "ab"]), random.below(5));
        let value = random_value(&mut random);
        let by = i64::try_from(random.below(9)).unwrap() - 4;
        let setting = Setting { only_if_absent: random.below(2) == 0, time_to_live: None };
        let choice = random.below(6);
        let mut done = Vec::new();
        for store in [&store, &model] {
            done.push(match choice {
                0 => format!("{:?}", store.set("sessions", &key, value.clone(), setting).await),
                1 => format!("{:?}", store.delete("sessions", &key).await),
                2 | 3 => format!("{:?}", store.increment("sessions", &key, by, None).await),
                4 => {
                    let expected = store.get("sessions", &key).await.unwrap().filter(|_| by > -3);
                    let next = Some(by.to_string().into_bytes()).filter(|_| by % 2 == 0);
                    format!("{:?}", store.compare_and_set("sessions", &key, expected, next, None).await)
                }
                _ => format!("{:?}", store.list("sessions", "a", Some(&key), 3).await),
            });
        }
        assert_eq!(done[0], done[1], "{choice} {key}");
    }
    let all = |store: Arc<dyn KeyValue>| async move { store.list("sessions", "", None, 500).await.unwrap() };
    assert_eq!(all(store).await, all(model).await);
}

/// Mostly numbers, so that they can be counted on.
fn random_value(random: &mut Random) -> Vec<u8> {
    if random.below(4) == 0 { b"word".to_vec() } else { random.below(100).to_string().into_bytes() }
}
