//! The server goes away in the middle of something, and comes back.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use kontor_data::{
    KeyValueError,
    keyvalue::{KeyValue, Setting},
};

use crate::{
    outage::{Mortal, Remote, told, until_done},
    proxy::{Direction, Line, Proxy},
    random::Random,
};

type Entries = Remote<dyn KeyValue>;

/// What was done; nothing if it has to be done again.
fn settled<T: std::fmt::Debug>(done: Result<T, KeyValueError>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(KeyValueError::Unavailable(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn set_until_done(store: &dyn KeyValue, proxy: Option<&Proxy>, key: &str) {
    until_done(proxy, async || settled(told(store.set("sessions", key, key.into(), Setting::default())).await)).await;
}

async fn all_keys(store: &dyn KeyValue) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = until_done(None, async || settled(store.list("sessions", "", after.as_deref(), 100).await)).await;
        for entry in page.entries {
            assert_eq!(entry.value, entry.key.as_bytes(), "an entry is half written");
            keys.push(entry.key);
        }
        match page.next {
            None => return keys,
            next => after = next,
        }
    }
}

pub async fn a_server_that_is_away_is_unavailable_and_back_without_a_restart(remote: &Entries) {
    let (store, proxy) = (remote.port.as_ref(), &remote.proxy);
    set_until_done(store, Some(proxy), "k0").await;
    for (number, line) in [Line::Cut, Line::Stalled, Line::HalfClosed, Line::Cut].into_iter().enumerate() {
        proxy.set(line);
        let key = format!("k{}", number + 1);
        let written = told(store.set("sessions", &key, key.clone().into(), Setting::default())).await;
        assert!(matches!(written, Err(KeyValueError::Unavailable(_))), "{line:?}: {written:?}");
        let read = told(store.get("sessions", "k0")).await;
        assert!(matches!(read, Err(KeyValueError::Unavailable(_))), "{line:?}: {read:?}");
        let listed = told(store.list("sessions", "", None, 10)).await;
        assert!(matches!(listed, Err(KeyValueError::Unavailable(_))), "{line:?}: {listed:?}");
        assert_ne!(store.health(), kontor_data::Health::Ok, "{line:?}");
        set_until_done(store, Some(proxy), &key).await;
        assert_eq!(all_keys(store).await.len(), number + 2);
        assert_eq!(store.health(), kontor_data::Health::Ok, "{line:?}");
    }
}

/// Eight clients set, delete and count, while the line is cut again and again: before a request, in the middle of one, before
/// its answer.
pub async fn lists_and_entries_agree_when_the_line_is_cut_anywhere(remote: &Entries) {
    const CLIENTS: usize = 8;
    const EACH: usize = 40;
    let mut random = Random::seeded();
    let (cut, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicI64::new(0)));
    let (proxy, store) = (&remote.proxy, remote.port.as_ref());
    let client = |number: usize, mut random: Random| {
        let (cut, counted) = (Arc::clone(&cut), Arc::clone(&counted));
        async move {
            for each in 0..EACH {
                if random.below(4) == 0 {
                    let direction = *random.one_of(&[Direction::Requests, Direction::Answers]);
                    proxy.cut_after(direction, usize::try_from(random.below(1_500)).unwrap());
                }
                let key = format!("c{number}:{each:02}");
                set_until_done(store, Some(proxy), &key).await;
                if each % 3 == 0 {
                    until_done(Some(proxy), async || settled(told(store.delete("sessions", &key)).await)).await;
                }
                match settled(told(store.increment("counters", "all", 1, None)).await) {
                    Some(_) => counted.fetch_add(1, Ordering::Relaxed),
                    None => i64::try_from(cut.fetch_add(1, Ordering::Relaxed)).unwrap(),
                };
            }
        }
    };
    let clients: Vec<_> = (0..CLIENTS).map(|number| client(number, random.branch())).collect();
    crate::outage::at_once(clients).await;
    // A cut that was asked for and did not come yet shall not come now.
    proxy.set(Line::Open);
    set_until_done(store, Some(proxy), "last").await;
    let mut expected: Vec<_> = (0..CLIENTS)
        .flat_map(|number| (0..EACH).filter(|each| each % 3 != 0).map(move |each| format!("c{number}:{each:02}")))
        .collect();
    expected.push("last".to_owned());
    assert_eq!(all_keys(store).await, expected);
    for key in &expected {
        assert_eq!(store.get("sessions", key).await.unwrap().as_deref(), Some(key.as_bytes()));
    }
    let sum = store.increment("counters", "all", 0, None).await.unwrap();
    let (counted, cut) = (counted.load(Ordering::Relaxed), cut.load(Ordering::Relaxed));
    let cuts = proxy.cuts();
    println!("{cuts} cuts; {cut} increments had no answer, {} of them were done", sum - counted);
    assert!(cuts > 10, "too little was cut to show anything: {cuts}");
    assert!((counted..=counted + i64::try_from(cut).unwrap()).contains(&sum), "{counted} and {cut} give {sum}");
}

/// On a server that writes each change through before it answers.
pub async fn what_was_acknowledged_outlives_a_kill(mortal: &Mortal<dyn KeyValue>) {
    let store = &mortal.port;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = Arc::clone(store);
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    for number in 0.. {
                        let key = format!("r{round}w{writer}n{number:05}");
                        if settled(told(store.set("sessions", &key, key.clone().into(), Setting::default())).await)
                            .is_none()
                        {
                            break;
                        }
                        done.push(key);
                    }
                    done
                })
            })
            .collect();
        let first = format!("r{round}w7n00005");
        until_done(None, async || settled(store.get("sessions", &first).await).flatten()).await;
        tokio::task::block_in_place(|| (mortal.kill)());
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        tokio::task::block_in_place(|| (mortal.start_again)());
        set_until_done(store.as_ref(), None, &format!("s{round}")).await;
    }
    let keys = all_keys(store.as_ref()).await;
    assert!(keys.is_sorted());
    let lost: Vec<_> = acknowledged.iter().filter(|key| keys.binary_search(key).is_err()).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
}
