//! A function that floods the host takes its share of the processors and no more.

use std::{sync::Arc, time::Duration};

use kontor_host::{CallError, Limits, Version};

use crate::setup::{House, call, manifest, until};

/// Calls of the one that floods; unfair would be as many times its neighbour's share.
const FLOOD: usize = 64;
/// Calls of its neighbour, one after the other, each using up its CPU.
const CALLS: u64 = 20;

async fn flooded(flood: &str) -> (House, Arc<Version>, tokio::task::JoinSet<()>) {
    let limits = Limits { cpu: Duration::from_secs(60), deadline: Duration::from_secs(60), ..Limits::default() };
    let calm = Limits { cpu: Duration::from_millis(50), ..limits.clone() };
    let house = House::limited(limits, [("calm", calm)]);
    let (wild, calm) = (house.put(&manifest("wild", "1")).await, house.put(&manifest("calm", "1")).await);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..FLOOD {
        let (host, wild, flood) = (house.host.clone(), wild.clone(), flood.to_owned());
        calls.spawn(async move { while host.handle(&wild, call(&flood)).await.is_ok() {} });
    }
    until("it floods", || async { wild.pool().in_flight == FLOOD }).await;
    (house, calm, calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_floods_with_long_calls_gets_no_more_than_its_share() {
    let (house, calm, calls) = flooded("/loop").await;
    let wild = house.host.live().borrow().functions["wild"].clone();
    // On the runtime's threads, as the flood is: the test's own is one more, which nobody else stands in line for.
    let (host, caller) = (house.host.clone(), calm.clone());
    let calls_of_calm = tokio::spawn(async move {
        for _ in 0..CALLS {
            let error = host.handle(&caller, call("/loop")).await.map(drop).unwrap_err();
            assert!(matches!(error, CallError::Cpu(_)), "{error}");
        }
    });
    calls_of_calm.await.unwrap();
    drop(calls);
    until("the flood is over", || async { wild.pool().in_flight == 0 }).await;
    let used = |version: &Version| version.endpoint("ok").work.cpu_ns.get();
    assert_eq!(calm.endpoint("ok").work.calls.get(), CALLS);
    // The one call of the calm one stands in the queue beside as many of the wild one as there are processors; the first
    // ticks of the flood come on top. By the number of calls it would be 64 times as much.
    let places = std::thread::available_parallelism().unwrap().get() as u64;
    let share = used(&wild) / used(&calm);
    assert!(share <= 4 * places + 4, "the wild one got {share} times as much");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_calls_that_wait_do_not_keep_others_of_their_function_waiting() {
    let limits = Limits { cpu: Duration::from_secs(60), deadline: Duration::from_secs(60), ..Limits::default() };
    let house = House::new(limits);
    let version = house.put(&manifest("sales", "1")).await;
    // More than there are places: each works for some ticks, waits without end, and lets the next one work.
    let count = 8 * std::thread::available_parallelism().unwrap().get();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (host, version) = (house.host.clone(), version.clone());
        calls.spawn(async move { drop(host.handle(&version, call("/work-and-wait?50")).await) });
    }
    until("all of them wait", || async {
        let lines = house.text(&version, "/notes").await;
        lines.matches("worked").count() == count
    })
    .await;
    assert_eq!(version.pool().in_flight, count);
}
