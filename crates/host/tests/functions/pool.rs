//! Instances: reused where that is granted, gone where they are broken.

use std::collections::BTreeSet;

use kontor_host::{CallError, Limits};

use crate::setup::{House, call, house, house_with, manifest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundled_function_serves_many_calls_with_one_instance() {
    let (house, version) = house().await;
    for served in 1..=20 {
        assert_eq!(house.text(&version, "/calls").await, served.to_string());
    }
    assert_eq!((version.pool().made, version.pool().idle), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_one_gets_a_fresh_instance_for_every_call() {
    let house = House::new(Limits::default());
    let version = house.drop_in(&manifest("sales", "1"), &["sql"]).await;
    for _ in 0..5 {
        assert_eq!(house.text(&version, "/calls").await, "1");
    }
    assert_eq!((version.pool().made, version.pool().idle, version.pool().retired), (5, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_asking_for_it_nobody_is_reused() {
    let house = House::new(Limits::default());
    let mut manifest = manifest("sales", "1");
    manifest["reuse"] = false.into();
    let version = house.put(&manifest).await;
    for _ in 0..3 {
        assert_eq!(house.text(&version, "/calls").await, "1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_retire_after_their_calls_and_not_all_at_the_same_one() {
    let (house, version) = house_with(Limits { reuse_max: 20, ..Limits::default() }).await;
    let mut lives = Vec::new();
    let mut last = 0;
    while lives.len() < 20 {
        let served: u32 = house.text(&version, "/calls").await.parse().unwrap();
        if served == 1 && last > 0 {
            lives.push(last);
        }
        last = served;
    }
    assert!(lives.iter().all(|calls| (15..=25).contains(calls)), "{lives:?}");
    assert!(lives.iter().collect::<BTreeSet<_>>().len() > 1, "{lives:?}");
    assert_eq!(version.pool().retired, 0, "that is no failure");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_ends_the_instance_and_nothing_else() {
    let (house, version) = house().await;
    assert_eq!(house.text(&version, "/calls").await, "1");
    for path in ["/trap?x", "/exit"] {
        assert!(matches!(house.whole(&version, path).await.unwrap_err(), CallError::Trap(_)), "{path}");
    }
    assert_eq!(house.text(&version, "/calls").await, "1", "a new instance");
    assert_eq!(version.pool().retired, 2);
    assert_eq!(house.host.in_flight().get(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_takes_its_instance_along() {
    let (house, version) = house().await;
    let call = house.host.handle(&version, call("/sleep?600000"));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), call).await.is_err());
    let pool = version.pool();
    assert_eq!((pool.in_flight, pool.idle), (0, 0));
    assert_eq!(house.text(&version, "/calls").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_share_what_is_there() {
    let (house, version) = house().await;
    let calls = (0..400).map(|_| {
        let (host, version) = (house.host.clone(), version.clone());
        tokio::spawn(async move { host.handle(&version, call("/ok")).await.map(|_| ()) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let pool = version.pool();
    assert!(pool.idle >= 1 && pool.made as usize >= pool.idle, "{pool:?}");
    assert_eq!((pool.in_flight, pool.queued, pool.retired), (0, 0, 0));
}
