//! Functions that call one another.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

use kontor_host::{Answer, Call, CallError, Host, InternalCall, Limits, Outbound, Response, Router, Version};
use serde_json::{Value as Json, json};

use crate::setup::{House, call, manifest, until};

/// Stands in for the edge: every path is an operation.
struct Way(Weak<Host>);

impl Router for Way {
    fn route(self: Arc<Self>, call: InternalCall) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        Box::pin(async move {
            let host = self.0.upgrade().unwrap();
            let version = host.live().borrow().functions.get(call.function.as_str()).cloned();
            let Some(version) = version else { return refused(503, "not live") };
            let call = Call {
                operation: "ok".into(),
                method: call.method,
                path: call.path,
                query: call.query,
                path_parameters: Vec::new(),
                headers: call.headers,
                body: call.body,
                stream: None,
                caller: call.caller,
                trace: call.trace,
                depth: call.depth,
                deadline: Some(call.deadline),
            };
            host.handle(&version, call).await.unwrap_or_else(|error| match error {
                CallError::Overloaded => refused(503, "overloaded"),
                CallError::Deadline(_) | CallError::Cpu(_) => refused(504, "late"),
                _ => refused(500, "failed"),
            })
        })
    }
}

fn refused(status: u16, why: &'static str) -> Answer {
    Answer::Whole(Response { status, headers: Vec::new(), body: why.into() })
}

fn calling(name: &str, callees: &[&str]) -> Json {
    let mut manifest = manifest(name, "1");
    manifest["calls"] = json!(callees);
    manifest
}

/// A house in which functions find one another.
fn connected(house: House) -> (House, Arc<Way>) {
    let way = Arc::new(Way(Arc::downgrade(&house.host)));
    let router: Weak<Way> = Arc::downgrade(&way);
    house.host.connect(router);
    (house, way)
}

