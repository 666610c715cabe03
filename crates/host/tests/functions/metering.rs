//! What calls use is charged to their operation, kept over a restart, and held within budgets.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use kontor_data::Used;
use kontor_host::{Accounts, Answer, BudgetRule, CallError, Caller, Identity, Limits, Metering, PICO, Window};

use crate::setup::{House, call, house, house_with, manifest, subscribing, until};

/// What is in the books of a function's operation.
async fn used(accounts: &Accounts, function: &str, operation: &str) -> Used {
    let bill = accounts.bill(0).await.unwrap();
    let found = bill.usage.iter().find(|usage| usage.function == function && usage.operation == operation);
    found.map(|usage| usage.used).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_charged_what_it_used() {
    let (house, version) = house().await;
    let work = &version.endpoint("ok").work;
    house.text(&version, "/ok").await;
    assert_eq!((work.calls.get(), work.rows.get()), (1, 0));
    let (cpu_ns, memory) = (work.cpu_ns.get(), work.memory_page_us.get());
    assert!(cpu_ns > 0 && memory > 0, "{cpu_ns} {memory}");
    house.text(&version, "/insert?one").await;
    house.text(&version, "/insert?two").await;
    house.text(&version, "/notes").await;
    assert_eq!((work.calls.get(), work.rows.get()), (4, 4), "two rows written, two read");
    assert!(work.cpu_ns.get() > cpu_ns && work.memory_page_us.get() > memory);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_costs_memory_and_no_cpu() {
    let (house, version) = house().await;
    house.text(&version, "/sleep?200").await;
    let work = &version.endpoint("ok").work;
    // A guest has more than one page of memory, and held it for those 200 ms.
    assert!(work.memory_page_us.get() >= 2 * 200_000, "{}", work.memory_page_us.get());
    assert!(work.cpu_ns.get() < work.memory_page_us.get() * 1000 / 2, "{}", work.cpu_ns.get());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_ended_is_charged_too() {
    let limits = Limits { cpu: Duration::from_millis(50), deadline: Duration::from_secs(60), ..Limits::default() };
    let (house, version) = house_with(limits).await;
    assert!(matches!(house.whole(&version, "/loop").await.unwrap_err(), CallError::Cpu(_)));
    let work = &version.endpoint("ok").work;
    assert_eq!(work.calls.get(), 1);
    assert!(work.cpu_ns.get() >= 50_000_000, "{}", work.cpu_ns.get());
    // Somebody who goes away does not get it for nothing.
    tokio::select! {
        biased;
        _ = house.call(&version, "/sleep?60000") => panic!("it sleeps for a minute"),
        () = until("it sleeps", || async { version.pool().in_flight == 1 }) => {}
    }
    until("it is charged", || async { version.endpoint("ok").work.calls.get() == 2 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_counts_its_chunks() {
    let (house, version) = house().await;
    let Answer::Streaming(streaming) = house.call(&version, "/stream?3").await.unwrap() else { panic!("it streams") };
    assert_eq!(streaming.body.collect::<Vec<_>>().await.len(), 3);
    let endpoint = version.endpoint("ok");
    assert_eq!((endpoint.sent_bytes.get(), endpoint.work.calls.get()), (3 * (64 << 10), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_kept_over_a_restart_and_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let before = {
        let (house, registry) = House::lasting(folder.path());
        let version = house.put(&manifest("sales", "1")).await;
        let accounts = Accounts::open(house.host.clone(), registry).await.unwrap();
        house.text(&version, "/insert?one").await;
        let first = used(&accounts, "sales", "ok").await;
        assert_eq!((first.calls, first.rows), (1, 1));
        house.text(&version, "/insert?two").await;
        let both = used(&accounts, "sales", "ok").await;
        assert_eq!((both.calls, both.rows), (2, 2), "what was settled is not settled again");
        house.host.stop(Duration::from_secs(10)).await;
        both
    };
    let (house, registry) = House::lasting(folder.path());
    let accounts = Accounts::open(house.host.clone(), registry).await.unwrap();
    assert_eq!(used(&accounts, "sales", "ok").await, before);
    let version = house.put(&manifest("sales", "1")).await;
    house.text(&version, "/ok").await;
    let after = used(&accounts, "sales", "ok").await;
    assert_eq!(after.calls, 3);
    assert!(after.cpu_ns > before.cpu_ns);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_charged_to_who_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let (house, registry) = House::lasting(folder.path());
    let accounts = Accounts::open(house.host.clone(), registry).await.unwrap();
    let sales = house.put(&manifest("sales", "1")).await;
    let invoices = house.put(&subscribing("invoices", "sales")).await;
    house.text(&sales, "/emit?a:ok").await;
    until("the event is charged", || async { used(&accounts, "invoices", "(on-event)").await.requests == 1 }).await;
    let event = used(&accounts, "invoices", "(on-event)").await;
    assert_eq!((event.calls, event.rows), (1, 1));
    assert!(event.received_bytes > 0);
    assert_eq!(invoices.endpoint("ok").work.calls.get(), 0);
    house.host.stop(Duration::from_secs(10)).await;
}

fn rule(requests: Option<u64>, money_pico: Option<u128>, caller: Option<&str>) -> BudgetRule {
    let caller = caller.map(str::to_owned);
    BudgetRule { function: "sales".to_owned(), caller, window: Window::Day, requests, money_pico }
}

fn metering(budgets: Vec<BudgetRule>) -> Metering {
    Metering { budgets, ..Metering::default() }
}

fn by(name: &str) -> kontor_host::Call {
    let caller = Caller::Service(Arc::new(Identity { name: name.to_owned(), scopes: Vec::new() }));
    kontor_host::Call { caller, ..call("/ok") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_uses_up_its_own_budget_and_nobody_elses() {
    let house = House::metered(metering(vec![rule(Some(2), None, Some("shop")), rule(Some(5), None, None)]));
    let (sales, other) = (house.put(&manifest("sales", "1")).await, house.put(&manifest("other", "1")).await);
    for passes in [true, true, false, false] {
        let answer = house.host.handle(&sales, by("shop")).await;
        assert_eq!(answer.is_ok(), passes);
        assert!(passes || matches!(answer, Err(CallError::UsedUp(_))));
    }
    // Two of five are used: what was refused did not count against all.
    for passes in [true, true, true, false] {
        assert_eq!(house.host.handle(&sales, by("else")).await.is_ok(), passes);
    }
    assert!(house.host.handle(&other, by("shop")).await.is_ok());
    assert_eq!(sales.endpoint("ok").work.calls.get(), 5, "who was refused was not called");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_spent_on_what_is_sent_too() {
    // The default tariff takes 0.09 for a GB, so 0.0009 pays for 10 MB.
    let house = House::metered(metering(vec![rule(None, Some(9 * PICO / 10_000), None)]));
    let sales = house.put(&manifest("sales", "1")).await;
    let mut answers = 0;
    while house.whole(&sales, "/huge?4000000").await.is_ok() {
        answers += 1;
        assert!(answers < 4, "three answers of 4 MB are more than 10 MB");
    }
    assert_eq!(answers, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_does_not_begin_anew_with_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let (house, registry) = House::lasting_metered(folder.path(), metering(vec![rule(Some(3), None, None)]));
        let accounts = Accounts::open(house.host.clone(), registry).await.unwrap();
        let sales = house.put(&manifest("sales", "1")).await;
        (house, accounts, sales)
    };
    let (house, accounts, sales) = start().await;
    house.text(&sales, "/ok").await;
    house.text(&sales, "/ok").await;
    accounts.settle().await.unwrap();
    house.host.stop(Duration::from_secs(10)).await;
    drop((house, accounts, sales));
    let (house, _accounts, sales) = start().await;
    assert!(house.whole(&sales, "/ok").await.is_ok());
    assert!(matches!(house.whole(&sales, "/ok").await.unwrap_err(), CallError::UsedUp(_)));
    assert_eq!(house.host.budgets()[0].percent, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_had_a_turn_gets_it_back() {
    let limits = Limits { in_flight_max: 1, queue_max: 1, ..Limits::default() };
    let house = House::limited_and_metered(limits, metering(vec![rule(Some(10), None, None)]));
    let sales = house.put(&manifest("sales", "1")).await;
    let used = || house.host.budgets()[0].requests;
    let (host, sleeper) = (house.host.clone(), sales.clone());
    let sleeping = tokio::spawn(async move { host.handle(&sleeper, call("/sleep?600000")).await.map(drop) });
    until("it sleeps", || async { sales.pool().in_flight == 1 }).await;
    {
        // One waits, and goes away; beside it another one finds the queue full.
        let waits = house.call(&sales, "/ok");
        tokio::pin!(waits);
        tokio::select! {
            biased;
            _ = &mut waits => panic!("there is no turn for it"),
            () = until("it waits", || async { sales.pool().queued == 1 }) => {}
        }
        assert_eq!(used(), 2);
        assert!(matches!(house.call(&sales, "/ok").await.map(drop).unwrap_err(), CallError::Overloaded));
    }
    assert_eq!(used(), 1, "only the one that sleeps had a turn");
    sleeping.abort();
}
