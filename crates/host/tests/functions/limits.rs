//! Each limit ends what it is for, with its own error, and the function goes on.

use std::time::Duration;

use kontor_host::{CallError, Limits};

use crate::setup::{call, house, house_with, until};

fn limits(deadline_ms: u64, cpu_ms: u64) -> Limits {
    Limits { deadline: Duration::from_millis(deadline_ms), cpu: Duration::from_millis(cpu_ms), ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop_ends_when_its_cpu_is_used_up() {
    let (house, version) = house_with(limits(60_000, 50)).await;
    for path in ["/loop", "/cheap-calls"] {
        let error = house.whole(&version, path).await.unwrap_err();
        assert!(matches!(error, CallError::Cpu(_)), "{path}: {error}");
    }
    assert_eq!(version.pool().retired, 2);
    assert_eq!(house.text(&version, "/ok").await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop_yields_to_other_calls() {
    let (house, version) = house_with(limits(60_000, 60_000)).await;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // One thread: the second call ends only if the first one lets it run.
    let ended = std::thread::spawn(move || {
        let text = runtime.block_on(async {
            let endless = house.call(&version, "/loop");
            tokio::pin!(endless);
            tokio::select! {
                _ = &mut endless => panic!("it is endless"),
                text = house.text(&version, "/ok") => text,
            }
        });
        // The engine's threads of this house belong to the other runtime: let go of them outside of this one.
        drop(runtime);
        text
    });
    assert_eq!(tokio::task::spawn_blocking(|| ended.join()).await.unwrap().unwrap(), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_is_no_cpu() {
    let (house, version) = house_with(limits(60_000, 300)).await;
    // Fifty waits of two ticks each: counted by ticks it would be far past the limit.
    assert_eq!(house.text(&version, "/sleep-often?50").await, "slept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_also_ends_a_call_that_waits() {
    let (house, version) = house_with(limits(100, 1000)).await;
    let error = house.whole(&version, "/sleep?600000").await.unwrap_err();
    assert!(matches!(error, CallError::Deadline(_)), "{error}");
    assert_eq!(version.pool().retired, 1);
    assert_eq!(version.pool().in_flight, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_counts_from_the_queue_on() {
    let (house, version) = house_with(Limits { in_flight_max: 1, ..limits(300, 1000) }).await;
    let first = house.call(&version, "/sleep?600000");
    let second = async {
        until("the first is at work", || async { version.pool().in_flight == 1 }).await;
        house.call(&version, "/sleep?600000").await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(matches!(first.map(|_| ()).unwrap_err(), CallError::Deadline(_)));
    // What the first one leaves to it is a moment's turn or none at all.
    assert!(matches!(second.map(|_| ()).unwrap_err(), CallError::Deadline(_) | CallError::Overloaded));
    assert_eq!(version.pool().queued, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_in_flight_and_queue_there_is_a_clear_answer() {
    let (house, version) = house_with(Limits { in_flight_max: 2, queue_max: 1, ..Limits::default() }).await;
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let (host, version) = (house.host.clone(), version.clone());
            tokio::spawn(async move { host.handle(&version, call("/sleep?600000")).await.map(|_| ()) })
        })
        .collect();
    until("two at work and one waits", || async {
        let pool = version.pool();
        pool.in_flight == 2 && pool.queued == 1
    })
    .await;
    assert!(matches!(house.whole(&version, "/ok").await.unwrap_err(), CallError::Overloaded));
    assert_eq!(house.host.in_flight().get(), 2);
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    until("they are gone", || async { version.pool().in_flight == 0 && house.host.in_flight().get() == 0 }).await;
    assert_eq!(house.text(&version, "/ok").await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_past_the_limit_is_refused_and_the_instance_retires() {
    let (house, version) = house_with(Limits { memory_max_bytes: 16 << 20, ..Limits::default() }).await;
    let grown: usize = house.text(&version, "/grow?100").await.parse().unwrap();
    assert!((8..16).contains(&grown), "{grown} MiB of 16");
    assert_eq!(version.pool().retired, 1);
    assert_eq!(version.pool().idle, 0, "nobody gets it again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_instances_together_have_a_limit_too() {
    let (house, version) =
        house_with(Limits { memory_max_bytes: 1 << 30, cpu: Duration::from_secs(30), ..Limits::default() }).await;
    let grown: usize = house.text(&version, "/grow?2000").await.parse().unwrap();
    assert!(grown < 1024, "{grown} MiB");
    assert_eq!(house.text(&version, "/ok").await, "ok", "what it held is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_recursion_traps() {
    let (house, version) = house().await;
    let error = house.whole(&version, "/recurse?100000000").await.unwrap_err();
    assert!(matches!(&error, CallError::Trap(text) if text.contains("stack")), "{error}");
    assert_eq!(house.text(&version, "/ok").await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_too_large_or_make_no_sense_are_refused() {
    let (house, version) = house_with(Limits { response_max_bytes: 1000, ..Limits::default() }).await;
    assert_eq!(house.whole(&version, "/huge?1000").await.unwrap().body.len(), 1000);
    for path in ["/huge?1001", "/status?600", "/status?101", "/status?0", "/headers?70000", "/split"] {
        let error = house.whole(&version, path).await.unwrap_err();
        assert!(matches!(error, CallError::BadResponse(_)), "{path}: {error}");
    }
    assert_eq!(version.pool().retired, 0, "a bad answer breaks no instance");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_logs_without_end_still_answers() {
    let (house, version) = house().await;
    for path in ["/log?10000", "/print?10000", "/long-line?1000000"] {
        assert_eq!(house.whole(&version, path).await.unwrap().status, 200, "{path}");
    }
}
