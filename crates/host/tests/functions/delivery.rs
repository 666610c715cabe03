//! Events arrive: at least once, in order per key, whatever happens to the subscriber.

use std::{collections::BTreeMap, sync::Arc};

use kontor_host::{Limits, Version};

use crate::setup::{House, manifest, notes, subscribing, until};

/// `sales` emits, `invoices` takes.
async fn pair() -> (House, Arc<Version>, Arc<Version>) {
    let limits = Limits { cpu: std::time::Duration::from_millis(100), ..Limits::default() };
    let house = House::new(limits);
    let sales = house.put(&manifest("sales", "1")).await;
    let invoices = house.put(&subscribing("invoices", "sales")).await;
    (house, sales, invoices)
}

async fn arrived(invoices: &Arc<Version>, count: usize) -> Vec<String> {
    let database = invoices.database().unwrap();
    until(&format!("{count} events arrive"), || async { notes(database).await.len() >= count }).await;
    notes(database).await
}

async fn emptied(sales: &Arc<Version>) {
    let database = sales.database().unwrap();
    until("the outbox is empty", || async { database.backlog().rows == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_arrives_with_its_source_and_its_trace() {
    let (house, sales, invoices) = pair().await;
    house.text(&sales, "/emit?anna:hello").await;
    assert_eq!(arrived(&invoices, 1).await, [r#"sales/it.happened/anna/"hello"/1"#]);
    emptied(&sales).await;
    let traces = house.traces.list();
    let trace = traces.iter().find(|trace| trace.name == "event it.happened").expect("a delivery makes a trace");
    assert_eq!((trace.function.as_str(), trace.status, trace.id.as_str()), ("invoices", 200, "07".repeat(16).as_str()));
    assert!(trace.spans.iter().any(|span| &*span.name == "invoices on-event"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_without_data_arrives_too() {
    let (house, sales, invoices) = pair().await;
    assert_eq!(house.text(&sales, "/publish?anna:alone").await, "Ok(())");
    assert_eq!(arrived(&invoices, 1).await, [r#"sales/it.happened/anna/"alone"/1"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_a_key_arrive_in_order() {
    let (house, sales, invoices) = pair().await;
    for round in 0..10 {
        let events: Vec<String> = ["a", "b", "c"].iter().map(|key| format!("{key}:{round:02}")).collect();
        house.text(&sales, &format!("/emit?{}", events.join(","))).await;
    }
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for note in arrived(&invoices, 30).await {
        let parts: Vec<&str> = note.split('/').collect();
        by_key.entry(parts[2].to_owned()).or_default().push(parts[3].to_owned());
    }
    let ordered: Vec<String> = (0..10).map(|round| format!("\"{round:02}\"")).collect();
    for key in ["a", "b", "c"] {
        assert_eq!(by_key[key], ordered, "{key}");
    }
    emptied(&sales).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_comes_again_and_its_key_waits_for_it() {
    let (house, sales, invoices) = pair().await;
    house.text(&sales, "/emit?a:fail-once,b:ok").await;
    house.text(&sales, "/emit?a:after").await;
    let notes = arrived(&invoices, 3).await;
    let of_a: Vec<&String> = notes.iter().filter(|note| note.contains("/a/")).collect();
    assert_eq!(of_a, [r#"sales/it.happened/a/"fail-once"/2"#, r#"sales/it.happened/a/"after"/1"#]);
    emptied(&sales).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traps_and_endless_loops_are_failed_tries_and_stop_nobody_else() {
    let (house, sales, invoices) = pair().await;
    house.text(&sales, "/emit?a:trap,b:loop,c:fail,d:ok").await;
    assert_eq!(arrived(&invoices, 1).await, [r#"sales/it.happened/d/"ok"/1"#]);
    let database = sales.database().unwrap();
    until("all three failed", || async { database.failed(10).await.unwrap().len() == 3 }).await;
    let failed = database.failed(10).await.unwrap();
    let error = |key: &str| failed.iter().find(|letter| letter.delivery.key == key).unwrap().error.clone();
    assert!(error("a").contains("trapped"), "{}", error("a"));
    assert!(error("b").contains("CPU"), "{}", error("b"));
    assert_eq!(error("c"), "it fails");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_lacks_something_is_asked_again_without_a_failed_try() {
    let (house, sales, invoices) = pair().await;
    house.text(&sales, "/emit?a:unavailable-until-noted").await;
    let tries = || house.traces.list().iter().filter(|trace| trace.name == "event it.happened").count();
    until("it was tried twice", || async { tries() >= 2 }).await;
    let why = house.host.why_paused("sales", "invoices").unwrap();
    assert!(!why.is_empty(), "the operator sees why");
    assert_eq!(sales.database().unwrap().failed(10).await.unwrap(), []);
    house.text(&invoices, "/insert?now").await;
    let notes = arrived(&invoices, 2).await;
    assert_eq!(notes[1], r#"sales/it.happened/a/"unavailable-until-noted"/1"#, "still the first try");
    emptied(&sales).await;
    until("nothing pauses", || async { house.host.why_paused("sales", "invoices").is_none() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_subscriber_gets_everything_when_it_is_back() {
    let (house, sales, invoices) = pair().await;
    let database = invoices.database().unwrap().clone();
    drop(invoices);
    assert!(house.host.take_down("invoices"));
    for index in 0..5 {
        house.text(&sales, &format!("/emit?a:{index}")).await;
    }
    assert_eq!(sales.database().unwrap().backlog().rows, 5);
    assert_eq!(house.host.why_paused("sales", "invoices").as_deref(), Some("the function invoices is not live"));
    let mut next = subscribing("invoices", "sales");
    next["version"] = "2".into();
    let invoices = house.put(&next).await;
    let notes = arrived(&invoices, 5).await;
    assert!(notes.iter().all(|note| note.ends_with("/1")), "absence is no failed try: {notes:?}");
    assert_eq!(notes, crate::setup::notes(&database).await);
    emptied(&sales).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_may_come_before_its_source() {
    let house = House::new(Limits::default());
    let invoices = house.put(&subscribing("invoices", "sales")).await;
    let sales = house.put(&manifest("sales", "1")).await;
    house.text(&sales, "/emit?a:early").await;
    assert_eq!(arrived(&invoices, 1).await, [r#"sales/it.happened/a/"early"/1"#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_subscribes_no_more_gets_no_more() {
    let (house, sales, _) = pair().await;
    let mut without = manifest("invoices", "2");
    without["version"] = "2".into();
    house.put(&without).await;
    house.text(&sales, "/emit?a:unheard").await;
    assert_eq!(sales.database().unwrap().backlog().rows, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_goes_on_when_an_operator_replays_or_skips_it() {
    let (house, sales, invoices) = pair().await;
    // Failing it twenty times would take the pauses of twenty tries; what counts is what happens to a dead one.
    house.host.take_down("invoices");
    house.text(&sales, "/emit?a:ok").await;
    house.text(&sales, "/emit?a:after").await;
    let database = sales.database().unwrap();
    let leased = database.lease("invoices", 10, std::time::Duration::from_secs(60)).await.unwrap();
    assert_eq!(leased.len(), 1, "one of a key");
    database.fail("invoices", leased[0].id, "it broke".to_owned(), std::time::Duration::ZERO, true).await.unwrap();
    let invoices = house.put(invoices_manifest(&invoices)).await;
    assert_eq!(database.backlog().dead, 1);
    assert!(database.replay("invoices", leased[0].id).await.unwrap());
    house.host.wake("sales");
    assert_eq!(arrived(&invoices, 2).await, [r#"sales/it.happened/a/"ok"/1"#, r#"sales/it.happened/a/"after"/1"#]);
    emptied(&sales).await;
}

fn invoices_manifest(version: &Arc<Version>) -> &'static serde_json::Value {
    Box::leak(Box::new(serde_json::to_value(version.manifest()).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_events_arrive_while_calls_go_on() {
    let (house, sales, invoices) = pair().await;
    let calls = (0..200).map(|index| {
        let (host, sales) = (house.host.clone(), sales.clone());
        let path = format!("/emit?k{}:{index}", index % 50);
        tokio::spawn(async move { host.handle(&sales, crate::setup::call(&path)).await.map(|_| ()) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let notes = arrived(&invoices, 200).await;
    assert_eq!(notes.len(), 200, "each once");
    emptied(&sales).await;
}