async fn fetch(house: &House, version: &Arc<Version>, url: &str) -> String {
    house.text(version, &format!("/fetch?{url}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callee_learns_its_caller_from_the_host() {
    let scopes = BTreeMap::from([("front".to_owned(), vec!["sales:reset".to_owned()])]);
    let (house, _way) = connected(House::reaching(Outbound { scopes, ..Outbound::default() }));
    let front = house.put(&calling("front", &["back"])).await;
    house.put(&manifest("back", "1")).await;
    let call = Call {
        headers: vec![("x-kontor-caller".to_owned(), "admin".to_owned())],
        ..call("/fetch?http://back.internal/echo?a=b")
    };
    let trace = call.trace.clone();
    let Answer::Whole(answer) = house.host.handle(&front, call).await.unwrap() else { panic!("whole") };
    let text = String::from_utf8(answer.body.into()).unwrap();
    assert!(text.contains(r#"service front.internal ["sales:reset"] 07070707070707070707070707070707 true"#), "{text}");
    assert!(text.contains(r#"GET Some("a=b")"#) && !text.contains("admin"), "{text}");
    house.traces.finish(trace, front.name(), &"GET /fetch".into(), 200);
    let spans = house.traces.list().remove(0).spans;
    let spans: Vec<(u8, &str)> = spans.iter().map(|span| (span.depth, &*span.name)).collect();
    for expected in [(1, "front handle"), (2, "GET back.internal"), (3, "back handle")] {
        assert!(spans.contains(&expected), "{expected:?} in {spans:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_whom_the_manifest_names_and_the_operator_grants() {
    let (house, _way) = connected(House::new(Limits::default()));
    house.put(&manifest("back", "1")).await;
    let front = house.drop_in(&calling("front", &["other"]), &["sql", "calls:other"]).await;
    for url in [
        "http://back.internal/ok",
        "https://other.internal/ok",
        "http://other.internal:80/ok",
        "http://x.other.internal/",
    ] {
        assert!(fetch(&house, &front, url).await.contains("Denied"), "{url}");
    }
    assert!(fetch(&house, &front, "http://other.internal/ok").await.starts_with("503 "), "it may, but nobody is there");
    let front = house.drop_in(&calling("front", &["back"]), &["sql", "calls:back"]).await;
    assert!(fetch(&house, &front, "http://back.internal/ok").await.ends_with(" ok"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callee_that_waits_ends_with_its_callers_patience() {
    let (house, _way) = connected(House::new(Limits::default()));
    let front = house.put(&calling("front", &["back"])).await;
    let back = house.put(&manifest("back", "1")).await;
    let patient = vec![("x-patience-ms".to_owned(), "50".to_owned())];
    let call = Call { headers: patient, ..call("/fetch?http://back.internal/sleep?600000") };
    let Answer::Whole(answer) = house.host.handle(&front, call).await.unwrap() else { panic!("whole") };
    assert!(answer.body == "Error::Timeout" || answer.body.starts_with(b"504 "), "{:?}", answer.body);
    until("the callee is gone", || async { back.pool().in_flight == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_callee_uses_is_not_its_callers() {
    let frugal = Limits { cpu: Duration::from_millis(100), ..Limits::default() };
    let wasteful = Limits { cpu: Duration::from_millis(400), ..Limits::default() };
    let (house, _way) = connected(House::limited(Limits::default(), [("front", frugal), ("back", wasteful)]));
    let front = house.put(&calling("front", &["back"])).await;
    let back = house.put(&manifest("back", "1")).await;
    let answer = fetch(&house, &front, "http://back.internal/loop").await;
    assert!(answer.starts_with("504 "), "the callee was ended, its caller goes on: {answer}");
    let cpu_ms = |version: &Version| version.endpoint("ok").work.cpu_ns.get() / 1_000_000;
    assert!(cpu_ms(&back) >= 400 && cpu_ms(&front) < 100, "{} {}", cpu_ms(&back), cpu_ms(&front));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_ends_at_its_depth_and_needs_no_place_twice() {
    // One place: a call that had to wait for the place of the one that waits for it would never end.
    let (house, _way) = connected(House::new(Limits { in_flight_max: 1, ..Limits::default() }));
    let version = house.put(&calling("sales", &["sales"])).await;
    let nested = |times: usize| format!("{}http://sales.internal/ok", "http://sales.internal/fetch?".repeat(times));
    let answer = fetch(&house, &version, &nested(7)).await;
    assert!(answer.starts_with("200 ") && answer.ends_with(" ok"), "{answer}");
    let answer = fetch(&house, &version, &nested(20)).await;
    assert!(answer.starts_with("200 ") && answer.contains("508 ") && answer.contains("loop-detected"), "{answer}");
    assert_eq!(version.pool().in_flight, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_that_call_each_other_do_not_wait_for_each_other_for_ever() {
    let limits = Limits { in_flight_max: 1, deadline: Duration::from_secs(60), ..Limits::default() };
    let (house, _way) = connected(House::new(limits));
    let a = house.put(&calling("a", &["b"])).await;
    let b = house.put(&calling("b", &["a"])).await;
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..40 {
        let (version, url) = match index % 2 {
            0 => (a.clone(), "http://b.internal/fetch?http://a.internal/ok"),
            _ => (b.clone(), "http://a.internal/fetch?http://b.internal/ok"),
        };
        let host = house.host.clone();
        calls.spawn(async move { host.handle(&version, call(&format!("/fetch?{url}"))).await });
    }
    while let Some(done) = calls.join_next().await {
        let Answer::Whole(answer) = done.unwrap().unwrap() else { panic!("whole") };
        assert!(answer.body.ends_with(b" ok"), "{:?}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callee_that_keeps_failing_is_left_alone_by_that_caller() {
    let (house, _way) = connected(House::new(Limits::default()));
    let (front, other) = (house.put(&calling("front", &["back"])).await, house.put(&calling("other", &["back"])).await);
    let back = house.put(&manifest("back", "1")).await;
    for _ in 0..5 {
        assert!(fetch(&house, &front, "http://back.internal/trap").await.starts_with("500 "));
    }
    let calls = back.endpoint("ok").work.calls.get();
    let answer = fetch(&house, &front, "http://back.internal/ok").await;
    assert!(
        answer.starts_with("503 ") && answer.contains("circuit-open") && answer.contains("retry-after"),
        "{answer}"
    );
    assert_eq!(back.endpoint("ok").work.calls.get(), calls, "it was not called");
    assert!(fetch(&house, &other, "http://back.internal/ok").await.ends_with(" ok"), "others still call it");
    assert_eq!(house.text(&back, "/ok").await, "ok", "and so does the outside");
    until("it is tried again", || async { fetch(&house, &front, "http://back.internal/ok").await.ends_with(" ok") })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_arrives_whole_or_not_at_all() {
    let limits = Limits { outbound_response_max_bytes: 1 << 20, ..Limits::default() };
    let (house, _way) = connected(House::new(limits));
    let front = house.put(&calling("front", &["back"])).await;
    house.put(&manifest("back", "1")).await;
    assert!(fetch(&house, &front, "http://back.internal/stream?10").await.len() > 10 * (64 << 10));
    assert!(fetch(&house, &front, "http://back.internal/stream?17").await.contains("TooLarge"));
    assert!(fetch(&house, &front, "http://back.internal/stream-unfinished?2").await.contains("broke off"));
}
